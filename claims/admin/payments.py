"""Paying out: the batch's page (make, confirm, file for the bank, its return) and the list of instructions."""
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from casework.admin_base import (
    DialogForm,
    ModelAdmin,
    NoteForm,
    RequiredNoteForm,
    action,
    display,
    may,
    register,
    status_chip,
)
from casework.admin_buttons import StepButtons
from casework.admin_case_deeds import given, noted
from casework.admin_papers import record_print
from casework.admin_stages import timeline
from casework.clock import bureau_day, now
from casework.errors import Refused
from casework.models import AuditEntry
from casework.papers import paper
from claims import services
from claims.models import Adjustment, Payment, PaymentBatch
from claims.services.bank import SIZE_LIMIT
from claims.workflow import BATCH
from enrollment import services as enrollment
from policy import masking

BATCH_TONES = {"made": "amber", "confirmed": "blue", "sent": "violet", "closed": "green", "cancelled": "grey"}
PAYMENT_TONES = {"pending": "amber", "batched": "violet", "paid": "green", "failed": "red", "cancelled": "grey"}
LISTED = 500


class MoneyScreen(ModelAdmin):
    """Whoever sees claims sees what was paid on them."""

    region_path = "region_code"

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(region_name=enrollment.county_name(self.region_path))

    def has_view_permission(self, request, obj=None) -> bool:
        return may(request, "claims.view_claim") and self._within(request, obj)

    def has_module_permission(self, request) -> bool:
        return may(request, "claims.view_claim")


class ReturnForm(DialogForm):
    file = forms.FileField(
        label="回盘文件", help_text="银行返回的 .csv 或 .xlsx，首行须有：拨付单号、金额、结果、失败原因。"
    )


@register(PaymentBatch)
class PaymentBatchAdmin(StepButtons, MoneyScreen):
    """A batch: made by one officer, confirmed by another, sent once, closed by the bank's return."""

    workflow = BATCH
    list_display = ["case_no", "status_word", "count", "total_shown", "region", "registered_by", "registered_at"]
    list_filter = ["status"]
    search_fields = ["case_no"]
    search_help_text = "批次号"
    list_select_related = ["registered_by"]
    actions = None
    actions_detail = ["confirm", "record_return", "cancel"]
    steps = [
        ("confirm", "confirm", "cw-primary"), ("record_return", "record_return", "cw-primary"),
        ("cancel", "cancel", "cw-danger"),
    ]

    def has_add_permission(self, request, obj=None) -> bool:
        return may(request, "claims.pay_claim")

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:batch_id>/export/", wrap(self.export_view), name="claims_paymentbatch_export"),
            path("<int:batch_id>/list.<str:form>", wrap(self.list_view), name="claims_paymentbatch_list"),
            *super().get_urls(),
        ]

    def add_view(self, request, form_url="", extra_context=None):
        """Choose among what waits, in one county; the makers' own decisions are not offered."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            try:
                chosen = [int(number) for number in request.POST.getlist("payment") if number.isdecimal()]
                batch = services.batch_payments(payment_ids=chosen, by=request.user, at=now())
            except Refused as refusal:
                messages.error(request, refusal.message)
            else:
                messages.success(request, f"已编制批次 {batch.case_no}，须由他人确认后才能送银行。")
                return HttpResponseRedirect(reverse("admin:claims_paymentbatch_change", args=[batch.pk]))
        return TemplateResponse(request, "claims/batch_add.html", {
            **self.admin_site.each_context(request), "title": "编制拨付批次",
            "counties": _waiting(request),
        })

    def change_view(self, request, object_id, form_url="", extra_context=None):
        batch = self.get_object(request, object_id)
        if batch is None or not self.has_view_permission(request, batch):
            return super().change_view(request, object_id, form_url, extra_context)
        entries = list(AuditEntry.objects.filter(case_no=batch.case_no).order_by("pk"))
        payments = batch.payments.select_related("claim", "maternity_case").order_by("pk")[:LISTED]
        url = lambda page, *more: reverse(f"admin:claims_paymentbatch_{page}", args=[batch.pk, *more])  # noqa: E731
        return TemplateResponse(request, "claims/batch.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "original": batch, "title": batch.case_no,
            "batch": batch, "status_tone": BATCH_TONES.get(batch.status, "grey"),
            "region": enrollment.region_name(batch.region_code),
            "rows": [_row(request, row) for row in payments],
            "returns": list(batch.returns.select_related("recorded_by").order_by("pk")),
            "events": timeline(entries, BATCH.statuses),
            "export_url": url("export") if _may_export(batch, request.user) else "",
            "print_url": url("list", "html") if request.user.may("claims.print_claim") else "",
            "pdf_url": url("list", "pdf"),
            **self.buttons(batch, request.user),
        })

    @action(
        description="确认批次", form_class=NoteForm,
        consequence=lambda admin, request, batch:
            f"确认 {batch.count} 笔、合计 {batch.total:,.2f} 元无误；确认之后可以导出文件送银行，不能再增减。",
    )
    def confirm(self, request, form, object_id):
        services.confirm_batch(**noted(request, form, batch_id=int(object_id)))
        return "批次已确认，可以导出银行文件。"

    @action(
        description="登记回盘", form_class=ReturnForm,
        consequence="按银行回盘逐笔登记结果：成功的办结其件，失败的等待更正账户。有一行不符，整个文件都不登记。",
    )
    def record_return(self, request, form, object_id):
        file = form.cleaned_data["file"]
        found = services.record_bank_return(
            **given(request, form, batch_id=int(object_id)), content=file.read(SIZE_LIMIT + 1), file_name=file.name
        )
        return f"回盘已登记：{found.rows_read} 笔，成功 {found.paid} 笔，失败 {found.failed} 笔。"

    @action(
        description="批次作废", form_class=RequiredNoteForm, variant="danger",
        consequence="批次作废，其中各笔回到待拨付，可以重新编制。",
    )
    def cancel(self, request, form, object_id):
        services.cancel_batch(**given(request, form, batch_id=int(object_id)), reason=form.cleaned_data["note"])
        return "批次已作废。"

    def export_view(self, request, batch_id):
        """The bank's file, by POST only: it is a step of the batch and shows full account numbers."""
        batch = self.get_object(request, str(batch_id))
        if batch is None:
            raise Http404
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:claims_paymentbatch_change", args=[batch_id]))
        form = "xlsx" if request.POST.get("form") == "xlsx" else "csv"
        try:
            file = services.export_batch(batch_id=batch_id, by=request.user, at=now(), form=form)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(reverse("admin:claims_paymentbatch_change", args=[batch_id]))
        answer = HttpResponse(file.content, content_type=file.content_type)
        answer["Content-Disposition"] = f'attachment; filename="{file.name}"'
        answer["Cache-Control"] = "private, no-store"
        return answer

    def list_view(self, request, batch_id, form):
        batch = self.get_object(request, str(batch_id))
        if batch is None or form not in {"html", "pdf"}:
            raise Http404
        if not request.user.may("claims.print_claim"):
            raise PermissionDenied
        record_print(request, batch.case_no, batch.region_code, "拨付清单")
        payments = batch.payments.select_related("claim", "maternity_case").order_by("pk")
        url = lambda kind: reverse("admin:claims_paymentbatch_list", args=[batch.pk, kind])  # noqa: E731
        return paper(request, "print/payments.html", {
            "batch": batch, "rows": [_row(request, row) for row in payments],
            "office": enrollment.office_of(batch.region_code), "footer": batch.case_no, "orientation": "landscape",
            "printed_on": bureau_day(now()),
            "back_url": reverse("admin:claims_paymentbatch_change", args=[batch.pk]),
        }, name=batch.case_no, as_pdf=form == "pdf", print_url=url("html"), pdf_url=url("pdf"))

    @display(description="状态", ordering="status")
    def status_word(self, batch):
        return status_chip(batch.get_status_display(), BATCH_TONES.get(batch.status, "grey"))

    @display(description="金额", ordering="total")
    def total_shown(self, batch):
        return f"{batch.total:,.2f}"

    @display(description="经办区划")
    def region(self, batch):
        return batch.region_name


def _may_export(batch: PaymentBatch, officer) -> bool:
    return any(found.step.name == "export" and found.allowed for found in BATCH.open_steps(batch, officer))


def _name(request, payment: Payment) -> str:
    plain = request.user.may("enrollment.see_names")
    return payment.payee_name if plain else masking.mask_name(payment.payee_name)


def case_url(payment: Payment | Adjustment) -> str:
    """The page of the case that an instruction pays or an adjustment follows from."""
    if payment.maternity_case_id:
        return reverse("admin:maternity_maternitycase_change", args=[payment.maternity_case_id])
    return reverse("admin:claims_claim_change", args=[payment.claim_id])


def _row(request, payment: Payment) -> dict:
    """An instruction as the pages of a batch show it."""
    return {
        "payment": payment, "name": _name(request, payment), "tone": PAYMENT_TONES[payment.state],
        "case_url": case_url(payment), "case_no": payment.case.case_no,
    }


def _waiting(request) -> list[dict]:
    """Instructions that wait, by county: a batch never mixes two."""
    rows = (
        Payment.objects.visible_to(request.user).filter(state=Payment.State.PENDING)
        .exclude(approved_by=request.user).select_related("claim", "maternity_case").order_by("region_code", "pk")
    )[:LISTED]
    counties: dict[str, list[dict]] = {}
    for row in rows:
        counties.setdefault(row.region_code, []).append(_row(request, row))
    return [
        {
            "code": code, "name": enrollment.region_name(code), "rows": found,
            "total": sum((row["payment"].amount for row in found), Decimal(0)),
        }
        for code, found in counties.items()
    ]
