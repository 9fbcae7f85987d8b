"""Correcting one disease of an application before the doctor's conclusion: the same questions, with what is known."""
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse

from casework.admin_base import may
from casework.clock import now
from casework.errors import Refused
from chronic import services as chronic
from chronic.admin import facts, people
from chronic.admin.parts import Part, sent_part
from chronic.models import CertificationItem
from chronic.workflow import SUBMIT
from enrollment import services as enrollment
from enrollment.models import Person


class AmendingPage:
    """The correction's part of the certification screen."""

    def item_view(self, request, certification_id, item_id):
        case, item, known = self._item(request, certification_id, item_id)
        part = self._part(request, item, known, sent=request.method == "POST")
        refusal = ""
        if request.method == "POST":
            refusal = _amend(request, item, part)
            if not refusal:
                messages.success(request, f"“{item.unit_name}”已更正。")
                return HttpResponseRedirect(reverse("admin:chronic_certification_change", args=[case.pk]))
        person = enrollment.with_history(Person.objects.filter(pk=case.person_id)).get()
        return TemplateResponse(request, "chronic/amend.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "title": case.case_no, "case": case,
            "row": {"part": part, "checklist": part.checklist(known)}, "refusal": refusal,
            "version": request.POST.get("version") or case.version,
            "check_url": reverse("admin:chronic_certification_item_check", args=[case.pk, item.pk]),
            "parts": [{"part": part, "checklist": []}], **people.panel(person, request),
        })

    def item_check_view(self, request, certification_id, item_id):
        """What can be said of a correction that is still being typed. Writes nothing."""
        if request.method != "POST":
            raise PermissionDenied
        _, item, known = self._item(request, certification_id, item_id)
        part = self._part(request, item, known, sent=True)
        context = {"parts": [{"part": part, "checklist": part.checklist(known)}], "live": True}
        return HttpResponse(render_to_string("chronic/application_check.html", context, request))

    def _item(self, request, certification_id, item_id):
        case = self.visible(request, certification_id)
        item = case.items.filter(pk=item_id).first()
        if item is None:
            raise Http404
        if not may(request, SUBMIT):
            raise PermissionDenied
        return case, item, chronic.catalogue_of(case.person.region_code)

    @staticmethod
    def _part(request, item: CertificationItem, known, *, sent: bool) -> Part:
        unit = chronic.unit_of(known, item.unit)
        if sent:
            return sent_part(unit, request.POST, known)
        typed = facts.stored(unit, item.facts)
        return Part(unit, typed, item.diagnosed_on.isoformat(), list(item.materials)).judge(known)


def _amend(request, item: CertificationItem, part: Part) -> str:
    """Correct it, or the words why not."""
    day = part.day()
    if day is None or part.typed.errors:
        return "有的内容还需更正，见红字。"
    version = request.POST.get("version", "")
    try:
        chronic.amend(
            item_id=item.pk, facts=part.typed.facts, materials=part.materials, diagnosed_on=day, by=request.user,
            at=now(), expected_version=int(version) if version.isdecimal() else None,
        )
    except Refused as refusal:
        return refusal.message
    return ""
