"""The inner loop: settled bills read in person order by COPY, replayed year by year, compared as bytes.

Memory is that of one person and of the functions met so far. Rows are never turned into objects: a row is split
once, its release, facts and day are one key to a compiled function, its amounts one text to compare with.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from policy import packed
from policy.accumulators import State

BILLS = """
COPY (SELECT person_id, settlement_id, number, inputs, result, release_id, facts, day FROM claims_settledbill
       WHERE live AND year = {year} AND person_id BETWEEN {first} AND {last}{within}
       ORDER BY year, person_id, place, number) TO STDOUT
"""
ACCUMULATORS = """
SELECT person_id, string_agg(name || '=' || (amount * 100)::bigint, ',' ORDER BY name COLLATE "C")
  FROM claims_accumulator WHERE year = %s AND person_id BETWEEN %s AND %s AND amount <> 0 GROUP BY person_id
"""
SIZE = 2**128


class Different(NamedTuple):
    """A stored text and the one that the replay gives; without settlement it is the year's accumulators."""

    person: int
    settlement: int | None
    number: int
    before: str
    after: str


@dataclass
class Replayed:
    """What a stretch of persons came to. The checksum is a sum: it does not depend on how persons are divided."""

    persons: int = 0
    bills: int = 0
    checksum: int = 0
    different: list[Different] = field(default_factory=list)
    by_request: list[int] = field(default_factory=list)
    """Persons with a bill that only its request can tell; they are left to the caller."""

    @property
    def digest(self) -> str:
        return f"{self.checksum % SIZE:032x}"


def replay(rows: Iterable[Any], stored: dict[int, str], cache: packed.Cache) -> Replayed:
    """Replay rows of `BILLS`. `stored` are the accumulators of these persons; what is left over differs too."""
    run = Replayed()
    found, settled, read = cache.found, packed.settled, cache.read
    person, state, courses, settlement, texts, skip = b"", {}, {}, b"", [], False
    for row in rows:
        who, which, number, inputs, result, plan = bytes(row)[:-1].split(b"\t", 5)
        if who != person:
            if person:
                _close(run, person, state, texts, stored, skip=skip)
            person, state, texts, skip, settlement = who, {}, [], False, b""
        run.bills += 1
        if skip:
            continue
        if which != settlement:
            settlement, courses = which, {}
        if b"\t\t" in plan:
            skip = True
            run.by_request.append(int(who))
            continue
        call, bill = found.get(plan) or read(plan)
        after = settled(call, bill, inputs, state, courses)
        texts.append(after)
        if after != result:
            run.different.append(Different(int(who), int(which), int(number), result.decode(), after.decode()))
    if person:
        _close(run, person, state, texts, stored, skip=skip)
    for left, text in sorted(stored.items()):
        run.different.append(Different(left, None, 0, text, ""))
    return run


def _close(
    run: Replayed, person: bytes, state: State, texts: list[bytes], stored: dict[int, str], *, skip: bool
) -> None:
    """The person's accumulators against the stored ones, and the person's part of the checksum."""
    run.persons += 1
    who = int(person)
    before = stored.pop(who, "")
    if skip:
        run.different = [each for each in run.different if each.person != who]
        return
    after = ",".join([f"{name}={value}" for name, value in sorted(state.items()) if value])
    if after != before:
        run.different.append(Different(who, None, 0, before, after))
    own = sha256(b"%b|%b|%b" % (person, b";".join(texts), after.encode())).digest()
    run.checksum += int.from_bytes(own[:16], "big")


def rows_of(cursor: Any, year: int, first: int, last: int, region: str = "") -> Iterator[Any]:
    """The live bills of a stretch of persons, in order, as COPY writes them. `cursor` is psycopg's own."""
    within = ""
    if region:
        within = f" AND person_id IN (SELECT id FROM enrollment_person WHERE region_code LIKE '{int(region)}%')"  # noqa: S608
    sql = BILLS.format(year=int(year), first=int(first), last=int(last), within=within)
    with cursor.copy(sql) as copy:
        yield from copy


def accumulators_of(cursor: Any, year: int, first: int, last: int, region: str = "") -> dict[int, str]:
    """The stored accumulators of a stretch of persons, as text in the order of their names."""
    sql = ACCUMULATORS
    if region:
        within = f"AND person_id IN (SELECT id FROM enrollment_person WHERE region_code LIKE '{int(region)}%%')"  # noqa: S608
        sql = sql.replace("GROUP BY", f"{within} GROUP BY")
    cursor.execute(sql, [year, first, last])
    return dict(cursor.fetchall())
