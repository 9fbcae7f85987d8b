"""Paying a bill at a ratio, within caps and limits, on to another payer; and what all paying shapes share."""

from __future__ import annotations

from typing import Any

from policy.engine import tables
from policy.engine.entry import Entry
from policy.engine.facts import NO_LIMIT
from policy.engine.shapes import COMMON, counted, payer_of, read, room, turned_into_cost
from policy.engine.tables import Ref
from policy.engine.writer import Site, Writer


def step_site(kind: str, payer: str, entry: Entry, data: dict[str, Any]) -> Site:
    """Where a step leaves its trace: named by its label, with the accumulators that grow by its amount."""
    return Site(kind, payer, entry.text("label"), accumulators=tuple(entry.names("count")), data=data)


def finish(writer: Writer, entry: Entry, amount: str, payer: str, counts: list[str]) -> None:
    """Book a payer's amount: the payer's register, the accumulators, the step's own register."""
    writer.line(f"r_{payer} += {amount}")
    for variable in counts:
        writer.line(f"{variable} += {amount}")
    if entry.has("as"):
        writer.line(f"{writer.define(entry.text('as'), 1, entry)} = {amount}")


def before(counts: list[str]) -> str:
    """The accumulators before the step, as a tuple in the trace."""
    return "(" + "".join(f"{variable}, " for variable in counts) + ")"


def cited(ref: Ref, extras: list[Ref]) -> str:
    """What a trace cites for a ratio: its figure, and those of the points that change it."""
    return f"({ref.cite}, {''.join(f'{extra.cite}, ' for extra in extras)})" if extras else ref.cite


def ratio_with_points(writer: Writer, entry: Entry) -> tuple[str, Ref, str]:
    """The ratio of the bill, a table plus signed points; with it the table, and what the trace cites."""
    ref = tables.ratios(writer, entry, "ratio")
    extras = tables.points(writer, entry.names("points"), entry, ref.den)
    if ref.fixed and not extras:
        return ref.code, ref, ref.cite
    ratio = read(writer, ref, "ratio")
    for extra in extras:
        writer.line(f"{ratio} += {read(writer, extra, 'points')}")
    if extras:
        writer.line(f"if {ratio} < 0: {ratio} = 0")
    return ratio, ref, cited(ref, extras)


def pay(writer: Writer, entry: Entry) -> None:
    """Cost less deductible, times a ratio, within caps; what exceeds `room` may go to another payer.

    `limits` are caps that also say how much of the cost is settled (`cost_as`): all of it, or, where one of them
    cuts, the limit turned into cost through the ratio (CQ-17.9, CZ readings O-35).
    """
    entry.only(*COMMON, "payer", "of", "less", "ceiling", "ratio", "points", "limits", "caps", "count", "as", "cost_as",
               "room", "overflow")
    payer = payer_of(entry)
    cost, scale, less = cost_of(writer, entry)
    ratio, ref, cite = ratio_with_points(writer, entry)
    whole = ref.den * scale
    exact, amount = writer.fresh("exact"), writer.fresh("amount")
    writer.line(f"{exact} = {cost} * {ratio}")
    writer.line(f"{amount} = ({exact} + {whole // 2}) // {whole}")
    if entry.has("cost_as"):
        _turn_into_cost(writer, entry, ref, (cost, scale, ratio), amount)
    left, cap = room(writer, entry.entries("limits") + entry.entries("caps"))
    counts = counted(writer, entry)
    if entry.has("caps") or entry.has("limits"):
        writer.line(f"if {amount} > {left}: {amount} = {left}")
    over = _Overflow(writer, entry, amount) if entry.has("overflow") else None
    if writer.traced:
        left, cap = over.room_of_both(left, cap) if over else (left, cap)
        site = writer.site(step_site("pay", payer, entry, {"den": ref.den, "scale": scale}))
        writer.trace(site, cost, less[0], ratio, left, amount, cite, less[1], cap, before(counts))
    finish(writer, entry, amount, payer, counts)
    if over:
        over.finish()


def cost_of(writer: Writer, entry: Entry) -> tuple[str, int, tuple[str, str]]:
    """The cost that the ratio is applied to, its scale, and the deductible with its citation."""
    names = entry.names("of") + [f"-{name}" for name in entry.names("less")]
    code, scale = writer.sum(names, entry)
    cost = writer.fresh("cost")
    writer.line(f"{cost} = {code}")
    if entry.has("ceiling"):
        ceiling = entry.entry("ceiling")
        ceiling.only("figure", "times")
        limit = read(writer, tables.amounts(writer, ceiling, "figure"), "ceiling")
        times = f" * {writer.fact('days')}" if ceiling.has("times") else ""
        writer.line(f"if {cost} > {limit}{times} * {scale}: {cost} = {limit}{times} * {scale}")
    if not entry.has("less"):
        return cost, scale, ("0", "-1")
    less, own = writer.register(entry.text("less"), entry, "less")
    return cost, scale, (less if own == scale else f"{less} * {scale // own}", f"cite_{less}")


def _turn_into_cost(writer: Writer, entry: Entry, ref: Ref, cost: tuple[str, int, str], amount: str) -> None:
    """The cost that the payment settles: all of it, or, where a limit cuts, the limit divided by the ratio.

    A limit cuts the rounded payment (reading O-3): one that rounds to the limit exactly is not cut.
    """
    if entry.has("points") or not entry.has("limits"):
        raise entry.error("cost_as", "needs `limits`, and a ratio without points")
    code, scale, ratio = cost
    left, _ = room(writer, entry.entries("limits"))
    fraction = scale * turned_into_cost(ref)
    name = writer.define(entry.text("cost_as"), fraction, entry)
    writer.line(f"{name} = {code} * {fraction // scale}")
    writer.line(f"if {amount} > {left}: {name} = {left} * {ref.den * fraction} // {ratio}")


class _Overflow:
    """What the rounded payment exceeds the payer's room by goes to another payer, wholly or at a ratio of its own."""

    def __init__(self, writer: Writer, entry: Entry, amount: str) -> None:
        self.writer, self.entry = writer, entry.entry("overflow")
        self.entry.only("payer", "ratio", "rule", "caps", "count", "label")
        self.payer = payer_of(self.entry)
        self.rule = "" if self.entry.has("ratio") else self.entry.text("rule")
        self.amount, self.ratio, self.left, self.over = (writer.fresh(s) for s in ("over", "ratio", "left", "excess"))
        self.counts = counted(writer, self.entry)
        own, self.cap = room(writer, [entry.entry("room")])
        self.own = own
        self.ref = tables.ratios(writer, self.entry, "ratio") if self.entry.has("ratio") else None
        den = self.ref.den if self.ref else 1
        writer.line(f"{self.amount} = {self.over} = 0")
        writer.line(f"{self.ratio}, {self.left}, cite_{self.amount} = {den}, {NO_LIMIT}, -1")
        with writer.block(f"if {amount} > {own}:"):
            self._emit(amount, own)
            writer.line(f"{amount} = {own}")

    def _emit(self, amount: str, own: str) -> None:
        writer = self.writer
        writer.line(f"{self.amount} = {self.over} = {amount} - {own}")
        if self.ref:
            writer.line(f"{self.ratio} = {read(writer, self.ref, 'ratio')}")
            writer.line(f"{self.amount} = ({self.over} * {self.ratio} + {self.ref.den // 2}) // {self.ref.den}")
            if writer.traced:
                writer.line(f"cite_{self.amount} = {self.ref.cite}")
        if self.entry.has("caps"):
            left, _ = room(writer, self.entry.entries("caps"))
            writer.line(f"{self.left} = {left}")
            writer.line(f"if {self.amount} > {left}: {self.amount} = {left}")

    def room_of_both(self, left: str, cap: str) -> tuple[str, str]:
        """For the trace of the first payer: what limits it, its caps or its room."""
        shown, cite = self.writer.fresh("left"), self.writer.fresh("cap")
        self.writer.line(f"{shown}, {cite} = ({left}, {cap}) if {left} < {self.own} else ({self.own}, {self.cap})")
        return shown, cite

    def finish(self) -> None:
        """Trace and book what the second payer gives."""
        if self.writer.traced:
            site = step_site("overflow", self.payer, self.entry, {"den": self.ref.den if self.ref else 1, "scale": 1})
            site.rule = self.rule
            number = self.writer.site(site)
            with self.writer.block(f"if {self.over}:"):
                self.writer.trace(number, self.over, "0", self.ratio, self.left, self.amount, f"cite_{self.amount}",
                                  "-1", "-1", before(self.counts))
        self.writer.line(f"r_{self.payer} += {self.amount}")
        for variable in self.counts:
            self.writer.line(f"{variable} += {self.amount}")
