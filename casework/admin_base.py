"""The admin classes that every screen inherits: the only module that imports the theme (unfold).

For the owner of an ``admin.py``::

    from casework.admin_base import ModelAdmin, TabularInline, action, display, register, status_chip

- ``ModelAdmin``: read-only, no add, no delete. Rows come from ``Model.objects.visible_to(officer)``; another
  county's row behaves exactly like one that does not exist. A register without a territory says
  ``scoped = False``; forgetting both is an error at start, not an open door.
- ``EditableAdmin``: add and change by Django's permissions, still no delete. Override ``save_model`` to call
  ONE service; a ``Refused`` from it becomes an error at the top of the form, and nothing is lost or written.
- ``ImportExportAdmin``: .xlsx in and out; set ``resource_classes``, ``import_permission``, ``export_permission``.
- ``@action(...)``: a deed in a dialog (see ``casework.admin_deeds``). Put its name into ``actions_detail``.
- Cases: their list is ``admin_worklist``, their page ``admin_case_page`` with ``admin_buttons`` and ``admin_stages``,
  the deeds that all have ``admin_case_deeds``, their papers ``admin_papers``.
- ``DialogForm``, ``NoteForm``: forms for such a deed; the look of fields comes from ``static/casework/casework.css``.
"""
from pathlib import PurePath
from zipfile import BadZipFile, ZipFile

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets, register
from django.contrib.admin.checks import ModelAdminChecks
from django.core.exceptions import ImproperlyConfigured
from django.core.paginator import Paginator
from django.db import models
from django.utils.functional import cached_property
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import XLSX
from unfold import admin as unfold
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateFilter,
    RangeDateTimeFilter,
    RangeNumericFilter,
    RelatedDropdownFilter,
)
from unfold.contrib.import_export.forms import ExportForm as UnfoldExportForm
from unfold.contrib.import_export.forms import ImportForm as UnfoldImportForm
from unfold.decorators import display
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminCheckboxSelectMultiple

from casework import audit
from casework.admin_deeds import DialogForm, NoteForm, RequiredNoteForm, action, status_chip
from casework.clock import now
from casework.errors import Refused

__all__ = [
    "ChoicesDropdownFilter",
    "DialogForm",
    "DropdownFilter",
    "EditableAdmin",
    "ImportExportAdmin",
    "ModelAdmin",
    "NoteForm",
    "RangeDateFilter",
    "RangeDateTimeFilter",
    "RangeNumericFilter",
    "ReadOnlyInline",
    "RelatedDropdownFilter",
    "RequiredNoteForm",
    "StackedInline",
    "TabularInline",
    "action",
    "display",
    "each_case",
    "may",
    "register",
    "status_chip",
]

COUNT_LIMIT = 10_000
IMPORT_ROWS = 2_000
IMPORT_BYTES = 5 * 1024 * 1024
UNPACKED_BYTES = 100 * 1024 * 1024
UNPACKED_RATIO = 100


def may(request, permission: str) -> bool:
    """Whether whoever asks is an officer with the permission. The site also asks on the sign-in page, of nobody."""
    return bool(request.user.is_authenticated and request.user.may(permission))


class BoundedPaginator(Paginator):
    """Counts no further than ``COUNT_LIMIT`` rows: a worklist's page must not cost a scan of the table."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if isinstance(rows, models.QuerySet):
            return rows.order_by().values("pk")[:COUNT_LIMIT].count()
        return super().count


class WholeList(ChangeList):
    """A list whose header offers no "show all": it would count or draw the whole table."""

    def get_results(self, request) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count


class Scoped:
    """Holds rows to the officer's jurisdiction; a model that cannot be scoped must say so (``scoped = False``)."""

    scoped = True

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.scoped and not hasattr(self.model._default_manager.none(), "visible_to"):
            raise ImproperlyConfigured(
                f"{type(self).__name__}: {self.model.__name__}.objects has no visible_to(officer). "
                "Give the model a jurisdiction, or say scoped = False for a register without one."
            )

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.visible_to(request.user) if self.scoped else rows

    def has_view_permission(self, request, obj=None) -> bool:
        return super().has_view_permission(request, obj) and self._within(request, obj)

    def _within(self, request, obj) -> bool:
        """The second look at one object, should a view ever have found it by another way than the queryset."""
        if obj is None or not self.scoped:
            return True
        region = obj
        for name in getattr(self.model, "jurisdiction", "region_code").split("__"):
            region = getattr(region, name, None)
        return isinstance(region, str) and request.user.sees(region)


class ReadOnly:
    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


class _Screen(unfold.ModelAdmin):
    # The theme's own checks ask the database which permissions exist, before the first migration has made any.
    checks_class = ModelAdminChecks
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 50
    list_filter_submit = True
    actions_on_top = True
    list_fullwidth = True
    list_disable_select_all = True

    def get_changelist(self, request, **kwargs):
        return WholeList

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def _filter_unfold_actions_by_permissions(self, request, actions, object_id=None):
        """Deeds whose permission the officer lacks are not offered; a superuser needs the role like anyone."""
        return [
            deed for deed in super()._filter_unfold_actions_by_permissions(request, actions, object_id)
            if all(request.user.may(permission) for permission in getattr(deed.method, "needs", ()))
        ]


class ModelAdmin(ReadOnly, Scoped, _Screen):
    """A screen that shows; deeds are dialogs (``@action``)."""


class EditableAdmin(Scoped, _Screen):
    """A register that officers with the permission may add to and change, through one service."""

    warn_unsaved_form = True

    def has_change_permission(self, request, obj=None) -> bool:
        return super().has_change_permission(request, obj) and self._within(request, obj)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refusal:
            # The transaction is rolled back; show the same form again with what was typed and the reason.
            request.refusal = str(refusal)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        """Boxes to tick: Django's two-column chooser speaks English where its script has no Chinese words."""
        kwargs.setdefault("widget", UnfoldAdminCheckboxSelectMultiple())
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return form if refusal is None else _refused(form, refusal)


def _refused(form_class, message: str):
    class RefusedForm(form_class):
        def clean(self):
            super().clean()
            raise forms.ValidationError(message, code="refused")

    return RefusedForm


class TabularInline(unfold.TabularInline):
    extra = 0


class StackedInline(unfold.StackedInline):
    extra = 0


class ReadOnlyInline(ReadOnly, TabularInline):
    """Rows of a case, shown in a tab; never edited in place."""

    tab = True
    show_change_link = False

    def has_view_permission(self, request, obj=None) -> bool:
        """Whoever may open the case may see its rows."""
        return True


class ImportForm(UnfoldImportForm):
    """Judges the file before anything parses it: kind, size, and what the archive would unpack to."""

    def clean_import_file(self):
        file = self.cleaned_data["import_file"]
        if PurePath(file.name).suffix.lower() != ".xlsx":
            raise forms.ValidationError("只接受 .xlsx 文件。请在 Excel 中另存为“Excel 工作簿（.xlsx）”后再上传。")
        if file.size == 0:
            raise forms.ValidationError("文件是空的，请检查后重新上传。")
        if file.size > IMPORT_BYTES:
            raise forms.ValidationError(f"文件超过 5 MB。每次最多导入 {IMPORT_ROWS} 行，请分批上传。")
        self._judge_archive(file)
        return file

    @staticmethod
    def _judge_archive(file) -> None:
        try:
            with ZipFile(file) as archive:
                entries = archive.infolist()
        except BadZipFile as error:
            raise forms.ValidationError("文件内容不是 .xlsx 工作簿（可能改过扩展名或设了密码）。") from error
        finally:
            file.seek(0)
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > UNPACKED_BYTES or unpacked > UNPACKED_RATIO * max(file.size, 1):
            raise forms.ValidationError("文件解压后过大，已拒绝。请删除多余的空行和格式后重新保存。")
        if any(entry.filename.lower().endswith("vbaproject.bin") for entry in entries):
            raise forms.ValidationError("文件含有宏，已拒绝。请另存为不含宏的工作簿。")


class ExportForm(UnfoldExportForm):
    """One resource, one format: nothing to choose, only to confirm."""


class ImportExportAdmin(ImportExportMixin, ModelAdmin):
    """A register with .xlsx import (each row through a service, all rows or none) and export.

    Both need their own permission; an export is written to the audit trail with its number of rows.
    """

    formats = [XLSX]
    import_formats = [XLSX]
    export_formats = [XLSX]
    import_form_class = ImportForm
    export_form_class = ExportForm
    skip_export_form = False
    skip_admin_log = True
    import_error_display = ("message",)
    import_permission = ""
    export_permission = ""

    def has_import_permission(self, request) -> bool:
        return bool(self.import_permission) and request.user.has_perm(self.import_permission)

    def has_export_permission(self, request) -> bool:
        return bool(self.export_permission) and request.user.has_perm(self.export_permission)

    def get_import_data_kwargs(self, *args, **kwargs):
        """Resources need the officer and the time for the services that they call."""
        request = kwargs.get("request")
        by = request.user if request else None
        return {**super().get_import_data_kwargs(*args, **kwargs), "by": by, "at": now()}

    def get_export_data(self, file_format, request, queryset, **kwargs):
        data = super().get_export_data(file_format, request, queryset, **kwargs)
        audit.record(
            case_no="",
            action="export",
            by=request.user,
            at=now(),
            label=f"导出{self.model._meta.verbose_name}",
            detail={"model": self.model._meta.label, "rows": queryset.count()},
        )
        return data

    def add_data_read_fail_error_to_form(self, form, e) -> None:
        form.add_error("import_file", "文件读不出来：请确认是未加密的 .xlsx 工作簿，第一行为列名，然后重新上传。")


def each_case(model_admin, request, queryset, act) -> None:
    """Call ``act(case)`` once per chosen case, so that one refusal does not undo the others."""
    done = 0
    for case in queryset:
        try:
            act(case)
            done += 1
        except Refused as refusal:
            model_admin.message_user(request, f"{case}：{refusal}", messages.ERROR)
    if done:
        model_admin.message_user(request, f"已办理 {done} 件。", messages.SUCCESS)

