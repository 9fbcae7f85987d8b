"""The trial of maternity (生育试算): the same rules on facts that are not stored."""
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse

from casework.clock import bureau_day, now
from casework.errors import Refused
from enrollment import services as enrollment
from maternity import services
from maternity.admin import people
from maternity.admin.event_page import COMPLICATION
from maternity.admin.forms import TrialForm
from maternity.services.trial import TRY


class TrialPage:
    """The trial's half of the events' screen."""

    def trial_view(self, request):
        if not request.user.may(TRY):
            raise PermissionDenied
        context = people.choose(request)
        try:
            person = people.chosen(request)
        except Refused as refusal:
            person, context["refusal"] = None, refusal.message
        if person is not None:
            form = TrialForm(request.POST or None)
            context |= {**enrollment.person_words(person, request.user, on=bureau_day(now())), "form": form}
            if request.method == "POST" and form.is_valid():
                try:
                    context |= _answer(request, person, form)
                except Refused as refusal:
                    context["refusal"] = refusal.message
        return TemplateResponse(request, "maternity/trial.html", {
            **self.admin_site.each_context(request), "title": "生育待遇试算", "complication": COMPLICATION, **context,
        })


def _answer(request, person, form: TrialForm) -> dict:
    tried = services.trial(
        person_id=person.pk, happened=form.happened(), facts=form.facts(),
        leave_days=form.cleaned_data["leave_days"], by=request.user, at=now(),
    )
    return {"tried": tried, "total": sum((row.amount for row in tried if row.amount), Decimal(0))}
