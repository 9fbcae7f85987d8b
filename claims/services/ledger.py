"""The year's ledger: locking, reading, posting and the exact opposite. The database adds up."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import connection

from casework import rows
from claims.models import Accumulator, LedgerEntry, Settlement

Moved = dict[tuple[int, str], Decimal]
Caps = dict[tuple[int, str], Decimal | None]


def lock_years(person_id: int, years: Iterable[int]) -> None:
    """Lock the person's years, in order, to the end of the transaction; a year met for the first time gets its row.

    Whatever reads or writes these years' ledger does so after this: two claims can't both see the same room.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO claims_personyear (person_id, year) SELECT %s, year FROM unnest(%s::smallint[]) AS year"
            " ORDER BY year ON CONFLICT (person_id, year) DO UPDATE SET year = EXCLUDED.year",
            [person_id, sorted(set(years))],
        )


def opening(person_id: int, years: Iterable[int]) -> dict[str, dict[str, str]]:
    """The accumulators of these years as the engine's `opening` writes them; a year without any is left out."""
    found: dict[str, dict[str, str]] = {}
    condition = "person_id = %s AND year = ANY(%s) AND amount <> 0 ORDER BY year, name"
    for row in rows.read(Accumulator, condition, person_id, sorted(set(years))):
        found.setdefault(str(row.year), {})[row.name] = f"{row.amount:.2f}"
    return found


def post(settlement: Settlement, moved: Moved, caps: Caps, *, at: datetime) -> None:
    """Append what a settlement added to each accumulator, with the cap its pack gives: one query.

    The database adds the entries to the accumulators and refuses an amount over its cap or below zero.
    """
    rows.insert([
        LedgerEntry(
            person_id=settlement.person_id, year=year, name=name, delta=delta, cap=caps.get((year, name)),
            settlement=settlement, posted_at=at,
        )
        for (year, name), delta in sorted(moved.items())
    ])


def entries_of(settlements: Iterable[Settlement]) -> list[LedgerEntry]:
    """The entries that these settlements posted, without those that reverse others."""
    wanted = [settlement.pk for settlement in settlements]
    return list(LedgerEntry.objects.filter(settlement__in=wanted, reverses__isnull=True).order_by("id"))


def reverse(entries: Iterable[LedgerEntry], *, at: datetime) -> None:
    """Append the exact opposite of each entry: one query. The database refuses a second time and any other amount."""
    rows.insert([
        LedgerEntry(
            person_id=entry.person_id, year=entry.year, name=entry.name, delta=-entry.delta, cap=None,
            settlement_id=entry.settlement_id, reverses=entry, posted_at=at,
        )
        for entry in entries
    ])


def sums(entries: Iterable[LedgerEntry]) -> Moved:
    """The entries added up by year and name."""
    total: Moved = {}
    for entry in entries:
        key = entry.year, entry.name
        total[key] = total.get(key, Decimal(0)) + entry.delta
    return total
