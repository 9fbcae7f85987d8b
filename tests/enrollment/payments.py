"""What the tests of contributions share: persons made to a case's measure, and short ways to enter payments."""
from datetime import date, datetime
from itertools import count
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group

from casework.models import Officer
from enrollment import services as enrollment
from policy import idnumber
from policy.periods import add_months

LATE = datetime(2045, 1, 5, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
"""A day at the window after all days of the contract's cases."""
NUMBERS = count(1)


def citizen(born: date, sex: str = "male", region: str = "511902") -> str:
    """A made-up number that GB 11643 accepts."""
    serial = next(NUMBERS) % 499 * 2 + (1 if sex == "male" else 2)
    stem = f"{region}{born:%Y%m%d}{serial:03d}"
    digits = "0123456789X"
    return next(stem + digit for digit in digits if _valid(stem + digit))


def _valid(number: str) -> bool:
    try:
        return bool(idnumber.check(number))
    except Exception:
        return False


def clerk(region: str) -> Officer:
    """A window officer of a city, made once."""
    found = Officer.objects.filter(username=f"C{region}").first()
    if found:
        return found
    made = Officer.objects.create_user(
        username=f"C{region}", password="not-a-secret", name="窗口员", staff_no=f"C{region}", region_code=region,
    )
    made.groups.add(Group.objects.get(name="窗口经办"))
    return made


def person_born(born: date, *, by: Officer, at: datetime, region: str = "511902", sex: str = "male"):
    return enrollment.register_person(
        id_no=citizen(born, sex, region), name="单小明", region_code=region, by=by, at=at,
    )


def insure(person, scheme: str, starts_on: date, *, by: Officer, at: datetime, ends_on: date | None = None):
    kind = {"resident": "1501", "employee": "1101"}[scheme]
    return enrollment.open_insurance(
        person_id=person.pk, scheme=scheme, person_type=kind, starts_on=starts_on, ends_on=ends_on, by=by, at=at,
    )


def pay_year(person, year: int, paid_on: date, *, by: Officer, at: datetime, kind: str = "resident_year"):
    return enrollment.record_contribution(
        person_id=person.pk, kind=kind, for_year=year, paid_on=paid_on, source="tax_file",
        source_no=f"T{next(NUMBERS)}", by=by, at=at, personal_amount="400.00",
    )


def pay_months(
    person, first: date, months: int, *, by: Officer, at: datetime, paid_on: date | None = None,
    source: str = "employer_roster", area_code: str = "", kind: str = "employee_month",
):
    """Months from `first` on, in one line if on one day, else each on its tenth day."""
    facts = {"kind": kind, "source": source, "by": by, "at": at, "person_id": person.pk, "area_code": area_code}
    if paid_on:
        return [enrollment.record_contribution(
            for_year=first.year, for_month=first.month, months=months, paid_on=paid_on, source_no=f"R{next(NUMBERS)}",
            **facts,
        )]
    days = [add_months(first, step) for step in range(months)]
    return [enrollment.record_contribution(
        for_year=day.year, for_month=day.month, paid_on=day.replace(day=10), source_no=f"R{next(NUMBERS)}", **facts,
    ) for day in days]
