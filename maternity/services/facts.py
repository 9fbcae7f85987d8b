"""What the rules engine is told of an event, wherever it is asked about one."""

from typing import Any

from maternity.models import BirthEvent


def event_facts(event: BirthEvent) -> dict[str, Any]:
    """The engine's object `maternity` of a bill of delivery or termination cost (reading R-8).

    A mode that was not entered is null: the rules then refuse by name what they need it for (BZ-EMP-28.2)."""
    return {
        "event": event.event, "mode": event.mode or None, "babies": event.babies, "weeks": event.weeks,
        "live_baby": event.live_baby, "caesarean_operation": event.caesarean_operation,
    }
