"""The trial calculator (待遇试算): the same engine on facts that are not stored."""
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse

from casework.clock import bureau_day, now
from casework.errors import Refused
from claims import services
from claims.admin import panels, people
from claims.admin.entry import TRIED, Entered, costs_of, lines_of
from claims.admin.forms import TrialForm
from claims.admin.options import Options
from claims.models import SettlementItem
from claims.services.benefits import names_of_benefits
from claims.services.settling import AMOUNTS
from enrollment import services as enrollment


class TrialPage:
    """The trial's half of the claims' screen."""

    def trial_view(self, request):
        if not request.user.may("claims.try_claim"):
            raise PermissionDenied
        context = people.choose(request)
        try:
            person = people.chosen(request)
        except Refused as refusal:
            person, context["refusal"] = None, refusal.message
        if person is not None:
            context |= self._asked(request, person)
        return TemplateResponse(request, "claims/trial.html", {
            **self.admin_site.each_context(request), "title": "待遇试算", **context,
        })

    def _asked(self, request, person) -> dict:
        form = TrialForm(request.POST or None)
        options = Options.supposed(person)
        entered = Entered.posted(request, options) if request.method == "POST" else _blank(options)
        context = {
            **enrollment.person_words(person, request.user, on=bureau_day(now())), "form": form, "stays": entered.stays,
            "benefits": options.words(), "entries": entered.titled(),
        }
        if request.method == "POST" and "_add_stay" not in request.POST and form.is_valid() & entered.valid():
            try:
                context |= _answer(request, person, form.cleaned_data, entered.taken())
            except Refused as refusal:
                context["refusal"] = refusal.message
        return context


def _blank(options: Options) -> Entered:
    stays = costs_of(options, initial=[{"invoice_no": TRIED}])
    return Entered(stays, [lines_of(number, []) for number in range(len(stays.forms))])


def _answer(request, person, supposed: dict, stays: list) -> dict:
    result = services.trial(
        person_id=person.pk, stays=stays, by=request.user, at=now(), facts_instead=_instead(person, supposed, stays)
    )
    items = [
        SettlementItem(number=number, **{name: Decimal(bill[name]) for name in AMOUNTS})
        for number, bill in enumerate(result["bills"], 1)
    ]
    bills = panels.bills_of(result, items)
    names = names_of_benefits()
    for number, (bill, asked) in enumerate(zip(bills, result["request"]["bills"], strict=True), 1):
        kind = names.get(asked["benefit"])
        name = kind.name if kind else asked["benefit"]
        bill.title = f"第 {number} 笔：{name} {asked['date']}" if len(bills) > 1 else name
    return {
        "settlement": result, "settlement_title": "试算结果（未存档）", "bills": bills, "totals": panels.totals(items),
    }


def _instead(person, supposed: dict, stays: list) -> dict | None:
    """The register's facts with what is supposed put in their place."""
    days = [day for stay in stays for day in (stay.admitted_on, stay.discharged_on) if day]
    first = min(days).isoformat()
    facts = enrollment.policy_person(person, days)
    instead = {}
    if supposed["scheme"]:
        instead["scheme"] = [{"scheme": supposed["scheme"], "from": first, "to": None}]
    if supposed["identity"]:
        instead["tags"] = [
            *(row for row in facts["tags"] if row["tag"] != supposed["identity"]),
            {"tag": supposed["identity"], "from": first, "to": None},
        ]
    if supposed["certified"]:
        diseases = {stay.disease for stay in stays if stay.disease}
        instead["certificates"] = [{"disease": code, "from": first, "to": None} for code in sorted(diseases)]
    return instead or None
