"""The end of an entitlement: by the person's own will, or since a stop condition came true."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from chronic.models import Ending, Entitlement
from chronic.services import granting
from chronic.services.judging import catalogue_of
from chronic.services.steps import take
from chronic.workflow import ENDING
from policy.periods import ONE_DAY

STOP_RULE = "BZ-CHR-4.3"


@transaction.atomic
def end_voluntarily(*, entitlement_id: int, reason: str, by: Officer, at: datetime) -> Ending:
    """End an entitlement at its holder's wish (自愿终止), from the day the application is accepted: that day is the
    first without it (CQ-11.2). It may be applied for again afterwards (CQ-11.3)."""
    made, today = _live(entitlement_id, by), bureau_day(at)
    rule = catalogue_of(made.person.region_code).rules.voluntary_end_rule
    case = _case(made, Ending.Kind.VOLUNTARY, today, reason, rule)
    ENDING.move(case, "end_voluntarily", by=by, at=at, detail={"unit": made.unit})
    granting.end(made, today, reason.strip() or "自愿终止", by=by, at=at, rule=rule)
    return case


@transaction.atomic
def report_stop(*, entitlement_id: int, happened_on: date, reason: str, by: Officer, at: datetime) -> Ending:
    """Report that the stop condition of an entitlement came true on a day (surgery, remission: BZ-CHR-4.3); another
    officer confirms. Refuses one without stop condition, a day to come, and a second report in work."""
    made = _live(entitlement_id, by)
    if not made.stop:
        raise Refused("NO_STOP", f"“{made.unit_name}”没有终止条件；认定有误的，请办理抽查。")
    if happened_on > bureau_day(at):
        raise Refused("DATE_FUTURE", "终止条件的发生日期晚于今天，请核对。")
    if not reason.strip():
        raise Refused("note_required", "请写明终止条件的依据，如手术记录。")
    case = _case(made, Ending.Kind.STOP, happened_on + ONE_DAY, reason, STOP_RULE)
    case.happened_on = happened_on
    try:
        with transaction.atomic():
            ENDING.move(case, "report_stop", by=by, at=at, note=reason, detail={"unit": made.unit})
    except IntegrityError as error:
        raise Refused("STOP_OPEN", "该待遇已有在办的终止事项，请先办结。") from error
    return case


@transaction.atomic
def confirm_stop(
    *, ending_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> Ending:
    """Confirm the report: the entitlement ends the day after the condition came true, also in the past."""
    case: Ending = get_visible(Ending, by, lock=True, pk=ending_id)
    made = Entitlement.objects.select_for_update(of=("self",)).get(pk=case.entitlement_id)
    take(
        ENDING, case, "confirm_stop", by=by, at=at, note=note, expected_version=expected_version,
        hands=(case.registered_by_id,), decided_by=by,
    )
    granting.end(made, case.from_day, case.reason, by=by, at=at, rule=case.rule)
    return case


@transaction.atomic
def reject_stop(
    *, ending_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> Ending:
    """Leave the entitlement as it is (不予终止), with the reason."""
    case: Ending = get_visible(Ending, by, lock=True, pk=ending_id)
    take(
        ENDING, case, "reject_stop", by=by, at=at, note=reason, expected_version=expected_version,
        hands=(case.registered_by_id,), decided_by=by,
    )
    return case


def _live(entitlement_id: int, by: Officer) -> Entitlement:
    made: Entitlement = get_visible(Entitlement, by, lock=True, pk=entitlement_id)
    if made.ended_on is not None:
        raise Refused("ENDED_ALREADY", f"该待遇已于{made.ended_on}终止，无须重复办理。")
    return made


def _case(made: Entitlement, kind: str, from_day: date, reason: str, rule: str) -> Ending:
    return Ending(
        entitlement=made, kind=kind, from_day=from_day, reason=(reason.strip() or "自愿终止")[:200], rule=rule,
        region_code=made.person.region_code[:6],
    )
