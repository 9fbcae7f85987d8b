"""Officers and one registered person, by role; the numbers are synthetic."""
from datetime import date

import pytest

from casework.models import Officer
from enrollment import services as enrollment
from tests import people

MAN = "511902199001010010"
WOMAN = "511903198506150029"


def wide(text: str) -> str:
    """The text in full-width characters, as an input method may leave them."""
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


def make_officer(role: str, region_code: str, staff_no: str) -> Officer:
    return people.make_officer(role, staff_no, region_code, name=f"{role}员", username=staff_no)


@pytest.fixture
def window_officer(db):
    """At the window of Bazhou district."""
    return make_officer("窗口经办", "511902", "W001")


@pytest.fixture
def neighbour_officer(db):
    """At the window of the neighbouring district, Enyang."""
    return make_officer("窗口经办", "511903", "W002")


@pytest.fixture
def city_manager(db):
    return make_officer("主管", "511900", "M001")


@pytest.fixture
def auditor(db):
    return make_officer("审计", "511900", "A001")


@pytest.fixture
def man(window_officer, at):
    """Registered in Bazhou, not insured yet."""
    return enrollment.register_person(
        id_no=MAN, name="单小明", region_code="511902", phone="13800001234", by=window_officer, at=at,
    )


@pytest.fixture
def resident(man, window_officer, at):
    """Insured as a resident through 2025, both New Year's Days known to the tests."""
    enrollment.open_insurance(
        person_id=man.pk, scheme="resident", person_type="1501", starts_on=date(2025, 1, 1),
        ends_on=date(2026, 1, 1), by=window_officer, at=at,
    )
    return man


@pytest.fixture
def hospital(city_manager, at):
    """A level-3 hospital in Bazhou."""
    return enrollment.register_institution(
        code="H51190200001", name="巴中市中心医院", region_code="511902", hospital_level="02",
        starts_on=date(2020, 1, 1), by=city_manager, at=at,
    )
