"""Undoing a settlement, and replaying what was settled after it in the person's years."""

from datetime import datetime

from casework.models import Officer
from claims.models import Claim, Settlement
from claims.services.replaying import (
    as_stored,
    end,
    entries_of,
    hold_claims,
    live_in_order,
    lock_person,
    replace,
    replay,
    standing_before,
    years_of,
)


def hold_years(claim: Claim) -> None:
    """Lock the years that undoing this claim's settlement will need, before the claim's own step is taken.

    Every service takes its locks in this order (claim, years), so that none waits for the other.
    """
    settlement = claim.settlements.live().first()
    if settlement is not None:
        lock_person(settlement.person_id, years_of(settlement))


def unwind(settlement: Settlement, ended: str, *, reason: str, by: Officer, at: datetime) -> list[Settlement]:
    """Undo a live settlement and replay the later ones. Returns the new versions, in settlement order.

    The caller holds the settlement's claim.
    """
    years = lock_person(settlement.person_id, years_of(settlement))
    later = _later(settlement)
    claims = hold_claims(later, by)
    entries = entries_of([settlement, *later])
    standing = standing_before(settlement.person_id, entries, years)
    replayed = replay(later, entries, standing, as_stored)
    end(settlement, ended, entries, cause=None, reason=reason, by=by, at=at)
    why = f"同年度另一件（结算{settlement.pk}）冲销后按结算顺序重算。"
    made = replace(replayed, claims, entries, cause=settlement, reason=reason, why=why, by=by, at=at)
    return [after for after, _ in made]


def _later(settlement: Settlement) -> list[Settlement]:
    """The person's live settlements after this one, in settlement order, read under the lock."""
    return [row for row in live_in_order(settlement.person_id) if row.place > settlement.place]
