"""A settled bill packed into one short text and a few numbers, and years replayed from them without any request.

The facts that choose and feed a plan, apart from amounts, repeat from bill to bill: they are one text, read once per
process. Amounts and counts are whole numbers (fen). The plans replayed are those that `settle` runs; only the reading
and checking of requests is left out, and of plans with facts that come often, what these facts decide (`narrow`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from functools import lru_cache
from hashlib import sha256
from struct import Struct
from typing import Any, NamedTuple
from uuid import UUID

from policy.accumulators import State
from policy.engine.compile import AMOUNTS, Compiled
from policy.engine.facts import Bill, Refused
from policy.engine.narrow import facts_of, narrow
from policy.engine.prepare import Preparer
from policy.engine.program import Plan, program_for
from policy.money import fen
from policy.pack import Pack
from policy.request import parse
from policy.settle_request import SettleRequest

INPUTS = ("total", "own", "first", "single", "class_b", "age", "rescue_days")
"""What differs from bill to bill: amounts in fen, years of age, days."""

RESULT = AMOUNTS
"""What is compared: the amounts that a plan returns, in fen."""

NUMBERS = Struct(f">{len(INPUTS) + len(RESULT)}q")
"""A settled bill's inputs and result as bytes."""

_NOT_KEPT = {"id", "day", "scheme", "lines", "split_refusal", "limit_refusal", "limit_cites", "elsewhere", *INPUTS}
_KEPT = tuple(field.name for field in fields(Bill) if field.init and field.name not in _NOT_KEPT)
"""Every other fact of a bill, also one that is added later. The lines count by their parts only."""
_USUAL = Bill(id="", benefit="", day=date(2000, 1, 1), scheme="", total=0)
_MOST = 50_000
OFTEN = 1_000
"""After so many bills with the same facts a function of their own is worth its making (some 10 ms)."""

Function = Callable[..., "tuple[int, ...] | Refused"]
"""Settles one bill: called with `INPUTS`, the year's accumulators (which it changes), the courses of the request."""


class Packed(NamedTuple):
    """A bill's plan and facts as one text, and its amounts and counts. No plan: only the request can tell."""

    facts: str
    inputs: tuple[int, ...]

    @property
    def needs_request(self) -> bool:
        return '"plan":' not in self.facts


def pack_bills(request: Mapping[str, Any], pack: Pack) -> list[Packed]:
    """The bills of a request that the rules have settled, packed. Raises PolicyError as `settle` does.

    A request with figures of its own, a bill that no plan pays, and one that other layers paid elsewhere cannot be
    replayed from what is packed: their facts name no plan.
    """
    asked = parse(SettleRequest, request)
    preparer = Preparer(pack, asked, explained=False)
    found = []
    for number in range(len(asked.bills)):
        bill, plan, _ = preparer.bill(number)
        plain = not preparer.supplied and isinstance(plan, Plan) and not (bill.split_refusal or bill.limit_refusal) \
            and bill.elsewhere is None
        facts = _facts(bill, plan if plain and isinstance(plan, Plan) else None)
        found.append(Packed(facts, tuple(getattr(bill, name) for name in INPUTS)))
    return found


def digest(facts: str) -> UUID:
    """The key of a text of facts: the first half of its SHA-256."""
    return UUID(bytes=sha256(facts.encode()).digest()[:16])


def pack_result(printed: Mapping[str, Any]) -> tuple[int, ...]:
    """The amounts of a settled bill in whole fen, in the order of `RESULT`."""
    return tuple(fen(printed[name]) for name in RESULT)


def _facts(bill: Bill, plan: Plan | None) -> str:
    kept: dict[str, Any] = {"scheme": bill.scheme}
    if plan is not None:
        kept["plan"] = plan.compiled.name
    for name in _KEPT:
        value = getattr(bill, name)
        if value != getattr(_USUAL, name):
            kept[name] = sorted(value) if isinstance(value, frozenset) else _plain(value)
    if bill.relief_tags == bill.tags:
        kept.pop("relief_tags", None)
    else:
        kept["relief_tags"] = sorted(bill.relief_tags)
    return json.dumps(kept, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


class Replayer:
    """The plain functions of one pack, by packed facts and day. Keeps a bounded number of them."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self._met: dict[tuple[str, date], _Narrowing | None] = {}
        self._made: dict[tuple[Any, ...], _Narrowing] = {}

    def function(self, facts: str, day: date) -> Function | None:
        """The function that settles bills of these facts on a day; None if only their requests can tell.

        Raises KeyError for a plan that the pack has not.
        """
        key = facts, day
        if key not in self._met:
            if len(self._met) >= _MOST:
                self._met.clear()
                self._made.clear()
            self._met[key] = self._narrowing(facts, day)
        found = self._met[key]
        return None if found is None else found.function or found.settle

    def _narrowing(self, facts: str, day: date) -> _Narrowing | None:
        """One for all days and facts that are the same to the plan."""
        plan, kept = _read(facts)
        if plan is None:
            return None
        bill = Bill(id="", day=day, total=0, **kept)
        program = program_for(self.pack, max(day, self.pack.in_force or day), ())
        compiled = program.plan(plan, bill.scheme, traced=False).compiled
        names = _names(compiled)
        key = compiled, *(getattr(bill, name) for name in names)
        return self._made.setdefault(key, _Narrowing(compiled, bill, names))


@lru_cache(maxsize=256)
def replayer_of(pack: Pack) -> Replayer:
    """The replayer of a pack, kept for the process."""
    return Replayer(pack)


class _Narrowing:
    """Bills of the same facts: settled by the plan itself until they have come often, then by a narrow function."""

    __slots__ = ("bill", "compiled", "function", "met", "names")

    def __init__(self, compiled: Compiled, bill: Bill, names: tuple[str, ...]) -> None:
        self.compiled, self.bill, self.names = compiled, bill, names
        self.met = 0
        self.function: Function | None = None

    def settle(
        self, total: int, own: int, first: int, single: int, class_b: int, age: int, rescue_days: int, state: State,
        courses: dict[str, Any],
    ) -> tuple[int, ...] | Refused:
        self.met += 1
        if self.met == OFTEN:
            self.function = narrow(self.compiled, {name: getattr(self.bill, name) for name in self.names}, INPUTS)
        if self.function is not None:
            return self.function(total, own, first, single, class_b, age, rescue_days, state, courses)
        bill = self.bill
        bill.total, bill.own, bill.first, bill.single, bill.class_b = total, own, first, single, class_b
        bill.age, bill.rescue_days = age, rescue_days
        return self.compiled.call(bill, state, courses)  # type: ignore[no-any-return]


@lru_cache(maxsize=512)
def _names(compiled: Compiled) -> tuple[str, ...]:
    return facts_of(compiled, INPUTS)


@lru_cache(maxsize=10_000)
def _read(facts: str) -> tuple[str | None, dict[str, Any]]:
    """A packed text as the plan's name and the fields of a bill."""
    kept = json.loads(facts)
    plan: str | None = kept.pop("plan", None)
    kept = {name: frozenset(value) if isinstance(value, list) else value for name, value in kept.items()}
    kept.setdefault("relief_tags", kept.get("tags", frozenset()))
    if "cert_from" in kept:
        kept["cert_from"] = date.fromisoformat(kept["cert_from"])
    return plan, kept
