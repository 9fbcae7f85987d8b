"""The registers of certifying institutions: what the handbook's list becomes in the register."""

from datetime import date

import pytest

from chronic import services as chronic
from chronic.models import Qualification
from enrollment import services as enrollment

pytestmark = pytest.mark.django_db


@pytest.fixture
def houses(city_manager, at):
    """Hospitals of the list, and one of another city whose name ends like one of them."""
    for code, name, region in (
        ("H51170000001", "达州市中心医院", "511700"), ("H51190200001", "巴中市中心医院", "511902"),
        ("H51190200003", "巴中市二医院", "511902"),
    ):
        enrollment.register_institution(
            code=code, name=name, region_code=region, hospital_level="02", starts_on=date(2020, 1, 1),
            by=city_manager, at=at,
        )


class TestTheHandbooksList:
    def test_is_entered_for_every_district_with_the_citys_own_hospitals_alone(self, houses, city_manager, at):
        chronic.load_qualifications(region_code="511900", starts_on=date(2025, 1, 1), by=city_manager, at=at)

        asked = Qualification.objects.filter(category__in=["chronic", "special"])
        entered = set(asked.values_list("district", "category", "institution__name", "scope"))
        assert entered == {  # BZ-CHR-7.2
            ("511999", "chronic", "巴中市中心医院", "all"), ("511999", "special", "巴中市中心医院", "all"),
            ("511999", "chronic", "巴中市二医院", "psychiatric"),
            ("511902", "chronic", "巴中市中心医院", "all"), ("511902", "special", "巴中市中心医院", "all"),
            ("511902", "chronic", "巴中市二医院", "all"),
            ("511903", "chronic", "巴中市二医院", "psychiatric"),
        }

    def test_is_entered_once(self, houses, city_manager, at):
        wanted = {"region_code": "511900", "starts_on": date(2025, 1, 1), "by": city_manager, "at": at}

        assert chronic.load_qualifications(**wanted) == 9
        assert chronic.load_qualifications(**wanted) == 0
