"""Supplementary payments and recoveries: their own small case with two checks."""
from django.template.response import TemplateResponse
from django.utils.html import format_html

from casework.admin_base import NoteForm, RequiredNoteForm, action, display, register, status_chip
from casework.clock import now
from casework.models import AuditEntry
from claims import services
from claims.admin import panels
from claims.admin.payments import MoneyScreen, case_url
from claims.admin.steps import StepButtons
from claims.models import Adjustment
from claims.workflow import ADJUSTMENT
from enrollment import services as enrollment

TONES = {"closed": "green", "dropped": "grey", "recovering": "amber", "paying": "violet"}


def _consequence(admin, request, row: Adjustment) -> str:
    if row.kind == Adjustment.Kind.SUPPLEMENT:
        return f"同意补支付 {row.amount:,.2f} 元：产生拨付单，进入下一批次。"
    return f"同意追回 {row.amount:,.2f} 元：通知参保人退回，到账后登记。"


@register(Adjustment)
class AdjustmentAdmin(StepButtons, MoneyScreen):
    """What a replay of a year, or a reversal, left to pay or to recover."""

    workflow = ADJUSTMENT
    list_display = ["case_no", "kind", "status_word", "amount_shown", "claim_link", "region", "registered_at"]
    list_filter = ["status", "kind"]
    search_fields = ["case_no", "claim__case_no", "maternity_case__case_no"]
    search_help_text = "件号、原件号"
    list_select_related = ["claim", "maternity_case"]
    actions = None
    actions_detail = ["review", "approve", "drop", "receive_money"]
    steps = [
        ("review", "review", "cw-primary"), ("receive_money", "receive_money", "cw-primary"),
        ("drop", "drop", "cw-danger"),
    ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            return super().change_view(request, object_id, form_url, extra_context)
        entries = list(AuditEntry.objects.filter(case_no=row.case_no).order_by("pk"))
        return TemplateResponse(request, "claims/adjustment.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "original": row, "title": row.case_no,
            "row": row, "status_tone": TONES.get(row.status, "blue"), "region": enrollment.region_name(row.region_code),
            "claim_url": case_url(row),
            "events": panels.timeline(entries, ADJUSTMENT.statuses),
            "differences": panels.differences(row.before, row.after),
            **self.buttons(row, request.user),
        })

    def steps_of(self, case) -> list[tuple[str, str, str]]:
        """One approval, whichever way the money goes."""
        way = "approve_payment" if case.kind == Adjustment.Kind.SUPPLEMENT else "approve_recovery"
        return [(way, "approve", "cw-primary"), *self.steps]

    @action(description="审核通过", consequence="确认差额属实，转复核；您不能再复核此件。", form_class=NoteForm)
    def review(self, request, form, object_id):
        services.review_adjustment(**_given(request, form, object_id), note=form.cleaned_data["note"])
        return "审核已通过，等待复核。"

    @action(description="复核通过", consequence=_consequence, form_class=NoteForm)
    def approve(self, request, form, object_id):
        services.approve_adjustment(**_given(request, form, object_id), note=form.cleaned_data["note"])
        return "复核已通过。"

    @action(
        description="不予调整", form_class=RequiredNoteForm, variant="danger",
        consequence="差额不再支付或追回，本件终止。",
    )
    def drop(self, request, form, object_id):
        services.drop_adjustment(**_given(request, form, object_id), reason=form.cleaned_data["note"])
        return "已决定不予调整。"

    @action(description="登记追回到账", consequence="确认款项已退回基金账户，本件办结。", form_class=RequiredNoteForm)
    def receive_money(self, request, form, object_id):
        services.receive_recovery(**_given(request, form, object_id), note=form.cleaned_data["note"])
        return "追回款项已登记到账。"

    @display(description="状态", ordering="status")
    def status_word(self, row):
        return status_chip(row.get_status_display(), TONES.get(row.status, "blue"))

    @display(description="金额", ordering="amount")
    def amount_shown(self, row):
        return f"{row.amount:,.2f}"

    @display(description="原件")
    def claim_link(self, row):
        return format_html('<a class="cw-link" href="{}">{}</a>', case_url(row), row.case.case_no)

    @display(description="经办区划")
    def region(self, row):
        return row.region_name


def _given(request, form, object_id) -> dict:
    return {
        "adjustment_id": int(object_id), "by": request.user, "at": now(),
        "expected_version": form.cleaned_data["version"],
    }
