"""The list of instructions to pay, and what is done to a failed one of a case that has no such deeds of its own."""
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from casework.admin_base import NoteForm, action, display, register, status_chip
from casework.admin_buttons import Button
from casework.clock import now
from claims import services
from claims.admin.deeds import AccountForm
from claims.admin.payments import PAYMENT_TONES, MoneyScreen, case_url
from claims.models import Payment
from policy import masking


def _again(admin, request, payment: Payment) -> str:
    corrected = getattr(payment, "correction", None)
    if corrected is None:
        return "账户有误的，请先由他人更正账户。"
    return (
        f"确认更正后的账户 {corrected.payee_bank} {corrected.masked_account}，"
        f"重新产生一笔 {payment.amount:,.2f} 元的拨付单，进入下一批次。"
    )


@register(Payment)
class PaymentAdmin(MoneyScreen):
    """Instructions to pay, whatever became of them. A claim's deeds are on its page; those of others are here."""

    list_display = ["number", "case_link", "state_word", "amount_shown", "payee", "batch_link", "failure", "done_at"]
    list_filter = ["state"]
    search_fields = ["number", "claim__case_no", "maternity_case__case_no"]
    search_help_text = "拨付单号、件号"
    list_select_related = ["claim", "maternity_case", "batch"]
    actions = None
    actions_detail = ["correct_account", "pay_again"]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        payment = self.get_object(request, object_id)
        if payment is None or not self.has_view_permission(request, payment):
            return super().change_view(request, object_id, form_url, extra_context)
        return TemplateResponse(request, "claims/payment.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "original": payment, "title": payment.number,
            "payment": payment, "tone": PAYMENT_TONES[payment.state], "case_url": case_url(payment),
            "payee": self.payee(payment), "correction": getattr(payment, "correction", None),
            "replaced_by": getattr(payment, "replaced_by", None), "deeds": self._deeds(payment, request.user),
        })

    def _deeds(self, payment: Payment, officer) -> list[Button]:
        """A claim has these two on its own page."""
        if payment.settlement_id or payment.state != Payment.State.FAILED or hasattr(payment, "replaced_by"):
            return []
        shown = []
        corrected = getattr(payment, "correction", None)
        if officer.may("claims.correct_account"):
            shown.append(self._button(payment, "correct_account", "" if corrected else "cw-primary"))
        if corrected is not None and officer.may("claims.pay_claim"):
            own = corrected.entered_by_id == officer.pk
            reason = "“更正账户”与“确认账户重新拨付”不得为同一人，请转由他人办理。" if own else ""
            shown.append(self._button(payment, "pay_again", "cw-primary", reason))
        return shown

    def _button(self, payment: Payment, name: str, style: str, reason: str = "") -> Button:
        url = reverse(f"admin:claims_payment_{name}", args=[payment.pk])
        return Button(name, getattr(self, name).short_description, url, not reason, reason, style)

    @action(
        description="更正账户", form_class=AccountForm, permissions=["claims.correct_account"],
        consequence="保存新的收款账户。须由另一名人员确认后才会重新拨付。",
    )
    def correct_account(self, request, form, object_id):
        given = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        services.correct_account(payment_id=int(object_id), by=request.user, at=now(), **given)
        return "账户已更正，等待他人确认后重新拨付。"

    @action(
        description="确认账户重新拨付", consequence=_again, form_class=NoteForm, permissions=["claims.pay_claim"]
    )
    def pay_again(self, request, form, object_id):
        services.pay_again(payment_id=int(object_id), by=request.user, at=now(), note=form.cleaned_data["note"])
        return "已重新产生拨付单，等待列入批次。"

    @display(description="件号")
    def case_link(self, payment):
        return format_html('<a class="cw-link" href="{}">{}</a>', case_url(payment), payment.case.case_no)

    @display(description="批次")
    def batch_link(self, payment):
        if payment.batch_id is None:
            return "—"
        url = reverse("admin:claims_paymentbatch_change", args=[payment.batch_id])
        return format_html('<a class="cw-link" href="{}">{}</a>', url, payment.batch.case_no)

    @display(description="状态", ordering="state")
    def state_word(self, payment):
        return status_chip(payment.get_state_display(), PAYMENT_TONES[payment.state])

    @display(description="金额", ordering="amount")
    def amount_shown(self, payment):
        return f"{payment.amount:,.2f}"

    @display(description="收款")
    def payee(self, payment):
        return f"{masking.mask_name(payment.payee_name)} {payment.payee_bank} {payment.masked_account}"
