"""A hospital never sees another's cases: each address of the interface × a foreign handle, found from the URL table."""

import re
from datetime import date

import pytest
from django.urls import get_resolver

from chronic import services as chronic
from chronic.models import Certification
from tests.api.conftest import Platform, disease, filing, record
from tests.api.test_rest import PDF
from tests.chronic.conftest import TUBERCULOSIS

pytestmark = pytest.mark.django_db
BODIES = {
    "supplement": {"submission_no": "X1", "diseases": [{"opsp_dise_code": TUBERCULOSIS, "facts": {}}]},
    "withdrawal": {"submission_no": "X2", "reason": "试探"},
}


def addresses() -> dict[str, str]:
    """Name → pattern of all addresses of the interface that name something by a handle."""
    found = {}
    for outer in get_resolver().url_patterns:
        if str(outer.pattern) != "api/":
            continue
        for route in outer.url_patterns:
            if "(?P<handle>" in str(route.pattern):
                found[route.name] = str(route.pattern)
    return found


def filled(pattern: str, handle: str) -> str:
    return re.sub(r"\(\?P<handle>[^)]*\)", handle, pattern).strip("^$").removeprefix("v1/")


def test_the_table_is_whole():
    assert set(addresses()) == {"diagnosis", "supplement", "withdrawal", "file"}


class TestAForeignHandle:
    @pytest.fixture
    def handles(self, system, patient):
        return {
            "file": system.post("files?filename=a.pdf", PDF, "application/pdf").json()["id"],
            "diagnosis": system.post("diagnoses", filing("S1", disease(TUBERCULOSIS, {}))).json()["id"],
        }

    @pytest.mark.parametrize("name", addresses())
    def test_is_unknown(self, handles, other_system, name):
        handle = handles["file" if name == "file" else "diagnosis"]
        path = filled(addresses()[name], handle)
        before = list(Certification.objects.values())
        send = (lambda: other_system.post(path, BODIES[name])) if name in BODIES else (lambda: other_system.get(path))

        answer = send()

        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
        assert list(Certification.objects.values()) == before
        assert "S1" not in answer.content.decode()

    @pytest.mark.parametrize("name", addresses())
    def test_is_the_same_answer_as_one_that_nobody_has(self, handles, other_system, name):
        handle = handles["file" if name == "file" else "diagnosis"]
        known, unknown = (filled(addresses()[name], one) for one in (handle, "0" * 30))
        send = other_system.post if name in BODIES else other_system.get
        body = [BODIES[name]] if name in BODIES else []

        assert send(known, *body).json() == send(unknown, *body).json()

    def test_is_unknown_where_a_list_goes_on_and_where_a_paper_is_attached(
        self, handles, other_system, city_manager, at
    ):
        assert other_system.get("diagnoses").json()["diagnoses"] == []
        assert other_system.get("diagnoses", before=handles["diagnosis"]).status_code == 404
        chronic.register_doctor(
            code="D9", name="赵主任", institution_id=other_system.institution.pk, title="chief",
            starts_on=date(2025, 1, 1), by=city_manager, at=at,
        )
        paper = {"file": handles["file"], "kind": "medical_records"}

        answer = other_system.post("diagnoses", filing("T1", disease(diag_dr_codg="D9"), attachments=[paper]))

        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
        assert Certification.objects.count() == 1

    def test_is_unknown_to_the_platforms_messages(self, handles, system, other_system, patient):
        own, other = Platform(system).psn_no(), Platform(other_system)
        foreign = other.psn_no()
        code = other_system.institution.code
        asked = [
            ("5301", {"psn_no": own}, "data"),
            ("2503", record(own, TUBERCULOSIS, ide_fixmedins_no=code), "data"),
            ("2504", {"trt_dcla_detl_sn": handles["diagnosis"], "psn_no": foreign, "memo": "试探"}, "data"),
            ("9102", {"file_qury_no": handles["file"], "fixmedins_code": code}, "fsDownloadIn"),
        ]
        before = list(Certification.objects.values())

        told = [other.call(infno, node, name)["err_msg"] for infno, node, name in asked]

        assert [one[1:].split("]")[0] for one in told] == ["PERSON_UNKNOWN", "PERSON_UNKNOWN", "NOT_FOUND", "NOT_FOUND"]
        assert list(Certification.objects.values()) == before

    def test_reviews_of_another_are_not_due_here(self, system, other_system, patient, confirmer, at):
        system.post("diagnoses", filing("S1", disease(TUBERCULOSIS)))
        chronic.confirm(certification_id=Certification.objects.get().pk, by=confirmer, at=at)

        assert len(system.get("reviews/due", until="2030-01-01").json()["due"]) == 1
        assert other_system.get("reviews/due", until="2030-01-01").json()["due"] == []
