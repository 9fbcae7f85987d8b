"""Statement and notices as print view and PDF; every look at one is recorded."""
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse

from casework import audit
from casework.clock import bureau_day, now
from casework.models import Notice
from casework.papers import day_of, paper
from claims import services
from claims.admin.panels import ratio_words
from claims.models import Settlement
from claims.services.materials import NOTICE_KIND
from claims.services.review import REFUSAL_KIND
from claims.services.statement import PAYER_NAMES
from enrollment import services as enrollment
from enrollment.models import Person
from policy import masking

TEMPLATES = {NOTICE_KIND: "print/supplement.html", REFUSAL_KIND: "print/refusal.html"}
FORMS = {"html", "pdf"}


def office_of(region_code: str) -> str:
    return f"{enrollment.region_name(region_code[:6])}医疗保障事务中心"


def record_print(request, case_no: str, region_code: str, what: str) -> None:
    audit.record(
        action="print", label=f"打印{what}", by=request.user, at=now(), case_no=case_no, region_code=region_code
    )


class Papers:
    """The papers' half of the claims' screen."""

    def _printing(self, request, claim_id, form: str):
        if form not in FORMS:
            raise Http404
        claim = self.visible(request, claim_id)
        if not request.user.may("claims.print_claim"):
            raise PermissionDenied
        return claim

    def statement_view(self, request, claim_id, form):
        claim = self._printing(request, claim_id, form)
        try:
            found = services.statement(claim)
        except Settlement.DoesNotExist as error:
            raise Http404 from error
        record_print(request, claim.case_no, claim.region_code, "结算单")
        return self._answer(request, claim, "statement", form, "print/statement.html", {
            "paper": found, **_statement_words(claim, found, plain=request.user.may("enrollment.see_names")),
        })

    def notice_view(self, request, claim_id, notice_id, form):
        claim = self._printing(request, claim_id, form)
        notice = Notice.objects.visible_to(request.user).filter(pk=notice_id, case_no=claim.case_no).first()
        template = TEMPLATES.get(notice.kind) if notice else None
        if notice is None or template is None:
            raise Http404
        record_print(request, claim.case_no, claim.region_code, notice.title)
        plain = request.user.may("enrollment.see_names")
        return self._answer(request, claim, "notice", form, template, {
            "notice": notice, "body": notice.body,
            "name": notice.body["name"] if plain else masking.mask_name(notice.body["name"]),
            "applied_on": day_of(notice.body["applied_on"]) if "applied_on" in notice.body else claim.applied_on,
            "issued_on": bureau_day(notice.issued_at),
        }, notice.pk)

    def _answer(self, request, claim, page: str, form: str, template: str, context: dict, *more):
        def url(kind: str) -> str:
            return reverse(f"admin:claims_claim_{page}", args=[claim.pk, *more, kind])

        context |= {
            "office": office_of(claim.region_code), "footer": claim.case_no, "printed_on": bureau_day(now()),
            "back_url": reverse("admin:claims_claim_change", args=[claim.pk]),
        }
        name = f"{claim.case_no}-{page}" + "".join(f"-{number}" for number in more)
        return paper(
            request, template, context, name=name, as_pdf=form == "pdf", print_url=url("html"), pdf_url=url("pdf")
        )


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
