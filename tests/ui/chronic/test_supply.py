"""The page on which what a hospital's submission left open is supplied: only what is wanting, all mistakes at once."""
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from casework.models import AuditEntry
from chronic import services as chronic
from chronic.models import Certification, CertificationItem
from chronic.services import Applicant, Filed
from tests.chronic.conftest import (
    DIALYSIS,
    DOCTOR,
    DOCUMENTS,
    HYPERTENSION,
    TUBERCULOSIS,
    claimed,
    insured_person,
    system,
)
from tests.ui.reading import read
from tests.ui.test_queries import cost

pytestmark = pytest.mark.django_db

system = system  # a fixture
SYSTOLIC, MONITORED = f"{HYPERTENSION}:M03911.1a", f"{HYPERTENSION}:M03911.2"
THREE = {SYSTOLIC: ["165", "170", "160"], f"{SYSTOLIC}:on": ["2025-10-01", "2025-10-02", "2025-10-03"]}
PAPERS = {f"{HYPERTENSION}:material": ["cert_designated", "exam_report", "lab_report"]}


@pytest.fixture
def filed(patient, hospital, system, at):
    """What the hospital's system filed, waiting for facts."""

    def make(*wanted, person=patient, number="S-0001") -> Certification:
        asked = wanted or (claimed(HYPERTENSION, {}, materials=[]),)
        return chronic.file_diagnosis(
            Filed(
                submission_no=number, person_id=person.pk, institution_id=hospital.pk, claimed=asked,
                doctors={one.unit: DOCTOR for one in asked}, applicant=Applicant(documents=DOCUMENTS),
            ),
            by=system, at=at,
        )

    return make


def page_of(case: Certification) -> str:
    return reverse("admin:chronic_certification_supply", args=[case.pk])


class TestThePage:
    def test_asks_what_is_open_with_unit_and_article(self, as_officer, clerk, filed):
        text = read(as_officer(clerk).get(page_of(filed()))).text

        assert "M03911.1a" in text
        assert "mmHg" in text
        assert chronic.catalogue_of("511902").find(HYPERTENSION).article in text

    def test_does_not_ask_what_was_given(self, as_officer, clerk, filed):
        facts = {"M03911.2": False}
        html = as_officer(clerk).get(page_of(filed(claimed(HYPERTENSION, facts)))).content.decode()

        assert SYSTOLIC in html
        assert MONITORED not in html
        assert f"{HYPERTENSION}:material" not in html

    def test_supplies_all_diseases_at_once(self, as_officer, clerk, filed):
        case = filed()
        answer = as_officer(clerk).post(page_of(case), {**THREE, MONITORED: "yes", **PAPERS, "version": "1"})

        assert answer.status_code == 302
        item = CertificationItem.objects.get()
        assert item.verdict["met"] is True
        assert len(item.facts["M03911.1a"]) == 3
        assert AuditEntry.objects.filter(case_no=case.case_no).latest("pk").action == "supply"

    def test_is_offered_on_the_case_as_long_as_something_is_wanting(self, as_officer, clerk, window_officer, filed):
        case = filed()
        change = reverse("admin:chronic_certification_change", args=[case.pk])
        for officer in (clerk, window_officer):
            assert page_of(case) in as_officer(officer).get(change).content.decode()

        client = as_officer(clerk)
        client.post(page_of(case), {**THREE, MONITORED: "yes", **PAPERS})
        assert page_of(case) not in client.get(change).content.decode()
        assert client.get(page_of(case)).status_code == 302

    def test_is_found_by_the_filter_and_counted_on_the_start_page(
        self, as_officer, clerk, filed, applied, window_officer, at,
    ):
        case = filed(person=insured_person(window_officer, at, "511902199002020034", "单小红"))
        other = applied()
        client = as_officer(clerk)
        found = read(client.get(reverse("admin:chronic_certification_changelist"), {"facts": "open"})).text

        assert case.case_no in found
        assert other.case_no not in found
        assert [step["number"] for step in client.get("/").context["steps"]] == [2, 1, 0, 0, 0]


class TestMistakes:
    def test_of_all_diseases_are_said_at_once_and_nothing_is_written(self, as_officer, clerk, filed):
        case = filed(claimed(HYPERTENSION, {}), claimed(TUBERCULOSIS, {}))
        answer = as_officer(clerk).post(page_of(case), {
            SYSTOLIC: ["高"], f"{HYPERTENSION}:M03911.1b": ["105"], f"{HYPERTENSION}:M03911.1b:on": ["2025-13-01"],
        })

        assert answer.status_code == 422
        assert [words.split("）：")[1] for words in answer.context["wrong"]] == [
            "请填写数字，如 140 或 7.2。", "日期请按 2025-03-08 填写。",
        ]
        assert 'value="高"' in answer.content.decode()
        assert {item.facts == {} for item in CertificationItem.objects.all()} == {True}
        assert Certification.objects.get().version == 1

    def test_an_empty_form_is_refused(self, as_officer, clerk, filed):
        answer = as_officer(clerk).post(page_of(filed()), {})

        assert answer.status_code == 422
        assert "没有填写所缺的事实" in read(answer).text

    def test_a_page_opened_before_somebody_else_supplied_is_refused(self, as_officer, clerk, filed, at):
        case = filed()
        chronic.complete(
            certification_id=case.pk, facts={HYPERTENSION: {"M03911.2": False}}, materials={}, by=clerk, at=at
        )
        answer = as_officer(clerk).post(page_of(case), {**THREE, "version": "1"})

        assert answer.status_code == 422
        assert "已被改动" in read(answer).text
        assert CertificationItem.objects.get().facts == {"M03911.2": False}

    def test_a_fact_that_was_given_can_not_be_smuggled_in(self, as_officer, clerk, filed):
        case = filed(claimed(HYPERTENSION, {"M03911.2": False}))
        as_officer(clerk).post(page_of(case), {**THREE, MONITORED: "yes"})

        assert CertificationItem.objects.get().facts["M03911.2"] is False


class TestWhoeverHasNoBusiness:
    def test_of_another_hospital_or_county_sees_nothing(self, as_officer, stranger, neighbour, filed):
        case = filed()
        for officer in (stranger, neighbour):
            client = as_officer(officer)
            for name in ("supply", "supply_check"):
                address = reverse(f"admin:chronic_certification_{name}", args=[case.pk])
                for answer in (client.get(address), client.post(address, THREE)):
                    assert answer.status_code in {403, 404}
                    assert case.case_no not in answer.content.decode()
        assert Certification.objects.get().version == 1

    def test_may_see_the_case_but_not_supply(self, as_officer, confirmer, filed):
        case = filed()

        assert as_officer(confirmer).get(page_of(case)).status_code == 403
        assert as_officer(confirmer).post(page_of(case), THREE).status_code == 403


class TestTheNumberOfQueries:
    def test_does_not_depend_on_the_diseases(self, as_officer, clerk, filed, window_officer, at):
        other = insured_person(window_officer, at, "511902199002020034", "单小红")
        small = filed()
        large = filed(
            *(claimed(code, {}) for code in (HYPERTENSION, TUBERCULOSIS, DIALYSIS)), person=other, number="S-0002"
        )
        client = as_officer(clerk)
        costs = [cost(client, page_of(case)) for case in (small, large)]

        assert costs[0] == costs[1] <= 20

    def test_of_a_supply_does_not_depend_on_what_is_supplied(self, as_officer, clerk, filed):
        case, client = filed(), as_officer(clerk)
        numbers = []
        for sent in ({MONITORED: "no"}, THREE):
            with CaptureQueriesContext(connection) as queries:
                client.post(page_of(case), sent)
            numbers.append(len(queries))

        assert abs(numbers[0] - numbers[1]) <= 1
