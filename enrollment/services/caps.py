"""The year's limit of critical-illness insurance (大病保险限额): the years that earn or cost, and what follows."""
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db import transaction

import policy
from casework.errors import Refused
from casework.models import Officer
from enrollment.models import Person, YearRecord
from enrollment.services.history import EMPLOYEE, NONE, RESIDENT
from enrollment.services.packs import ask, pack_of
from enrollment.services.register import Fact, facts
from enrollment.services.spans import authorise, locked_person, note_act
from enrollment.services.windows import refresh
from policy import Pack, PolicyError
from policy.periods import ONE_DAY

Json = dict[str, Any]
LEDGER = YearRecord.Source.CONTRIBUTIONS


def catastrophic_cap(person: Person, year: int, *, on: date | None = None, pack: Pack | None = None) -> Json:
    """The person's limit in `year` with rewards and penalty (contract §3), from his stored years.

    `on` is the day whose hardship identities count, the year's last day by default. The year itself counts as a
    resident year (R-10). One query, none after `with_history`. Refuses where the pool has no such rules.
    """
    request = _request(year, on or date(year, 12, 31), facts(person))
    return ask(policy.catastrophic_cap, request, pack or pack_of(person.region_code))


def cap_override(person: Person, on: date, every: list[Fact]) -> str | None:
    """The limit to tell the engine where it differs from the ordinary one: None where it does not, where the
    person has no limit, and where nothing is recorded of his years."""
    if not any(fact.kind == "year" for fact in every):
        return None
    pack = pack_of(person.region_code)
    try:
        found = policy.catastrophic_cap({"pool": pack.pool, **_request(on.year, on, every)}, pack)
    except PolicyError:
        return None
    return None if found["rewards"] == found["penalty"] else found["cap"]


@transaction.atomic
def record_year(
    *, person_id: int, year: int, scheme: str, by: Officer, at: datetime, zero_claim: bool = False,
) -> YearRecord:
    """Record a year insured elsewhere or before this register, on evidence shown. Only a resident year can be
    without claims (R-10)."""
    authorise(by, "record_contribution")
    person = locked_person(person_id, by)
    if scheme not in YearRecord.InsuredIn.values:
        raise Refused("SCHEME_UNKNOWN", "险种不在列表中，请核对。")
    if zero_claim and scheme != RESIDENT:
        raise Refused("ZERO_CLAIM", "只有参加城乡居民医保的年度可以登记基金零报销。")
    _check_year(person, year, at)
    row = _store(person, year, YearRecord.Source.ELSEWHERE, at, scheme=scheme, zero_claim=zero_claim)
    note_act(person, "record_year", "登记历史参保年度", by=by, at=at, year=year, scheme=scheme, zero_claim=zero_claim)
    refresh(person, by=by, at=at)
    return row


@transaction.atomic
def record_zero_claim(*, person_id: int, year: int, zero_claim: bool, by: Officer, at: datetime) -> YearRecord:
    """Take note of whether the person used no fund money in a year (BZ-RES-9.6), as claims found it; said again,
    the last word holds."""
    authorise(by, "record_contribution")
    person = locked_person(person_id, by)
    _check_year(person, year, at)
    row = _store(person, year, YearRecord.Source.CLAIMS, at, scheme="", zero_claim=zero_claim)
    note_act(person, "record_zero_claim", "登记基金零报销", by=by, at=at, year=year, zero_claim=zero_claim)
    return row


def _store(person: Person, year: int, source: str, at: datetime, **facts: Any) -> YearRecord:
    row, _ = YearRecord.objects.update_or_create(
        person=person, year=year, source=source, defaults={**facts, "recorded_at": at},
    )
    return row


def _check_year(person: Person, year: int, at: datetime) -> None:
    if not person.birth_date.year <= year <= at.year:
        raise Refused("YEAR_RANGE", f"年度应在出生年份至{at.year}年之间，请核对。")


def _request(year: int, on: date, every: list[Fact]) -> Json:
    tags = sorted({tag for fact in every if fact.kind == "hardship" and fact.holds_on(on) for tag in fact.tags})
    return {"year": year, "tags": tags, "history": _years(every, year)}


def _years(every: list[Fact], before: int) -> list[Json]:
    """Each earlier year with its scheme: by the ledger or by evidence; by insurance periods before the ledger began."""
    rows = [fact for fact in every if fact.kind == "year"]
    schemes: dict[int, set[str]] = {}
    for row in rows:
        schemes.setdefault(row.year, set()).add(row.scheme)
    first = min((row.year for row in rows if LEDGER in row.tags), default=before)
    for year, scheme in _years_by_period(every, min(first, before)):
        schemes.setdefault(year, set()).add(scheme)
    zero = _zero_claims(rows)
    return [
        {"year": year, "scheme": scheme, "zero_claim": scheme == RESIDENT and zero.get(year, False)}
        for year, known in sorted(schemes.items()) if year < before
        for scheme in [next((one for one in (RESIDENT, EMPLOYEE) if one in known), NONE)]
    ]


def _years_by_period(every: list[Fact], before: int) -> Iterator[tuple[int, str]]:
    for fact in every:
        if fact.kind == "period":
            last = min(before - 1, (fact.end - ONE_DAY).year)
            yield from ((year, fact.scheme) for year in range(fact.start.year, last + 1))


def _zero_claims(rows: list[Fact]) -> dict[int, bool]:
    """What is known of zero-claim years; claims' own word tells before evidence from elsewhere."""
    found = {row.year: row.yes for row in rows if YearRecord.Source.ELSEWHERE in row.tags}
    return found | {row.year: row.yes for row in rows if YearRecord.Source.CLAIMS in row.tags}
