"""What a bill of delivery cost tells the rules of its event (reading R-8)."""

from datetime import date

import pytest

import policy
from maternity import services as maternity
from maternity.models import BirthEvent

DAY = date(2025, 1, 20)


def event(**given) -> BirthEvent:
    return BirthEvent(happened_on=DAY, **{"event": "birth", "mode": "vaginal", **given})


class TestTheFactsOfAnEvent:
    def test_are_the_engines_object_of_a_bill(self):
        assert maternity.event_facts(event(mode="caesarean", babies=2, caesarean_operation=True)) == {
            "event": "birth", "mode": "caesarean", "babies": 2, "weeks": None, "live_baby": False,
            "caesarean_operation": True,
        }

    def test_name_no_mode_for_a_termination_without_a_live_baby(self):
        facts = maternity.event_facts(event(event="termination", mode="", weeks=12))
        assert (facts["mode"], facts["weeks"]) == (None, 12)

    @pytest.mark.parametrize(
        ("given", "paid"),
        [
            ({"mode": "vaginal"}, "3500.00"),
            ({"mode": "caesarean", "babies": 2}, "6300.00"),
            ({"event": "termination", "mode": "", "weeks": 15}, "500.00"),
            ({"event": "termination", "mode": "", "weeks": 16, "caesarean_operation": True}, "2700.00"),
            ({"event": "termination", "mode": "difficult", "weeks": 24, "live_baby": True}, "5500.00"),
        ],
    )
    def test_lead_to_the_limit_of_the_cost(self, given, paid):
        """BZ-EMP-28.2, BZ-EMP-28.3, BZ-EMP-28.4: the limit of each kind of event, from the stored row."""
        answer = policy.maternity({
            "case": "facts", "pool": "bazhong", "scheme": "employee", "worker": "employer", "insured_months": 24,
            "event_date": "2025-01-20", "eligible_cost": "90000.00", "monthly_base": "0.00", "leave_days": 0,
            **maternity.event_facts(event(**given)),
        })
        assert answer["medical"] == paid
