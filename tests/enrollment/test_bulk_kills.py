"""A worker that dies at any statement: whoever takes the job up ends where an undisturbed run would have."""
import os
import random
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import connection, connections
from django.utils import timezone

from casework import jobs
from casework.models import AuditEntry, Job
from enrollment import services as enrollment
from enrollment.models import BulkBatch, BulkExport, Contribution, Person, StagedRow
from enrollment.services.bulk import exporting, reading, registry
from tests.enrollment import bulk
from tests.enrollment.bulk import PAYMENT_HEAD, PERSON_HEAD, csv_file, payment_row, person_row, xlsx_file

pytestmark = pytest.mark.django_db(transaction=True)
KILLED = 137
PERSONS = 120


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Bells are not rung, and chunks are small: a file of a hundred rows has as many commits as one of 200,000."""
    monkeypatch.setattr(jobs, "_ring", lambda job_id: None)
    monkeypatch.setattr(reading, "CHUNK", 16)
    monkeypatch.setattr(exporting, "PAGE", 16)
    for code, kind in registry.KINDS.items():
        monkeypatch.setitem(registry.KINDS, code, replace(kind, chunk=12))


class Killer:
    """Ends the process at the nth statement: before it is sent, or after it was done but before anybody heard."""

    def __init__(self, statement: int, *, after: bool) -> None:
        self.left, self.after = statement, after

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left == 0:
            if self.after:
                execute(sql, params, many, context)
            os._exit(KILLED)
        return execute(sql, params, many, context)


def run_in_child(job_id: int, killer: Killer | None) -> int:
    """Run a job in a process of its own, as a worker does; returns its exit code."""
    Job.objects.filter(pk=job_id).update(attempts=0, lease_until=timezone.now() - timedelta(seconds=1))
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            if killer is not None:
                connection.execute_wrappers.append(killer)
            jobs.run(job_id)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run_with_kills(kind: str, key: str, seed: int, kills: int, reach: int) -> None:
    """Kill the job `kills` times at random statements, then let it end; prints the seed when it fails."""
    job, chance, killed = Job.objects.get(kind=kind, key=key), random.Random(seed), 0
    while killed < kills:
        code = run_in_child(job.pk, Killer(chance.randint(1, reach), after=chance.random() < 0.5))
        job.refresh_from_db()
        if job.state == Job.State.DONE:
            break
        assert code == KILLED
        killed += 1
    if job.state != Job.State.DONE:
        run_in_child(job.pk, None)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, f"seed {seed}: {job.message}"


def payments() -> list[list[str]]:
    """A hundred good rows among faulty, doubled and foreign ones."""
    rows = [payment_row(serial) for serial in range(100)]
    rows += [payment_row(serial, 个人缴费金额="4,0") for serial in range(100, 110)]
    rows += [payment_row(serial, 姓名="另一人") for serial in range(110, 115)]
    rows += [payment_row(0), payment_row(1), payment_row(900)]
    random.Random(3).shuffle(rows)
    return rows


def checksum(batch) -> str:
    """The end state: the ledger, the faults and the counts."""
    state = [
        sorted(Contribution.objects.values_list("person__id_no", "for_year", "personal_amount", "source_no")),
        bulk.told(batch), bulk.counts(batch), batch.state, batch.merged_to, StagedRow.objects.count(),
    ]
    return sha256(repr(state).encode()).hexdigest()


def import_payments(data, window_officer, city_manager, at, seed=0, kills=0) -> BulkBatch:
    batch = bulk.upload("resident_payment", data, window_officer, at)
    run_with_kills("enrollment.bulk_read", batch.batch_no, seed, kills, reach=45)
    enrollment.confirm_bulk(batch_id=batch.pk, by=city_manager, at=at)
    run_with_kills("enrollment.bulk_merge", batch.batch_no, seed + 1, kills, reach=60)
    batch.refresh_from_db()
    return batch


class TestAKilledImport:
    @pytest.mark.parametrize(("seed", "kills", "form"), [
        (0, 0, csv_file), (11, 1, csv_file), (12, 3, xlsx_file), (13, 10, csv_file), (14, 10, xlsx_file),
    ])
    def test_ends_as_if_it_had_not_been_killed(self, seed, kills, form, window_officer, city_manager, at):
        bulk.register(PERSONS, at)
        rows = payments()

        batch = import_payments(form(PAYMENT_HEAD, *rows), window_officer, city_manager, at, seed, kills)

        assert (batch.state, *bulk.counts(batch)) == ("done", 118, 100 - 0, 16, 2)
        assert sorted(Contribution.objects.values_list("source_no", flat=True)) == [
            f"SP{serial:08d}" for serial in range(100)
        ]
        chunks = AuditEntry.objects.filter(action="enrollment.bulk_chunk")
        assert sum(entry.detail["accepted"] for entry in chunks) == 100
        assert Job.objects.filter(kind="enrollment.recompute_windows").count() == chunks.count() == batch.chunks
        assert checksum(batch) == EXPECTED.setdefault("payments", checksum(batch))

    def test_of_persons_registers_each_once(self, window_officer, city_manager, at):
        data = csv_file(PERSON_HEAD, *[person_row(serial) for serial in range(PERSONS)])
        batch = bulk.upload("person", data, window_officer, at)
        run_with_kills("enrollment.bulk_read", batch.batch_no, 21, 5, reach=45)
        enrollment.confirm_bulk(batch_id=batch.pk, by=city_manager, at=at)
        run_with_kills("enrollment.bulk_merge", batch.batch_no, 22, 5, reach=60)

        batch.refresh_from_db()
        assert bulk.counts(batch) == (PERSONS, PERSONS, 0, 0)
        assert Person.objects.count() == PERSONS


EXPECTED: dict[str, str] = {}
"""The first, undisturbed run's checksum, which all others must equal."""


class TestAKilledExport:
    @pytest.mark.parametrize("form", BulkExport.Form.values)
    def test_gives_the_same_bytes(self, form, city_manager, at, settings):
        bulk.register(PERSONS, at)
        wanted = enrollment.Wanted("person", form)
        first = enrollment.request_export(wanted, purpose="核对台账", by=city_manager, at=at)
        run_with_kills("enrollment.bulk_export", str(first), 31, 0, reach=1)
        second = enrollment.request_export(wanted, purpose="核对台账", by=city_manager, at=at)
        run_with_kills("enrollment.bulk_export", str(second), 32, 10, reach=30)

        first.refresh_from_db()
        second.refresh_from_db()
        assert (second.state, second.rows) == ("ready", PERSONS)
        assert second.file_sha256 == first.file_sha256
        assert not list((settings.DOCUMENT_ROOT / "bulk").iterdir())
