"""What is known of a person's payments and insurance, arranged for the questions that the rules ask."""
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Prefetch, QuerySet

from enrollment.models import Contribution, InsurancePeriod, Person, WaitingExemption, YearRecord
from enrollment.models.relations import Scheme
from enrollment.services.register import rows_of, standing
from policy import regions
from policy.periods import add_months, first_of_month

Json = dict[str, Any]
RESIDENT, EMPLOYEE, NONE = Scheme.RESIDENT.value, Scheme.EMPLOYEE.value, "none"


@dataclass(frozen=True, slots=True)
class PaidMonth:
    """A month of the employee scheme that was paid: when, and whether in this city."""

    month: date
    paid_on: date
    elsewhere: bool

    @property
    def late(self) -> bool:
        """Paid after the month had ended: a whole unpaid calendar month (BZ-AMB-32)."""
        return first_of_month(self.paid_on) > self.month


@dataclass(frozen=True)
class History:
    """A person's standing facts; reads only what `with_payments` fetched."""

    person: Person
    contributions: list[Contribution] = field(default_factory=list)
    periods: list[InsurancePeriod] = field(default_factory=list)

    @classmethod
    def of(cls, person: Person) -> "History":
        """From a person fetched by `with_payments`: with the merged numbers that he answers for; a merged number
        itself has no history of its own."""
        if person.merged_into_id:
            return cls(person)
        periods = sorted(standing(person, "insurance_periods"), key=lambda row: row.starts_on)
        numbers = [person, *(person.absorbed.all() if person.absorbs else ())]
        return cls(person, [row for one in numbers for row in one.standing_contributions], periods)

    @cached_property
    def resident_paid(self) -> dict[int, date]:
        """The day on which each year's premium was paid, the first if twice."""
        found: dict[int, date] = {}
        for row in self.contributions:
            if row.kind == Contribution.Kind.RESIDENT_YEAR:
                found[row.for_year] = min(found.get(row.for_year, row.paid_on), row.paid_on)
        return found

    def repairs(self, year: int) -> list[date]:
        """The days on which months of the variable wait of `year` were repaired."""
        return sorted(
            row.paid_on for row in self.contributions
            if row.kind == Contribution.Kind.REPAIR and row.for_year == year for _ in range(row.months)
        )

    @cached_property
    def employee_months(self) -> list[PaidMonth]:
        """Paid months of the employee scheme in order, here and elsewhere; each once, by its first payment."""
        found: dict[date, PaidMonth] = {}
        for row in self.contributions:
            if row.kind not in Contribution.COVERING:
                continue
            elsewhere = not regions.same_city(row.area_code, self.person.region_code)
            for month in row.month_starts():
                known = found.get(month)
                if known is None or (elsewhere, row.paid_on) < (known.elsewhere, known.paid_on):
                    found[month] = PaidMonth(month, row.paid_on, elsewhere)
        return [found[month] for month in sorted(found)]

    @cached_property
    def only_resident(self) -> bool:
        """Whether nothing of the employee scheme is known: most persons, who can have switched from nowhere."""
        return not self.employee_months and all(row.scheme == RESIDENT for row in self.periods)

    @cached_property
    def first_recorded_year(self) -> int | None:
        """The first year of any recorded contribution: before it, insurance periods tell what was insured."""
        years = [row.for_year for row in self.contributions]
        return min(years, default=None)

    @cached_property
    def paid_years(self) -> dict[int, str]:
        """The scheme of each year with contributions; a resident premium tells before an employee's month."""
        years = {paid.month.year: EMPLOYEE for paid in self.employee_months if not paid.elsewhere}
        return years | dict.fromkeys(self.resident_paid, RESIDENT)

    def insured_years(self, before: int) -> dict[int, str]:
        """The scheme of each insured year before `before`, whoever knows of it (BZ-AMB-20: either scheme)."""
        years = years_by_period(self.periods, min(before, self.first_recorded_year or before))
        years |= {paid.month.year: EMPLOYEE for paid in self.employee_months}
        years |= known_elsewhere(self.person) | self.paid_years
        return {year: scheme for year, scheme in years.items() if year < before and scheme != NONE}

    def insured_months(self, target: str, year: int, before: date) -> dict[date, str]:
        """The scheme of each insured month before `before`; for residents the months of `year` itself stay out."""
        limit = min(before, date(self.first_recorded_year or before.year, 1, 1))
        months = {}
        for period in self.periods:
            first = first_of_month(period.starts_on)
            first = first if first == period.starts_on else add_months(first, 1)
            months |= dict.fromkeys(_months(first, min(period.ends_on or limit, limit)), period.scheme)
        for paid_year in self.resident_paid:
            if target == EMPLOYEE or paid_year != year:
                months |= dict.fromkeys(self._resident_months(paid_year), RESIDENT)
        months |= {paid.month: EMPLOYEE for paid in self.employee_months}
        return {month: scheme for month, scheme in months.items() if month < before}

    def _resident_months(self, year: int) -> list[date]:
        """The months of a paid year, cut to the resident insurance periods where there are any in that year."""
        start, end = max(date(year, 1, 1), first_of_month(self.person.birth_date)), date(year + 1, 1, 1)
        touching = [row for row in self.periods if row.scheme == RESIDENT and row.touches(start, date(year, 12, 31))]
        if not touching:
            return _months(start, end)
        return [
            month for row in touching for month in _months(max(row.starts_on, start), min(row.ends_on or end, end))
        ]

    def obliged(self, month: date) -> bool:
        """Whether the person owed a contribution for the month: insured as an employee and not retired."""
        on = [row for row in self.periods if row.scheme == EMPLOYEE and row.holds_on(month)]
        return bool(on) and not self.retired_on(month)

    def retired_on(self, day: date) -> bool:
        """Whether retirement freed him from contributions (BZ-EMP-18.1)."""
        if any(row.tag == "retired" and row.holds_on(day) for row in rows_of(self.person, "tags")):
            return True
        return any("retired" in row.person_type.tags and row.holds_on(day) for row in self.periods)

    def status_on(self, day: date | None, year: int) -> str:
        """What the rules call the person's status for a payment on `day` for `year`."""
        if self.person.birth_date.year == year:
            return "newborn"
        held = [row for row in rows_of(self.person, "waiting_exemptions") if day and row.holds_on(day)]
        return held[0].kind if held else "ordinary"

    def spans(self, scheme: str) -> list[tuple[date, date | None]]:
        """The days insured in a scheme, adjoining periods joined."""
        found: list[tuple[date, date | None]] = []
        for row in self.periods:
            if row.scheme != scheme:
                continue
            if found and found[-1][1] == row.starts_on:
                found[-1] = (found[-1][0], row.ends_on)
            else:
                found.append((row.starts_on, row.ends_on))
        return found


def with_payments(persons: QuerySet[Person]) -> QuerySet[Person]:
    """Persons with all that `History` reads and recomputing compares: nine queries for any number of persons."""
    return persons.prefetch_related(
        *_prefetches(), "benefit_windows", Prefetch("absorbed", Person.objects.prefetch_related(*_prefetches())),
    )


def _prefetches() -> list[Any]:
    standing_rows = Contribution.objects.standing().order_by("for_year", "for_month", "pk")
    return [
        Prefetch("insurance_periods", InsurancePeriod.objects.select_related("person_type")),
        Prefetch("contributions", standing_rows, to_attr="standing_contributions"),
        Prefetch("waiting_exemptions", WaitingExemption.objects.filter(voided=False)),
        "tags", "year_records",
    ]


def known_elsewhere(person: Person) -> dict[int, str]:
    """The years that evidence from elsewhere vouches for."""
    rows = rows_of(person, "year_records")
    return {row.year: row.scheme for row in rows if row.source == YearRecord.Source.ELSEWHERE and row.scheme}


def years_by_period(periods: list[InsurancePeriod], before: int) -> dict[int, str]:
    """The scheme of each year before `before` that an insurance period touches; resident tells before employee."""
    found: dict[int, str] = {}
    for row in periods:
        last = min(row.last_day.year if row.last_day else before, before - 1)
        for year in range(row.starts_on.year, last + 1):
            if found.get(year) != RESIDENT:
                found[year] = row.scheme
    return found


def _months(start: date, end: date) -> list[date]:
    month, found = first_of_month(start), []
    while month < end:
        found.append(month)
        month = add_months(month, 1)
    return found
