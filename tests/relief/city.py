"""Settled bills of synthetic persons for relief's tests: officers, a hospital, claims brought to a status."""

from collections.abc import Callable
from datetime import date, datetime

import pytest

from casework import outbox
from casework.models import OutboxMessage
from claims import services as claims
from claims.models import Claim
from claims.services import Stay
from enrollment import services as enrollment
from enrollment.models import HardshipIdentity, Person
from tests.claims.conftest import (  # noqa: F401  (fixtures that relief's tests share)
    approver,
    cashier,
    city_manager,
    hospitals,
    pay,
    person,
    resident,
    reviewer,
    second_cashier,
    second_supervisor,
    second_window_officer,
    stay,
    take,
)
from tests.conftest import BUREAU

YEAR_END = datetime(2025, 12, 30, 9, 0, tzinfo=BUREAU)


def deliver(topic: str = "") -> None:
    """What the outbox's worker does."""
    for message in OutboxMessage.objects.filter(topic__startswith=topic, state="pending").order_by("pk"):
        outbox.deliver(message.pk)


@pytest.fixture
def settled(take, stay) -> Callable[..., Claim]:  # noqa: F811
    """A decided claim of these stays, each discharged on its day after nine days."""

    def make(who: Person, *days: str, total: str = "60000", to: str = "approved") -> Claim:
        stays: list[Stay] = [stay(f"{day[:8]}01", day, total=total) for day in days]
        return take(who, *stays, to=to, moment=YEAR_END)

    return make


@pytest.fixture
def recognised(window_officer, at) -> Callable[..., HardshipIdentity]:
    """An identity recognised on a day, entered at the counter; its news has been delivered."""

    def make(who: Person, category: str, day: date) -> HardshipIdentity:
        found = enrollment.grant_identity(
            person_id=who.pk, category=category, starts_on=day, by=window_officer, at=at
        )
        deliver("enrollment.")
        return found

    return make


def paid(claim: Claim) -> str:
    return str(claims.paid_out(claim))
