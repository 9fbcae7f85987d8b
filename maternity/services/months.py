"""The months of premium that the allowance asks for, read from the register's ledger of contributions."""

from dataclasses import dataclass
from datetime import date

from enrollment.models import Contribution, InsurancePeriod, Person
from policy.periods import add_months


@dataclass(frozen=True, kw_only=True)
class Months:
    """Months of maternity and medical premium around an event.

    `at_event` and `medical` end with the event's month; `now` is the unbroken run around the event up to the day
    asked. `since_first` are full months since the first payment. `reached_on` is the day after the needed months of
    the run, `first_month` and `until` the run's first and last month. `paid` are all months of maternity premium,
    `covered` all of medical premium, for the drawing."""

    at_event: int
    now: int
    medical: int
    since_first: int
    in_city: bool
    reached_on: date | None
    until: date | None
    first_month: date | None = None
    paid: tuple[date, ...] = ()
    covered: tuple[date, ...] = ()


def months_of(person: Person, event_on: date, today: date, needed: int) -> Months:
    """Count by the event and by today; `needed` are the months that the pack asks for.

    Payers do not matter: months before and after a change of status are counted together inside the province
    (BZ-EMP-15.2). Two queries."""
    rows = list(
        Contribution.objects.standing().filter(person=person, scheme="employee", paid_on__lte=today)
    )
    province, city = person.region_code[:2], person.region_code[:4]
    own = [row for row in rows if row.area_code[:2] == province]
    maternity = {month for row in own if row.kind == Contribution.Kind.MATERNITY for month in row.month_starts()}
    medical = {month for row in rows if row.kind in Contribution.COVERING for month in row.month_starts()}
    month = event_on.replace(day=1)
    back, ahead = _run(maternity, month, -1), _run(maternity, month, 1)
    total = back + ahead - 1 if back else 0
    start = add_months(month, 1 - back) if back else None
    first = min((row.paid_on for row in rows), default=None) or _insured_since(person)
    return Months(
        at_event=back, now=total, medical=_run(medical, month, -1), since_first=_full_months(first, event_on),
        in_city=any(
            row.area_code[:4] == city and month in row.month_starts()
            for row in own if row.kind == Contribution.Kind.MATERNITY
        ),
        reached_on=add_months(start, needed) if start and total >= needed else None,
        until=add_months(month, ahead - 1) if back else None, first_month=start,
        paid=tuple(sorted(maternity)), covered=tuple(sorted(medical)),
    )


def _run(paid: set[date], month: date, step: int) -> int:
    """How many months from `month` on, in one direction, are paid without a break; `month` counts."""
    count = 0
    while add_months(month, step * count) in paid:
        count += 1
    return count


def _insured_since(person: Person) -> date | None:
    """The first insured day as an employee, for one of whom no payment is recorded."""
    rows = InsurancePeriod.objects.filter(person=person, scheme="employee", voided=False)
    return rows.order_by("starts_on").values_list("starts_on", flat=True).first()


def _full_months(first: date | None, day: date) -> int:
    if first is None or first > day:
        return 0
    months = (day.year - first.year) * 12 + day.month - first.month
    return months - 1 if add_months(first, months) > day else months
