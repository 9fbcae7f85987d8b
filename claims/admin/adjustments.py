"""Supplementary payments and recoveries: their own small case with two checks."""
from django.db.models import OuterRef, Subquery
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from casework.admin_base import (
    DialogForm,
    NoteForm,
    RequiredNoteForm,
    action,
    display,
    register,
    status_chip,
)
from casework.admin_buttons import Button, StepButtons
from casework.admin_case_deeds import given, noted
from casework.admin_stages import timeline
from casework.clock import now
from casework.models import AuditEntry, Officer
from chronic.models import SpotCheck
from claims import services
from claims.admin import panels
from claims.admin.payments import MoneyScreen, case_url
from claims.models import Adjustment
from claims.services.benefits import names_of_benefits
from claims.workflow import ADJUSTMENT
from enrollment import services as enrollment

TONES = {"closed": "green", "dropped": "grey", "recovering": "amber", "paying": "violet"}


def _consequence(admin, request, row: Adjustment) -> str:
    if row.kind == Adjustment.Kind.SUPPLEMENT:
        return f"同意补支付 {row.amount:,.2f} 元：产生拨付单，进入下一批次。"
    debtor = row.institution.name if row.institution else "参保人"
    return f"同意追回 {row.amount:,.2f} 元：通知{debtor}退回，到账后登记。"


@register(Adjustment)
class AdjustmentAdmin(StepButtons, MoneyScreen):
    """What a replay of a year, or a reversal, left to pay or to recover; what an institution owes (CQ-10.2)."""

    workflow = ADJUSTMENT
    list_display = ["case_no", "kind", "status_word", "amount_shown", "origin", "debtor", "region", "registered_at"]
    list_filter = ["status", "kind"]
    search_fields = ["case_no", "claim__case_no", "maternity_case__case_no", "source_no", "institution__name"]
    search_help_text = "件号、原件号、追回机构"
    list_select_related = ["claim", "maternity_case", "institution"]
    actions = None
    actions_detail = ["review", "approve", "drop", "receive_money", "reckon_again"]
    steps = [
        ("review", "review", "cw-primary"), ("receive_money", "receive_money", "cw-primary"),
        ("drop", "drop", "cw-danger"),
    ]

    def get_queryset(self, request):
        checks = SpotCheck.objects.filter(case_no=OuterRef("source_no")).values("pk")[:1]
        return super().get_queryset(request).annotate(spot_check=Subquery(checks))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            return super().change_view(request, object_id, form_url, extra_context)
        entries = list(AuditEntry.objects.filter(case_no=row.case_no).order_by("pk"))
        return TemplateResponse(request, "claims/adjustment.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "original": row, "title": row.case_no,
            "row": row, "status_tone": TONES.get(row.status, "blue"), "region": enrollment.region_name(row.region_code),
            "claim_url": origin_url(row), "bills": _bills(row, request.user),
            "events": timeline(entries, ADJUSTMENT.statuses),
            "differences": panels.differences(row.before, row.after),
            **self.buttons(row, request.user),
        })

    def buttons(self, case, officer) -> dict:
        """Besides the steps: what was dropped of an institution's debt may be reckoned again, until it was."""
        shown = super().buttons(case, officer)
        dropped = case.institution_id and case.status == "dropped" and officer.may("claims.approve_adjustment")
        if dropped and not Adjustment.objects.filter(source_no=case.source_no).exclude(status="dropped").exists():
            address = reverse("admin:claims_adjustment_reckon_again", args=[case.pk])
            shown["deeds"].append(Button("reckon_again", "重新核算", address, True, "", "cw-primary"))
        return shown

    def steps_of(self, case) -> list[tuple[str, str, str]]:
        """One approval, whichever way the money goes."""
        way = "approve_payment" if case.kind == Adjustment.Kind.SUPPLEMENT else "approve_recovery"
        return [(way, "approve", "cw-primary"), *self.steps]

    @action(description="审核通过", consequence="确认差额属实，转复核；您不能再复核此件。", form_class=NoteForm)
    def review(self, request, form, object_id):
        services.review_adjustment(**noted(request, form, adjustment_id=int(object_id)))
        return "审核已通过，等待复核。"

    @action(description="复核通过", consequence=_consequence, form_class=NoteForm)
    def approve(self, request, form, object_id):
        services.approve_adjustment(**noted(request, form, adjustment_id=int(object_id)))
        return "复核已通过。"

    @action(
        description="不予调整", form_class=RequiredNoteForm, variant="danger",
        consequence="差额不再支付或追回，本件终止。",
    )
    def drop(self, request, form, object_id):
        services.drop_adjustment(**given(request, form, adjustment_id=int(object_id)), reason=form.cleaned_data["note"])
        return "已决定不予调整。"

    @action(description="登记追回到账", consequence="确认款项已退回基金账户，本件办结。", form_class=RequiredNoteForm)
    def receive_money(self, request, form, object_id):
        services.receive_recovery(**noted(request, form, adjustment_id=int(object_id)))
        return "追回款项已登记到账。"

    @action(
        description="重新核算", form_class=DialogForm,
        consequence="按现有结算重新核算该机构应退回的金额，另立一件；您不能再审核或复核该件。",
    )
    def reckon_again(self, request, form, object_id):
        made = services.reckon_again(adjustment_id=int(object_id), by=request.user, at=now())
        return f"已重新核算，另立{made.case_no}。"

    @display(description="状态", ordering="status")
    def status_word(self, row):
        return status_chip(row.get_status_display(), TONES.get(row.status, "blue"))

    @display(description="金额", ordering="amount")
    def amount_shown(self, row):
        return f"{row.amount:,.2f}"

    @display(description="原件")
    def origin(self, row):
        return format_html('<a class="cw-link" href="{}">{}</a>', origin_url(row), row.origin_no)

    @display(description="追回机构", ordering="institution__name")
    def debtor(self, row):
        return row.institution.name if row.institution else "—"

    @display(description="经办区划")
    def region(self, row):
        return row.region_name


def origin_url(row: Adjustment) -> str:
    """The page of what an adjustment follows from: a case, or the spot check by which an institution owes."""
    if row.institution_id:
        return reverse("admin:chronic_spotcheck_change", args=[row.spot_check])
    return case_url(row)


def _bills(row: Adjustment, officer: Officer) -> list[dict]:
    """What an institution's debt is made of: whose bill, what the funds paid, what they would have. Two queries."""
    if not row.institution_id:
        return []
    kinds, plain = names_of_benefits(), officer.may("enrollment.see_names")
    shown = []
    for bill in row.bills.select_related("item__visit", "item__settlement__claim__person"):
        settlement, visit = bill.item.settlement, bill.item.visit
        person = settlement.claim.person
        shown.append({
            "day": visit.discharged_on, "kind": kinds[visit.benefit].name, "total": bill.item.total,
            "bill": bill, "claim": settlement.claim, "name": person.name if plain else person.masked_name,
            "ended": settlement.ended_at,
        })
    return shown
