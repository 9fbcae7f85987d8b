"""Records: the audit trail, documents, notices. Shown within the officer's territory, never edited."""

import json
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from casework import services
from casework.admin_base import (
    ModelAdmin,
    RangeDateTimeFilter,
    RequiredNoteForm,
    action,
    display,
    register,
    status_chip,
)
from casework.clock import now
from casework.models import AuditEntry, Document, Notice
from casework.workflow import WORKFLOWS

SUBJECTS = {
    "person": "参保人", "institution": "医药机构", "officer": "经办人员", "workday": "工作日", "timelimit": "办理时限",
    "job": "后台作业", "message": "对外消息", "import": "导入批次", "export": "导出",
}


class MatterFilter(SimpleListFilter):
    """The matters that the workflow tables name: no scan of the trail for what occurs in it, and in words."""

    title, parameter_name = "事项", "matter"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(workflow.matter, workflow.label) for workflow in WORKFLOWS.values()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(matter=self.value()) if self.value() else queryset


@register(AuditEntry)
class AuditEntryAdmin(ModelAdmin):
    """Search by the whole case number, or the officer's name."""

    list_display = ("at", "case_no", "about", "label", "statuses", "officer_name", "note", "region_code")
    list_filter = (("at", RangeDateTimeFilter), MatterFilter)
    search_fields = ("=case_no", "=subject", "=officer_name")
    search_help_text = "完整件号、对象或经办人姓名"
    fields = (
        "at", "officer_name", "case_no", "about", "region_code", "label", "statuses", "note", "facts",
        "recorded_at", "place", "digest",
    )
    readonly_fields = ("about", "statuses", "facts", "recorded_at", "place", "digest")

    @display(description="对象")
    def about(self, entry: AuditEntry) -> str:
        kind, _, number = entry.subject.partition(":")
        return f"{SUBJECTS.get(kind, kind)} {number}".strip()

    @display(description="状态")
    def statuses(self, entry: AuditEntry) -> str:
        workflow = WORKFLOWS.get(entry.matter)
        if workflow is None:
            return ""
        before = workflow.label_of(entry.status_before) if entry.status_before else "新件"
        return f"{before} → {workflow.label_of(entry.status_after)}"

    @display(description="链与序号")
    def place(self, entry: AuditEntry) -> str:
        return f"第{entry.link.chain}链 第{entry.link.seq}条" if hasattr(entry, "link") else "不在链中"

    @display(description="摘要")
    def digest(self, entry: AuditEntry) -> str:
        return entry.link.hash if hasattr(entry, "link") else ""

    @display(description="明细")
    def facts(self, entry: AuditEntry) -> str:
        return format_html("<pre>{}</pre>", json.dumps(entry.detail, ensure_ascii=False, indent=2))


@register(Document)
class DocumentAdmin(ModelAdmin):
    list_display = ("case_no", "name", "kind", "content_type", "size", "uploaded_by", "uploaded_at", "state")
    list_filter = (("uploaded_at", RangeDateTimeFilter), "voided")
    list_select_related = ("uploaded_by",)
    search_fields = ("=case_no", "=sha256")
    search_help_text = "完整件号或摘要"
    fields = (
        "case_no", "name", "link", "kind", "content_type", "size", "sha256", "uploaded_by", "uploaded_at", "voided",
        "void_reason",
    )
    readonly_fields = ("link",)
    actions_detail = ("void",)

    @display(description="状态")
    def state(self, document: Document) -> str:
        return status_chip("已作废", "grey") if document.voided else status_chip("有效", "green")

    @display(description="查看")
    def link(self, document: Document) -> str:
        url = reverse("casework:document", args=[document.pk])
        return format_html('<a href="{}" target="_blank" rel="noopener">打开（记入审计）</a>', url)

    @action(
        description="作废",
        consequence="作废后该材料不再作为本件材料，但仍保留备查，不能恢复。",
        permissions=["casework.void_document"],
        form_class=RequiredNoteForm,
        variant="danger",
    )
    def void(self, request: HttpRequest, form: RequiredNoteForm, object_id: str) -> str:
        services.void_document(
            document_id=int(object_id), reason=form.cleaned_data["note"], by=request.user, at=now()
        )
        return "材料已作废。"


@register(Notice)
class NoticeAdmin(ModelAdmin):
    list_display = ("number", "title", "case_no", "issued_by", "issued_at")
    list_filter = (("issued_at", RangeDateTimeFilter),)
    list_select_related = ("issued_by",)
    search_fields = ("=number", "=case_no")
    search_help_text = "完整文号或件号"
    fields = ("number", "title", "case_no", "issued_by", "issued_at", "text")
    readonly_fields = ("text",)

    @display(description="内容")
    def text(self, notice: Notice) -> str:
        return format_html("<pre>{}</pre>", json.dumps(notice.body, ensure_ascii=False, indent=2))
