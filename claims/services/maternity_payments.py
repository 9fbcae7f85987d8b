"""Paying what maternity has decided: one instruction for a case that is approved, none for one that is not.

News of a case may come twice, late, or in another order than it happened: each is answered by looking at how the
case stands now, under its lock, and bringing its payment into line with that.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from casework.models import Officer
from claims.models import Adjustment, Payment
from claims.workflow import ADJUSTMENT
from maternity import services as maternity
from maternity.models import MaternityCase


@transaction.atomic
def keep_maternity_payment(*, case_id: int, at: datetime) -> Payment | None:
    """Order the payment of an approved maternity case; cancel one that waits for a case that is approved no more.

    A case in payment, failed or closed is left to the payment list and the bank's return."""
    case = maternity.hold_cases([case_id])[case_id]
    if case.status in ("paying", "payment_failed", "closed"):
        return None
    waiting = Payment.objects.select_for_update().filter(maternity_case=case, state=Payment.State.PENDING).first()
    if waiting is not None and case.status == "approved" and _same(waiting, case):
        return waiting
    if waiting is not None:
        waiting.state, waiting.done_at = Payment.State.CANCELLED, at
        waiting.save(update_fields=["state", "done_at"])
    return _order(case, at) if case.status == "approved" else None


@transaction.atomic
def recover_maternity(*, case_id: int, by: Officer, reason: str, at: datetime) -> Adjustment | None:
    """Propose to recover what was paid on a case that was reversed (追回); two others decide on it.

    Nothing where nothing arrived, and once only, however often the news comes."""
    case = maternity.hold_cases([case_id])[case_id]
    paid = Payment.objects.filter(maternity_case=case, state=Payment.State.PAID).aggregate(sum=Sum("amount"))["sum"]
    known = Adjustment.objects.filter(maternity_case=case).first()
    if case.status != "reversed" or not paid or known is not None:
        return known
    adjustment = Adjustment(
        maternity_case=case, region_code=case.region_code, kind=Adjustment.Kind.RECOVERY, amount=paid,
        reason=f"生育待遇件冲销：{reason}"[:500],
    )
    ADJUSTMENT.move(
        adjustment, "propose", by=by, at=at, detail={"maternity_case": case.case_no, "difference": str(-paid)}
    )
    return adjustment


def _same(payment: Payment, case: MaternityCase) -> bool:
    """Whether the waiting instruction says what the case says now."""
    now = (case.total, case.payee_name, case.payee_bank, case.payee_account, case.approved_by_id)
    return now == (
        payment.amount, payment.payee_name, payment.payee_bank, payment.payee_account, payment.approved_by_id
    )


def _order(case: MaternityCase, at: datetime) -> Payment:
    return Payment.objects.create(
        number=f"{case.case_no}-{Payment.objects.filter(maternity_case=case).count() + 1}",
        region_code=case.region_code, maternity_case=case, amount=case.total, payee_name=case.payee_name,
        payee_bank=case.payee_bank, payee_account=case.payee_account, approved_by_id=case.approved_by_id, made_at=at,
    )
