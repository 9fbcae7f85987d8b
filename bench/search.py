"""Finding a person among a million: by number, pinyin initials, the telephone's last four, the start of a name.

A scratch database is filled by COPY and dropped at the end. Measured is what a page of the list asks: the first
fifty of `find_persons`, as an officer of the whole city and as one of a county.

    python -m bench search          (PERSONS=100000 python -m bench search for another size)
"""

import os
import random
import statistics
import time
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from bench.scratch import id_number, officers, persons_by_copy, quiet_bell, scratch_database, some_name

AT = datetime(2025, 11, 3, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
PAGE = 50


def run(persons: int = 1_000_000, searches: int = 200) -> dict[str, object]:
    """Search `searches` times in each way; returns the p50, p95 and greatest milliseconds of each."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    quiet_bell()
    with scratch_database():
        city, county = officers(AT)
        county.region_code = "511902"
        before = time.perf_counter()
        persons_by_copy(persons, name="")
        found: dict[str, object] = {"persons": persons, "filled_s": f"{time.perf_counter() - before:.0f}"}
        for way, words in _words(persons, searches):
            for place, officer in (("city", city), ("county", county)):
                found[f"{way}, {place}"] = _measure(words, officer)
    return found


def _words(persons: int, count: int) -> Iterator[tuple[str, list[str]]]:
    from enrollment.services import names

    chance = random.Random(1)
    asked = [some_name(chance.randrange(2**32)) for _ in range(count)]
    yield "whole number", [id_number(chance.randrange(persons)) for _ in range(count)]
    yield "unknown number", [id_number(persons + chance.randrange(persons)) for _ in range(count)]
    yield "telephone's last four", [f"{chance.randrange(10_000):04d}" for _ in range(count)]
    yield "pinyin initials", [names.initials(name) for name in asked]
    yield "two initials", [names.initials(name)[:2] for name in asked]
    yield "unknown initials", ["".join(chance.choice("aiouv") for _ in range(3)) for _ in range(count)]
    yield "surname in pinyin", [names.pinyin(name).split()[0] for name in asked]
    yield "whole name", asked
    yield "surname and one", [name[:2] for name in asked]
    yield "surname", [name[0] for name in asked]
    yield "unknown surname", [chance.choice("魏蒋秦尤施孔") for _ in range(count)]


def _measure(words: list[str], officer) -> str:
    from enrollment import services

    times, hits = [], 0
    for word in words:
        before = time.perf_counter()
        hits += len(services.find_persons(word, officer)[:PAGE])
        times.append((time.perf_counter() - before) * 1000)
    p95 = statistics.quantiles(times, n=20)[-1]
    return f"p50 {statistics.median(times):.1f} ms, p95 {p95:.1f} ms, max {max(times):.1f} ms, {hits} rows"


def main() -> None:
    """Print what `run` measured."""
    found = run(int(os.environ.get("PERSONS", "1000000")))
    print(f"finding a person: first {PAGE} of find_persons, one process")
    for name, value in found.items():
        print(f"  {name:30} {value}")


if __name__ == "__main__":
    main()
