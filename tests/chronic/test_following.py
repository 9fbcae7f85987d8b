"""Entitlements follow the register of insured persons: another scheme, a death, the end of insurance, merges."""

from datetime import date, datetime

import pytest

from casework import outbox
from casework.models import AuditEntry, OutboxMessage
from chronic import services as chronic
from chronic.models import Entitlement, EntitlementPeriod
from chronic.services import following
from enrollment import services as enrollment
from tests.chronic.conftest import HYPERTENSION, NSCLC, insured_person, refused
from tests.conftest import BUREAU

pytestmark = pytest.mark.django_db
CHILDREN = "M02220"


def days():
    return list(EntitlementPeriod.objects.filter(voided=False).values_list("starts_on", "ends_on"))


def moment(day):
    return datetime(day.year, day.month, day.day, 10, 0, tzinfo=BUREAU)


def change(person, scheme, kind, day, by):
    """Leave the present insurance and take another one from a day."""
    period = person.insurance_periods.filter(voided=False, ends_on=None).get()
    enrollment.close_insurance(period_id=period.pk, ends_on=day, reason="转险种", by=by, at=moment(day))
    enrollment.open_insurance(
        person_id=person.pk, scheme=scheme, person_type=kind, starts_on=day, by=by, at=moment(day)
    )


class TestAnotherScheme:
    def test_carries_the_entitlement_over_without_an_application(self, held, patient, window_officer):
        """CQ-12.1, BZ-CHR-2.1."""
        made, day = held(patient, HYPERTENSION), date(2025, 12, 1)
        change(patient, "employee", "1101", day, window_officer)

        assert chronic.carry_over(on=day, at=moment(day)) == 1
        assert chronic.carry_over(on=day, at=moment(day)) == 0

        made.refresh_from_db()
        assert (made.scheme, made.ended_on, days()) == ("employee", None, [(date(2025, 7, 1), None)])
        assert AuditEntry.objects.get(action="carry_over").note == "BZ-CHR-2.1"

    def test_lets_what_it_does_not_have_rest_until_the_way_back(self, held, patient, window_officer):
        """BZ-CHR-3.6: residents only."""
        held(patient, CHILDREN)
        for scheme, kind, day in (("employee", "1101", date(2025, 12, 1)), ("resident", "1501", date(2026, 3, 1))):
            change(patient, scheme, kind, day, window_officer)
            chronic.carry_over(on=day, at=moment(day))

        assert days() == [(date(2025, 7, 1), date(2025, 12, 1)), (date(2026, 3, 1), None)]

    def test_one_that_begins_later_is_followed_on_its_first_day(self, held, patient, window_officer):
        held(patient, HYPERTENSION)
        change(patient, "employee", "1101", date(2026, 1, 1), window_officer)
        found = [chronic.carry_over(on=day, at=moment(day)) for day in (date(2025, 12, 31), date(2026, 1, 1))]
        assert found == [0, 1]

    def test_many_persons_without_any_are_asked_for_in_one_query(self, patient, at, django_assert_num_queries):
        with django_assert_num_queries(1):
            following.follow_register(person_ids=[patient.pk, *range(10**6, 10**6 + 500)], on=date(2025, 12, 1), at=at)

    def test_is_followed_for_a_number_that_was_merged(self, held, patient, window_officer, at):
        other = insured_person(window_officer, at, "511903198506150029", "单小明")
        made, day = held(other, HYPERTENSION), date(2025, 12, 1)
        type(other).objects.filter(pk=other.pk).update(merged_into=patient)
        change(patient, "employee", "1101", day, window_officer)
        following.follow_register(person_ids=[patient.pk], on=day, at=moment(day))
        made.refresh_from_db()
        assert (made.scheme, made.ended_on) == ("employee", None)

    def test_its_news_is_subscribed_to(self):
        for topic in ("person_died", "relation_suspended", "transferred_out", "window_changed"):
            assert any(name.startswith("chronic.") for name in outbox.SUBSCRIBERS[f"enrollment.{topic}"]), topic


class TestTheEndOfInsurance:
    def test_ends_the_entitlement_where_the_pool_says_so(self, held, cq_patient, cq_window, at):
        """CQ-11.1."""
        made = held(cq_patient, NSCLC)
        period = cq_patient.insurance_periods.get()
        enrollment.close_insurance(period_id=period.pk, ends_on=date(2025, 11, 1), reason="退保", by=cq_window, at=at)

        assert chronic.end_with_insurance(person_id=cq_patient.pk, at=at) == 1
        made.refresh_from_db()
        assert (made.ended_on, made.rule) == (date(2025, 11, 1), "CQ-11.1")

    def test_leaves_it_where_the_pool_says_nothing(self, held, patient, window_officer, at):
        held(patient, HYPERTENSION)
        period = patient.insurance_periods.get()
        enrollment.close_insurance(
            period_id=period.pk, ends_on=date(2025, 11, 1), reason="退保", by=window_officer, at=at
        )
        assert chronic.end_with_insurance(person_id=patient.pk, at=at) == 0
        assert Entitlement.objects.get().ended_on is None

    def test_a_death_ends_all_of_them_the_day_after(self, held, patient, window_officer, at):
        held(patient, HYPERTENSION)
        enrollment.record_death(person_id=patient.pk, died_on=date(2025, 11, 1), by=window_officer, at=at)
        message = OutboxMessage.objects.get(topic="enrollment.person_died")

        outbox.deliver(message.pk)

        assert days() == [(date(2025, 7, 1), date(2025, 11, 2))]
        assert not OutboxMessage.objects.filter(topic="chronic.entitlement_cut").exists()


class TestMerging:
    @pytest.fixture
    def other(self, window_officer, at):
        return insured_person(window_officer, at, "511903198506150029", "单小明")

    def test_is_vetoed_while_both_hold_the_same_disease(self, held, patient, other):
        held(patient, HYPERTENSION)
        assert chronic.merge_veto(patient, other) == ""
        held(other, HYPERTENSION)
        assert "同一病种" in chronic.merge_veto(patient, other)

    def test_is_vetoed_while_a_certification_is_in_work(self, applied, patient, other):
        applied()
        assert "在办" in chronic.merge_veto(patient, other)

    def test_afterwards_the_kept_number_answers_for_both(self, held, patient, other):
        held(other, HYPERTENSION)
        type(other).objects.filter(pk=other.pk).update(merged_into=patient)
        patient.absorbs = True
        told = chronic.policy_facts(patient, date(2025, 12, 1))
        assert [row["disease"] for row in told["certificates"]] == [HYPERTENSION]


def test_a_refusal_writes_nothing(held, patient, window_officer, at):
    made = held(patient, HYPERTENSION)
    refused("no_permission", lambda: chronic.cut(
        entitlement_id=made.pk, from_day=date(2025, 9, 1), reason="抽查", by=window_officer, at=at
    ))
    assert days() == [(date(2025, 7, 1), None)]
