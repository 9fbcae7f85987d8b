"""Relief on application: from the counter to the authority and back."""

from datetime import date

import pytest

from casework.errors import Refused
from casework.models import AuditEntry, OutboxMessage, Task
from enrollment.models import HardshipIdentity
from relief import services as relief
from relief.models import ReliefApplication
from relief.workflow import APPLICATION

from .conftest import PAPERS

RECOGNISED = {
    "category": "impoverished_by_illness", "recognised_on": date(2025, 9, 15), "document_no": "巴民救〔2025〕12号",
}


class TestApplying:
    def test_opens_a_case_that_waits_to_be_sent(self, applied):
        case = applied()

        assert case.status == "registered"
        assert case.case_no.startswith("JZ511902")
        assert Task.objects.get(case_no=case.case_no).step == "send"

    def test_refuses_a_second_open_application(self, applied):
        applied()

        with pytest.raises(Refused, match="未办结"):
            applied()

        assert ReliefApplication.objects.count() == 1

    @pytest.mark.parametrize(("changed", "code"), [
        ({"category": "rich"}, "IDENTITY_UNKNOWN"), ({"reason": "  "}, "REASON_MISSING"),
        ({"materials": ["letter"]}, "MATERIAL_UNKNOWN"),
    ])
    def test_refuses_what_it_does_not_know(self, resident, window_officer, at, changed, code):
        given = {"category": "margin", "reason": "重病", "materials": PAPERS} | changed

        with pytest.raises(Refused) as refusal:
            relief.apply(person_id=resident.pk, by=window_officer, at=at, **given)

        assert refusal.value.code == code
        assert not ReliefApplication.objects.exists()

    def test_refuses_an_officer_of_another_county(self, resident, neighbour, at):
        with pytest.raises(Refused):
            relief.apply(person_id=resident.pk, category="margin", reason="重病", by=neighbour, at=at)

        assert not ReliefApplication.objects.exists()


class TestSending:
    def test_refuses_while_a_paper_lacks(self, applied, window_officer, at):
        case = applied(["form", "card"])

        with pytest.raises(Refused, match="缺身份证或户口簿复印件、出院证或诊断证明复印件"):
            relief.send(application_id=case.pk, by=window_officer, at=at)

        assert ReliefApplication.objects.get().status == "registered"

    def test_goes_on_once_the_papers_came(self, applied, window_officer, at):
        case = applied(["form", "card"])
        relief.ask_supplement(application_id=case.pk, note="缺两份材料", by=window_officer, at=at)
        relief.receive_supplement(
            application_id=case.pk, materials=["identity", "diagnosis"], by=window_officer, at=at
        )

        case = relief.send(application_id=case.pk, by=window_officer, at=at)

        assert (case.status, case.sent_on) == ("sent", date(2025, 9, 1))


class TestRecognising:
    def test_enters_the_identity_from_the_day_of_the_decision_and_tells_of_it(self, sent, supervisor, later):
        case = relief.recognise(application_id=sent.pk, by=supervisor, at=later, **RECOGNISED)

        case.refresh_from_db()
        assert case.status == "recognised"
        assert case.identity.starts_on == date(2025, 9, 15)
        assert case.identity.document_no == "巴民救〔2025〕12号"
        assert case.decided_by == supervisor
        assert OutboxMessage.objects.filter(topic="enrollment.identity_granted").count() == 1

    def test_refuses_the_officer_who_registered_the_application(self, sent, window_officer, later):
        with pytest.raises(Refused, match="不得为同一人"):
            relief.recognise(application_id=sent.pk, by=window_officer, at=later, **RECOGNISED)

        assert ReliefApplication.objects.get().status == "sent"
        assert not HardshipIdentity.objects.exists()

    @pytest.mark.parametrize(("changed", "code"), [
        ({"recognised_on": date(2025, 8, 31)}, "DATE_ORDER"), ({"recognised_on": date(2025, 9, 23)}, "DATE_FUTURE"),
        ({"document_no": " "}, "DOCUMENT_NO_MISSING"), ({"category": "rich"}, "IDENTITY_UNKNOWN"),
    ])
    def test_refuses_a_decision_that_cannot_be(self, sent, supervisor, later, changed, code):
        with pytest.raises(Refused) as refusal:
            relief.recognise(application_id=sent.pk, by=supervisor, at=later, **(RECOGNISED | changed))

        assert refusal.value.code == code
        assert ReliefApplication.objects.get().status == "sent"
        assert not HardshipIdentity.objects.exists()

    def test_is_not_open_before_the_application_was_sent(self, applied, supervisor, later):
        case = applied()

        with pytest.raises(Refused) as refusal:
            relief.recognise(application_id=case.pk, by=supervisor, at=later, **RECOGNISED)

        assert refusal.value.code == "step_not_open"
        assert not HardshipIdentity.objects.exists()


class TestRefusing:
    def test_keeps_the_authoritys_reason_and_gives_no_identity(self, sent, supervisor, later):
        relief.refuse(
            application_id=sent.pk, refused_on=date(2025, 9, 12), document_no="巴民救〔2025〕13号",
            note="家庭收入超过标准", by=supervisor, at=later,
        )

        assert ReliefApplication.objects.get().status == "refused"
        assert AuditEntry.objects.get(action="refuse").note == "家庭收入超过标准"
        assert not HardshipIdentity.objects.exists()

    def test_needs_a_reason(self, sent, supervisor, later):
        with pytest.raises(Refused, match="意见"):
            relief.refuse(
                application_id=sent.pk, refused_on=date(2025, 9, 12), document_no="巴民救〔2025〕13号", note="",
                by=supervisor, at=later,
            )

        assert ReliefApplication.objects.get().decided_on is None


class TestWithdrawing:
    def test_leaves_room_for_a_new_application(self, applied, window_officer, at):
        relief.withdraw(application_id=applied().pk, note="申请人撤回", by=window_officer, at=at)

        assert applied().status == "registered"


def test_the_table_of_steps_is_that_of_the_rules():
    """Who registered does not record the authority's decision, nor does who took an objection in answer it."""
    assert APPLICATION.transitions() == [
        ("register", "", "registered", ()),
        ("ask_supplement", "registered", "supplement", ()),
        ("receive_supplement", "supplement", "registered", ()),
        ("publish", "registered", "published", ()),
        ("object", "published", "published", ()),
        ("answer", "published", "published", ("object",)),
        ("send", "registered", "sent", ()),
        ("send", "published", "sent", ()),
        ("recognise", "sent", "recognised", ("register",)),
        ("refuse", "sent", "refused", ("register",)),
        ("withdraw", "registered", "withdrawn", ()),
        ("withdraw", "supplement", "withdrawn", ()),
        ("withdraw", "published", "withdrawn", ()),
        ("withdraw", "sent", "withdrawn", ()),
    ]
