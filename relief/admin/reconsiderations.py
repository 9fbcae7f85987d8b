"""Years settled again: the list and the page of one, with each bill before and after."""

from decimal import Decimal

from casework.admin_base import (
    ChoicesDropdownFilter,
    NoteForm,
    RangeDateTimeFilter,
    RequiredNoteForm,
    action,
    display,
    register,
)
from casework.admin_case_deeds import noted
from claims.models import Adjustment
from claims.services import PAYER_NAMES
from relief import services
from relief.admin.screens import CaseScreen
from relief.models import Reconsideration
from relief.services.lookback import as_seen
from relief.workflow import RECONSIDERATION, ReconsiderationStatus

S = ReconsiderationStatus


def _money(model_admin, request, case: Reconsideration) -> str:
    return (
        f"按提出时核对的结果重新结算：已复核的件提出补支付 {case.supplement:,.2f} 元、追回 {case.recovery:,.2f} 元"
        "（各自另经审核、复核），未复核的件退回初审。原结算保留，不覆盖。"
    )


@register(Reconsideration)
class ReconsiderationAdmin(CaseScreen):
    """Opened by an identity or by a recompute; one officer proposes, another settles again."""

    workflow = RECONSIDERATION
    template = "relief/reconsideration.html"
    tones = {S.FOUND: "amber", S.PROPOSED: "blue", S.APPLIED: "green", S.DISMISSED: "grey"}
    steps = (
        ("propose", "propose", "cw-primary"), ("apply", "apply_case", "cw-primary"), ("send_back", "send_back", ""),
        ("dismiss", "dismiss", "cw-danger"),
    )
    actions_detail = [name for _, name, _ in steps]
    list_display = ["case_no", "who", "year", "kind", "status_word", "amounts", "region", "registered_at"]
    list_filter = [("status", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter), "year",
                   ("registered_at", RangeDateTimeFilter)]
    search_fields = ["case_no", "person__name", "=person__id_no"]
    search_help_text = "件号、姓名、证件号码"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(
            "identity", "recompute", "proposed_by", "decided_by", "identity__relief_application"
        )

    def case_context(self, request, case) -> dict:
        seen = case.seen if case.status != S.FOUND else as_seen(services.bills_now(case))
        rows = [_row(each) for each in seen]
        return {
            "rows": rows, "live": case.status == S.FOUND, "application": _application(case),
            "change": sum((row["change"] for row in rows), Decimal(0)),
            "adjustments": _adjustments(seen) if case.status == S.APPLIED else [],
        }

    @action(
        description="核对并提出", form_class=NoteForm,
        consequence="确认下表逐笔差额属实，转由另一名人员复核；您不能再复核此件。",
    )
    def propose(self, request, form, object_id):
        services.propose(**noted(request, form, case_id=int(object_id)))
        return "已提出，等待复核。"

    @action(description="复核并重新结算", form_class=NoteForm, consequence=_money)
    def apply_case(self, request, form, object_id):
        made = services.apply_reconsideration(**noted(request, form, case_id=int(object_id)))
        return f"已重新结算，提出补支付或追回 {len(made)} 笔。"

    @action(description="退回核对", form_class=RequiredNoteForm, consequence="退回提出环节，重新核对逐笔差额。")
    def send_back(self, request, form, object_id):
        services.send_back_reconsideration(**noted(request, form, case_id=int(object_id)))
        return "已退回核对。"

    @action(
        description="不予重算", form_class=RequiredNoteForm, variant="danger",
        consequence="该年度结算维持不变，本件办结。",
    )
    def dismiss(self, request, form, object_id):
        services.dismiss_reconsideration(**noted(request, form, case_id=int(object_id)))
        return "已决定不予重算。"

    @display(description="补支付 / 追回")
    def amounts(self, case):
        return "—" if case.status == S.FOUND else f"{case.supplement:,.2f} / {case.recovery:,.2f}"


def _application(case: Reconsideration):
    return getattr(case.identity, "relief_application", None) if case.identity else None


def _row(each: dict) -> dict:
    """A bill as the table draws it: the payers whose part moves, then what changes for the person."""
    moved = [
        {"label": label, "before": each["before"][name], "after": each["after"][name]}
        for name, label in PAYER_NAMES.items() if each["before"][name] != each["after"][name]
    ]
    change = Decimal(each["after"]["fund_total"]) - Decimal(each["before"]["fund_total"])
    return {**each, "moved": moved, "change": change, "up": change > 0, "down": change < 0}


def _adjustments(seen: list[dict]) -> list[Adjustment]:
    found = Adjustment.objects.filter(before__in={each["settlement"] for each in seen})
    return list(found.select_related("claim").order_by("pk"))
