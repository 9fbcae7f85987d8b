"""Paying out: batches, the bank's file, a failed payment's account."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from casework.errors import Refused
from casework.models import Officer
from claims.models import AccountCorrection, Adjustment, Claim, Payment, PaymentBatch
from claims.services.entries import words
from claims.services.registration import locked_claim, read_account
from claims.workflow import ADJUSTMENT, BATCH, CLAIM
from maternity import services as maternity


@transaction.atomic
def batch_payments(*, payment_ids: Iterable[int], by: Officer, at: datetime, note: str = "") -> PaymentBatch:
    """Put pending payments on one list for the bank (编制拨付批次). Their cases are in payment from here on.

    Refuses payments that are not pending or not visible, payments of two counties in one batch, and a payment
    whose decision this officer approved.
    """
    wanted = sorted(set(payment_ids))
    claims = hold_cases(Payment.objects.visible_to(by).filter(pk__in=wanted))
    payments = _pending(wanted, by)
    batch = PaymentBatch(
        region_code=payments[0].region_code, count=len(payments),
        total=sum((payment.amount for payment in payments), Decimal("0.00")),
    )
    BATCH.move(batch, "register", by=by, at=at, note=note, detail={"total": str(batch.total), "count": batch.count})
    for payment in payments:
        payment.state, payment.batch, payment.batched_by = Payment.State.BATCHED, batch, by
        if payment.settlement_id:
            CLAIM.move(claims[payment.claim_id], "batch", by=by, at=at, detail={"batch": batch.case_no})
        elif payment.maternity_case_id:
            maternity.batch(case_id=payment.maternity_case_id, list_no=batch.case_no, by=by, at=at)
    Payment.objects.bulk_update(payments, ["state", "batch", "batched_by"])
    return batch


@transaction.atomic
def confirm_batch(
    *, batch_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> PaymentBatch:
    """A second officer confirms the list (确认批次); only then may it go to the bank."""
    batch = locked_batch(batch_id, by)
    if batch.registered_by_id == by.pk:
        raise Refused("same_officer", "编制人与确认人不得为同一人，请转由他人确认。")
    if batch.status == "made":
        batch.confirmed_by = by
        batch.save(update_fields=["confirmed_by"])
    BATCH.move(batch, "confirm", by=by, at=at, note=note, expected_version=expected_version)
    return batch


@transaction.atomic
def cancel_batch(
    *, batch_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> PaymentBatch:
    """Give up a batch that has not gone to the bank (批次作废); its payments wait again."""
    batch = locked_batch(batch_id, by)
    claims = hold_cases(batch.payments.filter(adjustment__isnull=True))
    BATCH.move(batch, "cancel", by=by, at=at, note=reason, expected_version=expected_version)
    for claim in claims.values():
        CLAIM.move(claim, "unbatch", by=by, at=at, detail={"batch": batch.case_no})
    for case_id in batch.payments.filter(maternity_case__isnull=False).values_list("maternity_case_id", flat=True):
        maternity.unbatch(case_id=case_id, list_no=batch.case_no, by=by, at=at)
    batch.payments.update(state=Payment.State.PENDING, batch=None, batched_by=None)
    return batch


@transaction.atomic
def correct_account(
    *, payment_id: int, payee_name: str, payee_bank: str, payee_account: str, by: Officer, at: datetime
) -> AccountCorrection:
    """Enter the right account for a failed payment (更正账户). Another officer confirms it by paying again."""
    payment = _failed(payment_id, by)
    account = {
        "payee_name": words(payee_name, "收款户名", 50, needed=True),
        "payee_bank": words(payee_bank, "收款银行", 100, needed=True),
        "payee_account": read_account(words(payee_account, "收款账号", 60, needed=True)),
    }
    if payment.settlement_id:
        CLAIM.move(payment.claim, "correct_account", by=by, at=at, detail={"payment": payment.number})
    elif payment.maternity_case_id:
        maternity.correct_account(
            case_id=payment.maternity_case_id, payment_no=payment.number, payee=payee_of(account), by=by, at=at
        )
    elif not by.may("claims.correct_account"):
        raise Refused("no_permission", "您的岗位不能更正收款账户。")
    correction, _ = AccountCorrection.objects.update_or_create(
        payment=payment, defaults={**account, "entered_by": by, "entered_at": at}
    )
    return correction


@transaction.atomic
def pay_again(*, payment_id: int, by: Officer, at: datetime, note: str = "") -> Payment:
    """Confirm the corrected account and make a new instruction in place of the failed one (确认账户重新拨付).

    Refuses the officer who entered the account, and a payment without a corrected account.
    """
    payment = _failed(payment_id, by)
    correction = AccountCorrection.objects.filter(payment=payment).first()
    if correction is None:
        raise Refused("ACCOUNT_MISSING", "请先更正收款账户。")
    if correction.entered_by_id == by.pk:
        raise Refused("same_officer", "“更正账户”与“确认账户重新拨付”不得为同一人，请转由他人办理。")
    correction.confirmed_by, correction.confirmed_at = by, at
    correction.save(update_fields=["confirmed_by", "confirmed_at"])
    account = {name: getattr(correction, name) for name in ("payee_name", "payee_bank", "payee_account")}
    _take_account(payment, account, by=by, at=at, note=note)
    stem, _, count = payment.number.rpartition("-")
    return Payment.objects.create(
        number=f"{stem}-{_next_number(payment, int(count))}", region_code=payment.region_code,
        claim_id=payment.claim_id, settlement_id=payment.settlement_id, adjustment_id=payment.adjustment_id,
        maternity_case_id=payment.maternity_case_id, amount=payment.amount, approved_by_id=payment.approved_by_id,
        replaces=payment, made_at=at, **account,
    )


def locked_batch(batch_id: int, by: Officer) -> PaymentBatch:
    """The batch, locked; one outside the officer's territory does not exist for him."""
    batch = PaymentBatch.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=batch_id).first()
    if batch is None:
        raise Refused("not_found", "未找到该拨付批次，或不在您的经办区划内。")
    return batch


def _pending(payment_ids: list[int], by: Officer) -> list[Payment]:
    rows = Payment.objects.visible_to(by).select_for_update(of=("self",))
    payments = list(rows.filter(pk__in=payment_ids).order_by("pk"))
    if not payments or len(payments) < len(payment_ids):
        raise Refused("not_found", "未找到全部拨付单，或有拨付单不在您的经办区划内。")
    for payment in payments:
        if payment.state != Payment.State.PENDING:
            raise Refused("NOT_PENDING", f"拨付单{payment.number}现为“{payment.get_state_display()}”，不能列入批次。")
        if payment.approved_by_id == by.pk:
            raise Refused("same_officer", f"拨付单{payment.number}由您复核，“复核”与“拨付”不得为同一人。")
    if len({payment.region_code for payment in payments}) > 1:
        raise Refused("TWO_REGIONS", "一个批次只能包含同一经办区划的拨付单，请分别编制。")
    return payments


def hold_cases(payments: QuerySet[Payment]) -> dict[int, Claim]:
    """The cases of these payments, locked in one order, claims first, and always before their payments; the claims."""
    pairs = list(payments.values_list("claim_id", "maternity_case_id"))
    wanted = {claim for claim, _ in pairs if claim}
    births = {case for _, case in pairs if case}
    rows = Claim.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk")
    claims = {claim.pk: claim for claim in rows} if wanted else {}
    if births:
        maternity.hold_cases(births)
    return claims


def tell_case(payment: Payment, claims: dict[int, Claim], *, by: Officer, at: datetime) -> None:
    """Have the case of an answered payment take its step: closed, or waiting for a right account."""
    detail = {"payment": payment.number}
    if payment.adjustment_id:
        if payment.state == Payment.State.PAID:
            adjustment = Adjustment.objects.select_for_update().get(pk=payment.adjustment_id)
            ADJUSTMENT.move(adjustment, "paid", by=by, at=at, detail=detail)
        return
    if payment.maternity_case_id:
        _tell_maternity(payment, by=by, at=at)
        return
    step = "close" if payment.state == Payment.State.PAID else "fail"
    CLAIM.move(claims[payment.claim_id], step, by=by, at=at, note=payment.failure, detail=detail)


def _tell_maternity(payment: Payment, *, by: Officer, at: datetime) -> None:
    told = {"case_id": payment.maternity_case_id, "payment_no": payment.number, "by": by, "at": at}
    if payment.state == Payment.State.PAID:
        maternity.close(**told)
    else:
        maternity.fail(**told, reason=payment.failure)


def payee_of(account: dict[str, str]) -> maternity.Payee:
    """An account in the words of maternity."""
    return maternity.Payee(
        name=account["payee_name"], bank=account["payee_bank"], account=account["payee_account"]
    )


def _failed(payment_id: int, by: Officer) -> Payment:
    """A failed payment that was not replaced, locked after its case."""
    found = Payment.objects.visible_to(by).filter(pk=payment_id).first()
    if found is None:
        raise Refused("not_found", "未找到该拨付单，或不在您的经办区划内。")
    claim = locked_claim(found.claim_id, by) if found.claim_id else None
    if found.maternity_case_id:
        maternity.hold_cases([found.maternity_case_id])
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.state != Payment.State.FAILED or Payment.objects.filter(replaces=payment).exists():
        raise Refused("step_not_open", f"拨付单{payment.number}现为“{payment.get_state_display()}”，不能重新拨付。")
    payment.claim = claim
    return payment


def _take_account(payment: Payment, account: dict[str, str], *, by: Officer, at: datetime, note: str) -> None:
    """Have the case take the corrected account, and wait for payment again."""
    if payment.maternity_case_id:
        maternity.pay_again(
            case_id=payment.maternity_case_id, payment_no=payment.number, payee=payee_of(account), by=by, at=at,
            note=note,
        )
        return
    if payment.settlement_id:
        CLAIM.move(payment.claim, "pay_again", by=by, at=at, note=note, detail={"payment": payment.number})
    elif not by.may("claims.pay_claim"):
        raise Refused("no_permission", "您的岗位不能办理重新拨付。")
    Claim.objects.filter(pk=payment.claim_id).update(**account)


def _next_number(payment: Payment, last: int) -> int:
    own = Payment.objects.filter(claim=payment.claim_id, maternity_case=payment.maternity_case_id)
    own = own.filter(adjustment=payment.adjustment_id) if payment.adjustment_id else own.filter(adjustment=None)
    return max(last, own.count()) + 1
