"""Benefit windows: what changes them, what they say, what the database refuses."""
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from casework.errors import Refused
from casework.models import OutboxMessage
from enrollment import services as enrollment
from enrollment.models import BenefitWindow, Person, WaitingExemption, YearRecord
from tests.enrollment.payments import LATE, clerk, insure, pay_months, pay_year, person_born

pytestmark = pytest.mark.django_db


@pytest.fixture
def act():
    return {"by": clerk("511900"), "at": LATE}


@pytest.fixture
def person(act):
    return person_born(date(1980, 6, 1), **act)


@pytest.fixture
def resident(person, act):
    """Insured from 2025 on, both years paid in time."""
    insure(person, "resident", date(2025, 1, 1), **act)
    pay_year(person, 2025, date(2024, 12, 10), **act)
    pay_year(person, 2026, date(2025, 12, 10), **act)
    return person


def windows(person, **facts):
    return list(BenefitWindow.objects.filter(person=person, voided=False, **facts).order_by("starts_on"))


def days(person, **facts):
    return [(row.starts_on, row.last_day) for row in windows(person, entitled=True, **facts)]


class TestAPaymentMakesAWindow:
    def test_of_the_year_with_rule_and_reason(self, resident):
        row = windows(resident, for_year=2026)[0]

        assert (row.starts_on, row.last_day, row.rule) == (date(2026, 1, 1), date(2026, 12, 31), "BZ-RES-3.2")
        assert "年前缴费" in row.reason
        assert row.facts["paid_on"] == "2025-12-10"
        assert row.result["entitled"] is True

    def test_and_an_unpaid_year_is_not_covered_though_the_person_is_insured(self, resident):
        answer = enrollment.coverage_on(resident, date(2027, 1, 1))

        assert (answer.covered, answer.rule) == (False, "BZ-GEN-14.1")
        assert "2027年度" in answer.reason

    def test_and_says_until_when_he_waits(self, person, act):
        insure(person, "resident", date(2026, 1, 1), **act)
        pay_year(person, 2026, date(2026, 1, 2), **act)

        before, first = (enrollment.coverage_on(person, day) for day in (date(2026, 4, 1), date(2026, 4, 2)))
        assert (before.covered, first.covered, first.scheme) == (False, True, "resident")
        assert before.reason.startswith("2026-04-01尚未享受待遇")
        assert "2026-04-02" in before.reason

    def test_and_the_engine_is_told_only_the_days_of_benefits(self, person, act):
        insure(person, "resident", date(2026, 1, 1), **act)
        pay_year(person, 2026, date(2026, 1, 2), **act)

        told = enrollment.policy_person(person, [date(2026, 3, 1), date(2026, 5, 1)])["scheme"]
        assert told == [{"scheme": "resident", "from": "2026-04-02", "to": "2026-12-31"}]

    def test_but_none_where_nothing_was_ever_recorded(self, person, act):
        insure(person, "resident", date(2025, 1, 1), **act)

        assert enrollment.coverage_on(person, date(2025, 1, 1)).covered
        assert not windows(person)

    def test_and_the_years_before_the_first_record_keep_their_period(self, person, act):
        insure(person, "resident", date(2023, 1, 1), **act)
        pay_year(person, 2026, date(2025, 12, 10), **act)

        assert enrollment.coverage_on(person, date(2024, 6, 1)).covered
        assert days(person) == [(date(2026, 1, 1), date(2026, 12, 31))]


class TestAChangedFact:
    def test_voids_the_window_of_a_reversed_premium(self, resident, act):
        paid = resident.contributions.get(for_year=2026)
        enrollment.reverse_contribution(contribution_id=paid.pk, reason="重复缴费", **act)

        assert days(resident) == [(date(2025, 1, 1), date(2025, 12, 31))]
        assert BenefitWindow.objects.filter(person=resident, voided=True, for_year=2026).count() == 1

    def test_moves_the_next_years_start_when_a_payment_of_the_year_before_comes_to_light(self, person, act):
        insure(person, "resident", date(2026, 1, 1), **act)
        pay_year(person, 2026, date(2025, 12, 10), **act)
        assert days(person, for_year=2026) == [(date(2026, 4, 1), date(2026, 12, 31))]

        pay_year(person, 2025, date(2025, 2, 10), **act)
        assert days(person, for_year=2026) == [(date(2026, 1, 1), date(2026, 12, 31))]

    def test_is_told_to_the_apps_above_only_when_days_change(self, resident, act):
        told = OutboxMessage.objects.filter(topic="enrollment.window_changed")
        before = told.count()
        enrollment.recompute_windows(resident.pk, **act)
        assert told.count() == before

        pay_year(resident, 2027, date(2026, 12, 1), **act)
        assert told.count() == before + 1
        assert told.latest("pk").payload == {"person_ids": [resident.pk]}

    def test_ends_the_window_with_the_insurance(self, resident, act):
        period = resident.insurance_periods.get()
        enrollment.close_insurance(period_id=period.pk, ends_on=date(2026, 7, 1), reason="参加职工医保", **act)

        assert days(resident, for_year=2026) == [(date(2026, 1, 1), date(2026, 6, 30))]
        assert windows(resident, for_year=2026)[0].end_reason == "参保关系终止"

    def test_of_scheme_gives_the_new_one_from_payment(self, resident, act):
        """BZ-GEN-26.1: two years insured, no gap."""
        period = resident.insurance_periods.get()
        enrollment.close_insurance(period_id=period.pk, ends_on=date(2027, 1, 1), reason="参加职工医保", **act)
        insure(resident, "employee", date(2027, 1, 1), **act)
        pay_months(resident, date(2027, 1, 1), 1, **act)

        employee = windows(resident, scheme="employee")[0]
        assert (employee.starts_on, employee.rule) == (date(2027, 1, 10), "BZ-GEN-26.1")

    def test_a_year_known_from_elsewhere_spares_the_wait(self, person, act):
        insure(person, "resident", date(2026, 1, 1), **act)
        pay_year(person, 2026, date(2025, 12, 10), **act)
        enrollment.record_year(person_id=person.pk, year=2025, scheme="resident", **act)

        assert days(person) == [(date(2026, 1, 1), date(2026, 12, 31))]

    def test_an_exemption_spares_the_wait_and_its_voiding_brings_it_back(self, person, act):
        insure(person, "resident", date(2026, 1, 1), **act)
        pay_year(person, 2026, date(2026, 7, 15), **act)
        row = enrollment.exempt_from_waiting(
            person_id=person.pk, kind="ex_soldier", basis="退役证", starts_on=date(2026, 7, 1), **act,
        )
        assert days(person) == [(date(2026, 7, 15), date(2026, 12, 31))]

        enrollment.void_exemption(exemption_id=row.pk, reason="登记有误", **act)
        assert days(person) == [(date(2026, 10, 15), date(2026, 12, 31))]

    def test_death_ends_it(self, resident, act):
        enrollment.record_death(person_id=resident.pk, died_on=date(2026, 3, 5), **act)

        assert days(resident, for_year=2026) == [(date(2026, 1, 1), date(2026, 3, 5))]

    def test_an_exemption_of_no_kind_is_refused(self, person, act):
        with pytest.raises(Refused):
            enrollment.exempt_from_waiting(
                person_id=person.pk, kind="ordinary", basis="无", starts_on=date(2026, 1, 1), **act,
            )
        assert not WaitingExemption.objects.exists()


class TestAnEmployeesWindow:
    """BZ-EMP-6.1, BZ-EMP-23.1 to 23.4."""

    @pytest.fixture
    def employee(self, person, act):
        """Paid from January 2024 through January 2025, each month in time; the wait ended on 10 July 2024."""
        insure(person, "employee", date(2024, 1, 1), **act)
        pay_months(person, date(2024, 1, 1), 13, **act)
        return person

    def test_lasts_through_three_unpaid_months(self, employee):
        assert days(employee) == [(date(2024, 7, 10), date(2025, 4, 30))]
        assert enrollment.coverage_on(employee, date(2025, 4, 30)).covered
        suspended = enrollment.coverage_on(employee, date(2025, 5, 1))
        assert (suspended.covered, suspended.rule) == (False, "BZ-EMP-23.1")
        assert "第4个未缴费月" in suspended.reason

    def test_keeps_its_row_while_months_are_paid(self, employee, act):
        before = windows(employee)[0].pk
        pay_months(employee, date(2025, 2, 1), 2, **act)

        assert (windows(employee)[0].pk, days(employee)) == (before, [(date(2024, 7, 10), date(2025, 6, 30))])

    @pytest.mark.parametrize(("cleared_on", "owed", "expected", "rule"), [
        # February to July, six months: covered back to the first of them
        (date(2025, 8, 15), 6, [(date(2024, 7, 10), date(2025, 1, 31)), (date(2025, 2, 1), date(2025, 11, 30))],
         "BZ-EMP-23.2"),
        # seven months: from the day of clearing only
        (date(2025, 9, 15), 7, [(date(2024, 7, 10), date(2025, 4, 30)), (date(2025, 9, 15), date(2025, 12, 31))],
         "BZ-EMP-23.3"),
        (date(2026, 2, 15), 12, [(date(2024, 7, 10), date(2025, 4, 30)), (date(2026, 2, 15), date(2026, 5, 31))],
         "BZ-EMP-23.3"),
    ])
    def test_after_arrears_begins_by_their_number(self, cleared_on, owed, expected, rule, employee, act):
        pay_months(employee, date(2025, 2, 1), owed, paid_on=cleared_on, kind="arrears", **act)
        pay_months(employee, cleared_on.replace(day=1), 1, paid_on=cleared_on, **act)

        assert days(employee) == expected
        assert windows(employee)[-1].rule == rule

    def test_is_not_reached_when_payments_stop_in_the_wait(self, person, act):
        insure(person, "employee", date(2024, 1, 1), **act)
        pay_months(person, date(2024, 1, 1), 2, **act)

        assert days(person) == []
        assert "等待期6个月" in enrollment.coverage_on(person, date(2024, 7, 10)).reason

    def test_has_no_suspension_after_retirement(self, employee, act):
        enrollment.tag_person(person_id=employee.pk, tag="retired", starts_on=date(2025, 2, 1), **act)

        assert days(employee) == [(date(2024, 7, 10), None)]


class TestTheLimitToldToTheEngine:
    def test_is_the_ordinary_one_for_a_person_without_records(self, person, act):
        insure(person, "resident", date(2025, 1, 1), **act)

        assert "catastrophic_cap" not in enrollment.policy_person(person, [date(2026, 6, 1)])

    def test_is_lower_after_a_missed_year_and_higher_after_a_year_without_claims(self, person, act):
        insure(person, "resident", date(2026, 1, 1), **act)
        pay_year(person, 2026, date(2025, 12, 10), **act)
        pay_year(person, 2027, date(2026, 12, 10), **act)
        told = enrollment.policy_person(person, [date(2026, 6, 1)])
        assert told["catastrophic_cap"] == "296000.00"

        enrollment.record_zero_claim(person_id=person.pk, year=2026, zero_claim=True, **act)
        assert enrollment.catastrophic_cap(person, 2027)["rewards"] == "4000.00"
        assert "catastrophic_cap" not in enrollment.policy_person(person, [date(2027, 6, 1)])

    def test_only_a_resident_year_can_be_without_claims(self, person, act):
        with pytest.raises(Refused, match="居民"):
            enrollment.record_year(person_id=person.pk, year=2025, scheme="employee", zero_claim=True, **act)
        assert not YearRecord.objects.exists()


class TestTheDatabase:
    def test_refuses_two_windows_on_a_day(self, resident, act):
        row = windows(resident, for_year=2026)[0]
        row.pk, row.starts_on = None, date(2026, 6, 1)
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)

    @pytest.mark.parametrize("change", [
        "starts_on = '2026-02-01'", "reason = 'x'", "entitled = false", "rule = 'x'", "person_id = person_id + 1",
    ])
    def test_refuses_to_edit_a_window(self, change, resident):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE enrollment_benefitwindow SET {change} WHERE for_year = 2026")

    def test_refuses_to_delete_one(self, resident):
        with pytest.raises(IntegrityError), transaction.atomic():
            BenefitWindow.objects.all().delete()


class TestRecomputing:
    def test_costs_the_same_for_one_person_and_for_many(self, act, django_assert_num_queries):
        persons = []
        for _ in range(4):
            person = person_born(date(1980, 6, 1), **act)
            insure(person, "resident", date(2025, 1, 1), **act)
            pay_year(person, 2025, date(2024, 12, 10), **act)
            persons.append(person.pk)
        BenefitWindow.objects.update(voided=True)
        with django_assert_num_queries(15):
            assert enrollment.recompute_many(persons[:1], **act) == 1
        with django_assert_num_queries(15):
            assert enrollment.recompute_many(persons[1:], **act) == 3

    def test_asks_nothing_more_of_the_database_in_a_question_after_it(self, resident, django_assert_num_queries):
        person = enrollment.with_history(Person.objects.filter(pk=resident.pk)).get()
        with django_assert_num_queries(0):
            enrollment.coverage_on(person, date(2026, 6, 1))
            enrollment.policy_person(person, [date(2026, 6, 1)])
            enrollment.catastrophic_cap(person, 2026)
        plain = Person.objects.get(pk=resident.pk)
        with django_assert_num_queries(2):
            enrollment.coverage_on(plain, date(2026, 6, 1))
        with django_assert_num_queries(1):
            enrollment.policy_person(plain, [date(2026, 6, 1)])
