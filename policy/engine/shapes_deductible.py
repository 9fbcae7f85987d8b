"""Deductibles: per event, once a year, once a year at the highest level, the difference inside a course."""

from __future__ import annotations

from policy.engine import tables
from policy.engine.entry import Entry
from policy.engine.shapes import COMMON, read
from policy.engine.writer import Writer


def deductible(writer: Writer, entry: Entry) -> None:
    """What the bill is charged: the smaller of its cost and of what is still due.

    `kind: per_event` charges the figure each time; `annual` what is left of the year's figure; `highest_level`
    the figure of the highest level of the year less what was paid (CQ-13.2); `course` the difference to what
    the course was charged when the level rises, else nothing (BZ-RES-12).
    """
    entry.only(*COMMON, "kind", "as", "of", "figure", "counter", "level_counter", "rank")
    kind = entry.text("kind")
    if kind not in _DUE:
        raise entry.error("kind", f"{kind!r} is none of {', '.join(_DUE)}")
    code, scale = writer.sum(entry.names("of"), entry)
    name = writer.define(entry.text("as", "deductible"), scale, entry)
    due, cite = _DUE[kind](writer, entry)
    if writer.traced:
        writer.line(f"cite_{name} = {cite}")
        writer.own.add(name)
    writer.line(f"{name} = {code}")
    writer.line(f"if {name} > {_scaled(due, scale)}: {name} = {_scaled(due, scale)}")
    charged = name if scale == 1 else f"(2 * {name} + {scale}) // {2 * scale}"
    if entry.has("counter"):
        writer.line(f"{writer.writes(entry.text('counter'), entry)} += {charged}")
    if entry.text("as", "deductible") == "deductible":
        writer.shown["deductible"] = charged
    if kind == "course":
        writer.late.append(f"if course is not None: courses[course] = (rank, charged_before + {charged})")


def _scaled(due: str, scale: int) -> str:
    return due if scale == 1 else f"{due} * {scale}"


def _per_event(writer: Writer, entry: Entry) -> tuple[str, str]:
    ref = tables.amounts(writer, entry, "figure")
    return read(writer, ref, "due"), ref.cite


def _annual(writer: Writer, entry: Entry) -> tuple[str, str]:
    due, cite = _per_event(writer, entry)
    writer.line(f"{due} -= {writer.accumulator(entry.text('counter'), entry)}")
    writer.line(f"if {due} < 0: {due} = 0")
    return due, cite


def _highest_level(writer: Writer, entry: Entry) -> tuple[str, str]:
    ranks = _ranks(writer, entry)
    highest = writer.writes(entry.text("level_counter"), entry)
    level = writer.fact("level")
    writer.line(f"if not {highest} or {ranks}[{level}] > {ranks}[{highest}]: {highest} = {level}")
    writer.line(f"bill_level, level = level, {highest}")
    due, cite = _per_event(writer, entry)
    if writer.traced:
        found = writer.fresh("cite")
        writer.line(f"{found} = {cite}")
        cite = found
    writer.line("level = bill_level")
    writer.line(f"{due} -= {writer.accumulator(entry.text('counter'), entry)}")
    writer.line(f"if {due} < 0: {due} = 0")
    return due, cite


def _course(writer: Writer, entry: Entry) -> tuple[str, str]:
    """A further stay of the course: the standard less what was charged if its level ranks above the last one's."""
    ranks = _ranks(writer, entry)
    due, cite = _per_event(writer, entry)
    writer.line(f"rank = {ranks}[{writer.fact('level')}]")
    writer.line("charged_before = 0")
    with writer.block(f"if {writer.fact('course')} is not None and course in courses:"):
        writer.line("last_rank, charged_before = courses[course]")
        writer.line(f"{due} = max(0, {due} - charged_before) if rank > last_rank else 0")
    return due, cite


def _ranks(writer: Writer, entry: Entry) -> str:
    """The order of the levels: `ranks: {level: {order: [[township], [ungraded, level1], …]}}`."""
    pack = writer.target.pack
    name = entry.text("rank")
    if name not in pack.section("ranks"):
        raise entry.error("rank", f"the pack has no ranks {name!r}")
    found = {str(level): number for number, row in enumerate(pack.section("ranks")[name]["order"]) for level in row}
    return writer.constant(found, "RANK")


_DUE = {"per_event": _per_event, "annual": _annual, "highest_level": _highest_level, "course": _course}
