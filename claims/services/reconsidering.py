"""Settling a person's year again from revised facts (年度重新结算): looking back, corrected data, an applied recompute.

Each live settlement of the year is asked again in settlement order under its own pack, with its stored request
revised. Done twice, it changes nothing the second time if `revise` gives the same for its own outcome.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from casework.errors import Refused
from casework.models import Officer
from claims.models import Adjustment, Settlement
from claims.services import rules
from claims.services.replaying import (
    Entries,
    PackOf,
    Replayed,
    Revise,
    as_stored,
    entries_of,
    hold_claims,
    live_in_order,
    lock_person,
    own_pack,
    replace,
    replay,
    standing_before,
    years_of,
)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BillDifference:
    """One bill before and after, as the engine prints it with its steps; `after` may be refused."""

    settlement: Settlement
    number: int
    bill: str
    day: date
    before: Json
    after: Json

    @property
    def difference(self) -> Decimal:
        """What the funds pay more; negative: less."""
        return Decimal(self.after["fund_total"]) - Decimal(self.before["fund_total"])


def preview(person_id: int, year: int, revise: Revise, pack_of: PackOf = own_pack) -> list[BillDifference]:
    """Every bill of the year before and after, in settlement order, those that stay the same too. Writes nothing.

    The caller has asked whether the officer may see the person. `pack_of` asks under another pack than decided."""
    rows = _from_the_year_on(person_id, year)
    return [
        BillDifference(one.before, number, after["id"], date.fromisoformat(asked["date"]), before, after)
        for one in _replayed(person_id, year, rows, entries_of(rows), revise, pack_of)
        for number, (asked, before, after) in enumerate(_bills(one), 1)
        if asked["date"].startswith(f"{year}-")
    ]


def _bills(one: Replayed) -> Iterator[tuple[Json, Json, Json]]:
    """Each bill of a replayed settlement: asked, before and after."""
    return zip(one.request["bills"], one.before.result["bills"], one.result["bills"], strict=True)


@transaction.atomic
def reconsider(
    person_id: int, year: int, revise: Revise, *, reason: str, rule: str, by: Officer, at: datetime,
    unpaid: Collection[str] = (),
) -> list[Adjustment]:
    """Settle a person's year again with each stored request revised; returns the adjustments that it proposes.

    The years are locked first, then the claims. What comes out differently is ended and gets a new version in its
    place; of a decided claim the difference is proposed as supplementary payment or recovery, an undecided one
    goes back to its first check. Refuses, writing nothing, while another officer has one of the claims in hand,
    claims of a territory that the officer does not see, and a bill that the rules no longer pay: such a claim is
    reversed by its own step. Refusals of the codes `unpaid`, and those that stood before, are outcomes: nothing is
    paid of the bill.
    """
    if not reason.strip():
        raise Refused("REASON_MISSING", "请填写重新结算的原因。")
    lock_person(person_id, [year])
    rows = _from_the_year_on(person_id, year)
    claims = hold_claims(rows, by)
    entries = entries_of(rows)
    replayed = _replayed(person_id, year, rows, entries, revise)
    for one in replayed:
        if one.differs:
            rules.refuse_if_refused(one.result, besides=unpaid, before=one.before.result)
    why = f"{reason.strip()}（{rule}）"
    made = replace(replayed, claims, entries, cause=None, reason=why, why=why, by=by, at=at)
    return [adjustment for _, adjustment in made if adjustment is not None]


def _from_the_year_on(person_id: int, year: int) -> list[Settlement]:
    """The person's live settlements from the first that touches the year on."""
    rows = live_in_order(person_id)
    first = next((number for number, row in enumerate(rows) if year in years_of(row)), len(rows))
    return rows[first:]


def _replayed(
    person_id: int, year: int, rows: list[Settlement], entries: Entries, revise: Revise, pack_of: PackOf = own_pack
) -> list[Replayed]:
    """A settlement of another year that follows is asked again as it is stored: a bill of two years ties them."""
    years = {when for row in rows for when in years_of(row)}
    standing = standing_before(person_id, entries, years)

    def revised(row: Settlement) -> Json:
        return revise(row) if year in years_of(row) else as_stored(row)

    return replay(rows, entries, standing, revised, pack_of)
