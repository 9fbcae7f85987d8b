"""Contribution years at retirement, and what missing ones cost (BZ-EMP-18.1 to 20.4, 21.4, 22.1)."""
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

import policy
from casework.errors import Refused
from casework.models import Officer
from enrollment.models import Contribution, Person
from enrollment.services.contributions import record_contribution
from enrollment.services.packs import ask, pack_of
from enrollment.services.spans import authorise, locked_person, merged_numbers
from policy import Pack, regions
from policy.calculator import open_pack
from policy.pack import FigureNotGiven

Kind = Contribution.Kind
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Years:
    """Completed contribution years: in all, in this city, in this province."""

    total: int
    local: int
    province: int


@dataclass(frozen=True, slots=True)
class MakeUp:
    """A one-off make-up: months, the minimum base of the payment year, the share of it, the price in yuan."""

    months: int
    base: Decimal
    rate: Decimal
    amount: Decimal


def contribution_years(person: Person) -> Years:
    """Count a person's contribution years from the ledger: each month once, months transferred in by where they
    were paid, military service and make-up as local ones (BZ-EMP-21.1, 22.1). One query."""
    total: set[date] = set()
    local: set[date] = set()
    province: set[date] = set()
    extra = 0
    rows = Contribution.objects.standing().filter(person_id__in=merged_numbers(person), kind__in=Contribution.COUNTING)
    for row in rows:
        if row.kind == Kind.MAKE_UP:
            extra += row.months
            continue
        months = row.month_starts()
        total.update(months)
        if row.kind == Kind.MILITARY or regions.same_city(row.area_code, person.region_code):
            local.update(months)
        if row.kind == Kind.MILITARY or regions.same_province(row.area_code, person.region_code):
            province.update(months)
    return Years(*((len(months) + extra) // MONTHS for months in (total, local, province)))


def retirement_entitlement(person: Person, year: int, *, pack: Pack | None = None) -> dict[str, Any]:
    """Say whether the years suffice for retiree benefits when retiring in `year` (contract §7), with the years.

    A year whose minimum is not printed comes back as `refused`, naming the parameter (BZ-AMB-31).
    """
    years = contribution_years(person)
    request = {
        "sex": person.sex, "year": year, "total_years": years.total, "local_years": years.local,
        "province_years": years.province,
    }
    answer = ask(policy.retirement, request, pack or pack_of(person.region_code))
    return {**answer, "years": years}


def make_up_of(person: Person, year: int, *, paid_in: int | None = None, pack: Pack | None = None) -> MakeUp:
    """What the missing years cost when paid at once: the rate of the minimum base of the payment year for each
    month (BZ-EMP-20.4). Refuses, by name, a table or minimum base that is not given, and who misses nothing."""
    used = pack or pack_of(person.region_code)
    answer = retirement_entitlement(person, year, pack=used)
    if answer["refused"]:
        raise Refused(answer["refused"]["code"].upper(), f"{answer['refused']['message']}。")
    if not answer["missing_years"]:
        raise Refused("NOTHING_MISSING", "缴费年限已达到规定年限，无须补缴。")
    months, rate = answer["missing_years"] * MONTHS, Decimal(answer["make_up_base_rate"])
    base = minimum_base(used, paid_in or year)
    return MakeUp(months, base, rate, months * (base * rate).quantize(Decimal("0.01"), "ROUND_HALF_UP"))


def minimum_base(pack: Pack, year: int) -> Decimal:
    """The city's minimum monthly base of a year; refused by its parameter's name where nobody supplied it."""
    try:
        open_pack("contributions", pack.pool, pack)
        return pack.figure("contributions.minimum_base", on=date(year, 1, 1)).value
    except FigureNotGiven as error:
        raise Refused(error.code.upper(), f"{error.message}。") from error


@transaction.atomic
def pay_make_up(
    *, person_id: int, year: int, paid_on: date, source: str, source_no: str, by: Officer, at: datetime,
) -> Contribution:
    """Enter the one-off make-up of a person who retires in `year`; nothing of it goes to the personal account."""
    authorise(by, "record_contribution")
    person = locked_person(person_id, by)
    cost = make_up_of(person, year, paid_in=paid_on.year)
    return record_contribution(
        person_id=person.pk, kind=Kind.MAKE_UP, for_year=paid_on.year, for_month=paid_on.month, months=cost.months,
        base=cost.base, personal_amount=cost.amount, paid_on=paid_on, source=source, source_no=source_no, by=by, at=at,
    )
