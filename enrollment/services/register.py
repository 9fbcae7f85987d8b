"""All that the register knows of a person, from what was fetched before or by one query. A person who answers for a
merged number has that number's rows among his own."""
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from django.db import connection
from django.db.models import Prefetch, QuerySet

from enrollment.models import BenefitWindow, InsurancePeriod, Person
from enrollment.services.spans import merged_numbers

Kind = Literal["period", "tag", "hardship", "window", "year"]
FETCHED = ("tags", "identities", "care_filings", "year_records")

SQL = """
SELECT 'period', p.scheme, p.starts_on, p.ends_on, t.tags, NULL::date, true, NULL::int
    FROM enrollment_insuranceperiod p JOIN enrollment_persontype t ON t.code = p.person_type_id
    WHERE p.person_id = ANY(%(numbers)s) AND NOT p.voided
UNION ALL SELECT 'tag', '', starts_on, ends_on, ARRAY[tag], NULL, true, NULL FROM enrollment_persontag
    WHERE person_id = ANY(%(numbers)s) AND NOT voided
UNION ALL SELECT 'hardship', '', starts_on, ends_on, ARRAY[category], NULL, true, NULL FROM enrollment_hardshipidentity
    WHERE person_id = ANY(%(numbers)s) AND NOT voided
UNION ALL SELECT 'window', scheme, starts_on, ends_on, NULL, decides_from, entitled, for_year
    FROM enrollment_benefitwindow WHERE person_id = ANY(%(numbers)s) AND NOT voided
UNION ALL SELECT 'year', scheme, NULL, NULL, ARRAY[source], NULL, zero_claim, year
    FROM enrollment_yearrecord WHERE person_id = ANY(%(numbers)s)
"""


class Fact(NamedTuple):
    """One row: days `[start, end)` with an open end as `date.max`. A window has its `since` (the day from which it
    speaks) and says yes if benefits may be drawn; a year record has its source as the only tag and says yes if
    there was no claim."""

    kind: Kind
    scheme: str
    start: date
    end: date
    tags: Sequence[str]
    since: date
    yes: bool
    year: int

    def holds_on(self, day: date) -> bool:
        return self.start <= day < self.end

    def touches(self, first: date, last: date) -> bool:
        return self.start <= last and first < self.end


def with_history(persons: QuerySet[Person]) -> QuerySet[Person]:
    """Persons with all that `questions` reads: eight queries for any number of persons, then none (merged numbers
    cost their own, once)."""
    return persons.prefetch_related(*_prefetches(), Prefetch(
        "absorbed", Person.objects.prefetch_related(*_prefetches()),
    ))


def facts(person: Person) -> list[Fact]:
    """Everything standing about the person."""
    if "insurance_periods" not in getattr(person, "_prefetched_objects_cache", {}):
        with connection.cursor() as cursor:
            cursor.execute(SQL, {"numbers": merged_numbers(person)})
            return [_fact(*row) for row in cursor.fetchall()]
    rows: list[tuple[Any, ...]] = [
        ("period", row.scheme, row.starts_on, row.ends_on, row.person_type.tags, None, True, None)
        for row in standing(person, "insurance_periods")
    ]
    rows += [("tag", "", row.starts_on, row.ends_on, [row.tag], None, True, None) for row in standing(person, "tags")]
    rows += [
        ("hardship", "", row.starts_on, row.ends_on, [row.category], None, True, None)
        for row in standing(person, "identities")
    ]
    rows += [
        ("window", row.scheme, row.starts_on, row.ends_on, None, row.decides_from, row.entitled, row.for_year)
        for row in standing(person, "benefit_windows")
    ]
    rows += [
        ("year", row.scheme, None, None, [row.source], None, row.zero_claim, row.year)
        for row in rows_of(person, "year_records")
    ]
    return [_fact(*row) for row in rows]


def rows_of(person: Person, relation: str) -> list[Any]:
    """The rows of a relation, with those of merged numbers."""
    found = list(getattr(person, relation).all())
    if person.absorbs:
        found += [row for other in person.absorbed.all() for row in getattr(other, relation).all()]
    return found


def standing(person: Person, relation: str) -> list[Any]:
    """The rows of a relation of spans that are not voided."""
    return [row for row in rows_of(person, relation) if not row.voided]


def _prefetches() -> list[Any]:
    return [
        Prefetch("insurance_periods", InsurancePeriod.objects.select_related("person_type")),
        Prefetch("benefit_windows", BenefitWindow.objects.filter(voided=False)),
        *FETCHED,
    ]


def _fact(
    kind: Kind, scheme: str, start: date | None, end: date | None, tags: Sequence[str] | None, since: date | None,
    yes: bool, year: int | None,
) -> Fact:
    return Fact(kind, scheme, start or date.min, end or date.max, tags or (), since or date.min, yes, year or 0)
