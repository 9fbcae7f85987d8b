"""What paying does to a case: claims, which keeps the payment lists and reads the bank's returns, calls these."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from casework.models import Officer
from maternity.models import MaternityCase
from maternity.services.deciding import locked
from maternity.services.registering import Payee
from maternity.workflow import MATERNITY


def hold_cases(case_ids: Iterable[int]) -> dict[int, MaternityCase]:
    """These cases, locked in one order. Whoever pays holds them before the payments."""
    rows = MaternityCase.objects.select_for_update(of=("self",)).select_related("claimant")
    return {case.pk: case for case in rows.filter(pk__in=set(case_ids)).order_by("pk")}


@transaction.atomic
def batch(*, case_id: int, list_no: str, by: Officer, at: datetime) -> MaternityCase:
    """The payment is on a list for the bank (列入拨付批次); not by who approved it."""
    case = locked(case_id, by)
    MATERNITY.move(case, "batch", by=by, at=at, detail={"batch": list_no})
    return case


@transaction.atomic
def unbatch(*, case_id: int, list_no: str, by: Officer, at: datetime) -> MaternityCase:
    """The list was given up (批次作废): the payment waits again."""
    case = locked(case_id, by)
    MATERNITY.move(case, "unbatch", by=by, at=at, detail={"batch": list_no})
    return case


@transaction.atomic
def close(*, case_id: int, payment_no: str, by: Officer, at: datetime) -> MaternityCase:
    """The payment has arrived (拨付到账办结)."""
    case = locked(case_id, by)
    MATERNITY.move(case, "close", by=by, at=at, detail={"payment": payment_no})
    return case


@transaction.atomic
def fail(*, case_id: int, payment_no: str, reason: str, by: Officer, at: datetime) -> MaternityCase:
    """The bank could not pay (拨付失败): the account is to be corrected."""
    case = locked(case_id, by)
    MATERNITY.move(case, "fail", by=by, at=at, note=reason, detail={"payment": payment_no})
    return case


@transaction.atomic
def correct_account(*, case_id: int, payment_no: str, payee: Payee, by: Officer, at: datetime) -> Payee:
    """Read the right account of a failed payment (更正账户); still the claimant's own (BZ-EMP-30.1)."""
    case = locked(case_id, by)
    account = payee.read(case.claimant)
    MATERNITY.move(case, "correct_account", by=by, at=at, detail={"payment": payment_no})
    return account


@transaction.atomic
def pay_again(
    *, case_id: int, payment_no: str, payee: Payee, by: Officer, at: datetime, note: str = ""
) -> MaternityCase:
    """Take the corrected account, confirmed by another officer, and wait for payment again (确认账户重新拨付)."""
    case = locked(case_id, by)
    account = payee.read(case.claimant)
    MATERNITY.move(case, "pay_again", by=by, at=at, note=note, detail={"payment": payment_no})
    case.payee_name, case.payee_bank, case.payee_account = account.name, account.bank, account.account
    case.save(update_fields=["payee_name", "payee_bank", "payee_account"])
    return case
