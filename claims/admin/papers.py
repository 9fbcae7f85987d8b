"""Statement and notices as print view and PDF; every look at one is recorded."""
from django.http import Http404

from casework.admin_papers import CasePapers, record_print
from casework.clock import bureau_day
from casework.papers import day_of
from claims import services
from claims.admin.panels import ratio_words
from claims.models import Settlement
from claims.services.materials import NOTICE_KIND
from claims.services.review import REFUSAL_KIND
from claims.services.statement import PAYER_NAMES
from enrollment import services as enrollment
from enrollment.models import Person
from policy import masking


class Papers(CasePapers):
    """The papers' half of the claims' screen."""

    printing, seeing_names = "claims.print_claim", "enrollment.see_names"
    papers_of_kind = {NOTICE_KIND: "print/supplement.html", REFUSAL_KIND: "print/refusal.html"}
    office_of = staticmethod(enrollment.office_of)

    def statement_view(self, request, case_id, form):
        claim = self.printable(request, case_id, form)
        try:
            found = services.statement(claim)
        except Settlement.DoesNotExist as error:
            raise Http404 from error
        record_print(request, claim.case_no, claim.region_code, "结算单")
        return self.answer(request, claim, "statement", form, "print/statement.html", {
            "paper": found, **_statement_words(claim, found, plain=request.user.may(self.seeing_names)),
        })


def _statement_words(claim, found: dict, *, plain: bool) -> dict:
    """What the stored figures need in words: layers, ratios, payers in threes, the person's scheme and identities."""
    person = enrollment.with_history(Person.objects.filter(pk=claim.person_id)).get()
    last = day_of(found["stays"][-1]["discharged_on"])
    cover = enrollment.coverage_on(person, last)
    steps = [
        {**step, "stay": number, "layer": PAYER_NAMES.get(step["layer"], step["layer"]),
         "ratio": ratio_words(step.get("ratio"))}
        for number, stay in enumerate(found["stays"], 1) for step in stay["steps"]
    ]
    paid = [{"label": label, "amount": found["totals"][name]} for name, label in PAYER_NAMES.items()]
    return {
        "name": found["name"] if plain else masking.mask_name(found["name"]),
        "payee_name": found["payee_name"] if plain else masking.mask_name(found["payee_name"]),
        "scheme": cover.period.get_scheme_display() if cover.period else "",
        "identities": [row.get_category_display() for row in enrollment.identities_on(person, last)],
        "settled_on": bureau_day(found["settled_at"]),
        "state": "" if claim.decided else "（尚未复核，不作为支付依据）",
        "steps": steps,
        "payers": [paid[start:start + 3] for start in range(0, len(paid), 3)],
    }
