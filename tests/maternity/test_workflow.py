"""Every step of a maternity case against every status: open exactly where the regulation names it."""

import pytest

from casework.errors import Refused
from casework.models import AuditEntry
from maternity import services as maternity
from maternity.models import MaternityCase, MaternityItem
from maternity.workflow import MATERNITY, CaseStatus
from tests.people import make_officer

OPEN_FROM = {
    "ask_supplement": {"registered", "entered"},
    "receive_supplement": {"supplement"},
    "enter": {"registered", "entered"},
    "compute": {"entered"},
    "review": {"computed"},
    "approve": {"reviewed"},
    "batch": {"approved"},
    "unbatch": {"paying"},
    "close": {"paying"},
    "fail": {"paying"},
    "correct_account": {"payment_failed"},
    "pay_again": {"payment_failed"},
    "withdraw": {"registered", "supplement", "entered", "computed", "reviewed", "approved"},
    "refuse": {"registered", "supplement", "entered", "computed", "reviewed"},
    "reverse": {"approved", "payment_failed", "closed"},
    "return_entered_to_registered": {"entered"},
    "return_computed_to_registered": {"computed"},
    "return_computed_to_entered": {"computed"},
    "return_reviewed_to_registered": {"reviewed"},
    "return_reviewed_to_entered": {"reviewed"},
    "return_reviewed_to_computed": {"reviewed"},
    "return_approved_to_registered": {"approved"},
    "return_approved_to_entered": {"approved"},
    "return_approved_to_computed": {"approved"},
    "return_approved_to_reviewed": {"approved"},
}
GOES_TO = {
    "ask_supplement": "supplement", "receive_supplement": "registered", "enter": "entered", "compute": "computed",
    "review": "reviewed", "approve": "approved", "batch": "paying", "unbatch": "approved", "close": "closed",
    "fail": "payment_failed", "correct_account": "payment_failed", "pay_again": "approved", "withdraw": "withdrawn",
    "refuse": "refused", "reverse": "reversed",
}
CLOSED = {"closed", "reversed", "withdrawn", "refused"}
NOT_BY_WHO = {
    "review": {"register", "enter", "compute"},
    "approve": {"register", "enter", "compute", "review"},
    "refuse": {"register", "enter", "compute"},
    "batch": {"approve"},
    "pay_again": {"correct_account"},
}
SPARES = ("ask_supplement", "receive_supplement", "enter", "compute", "unbatch", "close", "fail", "correct_account",
          "withdraw", "reverse")


class TestTheTable:
    def test_has_these_steps_and_no_others(self):
        assert set(MATERNITY.steps) == {"register", *OPEN_FROM}
        assert MATERNITY.steps["register"].sources == ("",)

    @pytest.mark.parametrize("step", sorted(OPEN_FROM))
    @pytest.mark.parametrize("status", CaseStatus.values)
    def test_opens_a_step_only_where_the_regulation_names_it(self, step, status):
        assert (status in MATERNITY.steps[step].sources) == (status in OPEN_FROM[step])

    @pytest.mark.parametrize("step", sorted(OPEN_FROM))
    def test_leads_to_one_status(self, step):
        expected = GOES_TO.get(step) or step.split("_to_")[1]
        assert str(MATERNITY.steps[step].target) == expected

    def test_lets_no_hand_decide_on_its_own_work(self):
        assert {name: set(MATERNITY.steps[name].not_after) for name in NOT_BY_WHO} == NOT_BY_WHO
        assert not any(MATERNITY.steps[name].not_after for name in SPARES)

    def test_ends_where_nothing_is_to_be_done(self):
        assert set(MATERNITY.closed) == CLOSED

    @pytest.mark.parametrize("step", ["withdraw", "refuse", "reverse", "return_approved_to_entered"])
    def test_wants_a_reason_for_a_step_back(self, step):
        assert MATERNITY.steps[step].needs_note


class TestAnOfficer:
    """Who holds every role is still stopped by the chain of hands; a stranger by the territory."""

    @pytest.fixture
    def all_roles(self, db):
        officer = make_officer("窗口经办", "A001")
        for number, role in enumerate(("初审", "复核", "拨付", "主管")):
            officer.groups.add(*make_officer(role, f"Q00{number}").groups.all())
        return officer

    def test_with_every_role_decides_nothing_that_he_made(self, take, all_roles, reviewer, january):
        case = take(to="registered")
        maternity.enter(case_id=case.pk, facts={"monthly_base": "3000.00"}, by=all_roles, at=january)
        maternity.compute(case_id=case.pk, by=all_roles, at=january)
        before = AuditEntry.objects.count()
        for deed in (maternity.review, maternity.approve):
            with pytest.raises(Refused, match="不得为同一人"):
                deed(case_id=case.pk, by=all_roles, at=january)
        with pytest.raises(Refused, match="不得为同一人"):
            maternity.refuse(case_id=case.pk, ground="1", reason="试", by=all_roles, at=january)
        assert (AuditEntry.objects.count(), MaternityCase.objects.get().status) == (before, "computed")

    def test_who_entered_once_never_decides_even_after_another_entered_anew(
        self, take, all_roles, window_officer, reviewer, january
    ):
        case = take(to="registered")
        maternity.enter(case_id=case.pk, facts={"monthly_base": "3000.00"}, by=all_roles, at=january)
        maternity.enter(case_id=case.pk, facts={"monthly_base": "3000.00"}, by=window_officer, at=january)
        maternity.compute(case_id=case.pk, by=window_officer, at=january)
        with pytest.raises(Refused, match="不得为同一人"):
            maternity.review(case_id=case.pk, by=all_roles, at=january)
        assert MaternityCase.objects.get().status == "computed"

    def test_of_another_county_finds_no_case(self, take, neighbour, january):
        case = take(to="computed")
        with pytest.raises(Refused, match="未找到"):
            maternity.review(case_id=case.pk, by=neighbour, at=january)
        assert not MaternityItem.objects.visible_to(neighbour).exists()
