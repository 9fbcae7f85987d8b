"""The worklist: what waits for whom, taking it and giving it back."""
from datetime import date

import pytest

from casework.errors import Refused
from casework.models import AuditEntry, Officer, Task
from casework.services import Counts, counts, my_queue, overdue, release_task, returned, take_task
from tests.casework.examples import ExampleCase

pytestmark = pytest.mark.django_db

TODAY = date(2025, 11, 3)


@pytest.fixture
def second_clerk(officer):
    return officer("窗口辛", "example.register", "example.settle")


@pytest.fixture
def task(registered) -> Task:
    return Task.objects.get(closed_at=None)


class TestMyQueue:
    def test_holds_what_i_may_do_in_my_region(self, task, clerk, reviewer, stranger, officer):
        assert list(my_queue(clerk)) == [task]
        assert list(my_queue(officer("审计戊"))) == []
        assert list(my_queue(stranger)) == []

    def test_leaves_out_what_another_has_taken(self, task, clerk, second_clerk, at):
        take_task(task_id=task.pk, by=second_clerk, at=at)
        assert list(my_queue(clerk)) == []
        assert list(my_queue(second_clerk)) == [task]

    def test_leaves_out_the_review_of_what_i_settled(self, registered, reviewer, officer, take):
        take(registered, "settle", reviewer)
        assert list(my_queue(reviewer)) == []
        assert [task.step for task in my_queue(officer("初审庚", "example.review"))] == ["review"]

    def test_puts_the_most_urgent_first(self, clerk, take):
        for _ in range(3):
            take(ExampleCase(region_code="511902"), "register", clerk)
        first, second, third = Task.objects.order_by("id")
        Task.objects.filter(pk=first.pk).update(due_on=date(2025, 12, 1))
        Task.objects.filter(pk=third.pk).update(due_on=date(2025, 11, 5))
        assert list(my_queue(clerk)) == [third, first, second]

    def test_costs_one_query(self, task, clerk, at, django_assert_num_queries):
        take_task(task_id=task.pk, by=clerk, at=at)
        with django_assert_num_queries(1):
            assert [found.assignee.name for found in my_queue(clerk)] == ["窗口甲"]


class TestOverdue:
    @pytest.mark.parametrize(
        ("due_on", "late"), [(date(2025, 11, 2), True), (TODAY, False), (date(2025, 11, 4), False), (None, False)]
    )
    def test_begins_the_day_after_the_last_day(self, due_on, late, task, clerk):
        Task.objects.update(due_on=due_on)
        assert overdue(clerk, TODAY).exists() is late

    def test_shows_the_supervisor_what_others_hold_and_no_stranger(self, task, clerk, supervisor, stranger, at):
        take_task(task_id=task.pk, by=clerk, at=at)
        Task.objects.update(due_on=date(2025, 10, 31))
        assert list(overdue(supervisor, TODAY)) == [task]
        assert list(overdue(stranger, TODAY)) == []


class TestReturned:
    def test_holds_cases_sent_back(self, settled, clerk, reviewer, take):
        assert not returned(clerk).exists()
        take(settled, "send_back", reviewer, note="发票号有误")
        assert [found.case_no for found in returned(clerk)] == [settled.case_no]


class TestCounts:
    def test_are_the_figures_of_the_start_page_in_one_query(
        self, clerk, reviewer, second_clerk, take, at, django_assert_num_queries
    ):
        cases = [ExampleCase(region_code="511902") for _ in range(5)]
        for case in cases:
            take(case, "register", clerk)
        tasks = list(Task.objects.order_by("id"))
        take_task(task_id=tasks[0].pk, by=clerk, at=at)
        take_task(task_id=tasks[1].pk, by=second_clerk, at=at)
        Task.objects.filter(pk__in=[tasks[0].pk, tasks[1].pk]).update(due_on=date(2025, 10, 31))
        take(cases[2], "settle", clerk)
        take(cases[2], "send_back", reviewer, note="发票号有误")
        take(cases[3], "ask", clerk, note="缺费用清单")
        Task.objects.filter(case_no__in=[cases[2].case_no, cases[4].case_no]).update(due_on=date(2025, 12, 1))

        clerk.granted  # noqa: B018
        with django_assert_num_queries(1):
            found = counts(clerk, TODAY)

        assert found == Counts(mine=1, open=3, overdue=2, returned=1, waiting=1)


class TestTaking:
    def test_makes_it_mine_and_is_recorded(self, task, clerk, at):
        taken = take_task(task_id=task.pk, by=clerk, at=at)
        assert (taken.assignee, taken.taken_at) == (clerk, at)
        assert AuditEntry.objects.first().action == "take_task"

    def test_twice_is_once(self, task, clerk, at):
        take_task(task_id=task.pk, by=clerk, at=at)
        take_task(task_id=task.pk, by=clerk, at=at)
        assert AuditEntry.objects.filter(action="take_task").count() == 1

    def test_refuses_what_another_holds(self, task, clerk, second_clerk, at):
        take_task(task_id=task.pk, by=second_clerk, at=at)
        with pytest.raises(Refused, match="已由窗口辛领取"):
            take_task(task_id=task.pk, by=clerk, at=at)
        assert Task.objects.get().assignee == second_clerk

    def test_refuses_without_the_permission(self, task, reviewer, officer, at):
        with pytest.raises(Refused, match="您的岗位不能办理"):
            take_task(task_id=task.pk, by=officer("审计戊"), at=at)
        assert Task.objects.get().assignee is None

    def test_refuses_the_officer_barred_by_the_two_person_rule(self, registered, reviewer, take, at):
        take(registered, "settle", reviewer)
        review = Task.objects.get(closed_at=None)
        with pytest.raises(Refused, match="不得为同一人"):
            take_task(task_id=review.pk, by=reviewer, at=at)

    def test_refuses_a_stranger_as_if_there_were_none(self, task, stranger, at):
        with pytest.raises(Refused) as refusal:
            take_task(task_id=task.pk, by=stranger, at=at)
        assert refusal.value.code == "not_found"

    def test_refuses_what_is_done(self, task, registered, clerk, take, at):
        take(registered, "settle", clerk)
        with pytest.raises(Refused, match="已经完成"):
            take_task(task_id=task.pk, by=clerk, at=at)


class TestReleasing:
    def test_gives_it_back_to_the_queue(self, task, clerk, second_clerk, at):
        take_task(task_id=task.pk, by=clerk, at=at)
        release_task(task_id=task.pk, by=clerk, at=at)
        assert list(my_queue(second_clerk)) == [task]

    def test_of_anothers_task_is_the_supervisors_alone(self, task, clerk, second_clerk, supervisor, at):
        take_task(task_id=task.pk, by=clerk, at=at)
        with pytest.raises(Refused, match="本人或主管"):
            release_task(task_id=task.pk, by=second_clerk, at=at)
        assert Task.objects.get().assignee == clerk

        release_task(task_id=task.pk, by=supervisor, at=at)
        assert Task.objects.get().assignee is None


@pytest.mark.django_db(transaction=True)
class TestTakingAtTheSameMoment:
    def test_gives_it_to_one(self, task, clerk, second_clerk, at, at_once):
        officers = [Officer.objects.get(pk=person.pk) for person in (clerk, second_clerk)]
        results = at_once(*[lambda by=by: take_task(task_id=task.pk, by=by, at=at) for by in officers])
        assert sum(isinstance(result, Refused) for result in results) == 1
        assert AuditEntry.objects.filter(action="take_task").count() == 1
