"""The push under faults: the receiver down for an hour, Redis killed, workers dying at each point of the way."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from casework import jobs
from casework.models import Job
from relief import exchange_tasks
from relief.models import Push, PushDelivery
from relief.services import exchange
from relief.services.exchange import channels, sending
from tests.enrollment.test_bulk_kills import KILLED, Killer, run_in_child
from tests.faults.machinery import ROOT, an_hour_later, wait_for
from tests.people import make_officer
from tests.relief.exchange import CITY, DECEMBER, HIGH, KEY, NOVEMBER, addresses, lever, receiver_of, run_jobs

pytestmark = pytest.mark.django_db(transaction=True)
SEND = "relief.send_push"
OFFICES = ("civil_affairs", "agriculture", "health")


def violations() -> list:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM relief_exchange_violation")
        return cursor.fetchall()


@pytest.fixture
def stand_in(tmp_path) -> Iterator[str]:
    """The authorities' side as a process of its own; its address."""
    port = tmp_path / "port"
    command = [sys.executable, "-m", "config.demo.receiver", "--port", "0", "--port-file", str(port), "--mode", "down"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "EXCHANGE_KEY": KEY})
    try:
        wait_for(port.exists, "the stand-in receiver")
        yield f"http://127.0.0.1:{port.read_text()}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


@pytest.fixture
def quiet(monkeypatch) -> None:
    """Bells are not rung: jobs are run where the test says."""
    monkeypatch.setattr(jobs, "_ring", lambda job_id: None)


class TestTheReceiverDownForAnHour:
    def test_and_redis_killed_every_row_is_delivered_once_in_sequence(
        self, plant, stand_in, person, spends, approved, monkeypatch, tmp_path, settings,
    ):
        settings.DOCUMENT_ROOT = tmp_path / "documents"
        reach = ",".join(f"{name}={stand_in}" for name in addresses(stand_in))
        monkeypatch.setattr(jobs, "_ring", lambda job_id: None)
        people = [person(name) for name in ("张三", "李四", "王五")]
        spends(people[0], HIGH)
        approved()
        spends(people[1], HIGH, moment=NOVEMBER)
        spends(people[2], HIGH, moment=NOVEMBER)
        approved("2025-11", at=DECEMBER)
        here = plant(EXCHANGE_KEY=KEY, EXCHANGE_ADDRESSES=reach)
        here.start_worker()

        wait_for(lambda: not Job.objects.filter(kind=SEND, attempts=0).exists(), "a first attempt", here.sweep)
        here.kill_redis()
        lever(stand_in, "/mode", mode="normal")
        here.start_redis_again()
        wait_for(
            lambda: not PushDelivery.objects.filter(state="waiting").exists(), "delivery",
            lambda: (an_hour_later(SEND), here.sweep()),
        )

        got = lever(stand_in, "/got")
        for code in OFFICES:
            assert list(got[f"{CITY}.{code}"]["rows"].values()) == [
                [people[0].id_no], sorted(one.id_no for one in people[1:]),
            ]
        assert violations() == []


class TestTwoAtOnce:
    def test_beats_make_one_list_and_workers_send_it_once(self, person, spends, office, quiet, at_once, monkeypatch):
        spends(person(), HIGH)
        monkeypatch.setattr("casework.clock.now", lambda: NOVEMBER)
        at_once(exchange_tasks.monthly_push, exchange_tasks.monthly_push)
        monkeypatch.undo()
        monkeypatch.setattr(jobs, "_ring", lambda job_id: None)
        Job.objects.update(next_at=NOVEMBER)
        monkeypatch.setattr("relief.exchange_tasks.clock.now", lambda: NOVEMBER)
        run_jobs("relief.monthly_push")
        monkeypatch.undo()
        monkeypatch.setattr(jobs, "_ring", lambda job_id: None)
        run_twice(at_once, "relief.build_push")
        exchange.approve_push(
            push_id=Push.objects.get().pk, by=make_officer("主管", "Z777", CITY), at=NOVEMBER
        )
        run_twice(at_once, SEND)

        assert Push.objects.get().files.count() == 3
        assert {name: (one.taken, one.repeats) for name, one in office[0].offices.items()} == {
            f"{CITY}.{code}": (1, 0) for code in OFFICES
        }


def run_twice(at_once: Callable, kind: str) -> None:
    for pk in Job.objects.filter(kind=kind).values_list("pk", flat=True):
        assert sorted(at_once(lambda pk=pk: jobs.run(pk), lambda pk=pk: jobs.run(pk))) == [False, True]


def finish(kind: str, key: str) -> None:
    job = Job.objects.get(kind=kind, key=key)
    if job.state != Job.State.DONE:
        assert run_in_child(job.pk, None) == 0
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.message


class AfterAWrite(Killer):
    """Ends the process when the nth writing statement was done, before anybody heard."""

    def __init__(self, write: int) -> None:
        super().__init__(write, after=True)

    def __call__(self, execute, sql, params, many, context):
        if sql.lstrip().startswith(("INSERT", "UPDATE")) or "INSERT INTO" in sql:
            return super().__call__(execute, sql, params, many, context)
        return execute(sql, params, many, context)


DEATHS = {"before each statement": (lambda place: Killer(place, after=False), 15), "after each write": (AfterAWrite, 4)}


class TestAListThatIsBeingBuilt:
    @pytest.mark.parametrize("death", DEATHS)
    def test_is_the_same_wherever_its_worker_dies(self, death, person, spends, city_window, quiet):
        """F4, F10: at each point of the job in turn, until a run has no point left to die at."""
        for name in ("张三", "李四"):
            spends(person(name), HIGH)
        digests, place, died, (killer, points) = set(), 0, True, DEATHS[death]
        while died:
            place += 1
            push = exchange.ask_push(region_code=CITY, month="2025-10", by=city_window, at=NOVEMBER)
            job = Job.objects.get(kind="relief.build_push", key=push.push_no)
            died = run_in_child(job.pk, killer(place)) == KILLED
            finish("relief.build_push", push.push_no)
            push.refresh_from_db()
            digests.add((push.rows, push.rows_sha256, *push.files.order_by("form").values_list("sha256", flat=True)))
            exchange.withdraw_push(push_id=push.pk, reason="下一次", by=city_window, at=NOVEMBER)
        assert place > points, "the job has fewer points than this test was written for"
        assert len(digests) == 1
        assert violations() == []


class Wired(channels.Https):
    """Dies at a call: before it goes out, or after the other side has acted and before anybody heard."""

    place, after = 0, False

    def put(self, *given) -> None:
        self._maybe_die(super().put, given)

    def conclude(self, *given) -> str:
        return self._maybe_die(super().conclude, given)

    def _maybe_die(self, call: Callable, given: tuple):
        Wired.place -= 1
        if Wired.place == 0:
            if Wired.after:
                call(*given)
            os._exit(KILLED)
        return call(*given)


POINTS = {
    "before the first file": (1, False), "after the first file": (1, True), "before the manifest": (3, False),
    "after the manifest, before the mark": (3, True),
}


class TestADeliveryThatIsUnderWay:
    @pytest.mark.parametrize("point", POINTS)
    def test_arrives_once_though_its_worker_dies(self, point, person, spends, approved, office, quiet, monkeypatch):
        """F4: between the files, between the receiver's word and our mark."""
        spends(person(), HIGH)
        approved()
        monkeypatch.setattr(channels, "Https", Wired)
        monkeypatch.setattr(sending, "channel_to", channels.channel_to)
        Wired.place, Wired.after = POINTS[point]
        job = Job.objects.filter(kind=SEND, key__startswith=f"{receiver_of('civil_affairs').pk}:").get()
        assert run_in_child(job.pk, None) == KILLED
        Wired.place = 0
        finish(SEND, job.key)

        desk = office[0].offices[f"{CITY}.civil_affairs"]
        assert (desk.taken, desk.repeats) == (1, 1 if POINTS[point] == (3, True) else 0)
        assert PushDelivery.objects.get(receiver__code="civil_affairs").attempts.filter(arrived=True).count() == 1
        assert violations() == []

    def test_is_marked_once_whichever_statement_its_worker_dies_at(self, person, spends, approved, office, quiet):
        """F4: before and after each statement of the mark and its commit; each attempt goes on from the one before."""
        spends(person(), HIGH)
        approved()
        job = Job.objects.filter(kind=SEND, key__startswith=f"{receiver_of('health').pk}:").get()
        for kill in range(1, 40):
            if run_in_child(job.pk, Killer(kill, after=kill % 2 == 0)) != KILLED:
                break
        finish(SEND, job.key)
        desk = office[0].offices[f"{CITY}.health"]
        assert (desk.taken, PushDelivery.objects.get(receiver__code="health").state) == (1, "sent")
        assert PushDelivery.objects.get(receiver__code="health").attempts.filter(arrived=True).count() == 1
        assert violations() == []
