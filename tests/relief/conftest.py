"""The officers and the person of an application for relief; all invented."""

from collections.abc import Callable
from datetime import date, datetime

import pytest

from casework.models import Officer
from enrollment import services as enrollment
from enrollment.models import Person
from relief import services as relief
from relief.models import ReliefApplication
from tests.conftest import BUREAU
from tests.people import make_officer

PAPERS = ["form", "identity", "card", "diagnosis"]
RESIDENT_ID = "511902197505200011"


@pytest.fixture
def at() -> datetime:
    return datetime(2025, 9, 1, 10, 0, tzinfo=BUREAU)


@pytest.fixture
def later() -> datetime:
    """After the authority has decided."""
    return datetime(2025, 9, 22, 10, 0, tzinfo=BUREAU)


@pytest.fixture
def window_officer(db) -> Officer:
    return make_officer("窗口经办", "W001")


@pytest.fixture
def supervisor(db) -> Officer:
    return make_officer("主管", "Z001")


@pytest.fixture
def neighbour(db) -> Officer:
    return make_officer("窗口经办", "N001", region_code="511903")


@pytest.fixture
def resident(window_officer, at) -> Person:
    found = enrollment.register_person(
        id_no=RESIDENT_ID, name="张三丰", region_code="511902", phone="13800001234", by=window_officer, at=at
    )
    enrollment.open_insurance(
        person_id=found.pk, scheme="resident", person_type="1501", starts_on=date(2024, 1, 1), by=window_officer, at=at
    )
    return found


@pytest.fixture
def applied(resident, window_officer, at) -> Callable[..., ReliefApplication]:
    """An application with all its papers, or with those given."""

    def make(materials: list[str] = PAPERS) -> ReliefApplication:
        return relief.apply(
            person_id=resident.pk, category="impoverished_by_illness", reason="重病，家庭负担沉重", materials=materials,
            by=window_officer, at=at,
        )

    return make


@pytest.fixture
def sent(applied, window_officer, at) -> ReliefApplication:
    return relief.send(application_id=applied().pk, by=window_officer, at=at)
