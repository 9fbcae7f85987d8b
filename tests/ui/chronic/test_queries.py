"""A page costs the same number of queries, whatever it shows."""
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chronic import services as chronic
from tests.chronic.conftest import (
    DIALYSIS,
    DOCTOR,
    DOCUMENTS,
    HYPERTENSION,
    TUBERCULOSIS,
    claimed,
    insured_person,
)
from tests.ui.test_queries import cost

pytestmark = pytest.mark.django_db

NUMBERS = ["511902199002020034", "511902199003030058", "511902199004040071", "511902199005050095"]


@pytest.fixture
def certify(window_officer, hospital, clerk, sealer, confirmer, at):
    """A confirmed case of a new person."""

    def make(number: str, *units: str):
        person = insured_person(window_officer, at, number, f"某甲{number[-2:]}")
        case = chronic.apply(
            person_id=person.pk, institution_id=hospital.pk, claimed=[claimed(unit) for unit in units], by=clerk,
            at=at, applicant=chronic.Applicant(documents=DOCUMENTS),
        )
        doctors = dict.fromkeys(case.items.values_list("pk", flat=True), DOCTOR)
        chronic.sign(certification_id=case.pk, doctors=doctors, by=clerk, at=at)
        chronic.seal(certification_id=case.pk, by=sealer, at=at)
        chronic.enter(certification_id=case.pk, by=clerk, at=at)
        return chronic.confirm(certification_id=case.pk, by=confirmer, at=at)

    return make


class TestTheNumberOfQueries:
    @pytest.mark.parametrize("screen", [
        "admin:chronic_certification_changelist", "admin:chronic_entitlement_changelist",
        "admin:chronic_entitlement_statistics", "admin:chronic_qualification_changelist",
        "admin:chronic_doctor_changelist", "admin:index",
    ])
    def test_of_a_list_does_not_depend_on_its_rows(self, screen, as_officer, supervisor, certify):
        client = as_officer(supervisor)
        certify(NUMBERS[0], HYPERTENSION)
        one = cost(client, reverse(screen))
        for number in NUMBERS[1:]:
            certify(number, HYPERTENSION, TUBERCULOSIS)

        assert cost(client, reverse(screen)) == one <= 20

    def test_of_a_case_does_not_depend_on_its_diseases(self, as_officer, supervisor, certify):
        client = as_officer(supervisor)
        cases = [certify(NUMBERS[0], HYPERTENSION), certify(NUMBERS[1], HYPERTENSION, TUBERCULOSIS, DIALYSIS)]
        costs = [cost(client, reverse("admin:chronic_certification_change", args=[case.pk])) for case in cases]

        assert costs[0] == costs[1] <= 30

    def test_of_an_entitlement_does_not_depend_on_what_else_the_person_has(self, as_officer, supervisor, certify):
        client = as_officer(supervisor)
        cases = [certify(NUMBERS[0], HYPERTENSION), certify(NUMBERS[1], HYPERTENSION, TUBERCULOSIS, DIALYSIS)]
        found = [case.items.first().entitlement for case in cases]
        costs = [cost(client, reverse("admin:chronic_entitlement_change", args=[row.pk])) for row in found]

        assert costs[0] == costs[1] <= 30

    def test_of_an_institution_does_not_depend_on_its_cases(self, as_officer, supervisor, hospital, certify):
        client = as_officer(supervisor)
        address = reverse("admin:chronic_qualification_institution", args=[hospital.pk])
        certify(NUMBERS[0], HYPERTENSION)
        one = cost(client, address)
        certify(NUMBERS[1], HYPERTENSION, TUBERCULOSIS, DIALYSIS)

        assert cost(client, address) == one <= 15

    def test_of_the_check_does_not_depend_on_the_diseases(self, as_officer, window_officer, hospital, patient):
        client = as_officer(window_officer)
        address = reverse("admin:chronic_certification_check")
        costs = [_posted(client, address, patient, units) for units in ([HYPERTENSION], [HYPERTENSION, DIALYSIS])]

        assert costs[0] == costs[1] <= 18


def _posted(client, address, person, units) -> int:
    sent = {"person": person.pk, "channel": "person", "unit": units}
    client.post(address, sent)
    with CaptureQueriesContext(connection) as queries:
        assert client.post(address, sent).status_code == 200
    return len(queries)
