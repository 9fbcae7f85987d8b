"""What relief's case screens share: buttons from a workflow, the person in words, the acts of a case."""

from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, OuterRef, Subquery, Value
from django.db.models.functions import Substr
from django.template.response import TemplateResponse
from django.urls import reverse

from casework.admin_base import ModelAdmin, display, status_chip
from casework.clock import bureau_day, now
from casework.models import AuditEntry
from enrollment.models import Region

ACTS = 100


@dataclass(frozen=True)
class Button:
    """A step as the page draws it: open to this officer, or why not."""

    name: str
    label: str
    url: str
    allowed: bool
    reason: str
    style: str


class CaseScreen(ModelAdmin):
    """A relief case. Needs `workflow`, `steps` of (step, deed, style), `tones`, and `template`."""

    workflow: Any = None
    steps: tuple[tuple[str, str, str], ...] = ()
    tones: dict[str, str] = {}
    template = ""
    actions = None

    def get_queryset(self, request):
        region = Region.objects.filter(code=Substr(OuterRef("region_code"), 1, 6)).values("name")[:1]
        plain = Value(request.user.may("enrollment.see_names"), output_field=BooleanField())
        rows = super().get_queryset(request).annotate(region_name=Subquery(region), names_plain=plain)
        return rows.select_related("person", "registered_by")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        case = self.get_object(request, object_id)
        if case is None or not self.has_view_permission(request, case):
            return super().change_view(request, object_id, form_url, extra_context)
        return TemplateResponse(request, self.template, {
            **self.admin_site.each_context(request), "opts": self.opts, "original": case, "title": case.case_no,
            "case": case, "subject": self.who(case), "status_tone": self.tones.get(case.status, "blue"),
            "due": due_chip(case), **self.buttons(case, request.user), **self.case_context(request, case),
            "events": list(AuditEntry.objects.filter(case_no=case.case_no).order_by("-pk")[:ACTS]),
        })

    def case_context(self, request, case) -> dict[str, Any]:
        return {}

    def buttons(self, case, officer) -> dict[str, Any]:
        """A deed per step that leaves the present status, and the reasons for those that are closed to the officer."""
        open_steps = {found.step.name: found for found in self.workflow.open_steps(case, officer)}
        names = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        shown, reasons = [], {}
        for step, name, style in self.steps:
            found = open_steps.get(step)
            if found is None:
                continue
            url = reverse(f"{names}_{name}", args=[case.pk]) + f"?version={case.version}"
            label = getattr(self, name).short_description
            shown.append(Button(name, label, url, found.allowed, found.reason, style))
            if found.reason:
                reasons.setdefault(found.reason, []).append(label)
        return {
            "deeds": shown,
            "reasons": [{"label": "、".join(labels), "text": text} for text, labels in reasons.items()],
        }

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
        return due_chip(case) or "—"


def due_chip(case) -> str:
    """How the time limit stands, in words: the colour only repeats them."""
    if case.closed_at or (case.due_on is None and case.stopped_on is None):
        return ""
    if case.stopped_on is not None:
        return status_chip(f"自 {case.stopped_on:%m-%d} 停止计时", "grey")
    days = (case.due_on - bureau_day(now())).days
    if days < 0:
        return status_chip(f"超期 {-days} 天", "red")
    return status_chip("今天到期" if days == 0 else f"还有 {days} 天", "amber" if days <= 5 else "grey")


def given(request, form, **more: Any) -> dict[str, Any]:
    """What every deed hands to its service."""
    return {"by": request.user, "at": now(), "expected_version": form.cleaned_data["version"], **more}
