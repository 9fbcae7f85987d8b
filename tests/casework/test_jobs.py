"""Jobs: the row is the truth, the bell may ring twice or never, and nobody does a job at the same time as another."""
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from casework import jobs, services, tasks
from casework.errors import Refused
from casework.models import Counter, Job
from casework.numbering import next_value

PAST = timedelta(seconds=1)


@pytest.fixture
def handlers(monkeypatch):
    """The handlers of this test only."""
    monkeypatch.setattr(jobs, "HANDLERS", {})
    return jobs.HANDLERS


@pytest.fixture
def bells(monkeypatch):
    """The bells that rang; nobody hears them."""
    rung: list[int] = []
    monkeypatch.setattr(tasks.run_job, "apply_async", lambda args, **_: rung.append(args[0]))
    return rung


def counting(kind: str = "count", **options):
    @jobs.handler(kind, **options)
    def handle(run: jobs.Run) -> None:
        next_value("effects")

    return handle


def effects() -> int:
    return sum(Counter.objects.filter(name="effects").values_list("value", flat=True))


@pytest.mark.django_db
class TestEnqueueing:
    def test_the_same_key_is_the_same_job(self, bells):
        first, again = jobs.enqueue("count", "1", {"a": 1}), jobs.enqueue("count", "1", {"a": 2})
        assert first == again
        assert Job.objects.get().payload == {"a": 1}

    def test_rings_only_after_the_commit(self, bells, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            job = jobs.enqueue("count", "1")
            assert bells == []
        assert bells == [job.pk]

    def test_outlives_a_dead_broker(self, monkeypatch, handlers, django_capture_on_commit_callbacks):
        def dead(*_, **__):
            raise ConnectionError("no broker")

        counting()
        monkeypatch.setattr(tasks.run_job, "apply_async", dead)
        with django_capture_on_commit_callbacks(execute=True):
            jobs.enqueue("count", "1")
        assert services.run_due() == 1
        assert effects() == 1


@pytest.mark.django_db
class TestRunning:
    @pytest.fixture
    def job(self, bells) -> Job:
        return jobs.enqueue("count", "1", {"person": 7})

    def test_does_it_once_however_often_the_bell_rings(self, job, handlers):
        counting()
        assert [jobs.run(job.pk) for _ in range(3)] == [True, False, False]
        job.refresh_from_db()
        assert (job.state, job.attempts, job.fence, effects()) == (Job.State.DONE, 1, 1, 1)
        assert job.finished_at is not None

    def test_hands_over_key_and_payload(self, job, handlers):
        seen = []
        jobs.handler("count")(lambda run: seen.append((run.key, run.payload)))
        jobs.run(job.pk)
        assert seen == [("1", {"person": 7})]

    def test_of_a_job_that_is_not_there_does_nothing(self, db):
        assert jobs.run(4711) is False

    def test_undoes_what_a_failed_attempt_wrote_and_tries_again_later(self, job, handlers):
        @jobs.handler("count")
        def fails(run):
            next_value("effects")
            raise ZeroDivisionError("含身份证号的话")

        assert jobs.run(job.pk) is False

        job.refresh_from_db()
        assert (job.state, job.attempts, effects()) == (Job.State.PENDING, 1, 0)
        assert job.message == "ZeroDivisionError"
        assert job.next_at > timezone.now() + timedelta(seconds=5)
        assert jobs.run(job.pk) is False
        assert Job.objects.get().attempts == 1

    def test_shows_the_words_of_a_refusal(self, job, handlers):
        @jobs.handler("count")
        def refuses(run):
            raise Refused("closed", "该年度已结账。")

        jobs.run(job.pk)
        assert Job.objects.get().message == "该年度已结账。"

    def test_waits_longer_after_each_failure(self):
        pauses = [jobs.pause_after(n).total_seconds() for n in range(1, 12)]
        assert pauses[:4] == [10, 20, 40, 80]
        assert pauses == sorted(pauses)
        assert pauses[-1] == 3600

    def test_gives_up_in_the_end_until_a_person_retries(self, job, handlers, bells, django_capture_on_commit_callbacks):
        @jobs.handler("count")
        def fails(run):
            raise ZeroDivisionError

        for _ in range(jobs.MAX_ATTEMPTS):
            Job.objects.update(next_at=timezone.now() - PAST)
            jobs.run(job.pk)
        assert Job.objects.get().state == Job.State.DEAD
        assert services.run_due() == 0

        counting()
        with django_capture_on_commit_callbacks(execute=True):
            jobs.retry(job.pk)
        assert bells == [job.pk]
        assert jobs.run(job.pk) is True

    def test_retries_only_what_is_dead(self, job):
        with pytest.raises(Refused, match="未处于失败状态"):
            jobs.retry(job.pk)

    def test_that_can_not_succeed_is_dead_at_once(self, job, handlers):
        @jobs.handler("count")
        def hopeless(run):
            raise jobs.Hopeless("文件不存在。")

        jobs.run(job.pk)
        assert (Job.objects.get().state, Job.objects.get().message) == (Job.State.DEAD, "文件不存在。")

    def test_without_a_handler_is_dead_and_says_so(self, job, handlers):
        jobs.run(job.pk)
        assert Job.objects.get().message == "没有程序办理此种作业。"

    def test_shows_its_progress(self, job, handlers):
        @jobs.handler("count", atomic=False)
        def long(run):
            run.checkpoint(50, 200, "已重算50人")
            assert Job.objects.get().progress == 50

        assert jobs.run(job.pk) is True
        assert (Job.objects.get().progress, Job.objects.get().total) == (50, 200)


@pytest.mark.django_db
class TestASilentWorker:
    """One that was killed: its row says running, its lease ends."""

    @pytest.fixture
    def abandoned(self, bells, handlers) -> Job:
        counting()
        job = jobs.enqueue("count", "1")
        assert jobs._claim(job.pk) is not None
        return job

    def test_keeps_the_job_while_its_lease_runs(self, abandoned):
        assert jobs.run(abandoned.pk) is False
        assert services.run_due() == 0

    def test_is_followed_by_another_once_the_lease_is_over(self, abandoned):
        Job.objects.update(lease_until=timezone.now() - PAST)
        assert services.run_due() == 1
        assert (Job.objects.get().fence, effects()) == (2, 1)

    def test_has_no_effect_if_it_wakes_up_after_that(self, abandoned, handlers):
        Job.objects.update(lease_until=timezone.now() - PAST)
        late = jobs._claim(abandoned.pk)[1]
        Job.objects.update(fence=3)  # another has taken over
        with pytest.raises(jobs.LeaseLost):
            jobs._run_whole(handlers["count"].function, late)
        with pytest.raises(jobs.LeaseLost):
            late.checkpoint(1, 2)
        assert effects() == 0

    def test_that_dies_each_time_ends_as_a_dead_job(self, abandoned):
        for _ in range(jobs.MAX_ATTEMPTS):
            Job.objects.update(lease_until=timezone.now() - PAST)
            jobs._claim(abandoned.pk)
        assert (Job.objects.get().state, Job.objects.get().message) == (Job.State.DEAD, "多次中断，未能完成。")


@pytest.mark.django_db
class TestTheSweeper:
    def test_rings_again_for_what_is_due_and_not_sooner_than_needed(self, bells):
        job = jobs.enqueue("count", "1")
        assert tasks.sweep() == 1
        assert tasks.sweep() == 0
        assert bells == [job.pk]

        Job.objects.update(rung_at=timezone.now() - tasks.RING_AGAIN - PAST)
        assert tasks.sweep() == 1

    def test_leaves_what_is_not_due_dead_or_done(self, bells):
        jobs.enqueue("count", "later")
        Job.objects.update(next_at=timezone.now() + timedelta(hours=1))
        jobs.enqueue("count", "dead")
        Job.objects.filter(key="dead").update(state=Job.State.DEAD)
        jobs.enqueue("count", "done")
        Job.objects.filter(key="done").update(state=Job.State.DONE)
        assert tasks.sweep() == 0

    def test_costs_the_same_however_much_is_due(self, bells, django_assert_max_num_queries):
        for number in range(20):
            jobs.enqueue("count", str(number))
        with django_assert_max_num_queries(5):
            assert tasks.sweep() == 20


@pytest.mark.django_db(transaction=True)
class TestWithRealConcurrency:
    def test_two_workers_never_run_one_job_at_once(self, handlers, bells, at_once):
        running, highest = [0], [0]
        lock = threading.Lock()

        @jobs.handler("slow")
        def slow(run):
            with lock:
                running[0] += 1
                highest[0] = max(highest[0], running[0])
            time.sleep(0.1)
            next_value("effects")
            with lock:
                running[0] -= 1

        job = jobs.enqueue("slow", "1")
        results = at_once(*[lambda: jobs.run(job.pk)] * 6)
        assert sorted(results) == [False] * 5 + [True]
        assert (highest[0], effects()) == (1, 1)

    def test_not_even_when_the_lease_is_shorter_than_the_work(self, handlers, bells, at_once):
        @jobs.handler("slow", lease=timedelta(milliseconds=10))
        def slow(run):
            time.sleep(0.3)
            next_value("effects")

        job = jobs.enqueue("slow", "1")

        def second():
            time.sleep(0.15)
            return jobs.run(job.pk)

        assert at_once(lambda: jobs.run(job.pk), second) == [True, False]
        assert effects() == 1

    def test_a_crash_between_commit_and_bell_loses_nothing(self, handlers, monkeypatch):
        counting()
        monkeypatch.setattr(jobs, "_ring", lambda job_id: None)
        with transaction.atomic():
            jobs.enqueue("count", "1")

        assert services.run_due() == 1
        assert effects() == 1

    def test_a_rolled_back_deed_leaves_no_job_and_rings_no_bell(self, handlers, bells):
        with transaction.atomic():
            jobs.enqueue("count", "1")
            transaction.set_rollback(True)
        assert not Job.objects.exists()
        assert bells == []

    def test_two_sweepers_share_what_is_due(self, handlers, bells, at_once):
        for number in range(50):
            jobs.enqueue("count", str(number))
        bells.clear()
        assert sum(at_once(tasks.sweep, tasks.sweep, tasks.sweep)) == 50
        assert len(bells) == len(set(bells)) == 50

    def test_the_same_job_enqueued_at_once_is_one(self, bells, at_once):
        results = at_once(*[lambda: jobs.enqueue("count", "1").pk] * 6)
        assert len(set(results)) == 1
        assert Job.objects.count() == 1

    def test_an_attempt_whose_connection_is_cut_has_no_effect_and_is_repeated(self, handlers, bells, at_once):
        @jobs.handler("cut")
        def cut(run):
            next_value("effects")
            if run.fence == 1:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        job = jobs.enqueue("cut", "1")
        at_once(lambda: jobs.run(job.pk))
        assert (Job.objects.get().state, effects()) == (Job.State.PENDING, 0)

        Job.objects.update(next_at=timezone.now())
        assert services.run_due() == 1
        assert effects() == 1
