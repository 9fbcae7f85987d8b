"""The workflow table: who may take which step, when, and what taking it leaves behind."""
from datetime import date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from casework.errors import Refused
from casework.models import AuditEntry, Officer, Task, TimeLimit
from casework.workflow import Step, Workflow
from tests.casework.examples import EXAMPLE, ExampleCase, Status

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo("Asia/Shanghai")

# Exactly the moves that the example allows, typed out: any other pair is refused.
OPEN = {
    ("registered", "ask"): "waiting",
    ("registered", "settle"): "settled",
    ("registered", "withdraw"): "withdrawn",
    ("waiting", "receive"): "registered",
    ("waiting", "withdraw"): "withdrawn",
    ("settled", "review"): "reviewed",
    ("settled", "send_back"): "registered",
    ("reviewed", "close"): "closed",
    ("reviewed", "send_back"): "registered",
}
STEPS = ["register", "ask", "receive", "settle", "review", "close", "send_back", "withdraw"]
ROUTES = {
    "registered": [],
    "waiting": ["ask"],
    "settled": ["settle"],
    "reviewed": ["settle", "review"],
    "closed": ["settle", "review", "close"],
    "withdrawn": ["withdraw"],
}


def nothing_written_since(case: ExampleCase, entries: int) -> bool:
    kept = ExampleCase.objects.get(pk=case.pk)
    return AuditEntry.objects.count() == entries and (kept.status, kept.version) == (case.status, case.version)


class TestEveryStepFromEveryStatus:
    @pytest.fixture
    def everyone(self, officer) -> Officer:
        return officer("什么都能办", "example.register", "example.settle", "example.review")

    @pytest.mark.parametrize("status", list(ROUTES))
    @pytest.mark.parametrize("name", STEPS)
    def test_is_open_exactly_where_the_table_says(self, status, name, everyone, registered, clerk, reviewer, take):
        for earlier in ROUTES[status]:
            by = reviewer if earlier in {"review", "close"} else clerk
            take(registered, earlier, by, note="依据")
        entries = AuditEntry.objects.count()

        if (status, name) in OPEN:
            take(registered, name, everyone, note="依据")
            assert ExampleCase.objects.get().status == OPEN[status, name]
        else:
            with pytest.raises(Refused) as refusal:
                take(registered, name, everyone, note="依据")
            assert refusal.value.code == "step_not_open"
            assert nothing_written_since(registered, entries)


class TestRegistering:
    def test_numbers_dates_and_inserts_the_case(self, clerk, take, at):
        TimeLimit.objects.create(
            matter="ZZ", valid_from=date(2020, 1, 1), working_days=10, article="样例依据", region_code="510000"
        )
        case = ExampleCase(region_code="511902")

        entry = take(case, "register", clerk, note="窗口受理")

        kept = ExampleCase.objects.get()
        assert kept.case_no == "ZZ511902202511000001"
        assert (kept.status, kept.version, kept.registered_by) == ("registered", 1, clerk)
        assert kept.registered_at == at
        assert kept.due_on == date(2025, 11, 17)
        assert (entry.status_before, entry.status_after, entry.note) == ("", "registered", "窗口受理")

    def test_refuses_a_case_of_another_county(self, clerk, take):
        with pytest.raises(Refused, match="不在您的经办区划"):
            take(ExampleCase(region_code="511921"), "register", clerk)

        assert not ExampleCase.objects.exists()
        assert not AuditEntry.objects.exists()

    def test_undone_by_its_transaction_gives_its_number_back(self, clerk, take, at):
        with transaction.atomic():
            EXAMPLE.move(ExampleCase(region_code="511902"), "register", by=clerk, at=at)
            transaction.set_rollback(True)

        case = ExampleCase(region_code="511902")
        take(case, "register", clerk)
        assert case.case_no.endswith("000001")


class TestMoving:
    def test_writes_the_entry_closes_the_task_and_opens_the_next(self, registered, clerk, reviewer, take, at):
        entry = take(registered, "settle", clerk, detail={"fund": "3690.00"})

        closed, opened = Task.objects.order_by("id")
        assert (closed.step, closed.closed_at, closed.closed_by) == ("settle", at, clerk)
        assert (opened.step, opened.title, opened.permission) == ("review", "待初审", "example.review")
        assert (opened.barred, opened.assignee) == ([clerk.pk], None)
        assert (entry.action, entry.label, entry.officer, entry.detail) == (
            "settle", "结算", clerk, {"fund": "3690.00"},
        )

    def test_a_closed_case_has_a_closing_time_and_no_task(self, settled, reviewer, take, at):
        take(settled, "review", reviewer)
        take(settled, "close", reviewer)

        assert ExampleCase.objects.get().closed_at == at
        assert not Task.objects.filter(closed_at=None).exists()

    def test_a_case_sent_back_shows_as_returned_until_the_next_step(self, settled, clerk, reviewer, take):
        take(settled, "send_back", reviewer, note="发票号有误")
        assert ExampleCase.objects.get().returned
        assert Task.objects.get(closed_at=None).returned

        take(settled, "settle", clerk)
        assert not ExampleCase.objects.get().returned

    def test_is_refused_outside_a_transaction(self, registered, clerk, at, monkeypatch):
        monkeypatch.setattr("casework.workflow.connection", SimpleNamespace(in_atomic_block=False))
        with pytest.raises(RuntimeError):
            EXAMPLE.move(registered, "settle", by=clerk, at=at)


class TestRefusing:
    def test_an_officer_without_the_permission(self, registered, officer, take):
        visitor = officer("审计戊")
        with pytest.raises(Refused, match="您的岗位不能办理“结算”"):
            take(registered, "settle", visitor)
        assert nothing_written_since(registered, 1)

    def test_a_superuser_without_the_role(self, registered, officer, take):
        administrator = officer("系统己", is_superuser=True)
        with pytest.raises(Refused) as refusal:
            take(registered, "settle", administrator)
        assert refusal.value.code == "no_permission"
        assert nothing_written_since(registered, 1)

    def test_an_officer_of_another_county(self, registered, stranger, take):
        with pytest.raises(Refused, match="不在您的经办区划"):
            take(registered, "settle", stranger)
        assert nothing_written_since(registered, 1)

    def test_an_officer_who_has_left(self, registered, clerk, take):
        clerk.is_active = False
        with pytest.raises(Refused, match="已停用"):
            take(registered, "settle", clerk)
        assert nothing_written_since(registered, 1)

    @pytest.mark.parametrize("note", ["", "  ", "\n"])
    def test_a_step_that_needs_a_note_without_one(self, note, registered, clerk, take):
        with pytest.raises(Refused, match="须写明意见"):
            take(registered, "ask", clerk, note=note)
        assert nothing_written_since(registered, 1)

    def test_a_case_that_has_changed_since_it_was_opened(self, registered, clerk, take):
        with pytest.raises(Refused) as refusal:
            take(registered, "settle", clerk, expected_version=0)
        assert refusal.value.code == "changed_since_opened"
        assert nothing_written_since(registered, 1)

    def test_a_stale_copy_even_when_nobody_said_which_version_was_opened(self, registered, clerk, take):
        stale = ExampleCase.objects.get()
        take(registered, "settle", clerk)
        with pytest.raises(Refused) as refusal:
            take(stale, "settle", clerk)
        assert refusal.value.code == "changed_since_opened"
        assert AuditEntry.objects.count() == 2


class TestTwoPersonRule:
    def test_refuses_the_officer_who_took_the_earlier_step(self, registered, reviewer, take):
        take(registered, "settle", reviewer)
        with pytest.raises(Refused, match="不得为同一人") as refusal:
            take(registered, "review", reviewer)
        assert refusal.value.code == "same_officer"
        assert nothing_written_since(registered, 2)

    def test_binds_a_superuser_who_has_the_role(self, registered, officer, take):
        chief = officer("局长", "example.settle", "example.review", is_superuser=True)
        take(registered, "settle", chief)
        with pytest.raises(Refused, match="不得为同一人"):
            take(registered, "review", chief)

    def test_looks_at_the_last_time_the_step_was_taken(self, registered, clerk, reviewer, officer, take):
        second = officer("初审庚", "example.review")
        take(registered, "settle", reviewer)
        take(registered, "send_back", second, note="发票号有误")
        take(registered, "settle", clerk)

        take(registered, "review", reviewer)

        assert ExampleCase.objects.get().status == "reviewed"

    def test_reaches_past_the_step_between(self, registered, reviewer, officer, take):
        second = officer("初审庚", "example.review")
        take(registered, "settle", reviewer)
        take(registered, "review", second)
        with pytest.raises(Refused, match="不得为同一人"):
            take(registered, "close", reviewer)


class TestClock:
    @pytest.fixture
    def limited(self, holidays):
        TimeLimit.objects.create(matter="ZZ", valid_from=date(2020, 1, 1), working_days=10, article="样例依据")
        TimeLimit.objects.create(
            matter="ZZ", step="review", valid_from=date(2020, 1, 1), working_days=2, article="样例依据"
        )

    def test_counts_the_days_that_are_worked(self, limited, clerk, take):
        case = ExampleCase(region_code="511902")
        take(case, "register", clerk, at=datetime(2025, 9, 24, 9, tzinfo=ZONE))
        assert case.due_on == date(2025, 10, 14)  # 25 26 28 29 30 September, 9 10 11 13 14 October

    def test_stands_while_the_applicant_is_asked_and_the_due_date_moves(self, limited, clerk, take):
        case = ExampleCase(region_code="511902")
        take(case, "register", clerk, at=datetime(2025, 11, 3, 9, tzinfo=ZONE))
        assert case.due_on == date(2025, 11, 17)

        take(case, "ask", clerk, note="缺发票", at=datetime(2025, 11, 5, 9, tzinfo=ZONE))
        assert case.stopped_on == date(2025, 11, 5)
        assert Task.objects.get(closed_at=None).due_on is None

        take(case, "receive", clerk, at=datetime(2025, 11, 12, 9, tzinfo=ZONE))  # five working days later
        kept = ExampleCase.objects.get()
        assert (kept.stopped_on, kept.due_on) == (None, date(2025, 11, 24))
        assert Task.objects.get(closed_at=None).due_on == date(2025, 11, 24)

    def test_a_step_is_due_by_its_own_limit_or_the_cases_whichever_is_first(self, limited, clerk, take):
        case = ExampleCase(region_code="511902")
        take(case, "register", clerk, at=datetime(2025, 11, 3, 9, tzinfo=ZONE))
        take(case, "settle", clerk, at=datetime(2025, 11, 4, 9, tzinfo=ZONE))
        assert Task.objects.get(closed_at=None).due_on == date(2025, 11, 6)

    def test_an_overrun_case_keeps_its_due_date_for_the_next_step(self, limited, clerk, take):
        case = ExampleCase(region_code="511902")
        take(case, "register", clerk, at=datetime(2025, 11, 3, 9, tzinfo=ZONE))
        take(case, "settle", clerk, at=datetime(2025, 11, 20, 9, tzinfo=ZONE))
        assert Task.objects.get(closed_at=None).due_on == date(2025, 11, 17)


class TestOpenSteps:
    def test_names_what_this_officer_may_do_and_why_not_the_rest(self, registered, reviewer, take):
        take(registered, "settle", reviewer)

        found = {open_step.step.name: open_step for open_step in EXAMPLE.open_steps(registered, reviewer)}

        assert set(found) == {"review", "send_back"}
        assert found["send_back"].allowed
        assert "不得为同一人" in found["review"].reason

    def test_allows_a_stranger_nothing(self, registered, stranger):
        assert not any(open_step.allowed for open_step in EXAMPLE.open_steps(registered, stranger))

    def test_costs_two_queries(self, settled, reviewer, django_assert_num_queries):
        fresh = Officer.objects.get(pk=reviewer.pk)
        with django_assert_num_queries(2):
            EXAMPLE.open_steps(settled, fresh)


class TestCost:
    def test_of_a_step_with_the_two_person_rule(self, settled, reviewer, at, django_assert_num_queries):
        reviewer.granted  # noqa: B018  (the door has asked for it already)
        with transaction.atomic(), django_assert_num_queries(4):
            EXAMPLE.move(settled, "review", by=reviewer, at=at)

    def test_of_a_registration(self, clerk, at, django_assert_num_queries):
        clerk.granted  # noqa: B018
        case = ExampleCase(region_code="511902")
        with transaction.atomic(), django_assert_num_queries(4):
            EXAMPLE.move(case, "register", by=clerk, at=at)


class TestTheTableItself:
    @pytest.mark.parametrize(
        "step",
        [
            Step("a", "甲", "registered", "nowhere", "x.y"),
            Step("a", "甲", "nowhere", "registered", "x.y"),
            Step("a", "甲", "registered", "", "x.y"),
            Step("a", "甲", "registered", "closed", "x.y", not_after=("nobody",)),
            Step("a", "甲", "registered", "closed", "x.y", task="nobody"),
        ],
    )
    def test_is_refused_with_a_mistake_in_it(self, step):
        with pytest.raises(ValueError, match="ZZBAD"):
            Workflow("ZZBAD", "错", Status, step)

    def test_refuses_two_steps_of_one_name(self):
        step = Step("a", "甲", "registered", "closed", "x.y")
        with pytest.raises(ValueError, match="one name"):
            Workflow("ZZBAD", "错", Status, step, step)

    def test_draws_itself(self):
        drawn = EXAMPLE.diagram()
        assert drawn.startswith("stateDiagram-v2\n")
        assert '    state "已登记" as registered\n' in drawn
        assert "    [*] --> registered: 登记\n" in drawn
        assert "    settled --> reviewed: 初审\n" in drawn
        assert "    withdrawn --> [*]\n" in drawn
