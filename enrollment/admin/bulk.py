"""Large files: the list of batches, the page of one with its progress, counts and faults, and large exports."""
from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse

from casework.admin_base import ChoicesDropdownFilter, DialogForm, ModelAdmin, action, display, register, status_chip
from casework.admin_deeds import go
from casework.clock import now
from casework.errors import Refused
from casework.models import AuditEntry
from enrollment import services
from enrollment.admin.forms import EMPTY
from enrollment.models import BulkBatch, BulkExport, HardshipIdentity

State = BulkBatch.State
TONES = {
    State.RECEIVED: "blue", State.CHECKED: "amber", State.CONFIRMED: "blue", State.DONE: "green",
    State.REFUSED: "red", State.WITHDRAWN: "grey",
}
EXPORT_TONES = {"requested": "blue", "ready": "green", "failed": "red"}
FAULTS_SHOWN = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UploadForm(DialogForm):
    kind = forms.ChoiceField(label="文件类型", choices=[*EMPTY, *BulkBatch.Kind.choices])
    file = forms.FileField(label="文件", help_text=".xlsx 或 .csv（UTF-8、GB18030），最多一百万行。")
    period = forms.CharField(
        label="所属月份", max_length=7, required=False, widget=forms.TextInput({"placeholder": "如 2025-11"}),
        help_text="困难身份名单填写。",
    )
    sender = forms.ChoiceField(
        label="报送部门", choices=[*EMPTY, *HardshipIdentity.Authority.choices], required=False,
        help_text="困难身份名单选择。",
    )
    complete = forms.BooleanField(
        label="全量名单", required=False, help_text="勾选后，名单上没有的人自所属月起终止该部门认定的身份。",
    )
    encoding = forms.ChoiceField(
        label="文字编码", choices=[("", "自动识别"), ("utf-8", "UTF-8"), ("gb18030", "GB18030")], required=False,
    )

    def covering(self) -> services.Covering:
        given = self.cleaned_data
        return services.Covering(**{name: given[name] for name in ("period", "sender", "complete", "encoding")})


class ConfirmForm(DialogForm):
    note = forms.CharField(
        label="说明", max_length=200, required=False, widget=forms.Textarea({"rows": 2}),
        help_text="批次被挂起的，须写明仍然确认的理由。",
    )


class WithdrawForm(DialogForm):
    reason = forms.CharField(label="撤回原因", max_length=200)


@register(BulkBatch)
class BulkBatchAdmin(ModelAdmin):
    """A batch: uploaded by one officer, checked by a job, confirmed by another, written by a job."""

    list_display = [
        "number", "kind", "file_name", "state_word", "rows_read", "rows_rejected", "rows_accepted", "uploaded_by",
        "uploaded_at",
    ]
    list_filter = [("kind", ChoicesDropdownFilter), ("state", ChoicesDropdownFilter)]
    list_select_related = ["uploaded_by"]
    search_fields = ["file_name"]
    search_help_text = "文件名"
    actions = None
    actions_list = ["upload"]
    actions_detail = ["confirm", "withdraw"]

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:batch_id>/progress/", wrap(self.progress_view), name="enrollment_bulkbatch_progress"),
            path("<int:batch_id>/faults/", wrap(self.faults_view), name="enrollment_bulkbatch_faults"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        batch = self.get_object(request, object_id)
        if batch is None or not self.has_view_permission(request, batch):
            return super().change_view(request, object_id, form_url, extra_context)
        return TemplateResponse(request, "enrollment/bulk.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "original": batch, "title": batch.batch_no,
            "tone": TONES[batch.state], **self._shown(batch, request),
            "events": AuditEntry.objects.filter(subject=batch.subject).order_by("-pk")[:20],
        })

    def _shown(self, batch: BulkBatch, request) -> dict:
        progress = services.batch_progress(batch.pk, by=request.user, faults=FAULTS_SHOWN)
        return {
            "batch": batch, "progress": progress, "deeds": self._deeds(batch, request.user),
            "progress_url": _url("progress", batch), "faults_url": _url("faults", batch), "shown": FAULTS_SHOWN,
            "report": [(label, batch.report[key]) for key, label in REPORT.items() if key in batch.report],
        }

    def _deeds(self, batch: BulkBatch, officer) -> list[dict]:
        """Open while the batch waits; to the uploader the confirmation only with the reason why not."""
        if batch.state != State.CHECKED:
            return []
        deeds = []
        if officer.may("enrollment.confirm_bulk"):
            own = batch.uploaded_by_id == officer.pk
            reason = "上传人与确认人不得为同一人。" if own else ""
            deeds.append({"name": "confirm", "label": "确认导入", "url": _url("confirm", batch), "allowed": not own,
                          "reason": reason, "style": "cw-primary"})
        if officer.may("enrollment.upload_bulk"):
            deeds.append({"name": "withdraw", "label": "撤回", "url": _url("withdraw", batch), "allowed": True,
                          "reason": "", "style": "cw-danger"})
        return deeds

    def progress_view(self, request, batch_id):
        """The fragment that the page asks for every few seconds; when the job is done, the page is loaded anew."""
        batch = self._visible(request, batch_id)
        progress = services.batch_progress(batch.pk, by=request.user, faults=0)
        if not progress.running:
            return HttpResponse(headers={"HX-Refresh": "true"})
        context = {"progress": progress, "progress_url": _url("progress", batch)}
        return HttpResponse(render_to_string("enrollment/bulk_progress.html", context, request))

    def faults_view(self, request, batch_id):
        """All faults as a workbook; the download is on record."""
        batch = self._visible(request, batch_id)
        file = services.fault_workbook(batch.pk, by=request.user, at=now())
        answer = FileResponse(file, as_attachment=True, filename=f"错误清单-{batch.batch_no}.xlsx", content_type=XLSX)
        answer["Cache-Control"] = "private, no-store"
        return answer

    def _visible(self, request, batch_id) -> BulkBatch:
        batch = self.get_object(request, str(batch_id))
        if batch is None or not self.has_view_permission(request, batch):
            raise Http404
        return batch

    @action(
        description="上传文件", form_class=UploadForm, permissions=["enrollment.upload_bulk"], icon="upload_file",
        variant="primary", submit="上传",
        consequence="上传后由系统逐行核对，不写入任何内容；核对完由另一名有权限的人员确认，才写入无误的行。",
    )
    def upload(self, request, form):
        file = form.cleaned_data["file"]
        found = services.upload_bulk(
            kind=form.cleaned_data["kind"], file=file, name=file.name, by=request.user, at=now(),
            covering=form.covering(),
        )
        if found.known:
            messages.warning(request, f"该文件已上传过，即批次 {found.batch}；没有重复受理。")
        else:
            messages.success(request, f"已受理，批次 {found.batch}。")
        return go(request, _url("change", found.batch))

    @action(
        description="确认导入", form_class=ConfirmForm, permissions=["enrollment.confirm_bulk"],
        consequence=lambda admin, request, batch:
            f"写入 {batch.rows_pending} 行；有错误的 {batch.rows_rejected} 行不写入。确认后不能撤回。",
    )
    def confirm(self, request, form, object_id):
        services.confirm_bulk(batch_id=int(object_id), note=form.cleaned_data["note"], by=request.user, at=now())
        return "已确认，正在写入。"

    @action(
        description="撤回", form_class=WithdrawForm, permissions=["enrollment.upload_bulk"], variant="danger",
        consequence="整个文件都不写入；更正后可以重新上传。",
    )
    def withdraw(self, request, form, object_id):
        services.withdraw_bulk(batch_id=int(object_id), reason=form.cleaned_data["reason"], by=request.user, at=now())
        return "批次已撤回。"

    @display(description="批次", ordering="pk")
    def number(self, batch):
        return batch.batch_no

    @display(description="状态", ordering="state")
    def state_word(self, batch):
        return status_chip(batch.get_state_display(), TONES[batch.state])


REPORT = {
    "new": "新增", "changed": "变更", "ended": "终止", "unmatched": "未匹配", "unchanged": "未变", "amount": "合计金额",
}


def _url(page: str, batch: BulkBatch) -> str:
    return reverse(f"admin:enrollment_bulkbatch_{page}", args=[batch.pk])


class ExportForm(DialogForm):
    kind = forms.ChoiceField(label="内容", choices=BulkExport.Kind.choices)
    form = forms.ChoiceField(label="格式", choices=BulkExport.Form.choices, initial=BulkExport.Form.XLSX)
    year = forms.IntegerField(label="年度", required=False, min_value=1980, max_value=2100, help_text="缴费记录可选。")
    plain = forms.BooleanField(label="包含完整姓名和号码", required=False, help_text="须有专门权限。")
    purpose = forms.CharField(label="用途", max_length=200)


@register(BulkExport)
class BulkExportAdmin(ModelAdmin):
    """Large exports: asked for with a purpose, written by a job, each download on record."""

    list_display = ["number", "kind", "form", "state_word", "rows", "plain", "purpose", "requested_by", "requested_at"]
    list_filter = [("kind", ChoicesDropdownFilter), ("state", ChoicesDropdownFilter)]
    list_select_related = ["requested_by"]
    fields = readonly_fields = [*list_display, "finished_at"]
    actions = None
    actions_list = ["ask"]
    actions_detail = ["download"]

    @action(
        description="申请导出", form_class=ExportForm, permissions=["enrollment.export_person"], submit="申请",
        variant="primary", icon="download",
        consequence="由系统生成文件，完成后在此下载；申请和每次下载都记入审计记录。",
    )
    def ask(self, request, form):
        given = form.cleaned_data
        wanted = services.Wanted(kind=given["kind"], form=given["form"], plain=given["plain"], year=given["year"])
        found = services.request_export(wanted, purpose=given["purpose"], by=request.user, at=now())
        return f"已申请，编号 {found}。"

    @action(
        description="下载", permissions=["enrollment.export_person"],
        consequence="下载记入审计记录；文件含个人信息，请妥善保管。",
    )
    def download(self, request, form, object_id):
        url = reverse("admin:enrollment_bulkexport_file", args=[object_id])
        return go(request, url)

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [path("<int:export_id>/file/", wrap(self.file_view), name="enrollment_bulkexport_file"),
                *super().get_urls()]

    def file_view(self, request, export_id):
        export = self.get_object(request, str(export_id))
        if export is None or not self.has_view_permission(request, export):
            raise Http404
        try:
            file = services.download_export(export_id, by=request.user, at=now())
        except Refused as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(reverse("admin:enrollment_bulkexport_change", args=[export_id]))
        answer = FileResponse(file, as_attachment=True, filename=export.file_name)
        answer["Cache-Control"] = "private, no-store"
        return answer

    @display(description="编号", ordering="pk")
    def number(self, export):
        return str(export)

    @display(description="状态", ordering="state")
    def state_word(self, export):
        return status_chip(export.get_state_display(), EXPORT_TONES[export.state])
