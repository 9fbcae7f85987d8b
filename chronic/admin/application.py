"""The counter form: person, institution, diseases, each disease's criteria as questions, told at once what is open.

Nothing is written before “提交申请”. Every other button sends the same form and gets it back, so nothing typed is lost.
"""
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse

from casework.admin_base import may
from casework.clock import bureau_day, now
from casework.errors import Refused
from chronic import services as chronic
from chronic.admin import people
from chronic.admin.parts import ApplicantForm, sent_part
from chronic.models import Certification
from chronic.services import Applicant, Claimed, screens
from chronic.workflow import SUBMIT
from enrollment.models import Institution, Person
from policy.catalogue import Unit

MOST = 10


class Draft:
    """Everything of one request to the counter form."""

    def __init__(self, request, person: Person) -> None:
        self.request, self.person, self.today = request, person, bureau_day(now())
        self.data = request.POST
        self.review = (self.data.get("kind") or request.GET.get("kind", "")) == Certification.Kind.REVIEW
        self.known = chronic.catalogue_of(person.region_code)
        self.district = person.region_code[:6]
        self.houses = screens.houses_for(self.district, request.user, self.today)
        self.house = self._house()
        scheme = people.panel(person, request)["cover"].period
        self.units = [] if self.house is None else screens.units_at(
            self.house, self.known, self.district, scheme.scheme if scheme else "", self.today
        )
        if self.review:
            self.units = screens.reviewable(person, self.units)
        self.note = ""
        self.parts = [sent_part(unit, self.data, self.known) for unit in self._chosen()]
        sent = self.data if "channel" in self.data else None
        self.form = ApplicantForm(sent, officer=request.user)
        self.documents = self.data.getlist("document")

    def _house(self) -> Institution | None:
        wanted = (self.data or self.request.GET).get("institution", "")
        if len(self.houses) == 1:
            return self.houses[0]
        return next((house for house in self.houses if house.code == wanted), None)

    def _chosen(self) -> list[Unit]:
        """The diseases in the form, with the one that was just added and without the one that was taken out."""
        may_be = {unit.code: unit for unit in self.units}
        asked = (self.data or self.request.GET).getlist("unit")
        codes = [code for code in asked if code in may_be and code != self.data.get("_remove")]
        added = self._added(may_be)
        if added is not None:
            codes.append(added.code)
        return [may_be[code] for code in dict.fromkeys(codes)][:MOST]

    def _added(self, may_be: dict[str, Unit]) -> Unit | None:
        text = self.data.get("add", "").strip()
        if not text or "_apply" in self.data:
            return None
        found = may_be.get(text.split()[0].upper())
        if found is None:
            named = [unit for unit in may_be.values() if text in unit.label]
            exact = [unit for unit in named if unit.label == text]
            named = exact or named
            found = named[0] if len(named) == 1 else None
            self.note = "" if found else f"没有唯一对应“{text[:20]}”的病种，请从提示的名单中选择。"
        return found

    def claimed(self) -> list[Claimed] | None:
        """The application as the service takes it; None where a field is wrong, which is then said beside it."""
        good = self.form.is_valid()
        wanted = []
        for part in self.parts:
            day = part.day()
            good = good and not part.typed.errors and day is not None
            wanted.append(Claimed(
                unit=part.unit.code, diagnosed_on=day, facts=part.typed.facts, materials=part.materials
            ))
        return wanted if good else None

    def apply(self) -> Certification | None:
        wanted = self.claimed()
        if wanted is None:
            return None
        if self.house is None:
            raise Refused("not_found", "请选择认定机构。")
        given = self.form.cleaned_data
        act = chronic.apply_review if self.review else chronic.apply
        return act(
            person_id=self.person.pk, institution_id=self.house.pk, claimed=wanted, by=self.request.user, at=now(),
            applicant=Applicant(documents=self.documents, **given),
        )

    def judged(self) -> dict:
        """What the page says of the form so far: states, what is wanting, papers. Writes nothing."""
        return {
            "parts": [{"part": part, "checklist": part.checklist(self.known)} for part in self.parts],
            "documents": [
                {"code": code, "name": name, "received": code in self.documents}
                for code, name in self.known.rules.documents.items()
            ],
            "documents_rule": self.known.rules.documents_rule,
        }

    def context(self) -> dict:
        labels = {code: one.label for code, one in self.known.rules.categories.items()}
        return {
            "form": self.form, "houses": self.houses, "house": self.house, "units": self.units, "note": self.note,
            "labels": labels, "review": self.review,
            "pending": [] if self.house else (self.data or self.request.GET).getlist("unit"),
            "check_url": reverse("admin:chronic_certification_check"), **self.judged(),
        }


class ApplicationPage:
    """The counter form's half of the certification screen."""

    def add_view(self, request, form_url="", extra_context=None):
        if not may(request, SUBMIT):
            raise PermissionDenied
        try:
            person = people.chosen(request)
            context = people.search(request) if person is None else {"query": ""}
            if person is not None:
                draft = Draft(request, person)
                case = _submitted(request, draft, context)
                if case is not None:
                    return HttpResponseRedirect(reverse("admin:chronic_certification_change", args=[case.pk]))
                context |= {**people.panel(person, request), **draft.context()}
        except Refused as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(reverse("admin:chronic_certification_add"))
        return TemplateResponse(request, "chronic/application.html", {
            **self.admin_site.each_context(request), "opts": self.opts,
            "title": "慢特病复审申请" if context.get("review") else "慢特病认定申请",
            "hospital": bool(request.user.institution_code), **context,
        })

    def check_view(self, request):
        """What can be said of an application that is still being filled in: the panel, and every node's state."""
        if request.method != "POST" or not may(request, SUBMIT):
            raise PermissionDenied
        try:
            person = people.chosen(request)
        except Refused:
            person = None
        if person is None:
            return HttpResponse(status=404)
        context = {**Draft(request, person).judged(), "live": True}
        return HttpResponse(render_to_string("chronic/application_check.html", context, request))


def _submitted(request, draft: Draft, context: dict) -> Certification | None:
    """The case if the whole form was sent and taken; else the page says why not."""
    if request.method != "POST" or "_apply" not in request.POST:
        return None
    try:
        case = draft.apply()
    except Refused as refusal:
        context["refusal"] = refusal.message
        return None
    if case is None:
        context["refusal"] = "有的内容还需更正，见红字。"
        return None
    messages.success(request, f"已提交，件号 {case.case_no}。")
    return case
