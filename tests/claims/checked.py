"""A certificate by an institution, and the spot check that cancels it; all invented."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.db import transaction

from casework import outbox
from casework.models import OutboxMessage
from chronic import services as chronic
from chronic.services import Grant
from tests.claims.conftest import LEVEL3

HYPERTENSION, LUNG = "M03911", "M05300"
TOPICS = ("chronic.entitlement_cut", "chronic.recovery_proposed")


@pytest.fixture
def certified(hospitals, at):
    """Certified by the hospital for a disease, from the first of the year."""

    def make(person, disease: str = HYPERTENSION):
        unit = SimpleNamespace(
            code=disease, label=disease, category="chronic", review_months=None, stop="", rule="BZ-CHR-12.1"
        )
        day = date(2025, 1, 1)
        with transaction.atomic():
            return chronic.grant(
                person, unit, Grant(starts_on=day, certified_on=day, institution=hospitals[LEVEL3]), at=at
            )

    return make


@pytest.fixture
def cancelled(reviewer, supervisor, at):
    """A spot check finds the fault and cancels; claims hears of it."""

    def run(entitlement, day: str = "2025-11-03", topics=TOPICS):
        check = chronic.open_check(entitlement_id=entitlement.pk, by=reviewer, at=at)
        chronic.record_fault(spot_check_id=check.pk, finding="病历缺失", by=reviewer, at=at)
        found = chronic.cancel(spot_check_id=check.pk, from_day=date.fromisoformat(day), by=supervisor, at=at)
        for topic in topics:
            assert outbox.deliver(OutboxMessage.objects.get(topic=topic).pk)
        return found

    return run


@pytest.fixture
def bill(visit):
    return lambda day, total="500", disease=HYPERTENSION: visit("chronic", day, disease=disease, total=total)
