"""The counter's one form (一件事): the mother, the event, the benefits asked for and the papers, in one visit."""
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from casework.clock import bureau_day, now
from casework.errors import Refused
from enrollment import services as enrollment
from maternity import services
from maternity.admin import people
from maternity.admin.event_page import COMPLICATION
from maternity.admin.forms import ApplyForm, RegisterEventForm
from maternity.models import Benefit, BirthEvent


class CounterPage:
    """The registration's half of the events' screen."""

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        try:
            person = people.chosen(request)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(reverse("admin:maternity_birthevent_add"))
        context = people.choose(request)
        if person is not None:
            event, apply = RegisterEventForm(request.POST or None), ApplyForm(request.POST or None, person=person)
            if request.method == "POST" and event.is_valid() & apply.is_valid():
                try:
                    made, case = _register(request, person, event, apply)
                except Refused as refusal:
                    context["refusal"] = refusal.message
                else:
                    return _gone(request, made, case)
            context |= _asked(request, person, event, apply)
        return TemplateResponse(request, "maternity/counter.html", {
            **self.admin_site.each_context(request), "title": "生育登记", **context,
        })


@transaction.atomic
def _register(request, person, event: RegisterEventForm, apply: ApplyForm):
    """Register the event and, if any benefit is asked for, the application; one refusal undoes both."""
    at = now()
    made = services.record_event(
        mother_id=person.pk, happened=event.happened(), spouse_id=people.spouse_of(
            event.cleaned_data["spouse_id_no"], request.user
        ), why_another=event.cleaned_data["why_another"], by=request.user, at=at,
    )
    if not apply.cleaned_data["kinds"]:
        return made, None
    return made, services.register(
        event_id=made.pk, kinds=apply.cleaned_data["kinds"], payee=apply.payee(),
        materials=request.POST.getlist("received"), by=request.user, at=at,
    )


def _gone(request, made: BirthEvent, case):
    if case is None:
        messages.success(request, "生育事件已登记，可以在此申请各项待遇。")
    else:
        messages.success(request, f"生育事件已登记；生育待遇申请的件号 {case.case_no}。")
    return HttpResponseRedirect(reverse("admin:maternity_birthevent_change", args=[made.pk]))


def _asked(request, person, event: RegisterEventForm, apply: ApplyForm) -> dict:
    today = bureau_day(now())
    cover = enrollment.coverage_on(person, today)
    return {
        **enrollment.person_words(person, request.user, on=today),
        "cover": cover.period.get_scheme_display() if cover.covered and cover.period else cover.reason,
        "event_form": event, "apply_form": apply, "complication": COMPLICATION,
        "materials": services.needed([Benefit.ANTENATAL, Benefit.ALLOWANCE], today),
        "received": request.POST.getlist("received"),
        "known": BirthEvent.objects.filter(mother=person, voided=False).order_by("-happened_on")[:5],
    }
