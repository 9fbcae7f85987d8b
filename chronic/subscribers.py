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
    at = clock.now()
    services.follow_register(person_ids=person_ids, on=clock.bureau_day(at), at=at)
