"""The calendar of reviews (复审): who is due, who is to be told, whose benefit rests. Repeatable for any day.

What is written for a due day follows from the day, the pack and the calendar alone: the job may run each day, once a
month, or be killed and start again, the rows are the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from casework import numbering
from casework.clock import bureau_day
from casework.models import Officer
from chronic.models import ReviewDue, ReviewNotice
from chronic.services.judging import catalogue_of
from policy.catalogue_spec import Review

CHUNK = 200
LOOK_AGAIN = timedelta(days=28)
"""A due day is looked at again after so long at the latest: calendar and pack may have changed meanwhile."""
BACK_TO_WORK = """
SELECT max(each.day)::date FROM generate_series(%(day)s::date - 30, %(day)s::date, interval '1 day') AS each (day)
LEFT JOIN casework_workday known ON known.day = each.day::date
WHERE coalesce(known.is_workday, extract(isodow FROM each.day) < 6)
"""
WORKING_BACK = """
SELECT min(day) FROM (
    SELECT each.day::date FROM
        generate_series(%(day)s::date - %(n)s * 3 - 30, %(day)s::date - 1, interval '1 day') AS each (day)
    LEFT JOIN casework_workday known ON known.day = each.day::date
    WHERE coalesce(known.is_workday, extract(isodow FROM each.day) < 6) ORDER BY 1 DESC LIMIT %(n)s) AS worked
"""
Kind = ReviewNotice.Kind


@dataclass(frozen=True, slots=True)
class Planned:
    """One thing to be said of a due day, and on which day."""

    kind: str
    ahead: int
    on: date


def run_reviews(*, day: date, at: datetime, checkpoint: Callable[[int, int], None] | None = None) -> int:
    """Say all that is to be said up to and including `day`; returns how many rows were written.

    Each chunk is a transaction of its own; `checkpoint` is called inside it, so that a worker that lost the job
    takes back its last chunk and nothing else."""
    written = seen = last = 0
    while True:
        with transaction.atomic():
            rows = ReviewDue.objects.filter(next_on__lte=day, pk__gt=last).order_by("pk")
            rows = rows.select_related("entitlement__person", "entitlement__institution")
            dues = list(rows.select_for_update(of=("self",))[:CHUNK])
            if not dues:
                return written
            last, seen = dues[-1].pk, seen + len(dues)
            written += sum(_tell(due, day, at) for due in dues)
            if checkpoint is not None:
                checkpoint(seen, seen)


def _tell(due: ReviewDue, day: date, at: datetime) -> int:
    rules = catalogue_of(due.entitlement.person.region_code).rules.review
    planned = list(plan(due, rules))
    said = set(due.notices.values_list("kind", "ahead"))
    wanted = [one for one in planned if one.on <= day and (one.kind, one.ahead) not in said]
    for one in wanted:
        _write(due, one, day, at)
    coming = [one.on for one in planned if one.on > day]
    due.next_on = min(coming[0], day + LOOK_AGAIN) if coming else None
    due.save(update_fields=["next_on"])
    return len(wanted)


def plan(due: ReviewDue, rules: Review) -> Iterator[Planned]:
    """What is to be said of a due day, in order: the invitations, then that the benefit rests.

    Nothing is said before the due day was known: invitations that would have come earlier are one on that day. What
    was settled before its turn is not said at all."""
    invitations: dict[date, int] = {}
    for ahead in sorted(rules.notice_days, reverse=True):
        invitations[max(notice_day(due.due_on, ahead, rules.counted), due.opened_on)] = ahead
    listed = [Planned(Kind.INVITATION, ahead, on) for on, ahead in sorted(invitations.items()) if on <= due.due_on]
    for one in [*listed, Planned(Kind.SUSPENSION, 0, max(due.suspends_on, due.opened_on))]:
        if due.settled_on is None or due.settled_on >= one.on:
            yield one


def notice_day(due_on: date, ahead: int, counted: str) -> date:
    """The working day on which a notice so many days ahead goes out: calendar days back to a working day, or so many
    working days back."""
    sql, values = (WORKING_BACK, {"day": due_on, "n": ahead}) if counted == "working" else (
        BACK_TO_WORK, {"day": due_on - timedelta(days=ahead)}
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        (found,) = cursor.fetchone()
    return found or due_on - timedelta(days=ahead)


def _write(due: ReviewDue, one: Planned, day: date, at: datetime) -> None:
    """One row; number and text only while it is still of use."""
    region = due.entitlement.person.region_code[:6]
    row = ReviewNotice(due=due, kind=one.kind, ahead=one.ahead, planned_on=one.on, region_code=region)
    if due.settled_on is None and (one.kind == Kind.SUSPENSION or day < due.suspends_on):
        row.number, row.issued_on = numbering.next_notice_no(region, bureau_day(at)), day
        row.body = _body(due, one)
    row.save(force_insert=True)


def _body(due: ReviewDue, one: Planned) -> dict[str, Any]:
    made = due.entitlement
    told = {
        "name": made.person.name, "id_no": made.person.masked_id, "disease": made.unit_name,
        "due_on": due.due_on.isoformat(), "suspends_on": due.suspends_on.isoformat(),
        "institution": made.institution.name if made.institution else "",
    }
    if one.kind == Kind.SUSPENSION:
        rests = f"未在{due.due_on}前完成复审，自{due.suspends_on}起暂停待遇；"
        return told | {"text": f"{rests}复审合格的，自复审合格之日起恢复。"}
    return told | {"text": f"待遇将于{due.due_on}到期，请在到期前携带申请（复查）表和病历资料到认定机构办理复审。"}


def reviews_due(by: Officer, *, on: date, days: int, institution: str = "") -> QuerySet[ReviewDue]:
    """The due list (复审到期名单): live entitlements that fall due from `on` up to `days` days later, and are not
    reviewed yet; of one institution where its code is given. One query."""
    rows = ReviewDue.objects.visible_to(by).filter(
        settled_on=None, due_on__gte=on, due_on__lte=on + timedelta(days=days)
    )
    return _listed(rows, institution)


def suspended(by: Officer, *, on: date, institution: str = "") -> QuerySet[ReviewDue]:
    """Whose benefit rests on a day for want of a review (暂停待遇名单), and has not ended. One query."""
    return _listed(ReviewDue.objects.visible_to(by).filter(settled_on=None, suspends_on__lte=on), institution)


def _listed(rows: QuerySet[ReviewDue], institution: str) -> QuerySet[ReviewDue]:
    if institution:
        rows = rows.filter(entitlement__institution__code=institution)
    return rows.select_related("entitlement__person", "entitlement__institution").order_by("due_on", "pk")


def state_on(made: Any, day: date) -> str:
    """How an entitlement stands on a day: `active`, `suspended` (rests for want of a review), `waiting`, `ended`."""
    if made.ended_on is not None and made.ended_on <= day:
        return "ended"
    periods = [row for row in made.periods.all() if not row.voided]
    if any(row.holds_on(day) for row in periods):
        return "active"
    return "suspended" if any(row.ends_on is not None and row.ends_on <= day for row in periods) else "waiting"
