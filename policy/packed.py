"""A settled bill packed into two short texts, and a person's year replayed from them without reading any request.

The facts that choose and feed a plan, apart from amounts, repeat from bill to bill: they are one text (`facts`), and
each text is read once per process. Amounts and counts are another (`inputs`, whole fen). The functions called are
those that `settle` calls; only the reading and checking of requests is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, NamedTuple

from policy.accumulators import State
from policy.engine.facts import Bill, Refused
from policy.engine.prepare import Preparer
from policy.engine.program import Plan, program_for
from policy.money import fen
from policy.pack import Pack
from policy.request import parse
from policy.settle_request import SettleRequest

INPUTS = ("total", "own", "first", "single", "class_b", "age", "rescue_days")
RESULT = (
    "own_expense", "first_self_pay", "eligible", "deductible", "basic", "civil_servant", "large_amount",
    "catastrophic", "relief", "relief_tilt",
)
_RESULT_TEXT = b",".join([b"%d"] * len(RESULT))
_NOT_KEPT = {"id", "day", "scheme", "lines", "split_refusal", "limit_refusal", "limit_cites", "elsewhere", *INPUTS}
_KEPT = tuple(field.name for field in fields(Bill) if field.init and field.name not in _NOT_KEPT)
"""Every other fact of a bill, also one that is added later. The lines count by their parts only."""
_USUAL = Bill(id="", benefit="", day=date(2000, 1, 1), scheme="", total=0)
_MOST = 50_000

Call = Callable[[Bill, State, dict[str, Any]], Any]


class Packed(NamedTuple):
    """A bill's plan and facts, and its amounts and counts. `facts` is empty where only the request can tell."""

    facts: str
    inputs: str


def pack_bills(request: Mapping[str, Any], pack: Pack) -> list[Packed]:
    """The bills of a request that the rules have settled, packed. Raises PolicyError as `settle` does.

    A request with figures of its own, a bill that no plan pays, and one that other layers paid elsewhere cannot be
    packed: their `facts` are empty.
    """
    asked = parse(SettleRequest, request)
    preparer = Preparer(pack, asked, explained=False)
    found = []
    for number in range(len(asked.bills)):
        bill, plan, _ = preparer.bill(number)
        plain = not preparer.supplied and isinstance(plan, Plan) and not (bill.split_refusal or bill.limit_refusal) \
            and bill.elsewhere is None
        facts = _facts(bill, plan) if plain and isinstance(plan, Plan) else ""
        found.append(Packed(facts, ",".join(str(getattr(bill, name)) for name in INPUTS)))
    return found


def pack_result(printed: Mapping[str, Any]) -> str:
    """The amounts of a settled bill in whole fen, in the order of `RESULT`."""
    return ",".join(str(fen(printed[name])) for name in RESULT)


def result_text(amounts: tuple[int, ...]) -> bytes:
    """The same from what a plan returned."""
    return _RESULT_TEXT % amounts


def _facts(bill: Bill, plan: Plan) -> str:
    kept: dict[str, Any] = {"plan": plan.compiled.name, "scheme": bill.scheme}
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

    def prepared(self, facts: str, day: str) -> tuple[Call, Bill]:
        """The function that settles bills of these facts on a day, and a bill to put their amounts on."""
        kept = json.loads(facts)
        plan, scheme = kept.pop("plan"), kept.pop("scheme")
        kept = {name: frozenset(value) if isinstance(value, list) else value for name, value in kept.items()}
        kept.setdefault("relief_tags", kept.get("tags", frozenset()))
        if "cert_from" in kept:
            kept["cert_from"] = date.fromisoformat(kept["cert_from"])
        bill = Bill(id="", day=date.fromisoformat(day), scheme=scheme, total=0, **kept)
        program = program_for(self.pack, max(bill.day, self.pack.in_force or bill.day), ())
        return program.plan(plan, scheme, traced=False).compiled.call, bill


class Cache:
    """Functions and bills by (release, facts, day) as the database writes them; emptied when it grows too large."""

    def __init__(self, pack_of: Callable[[int], Pack]) -> None:
        self._pack_of = pack_of
        self._replayers: dict[int, Replayer] = {}
        self.found: dict[bytes, tuple[Call, Bill]] = {}

    def read(self, text: bytes) -> tuple[Call, Bill]:
        """`text` is release, facts and day with tabs between them."""
        release, facts, day = text.decode().split("\t")
        replayer = self._replayers.get(int(release))
        if replayer is None:
            replayer = self._replayers[int(release)] = Replayer(self._pack_of(int(release)))
        if len(self.found) >= _MOST:
            self.found.clear()
        found = self.found[text] = replayer.prepared(facts, day)
        return found


def settled(call: Call, bill: Bill, inputs: bytes, state: State, courses: dict[str, Any]) -> bytes:
    """Settle one packed bill on the state of its year; the amounts as `result_text`, or the code of a refusal."""
    (bill.total, bill.own, bill.first, bill.single, bill.class_b, bill.age, bill.rescue_days) = map(
        int, inputs.split(b",")
    )
    outcome = call(bill, state, courses)
    return outcome.code.encode() if outcome.__class__ is Refused else _RESULT_TEXT % outcome
