"""Spot checks of certification files (不定期核查): one finds the fault, another decides what follows (CQ-10.1)."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from casework import outbox
from casework import services as casework
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from chronic.models import Entitlement, Qualification, SpotCheck
from chronic.services import granting
from chronic.services.judging import catalogue_of
from chronic.services.registers import withdraw_qualification
from chronic.services.steps import take
from chronic.workflow import SPOT_CHECK
from policy.catalogue_spec import SpotCheck as Rules


@transaction.atomic
def open_check(*, entitlement_id: int, by: Officer, at: datetime) -> SpotCheck:
    """Have the file behind a live entitlement looked at; one check of it at a time."""
    made: Entitlement = get_visible(Entitlement, by, lock=True, pk=entitlement_id)
    if made.ended_on is not None:
        raise Refused("ENDED_ALREADY", f"该待遇已于{made.ended_on}终止，无须抽查。")
    case = SpotCheck(entitlement=made, institution=made.institution, region_code=made.person.region_code[:6])
    try:
        with transaction.atomic():
            SPOT_CHECK.move(case, "open_check", by=by, at=at, detail={"unit": made.unit})
    except IntegrityError as error:
        raise Refused("CHECK_OPEN", "该待遇已有在办的抽查，请先办结。") from error
    return case


@transaction.atomic
def record_pass(
    *, spot_check_id: int, by: Officer, at: datetime, finding: str = "", expected_version: int | None = None
) -> SpotCheck:
    """The file is in order (核查通过)."""
    return _find(spot_check_id, "record_pass", finding, by, at, expected_version)


@transaction.atomic
def record_fault(
    *, spot_check_id: int, finding: str, by: Officer, at: datetime, expected_version: int | None = None
) -> SpotCheck:
    """The file is not acceptable (发现问题): what is wrong with it; another officer decides."""
    return _find(spot_check_id, "record_fault", finding, by, at, expected_version)


def _find(pk: int, step: str, finding: str, by: Officer, at: datetime, version: int | None) -> SpotCheck:
    case: SpotCheck = get_visible(SpotCheck, by, lock=True, pk=pk)
    take(
        SPOT_CHECK, case, step, by=by, at=at, note=finding, expected_version=version, finding=finding.strip()[:500],
        checked_by=by, checked_on=bureau_day(at),
    )
    return case


@transaction.atomic
def dismiss(
    *, spot_check_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> SpotCheck:
    """What was found does not hold (问题不成立); the entitlement stays."""
    case: SpotCheck = get_visible(SpotCheck, by, lock=True, pk=spot_check_id)
    take(
        SPOT_CHECK, case, "dismiss", by=by, at=at, note=reason, expected_version=expected_version,
        hands=(case.checked_by_id,), decided_by=by,
    )
    return case


@transaction.atomic
def cancel(
    *, spot_check_id: int, by: Officer, at: datetime, from_day: date | None = None, recovers: bool = True,
    withdraws: bool = False, note: str = "", expected_version: int | None = None,
) -> SpotCheck:
    """Cancel the entitlement (取消待遇) from a day; without one, from the day of this decision.

    Where the pool says so it is that day and no other (CQ-10.1, CQ-A17): the loss until then is the institution's, not
    the person's, and `chronic.recovery_proposed` has claims reckon it (CQ-10.2). With `withdraws` the institution
    loses its qualification for the category on the same day (CQ-10.3)."""
    case: SpotCheck = get_visible(SpotCheck, by, lock=True, pk=spot_check_id)
    made = Entitlement.objects.select_for_update(of=("self",)).get(pk=case.entitlement_id)
    rules, today = catalogue_of(case.region_code).rules.spot_check, bureau_day(at)
    day = _day(rules, from_day, today)
    if (recovers or withdraws) and case.institution_id is None:
        raise Refused("NO_INSTITUTION", "该待遇没有认定机构，不能追回或终止资格。")
    take(
        SPOT_CHECK, case, "cancel", by=by, at=at, note=note, expected_version=expected_version,
        hands=(case.checked_by_id,), decided_by=by, from_day=day, recovers=recovers, withdraws=withdraws,
        rule=rules.rule, detail={"from": day.isoformat(), "recovers": recovers, "withdraws": withdraws},
    )
    first = made.periods.filter(voided=False).order_by("starts_on").values_list("starts_on", flat=True).first()
    granting.end(made, day, f"抽查：{case.finding}"[:200], by=by, at=at, rule=rules.rule)
    if recovers and first is not None:
        _propose(case, made, min(first, day))
    if withdraws:
        _withdraw(case, made, by, at)
    _notify(case, made, by, at)
    return case


def _day(rules: Rules, from_day: date | None, today: date) -> date:
    day = from_day or today
    if rules.cancels_from == "decision_day" and day != today:
        raise Refused("CANCEL_DAY", f"取消待遇自作出决定之日起生效（{rules.rule}），不能另定日期。")
    if day > today:
        raise Refused("DATE_FUTURE", "取消日期晚于今天，请核对。")
    return day


def _propose(case: SpotCheck, made: Entitlement, first: date) -> None:
    outbox.publish(
        "chronic.recovery_proposed", case.case_no,
        {"institution_id": case.institution_id, "person_id": made.person_id, "entitlement_id": made.pk,
         "unit": made.unit, "from": first.isoformat(), "case_no": case.case_no, "spot_check_id": case.pk},
    )


def _withdraw(case: SpotCheck, made: Entitlement, by: Officer, at: datetime) -> None:
    """End what the institution may certify of this category in the officer's territory, from today."""
    today = bureau_day(at)
    rows = Qualification.objects.visible_to(by).in_force(today).filter(
        institution=case.institution_id, category=made.category, starts_on__lt=today
    )
    for row in rows:
        withdraw_qualification(
            qualification_id=row.pk, ends_on=today, reason=f"抽查{case.case_no}：{case.finding}", by=by, at=at
        )


def _notify(case: SpotCheck, made: Entitlement, by: Officer, at: datetime) -> None:
    casework.issue_notice(
        case_no=case.case_no, kind="entitlement_cancelled", title="门诊慢特病待遇取消告知书", by=by, at=at,
        region_code=case.region_code, body={
            "case_no": case.case_no, "name": made.person.name, "disease": made.unit_name, "reason": case.finding,
            "from": case.from_day.isoformat(), "institution": case.institution.name if case.institution else "",
            "rule": case.rule,
        },
    )
