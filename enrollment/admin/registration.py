"""Quick registration at the window: one page a kind, told at once what is missing, written only when it is whole."""
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse

from casework.admin_base import may
from casework.clock import bureau_day, now
from casework.errors import Refused
from enrollment import services
from enrollment.admin.registration_forms import CHANNELS, FORMS, KINDS, MemberForm, resident_types
from enrollment.models import EnrollmentCase
from enrollment.services.facts import Fault

MOST = 20


class Entry:
    """One registration as it is being filled in: its kind, its forms, and what they say."""

    def __init__(self, request, kind: str) -> None:
        if kind not in KINDS:
            raise Http404
        self.request, self.kind = request, kind
        data = request.POST or None
        known = {name: request.GET[name] for name in FORMS[kind].base_fields if name in request.GET}
        self.form = FORMS[kind](data, officer=request.user, initial=known)
        self.members = None
        if kind == "household_new":
            made = forms.formset_factory(MemberForm, extra=0 if data else 2, max_num=MOST, absolute_max=MOST + 1)
            self.members = made(data, prefix="member", form_kwargs={"types": resident_types()})

    @property
    def empty(self) -> bool:
        """Nothing was filled in yet: then nothing is called missing."""
        facts = self.facts()
        return not (facts.keys() - {"region_code", "id_type", "members"} or facts.get("members"))

    def facts(self) -> dict:
        if not self.form.is_bound:
            return {}
        facts = self.form.facts()
        if self.members is not None:
            facts["members"] = [row.facts() for row in self.members.forms if row.filled()]
        return facts

    @property
    def application(self) -> dict:
        """The papers seen and how it came. A paper that this kind does not know is left out."""
        known = {row.code for row in self.item.materials.all()}
        channel = self.request.POST.get("channel", "")
        return {
            "materials": [code for code in self.request.POST.getlist("received") if code in known],
            "channel": channel if channel in dict(CHANNELS) else EnrollmentCase.Channel.COUNTER,
        }

    @property
    def item(self):
        if not hasattr(self, "_item"):
            self._item = services.item_on(self.kind, bureau_day(now()))
        return self._item

    def faults(self) -> list[Fault]:
        """Everything that is missing or wrong so far, in the order of the form."""
        try:
            return services.check_matter(
                kind=self.kind, facts=self.facts(), by=self.request.user, at=now(), **self.application,
            )
        except Refused as refusal:
            return [Fault("", refusal.code, refusal.message)]

    def judged(self) -> dict:
        """What the side panel says. Reads only."""
        faults = [] if self.empty else self.faults()
        received = self.request.POST.getlist("received")
        return {
            "faults": [{"where": _where(fault), "message": fault.message} for fault in faults
                       if fault.field != "materials"],
            "empty": self.empty, "good": not self.empty and not faults,
            "missing_papers": any(fault.field == "materials" for fault in faults),
            "materials": [
                {"code": row.code, "name": row.name, "choice": row.choice, "required": row.required,
                 "received": row.code in received} for row in self.item.materials.all()
            ],
            "article": self.item.article,
        }

    def register(self) -> EnrollmentCase:
        return services.handle_matter(
            kind=self.kind, facts=self.facts(), by=self.request.user, at=now(), **self.application,
        )


def _where(fault: Fault) -> str:
    parts = fault.field.split(".")
    return f"第{parts[1]}人" if parts[0] == "members" and len(parts) > 2 else ""


def register_view(request):
    """The form; by POST the whole registration, or the same form with every reason why not."""
    if not may(request, "enrollment.handle_matter"):
        raise PermissionDenied
    kind = request.GET.get("kind", "household_new")
    entry = Entry(request, kind)
    refusal = ""
    if request.method == "POST":
        try:
            case = entry.register()
        except Refused as refused:
            refusal = refused.message
        else:
            word = "已办结" if case.closed_at else "已登记"
            messages.success(request, f"{word}，件号 {case.case_no}。")
            return HttpResponseRedirect(reverse("admin:enrollment_enrollmentcase_change", args=[case.pk]))
    query = f"?kind={kind}"
    return TemplateResponse(request, "enrollment/register.html", {
        **admin.site.each_context(request), "title": "参保登记", "kind": kind, "refusal": refusal,
        "kinds": [{"code": code, "name": name, "on": code == kind} for code, name in KINDS.items()],
        "form": entry.form, "members": entry.members, "channels": CHANNELS,
        "channel": request.POST.get("channel", "counter"),
        "check_url": reverse("admin:enrollment_register_check") + query, **entry.judged(),
    })


def check_view(request):
    """What can be said of a form that is still being filled in. Writes nothing."""
    if request.method != "POST" or not may(request, "enrollment.handle_matter"):
        raise PermissionDenied
    entry = Entry(request, request.GET.get("kind", ""))
    return HttpResponse(render_to_string("enrollment/register_check.html", entry.judged(), request))

