"""The people of the stories: one officer of each role in Bazhou district, two residents, two hospitals."""
from datetime import date

import pytest

from casework.models import Officer
from claims import services as claims
from enrollment import services as enrollment
from tests import people

BAZHOU = "511902"


def officer(role: str, number: int, region_code: str = BAZHOU) -> Officer:
    staff_no = f"B{number:03d}"
    return people.make_officer(role, staff_no, region_code, name=f"{role}{number}", username=staff_no)


@pytest.fixture
def window(db):
    return officer("窗口经办", 1)


@pytest.fixture
def reviewer(db):
    return officer("初审", 2)


@pytest.fixture
def approver(db):
    return officer("复核", 3)


@pytest.fixture
def cashier(db):
    return officer("拨付", 4)


@pytest.fixture
def manager(db):
    return officer("主管", 5)


@pytest.fixture
def city_manager(db):
    return officer("主管", 6, "511900")


@pytest.fixture
def reference(db):
    claims.load_reference()


@pytest.fixture
def township_hospital(city_manager, at):
    return enrollment.register_institution(
        code="H51190200101", name="巴州区清江镇中心卫生院", region_code=BAZHOU, hospital_level="10", primary_care=True,
        starts_on=date(2020, 1, 1), by=city_manager, at=at,
    )


@pytest.fixture
def city_hospital(city_manager, at):
    return enrollment.register_institution(
        code="H51190200001", name="巴中市中心医院", region_code=BAZHOU, hospital_level="02",
        starts_on=date(2020, 1, 1), by=city_manager, at=at,
    )


@pytest.fixture
def resident(window, at, reference):
    """A resident of Bazhou, insured through 2025, with an account to be paid to."""
    person = enrollment.register_person(
        id_no="511902199001010010", name="张三", region_code=BAZHOU, phone="13800001234", by=window, at=at,
    )
    enrollment.open_insurance(
        person_id=person.pk, scheme="resident", person_type="1501", starts_on=date(2025, 1, 1),
        ends_on=date(2026, 1, 1), by=window, at=at,
    )
    enrollment.set_bank_account(
        person_id=person.pk, bank_name="巴中农商银行", account="6212260000000000018", account_name="张三",
        by=window, at=at,
    )
    return person


@pytest.fixture
def poor_resident(resident, manager, at):
    """The same resident with the minimum living allowance (低保) since 2024."""
    enrollment.grant_identity(
        person_id=resident.pk, category="minimum_allowance", starts_on=date(2025, 1, 1), authority="civil_affairs",
        document_no="巴州民〔2025〕1号", by=manager, at=at,
    )
    return resident
