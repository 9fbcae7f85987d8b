"""Supplementary payments and recoveries (补支付、追回): proposed by a replay, decided by two officers of their own."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from casework.errors import Refused
from casework.models import Officer
from claims.models import Adjustment, Claim, Payment, Settlement
from claims.workflow import ADJUSTMENT, AdjustmentStatus


def propose(
    claim: Claim, difference: Decimal, *, reason: str, by: Officer, at: datetime, before: Settlement | None = None,
    after: Settlement | None = None,
) -> Adjustment:
    """Open an adjustment over what a decided claim came out differently: positive to the person, negative back.

    The caller is in the transaction of the deed that caused it.
    """
    kind = Adjustment.Kind.SUPPLEMENT if difference > 0 else Adjustment.Kind.RECOVERY
    adjustment = Adjustment(
        claim=claim, region_code=claim.region_code, kind=kind, amount=abs(difference), reason=reason[:500],
        before=before, after=after,
    )
    ADJUSTMENT.move(
        adjustment, "propose", by=by, at=at, detail={"claim": claim.case_no, "difference": str(difference)}
    )
    return adjustment


@transaction.atomic
def review_adjustment(
    *, adjustment_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> Adjustment:
    """First check of an adjustment (审核), not by whoever caused it."""
    adjustment = locked_adjustment(adjustment_id, by)
    _refuse_proposer(adjustment, by)
    _refuse_if_changed(adjustment)
    if adjustment.status == AdjustmentStatus.PROPOSED:
        adjustment.reviewed_by = by
        adjustment.save(update_fields=["reviewed_by"])
    ADJUSTMENT.move(adjustment, "review", by=by, at=at, note=note, expected_version=expected_version)
    return adjustment


@transaction.atomic
def approve_adjustment(
    *, adjustment_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> Adjustment:
    """Second check of an adjustment (复核): a supplement gets its payment, a recovery waits for the money."""
    adjustment = locked_adjustment(adjustment_id, by)
    _refuse_proposer(adjustment, by)
    if adjustment.reviewed_by_id == by.pk:
        raise Refused("same_officer", "“审核”与“复核”不得为同一人，请转由他人办理。")
    _refuse_if_changed(adjustment)
    pays = adjustment.kind == Adjustment.Kind.SUPPLEMENT
    if adjustment.status == AdjustmentStatus.REVIEWED:
        adjustment.approved_by = by
        adjustment.save(update_fields=["approved_by"])
    step = "approve_payment" if pays else "approve_recovery"
    ADJUSTMENT.move(adjustment, step, by=by, at=at, note=note, expected_version=expected_version)
    if pays:
        claim = adjustment.claim
        if not (claim.payee_name and claim.payee_bank and claim.payee_account):
            raise Refused("ACCOUNT_MISSING", "收款账户不完整，请先补录原报销件的收款账户。")
        Payment.objects.create(
            number=f"{adjustment.case_no}-1", region_code=claim.region_code, claim=claim, adjustment=adjustment,
            amount=adjustment.amount,
            payee_name=claim.payee_name, payee_bank=claim.payee_bank, payee_account=claim.payee_account,
            approved_by=by, made_at=at,
        )
    return adjustment


@transaction.atomic
def receive_recovery(
    *, adjustment_id: int, note: str, by: Officer, at: datetime, expected_version: int | None = None
) -> Adjustment:
    """The money to be recovered has come in (追回到账); `note` names the receipt."""
    adjustment = locked_adjustment(adjustment_id, by)
    ADJUSTMENT.move(adjustment, "receive_money", by=by, at=at, note=note, expected_version=expected_version)
    return adjustment


@transaction.atomic
def drop_adjustment(
    *, adjustment_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> Adjustment:
    """Decide that a difference is neither paid nor recovered (不予调整), with the reason."""
    adjustment = locked_adjustment(adjustment_id, by)
    ADJUSTMENT.move(adjustment, "drop", by=by, at=at, note=reason, expected_version=expected_version)
    return adjustment


def locked_adjustment(adjustment_id: int, by: Officer) -> Adjustment:
    rows = Adjustment.objects.visible_to(by).select_for_update(of=("self",)).select_related("claim")
    adjustment = rows.filter(pk=adjustment_id).first()
    if adjustment is None:
        raise Refused("not_found", "未找到该调整，或不在您的经办区划内。")
    return adjustment


def _refuse_proposer(adjustment: Adjustment, by: Officer) -> None:
    if adjustment.registered_by_id == by.pk:
        raise Refused("same_officer", "提出调整的人员不能审核或复核同一笔调整，请转由他人办理。")


def _refuse_if_changed(adjustment: Adjustment) -> None:
    """Refuse to decide on what an institution owes for claims that are not decided yet, or were settled otherwise
    since: what the funds paid is what the two officers of the claim decided."""
    if adjustment.institution_id is None:
        return
    for bill in adjustment.bills.select_related("item__settlement__claim"):
        settlement = bill.item.settlement
        if settlement.ended_at is not None:
            raise Refused(
                "LOSS_CHANGED", f"{settlement.claim.case_no}的结算已变动，追回金额不再属实，请“不予调整”后重新核算。"
            )
        if not settlement.claim.decided:
            raise Refused("CLAIM_OPEN", f"{settlement.claim.case_no}尚未复核，基金尚未支付，请先办结该件。")
