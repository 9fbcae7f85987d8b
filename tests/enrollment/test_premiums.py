"""A resident's premium: computed for the person as he is on the day of payment."""
from datetime import date
from decimal import Decimal

import pytest

from casework.errors import Refused
from enrollment import services as enrollment
from enrollment.models import Contribution
from enrollment.services.premiums import category_of
from tests.enrollment.payments import LATE, clerk, insure, person_born

pytestmark = pytest.mark.django_db


@pytest.fixture
def act():
    return {"by": clerk("511900"), "at": LATE}


@pytest.fixture
def person(act):
    return person_born(date(1980, 6, 1), **act)


def pay(person, act, year=2026, paid_on=date(2025, 12, 10)):
    return enrollment.pay_resident_year(
        person_id=person.pk, year=year, paid_on=paid_on, source="counter", source_no=f"P{person.pk}-{year}", **act,
    )


class TestThePremium:
    """BZ-RES-6.1, BZ-RES-6.2, BZ-RES-8.1."""

    @pytest.mark.parametrize(("held", "personal", "subsidy"), [
        ((), "400.00", "0.00"), (("margin",), "400.00", "0.00"), (("minimum_allowance",), "100.00", "300.00"),
        (("minimum_allowance", "orphan"), "0.00", "400.00"), (("monitored", "monitored_risk_open"), "100.00", "300.00"),
    ])
    def test_is_entered_with_the_highest_subsidy_once(self, held, personal, subsidy, person, act):
        for category in held:
            enrollment.grant_identity(person_id=person.pk, category=category, starts_on=date(2025, 1, 1), **act)
        row = pay(person, act)

        assert (row.personal_amount, row.subsidy_amount, row.fiscal_amount) == (
            Decimal(personal), Decimal(subsidy), Decimal("700.00"),
        )

    @pytest.mark.parametrize(("paid_on", "personal"), [(date(2025, 11, 30), "100.00"), (date(2025, 12, 1), "400.00")])
    def test_follows_the_identity_of_the_day_of_payment(self, paid_on, personal, person, act):
        enrollment.grant_identity(
            person_id=person.pk, category="minimum_allowance", starts_on=date(2025, 1, 1),
            ends_on=date(2025, 12, 1), **act,
        )
        assert pay(person, act, paid_on=paid_on).personal_amount == Decimal(personal)

    @pytest.mark.parametrize("year", [2024, 2027])
    def test_of_a_year_that_is_not_printed_is_refused_by_name(self, year, person, act):
        with pytest.raises(Refused, match=r"premium\.personal") as refusal:
            pay(person, act, year, date(year, 1, 5))
        assert refusal.value.code == "PARAMETER_MISSING"
        assert not Contribution.objects.exists()

    def test_of_that_year_is_what_the_bureau_supplies(self, person, act, tmp_path, settings):
        file = tmp_path / "own.yaml"
        file.write_text(
            'overlay: {pool: bazhong, title: 保费, authority: 市医保局, document: 测试文, version: "1"}\nfigures:\n'
            "  premium.personal: {article: 第一条, versions: [{from: 2027-01-01, to: 2028-01-01, value: 420元}]}\n"
            "  premium.fiscal: {article: 第一条, versions: [{from: 2027-01-01, to: 2028-01-01, value: 730元}]}\n",
            encoding="utf-8",
        )
        settings.POLICY_OVERLAYS = {"bazhong": [str(file)]}

        row = pay(person, act, 2027, date(2026, 12, 5))
        assert (row.personal_amount, row.fiscal_amount) == (Decimal("420.00"), Decimal("730.00"))

    def test_is_asked_for_the_right_kind_of_payer(self, act):
        for born, category in ((date(2026, 3, 1), "newborn"), (date(2008, 1, 2), "minor"), (date(2008, 1, 1), "adult")):
            assert category_of(person_born(born, **act), 2026, date(2026, 1, 1)) == category
        student = person_born(date(2005, 1, 1), **act)
        enrollment.open_insurance(
            person_id=student.pk, scheme="resident", person_type="1404", starts_on=date(2025, 9, 1), **act,
        )
        assert category_of(student, 2026, date(2026, 1, 1)) == "student"

    def test_opens_the_window(self, person, act):
        insure(person, "resident", date(2026, 1, 1), **act)
        pay(person, act)

        assert person.benefit_windows.get(voided=False).starts_on == date(2026, 4, 1)
