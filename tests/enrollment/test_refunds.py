"""A resident premium paid twice, and the account paid out: BZ-GEN-23.1, 23.2, BZ-EMP-26.1."""
from datetime import date, datetime
from decimal import Decimal

import pytest

from casework.errors import Refused
from casework.models import Notice
from enrollment import services as enrollment
from enrollment.models import AccountEntry, Contribution, EnrollmentCase
from tests.conftest import BUREAU
from tests.enrollment.conftest import make_officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(db):
    return make_officer("复核", "511902", "R001")


def pay(person, by, at, source_no="T1", year=2026):
    return enrollment.record_contribution(
        person_id=person.pk, kind="resident_year", for_year=year, paid_on=date(2025, 11, 1), source="tax_file",
        source_no=source_no, personal_amount=Decimal("400.00"), by=by, at=at,
    )


def apply(person, by, at, **facts):
    return enrollment.handle_matter(
        kind="premium_refund", person_id=person.pk, materials=["id", "application", "duplicate_proof"], by=by, at=at,
        facts={"for_year": 2026, "duplicate": "paid_twice", **facts},
    )


@pytest.fixture
def staying(man, window_officer, at):
    """Insured as a resident from 2025 on, without an end."""
    enrollment.open_insurance(
        person_id=man.pk, scheme="resident", person_type="1501", starts_on=date(2025, 1, 1), by=window_officer, at=at,
    )
    return man


class TestARefund:
    def test_of_a_second_payment_leaves_the_first_and_the_relation(self, staying, window_officer, reviewer, at):
        """BZ-GEN-23.1."""
        first, second = pay(staying, window_officer, at), pay(staying, window_officer, at, "T2")
        case = apply(staying, window_officer, at)
        assert Contribution.objects.count() == 2

        enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)

        reversal = Contribution.objects.get(reverses=second)
        assert reversal.personal_amount == Decimal("-400.00")
        assert list(staying.contributions.standing()) == [first]
        assert staying.insurance_periods.get().ends_on is None
        body = Notice.objects.get().body
        assert (body["amount"], body["relation_terminated"]) == ("400.00", False)

    def test_because_insured_elsewhere_terminates_the_relation(self, staying, window_officer, reviewer, at):
        pay(staying, window_officer, at)
        case = apply(staying, window_officer, at, duplicate="elsewhere", elsewhere="成都市，凭证PZ001")

        enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)

        assert staying.insurance_periods.get().ends_on == date(2026, 1, 1)
        assert not staying.contributions.standing().exists()

    def test_because_of_a_job_takes_back_what_would_begin(self, man, window_officer, reviewer, at):
        for scheme, kind, start, end in (
            ("employee", "1103", date(2025, 3, 1), date(2026, 1, 1)), ("resident", "1501", date(2026, 1, 1), None),
        ):
            enrollment.open_insurance(
                person_id=man.pk, scheme=scheme, person_type=kind, starts_on=start, ends_on=end, by=window_officer,
                at=at,
            )
        pay(man, window_officer, at)

        with pytest.raises(Refused) as refusal:
            apply(man, window_officer, at, duplicate="employee")
        assert refusal.value.code == "NOT_TWICE"

        case = apply(man, window_officer, at, duplicate="elsewhere", elsewhere="成都市，凭证PZ001")
        enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)
        assert man.insurance_periods.get(scheme="resident").voided

    @pytest.mark.parametrize(("day", "fine"), [(date(2025, 12, 31), True), (date(2026, 1, 1), False)])
    def test_is_possible_until_benefits_begin(self, day, fine, staying, window_officer, reviewer, at):
        """BZ-GEN-23.1, BZ-GEN-23.2."""
        pay(staying, window_officer, at)
        pay(staying, window_officer, at, "T2")
        then = datetime(day.year, day.month, day.day, 9, 0, tzinfo=BUREAU)
        if fine:
            assert apply(staying, window_officer, then).status == "registered"
            return
        with pytest.raises(Refused) as refusal:
            apply(staying, window_officer, then)
        assert refusal.value.code == "BENEFITS_BEGUN"
        assert not EnrollmentCase.objects.exists()

    def test_is_refused_at_the_approval_if_benefits_began_meanwhile(self, staying, window_officer, reviewer, at):
        pay(staying, window_officer, at)
        pay(staying, window_officer, at, "T2")
        case = apply(staying, window_officer, at)

        with pytest.raises(Refused) as refusal:
            enrollment.approve_matter(case_id=case.pk, by=reviewer, at=datetime(2026, 1, 5, 9, 0, tzinfo=BUREAU))

        assert refusal.value.code == "BENEFITS_BEGUN"
        assert Contribution.objects.count() == 2
        assert EnrollmentCase.objects.get().status == "registered"

    @pytest.mark.parametrize(("facts", "code"), [
        ({}, "NOT_TWICE"), ({"duplicate": "elsewhere"}, "FIELD_MISSING"), ({"for_year": 2027}, "NOT_PAID"),
        ({"duplicate": "changed_my_mind"}, "CHOICE"),
    ])
    def test_needs_a_double_payment(self, facts, code, staying, window_officer, at):
        pay(staying, window_officer, at)

        with pytest.raises(Refused) as refusal:
            apply(staying, window_officer, at, **facts)

        assert refusal.value.code == code
        assert not EnrollmentCase.objects.exists()

    def test_needs_two_officers(self, staying, city_manager, window_officer, at):
        pay(staying, window_officer, at)
        pay(staying, window_officer, at, "T2")
        case = apply(staying, city_manager, at)

        with pytest.raises(Refused, match="不得为同一人"):
            enrollment.approve_matter(case_id=case.pk, by=city_manager, at=at)

        assert Contribution.objects.count() == 2

    def test_is_made_once(self, staying, window_officer, reviewer, at):
        pay(staying, window_officer, at)
        pay(staying, window_officer, at, "T2")
        cases = [apply(staying, window_officer, at), apply(staying, window_officer, at)]
        enrollment.approve_matter(case_id=cases[0].pk, by=reviewer, at=at)

        with pytest.raises(Refused) as refusal:
            enrollment.approve_matter(case_id=cases[1].pk, by=reviewer, at=at)

        assert refusal.value.code == "NOT_TWICE"
        assert Contribution.objects.filter(reverses__isnull=False).count() == 1


class TestPayingTheAccountOut:
    @pytest.fixture
    def owner(self, man, window_officer, at):
        enrollment.open_insurance(
            person_id=man.pk, scheme="employee", person_type="1103", starts_on=date(2025, 3, 1), by=window_officer,
            at=at,
        )
        enrollment.record_contribution(
            person_id=man.pk, kind="flexible_month", for_year=2025, for_month=3, paid_on=date(2025, 3, 5),
            source="counter", source_no="C1", account_credit=Decimal("80.00"), by=window_officer, at=at,
        )
        return man

    def apply(self, person, by, at, **facts):
        return enrollment.handle_matter(
            kind="account_payout", person_id=person.pk, facts=facts, materials=["id", "application"], by=by, at=at,
        )

    def test_happens_after_death_to_the_heir(self, owner, window_officer, reviewer, at):
        """BZ-EMP-26.1."""
        enrollment.record_death(person_id=owner.pk, died_on=date(2025, 10, 31), by=window_officer, at=at)

        case = self.apply(owner, window_officer, at, reason="died", recipient="单大明")
        enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)

        assert enrollment.balance_of(owner) == 0
        assert AccountEntry.objects.get(kind="payout").amount == Decimal("-80.00")

    def test_waits_for_the_end_of_the_relation(self, owner, window_officer, reviewer, at):
        case = self.apply(owner, window_officer, at, reason="ended")

        with pytest.raises(Refused) as refusal:
            enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)

        assert refusal.value.code == "PAYOUT_INSURED"
        assert enrollment.balance_of(owner) == Decimal("80.00")

    @pytest.mark.parametrize(("facts", "code"), [
        ({"reason": "died", "recipient": "单大明"}, "NOT_DEAD"), ({"reason": "holiday"}, "CHOICE"),
    ])
    def test_is_refused_otherwise(self, facts, code, owner, window_officer, at):
        with pytest.raises(Refused) as refusal:
            self.apply(owner, window_officer, at, **facts)

        assert refusal.value.code == code
        assert not EnrollmentCase.objects.exists()
