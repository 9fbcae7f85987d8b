"""A year of the pool and of a person: what stands in the way of closing it, and what was spent in it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from casework.errors import Refused
from casework.models import Officer, get_visible
from casework.models.jurisdiction import area_prefix
from claims.models import Accumulator, Claim, LedgerEntry, Settlement, SettlementItem, YearClosing
from claims.services import rules, years
from enrollment.models import HardshipIdentity, Person
from relief.models import Recompute, RecomputeDifference, Reconsideration
from relief.workflow import RECONSIDERATION

C = HardshipIdentity.Category
BEST_FIRST = (
    C.EXTREMELY_POOR, C.ORPHAN, C.MINIMUM_ALLOWANCE, C.MONITORED, C.MONITORED_RISK_OPEN, C.MARGIN,
    C.IMPOVERISHED_BY_ILLNESS,
)
"""Of several identities the most favourable counts, once (BZ-REL-5.7)."""

SPENT = """
SELECT left(p.region_code, 6), coalesce(f.text::jsonb -> 'relief_tags', f.text::jsonb -> 'tags', '[]')::text,
       sum(i.relief), sum(i.relief_tilt), count(DISTINCT b.person_id)
  FROM claims_settledbill b
  JOIN claims_settlementitem i ON (i.settlement_id, i.number) = (b.settlement_id, b.number)
  JOIN claims_settledfacts f ON f.digest = b.facts_id
  JOIN enrollment_person p ON p.id = b.person_id
 WHERE b.live AND b.year = %s AND i.relief + i.relief_tilt > 0 AND p.region_code LIKE %s
 GROUP BY 1, 2 ORDER BY 1, 2
"""


def close_year(*, year: int, region_code: str, by: Officer, at: datetime) -> YearClosing:
    """Close a year of the pool (年度关账). Refuses while something of the year is open: see `hindrances`."""
    found = hindrances(year, f"{region_code[:4]}00")
    if found:
        raise Refused("YEAR_NOT_READY", f"{year}年度还不能关账：{'；'.join(found)}。")
    return years.close_year(year=year, region_code=region_code, by=by, at=at)


def hindrances(year: int, city: str) -> list[str]:
    """What must be done before a year may be closed, in words: undecided claims, open reconsiderations, and a
    recompute of the whole pool that ended without faults."""
    prefix = area_prefix(city)
    bills = SettlementItem.objects.filter(year=year, settlement__ended_at=None)
    undecided = Claim.objects.filter(
        pk__in=bills.values("settlement__claim"), status__in=("settled", "reviewed"), region_code__startswith=prefix
    ).count()
    open_cases = Reconsideration.objects.filter(year=year, region_code__startswith=prefix)
    waiting = open_cases.exclude(status__in=RECONSIDERATION.closed).count()
    run = Recompute.objects.filter(year=year, region_code=city, person=None).order_by("-pk").first()
    found = []
    if undecided:
        found.append(f"{undecided}件报销已结算未复核")
    if waiting:
        found.append(f"{waiting}件年度重新结算未办结")
    if run is None or run.state != Recompute.State.DONE:
        found.append("尚无完成的全市年度重算")
    elif RecomputeDifference.objects.filter(chunk__run=run, cause="fault").exists():
        found.append(f"最近一次年度重算（编号{run.pk}）有差错未处理")
    return found


@dataclass(frozen=True, slots=True)
class Spent:
    """What relief paid in a county for one category."""

    region_code: str
    category: str
    relief: Decimal
    tilt: Decimal
    persons: int

    @property
    def total(self) -> Decimal:
        return self.relief + self.tilt


def spent(year: int, by: Officer) -> list[Spent]:
    """What relief paid in a year by county and category, inside the officer's territory. One query."""
    prefix = area_prefix(by.region_code)
    if not prefix:
        return []
    with connection.cursor() as cursor:
        cursor.execute(SPENT, [year, f"{prefix}%"])
        rows = cursor.fetchall()
    found: dict[tuple[str, str], Spent] = {}
    for region, tags, relief, tilt, persons in rows:
        key = region, next((each.value for each in BEST_FIRST if f'"{each.value}"' in tags), "")
        known = found.get(key, Spent(*key, Decimal(0), Decimal(0), 0))
        found[key] = Spent(*key, known.relief + relief, known.tilt + tilt, known.persons + persons)
    return [found[key] for key in sorted(found)]


@dataclass(frozen=True, slots=True)
class PersonYear:
    """A person's year: the accumulators with their caps, the bills in settlement order, the ledger, its changes."""

    person: Person
    year: int
    closed: YearClosing | None
    accumulators: list[tuple[str, Accumulator]]
    bills: list[SettlementItem]
    entries: list[LedgerEntry]
    changes: QuerySet[Reconsideration]


def person_year(*, person_id: int, year: int, by: Officer) -> PersonYear:
    """All that a person's year page shows; refuses a person whom the officer does not see."""
    person: Person = get_visible(Person, by, pk=person_id)
    pack = rules.pack_of(person.region_code)
    standing = Accumulator.objects.filter(person=person, year=year).order_by("name")
    items = SettlementItem.objects.filter(settlement__in=Settlement.objects.live().filter(person=person), year=year)
    bills = list(items.select_related("settlement__claim", "visit__institution"))
    bills.sort(key=lambda item: (item.settlement.place, item.number))
    entries = list(LedgerEntry.objects.filter(person=person, year=year).order_by("pk"))
    for entry in entries:
        entry.label = rules.accumulator_label(pack, entry.name)
    return PersonYear(
        person=person, year=year, closed=years.standing(year, f"{person.region_code[:4]}00"),
        accumulators=[(rules.accumulator_label(pack, row.name), row) for row in standing],
        bills=bills,
        entries=entries,
        changes=Reconsideration.objects.filter(person=person, year=year).select_related("identity").order_by("pk"),
    )


def year_totals(year: int, by: Officer) -> dict[str, Any]:
    """What all layers paid in a year, by payer, and of how many persons, inside the officer's territory."""
    prefix = area_prefix(by.region_code)
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, [year, f"{prefix}%" if prefix else "-"])
        names = [column.name for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


TOTALS = """
SELECT count(*) AS bills, count(DISTINCT s.person_id) AS persons, coalesce(sum(i.total), 0) AS total,
       coalesce(sum(i.basic), 0) AS basic, coalesce(sum(i.civil_servant), 0) AS civil_servant,
       coalesce(sum(i.large_amount), 0) AS large_amount, coalesce(sum(i.catastrophic), 0) AS catastrophic,
       coalesce(sum(i.relief), 0) AS relief, coalesce(sum(i.relief_tilt), 0) AS relief_tilt,
       coalesce(sum(i.personal), 0) AS personal
  FROM claims_settlementitem i JOIN claims_settlement s ON s.id = i.settlement_id AND s.ended_at IS NULL
  JOIN enrollment_person p ON p.id = s.person_id
 WHERE i.year = %s AND p.region_code LIKE %s
"""
