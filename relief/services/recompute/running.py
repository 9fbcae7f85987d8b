"""A year's recompute from its start to its report: chunks of persons, each a job of one transaction."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from casework import clock, jobs, rows
from casework.errors import Refused
from casework.models import Officer, PackRelease, get_visible
from casework.models.jurisdiction import area_prefix
from claims import services as claims
from claims.models import Settlement
from claims.services import ledger, rules
from enrollment.models import Person
from relief.models.recompute import Recompute, RecomputeChunk, RecomputeDifference
from relief.services.recompute.comparing import by_todays_pack, by_todays_register
from relief.services.recompute.functions import Functions
from relief.services.recompute.replaying import SIZE, Different, Replayed, accumulators_of, replay_stretch

CHUNK = 20_000
"""Persons in a chunk: seconds of work, and little to do again after a kill."""

HIGHEST = 2**62
JOB = "relief.recompute_chunk"
SHARES = """
SELECT min(person_id) FROM (SELECT person_id, (row_number() OVER (ORDER BY person_id) - 1) / %s AS share
                              FROM claims_personyear WHERE year = %s) AS y GROUP BY share ORDER BY 1
"""


@transaction.atomic
def start_recompute(
    *, year: int, by: Officer | None, at: datetime, region_code: str = "", person_id: int | None = None,
    chunk: int = CHUNK, with_register: bool = False,
) -> Recompute:
    """Have a year's settled bills replayed: of a person, a county or the city. Writes nothing to the ledger.

    Without a region it is the whole pooling area. `with_register` also asks what today's register and today's pack
    would give, which takes longer.

    `by` is None for the schedule. Refuses while another recompute of the year runs, without the permission, and
    outside the officer's territory.
    """
    person, region_code = None, region_code or settings.HOME_AREA
    if person_id is not None:
        person = Person.objects.get(pk=person_id)
        region_code = person.region_code
    if by is not None and not (by.has_perm("relief.run_recompute") and by.sees(region_code)):
        raise Refused("not_permitted", "您没有在该地区发起年度重算的权限。")
    try:
        with transaction.atomic():
            run = Recompute.objects.create(
                year=year, region_code=region_code, person=person, started_by=by, started_at=at,
                with_register=with_register,
            )
    except IntegrityError:
        raise Refused("RECOMPUTE_RUNNING", f"{year}年度已有重算正在运行，请待其完成后再发起。") from None
    for one in RecomputeChunk.objects.bulk_create(_chunks(run, chunk)):
        jobs.enqueue(JOB, key=f"{run.pk}:{one.pk}", payload={"chunk": one.pk})
    return run


@transaction.atomic
def stop_recompute(*, run_id: int, by: Officer, at: datetime) -> Recompute:
    """Stop a run (终止重算): chunks in hand end, those that wait are left. Its differences so far stay."""
    run: Recompute = get_visible(Recompute, by, lock=True, pk=run_id)
    if not by.may("relief.run_recompute"):
        raise Refused("not_permitted", "您没有终止年度重算的权限。")
    if run.state != Recompute.State.RUNNING:
        raise Refused("RECOMPUTE_NOT_RUNNING", "该重算已经结束。")
    run.state, run.finished_at = Recompute.State.STOPPED, at
    run.save(update_fields=["state", "finished_at"])
    return run


def _chunks(run: Recompute, size: int) -> list[RecomputeChunk]:
    """Ranges without gaps, so that nobody falls between two of them."""
    if run.person_id is not None:
        return [RecomputeChunk(run=run, first_person=run.person_id, last_person=run.person_id)]
    [answer] = rows.run(rows.Statement(SHARES, [size, run.year]))
    starts = [0, *(first for (first,) in answer.rows[1:])]
    ends = [*(first - 1 for first in starts[1:]), HIGHEST]
    return [
        RecomputeChunk(run=run, first_person=first, last_person=last)
        for first, last in zip(starts, ends, strict=True)
    ]


@jobs.handler(JOB)
def recompute_chunk_job(held: jobs.Run) -> None:
    """Replay one chunk; its differences, its checksum and the mark that it is done are one transaction."""
    chunk = RecomputeChunk.objects.select_for_update(of=("self",)).select_related("run").get(pk=held.payload["chunk"])
    if chunk.done_at is not None or chunk.run.state != Recompute.State.RUNNING:
        return
    found = replay_persons(chunk.run, chunk.first_person, chunk.last_person)
    differences = _classified(chunk, found)
    _write(chunk, differences)
    chunk.persons, chunk.bills, chunk.checksum = found.persons, found.bills, found.digest
    chunk.differences, chunk.done_at = len(differences), timezone.now()
    chunk.save()
    _finish(chunk.run_id)
    held.message = f"{found.persons}人，{found.bills}笔费用，差异{len(differences)}处。"


def _classified(chunk: RecomputeChunk, found: Replayed) -> list[tuple[str, Different]]:
    """Each difference once, under its first cause: stored facts under the stored pack that give other amounts are a
    fault; then what the register says otherwise today; then the pack."""
    cause, run = RecomputeDifference.Cause, chunk.run
    made = [(cause.FAULT.value, each) for each in found.different]
    if not run.with_register:
        return made
    where = run.year, chunk.first_person, chunk.last_person, _region_of(run)
    seen = {each.person for each in found.different}
    made += [(cause.FACT.value, each) for each in by_todays_register(*where) if each.person not in seen]
    seen |= {each.person for _, each in made}
    releases, today = _releases(), rules.pack_of(run.region_code)
    if any(row.pool == today.pool and row.sha256 != today.ref.sha256 for row in releases.values()):
        changed = by_todays_pack(*where, releases, today)
        made += [(cause.PACK.value, each) for each in changed if each.person not in seen]
    return made


def _region_of(run: Recompute) -> str:
    return "" if run.person_id is not None or run.region_code == settings.HOME_AREA else area_prefix(run.region_code)


def replay_persons(run: Recompute, first: int, last: int) -> Replayed:
    """Replay a range of persons. Claims may be settled meanwhile: whoever differs is looked at again, locked."""
    region = _region_of(run)
    held: set[int] = set()
    releases = _releases()
    while True:
        stored = accumulators_of(run.year, first, last, region)
        functions = Functions(lambda number: rules.pack_of_release(releases[number]))
        found = replay_stretch(run.year, first, last, region, stored, functions)
        for person in found.left:
            _by_request(found, person, run.year)
        suspects = {each.person for each in found.different} - held
        if not suspects:
            return found
        for person in sorted(suspects):
            ledger.lock_years(person, [run.year])
        held |= suspects


def _releases() -> dict[int, PackRelease]:
    """All stored packs, read before the bills: the connection can't be asked for one while it copies."""
    return {release.pk: release for release in PackRelease.objects.all()}


def _by_request(found: Replayed, person: int, year: int) -> None:
    """The settlements of a person whose facts can't be packed, each from its stored request."""
    live = Settlement.objects.live().filter(person=person, bills__year=year).select_related("release").distinct()
    for settlement in live.order_by("pk"):
        proof = claims.replay(settlement)
        found.checksum += int(settlement.digest[:32], 16)
        if not proof.same:
            found.different.append(Different(person, settlement.pk, 0, settlement.digest, proof.problem))


def _write(chunk: RecomputeChunk, differences: list[tuple[str, Different]]) -> None:
    """The shadow rows, by COPY."""
    if not differences:
        return
    table = RecomputeDifference._meta.db_table
    columns = "chunk_id, person_id, settlement_id, number, cause, before, after"
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for cause, each in sorted(differences, key=lambda one: (one[1].person, one[1].settlement or 0, one[1].number)):
            copy.write_row((chunk.pk, each.person, each.settlement, each.number, cause, each.before, each.after))


def _finish(run_id: int) -> None:
    """Close the run once its last chunk is done. The run's row is locked first: two last chunks follow each other."""
    run = Recompute.objects.select_for_update().get(pk=run_id)
    chunks = list(run.chunks.order_by("pk"))
    if run.state != Recompute.State.RUNNING or any(chunk.done_at is None for chunk in chunks):
        return
    run.persons, run.bills = sum(chunk.persons for chunk in chunks), sum(chunk.bills for chunk in chunks)
    run.differences = sum(chunk.differences for chunk in chunks)
    run.checksum = f"{sum(int(chunk.checksum, 16) for chunk in chunks) % SIZE:032x}"
    run.state, run.finished_at = Recompute.State.DONE, clock.now()
    run.save()
