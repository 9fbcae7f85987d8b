"""What claims does on the news of the apps below."""

from datetime import date
from typing import Any

from casework import clock, outbox
from casework.models import Officer
from claims import services
from claims.services.maternity_payments import keep_maternity_payment, recover_maternity


@outbox.subscribe("maternity.approved")
def order_payment(told: dict[str, Any]) -> None:
    keep_maternity_payment(case_id=told["case_id"], at=clock.now())


@outbox.subscribe("maternity.stopped")
def cancel_payment(told: dict[str, Any]) -> None:
    keep_maternity_payment(case_id=told["case_id"], at=clock.now())


@outbox.subscribe("maternity.reversed")
def cancel_or_recover(told: dict[str, Any]) -> None:
    """A payment that waits is cancelled; one that arrived is proposed for recovery by who reversed the case."""
    by, at = Officer.objects.get(pk=told["officer_id"]), clock.now()
    keep_maternity_payment(case_id=told["case_id"], at=at)
    recover_maternity(case_id=told["case_id"], by=by, reason=told["reason"], at=at)


@outbox.subscribe("maternity.event_voided")
def mark_claims_of_voided_birth(told: dict[str, Any]) -> None:
    """Mark the claims whose medical cost hangs on a voided event."""
    services.mark_voided_birth(event_id=told["event_id"], at=clock.now())


@outbox.subscribe("chronic.entitlement_cut")
def recover_after_cut(payload: dict[str, Any]) -> None:
    """Propose the recovery of what was settled on a certificate after its last day."""
    services.propose_after_cut(
        person_id=payload["person_id"], unit=payload["unit"], from_day=date.fromisoformat(payload["from"]),
        reason=payload.get("reason", ""), by=services.who_cut(payload["entitlement_id"]), at=clock.now(),
    )


@outbox.subscribe("chronic.drug_ended")
def recover_after_drug_end(payload: dict[str, Any]) -> None:
    """Propose the recovery of what was paid for a drug after its certification ended; who ended it proposes."""
    services.propose_after_drug_end(
        person_id=payload["person_id"], drug=payload["drug"], from_day=date.fromisoformat(payload["from"]),
        reason=payload["reason"], by=Officer.objects.get(pk=payload["officer_id"]), at=clock.now(),
    )


@outbox.subscribe("chronic.recovery_proposed")
def recover_from_institution(payload: dict[str, Any]) -> None:
    """Propose that the institution pays back what a certificate cost that a spot check cancelled (CQ-10.2)."""
    services.propose_from_institution(
        spot_check_id=payload["spot_check_id"], from_day=date.fromisoformat(payload["from"]), at=clock.now()
    )
