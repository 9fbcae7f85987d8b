"""The inner loop: settled bills read in person order by COPY, replayed year by year, compared number by number.

Every row is of the same length, so a block of them becomes tuples of whole numbers in one call. A row's release, day
and facts are one key to a function. Memory is that of a block, of a person, and of the functions met so far.
"""

import gc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from operator import itemgetter
from struct import Struct
from typing import Any, NamedTuple

from django.db import transaction

from casework import rows
from policy import money, packed
from policy.accumulators import State
from policy.engine.facts import Refused
from relief.services.recompute.functions import Functions

BLOCK = 2_000
"""Rows taken from the database in one go."""

BILLS = """
COPY (SELECT person_id, settlement_id, number, release_id, day, facts_id, numbers
        FROM claims_settledbill
       WHERE live AND year = {year} AND person_id BETWEEN {first} AND {last}{within}
       ORDER BY year, person_id, place, number) TO STDOUT (FORMAT binary)
"""
ACCUMULATORS = """
SELECT person_id, string_agg(name || '=' || amount, ',') FROM (
    SELECT person_id, name, amount FROM claims_accumulator
     WHERE year = %s AND person_id BETWEEN %s AND %s AND amount <> 0{within} ORDER BY person_id, name
) AS one GROUP BY person_id
"""
WITHIN = " AND person_id IN (SELECT id FROM enrollment_person WHERE region_code LIKE '{region}%')"

IN_ORDER = (
    rows.Statement("SET LOCAL enable_bitmapscan = off"), rows.Statement("SET LOCAL max_parallel_workers_per_gather = 0")
)
"""The index has the rows in their order; else the server would fetch them first and sort them then, three at a time."""

RESULT = Struct(f">{len(packed.RESULT)}q")
ROW = Struct(f">2x 4xq 4xq 4xh 4x36s 4x{len(packed.INPUTS)}q{RESULT.size}s")
"""A row as COPY writes it: the number of its columns, then each with its length before it. None is ever empty."""

SIGNATURE = 19
"""Bytes before the first row."""

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
    """What a stretch of persons came to.

    The checksum is a sum over persons' accumulators and over differences, which with what is stored is all there is
    to know: it does not depend on how persons are divided.
    """

    persons: int = 0
    bills: int = 0
    checksum: int = 0
    different: list[Different] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    """Persons with a bill whose facts are not known, or that only its request can tell; they are not replayed."""

    @property
    def digest(self) -> str:
        """The checksum of the whole."""
        return f"{(self.checksum + sum(checksum_of(repr(tuple(each))) for each in self.different)) % SIZE:032x}"


def replay_stretch(
    year: int, first: int, last: int, region: str, stored: dict[int, str], functions: Functions
) -> Replayed:
    """Replay a stretch of persons; those with facts never met before are read once more, when these are known.

    `stored` are the accumulators of these persons; one that belongs to nobody with bills differs too.
    """
    with transaction.atomic():
        run = replay(blocks_of(year, first, last, region), stored, functions)
        while functions.learn():
            again = replay(blocks_of(year, first, last, region, run.left), stored, functions)
            run.checksum += again.checksum
            run.different += again.different
            run.left = again.left
    for person in run.left:
        stored.pop(person, None)
    run.different += [Different(person, None, 0, text, "") for person, text in sorted(stored.items())]
    return run


def replay(blocks: Iterable[bytes], stored: dict[int, str], functions: Functions) -> Replayed:
    """Replay blocks of rows. The accumulators of whoever is replayed are taken out of `stored`."""
    run = Replayed()
    gc.disable()
    try:
        _replay(run, blocks, stored, functions)
    finally:
        gc.enable()
    return run


def _replay(run: Replayed, blocks: Iterable[bytes], stored: dict[int, str], functions: Functions) -> None:
    """The loop itself. It makes no cycles, so nothing is lost while the search for them rests."""
    person, state, courses, settlement, skip = 0, {}, {}, 0, False
    pack = RESULT.pack
    for block in blocks:
        run.bills += len(block) // ROW.size
        for (
            who, which, number, plan, total, own, first, single, class_b, age, rescue_days, result
        ) in ROW.iter_unpack(block):
            if who != person:
                if person:
                    _close(run, person, state, stored, functions.levels, skip=skip)
                person, state, skip, settlement = who, {}, False, 0
            if skip:
                continue
            if which != settlement:
                settlement, courses = which, {}
            call = functions[plan]
            if call is None:
                skip = True
                run.left.append(who)
                continue
            after = call(total, own, first, single, class_b, age, rescue_days, state, courses)
            if after.__class__ is not tuple or pack(*after) != result:
                run.different.append(Different(who, which, number, text_of(RESULT.unpack(result)), text_of(after)))
    if person:
        _close(run, person, state, stored, functions.levels, skip=skip)


def text_of(amounts: Any) -> str:
    """Amounts in whole fen with commas between them; the code of a refusal."""
    return amounts.code if isinstance(amounts, Refused) else ",".join(map(str, amounts))


def _close(
    run: Replayed, person: int, state: State, stored: dict[int, str], levels: dict[str, int], *, skip: bool
) -> None:
    """The person's accumulators against the stored ones, and the person's part of the checksum."""
    run.persons += 1
    if skip:
        run.different = [each for each in run.different if each.person != person]
        return
    before = stored.pop(person, "")
    names = tuple([name for name, value in state.items() if value])
    values_of, text = _accumulators(names)
    after = text % values_of(state)
    if after != before.replace(".", "") and _amounts(after, levels) != _amounts(before, levels):
        run.different.append(Different(person, None, 0, before, _yuan(state)))
    run.checksum += checksum_of(f"{person}|{after}")


def checksum_of(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:16], "big")


@lru_cache(maxsize=4096)
def _accumulators(names: tuple[str, ...]) -> tuple[Callable[[State], Any], str]:
    """How accumulators of these names are taken from a state and written, as the database does but for the point.

    (And but for the zero before sums of less than a yuan.)
    """
    ordered = sorted(names)
    text = ",".join(f"{name.replace('%', '%%')}=%s" for name in ordered)
    return (itemgetter(*ordered) if names else lambda _: ()), text


def _amounts(text: str, levels: dict[str, int]) -> dict[str, int]:
    """Accumulators as text, in fen by name: the database may order names in its own way, and numbers levels."""
    pairs = [each.rpartition("=") for each in text.split(",") if each]
    return {
        name.replace(".", ""): levels[value] if value in levels else int(value.replace(".", ""))
        for name, _, value in pairs
    }


def _yuan(state: State) -> str:
    texts = {name: value if isinstance(value, str) else money.text(value) for name, value in state.items() if value}
    return ",".join(f"{name}={text}" for name, text in sorted(texts.items()))


def blocks_of(year: int, first: int, last: int, region: str = "", only: Iterable[int] = ()) -> Iterator[bytes]:
    """The live bills of a stretch of persons (or of some of them), in order, as COPY writes them.

    To be called in a transaction.
    """
    within = WITHIN.format(region=int(region)) if region else ""
    if only:
        within += f" AND person_id IN ({', '.join(map(str, only))})"
    rows.run(*IN_ORDER)
    pieces = rows.copied(BILLS.format(year=int(year), first=int(first), last=int(last), within=within))
    start = SIGNATURE
    while block := b"".join(islice(pieces, BLOCK)):
        yield block[start : len(block) - (len(block) - start) % ROW.size]
        start = 0


def accumulators_of(year: int, first: int, last: int, region: str = "") -> dict[int, str]:
    """The stored accumulators of a stretch of persons, as text."""
    within = WITHIN.format(region=int(region)).replace("%", "%%") if region else ""
    [answer] = rows.run(rows.Statement(ACCUMULATORS.format(within=within), [year, first, last]))
    return dict(answer.rows)
