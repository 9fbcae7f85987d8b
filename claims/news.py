"""What claims does on news from the apps below it."""

from typing import Any

from casework import outbox
from casework.clock import now
from casework.models import Officer
from claims.services.maternity_payments import keep_maternity_payment, recover_maternity


@outbox.subscribe("maternity.approved")
def order_payment(told: dict[str, Any]) -> None:
    keep_maternity_payment(case_id=told["case_id"], at=now())


@outbox.subscribe("maternity.stopped")
def cancel_payment(told: dict[str, Any]) -> None:
    keep_maternity_payment(case_id=told["case_id"], at=now())


@outbox.subscribe("maternity.reversed")
def cancel_or_recover(told: dict[str, Any]) -> None:
    """A payment that waits is cancelled; one that arrived is proposed for recovery by who reversed the case."""
    by, at = Officer.objects.get(pk=told["officer_id"]), now()
    keep_maternity_payment(case_id=told["case_id"], at=at)
    recover_maternity(case_id=told["case_id"], by=by, reason=told["reason"], at=at)
