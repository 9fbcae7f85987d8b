"""Compiling a plan: from steps in a pack to one Python function, plain or traced.

The function takes a `Bill`, the year's accumulators (a dict of name → fen, changed only when the bill is settled)
and the courses of the request; it returns a `Refused`, or the amounts, and in the traced variant the trace.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any

from policy.engine import (
    arithmetic,
    shapes,
    shapes_bands,
    shapes_deductible,
    shapes_fixed,
    shapes_pay,
    shapes_running,
)
from policy.engine.conditions import condition
from policy.engine.entry import Entry
from policy.engine.facts import PAYERS, RELIEF, Refused
from policy.engine.writer import Site, Target, Writer
from policy.pack_figures import Figure

_PLAIN_SET = re.compile(r" {4}(r_\w+) = [^=]*")
_REGISTER = re.compile(r"\br_\w+")
_SET = re.compile(r"\b(r_\w+) = ")

AMOUNTS = ("own_expense", "first_self_pay", "eligible", "deductible", *PAYERS)
"""What a compiled plan returns, in this order."""

SHAPES: dict[str, shapes.Shape] = {
    "refuse": shapes.refuse, "certified": shapes.certified, "split": shapes.split, "whole": shapes.whole,
    "show": shapes.show, "value": shapes.value, "cost_limit": shapes.cost_limit, "count": shapes.count,
    "note": shapes.note, "deductible": shapes_deductible.deductible, "pay": shapes_pay.pay,
    "tiers": shapes_bands.tiers, "parts": shapes_fixed.parts, "payment_limit": shapes_fixed.payment_limit,
    "fixed_share": shapes_fixed.fixed_share, "floor": shapes_fixed.floor,
    "outside_catalogue": shapes_fixed.outside_catalogue, "bands_on_cost": shapes_bands.bands_on_cost,
    "running": shapes_running.running, "running_two_tier": shapes_running.running_two_tier,
    "excess": shapes_running.excess,
}  # fmt: skip
CHECKS = frozenset({"refuse", "certified", "split", "whole", "show"})
"""The shapes that pay nothing: they hold for every bill of a plan, also where relief is paid alone."""
_HELPERS = {name: getattr(arithmetic, name) for name in ("marginal", "fill", "two_tier", "highest")}


@dataclass(frozen=True, eq=False)
class Compiled:
    """A plan's function, its source for the reader, and what `explain` needs for the trace."""

    name: str
    call: Callable[..., Any]
    source: str
    sites: list[Site]
    cites: list[tuple[Figure, ...]]
    space: dict[str, Any]
    """What the names in `source` stand for that are neither its own nor the bill's."""


def compile_plan(target: Target, name: str) -> Compiled:
    """Compile the plan `name` of the target's pack. Raises PackError with the place of the mistake."""
    writer = Writer(target)
    for entry, conditions in steps_of(target, "plans", name):
        _emit(writer, entry, conditions)
    _finish(writer)
    body = _without_dead(writer.lines)
    source = "\n".join([*_head(writer, body), *body]) + "\n"
    space = {**_HELPERS, "Refused": Refused, **writer.constants}
    made = dict(space)
    exec(_code(source, f"<plan {target.pack.pool}/{name}>"), made)  # noqa: S102 (our own text, from a checked pack)
    return Compiled(name, made["settle_bill"], source, writer.sites, writer.cites, space)


def compile_router(target: Target, routes: list[tuple[Entry | None, str | Refused]]) -> Callable[[Any], str | Refused]:
    """The choice among plans (or refusals) by conditions on the bill: the first that holds."""
    writer = Writer(target)
    for when, end in routes:
        found = repr(end) if isinstance(end, str) else writer.constant(end)
        writer.line(f"return {found}" if when is None else f"if {condition(writer, when)}: return {found}")
    lines = ["def route(bill):", *_reads(writer, [*writer.choice_lines, *writer.lines]), *writer.choice_lines,
             *writer.lines]
    space: dict[str, Any] = dict(writer.constants)
    exec(_code("\n".join(lines), f"<routes {target.pack.pool}>"), space)  # noqa: S102 (as above)
    return space["route"]  # type: ignore[no-any-return]


@lru_cache(maxsize=1024)
def _code(source: str, name: str) -> CodeType:
    """The byte code of a text: requests with figures of their own mostly differ in the constants only."""
    return compile(source, name, "exec")


def steps_of(target: Target, section: str, name: str,
             inside: tuple[str, ...] = (), conditions: tuple[Entry, ...] = ()) -> list[tuple[Entry, tuple[Entry, ...]]]:
    """The steps of a plan, with the blocks it uses in their place, each with the conditions it stands under.

    For relief alone only the checks and the split are left of it, and the blocks that say `stands_alone: yes`.
    """
    pack = target.pack
    own = Entry(pack.source(section, name), f"{section}.{name}", pack.section(section)[name])
    plan = section == "plans"
    own.only(*(("label", "split", "needs", "rules", "steps") if plan else ("label", "stands_alone", "steps")))
    kept = not target.alone or any(_stands_alone(target, block) for block in inside)
    found = []
    for entry in own.entries("steps"):
        under = (*conditions, entry.entry("when")) if entry.has("when") else conditions
        if entry.has("when") and _for_the_other(target, entry.entry("when")):
            continue
        if not entry.has("use"):
            found += [(entry, under)] if kept or entry.text("shape") in CHECKS else []
            continue
        block = entry.text("use")
        entry.only("use", "when")
        if block not in pack.section("blocks") or block in inside:
            raise entry.error("use", f"no such block, or a block inside itself: {block!r}")
        found += steps_of(target, "blocks", block, (*inside, block), under)
    return found


def _stands_alone(target: Target, block: str) -> bool:
    own = Entry(target.pack.source("blocks", block), f"blocks.{block}", target.pack.section("blocks")[block])
    return own.text("stands_alone", "no") == "yes"


def _for_the_other(target: Target, when: Entry) -> bool:
    """A step that is only for bills paid elsewhere, or only for the others: it leaves no trace in this function."""
    return when.has("paid_elsewhere") and (when.text("paid_elsewhere") == "yes") != target.alone


def _emit(writer: Writer, entry: Entry, conditions: tuple[Entry, ...]) -> None:
    """Write a step; under a condition, what it sets is 0 where the condition does not hold."""
    shape = entry.text("shape")
    writer.rules = tuple(entry.names("rules"))
    if shape not in SHAPES:
        raise entry.error("shape", f"unknown shape {shape!r}; known: {', '.join(SHAPES)}")
    if not conditions:
        SHAPES[shape](writer, entry)
        return
    at, known, cited = len(writer.lines), set(writer.registers), set(writer.own)
    text = " and ".join(condition(writer, each) for each in conditions)
    with writer.block(f"if {text}:"):
        inside = len(writer.lines)
        SHAPES[shape](writer, entry)
        silent = len(writer.lines) == inside
    if silent:
        del writer.lines[at:]
        return
    defaults = [f"    r_{name} = 0" for name in writer.registers if name not in known]
    defaults += [f"    cite_{name} = -1" for name in sorted(writer.own) if name not in cited]
    writer.lines[at:at] = defaults


def _without_dead(lines: list[str]) -> list[str]:
    """Leave out registers that are set and never read (the split sets more than most plans need)."""
    while True:
        text = "\n".join(lines)
        named, set_ = Counter(_REGISTER.findall(text)), Counter(_SET.findall(text))
        kept = []
        for line in lines:
            found = _PLAIN_SET.fullmatch(line)
            if found is None or named[found[1]] > set_[found[1]]:
                kept.append(line)
        if len(kept) == len(lines):
            return kept
        lines = kept


def _finish(writer: Writer) -> None:
    """Write the accumulators back, and return the amounts."""
    for text in writer.late:
        writer.line(text)
    for name in writer.written:
        writer.line(f"state[{_named(name)}] = {writer.accumulators[name]}")
    shown = [writer.shown[name] if name == "deductible" else _shown(writer, name) for name in AMOUNTS[:4]]
    paid = ["0" if writer.target.alone and payer not in RELIEF else f"r_{payer}" for payer in PAYERS]
    amounts = ", ".join([*shown, *paid])
    writer.line(f"return ({amounts}), trace" if writer.traced else f"return {amounts}")


def _shown(writer: Writer, name: str) -> str:
    variable = writer.shown[name]
    return variable if variable.startswith("r_") else f"r_{name}" if name in writer.registers else "0"


def _named(name: str) -> str:
    """The name of an accumulator in generated code; one with a disease or month in it is put together there."""
    return f"f{name!r}" if "{" in name else repr(name)


def _reads(writer: Writer, lines: list[str]) -> list[str]:
    """Read the facts that the lines use."""
    used = set(re.findall(r"\b[a-z_]+\b", "\n".join(lines)))
    return [f"    {name} = bill.{name}" for name in writer.facts if name in used]


def _head(writer: Writer, body: list[str]) -> list[str]:
    names = [_named(name) for name in writer.accumulators]
    reads = _reads(writer, [*writer.choice_lines, *body, *names])
    lines = ["def settle_bill(bill, state, courses):", *reads, *writer.choice_lines]
    for name, variable in writer.accumulators.items():
        lines.append(f"    {variable} = state.get({_named(name)}, 0)")
    starting = RELIEF if writer.target.alone else PAYERS
    lines.append("    " + " = ".join(f"r_{payer}" for payer in starting) + " = 0")
    if writer.target.alone:
        lines.append("    " + ", ".join(f"r_{payer}" for payer in PAYERS if payer not in RELIEF) + " = bill.elsewhere")
    if writer.traced:
        lines.append("    trace = []")
    return lines
