"""What relief's case screens share: buttons from a workflow, the person in words, the acts of a case."""

from typing import Any

from django.db.models import BooleanField, Value
from django.template.response import TemplateResponse

from casework.admin_base import ModelAdmin, display, status_chip
from casework.admin_buttons import StepButtons
from casework.admin_worklist import due_chip
from casework.clock import bureau_day, now
from casework.models import AuditEntry
from enrollment import services as enrollment

ACTS = 100


class CaseScreen(StepButtons, ModelAdmin):
    """A relief case. Needs `workflow`, `steps` of (step, deed, style), `tones`, and `template`."""

    tones: dict[str, str] = {}
    template = ""
    actions = None

    def get_queryset(self, request):
        plain = Value(request.user.may("enrollment.see_names"), output_field=BooleanField())
        rows = super().get_queryset(request).annotate(region_name=enrollment.county_name(), names_plain=plain)
        return rows.select_related("person", "registered_by")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        case = self.get_object(request, object_id)
        if case is None or not self.has_view_permission(request, case):
            return super().change_view(request, object_id, form_url, extra_context)
        return TemplateResponse(request, self.template, {
            **self.admin_site.each_context(request), "opts": self.opts, "original": case, "title": case.case_no,
            "case": case, "subject": self.who(case), "status_tone": self.tones.get(case.status, "blue"),
            "due": standing(case), **self.buttons(case, request.user), **self.case_context(request, case),
            "events": list(AuditEntry.objects.filter(case_no=case.case_no).order_by("-pk")[:ACTS]),
        })

    def case_context(self, request, case) -> dict[str, Any]:
        return {}

    @display(description="参保人")
    def who(self, case):
        name = case.person.name if case.names_plain else case.person.masked_name
        return f"{name} {case.person.masked_id}"

    @display(description="状态", ordering="status")
    def status_word(self, case):
        return status_chip(case.get_status_display(), self.tones.get(case.status, "blue"))

    @display(description="经办区划")
    def region(self, case):
        return case.region_name or case.region_code

    @display(description="办理时限", ordering="due_on")
    def due(self, case):
        return standing(case) or "—"


def standing(case) -> str:
    return due_chip(case.due_on, case.stopped_on, case.closed_at is not None, bureau_day(now()))
