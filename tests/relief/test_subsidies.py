"""The list of residents whose premium relief subsidises in a year (BZ-REL-4.1, BZ-RES-6.1, BZ-RES-6.2)."""

from datetime import date
from decimal import Decimal

import pytest

from enrollment import services as enrollment
from relief.services.subsidies import subsidies, subsidised_residents

from .city import *  # noqa: F403

pytestmark = pytest.mark.django_db


@pytest.fixture
def poor(person):
    return person("李四光", identity="minimum_allowance")


def listed(year, by) -> list[tuple[str, str, str, Decimal]]:
    rows = subsidies(list(subsidised_residents(year, by)))
    return [(row.person.name, row.category, row.status, row.subsidy) for row in rows]


class TestTheListOfAYear:
    def test_names_who_has_not_paid_yet(self, poor, resident, window_officer):
        assert listed(2026, window_officer) == [("李四光", "minimum_allowance", "unpaid", Decimal(0))]

    def test_shows_the_highest_subsidy_once(self, poor, window_officer, at):
        enrollment.grant_identity(
            person_id=poor.pk, category="orphan", starts_on=date(2025, 1, 1), by=window_officer, at=at
        )
        enrollment.pay_resident_year(
            person_id=poor.pk, year=2026, paid_on=date(2025, 11, 1), source="counter", source_no="P1",
            by=window_officer, at=at.replace(month=11),
        )
        assert listed(2026, window_officer) == [("李四光", "orphan", "subsidised", Decimal("400.00"))]

    def test_shows_who_pays_in_full(self, person, window_officer, at):
        margin = person("王五一", identity="margin")
        enrollment.pay_resident_year(
            person_id=margin.pk, year=2026, paid_on=date(2025, 11, 1), source="counter", source_no="P1",
            by=window_officer, at=at.replace(month=11),
        )
        assert listed(2026, window_officer) == [("王五一", "margin", "without", Decimal("0.00"))]

    def test_ends_with_the_identity(self, poor, window_officer, at):
        identity = poor.identities.get()
        enrollment.end_identity(
            identity_id=identity.pk, ends_on=date(2025, 1, 1), reason="收入超标", by=window_officer, at=at
        )
        assert listed(2025, window_officer) == []
        assert len(listed(2024, window_officer)) == 1

    def test_is_not_another_countys_and_leaves_employees_out(self, poor, person, neighbour, window_officer):
        person("赵六", scheme="employee", identity="minimum_allowance")
        assert listed(2026, neighbour) == []
        assert len(listed(2026, window_officer)) == 1

    def test_costs_the_same_number_of_queries(self, person, window_officer, django_assert_num_queries):
        for number in range(3):
            person(f"李四{number}", identity="minimum_allowance")
        with django_assert_num_queries(3):
            assert len(listed(2026, window_officer)) == 3
