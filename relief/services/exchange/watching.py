"""What officers look at: who is near the threshold, how the months stand, and what is about to be late."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Exists, Func, IntegerField, OuterRef, Prefetch, QuerySet, Value
from django.db.models.functions import TruncDate

from casework import calendar
from casework.clock import BUREAU_ZONE
from casework.errors import Refused
from casework.models import Officer
from claims.models import Accumulator
from enrollment.models import HardshipIdentity, InsurancePeriod, Person
from policy import periods
from relief.models import ExchangeRule, Push, PushDelivery, PushReply, PushRow, Receiver, ReturnList
from relief.services.exchange.terms import Terms, cut_of, due_on, last_day, month_before, terms_of

SHOWN = 100
MONTHS_BACK = 6

CURVES = """
SELECT e.person_id, to_char(e.posted_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM'), sum(e.delta)
  FROM claims_ledgerentry e
 WHERE e.person_id = ANY(%s) AND e.year = %s AND e.name = %s AND e.posted_at < %s GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Near:
    """One person near or above the threshold, with the self-pay of the year at each month's end."""

    person: Person
    amount: Decimal
    percent: int
    above: bool
    told: Decimal | None
    categories: list[str]
    curve: list[tuple[str, Decimal]]


@dataclass(frozen=True, slots=True)
class NearPage:
    """Who is near in a month, under which terms; `missing` says which figure lacks instead."""

    month: str
    terms: Terms | None = None
    people: list[Near] = field(default_factory=list)
    missing: str = ""


def near_threshold(*, month: str, by: Officer) -> NearPage:
    """Who has reached the bureau's share of the threshold this year, the highest first. A fixed number of queries.

    A county's officer sees the persons of his county. Shown from the accumulators as they stand: what was posted after
    a month's end is left out when its list is built. A month that is none, or without terms, gives the reason.
    """
    try:
        terms = terms_of(_exchange_area(by), month)
    except Refused as refusal:
        return NearPage(month, missing=refusal.message)
    standing = list(_standing(terms, month, by)[:SHOWN])
    told = _told([row.person_id for row in standing], month)
    curves = _curves([row.person_id for row in standing], month, terms.said["accumulator"])
    people = [_near(row, terms, told, curves, month) for row in standing]
    return NearPage(month, terms, people)


def _standing(terms: Terms, month: str, by: Officer) -> QuerySet[Accumulator]:
    """The running totals that are near, of those who are alive and insured in the scheme when the month ends."""
    insured = InsurancePeriod.objects.in_force(last_day(month)).filter(
        person=OuterRef("person"), scheme=terms.said["scheme"]
    )
    near: QuerySet[Accumulator] = Accumulator.objects.visible_to(by).filter(
        Exists(insured), year=int(month[:4]), name=terms.said["accumulator"],
        amount__gte=terms.threshold * terms.rule.near_percent / 100, person__merged_into=None, person__died_on=None,
    )
    return near.select_related("person").prefetch_related(
        Prefetch("person__identities", HardshipIdentity.objects.filter(voided=False).order_by("category"))
    ).order_by("-amount", "person_id")


def _exchange_area(by: Officer) -> str:
    """The city to which the officer's area belongs: the exchange is the city's."""
    return f"{by.region_code[:4]}00"


def _near(row: Accumulator, terms: Terms, told: Any, curves: Any, month: str) -> Near:
    day = last_day(month)
    held = [one.get_category_display() for one in row.person.identities.all() if one.holds_on(day)]
    return Near(
        row.person, row.amount, int(row.amount * 100 / terms.threshold), row.amount > terms.threshold,
        told.get(row.person_id), held, curves.get(row.person_id, []),
    )


def _told(persons: list[int], month: str) -> dict[int, Decimal]:
    rows = PushRow.objects.filter(
        person__in=persons, push__state=Push.State.APPROVED, push__month__startswith=month[:4]
    ).order_by("amount").values_list("person_id", "amount")
    return dict(rows)


def _curves(persons: list[int], month: str, name: str) -> dict[int, list[tuple[str, Decimal]]]:
    """The running total at the end of each of the last months of the year."""
    with connection.cursor() as cursor:
        cursor.execute(CURVES, [persons, int(month[:4]), name, cut_of(month)])
        moved: dict[int, dict[str, Decimal]] = defaultdict(dict)
        for person, posted, delta in cursor.fetchall():
            moved[person][posted] = delta
    months = [f"{month[:4]}-{number:02d}" for number in range(1, int(month[5:]) + 1)][-MONTHS_BACK:]
    return {
        person: [(one, sum((delta for at, delta in deltas.items() if at <= one), Decimal(0))) for one in months]
        for person, deltas in moved.items()
    }


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the exchange: its push with its deliveries, the lists that came for it, until when it is to be sent
    (of a list that is not built: only of this month and the last one)."""

    month: str
    push: Push | None
    deliveries: dict[int, PushDelivery]
    lists: dict[int, list[ReturnList]]
    due_on: date | None


def exchange_months(*, by: Officer, today: date, months: int = 12) -> tuple[list[Receiver], list[Month]]:
    """The calendar of the exchange, this month first. A fixed number of queries, whatever it shows."""
    receivers = list(Receiver.objects.visible_to(by).filter(active=True))
    wanted = [f"{periods.add_months(today.replace(day=1), -back):%Y-%m}" for back in range(months + 1)]
    pushes = {
        push.month: push
        for push in Push.objects.visible_to(by).filter(month__in=wanted).exclude(state=Push.State.WITHDRAWN)
        .select_related("approved_by", "asked_by").prefetch_related("deliveries")
    }
    came: dict[str, dict[int, list[ReturnList]]] = defaultdict(lambda: defaultdict(list))
    for row in ReturnList.objects.visible_to(by).filter(month__in=wanted).order_by("number"):
        came[row.month][row.receiver_id].append(row)
    due = {month: _due(_exchange_area(by), month) for month in wanted[:2]}
    return receivers, [
        Month(
            month, push := pushes.get(month),
            {one.receiver_id: one for one in push.deliveries.all()} if push else {}, dict(came[month]),
            push.due_on if push else due.get(month),
        )
        for month in wanted
    ]


def _due(region_code: str, month: str) -> date | None:
    """Until when the list of a month is to be sent; None where the pack or the bureau's rule is silent."""
    try:
        return due_on(month, terms_of(region_code, month).said["last_day"])
    except Refused:
        return None


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something of the exchange that an officer must see to: what, until when, and where."""

    words: str
    due_on: date | None
    late: bool
    push: Push | None = None
    list: ReturnList | None = None


def alarms(*, by: Officer, today: date) -> list[Alarm]:
    """What is late or about to be: the list of last month before its deadline, and what is held or left open.

    Nothing for officers without the permission; for the others a fixed number of queries.
    """
    if not by.may("relief.view_push"):
        return []
    rule = ExchangeRule.objects.visible_to(by).filter(valid_from__lte=today).order_by("-valid_from").first()
    if rule is None:
        return []
    return [*_of_push(rule, by, today), *_of_answers(rule, by, today), *_of_lists(by), *_of_exceptions(by)]


def _of_push(rule: ExchangeRule, by: Officer, today: date) -> list[Alarm]:
    month = month_before(today)
    push = Push.objects.visible_to(by).filter(month=month).exclude(state=Push.State.WITHDRAWN).first()
    if push is None:
        try:
            due = due_on(month, terms_of(rule.region_code, month).said["last_day"])
        except Refused as refusal:
            return [Alarm(f"{month}的高额自付名单不能编制：{refusal.message}", None, True)]
        words = f"{month}的高额自付名单尚未编制"
    else:
        due = push.due_on
        waiting = push.deliveries.filter(state=PushDelivery.State.WAITING).count()
        if push.state == Push.State.APPROVED and not waiting:
            return []
        words = (
            f"{month}的高额自付名单还有{waiting}个部门未送达" if push.state == Push.State.APPROVED
            else f"{month}的高额自付名单{push.get_state_display()}"
        )
    if calendar.working_days_between(today, due) > rule.alarm_days:
        return []
    return [Alarm(words, due, today > due, push=push)]


def _of_answers(rule: ExchangeRule, by: Officer, today: date) -> list[Alarm]:
    """Who has had a list for more working days than the alarm sounds ahead, and has not answered all its rows."""
    days = Func(
        TruncDate("sent_at", tzinfo=BUREAU_ZONE), Value(today), function="casework_working_days",
        output_field=IntegerField(),
    )
    silent = PushDelivery.objects.visible_to(by).filter(state=PushDelivery.State.SENT).annotate(days=days).filter(
        days__gt=rule.alarm_days
    ).select_related("receiver", "push").order_by("sent_at", "pk")[:5]
    return [
        Alarm(
            f"{row.receiver.name}收到{row.push.month}的名单已{row.days}个工作日，尚有{row.rows_pending}行未回执",
            None, False, push=row.push,
        )
        for row in silent
    ]


def _of_lists(by: Officer) -> list[Alarm]:
    waiting = ReturnList.objects.visible_to(by).filter(
        state__in=[ReturnList.State.HELD, ReturnList.State.CHECKED]
    ).select_related("receiver").order_by("pk")[:5]
    return [
        Alarm(f"{row.receiver.name}{row.month}的返回名单{row.get_state_display()}", None,
              row.state == ReturnList.State.HELD, list=row)
        for row in waiting
    ]


def _of_exceptions(by: Officer) -> list[Alarm]:
    open_ones = PushReply.objects.visible_to(by).filter(accepted=False, settled_by=None)
    count = open_ones.count()
    return [Alarm(f"报送例外{count}行待处理", None, False)] if count else []
