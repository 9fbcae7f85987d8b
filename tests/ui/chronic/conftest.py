"""The hospital, its staff and the bureau's officers as the tests of the services know them, at the screens."""
import pytest

from chronic import services as chronic
from tests.chronic.conftest import (  # noqa: F401  (fixtures)
    applied,
    city_manager,
    clerk,
    confirmer,
    entered,
    granted,
    hospital,
    house,
    patient,
    sealer,
    supervisor,
    window_officer,
)
from tests.people import make_officer

OTHER = "H51190200009"


@pytest.fixture
def neighbour(db):
    return make_officer("复核", "E001", "511903")


@pytest.fixture
def other_hospital(city_manager, at):  # noqa: F811
    made = house(OTHER, "巴中市中医院", city_manager, at, "chronic", "special")
    chronic.register_doctor(
        code="D511902000009", name="外院医师", institution_id=made.pk, title="chief", starts_on=at.date(),
        by=city_manager, at=at,
    )
    return made


@pytest.fixture
def stranger(other_hospital):
    """Works at another hospital of the same city."""
    return make_officer("认定医院", "H020", "511900", OTHER)
