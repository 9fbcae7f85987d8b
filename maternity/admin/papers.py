"""Statement and notices as print view and PDF; every look at one is recorded."""
from django.http import Http404

from casework.admin_papers import CasePapers, record_print
from enrollment import services as enrollment
from maternity import services
from maternity.admin.panels import facts_of
from maternity.models import MaternityItem
from maternity.services.deciding import REFUSAL_KIND
from maternity.services.materials import NOTICE_KIND

PRINT = "maternity.print_maternitycase"


class Papers(CasePapers):
    """The papers' half of the cases' screen."""

    printing, seeing_names = PRINT, "enrollment.see_names"
    papers_of_kind = {NOTICE_KIND: "print/supplement.html", REFUSAL_KIND: "maternity/print/refusal.html"}
    office_of = staticmethod(enrollment.office_of)

    def statement_view(self, request, case_id, form):
        case = self.printable(request, case_id, form)
        try:
            found = services.statement(case)
        except MaternityItem.DoesNotExist as error:
            raise Http404 from error
        record_print(request, case.case_no, case.region_code, "生育待遇核定表")
        return self.answer(request, case, "statement", form, "maternity/print/statement.html", {
            "paper": found, "facts": facts_of(case),
            "name": self.named(request, found["name"]),
            "mother": self.named(request, found["mother"]),
            "payee_name": self.named(request, found["payee_name"]),
            "state": _standing(case),
        })


def _standing(case) -> str:
    """What a statement says of itself unless the decision stands."""
    if case.decided:
        return ""
    return f"（{case.get_status_display() if case.closed_at else '尚未复核'}，不作为支付依据）"
