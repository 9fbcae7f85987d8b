"""Payments entered into the ledger as their source reports them, and reversed there."""
from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction

import policy
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from enrollment.models import Contribution, Person
from enrollment.models.contributions import AMOUNTS
from enrollment.models.relations import Scheme
from enrollment.services import accounts, windows
from enrollment.services.packs import ask, pack_of
from enrollment.services.persons import clean_text
from enrollment.services.regions import known_region
from enrollment.services.spans import authorise, locked_person, note_act, require_reason
from policy import PolicyError, money
from policy.periods import add_months

Kind, Source = Contribution.Kind, Contribution.Source


class Paid(TypedDict, total=False):
    """What may be said of a payment beside kind, time and source; amounts in yuan, blank means none was paid."""

    for_month: int | None
    months: int
    area_code: str
    base: Decimal | None
    employer_amount: Decimal
    personal_amount: Decimal
    subsidy_amount: Decimal
    fiscal_amount: Decimal
    late_fee: Decimal
    account_credit: Decimal
    reason: str


@transaction.atomic
def record_contribution(
    *, person_id: int, kind: str, for_year: int, paid_on: date, source: str, source_no: str, by: Officer, at: datetime,
    **paid: Unpack[Paid],
) -> Contribution:
    """Enter a payment as its source reports it; benefit windows follow, and a credit goes to the account.

    A line of a source that is recorded already is returned as it is: the same file twice changes nothing; with
    other contents it is refused. Refuses a day to come or before birth, an amount that is no money, a month
    where the kind has none, a second premium of the year at the window, and a repair beyond what helps.
    """
    authorise(by, "record_contribution")
    person = locked_person(person_id, by)
    row = enter(person, row_of(person, kind, for_year, paid_on, source, source_no, paid), by=by, at=at)
    windows.recompute_many([person.pk], by=by, at=at)
    return row


@transaction.atomic
def record_months(
    *, person_id: int, kind: str, first: date, months: int, source: str, source_no: str, by: Officer, at: datetime,
    paid_on: date | None = None, **paid: Unpack[Paid],
) -> list[Contribution]:
    """Enter several months of a kind in one go, all or none; benefit windows follow once.

    Without a day of payment each month was paid on its first day. The source's number carries the month behind it.
    Refuses as `record_contribution` does.
    """
    authorise(by, "record_contribution")
    person = locked_person(person_id, by)
    rows = []
    for month in (add_months(first, step) for step in range(months)):
        row = row_of(
            person, kind, month.year, paid_on or month, source, f"{source_no}-{month}",
            {**paid, "for_month": month.month},
        )
        rows.append(enter(person, row, by=by, at=at))
    windows.recompute_many([person.pk], by=by, at=at)
    return rows


def enter(person: Person, row: Contribution, *, by: Officer, at: datetime) -> Contribution:
    """Store a row with its credit and its note; one that its source sent before is returned as it is."""
    known = Contribution.objects.filter(source=row.source, source_no=row.source_no, reverses=None).first()
    if known:
        return _same_line(known, row)
    _check_time(person, row, bureau_day(at))
    _check_use(person, row)
    row.recorded_by, row.recorded_at = by, at
    row.save(force_insert=True)
    if row.account_credit:
        accounts.post_credit(row, by=by, at=at)
    note_act(
        person, "record_contribution", "登记缴费", by=by, at=at, contribution=row.pk, kind=row.kind,
        for_year=row.for_year, for_month=row.for_month, paid_on=row.paid_on, source=row.source,
        source_no=row.source_no,
    )
    return row


@transaction.atomic
def reverse_contribution(*, contribution_id: int, reason: str, by: Officer, at: datetime) -> Contribution:
    """Reverse a payment by its exact opposite, once. Refuses if the credit it gave is spent already."""
    authorise(by, "record_contribution")
    row = get_visible(Contribution, by, pk=contribution_id)
    person = locked_person(row.person_id, by)
    reason = require_reason(reason, "冲销原因")
    if row.reverses_id:
        raise Refused("REVERSAL_REVERSED", "冲销记录不能再冲销；确需恢复的，请重新登记缴费。")
    if Contribution.objects.filter(reverses=row).exists():
        raise Refused("ALREADY_REVERSED", "该缴费记录已冲销，不能重复冲销。")
    opposite = Contribution.objects.create(
        person=person, scheme=row.scheme, kind=row.kind, for_year=row.for_year, for_month=row.for_month,
        months=row.months, area_code=row.area_code, base=row.base, paid_on=bureau_day(at), source=row.source,
        source_no=f"冲销{row.pk}", reverses=row, reason=clean_text(reason, "冲销原因", 100), recorded_by=by,
        recorded_at=at,
        **{name: -getattr(row, name) for name in AMOUNTS},
    )
    if row.account_credit:
        accounts.reverse_credit(row, by=by, at=at)
    note_act(
        person, "reverse_contribution", "冲销缴费", by=by, at=at, contribution=row.pk, reversal=opposite.pk,
        reason=reason,
    )
    windows.recompute_many([person.pk], by=by, at=at)
    return opposite


def row_of(
    person: Person, kind: str, for_year: int, paid_on: date, source: str, source_no: str, paid: Paid,
) -> Contribution:
    """A payment as a row that is not stored yet. Refuses a kind or source that is not known and what is no money."""
    if kind not in Kind.values:
        raise Refused("CONTRIBUTION_KIND", "缴费种类不在列表中，请核对。")
    if source not in Source.values:
        raise Refused("CONTRIBUTION_SOURCE", "缴费来源不在列表中，请核对。")
    amounts = {name: _money(paid.get(name) or Decimal(0)) for name in AMOUNTS}
    base = paid.get("base")
    return Contribution(
        person=person, scheme=Scheme.RESIDENT if kind in Contribution.YEARLY else Scheme.EMPLOYEE, kind=kind,
        for_year=for_year, for_month=paid.get("for_month"), months=paid.get("months") or 1,
        area_code=known_region(paid["area_code"]) if paid.get("area_code") else person.region_code,
        base=None if base is None else _money(base), paid_on=paid_on, source=source,
        source_no=clean_text(source_no, "来源流水号", 64, required=True),
        reason=clean_text(paid.get("reason") or "", "说明", 100), **amounts,
    )


def _money(amount: Decimal) -> Decimal:
    try:
        return money.yuan(amount)
    except PolicyError as error:
        raise Refused(error.code.upper(), f"{error.message}。") from error


def _same_line(known: Contribution, row: Contribution) -> Contribution:
    names = ("person_id", "kind", "for_year", "for_month", "months", "paid_on", *AMOUNTS)
    if any(getattr(known, name) != getattr(row, name) for name in names):
        raise Refused("LINE_DIFFERS", "该来源流水号已登记，且内容不同，请核对；原记录有误的，请先冲销。")
    return known


def _check_time(person: Person, row: Contribution, today: date) -> None:
    if row.paid_on > today:
        raise Refused("DATE_FUTURE", "缴费日期晚于今天，请核对。")
    if row.paid_on < person.birth_date:
        raise Refused("DATE_ORDER", "缴费日期早于出生日期，请核对。")
    if person.died_on and row.paid_on > person.died_on:
        raise Refused("PERSON_DIED", f"参保人已于{person.died_on}死亡，不能登记其后的缴费。")
    if not max(person.birth_date.year, 1980) <= row.for_year <= 2100:
        raise Refused("YEAR_RANGE", "所属年度不在可登记的范围内，请核对。")
    yearly = row.kind in Contribution.YEARLY
    if yearly != (row.for_month is None) or (row.for_month is not None and not 1 <= row.for_month <= 12):
        raise Refused("MONTH_GIVEN", "居民缴费按年度登记；职工缴费须填写所属月份（1至12）。")
    if not 1 <= row.months <= 600 or (yearly and row.months != 1):
        raise Refused("MONTHS_RANGE", "月数应在1至600之间；居民缴费不填月数。")


def _check_use(person: Person, row: Contribution) -> None:
    if row.kind == Kind.RESIDENT_YEAR and row.source == Source.COUNTER:
        others = person.contributions.standing().filter(kind=Kind.RESIDENT_YEAR, for_year=row.for_year)
        if others.exists():
            raise Refused("ALREADY_PAID", f"该参保人{row.for_year}年度居民医保费已缴纳，不能重复登记。")
    if row.kind == Kind.REPAIR:
        _check_repair(person, row)


def _check_repair(person: Person, row: Contribution) -> None:
    """Refuse a month of repair that would shorten nothing (BZ-RES-10.5, BZ-AMB-16)."""
    facts = windows.facts_of(person, Scheme.RESIDENT, row.for_year)
    if facts["paid_on"] is None:
        raise Refused("REPAIR_UNPAID", f"尚未缴纳{row.for_year}年度居民医保费，不能修复等待期。")
    done = facts["repaired_months"]
    known = ask(policy.coverage, {**facts, "repaired_months": 0}, pack_of(person.region_code))
    if done >= known["repairable_months"]:
        most = known["repairable_months"]
        raise Refused("REPAIR_USELESS", f"变动等待期最多可修复{most}个月，已修复{done}个月，再缴费不能缩短等待期。")


UNIQUE_LINE = "contribution_line_once"


def line_taken(error: IntegrityError) -> bool:
    """Whether the database refused a line because it was recorded by another at the same moment."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") == UNIQUE_LINE
