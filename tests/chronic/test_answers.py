"""What claims asks of a person's entitlements, and that the engine understands the answer."""

from datetime import date

import pytest

import policy
from chronic import services as chronic
from chronic.models import Entitlement
from chronic.services.granting import open_period
from enrollment import services as enrollment
from tests.chronic.conftest import HYPERTENSION, TUBERCULOSIS

pytestmark = pytest.mark.django_db


class TestPolicyFacts:
    def test_tells_the_certificates_of_the_service_day_with_both_ends_inclusive(self, granted, patient):
        """BZ-CHR-4.2: a unit that is reviewed holds up to and including its due day."""
        granted(TUBERCULOSIS)

        told = chronic.policy_facts(patient, date(2026, 11, 3))

        assert told == {
            "certificates": [{"disease": TUBERCULOSIS, "from": "2025-11-03", "to": "2026-11-03"}], "choices": [],
        }

    @pytest.mark.parametrize("day", [date(2025, 11, 2), date(2026, 11, 4)])
    def test_tells_none_the_day_before_and_the_day_after(self, granted, patient, day):
        granted(TUBERCULOSIS)
        assert chronic.policy_facts(patient, day)["certificates"] == []

    def test_tells_all_that_touch_the_days_of_a_claim(self, granted, patient):
        granted(TUBERCULOSIS)
        told = chronic.policy_facts(patient, [date(2027, 1, 1), date(2025, 1, 1)])
        assert [row["disease"] for row in told["certificates"]] == [TUBERCULOSIS]

    def test_leaves_out_what_the_pools_list_does_not_name(self, patient, granted):
        """CQ-31.1: a grandfathered disease has a code and a standard of its own."""
        made = granted(HYPERTENSION)
        old = Entitlement.objects.create(
            person=patient, unit="OLD-001", unit_name="原病种", category="grandfathered", origin="grandfather",
            granted_on=date(2025, 1, 1), certified_on=date(2025, 1, 1),
        )
        open_period(old, date(2025, 1, 1), None, "原待遇保留")

        told = chronic.policy_facts(patient, date(2025, 12, 1))

        assert [row["disease"] for row in told["certificates"]] == [made.unit]

    def test_is_asked_in_two_queries_at_most(self, granted, patient, django_assert_max_num_queries):
        granted(TUBERCULOSIS)
        with django_assert_max_num_queries(2):
            chronic.policy_facts(patient, date(2025, 12, 1))

    def test_lets_the_engine_pay_a_chronic_bill(self, granted, patient):
        """BZ-CHR-3.2: ninety percent, from the certification day (BZ-CHR-12.1)."""
        granted(HYPERTENSION)
        before, first = (settled(patient, day) for day in ("2025-11-02", "2025-11-03"))
        assert (before["refused"] is not None, before["basic"]) == (True, "0.00")
        assert (first["refused"], first["basic"]) == (None, "90.00")


def settled(person, day):
    facts = {**enrollment.policy_person(person, []), **chronic.policy_facts(person, date.fromisoformat(day))}
    bill = {"id": "1", "benefit": "chronic", "date": day, "disease": HYPERTENSION, "total": "100.00", "level": "level2"}
    return policy.settle({"pool": "bazhong", "person": facts, "bills": [bill]})["bills"][0]
