"""Undoing a settlement, and replaying what was settled after it in the person's years.

Nothing is overwritten: exact opposites are appended, and a claim that comes out differently gets a new version of
its settlement, in the old one's place, computed from its own stored facts under its own stored pack.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.errors import Refused
from casework.models import Officer
from claims.models import Claim, LedgerEntry, Reversal, Settlement
from claims.services import ledger, rules
from claims.services.adjustments import propose
from claims.services.settling import amounts, store
from claims.workflow import CLAIM, ClaimStatus

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A later settlement that comes out differently once an earlier one is gone."""

    before: Settlement
    request: Json
    result: Json


def hold_years(claim: Claim) -> None:
    """Lock the years that undoing this claim's settlement will need, before the claim's own step is taken.

    Every service takes its locks in this order (claim, years), so that none waits for the other.
    """
    settlement = claim.settlements.live().first()
    if settlement is not None:
        _lock(settlement)


def unwind(settlement: Settlement, ended: str, *, reason: str, by: Officer, at: datetime) -> list[Settlement]:
    """Undo a live settlement and replay the later ones. Returns the new versions, in settlement order.

    The caller holds the settlement's claim. A changed claim that is decided is not touched: the difference is
    proposed as supplementary payment or recovery. One that is still under review goes back to its first check.
    """
    years = _lock(settlement)
    later = _later(settlement)
    claims = _hold_claims(later, by)
    entries: dict[int, list[LedgerEntry]] = {}
    for entry in ledger.entries_of([settlement, *later]):
        entries.setdefault(entry.settlement_id, []).append(entry)
    changed = _replay(settlement, later, entries, years)
    _end(settlement, ended, entries, cause=None, reason=reason, by=by, at=at)
    for one in changed:
        _end(one.before, Settlement.Ended.SUPERSEDED, entries, cause=settlement, reason=reason, by=by, at=at)
    return [_supersede(one, claims[one.before.claim_id], settlement, by=by, at=at) for one in changed]


def _lock(settlement: Settlement) -> list[int]:
    """Lock all years of this person that his settlements touch, in order. Bills of one request may lie in two years."""
    touched = LedgerEntry.objects.filter(person=settlement.person_id).values_list("year", flat=True)
    years = sorted({*touched, *_years(settlement)})
    ledger.lock_years(settlement.person_id, years)
    return years


def _later(settlement: Settlement) -> list[Settlement]:
    """The person's live settlements after this one, in settlement order, read under the lock."""
    live = Settlement.objects.live().filter(person=settlement.person_id).exclude(pk=settlement.pk)
    rows = live.select_related("claim", "release").order_by("pk")
    after = [row for row in rows if row.place > settlement.place]
    return sorted(after, key=lambda row: (row.place, row.pk))


def _hold_claims(later: list[Settlement], by: Officer) -> dict[int, Claim]:
    """Lock the claims that the replay may touch; refuses, rather than waits, if another officer has one in hand."""
    wanted = sorted({row.claim_id for row in later})
    rows = Claim.objects.select_for_update(of=("self",), skip_locked=True).select_related("person")
    held = {claim.pk: claim for claim in rows.filter(pk__in=wanted).order_by("pk")}
    if len(held) < len(wanted):
        raise Refused("BUSY", "该参保人同年度的另一件正在办理中，请稍后再试。")
    if any(not by.sees(claim.region_code) for claim in held.values()):
        raise Refused(
            "out_of_jurisdiction", "该参保人之后在其他经办机构另有结算，须由市级经办机构办理。"
        )
    return held


def _replay(
    gone: Settlement, later: list[Settlement], entries: dict[int, list[LedgerEntry]], years: list[int]
) -> list[Replayed]:
    """Settle the later claims again in order, without the one that is gone; keep those that come out differently."""
    standing = _standing_before(gone, later, entries, years)
    changed = []
    for row in later:
        opening = _opening(standing, _years(row))
        request = {key: value for key, value in row.request.items() if key != "opening"}
        if opening:
            request["opening"] = opening
        result = rules.compute(request, rules.pack_of_release(row.release))
        moved = rules.deltas(opening, result)
        if amounts(result) != amounts(row.result) or moved != ledger.sums(entries.get(row.pk, [])):
            changed.append(Replayed(before=row, request=request, result=result))
        for key, delta in moved.items():
            standing[key] = standing.get(key, 0) + delta
    return changed


def _standing_before(
    gone: Settlement, later: list[Settlement], entries: dict[int, list[LedgerEntry]], years: list[int]
) -> ledger.Moved:
    """The accumulators as they were before the settlement that is undone."""
    standing = {
        (int(year), name): rules.money(amount)
        for year, names in ledger.opening(gone.person_id, years).items() for name, amount in names.items()
    }
    for row in [gone, *later]:
        for key, delta in ledger.sums(entries.get(row.pk, [])).items():
            standing[key] = standing.get(key, 0) - delta
    return standing


def _opening(standing: ledger.Moved, years: Iterable[int]) -> Json:
    wanted = set(years)
    found: Json = {}
    for (year, name), amount in sorted(standing.items()):
        if year in wanted and amount:
            found.setdefault(str(year), {})[name] = f"{amount:.2f}"
    return found


def _years(settlement: Settlement) -> set[int]:
    return {int(bill["date"][:4]) for bill in settlement.request["bills"]}


def _end(
    settlement: Settlement, ended: str, entries: dict[int, list[LedgerEntry]], *, cause: Settlement | None, reason: str,
    by: Officer, at: datetime,
) -> None:
    Reversal.objects.create(settlement=settlement, cause=cause, reason=reason[:500], by=by, at=at)
    ledger.reverse(entries.get(settlement.pk, []), at=at)
    settlement.ended_at, settlement.ended = at, ended
    settlement.save(update_fields=["ended_at", "ended"])


def _supersede(one: Replayed, claim: Claim, cause: Settlement, *, by: Officer, at: datetime) -> Settlement:
    before = one.before
    visits = [item.visit for item in before.items.select_related("visit").order_by("number")]
    after = store(
        claim, visits, one.request, one.result, release=before.release, by=by, at=at, supersedes=before
    )
    if claim.decided:
        difference = after.fund_total - before.fund_total
        if difference:
            reason = f"同年度另一件（结算{cause.pk}）冲销后按结算顺序重算。"
            propose(claim, difference, reason=reason, by=by, at=at, before=before, after=after)
    elif claim.status in (ClaimStatus.SETTLED, ClaimStatus.REVIEWED):
        claim.reviewed_by, claim.reviewed_digest = None, ""
        CLAIM.move(claim, "recalculate", by=by, at=at, detail={"settlement": after.pk, "digest": after.digest})
        claim.save(update_fields=["reviewed_by", "reviewed_digest"])
    return after
