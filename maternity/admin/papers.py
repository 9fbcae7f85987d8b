"""Statement and notices as print view and PDF; every look at one is recorded."""
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse

from casework import audit
from casework.clock import bureau_day, now
from casework.models import Notice
from casework.papers import day_of, paper
from enrollment import services as enrollment
from maternity import services
from maternity.admin.panels import facts_of
from maternity.models import MaternityItem
from maternity.services.deciding import REFUSAL_KIND
from maternity.services.materials import NOTICE_KIND
from policy import masking

PRINT = "maternity.print_maternitycase"
TEMPLATES = {NOTICE_KIND: "print/supplement.html", REFUSAL_KIND: "maternity/print/refusal.html"}
FORMS = {"html", "pdf"}


class Papers:
    """The papers' half of the cases' screen."""

    def _printing(self, request, case_id, form: str):
        if form not in FORMS:
            raise Http404
        case = self.visible(request, case_id)
        if not request.user.may(PRINT):
            raise PermissionDenied
        return case

    def statement_view(self, request, case_id, form):
        case = self._printing(request, case_id, form)
        try:
            found = services.statement(case)
        except MaternityItem.DoesNotExist as error:
            raise Http404 from error
        self._record(request, case, "生育待遇核定表")
        plain = request.user.may("enrollment.see_names")
        return self._answer(request, case, "statement", form, "maternity/print/statement.html", {
            "paper": found, "facts": facts_of(case),
            "name": found["name"] if plain else masking.mask_name(found["name"]),
            "mother": found["mother"] if plain else masking.mask_name(found["mother"]),
            "payee_name": found["payee_name"] if plain else masking.mask_name(found["payee_name"]),
            "state": _standing(case),
        })

    def notice_view(self, request, case_id, notice_id, form):
        case = self._printing(request, case_id, form)
        notice = Notice.objects.visible_to(request.user).filter(pk=notice_id, case_no=case.case_no).first()
        template = TEMPLATES.get(notice.kind) if notice else None
        if notice is None or template is None:
            raise Http404
        self._record(request, case, notice.title)
        plain = request.user.may("enrollment.see_names")
        return self._answer(request, case, "notice", form, template, {
            "notice": notice, "body": notice.body,
            "name": notice.body["name"] if plain else masking.mask_name(notice.body["name"]),
            "applied_on": day_of(notice.body["applied_on"]), "issued_on": bureau_day(notice.issued_at),
        }, notice.pk)

    def _record(self, request, case, what: str) -> None:
        audit.record(
            action="print", label=f"打印{what}", by=request.user, at=now(), case_no=case.case_no,
            region_code=case.region_code,
        )

    def _answer(self, request, case, page: str, form: str, template: str, context: dict, *more):
        def url(kind: str) -> str:
            return reverse(f"admin:maternity_maternitycase_{page}", args=[case.pk, *more, kind])

        context |= {
            "office": f"{enrollment.region_name(case.region_code[:6])}医疗保障事务中心", "footer": case.case_no,
            "printed_on": bureau_day(now()),
            "back_url": reverse("admin:maternity_maternitycase_change", args=[case.pk]),
        }
        name = f"{case.case_no}-{page}" + "".join(f"-{number}" for number in more)
        return paper(
            request, template, context, name=name, as_pdf=form == "pdf", print_url=url("html"), pdf_url=url("pdf")
        )


def _standing(case) -> str:
    """What a statement says of itself unless the decision stands."""
    if case.decided:
        return ""
    return f"（{case.get_status_display() if case.closed_at else '尚未复核'}，不作为支付依据）"
