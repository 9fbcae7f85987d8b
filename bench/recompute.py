"""The year's recompute: settled bills of many persons read by COPY, replayed and compared, by one worker and by two.

A scratch database is made beside the configured one and dropped at the end; its bills are written by COPY straight
into the compact record, with the amounts that the engine gives. The first figure is the yardstick: what one backend
needs to send the same bills in the same order.

    python -m bench recompute       (PERSONS=1000000 python -m bench recompute for the full size)
"""

import os
import resource
import time
from datetime import date, timedelta
from multiprocessing import get_context

from bench.scratch import quiet_bell, scratch_database

YEAR = 2025
SHARE = (1, 2, 3, 3, 4, 4, 5, 2, 6, 3)
"""Bills of a person, ten persons in turn: 3.3 each."""
SCENES = (
    ("resident", (), "level3"), ("resident", (), "level2"), ("resident", ("minimum_allowance",), "level3"),
    ("employee", (), "level3"), ("resident", (), "level1"), ("employee", ("civil_servant", "large_amount"), "level2"),
)


def _facts() -> list[str]:
    import policy
    from policy import packed

    found = []
    for scheme, tags, level in SCENES:
        person = {"birth_date": "1975-05-20", "scheme": scheme, "certificates": [],
                  "tags": [{"tag": tag, "from": "2015-01-01", "to": None} for tag in tags]}
        bill = {"id": "1", "benefit": "inpatient", "date": f"{YEAR}-03-01", "level": level, "total": "1.00"}
        request = {"pool": "bazhong", "person": person, "bills": [bill]}
        found.append(packed.pack_bills(request, policy.pack_for("bazhong"))[0].facts)
    return found


def _fill(persons: int) -> int:
    """Bills and accumulators by COPY, with keys of other tables that nobody looks up here."""
    from django.db import connection

    import policy
    from casework import services as casework
    from policy import packed

    pack = policy.pack_for("bazhong")
    release = casework.keep_release(pack).pk
    replayer, facts, count = packed.replayer_of(pack), _facts(), 0
    columns = "person_id, year, place, number, settlement_id, release_id, day, facts_id, live, numbers"
    totals: list[tuple[int, str, str]] = []
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET statement_timeout = 0")
        for text in facts:
            cursor.execute("INSERT INTO claims_settledfacts VALUES (%s, %s)", [packed.digest(text), text])
        with cursor.copy(f"COPY claims_settledbill ({columns}) FROM STDIN") as copy:
            for person in range(1, persons + 1):
                state: dict = {}
                for number in range(SHARE[person % 10]):
                    count += 1
                    mixed = count * 2_654_435_761 % 2**32
                    day = date(YEAR, 1, 1) + timedelta(days=number * 60 + mixed % 59)
                    text = facts[person % len(facts)]
                    inputs = (100_000 + mixed % 3_000_000, mixed % 50_000, mixed % 20_000, 0, 0, 20 + person % 60,
                              mixed % 12)
                    result = replayer.function(text, day)(*inputs, state, {})
                    keys = person, YEAR, count, 1, count, release, day, packed.digest(text), True
                    copy.write_row((*keys, packed.NUMBERS.pack(*inputs, *result)))
                totals += [(person, name, f"{value / 100:.2f}") for name, value in state.items() if value]
        with cursor.copy("COPY claims_accumulator (person_id, year, name, amount) FROM STDIN") as copy:
            for person, name, amount in totals:
                copy.write_row((person, YEAR, name, amount))
        cursor.execute("VACUUM ANALYZE claims_settledbill")
        cursor.execute("VACUUM ANALYZE claims_accumulator")
    return count


def _read(persons: int) -> float:
    """Seconds that one backend needs to send all bills in order, with nothing done to them."""
    from django.db import transaction

    from relief.services.recompute.replaying import blocks_of

    before = time.perf_counter()
    with transaction.atomic():
        for _ in blocks_of(YEAR, 0, persons):
            pass
    return time.perf_counter() - before


def _worker(place: int, workers: int, persons: int, size: int, answers, ready) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    connection.settings_dict["NAME"] = f"bench_{settings.DATABASES['default']['NAME'].removeprefix('bench_')}"
    from relief.models import Recompute
    from relief.services.recompute import replay_persons

    run, bills, different, checksum = Recompute(year=YEAR, region_code="511900"), 0, 0, 0
    replay_persons(run, 1, 100)
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    ready.wait()
    started = time.perf_counter()
    for number, first in enumerate(range(1, persons + 1, size)):
        if number % workers == place:
            found = replay_persons(run, first, min(first + size - 1, persons))
            bills, checksum = bills + found.bills, checksum + found.checksum
            different += len(found.different)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    answers.put((time.perf_counter() - started, bills, different, checksum, peak - idle))


def _replay(workers: int, persons: int) -> tuple[float, int, int, int, int]:
    """Seconds of the slowest worker, bills, differences, checksum, and the most memory that a worker took, in MB.

    A worker of the service lives on: Django and the compiled packs are loaded before the clock and the memory count.
    """
    context = get_context("spawn")
    answers, ready = context.Queue(), context.Barrier(workers)
    size = min(20_000, -(-persons // (4 * workers)))
    each = [context.Process(target=_worker, args=(n, workers, persons, size, answers, ready)) for n in range(workers)]
    for process in each:
        process.start()
    found = [answers.get() for _ in each]
    for process in each:
        process.join()
    seconds, bills, different, checksums, memory = zip(*found, strict=True)
    return max(seconds), sum(bills), sum(different), sum(checksums) % 2**128, max(memory)


def main() -> None:
    """Print what was measured."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    quiet_bell()
    persons = int(os.environ.get("PERSONS", "50000"))
    with scratch_database():
        bills = _fill(persons)
        print(f"recompute of {persons:,} persons, {bills:,} settled bills")
        _read(persons)
        floor = _read(persons)
        print(f"  COPY alone, one backend  {floor:8.2f} s")
        from django.db import connections

        connections.close_all()
        one, two = _replay(1, persons), _replay(2, persons)
    for name, found in (("one worker", one), ("two workers", two)):
        print(f"  {name:24} {found[0]:8.2f} s  {found[0] / floor:5.2f} x COPY  {bills / found[0]:10,.0f} bills/s"
              f"  +{found[4]} MB  {found[2]} differences")
    print(f"  two over one             {one[0] / two[0]:8.2f} x   same checksum: {one[3] == two[3]}")


if __name__ == "__main__":
    main()
