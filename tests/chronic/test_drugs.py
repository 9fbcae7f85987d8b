"""Drugs under special control: the five fixed items, and nothing without them (BZ-DRG-3.1)."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from chronic import services as chronic
from chronic.models import DrugCertification, Qualification
from chronic.services import Drug
from enrollment import services as enrollment
from tests.chronic.conftest import DOCTOR, house, insured_person, refused
from tests.people import make_officer

pytestmark = pytest.mark.django_db
CODE = "XL01EA01"


@pytest.fixture
def pharmacy(city_manager, at):
    made = enrollment.register_institution(
        code="P51190200001", name="双通道大药房", region_code="511902", hospital_level="", kind="2",
        starts_on=date(2020, 1, 1), by=city_manager, at=at,
    )
    entrust(made, "drug_supply", city_manager, at)
    return made


def entrust(house, category, by, at):
    chronic.qualify(
        institution_id=house.pk, category=category, district="511902", starts_on=date(2025, 1, 1),
        published_on=date(2025, 1, 1), by=by, at=at,
    )


@pytest.fixture
def drug(hospital, pharmacy, city_manager, at):
    for category in ("negotiated_drug", "drug_treatment"):
        entrust(hospital, category, city_manager, at)
    return Drug(
        drug_code=CODE, drug_name="伊马替尼", drug_class="single_line", disease="慢性髓性白血病",
        institution_id=hospital.pk, treating_id=hospital.pk, supplying_id=pharmacy.pk, doctor=DOCTOR, real_name=True,
        valid_from=date(2025, 11, 3), valid_until=date(2026, 11, 3),
    )


@pytest.fixture
def file(patient, drug, clerk, at):
    return lambda **more: chronic.file_drug(person_id=patient.pk, drug=replace(drug, **more), by=clerk, at=at)


@pytest.fixture
def certified(file, confirmer, at):
    return lambda **more: chronic.confirm_drug(drug_certification_id=file(**more).pk, by=confirmer, at=at)


class TestADrugsCertification:
    @pytest.mark.parametrize(("day", "holds"), [
        (date(2025, 11, 2), False), (date(2025, 11, 3), True), (date(2026, 11, 2), True), (date(2026, 11, 3), False),
    ])
    def test_holds_for_its_days(self, certified, patient, day, holds):
        made = certified()
        assert chronic.drug_certificate_on(patient, CODE, day) == (made if holds else None)

    def test_does_not_hold_before_the_bureau_confirmed(self, file, patient):
        file()
        assert chronic.drug_certificate_on(patient, CODE, date(2025, 11, 3)) is None
        assert chronic.drug_refusals(patient, CODE, date(2025, 11, 3), supplying_id=1) == [
            "该药品在2025-11-03没有有效的特药认定（BZ-DRG-3.1）"
        ]

    def test_fixes_pharmacy_hospital_and_doctor(self, certified, patient, hospital, pharmacy):
        certified()
        day = date(2025, 12, 1)
        right = {"supplying_id": pharmacy.pk, "treating_id": hospital.pk, "doctor": DOCTOR}
        assert chronic.drug_refusals(patient, CODE, day, **right) == []
        other = {"supplying_id": hospital.pk, "treating_id": pharmacy.pk, "doctor": "D9"}
        wrong = chronic.drug_refusals(patient, CODE, day, **other)
        assert [text[-11:-1] for text in wrong] == ["BZ-DRG-3.4", "BZ-DRG-3.3", "BZ-DRG-3.1"]

    def test_is_asked_in_one_query(self, certified, patient, pharmacy, django_assert_num_queries):
        certified()
        with django_assert_num_queries(1):
            chronic.drug_refusals(patient, CODE, date(2025, 12, 1), supplying_id=pharmacy.pk)

    def test_a_changed_pharmacy_is_a_new_one_that_ends_the_one_before(self, certified, patient, hospital):
        """BZ-DRG-5.4: the hospital itself may supply."""
        first = certified()
        second = certified(supplying_id=hospital.pk, valid_from=date(2026, 3, 1))
        first.refresh_from_db()
        assert first.valid_until == date(2026, 3, 1)
        found = [chronic.drug_certificate_on(patient, CODE, day) for day in (date(2026, 2, 28), date(2026, 3, 1))]
        assert found == [first, second]

    def test_ends_early_with_a_reason(self, certified, confirmer, patient, at):
        made = certified()
        terms = {"drug_certification_id": made.pk, "from_day": date(2026, 1, 1), "by": confirmer, "at": at}
        refused("note_required", lambda: chronic.end_drug(reason=" ", **terms))
        chronic.end_drug(reason="停药", **terms)
        assert chronic.drug_certificate_on(patient, CODE, date(2025, 12, 31)) is not None
        assert chronic.drug_certificate_on(patient, CODE, date(2026, 1, 1)) is None

    def test_not_by_who_filed_it(self, patient, drug, confirmer, at):
        confirmer.groups.add(*make_officer("窗口经办", "W008").groups.all())
        case = chronic.file_drug(person_id=patient.pk, drug=drug, by=confirmer, at=at)
        refused("same_officer", lambda: chronic.confirm_drug(drug_certification_id=case.pk, by=confirmer, at=at))
        with pytest.raises(IntegrityError, match="drug_confirmed_by_another"), transaction.atomic():
            DrugCertification.objects.filter(pk=case.pk).update(decided_by=confirmer)

    @pytest.mark.parametrize(("more", "code"), [
        ({"real_name": False}, "REAL_NAME"), ({"valid_until": date(2025, 11, 3)}, "PERIOD_REVERSED"),
        ({"doctor": "D9"}, "DOCTOR_UNKNOWN"), ({"drug_class": "free"}, "CHOICE"), ({"disease": " "}, "FIELD_MISSING"),
        ({"supplying_id": 0}, "not_found"),
    ])
    def test_is_refused(self, file, more, code):
        refused(code, lambda: file(**more))
        assert not DrugCertification.objects.exists()

    @pytest.mark.parametrize("category", ["negotiated_drug", "drug_treatment", "drug_supply"])
    def test_is_refused_off_the_published_lists(self, file, category):
        """BZ-DRG-5.1, BZ-DRG-5.2, BZ-DRG-5.3."""
        Qualification.objects.filter(category=category).update(ends_on=date(2025, 11, 3))
        refused("NOT_QUALIFIED", file)
        assert not DrugCertification.objects.exists()

    def test_twice_at_a_time_is_refused(self, file):
        file()
        refused("DRUG_OPEN", file)

    def test_two_that_begin_on_one_day_are_refused(self, certified, file, confirmer, at):
        certified()
        second = file()
        refused("PERIOD_OVERLAP", lambda: chronic.confirm_drug(drug_certification_id=second.pk, by=confirmer, at=at))
        assert DrugCertification.objects.get(pk=second.pk).status == "filed"

    def test_another_hospitals_staff_file_nothing(self, patient, drug, city_manager, at):
        other = house("H51190200002", "巴中市中医院", city_manager, at)
        stranger = make_officer("认定医院", "H009", "511900", other.code)
        refused("not_found", lambda: chronic.file_drug(person_id=patient.pk, drug=drug, by=stranger, at=at))


class TestTheLists:
    def test_come_from_the_pack_with_their_rules(self, city_manager, at):
        house("H51190200001", "巴中市中心医院", city_manager, at)
        chronic.load_qualifications(region_code="511900", starts_on=date(2025, 1, 1), by=city_manager, at=at)
        rules = dict(Qualification.objects.filter(district="511902").values_list("category", "rule"))
        assert rules == {
            "chronic": "BZ-CHR-7.2", "special": "BZ-CHR-7.2", "negotiated_drug": "BZ-DRG-5.1",
            "drug_treatment": "BZ-DRG-5.2",
        }


def test_someone_not_insured_is_refused(patient, drug, clerk, window_officer, at):
    other = insured_person(window_officer, at, "511903198506150029", "职工甲")
    period = other.insurance_periods.get()
    enrollment.close_insurance(period_id=period.pk, ends_on=date(2025, 11, 1), reason="停保", by=window_officer, at=at)
    refused("NOT_INSURED", lambda: chronic.file_drug(person_id=other.pk, drug=drug, by=clerk, at=at))
