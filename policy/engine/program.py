"""The compiled plans of a pack for the days between two changes of its figures; made once, kept for the process."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from policy.engine.compile import CHECKS, Compiled, compile_plan, compile_router, steps_of
from policy.engine.entry import Entry
from policy.engine.facts import Bill, Refused
from policy.engine.splits import Splitter
from policy.engine.writer import Target
from policy.pack_values import Value
from policy.pack_yaml import Map, Seq

if TYPE_CHECKING:
    from policy.pack import Pack

Supplied = tuple[tuple[str, Value], ...]
Route = Refused | Callable[[Bill], str | Refused]


@dataclass(frozen=True)
class Plan:
    """A plan as settling needs it: its function, how lines are split, which fields a bill must bring."""

    compiled: Compiled
    label: str
    splitter: Splitter
    needs: tuple[str, ...]
    uses_limit: bool


class Program:
    """All plans of a pack with the figures of one range of days (and one request's own figures, if any)."""

    def __init__(self, pack: Pack, day: date, supplied: Mapping[str, Value]) -> None:
        self.pack, self.day, self.supplied = pack, day, supplied
        self._plans: dict[tuple[str, str, bool, bool], Plan] = {}
        self._splitters: dict[tuple[str, str], Splitter] = {}
        self._plan_splitters: dict[tuple[str, str], Splitter] = {}
        self._routes: dict[tuple[str, str], Route] = {}

    def route(self, scheme: str, benefit: str) -> Route:
        """Which plan settles a benefit of a scheme, by the bill; or why none does."""
        found = self._routes.get((scheme, benefit))
        if found is None:
            found = self._routes[scheme, benefit] = self._read_route(scheme, benefit)
        return found

    def plan(self, name: str, scheme: str, *, traced: bool, alone: bool = False) -> Plan:
        """The compiled plan, plain or traced; with `alone` only what relief pays after others have paid elsewhere."""
        found = self._plans.get((name, scheme, traced, alone))
        if found is None:
            found = self._plans[name, scheme, traced, alone] = self._read_plan(name, scheme, traced, alone)
        return found

    def relieves(self, name: str, scheme: str) -> bool:
        """Whether relief can pay the bills of a plan alone."""
        steps = steps_of(self._target(scheme, traced=False, alone=True), "plans", name)
        return any(step.text("shape") not in CHECKS for step, _ in steps)

    def splitter_of(self, bill: Bill) -> Splitter:
        """How a refused bill is split: as the plan that would have settled it, else as the pool does by default."""
        own_first = sorted(self.pack.keys("scheme"), key=lambda name: (name != bill.scheme, name != "resident"))
        for scheme in own_first:
            route = self.route(scheme, bill.benefit)
            name = route if isinstance(route, Refused) else route(bill)
            if isinstance(name, str):
                return self._splitter_of_plan(name, scheme)
        return self._default_splitter(bill.scheme, bill.benefit)

    def _splitter_of_plan(self, name: str, scheme: str) -> Splitter:
        found = self._plan_splitters.get((name, scheme))
        if found is None:
            entry = self._plan_entry(name)
            found = Splitter(self._target(scheme, traced=False), entry.text("split"), entry)
            self._plan_splitters[name, scheme] = found
        return found

    def _plan_entry(self, name: str) -> Entry:
        return Entry(self.pack.source("plans", name), f"plans.{name}", self.pack.section("plans")[name])

    def _default_splitter(self, scheme: str, benefit: str) -> Splitter:
        """`split_of` names the benefits that are not split by `default_split`."""
        found = self._splitters.get((scheme, benefit))
        if found is None:
            settle = Entry(self.pack.source("settle", "default_split"), "settle", self.pack.section("settle"))
            name = settle.raw.get("split_of", {}).get(benefit) or settle.text("default_split")
            target = self._target(scheme or self.pack.keys("scheme")[0], traced=False)
            found = self._splitters[scheme, benefit] = Splitter(target, str(name), settle)
        return found

    def refusal(self, code: str) -> Refused:
        """A refusal that holds for the whole pool: `settle: {refusals: {not_covered: {rule, message}}}`."""
        raw = self.pack.section("settle")["refusals"][code]
        return Refused(code, str(raw["rule"]), str(raw["message"]))

    def _read_route(self, scheme: str, benefit: str) -> Route:
        benefits = self.pack.section("settle")["benefits"]
        raw = benefits.get(scheme, {}).get(benefit)
        if raw is None:
            elsewhere = any(benefit in own for own in benefits.values())
            return self.refusal("not_in_scheme" if elsewhere else "not_in_pool")
        place = self.pack.source("settle", "benefits"), f"settle.benefits.{scheme}.{benefit}"
        rows = [_route_row(*place, row) for row in (raw if isinstance(raw, Seq) else [raw])]
        if len(rows) == 1 and isinstance(rows[0][1], Refused):
            return rows[0][1]
        return compile_router(self._target(scheme, traced=False), rows)

    def _read_plan(self, name: str, scheme: str, traced: bool, alone: bool) -> Plan:
        entry, target = self._plan_entry(name), self._target(scheme, traced=traced, alone=alone)
        splitter = self._splitter_of_plan(name, scheme)
        shapes = {step.text("shape") for step, _ in steps_of(target, "plans", name)}
        return Plan(compile_plan(target, name), entry.text("label"), splitter, tuple(entry.names("needs")),
                    "payment_limit" in shapes)

    def _target(self, scheme: str, *, traced: bool, alone: bool = False) -> Target:
        return Target(self.pack, self.day, self.supplied, scheme, traced, alone)


def _route_row(file: str, table: str, raw: Any) -> tuple[Entry | None, str | Refused]:
    """A plan's name, `{when, plan}`, or a refusal `{when, code, rule, message}`."""
    if isinstance(raw, str):
        return None, str(raw)
    entry = Entry(file, table, raw)
    entry.only("when", "plan", "code", "rule", "message")
    when = entry.entry("when") if entry.has("when") else None
    if entry.has("plan"):
        return when, entry.text("plan")
    return when, Refused(entry.text("code"), entry.text("rule"), entry.text("message"))


def program_for(pack: Pack, day: date, supplied: Supplied) -> Program:
    """The program of a day: one for each range of days in a year on which no figure changes."""
    make = _supplied if supplied else _published
    return make(pack, bisect_right(pack.change_days, day), day.year, supplied)


def _program(pack: Pack, number: int, year: int, supplied: Supplied) -> Program:
    starts = pack.change_days
    first = date(year, 1, 1)
    return Program(pack, max(first, starts[number - 1]) if number else first, dict(supplied))


_published = lru_cache(maxsize=256)(_program)
_supplied = lru_cache(maxsize=64)(_program)  # each request may bring its own figures: few are worth keeping


def check(pack: Pack) -> None:
    """Compile every plan once, so that a mistake in a pack is found when it is loaded. Raises PackError."""
    settle = pack.section("settle")
    if not settle:
        return
    _check_settle(pack, Entry(pack.source("settle", next(iter(settle))), "settle", settle))
    day = max([*pack.change_days, pack.in_force or date(2000, 1, 1)])
    program, used = Program(pack, day, {}), set()
    for scheme, benefits in settle["benefits"].items():
        for benefit in benefits:
            program.route(scheme, benefit)
        for benefit, name in _plans_of(benefits):
            if name not in pack.section("plans"):
                entry = Entry(pack.source("settle", "benefits"), f"settle.benefits.{scheme}", benefits)
                raise entry.error(benefit, f"there is no plan {name!r}")
            program.plan(name, scheme, traced=True)
            if program.relieves(name, scheme):
                program.plan(name, scheme, traced=True, alone=True)
            used.add(name)
    for name in pack.section("plans"):
        if name not in used:
            plans = Entry(pack.source("plans", name), "plans", pack.section("plans"))
            raise plans.error(name, "no benefit uses this plan")


def _plans_of(benefits: Map) -> Iterator[tuple[str, str]]:
    for benefit, raw in benefits.items():
        for row in raw if isinstance(raw, Seq) else [raw]:
            name = row if isinstance(row, str) else row.get("plan", "")
            if name:
                yield benefit, str(name)


def _check_settle(pack: Pack, settle: Entry) -> None:
    """The words of the section `settle`, and of what it leans on."""
    settle.only("default_split", "split_of", "required", "levels", "disease_words", "refusals", "benefits")
    refusals = settle.entry("refusals")
    for code in ("not_covered", "not_in_pool", "not_in_scheme", *(["not_in_force"] if pack.in_force else [])):
        if not refusals.has(code):
            raise refusals.error(code, f"a refusal is needed for {code}")
    refusals.only("not_covered", "not_in_pool", "not_in_scheme", "not_in_force", "not_relieved")
    for code in refusals.raw:
        one = refusals.entry(code)
        one.only("rule", "message")
        for key in ("rule", "message"):
            one.text(key)
    for scheme in settle.entry("benefits").raw:
        if scheme not in pack.keys("scheme"):
            raise settle.entry("benefits").error(scheme, f"not a scheme: {scheme!r}")
    diseases = pack.section("diseases")
    for name in diseases:
        entry = Entry(pack.source("diseases", name), f"diseases.{name}", diseases[name])
        for other in entry.names("covers"):
            if other not in diseases:
                raise entry.error("covers", f"no such disease: {other!r}")
