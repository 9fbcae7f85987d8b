"""Registering a claim: find the person, say why and which stays, and be told at once what is missing."""
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse

from casework.clock import bureau_day, now
from casework.errors import Refused
from claims import services
from claims.admin import people
from claims.admin.bills import Stays
from claims.admin.entitlement import cover_on
from claims.admin.forms import RegisterForm
from claims.admin.options import Options
from claims.models import ClaimReason, Finding
from claims.services.checks import Checked, check
from claims.services.registration import read_stays
from enrollment import services as enrollment
from enrollment.models import Institution

TONES = {"refuse": "red", "supervisor": "amber", "warn": "blue"}
SUGGESTED = 15


class RegistrationPage:
    """The registration's half of the claims' screen."""

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        try:
            person = people.chosen(request)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(reverse("admin:claims_claim_add"))
        context = people.choose(request)
        if person is not None:
            data = request.POST or None
            form, stays = RegisterForm(data, person=person), _stays(data, options := Options.of(person))
            if request.method == "POST" and form.is_valid() & stays.is_valid():
                try:
                    claim = _register(request, person, form, stays)
                except Refused as refusal:
                    context["refusal"] = refusal.message
                else:
                    messages.success(request, f"已登记，件号 {claim.case_no}。")
                    return saved(reverse("admin:claims_claim_change", args=[claim.pk]), f"register-{person.pk}")
            context |= {
                **enrollment.person_words(person, request.user, on=bureau_day(now())),
                **_judged(request, person, form, stays),
                "form": form, "stays": stays, "benefits": options.words(),
                "check_url": reverse("admin:claims_claim_check"),
                "relief_only": form.relief_only,
            }
        return TemplateResponse(request, "claims/register.html", {
            **self.admin_site.each_context(request), "title": "新登记", **context,
        })

    def check_view(self, request):
        """What can be said of a registration that is still being filled in. Writes nothing."""
        if request.method != "POST" or not self.has_add_permission(request):
            raise PermissionDenied
        try:
            person = people.chosen(request)
        except Refused:
            person = None
        if person is None:
            return HttpResponse(status=404)
        form, stays = RegisterForm(request.POST, person=person), _stays(request.POST, Options.of(person))
        context = _judged(request, person, form, stays)
        return HttpResponse(render_to_string("claims/register_check.html", context, request))

    def institutions_view(self, request):
        """Hospitals and pharmacies by the beginning of code, name or initials; their register is open to all officers.
        """
        word = request.GET.get("q", "").strip()
        rows = Institution.objects.none()
        if len(word) >= 2:
            letters = word.lower() if word.isascii() else word
            rows = Institution.objects.filter(
                Q(code__startswith=word.upper()) | Q(name__contains=word) | Q(name_initials__startswith=letters)
            ).order_by("code")[:SUGGESTED]
        return JsonResponse({"names": [f"{row.code} {row.name}" for row in rows]})


def _stays(data, options: Options):
    return Stays(data, prefix="stay", form_kwargs={"options": options})


def saved(url: str, draft: str) -> HttpResponseRedirect:
    """Go on after a form was saved; the browser may now forget the draft that it kept of it."""
    answer = HttpResponseRedirect(url)
    answer.set_cookie("draft_done", draft, max_age=300, samesite="Lax")
    return answer


@transaction.atomic
def _register(request, person, form: RegisterForm, stays):
    """Register and note the papers that came with it; one refusal undoes both."""
    at = now()
    entries = [row.stay() for row in stays.forms if row not in stays.deleted_forms]
    claim = services.register(
        person_id=person.pk, reason=form.cleaned_data["reason"], stays=entries, by=request.user, at=at, **form.terms()
    )
    for kind in dict.fromkeys(request.POST.getlist("received")):
        services.receive_material(claim_id=claim.pk, kind=kind, by=request.user, at=at)
    return claim


def _judged(request, person, form: RegisterForm, stays) -> dict:
    """Cover on the days, findings and materials for whatever is filled in so far."""
    given = _so_far(form)
    rows = [row for row in stays.forms if stays.is_bound]
    days = [
        {"word": word.removesuffix("日期"), **cover_on(person, day)}
        for row in rows if row.kind
        for name, word in (("admitted_on", row.kind.first_label), ("discharged_on", row.kind.last_label))
        if word and (day := _so_far(row).get(name))
    ]
    complete = [row for row in rows if row.is_valid() and row.has_changed() and not row.cleaned_data.get("DELETE")]
    last = max((day["day"] for day in days), default=bureau_day(now()))
    return {
        "days": days,
        "identities": [row.get_category_display() for row in enrollment.identities_on(person, last)],
        "findings": _findings(request, person, given, complete),
        "materials": _materials(given, {row.kind.code for row in rows if row.kind} or {"inpatient"}),
        "received": request.POST.getlist("received"),
    }


def _so_far(form) -> dict:
    if not form.is_bound:
        return {}
    form.is_valid()
    return form.cleaned_data


def _findings(request, person, given: dict, complete) -> list[dict]:
    if not complete:
        return []
    try:
        visits = read_stays([row.stay() for row in complete], person, by=request.user, at=now(), costs=False)
        asked = Checked(
            person=person, visits=visits, by=request.user, at=now(),
            applied_on=given.get("applied_on") or bureau_day(now()), late_reason=given.get("late_reason", ""),
        )
        found = check(asked)
    except Refused as refusal:
        return [{"word": "不能登记", "tone": "red", "message": refusal.message, "rule": ""}]
    return [
        {"word": Finding.Severity(row.severity).label, "tone": TONES[row.severity], "message": row.message,
         "rule": row.rule}
        for row in found
    ]


def _materials(given: dict, benefits: set[str]) -> list[services.Material]:
    """The checklist that the claim will have, what must be there first."""
    code = given.get("reason")
    if not code:
        return []
    reason = ClaimReason.objects.filter(code=code).values_list("pk", flat=True).first()
    rows = services.materials_for(
        applied_on=given.get("applied_on") or bureau_day(now()), reason=reason, benefits=benefits,
        agent=bool(given.get("agent_name")), injury=bool(given.get("injury")),
    )
    return sorted(rows, key=lambda row: not row.required)
