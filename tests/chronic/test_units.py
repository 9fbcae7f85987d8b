"""For each of the 85 certifiable units: facts that are granted, facts that are refused, facts that leave it open."""

from datetime import date

import pytest
from django.db import transaction

from chronic import services as chronic
from chronic.models import Certification, Entitlement
from chronic.services import Applicant, Claimed, Filed
from tests.chronic import examples
from tests.chronic.conftest import DOCTOR, DOCUMENTS, only_item

pytestmark = pytest.mark.django_db
CERTIFIABLE = sorted(
    (unit for unit in chronic.catalogue_of("511902").units.values() if unit.criteria is not None),
    key=lambda unit: unit.code,
)


@pytest.fixture
def submit(patient, hospital, system, at):
    """What a hospital's system files of one unit."""

    def act(unit, facts):
        claimed = Claimed(
            unit=unit.code, diagnosed_on=date(2025, 10, 20), facts=facts,
            materials=[one.type for one in unit.materials],
        )
        filed = Filed(
            submission_no=f"S-{unit.code}", person_id=patient.pk, institution_id=hospital.pk, claimed=[claimed],
            doctors={unit.code: DOCTOR}, applicant=Applicant(documents=DOCUMENTS),
        )
        return chronic.file_diagnosis(filed, by=system, at=at)

    return act


def each_unit(check):
    """Every unit in a transaction of its own that is taken back, and all that went wrong at once."""
    wrong = []
    for unit in CERTIFIABLE:
        try:
            with transaction.atomic():
                check(unit)
                transaction.set_rollback(True)
        except Exception as error:
            wrong.append(f"{unit.code}: {error!r}"[:200])
    return wrong


class TestOfEachUnit:
    def test_facts_that_meet_it_are_granted(self, submit, confirmer, at):
        def check(unit):
            case = submit(unit, examples.meeting(unit))
            chronic.confirm(certification_id=case.pk, by=confirmer, at=at)
            made = Entitlement.objects.get()
            first = date(2025, 11, 3) if unit.category == "chronic" else date(2025, 10, 20)
            assert (made.unit, made.periods.get().starts_on) == (unit.code, first)
            assert all(reason.startswith("符合：") for reason in only_item(case).reasons)

        assert each_unit(check) == []
        assert len(CERTIFIABLE) == 85

    def test_facts_that_fail_it_are_refused_with_the_reasons(self, submit):
        def check(unit):
            case = submit(unit, examples.failing(unit))
            item = only_item(case)
            assert (case.status, item.state) == ("refused", "refused")
            assert any(reason.startswith("不符合：") for reason in item.reasons)
            assert item.refusal_reason

        assert each_unit(check) == []
        assert not Certification.objects.exists()

    def test_no_facts_leave_it_open_and_say_what_is_wanting(self, submit):
        def check(unit):
            case = submit(unit, {})
            item = only_item(case)
            assert (case.status, item.state) == ("submitted", "pending")
            assert any(reason.startswith("尚缺：") for reason in item.reasons)

        assert each_unit(check) == []
