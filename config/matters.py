"""Every matter's case and the person it is about. `config` is the top layer: it alone may know them all."""
from collections.abc import Sequence

from casework.models import CaseRecord, Task
from chronic.models import Certification, DrugCertification, Ending, Objection, Recognition, SpotCheck
from claims.models import Adjustment, Claim, PaymentBatch
from enrollment.models import EnrollmentCase, Person
from maternity.models import MaternityCase
from relief.models import Reconsideration, ReliefApplication

CASES = {
    "LX": Claim, "BF": PaymentBatch, "TZ": Adjustment, "CB": EnrollmentCase, "MT": Certification, "MF": Objection,
    "MR": Recognition, "MC": SpotCheck, "MZ": Ending, "SY": MaternityCase, "JZ": ReliefApplication,
    "ZS": Reconsideration, "MD": DrugCertification,
}
PERSON = {
    **dict.fromkeys(("LX", "CB", "MT", "MD", "MF", "MR", "JZ", "ZS"), "person"),
    **dict.fromkeys(("MC", "MZ"), "entitlement__person"), "SY": "claimant",
}
"""Where a matter's case names its person."""


def cases_of(tasks: Sequence[Task]) -> dict[str, CaseRecord]:
    """The case behind each task by its number, one query a matter."""
    found = {}
    for matter in sorted({task.matter for task in tasks} & CASES.keys()):
        rows = CASES[matter].objects.filter(case_no__in=[task.case_no for task in tasks if task.matter == matter])
        if matter in PERSON:
            rows = rows.select_related(PERSON[matter])
        found.update({row.case_no: row for row in rows})
    return found


def person_of(case: CaseRecord | None, matter: str) -> Person | None:
    """The person of a case; None where it is about nobody."""
    if matter not in PERSON:
        return None
    for name in PERSON[matter].split("__"):
        case = getattr(case, name, None)
    return case
