"""A year replayed from the compact record: the same to the fen, differences seen, and no kill changes the outcome."""

import os
import random
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from casework import jobs
from casework.errors import Refused
from casework.models import Job
from claims import services as claims
from claims.models import SettledBill, SettledFacts, Settlement
from policy import packed
from relief import tasks
from relief.models import Recompute, RecomputeDifference
from relief.services import recompute
from relief.services.recompute import functions, replaying, running
from tests.claims.conftest import *  # noqa: F403  (officers, persons, stays and claims as claims' own tests make them)

pytestmark = pytest.mark.django_db


def run_jobs() -> None:
    for job in Job.objects.filter(kind=running.JOB, state="pending").order_by("pk"):
        jobs.run(job.pk)


@pytest.fixture
def year(take, person, stay):
    """Three persons with two settled claims each in 2025."""
    found = [person("张三丰"), person("李四光", identity="minimum_allowance"), person("王五一", scheme="employee")]
    for one in found:
        take(one, stay("2025-03-02", "2025-03-08", total="45000"))
        take(one, stay("2025-05-02", "2025-05-09", total="260000"), to="approved")
    return found


def start(by, at, **more) -> Recompute:
    run = recompute.start_recompute(year=2025, by=by, at=at, **more)
    run_jobs()
    run.refresh_from_db()
    return run


def tamper(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


class TestTheCompactRecord:
    def test_is_written_with_each_settlement(self, year):
        assert SettledBill.objects.filter(live=True).count() == 6
        assert all('"plan":' in text for text in SettledFacts.objects.values_list("text", flat=True))

    def test_holds_what_was_paid_to_the_fen(self, year):
        for bill in SettledBill.objects.select_related("settlement"):
            item = bill.settlement.items.get(number=bill.number)
            assert {name: Decimal(fen) / 100 for name, fen in bill.paid.items()} == {
                name: getattr(item, name) for name in bill.paid
            }

    def test_keeps_equal_facts_once(self, year):
        assert SettledFacts.objects.count() < SettledBill.objects.count()

    def test_ends_with_its_settlement(self, year, supervisor, at):
        claim = Settlement.objects.filter(claim__status="approved").first().claim
        gone = claim.settlements.live().get()
        claims.reverse(claim_id=claim.pk, reason="票据有误", by=supervisor, at=at)
        assert not SettledBill.objects.get(settlement=gone).live

    @pytest.mark.parametrize("attack", [
        "UPDATE claims_settledbill SET live = false", "DELETE FROM claims_settledbill",
        "UPDATE claims_settledbill SET numbers = set_byte(numbers, 95, 0)",
        "UPDATE claims_settledfacts SET text = '{}'",
    ])
    def test_cannot_be_changed_by_hand(self, year, attack):
        before = list(SettledBill.objects.order_by("pk").values_list("live", "numbers"))
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attack)
        assert list(SettledBill.objects.order_by("pk").values_list("live", "numbers")) == before


class TestRecompute:
    def test_of_an_untouched_year_finds_nothing(self, year, city_manager, at):
        run = start(city_manager, at)
        assert (run.state, run.persons, run.bills, run.differences) == ("done", 3, 6, 0)

    def test_gives_one_checksum_however_it_is_divided(self, year, city_manager, at):
        assert len({start(city_manager, at, chunk=size).checksum for size in (1, 2, 1000)}) == 1

    def test_replays_what_was_reversed_and_settled_again(self, year, supervisor, city_manager, at):
        claim = Settlement.objects.filter(person=year[0]).order_by("pk").last().claim
        claims.reverse(claim_id=claim.pk, reason="票据有误", by=supervisor, at=at)
        assert start(city_manager, at).differences == 0

    def test_of_a_county_leaves_the_others_out(self, year, supervisor, neighbour, at):
        assert start(supervisor, at, region_code="511902").persons == 3
        assert start(neighbour, at, region_code="511903").persons == 0

    def test_of_a_person_is_that_person(self, year, supervisor, at):
        assert start(supervisor, at, person_id=year[1].pk).bills == 2

    def test_asks_the_requests_where_facts_cannot_be_found(self, year, city_manager, at, monkeypatch):
        monkeypatch.setattr(functions, "_TEXTS", {})
        monkeypatch.setattr(functions, "FACTS", f"{functions.FACTS} AND false")
        run = start(city_manager, at)
        assert (run.state, run.persons, run.bills, run.differences) == ("done", 3, 6, 0)

    def test_reads_facts_again_that_it_has_forgotten(self, year, city_manager, at, monkeypatch):
        known = start(city_manager, at)
        monkeypatch.setattr(functions, "_TEXTS", {})
        again = start(city_manager, at)
        assert (again.differences, again.checksum) == (0, known.checksum)

    def test_refuses_a_second_one_of_the_year(self, year, city_manager, at):
        recompute.start_recompute(year=2025, by=city_manager, at=at)
        with pytest.raises(Refused, match="正在运行"):
            recompute.start_recompute(year=2025, by=city_manager, at=at)
        assert Recompute.objects.count() == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            Recompute.objects.create(year=2025, region_code="511900", started_at=at)

    def test_refuses_who_may_not(self, year, window_officer, supervisor, at):
        for officer in (window_officer, supervisor):
            with pytest.raises(Refused, match="权限"):
                recompute.start_recompute(year=2025, by=officer, at=at)
        assert not Recompute.objects.exists()

    def test_is_asked_for_once_a_month(self, year):
        tasks.recompute_year()
        tasks.recompute_year()
        job = Job.objects.get(kind=tasks.CITY_JOB)
        assert jobs.run(job.pk)
        assert Recompute.objects.count() == 1


class TestAFault:
    def test_in_an_amount_is_shown_with_its_payer_and_steps(self, year, city_manager, at):
        bill = SettledBill.objects.order_by("pk").first()
        inputs, paid = packed.NUMBERS.unpack(bill.numbers)[: len(packed.INPUTS)], bill.paid
        wrong = packed.NUMBERS.pack(*inputs, *(paid | {"basic": paid["basic"] + 1}).values()).hex()
        tamper(f"UPDATE claims_settledbill SET numbers = '\\x{wrong}' WHERE id = {bill.pk}")

        run = start(city_manager, at)

        row = RecomputeDifference.objects.get()
        assert (run.differences, row.cause, row.settlement_id) == (1, "fault", bill.settlement_id)
        assert recompute.difference_by_payer(row) == {"basic": (paid["basic"] + 1, paid["basic"])}
        before, after = recompute.steps_before_and_after(difference_id=row.pk, by=city_manager)
        assert before == after
        [line] = recompute.recompute_report(run)
        assert (line.region_code, line.persons, line.differences) == ("511902", 1, 1)

    def test_in_an_accumulator_is_shown(self, year, city_manager, at):
        tamper("UPDATE claims_accumulator SET amount = amount + 1 WHERE id ="
               " (SELECT min(id) FROM claims_accumulator WHERE amount > 0)")
        assert start(city_manager, at).differences == 1
        assert RecomputeDifference.objects.get().settlement_id is None


@pytest.mark.django_db(transaction=True)
class TestKills:
    def test_ten_kills_at_random_rows_end_with_the_same_checksum(self, year, city_manager, at, monkeypatch):
        whole = start(city_manager, at, chunk=1)
        run = recompute.start_recompute(year=2025, by=city_manager, at=at, chunk=1)
        dice = random.Random(20250311)
        wanted = list(Job.objects.filter(key__startswith=f"{run.pk}:").values_list("pk", flat=True))
        connections.close_all()
        for kill in range(10):
            self._killed(wanted[kill % len(wanted)], dice.randrange(4), monkeypatch)
            Job.objects.filter(pk__in=wanted, state="running").update(lease_until=at, attempts=1)
            connections.close_all()

        for job in wanted:
            jobs.run(job)

        run.refresh_from_db()
        assert (run.state, run.checksum, run.bills) == ("done", whole.checksum, whole.bills)

    def _killed(self, job: int, row: int, monkeypatch) -> None:
        """A worker that dies, as by SIGKILL, at its n-th row; at row 3 after its work, before the commit."""
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            return
        try:
            real = replaying.blocks_of

            def dying(*given):
                for number, found in enumerate(real(*given)):
                    if number == row:
                        os._exit(137)
                    yield found

            replaying.blocks_of = dying
            replaying.BLOCK = 1
            running._finish = lambda _: os._exit(137)
            jobs.run(job)
        finally:
            os._exit(137)


@pytest.mark.django_db(transaction=True)
class TestMeanwhile:
    def test_a_claim_settled_between_two_reads_is_no_difference(
        self, year, take, stay, window_officer, city_manager, at, at_once, monkeypatch
    ):
        claim = take(year[0], stay("2025-07-02", "2025-07-09", total="30000"), to="entered")
        real, settled = replaying.blocks_of, []

        def reading(*given):
            if not settled:
                settled.extend(at_once(lambda: claims.settle(claim_id=claim.pk, by=window_officer, at=at)))
            return real(*given)

        monkeypatch.setattr(replaying, "blocks_of", reading)
        run = start(city_manager, at)

        assert isinstance(settled[0], Settlement)
        assert (run.bills, run.differences) == (7, 0)


class TestReliefAlone:
    def test_is_replayed_among_the_other_bills_of_the_year(self, take, person, stay, city_manager, at):
        """Bills paid elsewhere (BZ-REL-8.2) keep their request; relief before and after them goes on from theirs."""
        poor = person("李四光", identity="minimum_allowance")
        take(poor, stay("2025-03-02", "2025-03-08", total="45000"))
        elsewhere = stay("2025-04-02", "2025-04-08", total="60000", settlement_no="JS1", paid_basic="40000")
        take(poor, elsewhere, reason="06")
        take(poor, stay("2025-05-02", "2025-05-09", total="260000"))

        run = start(city_manager, at)

        assert SettledFacts.objects.exclude(text__contains='"plan":').count() == 1
        assert (run.bills, run.differences) == (3, 0)
