"""The year's ledger: locking, reading, posting and the exact opposite. The database adds up."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from casework import rows
from claims.models import LedgerEntry, Settlement
from claims.services.years import held_open, refuse_closed

Json = dict[str, dict[str, str]]
Moved = dict[tuple[int, str], Decimal]
Caps = dict[tuple[int, str], Decimal | None]

LOCK = """
INSERT INTO claims_personyear (person_id, year) SELECT %s, year FROM unnest(%s::smallint[]) AS year ORDER BY year
    ON CONFLICT (person_id, year) DO UPDATE SET year = EXCLUDED.year
"""
READ = """
SELECT year, name, amount FROM claims_accumulator WHERE person_id = %s AND year = ANY(%s) AND amount <> 0
    ORDER BY year, name
"""


def lock_years(person_id: int, years: Iterable[int], *, to_post: bool = False) -> Json:
    """Lock the person's years, in order, to the end of the transaction, and read their accumulators. One query.
    Who means `to_post` is refused a year that is closed.

    A year met for the first time gets its row. Whatever reads or writes these years' ledger does so after this:
    two claims can't both see the same room. The accumulators are read by a statement of their own, after the
    lock is held, so they are those of whoever held it before. Returned as the engine's `opening` writes them.
    """
    wanted = sorted(set(years))
    lock, read = rows.Statement(LOCK, [person_id, wanted]), rows.Statement(READ, [person_id, wanted])
    if not to_post:
        return _opening(*rows.run(lock, read))
    *_, closed, accumulators = rows.run(lock, *held_open(person_id, wanted), read)
    refuse_closed(closed)
    return _opening(accumulators)


def opening(person_id: int, years: Iterable[int]) -> Json:
    """The accumulators of these years as they stand, without a lock: for questions that store nothing."""
    return _opening(*rows.run(rows.Statement(READ, [person_id, sorted(set(years))])))


def _opening(*answers: rows.Answer) -> Json:
    found: Json = {}
    for year, name, amount in answers[-1].rows:
        found.setdefault(str(year), {})[name] = f"{amount:.2f}"
    return found


def entries(settlement: Settlement, moved: Moved, caps: Caps, *, at: datetime) -> list[LedgerEntry]:
    """What a settlement adds to each accumulator, with the cap its pack gives, as unsaved entries.

    Once they are inserted the database adds them up, and refuses an amount over its cap or below zero.
    """
    return [
        LedgerEntry(
            person_id=settlement.person_id, year=year, name=name, delta=delta, cap=caps.get((year, name)),
            settlement=settlement, posted_at=at,
        )
        for (year, name), delta in sorted(moved.items())
    ]


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
