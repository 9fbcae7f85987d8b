"""The personal account: a ledger whose balance the database keeps, and the relatives who may use it."""
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from casework.errors import Refused
from enrollment import services as enrollment
from enrollment.models import AccountBalance, AccountEntry, FamilyBinding
from tests.enrollment.payments import LATE, clerk, insure, person_born

pytestmark = pytest.mark.django_db

DAY = date(2025, 6, 10)


@pytest.fixture
def act():
    return {"by": clerk("511900"), "at": LATE}


@pytest.fixture
def employee(act):
    """Insured from 2025, with 120 yuan in the account."""
    person = person_born(date(1980, 6, 1), **act)
    insure(person, "employee", date(2025, 1, 1), **act)
    credit(person, act, "120.00", 1)
    return person


@pytest.fixture
def child(act):
    person = person_born(date(2010, 6, 1), **act)
    insure(person, "resident", date(2025, 1, 1), **act)
    return person


def credit(person, act, amount, month):
    return enrollment.record_contribution(
        person_id=person.pk, kind="employee_month", for_year=2025, for_month=month, paid_on=date(2025, month, 10),
        source="employer_roster", source_no=f"K{person.pk}-{month}", account_credit=Decimal(amount), **act,
    )


def spend(person, act, amount="50.00", kind="self_pay", reference="S-1", beneficiary=None, day=DAY):
    return enrollment.spend(
        person_id=person.pk, kind=kind, amount=Decimal(amount), day=day, reference=reference,
        beneficiary_id=beneficiary and beneficiary.pk, **act,
    )


def bind(person, relative, act, relation="child", starts_on=date(2025, 6, 10)):
    return enrollment.bind_relative(
        person_id=person.pk, relative_id=relative.pk, relation=relation, starts_on=starts_on, **act,
    )


class TestTheAccount:
    def test_is_credited_by_the_month_paid(self, employee, act):
        """BZ-EMP-10.1."""
        credit(employee, act, "130.00", 2)

        assert enrollment.balance_of(employee) == Decimal("250.00")
        assert AccountBalance.objects.get(person=employee).amount == Decimal("250.00")

    def test_pays_to_the_last_fen_and_not_one_more(self, employee, act):
        spend(employee, act, "119.99")
        with pytest.raises(Refused) as refusal:
            spend(employee, act, "0.02", reference="S-2")
        spend(employee, act, "0.01", reference="S-3")

        assert refusal.value.code == "ACCOUNT_OVERDRAWN"
        assert enrollment.balance_of(employee) == Decimal("0.00")
        assert not AccountEntry.objects.filter(reference="S-2").exists()

    def test_pays_the_same_reference_once(self, employee, act):
        assert spend(employee, act) == spend(employee, act)
        with pytest.raises(Refused, match="内容不同"):
            spend(employee, act, "51.00")
        assert enrollment.balance_of(employee) == Decimal("70.00")

    @pytest.mark.parametrize(("change", "code"), [
        ({"amount": "0"}, "AMOUNT_ZERO"), ({"amount": "-1"}, "BAD_MONEY"), ({"kind": "payout"}, "ACCOUNT_USE"),
        ({"kind": "premium"}, "ACCOUNT_USE"), ({"day": date(2045, 1, 6)}, "DATE_FUTURE"),
    ])
    def test_refuses_other_uses(self, change, code, employee, act):
        with pytest.raises(Refused) as refusal:
            spend(employee, act, **change)
        assert refusal.value.code == code
        assert enrollment.balance_of(employee) == Decimal("120.00")

    def test_gets_a_payment_back_once(self, employee, act):
        entry = spend(employee, act)
        enrollment.reverse_entry(entry_id=entry.pk, reason="退费", **act)
        with pytest.raises(Refused, match="已冲销"):
            enrollment.reverse_entry(entry_id=entry.pk, reason="退费", **act)

        assert enrollment.balance_of(employee) == Decimal("120.00")

    def test_keeps_a_month_from_reversal_whose_credit_is_spent(self, employee, act):
        spend(employee, act)
        month = employee.contributions.get()
        with pytest.raises(Refused) as refusal:
            enrollment.reverse_contribution(contribution_id=month.pk, reason="错缴", **act)

        assert refusal.value.code == "ACCOUNT_OVERDRAWN"
        assert employee.contributions.count() == 1


class TestThePayout:
    """BZ-EMP-26.1."""

    def test_is_refused_while_insured_as_an_employee(self, employee, act):
        with pytest.raises(Refused, match="尚未终止"):
            enrollment.pay_out(person_id=employee.pk, reason="本人申请", day=DAY, **act)
        assert enrollment.balance_of(employee) == Decimal("120.00")

    def test_empties_the_account_after_the_relation_ended(self, employee, act):
        period = employee.insurance_periods.get()
        enrollment.close_insurance(period_id=period.pk, ends_on=date(2025, 6, 1), reason="自愿终止", **act)

        assert enrollment.pay_out(person_id=employee.pk, reason="自愿终止", day=DAY, **act).amount == Decimal("-120.00")
        with pytest.raises(Refused, match="没有余额"):
            enrollment.pay_out(person_id=employee.pk, reason="自愿终止", day=DAY, **act)

    def test_empties_it_after_death(self, employee, act):
        enrollment.record_death(person_id=employee.pk, died_on=date(2025, 6, 1), **act)

        assert enrollment.pay_out(person_id=employee.pk, reason="死亡", day=DAY, **act).amount == Decimal("-120.00")


class TestFamilySharing:
    """BZ-EMP-25.1, BZ-EMP-25.2."""

    def test_pays_a_bound_childs_premium_and_self_pay(self, employee, child, act):
        bind(employee, child, act)
        spend(employee, act, "100.00", "premium", "P-1", child)
        spend(employee, act, "20.00", "self_pay", "S-1", child)

        assert enrollment.balance_of(employee) == Decimal("0.00")

    @pytest.mark.parametrize(("starts_on", "allowed"), [(DAY, True), (date(2025, 6, 11), False)])
    def test_begins_with_the_binding(self, starts_on, allowed, employee, child, act):
        bind(employee, child, act, starts_on=starts_on)
        if allowed:
            assert spend(employee, act, beneficiary=child).beneficiary == child
            return
        with pytest.raises(Refused, match="未绑定"):
            spend(employee, act, beneficiary=child)

    def test_ends_the_day_the_binding_is_dissolved(self, employee, child, act):
        row = bind(employee, child, act, starts_on=date(2025, 3, 1))
        enrollment.unbind_relative(binding_id=row.pk, ends_on=DAY, reason="本人申请", **act)
        with pytest.raises(Refused, match="未绑定"):
            spend(employee, act, beneficiary=child)

    def test_is_for_close_relatives_of_employees_once(self, employee, child, act):
        for wrong in ("cousin", ""):
            with pytest.raises(Refused) as refusal:
                bind(employee, child, act, relation=wrong)
            assert refusal.value.code == "RELATION_CLOSE"
        with pytest.raises(Refused, match="本人"):
            bind(employee, employee, act)
        with pytest.raises(Refused, match="未参加职工医保"):
            bind(child, employee, act, relation="parent")
        assert not FamilyBinding.objects.exists()

        bind(employee, child, act)
        with pytest.raises(Refused, match="重叠"):
            bind(employee, child, act)
        assert FamilyBinding.objects.count() == 1


class TestTheDatabase:
    @pytest.mark.parametrize("statement", [
        "UPDATE enrollment_accountbalance SET amount = 1000", "DELETE FROM enrollment_accountbalance",
        "UPDATE enrollment_accountentry SET amount = 1000", "DELETE FROM enrollment_accountentry",
    ])
    def test_keeps_entries_and_balance_as_they_are(self, statement, employee):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
