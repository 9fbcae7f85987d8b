"""Premiums subsidised by identity (资助参保, BZ-REL-4.1, BZ-RES-6.2: the highest, once) as a list of a year."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch, Q, QuerySet

from casework.models import Officer
from enrollment.models import Contribution, HardshipIdentity, InsurancePeriod, Person
from relief.services.years import BEST_FIRST

UNPAID, SUBSIDISED, WITHOUT = "unpaid", "subsidised", "without"
STATUS = {UNPAID: "未缴费", SUBSIDISED: "已资助", WITHOUT: "已缴费，无资助"}


@dataclass(frozen=True, slots=True)
class Subsidy:
    """A resident in hardship in a year: his best identity, and what stands of his premium."""

    person: Person
    category: str
    status: str
    paid_on: date | None
    personal: Decimal
    subsidy: Decimal

    @property
    def status_word(self) -> str:
        return STATUS[self.status]


def subsidised_residents(year: int, by: Officer) -> QuerySet[Person]:
    """Residents with an identity in the year, inside the officer's territory, by county and number."""
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    during = Q(starts_on__lt=after) & (Q(ends_on=None) | Q(ends_on__gt=first)) & Q(voided=False)
    poor = HardshipIdentity.objects.filter(during, category__in=BEST_FIRST)
    insured = InsurancePeriod.objects.filter(during, scheme="resident")
    rows = Person.objects.visible_to(by).filter(
        pk__in=poor.values("person"), insurance_periods__in=insured, died_on=None
    )
    premiums = Contribution.objects.standing().filter(kind=Contribution.Kind.RESIDENT_YEAR, for_year=year)
    return rows.distinct().order_by("region_code", "pk").prefetch_related(
        Prefetch("identities", poor, to_attr="poor"), Prefetch("contributions", premiums, to_attr="premiums")
    )


def subsidies(persons: list[Person]) -> list[Subsidy]:
    """Each of these persons with his premium. No query: see `subsidised_residents`."""
    return [_subsidy(person) for person in persons]


def _subsidy(person: Person) -> Subsidy:
    held = {identity.category for identity in person.poor}
    category = next(each.value for each in BEST_FIRST if each.value in held)
    if not person.premiums:
        return Subsidy(person, category, UNPAID, None, Decimal(0), Decimal(0))
    subsidy = sum((row.subsidy_amount for row in person.premiums), Decimal(0))
    personal = sum((row.personal_amount for row in person.premiums), Decimal(0))
    paid_on = max(row.paid_on for row in person.premiums)
    return Subsidy(person, category, SUBSIDISED if subsidy else WITHOUT, paid_on, personal, subsidy)
