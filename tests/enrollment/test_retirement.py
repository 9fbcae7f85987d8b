"""Contribution years at retirement, and the one-off make-up."""
from datetime import date
from decimal import Decimal

import pytest

from casework.errors import Refused
from enrollment import services as enrollment
from enrollment.models import Contribution
from tests.enrollment.payments import LATE, clerk, pay_months, person_born

pytestmark = pytest.mark.django_db

BASE_2025 = (
    'overlay: {pool: bazhong, title: 基数, authority: 市医保局, document: 测试文, version: "1"}\nfigures:\n'
    "  contributions.minimum_base: {article: 第一条, versions: [{from: 2025-01-01, to: 2027-01-01, value: 4000元}]}\n"
)
YEARS_2026 = (
    "  retirement.total_years: {article: 第二条, versions: [{from: 2026-01-01, to: 2027-01-01,"
    " values: {male: 21年, female: 21年}}]}\n"
    "  retirement.local_years: {article: 第二条, versions: [{from: 2026-01-01, to: 2027-01-01, value: 10年}]}\n"
    "  retirement.province_years: {article: 第二条, versions: [{from: 2026-01-01, to: 2027-01-01, value: 无}]}\n"
)


@pytest.fixture
def act():
    return {"by": clerk("511900"), "at": LATE}


@pytest.fixture
def supply(tmp_path, settings):
    def write(text: str) -> None:
        file = tmp_path / "own.yaml"
        file.write_text(text, encoding="utf-8")
        settings.POLICY_OVERLAYS = {"bazhong": [str(file)]}

    return write


@pytest.fixture
def worker(act):
    """Nineteen years paid in the city, up to the end of 2024."""
    person = person_born(date(1965, 6, 1), **act)
    pay_months(person, date(2006, 1, 1), 228, paid_on=date(2006, 1, 10), **act)
    return person


def make_up(person, act, year=2025, paid_on=date(2025, 6, 10)):
    return enrollment.pay_make_up(
        person_id=person.pk, year=year, paid_on=paid_on, source="counter", source_no="B-1", **act,
    )


class TestTheYears:
    """BZ-EMP-21.1, BZ-EMP-22.1."""

    def test_are_counted_by_where_they_were_paid_and_each_month_once(self, worker, act):
        for first, place in ((date(2004, 1, 1), "510100"), (date(2002, 1, 1), "500103")):
            pay_months(worker, first, 24, paid_on=first.replace(day=10), source="transfer_in", area_code=place, **act)
        pay_months(worker, date(2006, 1, 1), 12, paid_on=date(2006, 2, 10), **act)

        years = enrollment.contribution_years(worker)
        assert (years.total, years.local, years.province) == (23, 19, 21)

    def test_count_military_service_as_local(self, worker, act):
        pay_months(worker, date(1990, 1, 1), 24, paid_on=date(1990, 1, 10), kind="military", source="counter", **act)

        assert enrollment.contribution_years(worker).local == 21

    def test_are_completed_years(self, worker, act):
        pay_months(worker, date(2025, 1, 1), 11, paid_on=date(2025, 1, 10), **act)
        assert enrollment.contribution_years(worker).total == 19
        pay_months(worker, date(2025, 12, 1), 1, paid_on=date(2025, 12, 10), **act)
        assert enrollment.contribution_years(worker).total == 20

    def test_leave_out_what_was_reversed(self, worker, act):
        enrollment.reverse_contribution(contribution_id=worker.contributions.get().pk, reason="错录", **act)
        assert enrollment.contribution_years(worker).total == 0


class TestTheMakeUp:
    """BZ-EMP-20.4."""

    def test_is_refused_by_name_while_the_minimum_base_is_missing(self, worker, act):
        with pytest.raises(Refused, match=r"contributions\.minimum_base\.2025"):
            make_up(worker, act)
        assert not Contribution.objects.filter(kind="make_up").exists()

    def test_costs_seven_percent_of_the_minimum_base_a_month_and_fills_the_years(self, worker, act, supply):
        supply(BASE_2025)
        row = make_up(worker, act)

        assert (row.months, row.personal_amount, row.account_credit) == (12, Decimal("3360.00"), Decimal("0.00"))
        assert enrollment.retirement_entitlement(worker, 2025)["entitled"] is True
        with pytest.raises(Refused, match="无须补缴"):
            enrollment.make_up_of(worker, 2025)

    def test_of_a_year_without_table_is_refused_by_name(self, worker, act, supply):
        supply(BASE_2025)
        assert enrollment.retirement_entitlement(worker, 2026)["refused"]["code"] == "parameter_missing"
        with pytest.raises(Refused, match=r"retirement\.total_years"):
            make_up(worker, act, 2026, date(2026, 6, 10))
        assert not Contribution.objects.filter(kind="make_up").exists()

    def test_of_that_year_follows_the_bureaus_table(self, worker, act, supply):
        supply(BASE_2025 + YEARS_2026)
        assert enrollment.retirement_entitlement(worker, 2026)["missing_years"] == 2
        assert make_up(worker, act, 2026, date(2026, 6, 10)).personal_amount == Decimal("6720.00")
