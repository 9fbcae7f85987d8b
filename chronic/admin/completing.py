"""Completing a case that waits for facts: all that is wanting of all its diseases on one page, sent at once."""
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse

from casework.admin_base import may
from casework.clock import now
from casework.errors import Refused
from chronic import services as chronic
from chronic.admin import people, wanting
from chronic.models import Certification
from chronic.workflow import SUBMIT, CertificationStatus
from enrollment import services as enrollment
from enrollment.models import Person


class CompletingPage:
    """The part of the certification screen in which what is wanting is supplied."""

    def supply(self, request, certification_id):
        """The questions that are open; what was given before is not asked again, correcting it is another page."""
        case, items, known = self._waiting(request, certification_id)
        parts = wanting.parts_of(items, known, request.POST if request.method == "POST" else None)
        if not parts:
            messages.info(request, "这件没有待补的事实和材料。")
            return self._back(case)
        wrong: list[str] = []
        if request.method == "POST":
            wrong = _mistakes(parts) or _complete(request, case, parts)
            if not wrong:
                messages.success(request, "已补充，等待医师结论。")
                return self._back(case)
        person = enrollment.with_history(Person.objects.filter(pk=case.person_id)).get()
        return TemplateResponse(request, "chronic/supply.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "title": case.case_no, "case": case,
            "rows": [{"part": part, "checklist": part.checklist(known)} for part in parts], "wrong": wrong,
            "version": request.POST.get("version") or case.version,
            "check_url": reverse("admin:chronic_certification_supply_check", args=[case.pk]),
            "parts": [{"part": part, "checklist": []} for part in parts], **people.panel(person, request),
        }, status=422 if wrong else 200)

    supply.short_description = "补充事实和材料"

    def supply_check_view(self, request, certification_id):
        """What can be said of what is still being typed. Writes nothing."""
        if request.method != "POST":
            raise PermissionDenied
        _, items, known = self._waiting(request, certification_id)
        parts = wanting.parts_of(items, known, request.POST)
        context = {"parts": [{"part": part, "checklist": part.checklist(known)} for part in parts], "live": True}
        return HttpResponse(render_to_string("chronic/application_check.html", context, request))

    def _waiting(self, request, certification_id):
        case = self.visible(request, certification_id)
        if not may(request, SUBMIT):
            raise PermissionDenied
        items = list(case.items.order_by("pk")) if case.status == CertificationStatus.SUBMITTED else []
        return case, items, chronic.catalogue_of(case.person.region_code)

    @staticmethod
    def _back(case: Certification) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:chronic_certification_change", args=[case.pk]))


def _mistakes(parts: list[wanting.WantingPart]) -> list[str]:
    return [words for part in parts for words in part.mistakes()]


def _complete(request, case: Certification, parts: list[wanting.WantingPart]) -> list[str]:
    """Supply it, or the words why not."""
    version = request.POST.get("version", "")
    try:
        chronic.complete(
            certification_id=case.pk, facts={part.unit.code: part.supplied() for part in parts},
            materials={part.unit.code: part.papers() for part in parts}, by=request.user, at=now(),
            expected_version=int(version) if version.isdecimal() else None,
        )
    except Refused as refusal:
        return [refusal.message]
    return []
