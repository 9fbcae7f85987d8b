"""What claims does on the news of the apps below."""

from datetime import date
from typing import Any

from casework import clock, outbox
from claims import services


@outbox.subscribe("chronic.entitlement_cut")
def recover_after_cut(payload: dict[str, Any]) -> None:
    """Propose the recovery of what was settled on a certificate after its last day."""
    services.propose_after_cut(
        person_id=payload["person_id"], unit=payload["unit"], from_day=date.fromisoformat(payload["from"]),
        reason=payload.get("reason", ""), by=services.who_cut(payload["entitlement_id"]), at=clock.now(),
    )
