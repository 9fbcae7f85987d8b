"""The push under faults: the receiver down for an hour, Redis killed, workers dying at each point of the way."""

import os
import time
from collections.abc import Callable

import pytest
from django.db import connection, connections

from casework import jobs
from casework.errors import Refused
from casework.models import Job
from relief import exchange_tasks
from relief.models import DeliveryAttempt, Push, PushDelivery, PushReply
from relief.services import exchange
from relief.services.exchange import channels, sending
from tests.enrollment.test_bulk_kills import KILLED, Killer, run_in_child
from tests.faults.machinery import an_hour_later, wait_for
from tests.people import make_officer
from tests.relief.exchange import CITY, DECEMBER, HIGH, KEY, NOVEMBER, addresses, receiver_of, run_jobs

pytestmark = pytest.mark.django_db(transaction=True)
SEND = "relief.send_push"
OFFICES = ("civil_affairs", "agriculture", "health")


def violations() -> list:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM relief_exchange_violation")
        return cursor.fetchall()


@pytest.fixture
def quiet(monkeypatch) -> None:
    """Bells are not rung: jobs are run where the test says."""
    monkeypatch.setattr(jobs, "_ring", lambda job_id: None)


class TestTheReceiverDownForAnHour:
    def test_and_redis_killed_every_row_is_delivered_once_in_sequence(
        self, plant, stand_in, person, spends, approved, monkeypatch, tmp_path, settings,
    ):
        """The receiver is killed as a process, and remembers when it is back; Redis is killed and emptied."""
        settings.DOCUMENT_ROOT = tmp_path / "documents"
        authorities = stand_in("--mode", "down")
        monkeypatch.setattr(jobs, "_ring", lambda job_id: None)
        people = [person(name) for name in ("张三", "李四", "王五")]
        two_lists(people, spends, approved)
        here = plant(EXCHANGE_KEY=KEY, EXCHANGE_ADDRESSES=reach(authorities.address))
        here.start_worker()

        wait_for(lambda: not Job.objects.filter(kind=SEND, attempts=0).exists(), "a first attempt", here.sweep)
        authorities.kill()
        an_hour_later(SEND)
        wait_for(lambda: DeliveryAttempt.objects.filter(message__contains="连接").exists(), "another", here.sweep)
        here.kill_redis()
        authorities.options = ()
        authorities.start()
        here.start_redis_again()
        here.empty_redis()
        wait_for(
            lambda: not PushDelivery.objects.filter(state="waiting").exists(), "delivery",
            lambda: (an_hour_later(SEND), here.sweep()),
        )

        got = authorities.pull("/got")
        for code in OFFICES:
            assert list(got[f"{CITY}.{code}"]["rows"].values()) == [
                [people[0].id_no], sorted(one.id_no for one in people[1:]),
            ]
        exchange_tasks.collect()
        assert set(PushDelivery.objects.values_list("state", "rows_pending", "rows_failed")) == {("answered", 0, 0)}
        assert PushReply.objects.filter(accepted=True).count() == 3 * len(people)
        assert violations() == []

    def test_a_receiver_killed_between_two_lists_goes_on_with_the_second(
        self, stand_in, person, spends, approved, quiet,
    ):
        authorities = stand_in()
        people = [person(name) for name in ("张三", "李四", "王五")]
        two_lists(people, spends, approved)
        exchange.send_delivery(PushDelivery.objects.get(number=1, receiver__code="health").pk, at=NOVEMBER)
        authorities.kill()
        later = PushDelivery.objects.get(number=2, receiver__code="health")
        with pytest.raises(Refused, match="连接"):
            exchange.send_delivery(later.pk, at=DECEMBER)
        authorities.start()

        assert exchange.send_delivery(later.pk, at=DECEMBER) == 1
        assert authorities.pull("/got")[f"{CITY}.health"]["taken"] == 2
        assert violations() == []


def two_lists(people: list, spends: Callable, approved: Callable) -> None:
    """October names the first, November the others."""
    spends(people[0], HIGH)
    approved()
    for one in people[1:]:
        spends(one, HIGH, moment=NOVEMBER)
    approved("2025-11", at=DECEMBER)


def reach(address: str) -> str:
    """What EXCHANGE_ADDRESSES says of it."""
    return ",".join(f"{name}={where}" for name, where in addresses(address).items())


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


class TestAnApproval:
    def test_killed_at_any_statement_burns_no_number(self, person, spends, built, city_manager, quiet):
        """F4: before each statement and after its commit; a number that was taken in vain is taken again."""
        spends(person(), HIGH)
        push = built()
        place, died = 0, True
        while died:
            place += 1
            died = in_child(lambda: exchange.approve_push(push_id=push.pk, by=city_manager, at=NOVEMBER),
                            Killer(place, after=False)) == KILLED
        push.refresh_from_db()
        assert (place > 15, push.state) == (True, "approved")
        assert list(PushDelivery.objects.values_list("number", flat=True)) == [1, 1, 1]
        assert Job.objects.filter(kind=SEND).count() == 3
        assert violations() == []


def in_child(act: Callable, killer: Killer) -> int:
    """Do it in a process of its own that may be killed; returns its exit code."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            connection.execute_wrappers.append(killer)
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


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

    def test_over_a_slow_line_is_waited_for(self, person, spends, approved, office, quiet, monkeypatch):
        """The database ends sessions that sit in a transaction; one that is sending is let be."""
        spends(person(), HIGH)
        approved()
        put = channels.Https.put
        monkeypatch.setattr(channels.Https, "put", lambda *given: (time.sleep(0.6), put(*given)))
        delivery = PushDelivery.objects.get(receiver__code="health")
        with connection.cursor() as cursor:
            cursor.execute("SET idle_in_transaction_session_timeout = '400ms'")
        try:
            assert exchange.send_delivery(delivery.pk, at=NOVEMBER) == 1
        finally:
            connection.close()

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
