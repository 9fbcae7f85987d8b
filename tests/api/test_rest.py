"""The REST door: what a hospital files becomes a case, once; what it may ask, and what it never learns."""

import pytest

from casework.models import AuditEntry, Document
from chronic import services as chronic
from chronic.models import ApiSubmission, Certification, Entitlement
from tests.api.conftest import CERTNO, HYPERTENSION, NAME, disease, filing, unit_of
from tests.chronic import examples
from tests.chronic.conftest import DIALYSIS, DOCUMENTS, JUNIOR, TUBERCULOSIS

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n%%EOF"


def only(answer, status=201):
    assert answer.status_code == status, answer.content.decode()
    told = answer.json()
    assert len(told["diseases"]) == 1
    return told["diseases"][0]


class TestFiling:
    def test_facts_that_meet_wait_for_the_bureau(self, system, patient):
        answer = system.post("diagnoses", filing())

        assert only(answer)["verdict"] == "met"
        told = answer.json()
        assert (told["status"], told["submission_no"], len(told["id"])) == ("entered", "S1", 30)
        case = Certification.objects.get()
        assert (case.case_no, case.person, case.institution) == (told["case_no"], patient, system.institution)
        assert case.registered_by == system.key.client.officer

    def test_facts_that_fail_are_refused_with_the_reasons_of_the_screen(self, system, patient):
        answer = system.post("diagnoses", filing("S1", disease(facts=examples.failing(unit_of()))))

        told = only(answer)
        item = Certification.objects.get().items.get()
        assert (told["verdict"], told["state"], answer.json()["status"]) == ("not_met", "refused", "refused")
        assert told["reasons"] == item.reasons
        assert told["reasons"][0].startswith("不符合：")
        assert told["refusal_reason"] == item.refusal_reason

    def test_facts_that_leave_it_open_can_be_supplied(self, system, patient):
        first = system.post("diagnoses", filing("S1", disease(facts={})))
        assert (only(first)["verdict"], first.json()["status"]) == ("open", "submitted")
        assert only(first)["reasons"][0].startswith("尚缺：")

        answer = system.post(f"diagnoses/{first.json()['id']}/facts", {
            "submission_no": "S2", "diseases": [
                {"opsp_dise_code": HYPERTENSION, "facts": examples.meeting(unit_of())},
            ],
        })

        assert only(answer, 200)["verdict"] == "met"
        assert answer.json()["status"] == Certification.objects.get().status == "entered"

    def test_a_doctor_of_too_low_a_title_leaves_it_pending(self, system, patient):
        """BZ-CHR-10.1."""
        told = only(system.post("diagnoses", filing("S1", disease(diag_dr_codg=JUNIOR))))

        assert (told["verdict"], told["state"], told["reasons"][-1]) == ("met", "pending", "认定医师职称未达到要求")

    def test_several_diseases_are_one_case(self, system, patient):
        body = filing("S1", disease(), disease(TUBERCULOSIS, examples.failing(unit_of(TUBERCULOSIS))))

        told = system.post("diagnoses", body).json()

        assert [one["state"] for one in told["diseases"]] == ["met", "refused"]
        assert Certification.objects.count() == 1

    def test_the_confirmed_case_is_followed_to_the_entitlement(self, system, patient, confirmer, at):
        handle = system.post("diagnoses", filing()).json()["id"]
        chronic.confirm(certification_id=Certification.objects.get().pk, by=confirmer, at=at)

        told = only(system.get(f"diagnoses/{handle}"), 200)

        assert (told["state"], told["granted_on"]) == ("granted", "2025-11-03")

    def test_is_withdrawn_before_it_is_decided(self, system, patient):
        handle = system.post("diagnoses", filing()).json()["id"]

        answer = system.post(f"diagnoses/{handle}/withdrawal", {"submission_no": "S2", "reason": "病人要求"})

        assert (answer.status_code, answer.json()["status"]) == (200, "withdrawn")
        again = system.post(f"diagnoses/{handle}/withdrawal", {"submission_no": "S3", "reason": "再次"})
        assert (again.status_code, again.json()["code"]) == (409, "STEP_NOT_OPEN")

    def test_papers_sent_ahead_are_attached(self, system, patient):
        sent = system.post("files?filename=records.pdf", PDF, "application/pdf")
        assert sent.status_code == 201

        body = filing(attachments=[{"file": sent.json()["id"], "kind": "medical_records"}])
        case_no = system.post("diagnoses", body).json()["case_no"]

        attached = Document.objects.get(case_no=case_no)
        assert (attached.kind, attached.name, attached.region_code) == ("medical_records", "records.pdf", "511902")
        assert system.get(f"files/{sent.json()['id']}").content == PDF


class TestTheNumber:
    """Invariant 8: same number, same answer, for ever; other content is a conflict."""

    def test_the_same_again_is_answered_the_same_though_the_case_moved_on(self, system, patient, confirmer, at):
        first = system.post("diagnoses", filing())
        chronic.confirm(certification_id=Certification.objects.get().pk, by=confirmer, at=at)

        again = system.post("diagnoses", filing())

        assert (again.status_code, again.json()) == (201, first.json())
        assert again.headers["Idempotency-Replayed"] == "true"
        assert Certification.objects.count() == 1

    def test_the_order_of_keys_is_no_difference(self, system, patient):
        body = filing()
        first = system.post("diagnoses", body)

        assert system.post("diagnoses", dict(reversed(body.items()))).json() == first.json()

    def test_other_content_is_a_conflict(self, system, patient):
        system.post("diagnoses", filing())

        answer = system.post("diagnoses", filing(tel="13800001111"))

        assert (answer.status_code, answer.json()["code"]) == (409, "SUBMISSION_CONFLICT")
        assert ApiSubmission.objects.count() == Certification.objects.count() == 1

    def test_one_number_serves_one_act(self, system, patient):
        handle = system.post("diagnoses", filing()).json()["id"]

        answer = system.post(f"diagnoses/{handle}/withdrawal", {"submission_no": "S1", "reason": "病人要求"})

        assert (answer.status_code, answer.json()["code"]) == (409, "SUBMISSION_CONFLICT")

    def test_a_refused_one_stays_free(self, system, patient):
        wrong = filing()
        wrong["diseases"][0]["opsp_dise_code"] = "M99999"
        assert system.post("diagnoses", wrong).json()["code"] == "CODE_NOT_IN_CATALOGUE"
        assert not ApiSubmission.objects.exists()

        assert system.post("diagnoses", filing()).status_code == 201

    def test_two_hospitals_may_use_the_same(self, system, other_system, patient):
        system.post("diagnoses", filing())

        answer = other_system.post("diagnoses", filing("S1", disease("M00100", facts={}, diag_dr_codg="D0")))

        assert answer.json()["code"] == "DOCTOR_UNKNOWN"


class TestAsking:
    def test_the_catalogue_tells_the_criteria(self, system):
        whole = system.get("catalogue").json()
        unit = system.get(f"catalogue/{HYPERTENSION}").json()

        assert whole["pool"] == "bazhong"
        assert len(whole["units"]) > 85
        assert {fact["id"] for fact in unit["facts"]} == set(unit_of().facts)
        assert unit["criteria"]["at_least"] >= 1
        assert unit["doctor_title"]

    def test_a_category_alone(self, system):
        units = system.get("catalogue", category="special").json()["units"]

        assert {one["category"] for one in units} == {"special"}

    def test_a_person_is_told_masked_and_on_the_record(self, system, patient, confirmer, at):
        system.post("diagnoses", filing("S1", disease(DIALYSIS)))
        chronic.confirm(certification_id=Certification.objects.get().pk, by=confirmer, at=at)

        body = {"psn_cert_type": "01", "certno": "51190219900101001\uff10", "psn_name": NAME}
        answer = system.post("entitlements/query", body)

        told = answer.json()
        assert (told["psn_name"], told["certno"]) == ("单**", "511902********0010")
        assert CERTNO not in answer.content.decode()
        assert told["insured"] is True
        assert told["entitlements"] == [{
            "opsp_dise_code": DIALYSIS, "opsp_dise_name": unit_of(DIALYSIS).label, "begndate": "2025-10-20",
            "enddate": "",
        }]
        asked = AuditEntry.objects.filter(action="api_query", subject=f"person:{patient.pk}").order_by("id").last()
        assert asked.detail == {"institution": system.institution.code, "purpose": "entitlements"}

    @pytest.mark.parametrize("changed", [{"psn_name": "王小明"}, {"certno": "511903198506150029"}])
    def test_another_name_and_an_unknown_number_are_one_answer(self, system, patient, changed):
        body = {"psn_cert_type": "01", "certno": CERTNO, "psn_name": NAME} | changed

        answer = system.post("entitlements/query", body)

        assert (answer.status_code, answer.json()["code"]) == (404, "PERSON_UNKNOWN")
        assert answer.json()["got"] == ""

    def test_own_submissions_are_listed(self, system, patient):
        handle = system.post("diagnoses", filing()).json()["id"]

        told = system.get("diagnoses").json()

        assert ([one["id"] for one in told["diagnoses"]], told["next"]) == ([handle], "")
        assert system.get("diagnoses", before=handle).json()["diagnoses"] == []

    def test_a_longer_list_asks_no_more_of_the_database(self, system, patient, django_assert_max_num_queries):
        for number, code in enumerate((HYPERTENSION, TUBERCULOSIS, DIALYSIS)):
            assert system.post("diagnoses", filing(f"S{number}", disease(code))).status_code == 201

        with django_assert_max_num_queries(7):
            assert len(system.get("diagnoses").json()["diagnoses"]) == 3


class TestReviews:
    """BZ-CHR-4.2: the same criteria again, by the institution that certified."""

    @pytest.fixture
    def due(self, system, patient, confirmer, at):
        system.post("diagnoses", filing("S1", disease(TUBERCULOSIS)))
        chronic.confirm(certification_id=Certification.objects.get().pk, by=confirmer, at=at)
        assert system.get("reviews/due").json()["due"] == []
        return system.get("reviews/due", until="2026-11-03").json()["due"]

    def review(self, due, number="R1", **more):
        return {
            "submission_no": number, "psn_no": due[0]["psn_no"], "documents": DOCUMENTS,
            "diseases": [disease(TUBERCULOSIS, **more)],
        }

    def test_that_are_due_are_listed_masked(self, due):
        told = {name: value for name, value in due[0].items() if name not in ("psn_no", "opsp_dise_name")}

        assert len(due) == 1
        assert told == {
            "psn_name": "单**", "opsp_dise_code": TUBERCULOSIS, "review_due_on": "2026-11-03",
            "suspends_on": "2026-11-04", "suspended": False,
        }

    def test_are_filed_as_a_case_of_their_own(self, system, due):
        answer = system.post("reviews", self.review(due))

        told = only(answer)
        assert (answer.json()["kind"], answer.json()["status"], told["verdict"]) == ("review", "entered", "met")
        assert system.post("reviews", self.review(due)).json() == answer.json()
        assert system.get(f"diagnoses/{answer.json()['id']}").json()["kind"] == "review"

    def test_that_fail_wait_for_the_bureau(self, system, due):
        facts = examples.failing(unit_of(TUBERCULOSIS))

        answer = system.post("reviews", self.review(due, facts=facts))

        assert (answer.json()["status"], only(answer)["verdict"]) == ("entered", "not_met")
        assert Entitlement.objects.get().ended_on is None

    def test_of_a_person_whom_the_institution_does_not_know_are_refused(self, system, due):
        answer = system.post("reviews", self.review(due) | {"psn_no": "1" * 24})

        assert (answer.status_code, answer.json()["code"]) == (404, "PERSON_UNKNOWN")

    def test_of_what_was_never_granted_are_refused(self, system, due):
        body = self.review(due) | {"diseases": [disease(HYPERTENSION)]}

        assert system.post("reviews", body).status_code == 422
        assert Certification.objects.count() == 1
