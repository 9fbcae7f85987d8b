"""Entitlements: granted, renewed, cut."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from casework import audit, outbox
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from chronic.models import Entitlement, EntitlementPeriod, ReviewDue
from chronic.services.judging import catalogue_of
from enrollment.models import Institution, InsurancePeriod, Person
from enrollment.services.spans import merged_numbers
from policy.catalogue import Unit
from policy.periods import ONE_DAY, add_days, add_months

CUT = "chronic.cut_entitlement"
UPGRADE_RULE = "BZ-CHR-17.1"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What is granted: from which day, on what ground, and when it is to be reviewed."""

    starts_on: date
    certified_on: date
    origin: str = Entitlement.Origin.CERTIFICATION
    reason: str = ""
    case_no: str = ""
    institution: Institution | None = None
    item_id: int | None = None
    parameters: dict[str, Any] | None = None


def grant(person: Person, unit: Unit, given: Grant, *, at: datetime) -> Entitlement:
    """Make the entitlement and its first period, in the caller's transaction and with the person locked.

    A unit with a review period may be used up to and including the due day, counted from the certification, and the
    days of grace where the pool gives any (BZ-CHR-4.2, rulebook §8.4); all others for good. Refuses a second live
    entitlement of the same unit, and one that would be over before it begins."""
    due = add_months(given.certified_on, unit.review_months) if unit.review_months else None
    rests = suspends_on(due, person.region_code) if due else None
    if rests is not None and rests <= given.starts_on:
        raise Refused("REVIEW_OVERDUE", f"“{unit.label}”的认定已过复审到期日{due}，请按认定重新申请。")
    try:
        with transaction.atomic():
            made = Entitlement.objects.create(
                person=person, unit=unit.code, unit_name=unit.label, category=unit.category, origin=given.origin,
                item_id=given.item_id, institution=given.institution, granted_on=bureau_day(at),
                scheme=_scheme(person, bureau_day(at)),
                certified_on=given.certified_on, review_months=unit.review_months, review_due_on=due, stop=unit.stop,
                parameters=given.parameters or {}, rule=unit.rule,
            )
            open_period(made, given.starts_on, rests, given.reason, given.case_no)
            if due:
                open_due(made, due, at)
    except IntegrityError as error:
        raise Refused("ENTITLED_ALREADY", f"该参保人已有“{unit.label}”的待遇，不能重复认定。") from error
    _upgrade(person, unit, at)
    outbox.publish(
        "chronic.entitlement_granted", f"entitlement:{made.pk}",
        {"person_id": person.pk, "entitlement_id": made.pk, "unit": unit.code, "from": given.starts_on.isoformat()},
    )
    return made


def _upgrade(person: Person, unit: Unit, at: datetime) -> None:
    """End the two-disease benefit that a chronic certificate replaces, from the day of the grant (BZ-CHR-17.1): what
    was settled under it until then stays."""
    upgrades = catalogue_of(person.region_code).rules.upgrades
    replaced = [lesser for lesser, greater in upgrades.items() if unit.code in greater]
    rows = Entitlement.objects.filter(person__in=merged_numbers(person), unit__in=replaced, ended_on=None)
    for made in rows.select_for_update(of=("self",)) if replaced else ():
        end(made, bureau_day(at), f"已取得“{unit.label}”待遇", by=None, at=at, rule=UPGRADE_RULE)


def _scheme(person: Person, day: date) -> str:
    """The scheme in which he is insured on a day; "" where in none."""
    periods = InsurancePeriod.objects.in_force(day).filter(person__in=merged_numbers(person))
    return periods.values_list("scheme", flat=True).first() or ""


def suspends_on(due_on: date, region_code: str) -> date:
    """The first day on which an entitlement that was not reviewed rests: after the due day and the pool's grace."""
    return add_days(due_on, catalogue_of(region_code).rules.review.grace_days) + ONE_DAY


def open_due(made: Entitlement, due_on: date, at: datetime) -> ReviewDue:
    """Put a due day into the calendar of reviews."""
    return ReviewDue.objects.create(
        entitlement=made, due_on=due_on, suspends_on=suspends_on(due_on, made.person.region_code),
        opened_on=bureau_day(at), next_on=bureau_day(at),
    )


def settle_due(made: Entitlement, outcome: str, at: datetime) -> None:
    """Close the open due day, if there is one."""
    day = bureau_day(at)
    made.review_dues.filter(settled_on=None).update(settled_on=day, outcome=outcome, next_on=day)


def renew(made: Entitlement, certified_on: date, case_no: str, *, at: datetime) -> Entitlement:
    """Prolong a locked entitlement after a review that its criteria were met in (复审合格): the next due day counts
    from that conclusion. In time it goes on without a break, later it is taken up again from the day of the conclusion
    (rulebook §8.4). Refuses one that has ended and one that is not reviewed."""
    if made.ended_on is not None or not made.review_months:
        raise Refused("NO_REVIEW", f"“{made.unit_name}”的待遇已终止或无须复审。")
    due = add_months(certified_on, made.review_months)
    ran_out = made.periods.filter(voided=False).aggregate(last=Max("ends_on"))["last"] or certified_on
    starts, ends = max(ran_out, certified_on), suspends_on(due, made.person.region_code)
    if ends <= starts:
        raise Refused("REVIEW_NOTHING", "按本次复审结论，复审到期日不晚于原到期日，无须办理。")
    open_period(made, starts, ends, "复审合格", case_no)
    settle_due(made, ReviewDue.Outcome.RENEWED, at)
    open_due(made, due, at)
    made.review_due_on = due
    made.save(update_fields=["review_due_on"])
    outbox.publish(
        "chronic.entitlement_renewed", f"entitlement:{made.pk}:{due}",
        {"person_id": made.person_id, "entitlement_id": made.pk, "unit": made.unit, "from": starts.isoformat()},
    )
    return made


def open_period(
    made: Entitlement, starts_on: date, ends_on: date | None, reason: str, case_no: str = ""
) -> EntitlementPeriod:
    """Add days on which the entitlement may be used. The database refuses an overlap."""
    return EntitlementPeriod.objects.create(
        entitlement=made, person_id=made.person_id, unit=made.unit, category=made.category, starts_on=starts_on,
        ends_on=ends_on, reason=reason[:200], case_no=case_no,
    )


def close_period(period: EntitlementPeriod, from_day: date, reason: str) -> None:
    """Take the days from `from_day` on out of a period; one that begins there or later is voided."""
    if period.starts_on >= from_day:
        period.voided = True
    elif period.ends_on is None or period.ends_on > from_day:
        period.ends_on = from_day
    else:
        return
    period.end_reason = reason[:200]
    period.save(update_fields=["ends_on", "end_reason", "voided"])


@transaction.atomic
def cut(
    *, entitlement_id: int, from_day: date, reason: str, by: Officer, at: datetime, rule: str = "",
    permission: str = CUT,
) -> Entitlement:
    """End an entitlement from a day on, which may lie in the past: `from_day` is the first day without it.

    Later periods are voided, the one that contains the day is closed; settled bills from that day on are told of
    by `chronic.entitlement_cut`. Refuses without reason or permission, and one that has ended."""
    made: Entitlement = get_visible(Entitlement, by, lock=True, pk=entitlement_id)
    if not by.may(permission):
        raise Refused("no_permission", "您的岗位不能取消慢特病待遇，请转由主管办理。")
    if not reason.strip():
        raise Refused("note_required", "请写明终止待遇的原因。")
    return end(made, from_day, reason.strip(), by=by, at=at, rule=rule)


def end(
    made: Entitlement, from_day: date, reason: str, *, by: Officer | None, at: datetime, rule: str = ""
) -> Entitlement:
    """End a locked entitlement; the caller has authorised it and is in a transaction."""
    if made.ended_on is not None and made.ended_on <= from_day:
        raise Refused("ENDED_ALREADY", f"该待遇已于{made.ended_on}终止，无须重复办理。")
    for period in made.periods.filter(voided=False).select_for_update():
        close_period(period, from_day, reason)
    made.ended_on, made.end_reason = from_day, reason[:200]
    if rule:
        made.rule = rule
    made.save(update_fields=["ended_on", "end_reason", "rule"])
    settle_due(made, ReviewDue.Outcome.ENDED, at)
    audit.record(
        action="cut_entitlement", label="终止待遇", by=by, at=at, subject=f"entitlement:{made.pk}",
        region_code=made.person.region_code, note=reason, detail={"unit": made.unit, "from": from_day.isoformat()},
    )
    if by is not None:  # what the register ends by itself (a death) the register tells of
        outbox.publish(
            "chronic.entitlement_cut", f"entitlement:{made.pk}:{from_day}",
            {"person_id": made.person_id, "entitlement_id": made.pk, "unit": made.unit, "from": from_day.isoformat(),
             "reason": reason[:200]},
        )
    return made
