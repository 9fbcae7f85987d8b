"""Reversing a decided claim (冲销), and proving that decided settlements can be computed again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from casework import outbox
from casework.errors import Refused
from casework.models import Officer
from claims.models import Claim, Payment, Settlement
from claims.services import rules
from claims.services.registration import locked_claim
from claims.services.review import live_settlement
from claims.services.unwinding import hold_years, unwind
from claims.workflow import CLAIM


@transaction.atomic
def reverse(
    *, claim_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> Claim:
    """Reverse a decided claim (冲销) and open it again for entry and settlement.

    Its ledger entries get their exact opposites, once; what was settled later in the person's years is replayed in
    settlement order, and each difference is proposed for its own review. A payment not yet made is cancelled;
    what was paid is set off when the claim is decided again. Refuses a claim whose payment is at the bank.
    """
    claim = locked_claim(claim_id, by)
    hold_years(claim)
    CLAIM.move(claim, "reverse", by=by, at=at, note=reason, expected_version=expected_version)
    settlement = live_settlement(claim)
    waiting = claim.payments.select_for_update().exclude(state__in=[Payment.State.PAID, Payment.State.FAILED])
    if any(payment.state == Payment.State.BATCHED for payment in waiting):
        raise Refused("PAYMENT_AT_BANK", "该件有款项已列入拨付批次，须待银行回盘后再冲销。")
    claim.payments.filter(state=Payment.State.PENDING, settlement__isnull=False).update(
        state=Payment.State.CANCELLED, done_at=at
    )
    unwind(settlement, Settlement.Ended.REVERSED, reason=reason, by=by, at=at)
    claim.reviewed_by, claim.reviewed_digest, claim.approved_by, claim.approved_digest = None, "", None, ""
    claim.save(update_fields=["reviewed_by", "reviewed_digest", "approved_by", "approved_digest"])
    outbox.publish("claims.reversed", f"{claim.case_no}:{settlement.pk}", {"claim": claim.pk})
    return claim


@dataclass(frozen=True, slots=True)
class Proof:
    """The answer of a replay: whether stored facts under the stored pack still give the stored bytes."""

    settlement: Settlement
    same: bool
    problem: str = ""


def replay(settlement: Settlement) -> Proof:
    """Compute a settlement again from its stored facts under its stored pack; compare byte by byte. Writes nothing."""
    if rules.digest(settlement.request_text, settlement.result_text) != settlement.digest:
        return Proof(settlement, False, "存档摘要不符")
    pack = rules.pack_of_release(settlement.release)
    if pack.ref.sha256 != settlement.release.sha256:
        return Proof(settlement, False, "规则包存档与摘要不符")
    if rules.canonical(rules.compute(settlement.request, pack)) != settlement.result_text:
        return Proof(settlement, False, "重算结果与存档不一致")
    return Proof(settlement, True)


def replay_all(*, claims: list[int] | None = None) -> Iterator[Proof]:
    """Replay every stored settlement, or those of some claims, in bounded memory."""
    rows = Settlement.objects.select_related("release").order_by("pk")
    if claims is not None:
        rows = rows.filter(claim__in=claims)
    for settlement in rows.iterator(chunk_size=500):
        yield replay(settlement)


def count_settlements() -> int:
    """How many settlements `replay_all` goes through."""
    return Settlement.objects.count()


def broken_invariants() -> list[tuple[str, str]]:
    """What the database's own view finds wrong with ledger, settlements and batches: name and key; empty is well."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, key FROM claims_invariant_violation ORDER BY name, key")
        return cursor.fetchall()
