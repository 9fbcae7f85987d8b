"""Relief on application (依申请救助): taken in with its papers, sent to the authority, its decision recorded.

The bureau recognises nobody itself: civil affairs, or agriculture for monitored persons, decides (BZ-REL-5.6).
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from enrollment import services as enrollment
from enrollment.models import HardshipIdentity, Person
from relief.models import ReliefApplication
from relief.services import publication
from relief.workflow import APPLICATION

REQUIRED = (
    ReliefApplication.Material.FORM, ReliefApplication.Material.IDENTITY, ReliefApplication.Material.CARD,
    ReliefApplication.Material.DIAGNOSIS,
)
"""Without these an application is not sent (after BZ-REL-8.1, BZ-REL-8.2)."""


@transaction.atomic
def apply(
    *, person_id: int, category: str, reason: str, by: Officer, at: datetime, materials: Iterable[str] = ()
) -> ReliefApplication:
    """Register an application for recognition in `category`; papers that lack may follow.

    Refuses a person without insurance on the day, a second open application, an unknown category or paper."""
    person: Person = get_visible(Person, by, lock=True, pk=person_id)
    if category not in HardshipIdentity.Category.values:
        raise Refused("IDENTITY_UNKNOWN", "救助类别不在列表中，请核对。")
    if not reason.strip():
        raise Refused("REASON_MISSING", "请填写申请理由。")
    today = bureau_day(at)
    cover = enrollment.coverage_on(person, today)
    if not cover.covered:
        raise Refused("NOT_INSURED", f"不能申请救助：{cover.reason}")
    if ReliefApplication.objects.filter(person=person).exclude(status__in=APPLICATION.closed).exists():
        raise Refused("APPLICATION_OPEN", "该参保人已有未办结的依申请救助，请在原件上办理。")
    case = ReliefApplication(
        person=person, region_code=person.region_code[:6], applied_on=today, category=category,
        reason=reason.strip()[:500], materials=_known(materials),
    )
    APPLICATION.move(case, "register", by=by, at=at, detail={"category": category, "materials": case.materials})
    return case


@transaction.atomic
def ask_supplement(
    *, application_id: int, note: str, by: Officer, at: datetime, expected_version: int | None = None
) -> ReliefApplication:
    """Tell the applicant which papers lack (告知补正); the clock stops."""
    case = locked(application_id, by)
    APPLICATION.move(case, "ask_supplement", by=by, at=at, note=note, expected_version=expected_version)
    return case


@transaction.atomic
def receive_supplement(
    *, application_id: int, materials: Iterable[str], by: Officer, at: datetime, expected_version: int | None = None
) -> ReliefApplication:
    """Take in the papers that lacked (收到补正)."""
    case = locked(application_id, by)
    came = _known(materials)
    APPLICATION.move(
        case, "receive_supplement", by=by, at=at, detail={"materials": came}, expected_version=expected_version
    )
    case.materials = sorted({*case.materials, *came})
    case.save(update_fields=["materials"])
    return case


@transaction.atomic
def send(
    *, application_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> ReliefApplication:
    """Send the application to the recognising authority.

    Refuses while a paper lacks, a publication that the rules ask for has not ended, or an objection is open."""
    case = locked(application_id, by)
    lacking = [kind.label for kind in REQUIRED if kind.value not in case.materials]
    if lacking:
        raise Refused("MATERIAL_MISSING", f"材料不齐，不能转送：缺{'、'.join(lacking)}。请先告知补正。")
    publication.refuse_unfinished(case, bureau_day(at))
    APPLICATION.move(case, "send", by=by, at=at, note=note, expected_version=expected_version)
    case.sent_on = bureau_day(at)
    case.save(update_fields=["sent_on"])
    return case


@transaction.atomic
def recognise(
    *, application_id: int, category: str, recognised_on: date, document_no: str, by: Officer, at: datetime,
    expected_version: int | None = None,
) -> ReliefApplication:
    """Record that the authority recognised the person: the identity begins on that day (BZ-REL-9.2).

    From here the year's earlier bills may be looked at again (BZ-REL-5.5). Refuses a day before the application
    or in the future, a decision without its number, and the officer who registered the application."""
    case = locked(application_id, by)
    _check_decision(case, recognised_on, document_no, bureau_day(at))
    case.identity = enrollment.grant_identity(
        person_id=case.person_id, category=category, starts_on=recognised_on, document_no=document_no, by=by, at=at
    )
    _keep_decision(case, recognised_on, document_no)
    APPLICATION.move(
        case, "recognise", by=by, at=at, expected_version=expected_version,
        detail={"category": category, "recognised_on": recognised_on.isoformat(), "identity": case.identity_id},
    )
    return _signed(case, by)


@transaction.atomic
def refuse(
    *, application_id: int, refused_on: date, document_no: str, note: str, by: Officer, at: datetime,
    expected_version: int | None = None,
) -> ReliefApplication:
    """Record that the authority did not recognise the person; `note` is its reason."""
    case = locked(application_id, by)
    _check_decision(case, refused_on, document_no, bureau_day(at))
    _keep_decision(case, refused_on, document_no)
    APPLICATION.move(
        case, "refuse", by=by, at=at, note=note, expected_version=expected_version,
        detail={"refused_on": refused_on.isoformat()},
    )
    return _signed(case, by)


@transaction.atomic
def withdraw(
    *, application_id: int, note: str, by: Officer, at: datetime, expected_version: int | None = None
) -> ReliefApplication:
    """The applicant takes the application back (撤回)."""
    case = locked(application_id, by)
    APPLICATION.move(case, "withdraw", by=by, at=at, note=note, expected_version=expected_version)
    return case


def locked(application_id: int, by: Officer) -> ReliefApplication:
    """The application, locked; refuses one that the officer may not see."""
    found: ReliefApplication = get_visible(ReliefApplication, by, lock=True, pk=application_id)
    return found


def _known(materials: Iterable[str]) -> list[str]:
    given = sorted(set(materials))
    if set(given) - set(ReliefApplication.Material.values):
        raise Refused("MATERIAL_UNKNOWN", "所收材料不在救助申请材料清单中，请核对。")
    return given


def _check_decision(case: ReliefApplication, decided_on: date, document_no: str, today: date) -> None:
    if decided_on > today:
        raise Refused("DATE_FUTURE", f"决定日期{decided_on}晚于今天，请核对。")
    if decided_on < case.applied_on:
        raise Refused("DATE_ORDER", f"决定日期{decided_on}早于申请日期{case.applied_on}，请核对。")
    if not document_no.strip():
        raise Refused("DOCUMENT_NO_MISSING", "请填写认定部门的决定文号。")


def _keep_decision(case: ReliefApplication, decided_on: date, document_no: str) -> None:
    """Before the step, for the database lets no application be recognised without its identity."""
    case.decided_on, case.document_no = decided_on, document_no.strip()
    case.save(update_fields=["decided_on", "document_no", "identity"])


def _signed(case: ReliefApplication, by: Officer) -> ReliefApplication:
    """After the step, which refuses the officer who registered with words."""
    case.decided_by = by
    case.save(update_fields=["decided_by"])
    return case
