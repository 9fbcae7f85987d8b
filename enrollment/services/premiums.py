"""What a resident pays for a year, and what the subsidy and the treasury add (BZ-RES-4.1, 6.1, 6.2, 8.1)."""
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

import policy
from casework.models import Officer
from enrollment.models import Contribution, Person
from enrollment.services.contributions import record_contribution
from enrollment.services.packs import ask, pack_of
from enrollment.services.spans import authorise, locked_person
from policy import Pack
from policy.periods import age_on

ADULT_AT = 18


def premium_of(
    person: Person, year: int, *, on: date | None = None, category: str = "", pack: Pack | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The person's premium of `year` (contract §4), with the highest subsidy of the identities held on `on`.

    `on` is the day of payment, by default the year's first. The kind of payer follows from age and person type
    unless `category` names it. Two queries after the person. Refuses a figure that is not printed, by its name.
    """
    day = on or date(year, 1, 1)
    tags = sorted({row.category for row in person.identities.all() if row.holds_on(day)})
    request = {
        "year": year, "category": category or category_of(person, year, day), "tags": tags,
        "parameters": dict(parameters or {}),
    }
    return ask(policy.premium, request, pack or pack_of(person.region_code))


def category_of(person: Person, year: int, on: date) -> str:
    """Newborn in the birth year, student by the person's type or tag, minor under eighteen, else adult."""
    if person.birth_date.year == year:
        return "newborn"
    periods = person.insurance_periods.select_related("person_type")
    tags = {tag for row in periods if row.holds_on(on) for tag in row.person_type.tags}
    tags |= {row.tag for row in person.tags.all() if row.holds_on(on)}
    if "student" in tags:
        return "student"
    return "minor" if age_on(person.birth_date, date(year, 1, 1)) < ADULT_AT else "adult"


@transaction.atomic
def pay_resident_year(
    *, person_id: int, year: int, paid_on: date, source: str, source_no: str, by: Officer, at: datetime,
    category: str = "",
) -> Contribution:
    """Enter a year's premium as the rules compute it for the day of payment: personal part, subsidy, treasury."""
    authorise(by, "record_contribution")
    person = locked_person(person_id, by)
    cost = premium_of(person, year, on=paid_on, category=category)
    return record_contribution(
        person_id=person.pk, kind=Contribution.Kind.RESIDENT_YEAR, for_year=year, paid_on=paid_on, source=source,
        source_no=source_no, by=by, at=at, personal_amount=Decimal(cost["personal"]),
        subsidy_amount=Decimal(cost["subsidy"]), fiscal_amount=Decimal(cost["fiscal"] or "0"),
    )
