"""Facts that were open are supplied: by the hospital's system, which speaks for doctor and seal, or by a person."""
import pytest

from casework.errors import Refused
from casework.models import AuditEntry
from chronic import services as chronic
from chronic.models import CertificationItem
from chronic.services import Applicant, Filed
from tests.chronic import examples
from tests.chronic.conftest import DOCTOR, DOCUMENTS, HYPERTENSION, TUBERCULOSIS, claimed, make_officer, only_item

pytestmark = pytest.mark.django_db


def unit_of(code: str = HYPERTENSION):
    return chronic.catalogue_of("511902").find(code)


@pytest.fixture
def open_case(patient, hospital, system, at):
    """What the hospital's system filed without facts and without the disease's own papers."""
    return chronic.file_diagnosis(
        Filed(
            submission_no="S-0001", person_id=patient.pk, institution_id=hospital.pk,
            claimed=[claimed(HYPERTENSION, {}, materials=[])], doctors={HYPERTENSION: DOCTOR},
            applicant=Applicant(documents=DOCUMENTS),
        ),
        by=system, at=at,
    )


@pytest.fixture
def supply(open_case, at):
    """Supplies all that is wanting."""

    def act(by, **more):
        papers = [one.type for one in unit_of().materials]
        given = {"facts": {HYPERTENSION: examples.meeting(unit_of())}, "materials": {HYPERTENSION: papers}, **more}
        return chronic.complete(certification_id=open_case.pk, by=by, at=at, **given)

    return act


class TestAPerson:
    def test_supplies_facts_that_wait_for_the_doctor(self, supply, clerk):
        case = supply(clerk)

        item = only_item(case)
        assert (case.status, item.state, item.verdict["met"], item.concluded_on) == (
            "submitted", "pending", True, None
        )
        entry = AuditEntry.objects.filter(case_no=case.case_no).latest("pk")
        assert (entry.action, entry.officer, entry.detail["units"]) == ("supply", clerk, [HYPERTENSION])

    def test_leaves_the_conclusion_and_the_seal_to_two(self, supply, clerk, sealer, confirmer, at):
        """BZ-CHR-10.1, BZ-CHR-10.2: nobody's facts are concluded and sealed by himself alone."""
        case = supply(clerk)
        chronic.sign(certification_id=case.pk, doctors={only_item(case).pk: DOCTOR}, by=clerk, at=at)
        with pytest.raises(Refused, match="不得为同一人"):
            chronic.seal(certification_id=case.pk, by=clerk, at=at)

        chronic.seal(certification_id=case.pk, by=sealer, at=at)
        chronic.enter(certification_id=case.pk, by=sealer, at=at)
        assert chronic.confirm(certification_id=case.pk, by=confirmer, at=at).status == "confirmed"

    def test_keeps_what_was_given_before(self, supply, clerk):
        known = examples.meeting(unit_of())
        first, *others = known
        supply(clerk, facts={HYPERTENSION: {first: known[first]}})
        case = supply(clerk, facts={HYPERTENSION: {name: known[name] for name in others}})

        assert only_item(case).facts == known

    def test_of_the_bureau_does_not_confirm_what_he_supplied(self, supply, clerk, sealer, at):
        both = make_officer("窗口经办", "W777")
        both.groups.add(*make_officer("复核", "F777").groups.all())
        case = supply(both)
        chronic.sign(certification_id=case.pk, doctors={only_item(case).pk: DOCTOR}, by=clerk, at=at)
        chronic.seal(certification_id=case.pk, by=sealer, at=at)
        chronic.enter(certification_id=case.pk, by=sealer, at=at)

        with pytest.raises(Refused, match="不得为同一人"):
            chronic.confirm(certification_id=case.pk, by=both, at=at)


class TestTheSystem:
    def test_goes_straight_to_the_bureau(self, supply, system):
        case = supply(system)

        assert (case.status, only_item(case).state) == ("entered", "met")

    def test_that_still_leaves_something_open_is_on_record(self, supply, system):
        case = supply(system, materials={})

        assert (case.status, case.version) == ("submitted", 2)
        assert AuditEntry.objects.filter(case_no=case.case_no).latest("pk").action == "complete_open"


class TestIsRefused:
    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"facts": {}, "materials": {}}, "LINES_EMPTY"),
            ({"facts": {TUBERCULOSIS: {}}}, "UNIT_NOT_IN_CASE"),
            ({"materials": {HYPERTENSION: ["photo_of_the_cat"]}}, "MATERIAL_UNKNOWN"),
            ({"facts": {HYPERTENSION: {"M03911.99": True}}}, "UNKNOWN_FIELD"),
            ({"expected_version": 7}, "changed_since_opened"),
        ],
    )
    def test_what_is_nothing_or_not_asked_or_too_late(self, supply, clerk, open_case, given, code):
        before = AuditEntry.objects.count()

        with pytest.raises(Refused) as refusal:
            supply(clerk, **given)

        assert refusal.value.code == code
        self._unchanged(before)

    @pytest.mark.parametrize(
        ("role", "region", "house", "code"),
        [("认定医院", "511900", "H51190200009", "not_found"), ("窗口经办", "511903", "", "not_found"),
         ("初审", "511902", "", "no_permission")],
    )
    def test_whoever_has_no_business_with_it(self, supply, open_case, role, region, house, code):
        before = AuditEntry.objects.count()

        with pytest.raises(Refused) as refusal:
            supply(make_officer(role, "X001", region, house))

        assert refusal.value.code == code
        self._unchanged(before)

    def test_when_the_doctor_has_concluded(self, supply, clerk, at):
        case = supply(clerk)
        chronic.sign(certification_id=case.pk, doctors={only_item(case).pk: DOCTOR}, by=clerk, at=at)

        with pytest.raises(Refused) as refusal:
            supply(clerk)

        assert refusal.value.code == "step_not_open"

    @staticmethod
    def _unchanged(before: int) -> None:
        item = CertificationItem.objects.get()
        assert (item.facts, item.materials, item.certification.version) == ({}, [], 1)
        assert AuditEntry.objects.count() == before
