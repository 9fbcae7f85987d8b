"""Import and export of a register on the screens: upload, preview, confirm; export as an act on record."""
from pathlib import PurePath

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponseRedirect
from django.urls import reverse
from import_export.admin import ExportMixin

from casework import workbooks
from casework.admin_base import ImportExportAdmin
from casework.admin_base import ImportForm as UploadForm
from casework.clock import now
from casework.errors import Refused
from casework.workbooks import FileRefused
from enrollment import services
from enrollment.resources.base import MAX_UNPACKED

MAX_EXPORT = 10_000
SHOWN = 20


class JudgedUpload(UploadForm):
    """Judges the upload before anything parses it; the field names the first faults, each with its code."""

    def clean_import_file(self):
        file = self.cleaned_data["import_file"]
        suffix = PurePath(file.name).suffix.lower()
        if suffix in {".xlsm", ".xltm"}:
            raise forms.ValidationError("文件含有宏，已拒绝。请另存为不含宏的 .xlsx 工作簿。（MACRO_REFUSED）")
        if suffix != ".xlsx":
            raise forms.ValidationError("只接受 .xlsx 文件，请用 Excel 另存为 .xlsx 后上传。（TYPE_MISMATCH）")
        if file.size > workbooks.MAX_BYTES:
            raise forms.ValidationError("文件超过 5 MB，请分批上传。（FILE_TOO_LARGE）")
        try:
            workbooks.judge(file.read(), max_unpacked=MAX_UNPACKED)
        except FileRefused as refusal:
            raise forms.ValidationError([str(fault) for fault in refusal.faults]) from refusal
        finally:
            file.seek(0)
        return file

    # An empty file is told by the gate, with its code.
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["import_file"].allow_empty_file = True


class RegisterFiles(ImportExportAdmin):
    """A register with files: each row through a service, the whole file or nothing, nothing without permission."""

    import_form_class = JudgedUpload
    file_kind = ""

    def has_import_permission(self, request) -> bool:
        return request.user.may(self.import_permission)

    def has_export_permission(self, request) -> bool:
        return request.user.may(self.export_permission)

    def add_data_read_fail_error_to_form(self, form, e) -> None:
        if isinstance(e, FileRefused):
            form.add_error("import_file", [str(fault) for fault in e.faults])
        else:
            super().add_data_read_fail_error_to_form(form, e)

    def import_action(self, request, **kwargs):
        """The preview; what the officer should know of the file stands above it."""
        response = super().import_action(request, **kwargs)
        result = getattr(response, "context_data", {}).get("result")
        for warning in getattr(result, "warnings", ()):
            messages.warning(request, str(warning))
        return response

    def process_import(self, request, **kwargs):
        """Confirm a preview. Confirmed twice, the second time finds no file and says so."""
        try:
            return super().process_import(request, **kwargs)
        except FileNotFoundError:
            messages.error(request, "该文件已导入或已过期，请核对导入批次；需要时重新上传。")
        except FileRefused as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(self._url("import"))

    def process_result(self, result, request):
        """A register that changed since the preview refuses the whole file; the reasons are shown."""
        if not result.has_errors():
            return super().process_result(result, request)
        reasons = [str(error.error) for error in result.base_errors]
        reasons += [f"第{row}行 {error.error}" for row, errors in result.row_errors() for error in errors]
        for reason in reasons[:SHOWN]:
            messages.error(request, reason)
        return HttpResponseRedirect(self._url("import"))

    def add_success_message(self, result, request) -> None:
        total = result.totals
        messages.success(request, f"导入完成：新增{total['new']}行，更新{total['update']}行，未变{total['skip']}行。")

    def get_export_resource_kwargs(self, request, **kwargs):
        return {**super().get_export_resource_kwargs(request, **kwargs), "by": request.user}

    def get_resource_kwargs(self, request, *args, **kwargs):
        return {}

    @transaction.atomic
    def get_export_data(self, file_format, request, queryset, **kwargs):
        """The file, and in the same transaction the record that it left the house. Past the limit: no file."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        rows = queryset.order_by().values("pk")[: MAX_EXPORT + 1].count()
        if rows > MAX_EXPORT:
            raise ValueError(f"一次最多导出{MAX_EXPORT}行，请先用搜索或筛选缩小范围。")
        plain = self.exports_plain(request)
        try:
            services.record_export(kind=self.file_kind, rows=rows, plain=plain, by=request.user, at=now())
        except Refused as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        # Past ImportExportAdmin: its own record would say the same a second time.
        return ExportMixin.get_export_data(self, file_format, request, queryset, **kwargs)

    def exports_plain(self, request) -> bool:
        """Whether full numbers are asked for; the service holds the right to it."""
        return False

    def get_export_filename(self, request, queryset, file_format) -> str:
        return f"{self.file_kind}-{now():%Y%m%d}.xlsx"

    def _url(self, view: str) -> str:
        names = self.model._meta
        return reverse(f"admin:{names.app_label}_{names.model_name}_{view}")
