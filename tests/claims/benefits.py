"""What bills of other benefits than a stay need: certificates, births, drugs, a pharmacy; all invented."""

from collections.abc import Callable
from datetime import date, datetime
from types import SimpleNamespace

import pytest
from django.db import transaction

from casework.models import Officer
from chronic import services as chronic
from chronic.models import DrugCertification, Entitlement
from chronic.services import Drug, Grant
from claims.services import Stay
from enrollment import services as enrollment
from enrollment.models import Institution, Person
from maternity import services as maternity
from maternity.models import BirthEvent
from maternity.services import Happened
from tests.people import id_number

HOSPITAL, PHARMACY = "H51190200001", "P51190200001"


@pytest.fixture
def pharmacy(city_manager, at) -> Institution:
    return enrollment.register_institution(
        code=PHARMACY, name="便民大药房", region_code="511902", kind="2", starts_on=date(2020, 1, 1), by=city_manager,
        at=at,
    )


@pytest.fixture
def certify(at) -> Callable[..., Entitlement]:
    """Certifies a person for a disease of the catalogue, from a day on."""

    def make(person: Person, disease: str, starts_on: str, *, category: str = "chronic") -> Entitlement:
        unit = SimpleNamespace(
            code=disease, label=disease, category=category, review_months=None, stop="", rule="BZ-CHR-12.1"
        )
        day = date.fromisoformat(starts_on)
        with transaction.atomic():
            return chronic.grant(person, unit, Grant(starts_on=day, certified_on=day), at=at)

    return make


def certify_drug(
    person: Person, code: str, supplier: Institution, days: tuple[date, date], *, filer: Officer, confirmer: Officer,
    manager: Officer, at: datetime,
) -> DrugCertification:
    """Fixes all five items of a drug: everything at one hospital, which also supplies it."""
    for category in ("negotiated_drug", "drug_treatment"):
        chronic.qualify(
            institution_id=supplier.pk, category=category, district="511902", starts_on=date(2024, 1, 1),
            published_on=date(2024, 1, 1), by=manager, at=at,
        )
    chronic.register_doctor(
        code="D511902000009", name="李主任", institution_id=supplier.pk, title="chief", starts_on=date(2024, 1, 1),
        by=manager, at=at,
    )
    filed = chronic.file_drug(
        person_id=person.pk, by=filer, at=at,
        drug=Drug(
            drug_code=code, drug_name="奥希替尼", drug_class="single_line", disease="肺癌", institution_id=supplier.pk,
            treating_id=supplier.pk, supplying_id=supplier.pk, doctor="D511902000009", real_name=True,
            valid_from=days[0], valid_until=days[1],
        ),
    )
    return chronic.confirm_drug(drug_certification_id=filed.pk, by=confirmer, at=at)


@pytest.fixture
def visit(hospitals) -> Callable[..., Stay]:
    """An outpatient's bill as it is entered; its invoice number is new each time."""
    count = iter(range(1, 1000))

    def make(benefit: str, day: str, *, hospital: str = HOSPITAL, **facts) -> Stay:
        found = Institution.objects.get(code=hospital)
        number = facts.pop("invoice_no", f"88{next(count):08d}")
        return Stay(institution_id=found.pk, benefit=benefit, admitted_on=day, invoice_no=number, **facts)

    return make


@pytest.fixture
def mother(window_officer, at) -> Person:
    """Insured as a resident since 2024."""
    found = enrollment.register_person(
        id_no=id_number("511902", date(1992, 8, 15), 22), name="周秀英", region_code="511902", phone="13800001234",
        by=window_officer, at=at,
    )
    enrollment.open_insurance(
        person_id=found.pk, scheme="resident", person_type="1501", starts_on=date(2024, 1, 1), by=window_officer, at=at
    )
    return found


@pytest.fixture
def birth(mother, window_officer, at) -> BirthEvent:
    happened = Happened(event="birth", happened_on=date(2025, 3, 10), mode="caesarean")
    return maternity.record_event(mother_id=mother.pk, happened=happened, by=window_officer, at=at)
