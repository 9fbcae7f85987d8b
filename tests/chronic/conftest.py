"""A certifying hospital with its staff and doctors, the bureau's officers, one insured person; all invented."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.db import transaction

from casework.errors import Refused
from casework.models import Officer
from chronic import services as chronic
from chronic.models import Certification, CertificationItem, Entitlement
from chronic.services import Applicant, Claimed
from enrollment import services as enrollment
from enrollment.models import Institution, Person
from tests.chronic import examples
from tests.people import make_officer

HOSPITAL, OTHER = "H51190200001", "H51190200002"
DOCTOR, JUNIOR = "D511902000001", "D511902000002"
DOCUMENTS = ["ss_card_or_e_code", "identity_document", "application_form", "medical_records"]
HYPERTENSION, TUBERCULOSIS, DIALYSIS = "M03911", "M00100", "M07801"


@pytest.fixture
def window_officer(db):
    return make_officer("窗口经办", "W001")


@pytest.fixture
def confirmer(db):
    return make_officer("复核", "F001")


@pytest.fixture
def supervisor(db):
    return make_officer("主管", "Z001")


@pytest.fixture
def city_manager(db):
    return make_officer("主管", "Z009", region_code="511900")


@pytest.fixture
def clerk(hospital):
    """Enters applications and conclusions at the hospital."""
    return make_officer("认定医院", "H001", "511900", HOSPITAL)


@pytest.fixture
def sealer(hospital):
    """Checks and seals at the same hospital."""
    return make_officer("认定医院", "H002", "511900", HOSPITAL)


@pytest.fixture
def system(hospital):
    """The account under which the hospital's own system files."""
    return make_officer("医院接口", "H003", "511900", HOSPITAL)


def house(code: str, name: str, by: Officer, at: datetime, *categories: str) -> Institution:
    made = enrollment.register_institution(
        code=code, name=name, region_code="511902", hospital_level="02", starts_on=date(2020, 1, 1), by=by, at=at,
    )
    for category in categories:
        chronic.qualify(
            institution_id=made.pk, category=category, district="511902", starts_on=date(2025, 1, 1),
            published_on=date(2025, 1, 1), by=by, at=at,
        )
    return made


@pytest.fixture
def hospital(city_manager, at):
    """Certifies chronic and special diseases for Bazhou, with a chief and a resident physician."""
    made = house(HOSPITAL, "巴中市中心医院", city_manager, at, "chronic", "special")
    for code, name, title in ((DOCTOR, "李主任", "chief"), (JUNIOR, "王医师", "resident_physician")):
        chronic.register_doctor(
            code=code, name=name, institution_id=made.pk, title=title, starts_on=date(2025, 1, 1), by=city_manager,
            at=at,
        )
    return made


@pytest.fixture
def patient(window_officer, at):
    return insured_person(window_officer, at, "511902199001010010", "单小明")


def insured_person(by: Officer, at: datetime, id_no: str, name: str, scheme: str = "resident") -> Person:
    found = enrollment.register_person(
        id_no=id_no, name=name, region_code="511902", phone="13800001234", by=by, at=at,
    )
    enrollment.open_insurance(
        person_id=found.pk, scheme=scheme, person_type="1501" if scheme == "resident" else "1101",
        starts_on=date(2024, 1, 1), by=by, at=at,
    )
    return found


def claimed(code: str, facts: dict | None = None, **more: object) -> Claimed:
    """An application for one unit with all its papers; without facts, with such that meet the criteria."""
    unit = chronic.catalogue_of("511902").find(code)
    return Claimed(
        unit=code, diagnosed_on=more.get("diagnosed_on", date(2025, 10, 20)),
        facts=examples.meeting(unit) if facts is None else facts,
        materials=more.get("materials", [one.type for one in unit.materials]),
    )


@pytest.fixture
def applied(patient, hospital, clerk, at) -> Callable[..., Certification]:
    """An application with all papers that waits for the doctor."""

    def make(*wanted: Claimed | str) -> Certification:
        asked = [one if isinstance(one, Claimed) else claimed(one) for one in wanted or (HYPERTENSION,)]
        return chronic.apply(
            person_id=patient.pk, institution_id=hospital.pk, claimed=asked, applicant=Applicant(documents=DOCUMENTS),
            by=clerk, at=at,
        )

    return make


@pytest.fixture
def entered(applied, clerk, sealer, at) -> Callable[..., Certification]:
    """The same, concluded, sealed and entered by the hospital."""

    def make(*wanted: Claimed | str) -> Certification:
        case = applied(*wanted)
        doctors = dict.fromkeys(case.items.values_list("pk", flat=True), DOCTOR)
        chronic.sign(certification_id=case.pk, doctors=doctors, by=clerk, at=at)
        case = chronic.seal(certification_id=case.pk, by=sealer, at=at)
        return chronic.enter(certification_id=case.pk, by=clerk, at=at) if case.status == "sealed" else case

    return make


@pytest.fixture
def granted(entered, confirmer, at) -> Callable[..., Entitlement]:
    """A confirmed certificate of one unit."""

    def make(code: str = HYPERTENSION) -> Entitlement:
        case = entered(code)
        chronic.confirm(certification_id=case.pk, by=confirmer, at=at)
        return Entitlement.objects.get(item__certification=case)

    return make


def only_item(case: Certification) -> CertificationItem:
    return case.items.get()


CQ = "500000"
NSCLC = "CQ-I-03-NSCLC"


@pytest.fixture
def checker(db):
    return make_officer("初审", "C001")


@pytest.fixture
def cq_window(db):
    return make_officer("窗口经办", "W501", CQ)


@pytest.fixture
def cq_manager(db):
    return make_officer("主管", "Z501", CQ)


@pytest.fixture
def cq_patient(cq_window, at):
    """Insured in Chongqing."""
    found = enrollment.register_person(
        id_no="500101199001010018", name="渝小明", region_code=CQ, phone="", by=cq_window, at=at,
    )
    enrollment.open_insurance(
        person_id=found.pk, scheme="resident", person_type="1501", starts_on=date(2024, 1, 1), by=cq_window, at=at,
    )
    return found


@pytest.fixture
def held(at) -> Callable[..., Entitlement]:
    """An entitlement that was granted to a person on a day, without the way there."""

    def make(person: Person, code: str, day: date = date(2025, 7, 1), house: Institution | None = None) -> Entitlement:
        unit = chronic.catalogue_of(person.region_code).find(code)
        given = chronic.Grant(starts_on=day, certified_on=day, institution=house)
        with transaction.atomic():
            return chronic.grant(person, unit, given, at=at)

    return make


def refused(code: str, act: Callable[[], object]) -> str:
    """That the deed is refused with this code; its words."""
    with pytest.raises(Refused) as refusal:
        act()
    assert refusal.value.code == code, refusal.value.message
    return refusal.value.message
