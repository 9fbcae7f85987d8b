"""What entitlements do on the news of enrollment."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from casework import clock, outbox
from chronic import services
from enrollment.services import register_veto

register_veto(services.merge_veto)


@outbox.subscribe("enrollment.person_died")
def end_with_death(payload: dict[str, Any]) -> None:
    services.end_with_death(
        person_id=payload["person_id"], died_on=date.fromisoformat(payload["died_on"]), at=clock.now()
    )


@outbox.subscribe("enrollment.relation_suspended")
@outbox.subscribe("enrollment.transferred_out")
def follow_insurance(payload: dict[str, Any]) -> None:
    _follow([payload["person_id"]])


@outbox.subscribe("enrollment.window_changed")
def follow_windows(payload: dict[str, Any]) -> None:
    _follow(payload["person_ids"])


def _follow(person_ids: Iterable[int]) -> None:
    """The same insurance, another one, or none: whichever of them the register says by now."""
    at, numbers = clock.now(), list(person_ids)
    services.carry_over(on=clock.bureau_day(at), at=at, person_ids=numbers)
    for number in numbers:
        services.end_with_insurance(person_id=number, at=at)
