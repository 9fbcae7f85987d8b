"""Replaying a person's settlements in settlement order: one loop for whatever makes a year be settled again.

Nothing is overwritten: exact opposites are appended, and a claim that comes out differently gets a new version of
its settlement, in the old one's place, computed under its own stored pack.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.errors import Refused
from casework.models import Officer
from claims.models import Adjustment, Claim, LedgerEntry, Reversal, Settlement
from claims.services import ledger, rules
from claims.services.adjustments import propose
from claims.services.settling import amounts, store
from claims.services.years import check_open
from claims.workflow import CLAIM, ClaimStatus
from policy import Pack

Json = dict[str, Any]
Entries = dict[int, list[LedgerEntry]]
Revise = Callable[[Settlement], Json]
"""The request that a settlement is asked again with; its `opening` is not looked at."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A settlement asked again: what was asked, what came out, and whether that is something else than before."""

    before: Settlement
    request: Json
    result: Json
    differs: bool


PackOf = Callable[[Settlement], Pack]


def own_pack(settlement: Settlement) -> Pack:
    """The pack that the settlement was decided under."""
    return rules.pack_of_release(settlement.release)


def as_stored(settlement: Settlement) -> Json:
    """The facts as they were settled."""
    return settlement.request


def years_of(settlement: Settlement) -> set[int]:
    """The years that its bills lie in; those of one request may lie in two."""
    return {int(bill["date"][:4]) for bill in settlement.request["bills"]}


def lock_person(person_id: int, wanted: Iterable[int]) -> list[int]:
    """Lock these years of a person and all that his settlements touch, in order.

    Refuses if a year was touched for the first time just before the lock was held: to lock it now would be out of
    order."""
    touched = LedgerEntry.objects.filter(person=person_id).values_list("year", flat=True).distinct()
    years = sorted({*touched.all(), *wanted})
    ledger.lock_years(person_id, years)
    if set(touched.all()) - set(years):
        raise Refused("BUSY", "该参保人同年度的另一件正在办理中，请稍后再试。")
    return years


def live_in_order(person_id: int) -> list[Settlement]:
    """All that counts of a person, in settlement order. To be relied on it is read after the lock."""
    live = Settlement.objects.live().filter(person=person_id)
    return list(live.select_related("claim", "release").in_order())


def hold_claims(rows: list[Settlement], by: Officer) -> dict[int, Claim]:
    """Lock the claims that a replay may touch; refuses, rather than waits, if another officer has one in hand."""
    wanted = sorted({row.claim_id for row in rows})
    found = Claim.objects.select_for_update(of=("self",), skip_locked=True).select_related("person")
    held = {claim.pk: claim for claim in found.filter(pk__in=wanted).order_by("pk")}
    if len(held) < len(wanted):
        raise Refused("BUSY", "该参保人同年度的另一件正在办理中，请稍后再试。")
    if any(not by.sees(claim.region_code) for claim in held.values()):
        raise Refused("out_of_jurisdiction", "该参保人在其他经办机构另有结算，须由市级经办机构办理。")
    return held


def entries_of(rows: list[Settlement]) -> Entries:
    """What each of these settlements posted."""
    found: Entries = {}
    for entry in ledger.entries_of(rows):
        found.setdefault(entry.settlement_id, []).append(entry)
    return found


def standing_before(person_id: int, entries: Entries, years: Iterable[int]) -> ledger.Moved:
    """The accumulators of these years as they would be without these entries."""
    standing = {
        (int(year), name): rules.money(amount)
        for year, names in ledger.opening(person_id, years).items() for name, amount in names.items()
    }
    for own in entries.values():
        for key, delta in ledger.sums(own).items():
            standing[key] = standing.get(key, 0) - delta
    return standing


def replay(
    rows: list[Settlement], entries: Entries, standing: ledger.Moved, revise: Revise, pack_of: PackOf = own_pack
) -> list[Replayed]:
    """Settle these again in order, carrying the accumulators from one to the next.

    `standing` is carried along and ends as the accumulators after the last."""
    found = []
    for row in rows:
        asked = revise(row)
        opening = _opening(standing, {int(bill["date"][:4]) for bill in asked["bills"]})
        request = {key: value for key, value in asked.items() if key != "opening"}
        if opening:
            request["opening"] = opening
        result = rules.compute(request, pack_of(row))
        moved = rules.deltas(opening, result)
        differs = amounts(result) != amounts(row.result) or moved != ledger.sums(entries.get(row.pk, []))
        found.append(Replayed(before=row, request=request, result=result, differs=differs))
        for key, delta in moved.items():
            standing[key] = standing.get(key, 0) + delta
    return found


def _opening(standing: ledger.Moved, years: set[int]) -> Json:
    found: Json = {}
    for (year, name), amount in sorted(standing.items()):
        if year in years and amount:
            found.setdefault(str(year), {})[name] = f"{amount:.2f}"
    return found


def end(
    settlement: Settlement, ended: str, entries: Entries, *, cause: Settlement | None, reason: str, by: Officer,
    at: datetime,
) -> None:
    """End a settlement: its entries get their exact opposites. Refuses one of a year that is closed."""
    check_open(settlement.person_id, years_of(settlement))
    Reversal.objects.create(settlement=settlement, cause=cause, reason=reason[:500], by=by, at=at)
    ledger.reverse(entries.get(settlement.pk, []), at=at)
    settlement.ended_at, settlement.ended = at, ended
    settlement.save(update_fields=["ended_at", "ended"])


def replace(
    replayed: list[Replayed], claims: dict[int, Claim], entries: Entries, *, cause: Settlement | None, reason: str,
    why: str, by: Officer, at: datetime,
) -> list[tuple[Settlement, Adjustment | None]]:
    """Give each that comes out differently its new version, in settlement order: all old ones end first.

    `reason` is kept with the ended versions, `why` with the adjustments. Returned are the new versions with the
    adjustments that they propose."""
    changed = [(number, one) for number, one in enumerate(replayed) if one.differs]
    for _, one in changed:
        end(one.before, Settlement.Ended.SUPERSEDED, entries, cause=cause, reason=reason, by=by, at=at)
    return [
        _supersede(one, claims[one.before.claim_id], _later_caps(replayed[number:], entries), why, by=by, at=at)
        for number, one in changed
    ]


def _later_caps(rest: list[Replayed], entries: Entries) -> ledger.Caps:
    """The caps that stand after the first of these: those of the settlements that stay as they are."""
    return {
        (entry.year, entry.name): entry.cap
        for one in rest if not one.differs for entry in entries.get(one.before.pk, [])
    }


def _supersede(
    one: Replayed, claim: Claim, later: ledger.Caps, why: str, *, by: Officer, at: datetime
) -> tuple[Settlement, Adjustment | None]:
    """Store the new version of an ended settlement, in its place.

    A decided claim is not touched: the difference is proposed as supplementary payment or recovery. One that is
    still under review goes back to its first check.
    """
    before, adjustment = one.before, None
    visits = [item.visit for item in before.items.select_related("visit").order_by("number")]
    after = store(
        claim, visits, one.request, one.result, release=before.release, by=by, at=at, supersedes=before, later=later
    )
    difference = after.fund_total - before.fund_total
    if claim.decided and difference:
        adjustment = propose(claim, difference, reason=why, by=by, at=at, before=before, after=after)
    elif claim.status in (ClaimStatus.SETTLED, ClaimStatus.REVIEWED):
        claim.reviewed_by, claim.reviewed_digest = None, ""
        CLAIM.move(claim, "recalculate", by=by, at=at, detail={"settlement": after.pk, "digest": after.digest})
        claim.save(update_fields=["reviewed_by", "reviewed_digest"])
    return after, adjustment
