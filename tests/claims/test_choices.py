"""How a tumour is settled in a year is the person's choice until its first cost is settled (CQ-17.10)."""

from datetime import date

import pytest

from casework.errors import Refused
from chronic import services as chronic
from chronic.models import SettlementChoice
from claims import services as claims
from claims.models import ClaimBenefit
from claims.services import Stay
from enrollment import services as enrollment
from tests.people import id_number, make_officer

pytestmark = pytest.mark.django_db

CITY, NSCLC, CML = "500000", "CQ-I-03-NSCLC", "CQ-I-03-CML"


@pytest.fixture
def window(db):
    return make_officer("窗口经办", "W501", CITY)


@pytest.fixture
def hospital(city_manager, at):
    return enrollment.register_institution(
        code="H50000000001", name="重庆某医院", region_code=CITY, hospital_level="02", starts_on=date(2020, 1, 1),
        by=city_manager, at=at,
    )


OVERLAY = """overlay: {pool: chongqing, title: 住院比例, authority: 市医保局, document: 测试文, version: '1'}
figures:
  inpatient.ratio.employee:
    article: 第一条
    versions: [{from: 2025-06-01, to: 2026-01-01, values: {level1: 90%, level2: 87%, level3: 85%}}]
"""


@pytest.fixture
def installed(db, settings, tmp_path):
    """The city as its own bureau has it: bills of there are local, special diseases are those of class I."""
    overlay = tmp_path / "own.yaml"
    overlay.write_text(OVERLAY, encoding="utf-8")
    settings.POLICY_OVERLAYS = {"chongqing": [str(overlay)]}
    settings.HOME_AREA = CITY
    ClaimBenefit.objects.filter(code="special").update(category="I,II")


@pytest.fixture
def patient(window, at):
    found = enrollment.register_person(
        id_no=id_number("500101", date(1970, 1, 1), 1), name="渝小明", region_code=CITY, phone="13800001234",
        by=window, at=at,
    )
    enrollment.open_insurance(
        person_id=found.pk, scheme="employee", person_type="1101", starts_on=date(2024, 1, 1), by=window, at=at,
    )
    return found


@pytest.fixture
def choose(patient, window, at):
    return lambda mode, unit=NSCLC: chronic.choose_settlement(
        person_id=patient.pk, unit=unit, year=2025, mode=mode, by=window, at=at
    )


@pytest.fixture
def settle(patient, hospital, installed, window, at):
    """Settles a claim of outpatient bills, each of a disease and a day."""
    numbers = iter(range(1, 100))

    def run(*bills: tuple[str, str]):
        stays = [
            Stay(institution_id=hospital.pk, benefit="special", admitted_on=day, disease=disease, total="1000",
                 invoice_no=f"88{next(numbers):08d}")
            for disease, day in bills
        ]
        claim = claims.register(person_id=patient.pk, reason="03", stays=stays, by=window, at=at)
        claims.enter_details(claim_id=claim.pk, stays=stays, by=window, at=at)
        return claims.settle(claim_id=claim.pk, by=window, at=at)

    return run


class TestTheChoice:
    @pytest.fixture(autouse=True)
    def held(self, patient, certify, choose):
        certify(patient, NSCLC, "2025-01-01", category="special")
        certify(patient, CML, "2025-01-01", category="special")
        for unit in (NSCLC, CML):
            choose("single_disease", unit)

    def test_may_be_changed_before_a_settlement_of_its_disease(self, settle, choose):
        settle((CML, "2025-09-10"))
        assert choose("ordinary").mode == "ordinary"
        locked = dict(SettlementChoice.objects.filter(replaced_on=None).values_list("unit", "locked_on"))
        assert locked == {NSCLC: None, CML: date(2025, 9, 10)}

    def test_is_locked_by_the_first_cost_that_is_settled(self, settle, choose):
        settle((NSCLC, "2025-10-10"), (NSCLC, "2025-09-10"))

        with pytest.raises(Refused) as refused:
            choose("ordinary")
        assert refused.value.code == "CHOICE_LOCKED"
        assert SettlementChoice.objects.get(unit=NSCLC).locked_on == date(2025, 9, 10)

    def test_stays_locked_since_the_first_day_after_another_settlement(self, settle):
        settle((NSCLC, "2025-09-10"))
        settle((NSCLC, "2025-08-10"))
        assert SettlementChoice.objects.get(unit=NSCLC).locked_on == date(2025, 9, 10)

    def test_is_not_locked_by_a_settlement_that_is_refused(self, settle, choose):
        with pytest.raises(Refused, match="此前的费用不适用"):
            settle((NSCLC, "2025-05-31"), (NSCLC, "2025-09-10"))
        assert choose("ordinary").mode == "ordinary"
