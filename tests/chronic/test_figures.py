"""Figures for managers, and the public list: one query each."""

from datetime import date

import pytest

from chronic import services as chronic
from chronic.services import Figure, InstitutionFigure
from tests.chronic import examples
from tests.chronic.conftest import HYPERTENSION, TUBERCULOSIS, claimed
from tests.people import make_officer

pytestmark = pytest.mark.django_db
YEAR = {"first": date(2025, 1, 1), "last": date(2025, 12, 31)}


@pytest.fixture
def decided(entered, confirmer, at):
    """One disease granted, one refused by the hospital, of one application."""
    unit = chronic.catalogue_of("511902").find(TUBERCULOSIS)
    case = entered(HYPERTENSION, claimed(TUBERCULOSIS, examples.failing(unit)))
    return chronic.confirm(certification_id=case.pk, by=confirmer, at=at)


class TestFigures:
    def test_by_disease_and_county(self, decided, city_manager, django_assert_num_queries):
        with django_assert_num_queries(1):
            found = chronic.by_disease_and_county(city_manager, **YEAR)
        assert [(row.unit, row.county, row.granted, row.refused) for row in found] == [
            (TUBERCULOSIS, "511902", 0, 1), (HYPERTENSION, "511902", 1, 0),
        ]
        assert isinstance(found[0], Figure)

    def test_by_institution_with_its_spot_checks(self, decided, hospital, city_manager, checker, supervisor, at,
                                                 django_assert_num_queries):
        made = decided.items.get(state="granted").entitlement
        case = chronic.open_check(entitlement_id=made.pk, by=checker, at=at)
        chronic.record_fault(spot_check_id=case.pk, finding="病历缺失", by=checker, at=at)
        chronic.cancel(spot_check_id=case.pk, by=supervisor, at=at)

        with django_assert_num_queries(1):
            found = chronic.by_institution(city_manager, **YEAR)

        assert found == [InstitutionFigure(hospital.pk, hospital.name, granted=1, refused=1, checked=1, faulty=1)]

    @pytest.mark.parametrize(("first", "last"), [
        (date(2025, 11, 4), date(2025, 12, 31)), (date(2025, 1, 1), date(2025, 11, 2)),
    ])
    def test_of_another_time_are_none(self, decided, city_manager, first, last):
        assert chronic.by_disease_and_county(city_manager, first=first, last=last) == []

    def test_of_another_county_are_none(self, decided):
        stranger = make_officer("主管", "Z007", "511921")
        assert chronic.by_disease_and_county(stranger, **YEAR) == []


class TestThePublicList:
    def test_names_who_may_certify_on_a_day(self, hospital, city_manager, at, django_assert_num_queries):
        """BZ-CHR-8.1."""
        with django_assert_num_queries(1):
            rows = chronic.published("511902", date(2025, 11, 3))
            names = [(row.category, row.institution.name) for row in rows]
        assert names == [("chronic", "巴中市中心医院"), ("special", "巴中市中心医院")]
        assert chronic.published("511902", date(2024, 12, 31)) == []
        assert chronic.published("511921", date(2025, 11, 3)) == []
