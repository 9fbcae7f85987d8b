"""Payments of one bill: a flat ratio, a limit, parts, tiers of a fund, a person's fixed amount."""

from __future__ import annotations

from math import lcm
from typing import Any

from policy.engine import tables
from policy.engine.conditions import condition
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
    """Cost less deductible, times a ratio, within caps; what exceeds `room` may go to another payer."""
    entry.only(*COMMON, "payer", "of", "less", "ceiling", "ratio", "points", "caps", "count", "as", "cost_as", "room",
               "overflow")
    payer = payer_of(entry)
    cost, scale, less = _cost(writer, entry)
    ratio, ref, cite = ratio_with_points(writer, entry)
    whole = ref.den * scale
    exact, amount = writer.fresh("exact"), writer.fresh("amount")
    writer.line(f"{exact} = {cost} * {ratio}")
    left, cap = room(writer, entry.entries("caps"))
    counts = counted(writer, entry)
    writer.line(f"{amount} = ({exact} + {whole // 2}) // {whole}")
    if entry.has("cost_as"):
        _turn_into_cost(writer, entry, ref, (cost, scale, ratio), f"{exact} > {left} * {whole}", left)
    if entry.has("caps"):
        writer.line(f"if {amount} > {left}: {amount} = {left}")
    over = _Overflow(writer, entry, exact, whole, amount) if entry.has("overflow") else None
    if writer.traced:
        site = writer.site(step_site("pay", payer, entry, {"den": ref.den, "scale": scale}))
        writer.trace(site, cost, less[0], ratio, left, amount, cite, less[1], cap, before(counts))
        if over:
            over.trace()
    if over:
        over.book()
    finish(writer, entry, amount, payer, counts)


def _cost(writer: Writer, entry: Entry) -> tuple[str, int, tuple[str, str]]:
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


def _turn_into_cost(writer: Writer, entry: Entry, ref: Ref, cost: tuple[str, int, str], cut: str, left: str) -> None:
    """The cost that the payment settles: all of it, or, where a cap cuts, the cap divided by the ratio."""
    if entry.has("points"):
        raise entry.error("cost_as", "not together with points")
    code, scale, ratio = cost
    fraction = scale * turned_into_cost(ref)
    name = writer.define(entry.text("cost_as"), fraction, entry)
    writer.line(f"{name} = {code} * {fraction // scale}")
    with writer.block(f"if {cut}:"):
        writer.line(f"{name} = {left} * {ref.den * fraction} // {ratio}")


class _Overflow:
    """Beyond the payer's room the payment goes on with another payer, wholly or at a ratio of its own."""

    def __init__(self, writer: Writer, entry: Entry, exact: str, whole: int, amount: str) -> None:
        self.writer, self.entry = writer, entry.entry("overflow")
        self.entry.only("payer", "ratio", "caps", "count", "label")
        if entry.has("caps") and self.entry.has("ratio"):
            raise entry.error("caps", "a payment with caps can only flow over at its own ratio")
        self.payer = payer_of(self.entry)
        self.amount, self.ratio, self.left, self.over = (writer.fresh(s) for s in ("over", "ratio", "left", "excess"))
        self.counts = counted(writer, self.entry)
        own, _ = room(writer, [entry.entry("room")])
        self.ref = tables.ratios(writer, self.entry, "ratio") if self.entry.has("ratio") else None
        writer.line(f"{self.amount} = {self.over} = 0")
        den = self.ref.den if self.ref else 1
        writer.line(f"{self.ratio}, {self.left}, cite_{self.amount} = {den}, {NO_LIMIT}, -1")
        with writer.block(f"if {amount} > {own}:"):
            self._emit(exact, whole, amount, own)
            writer.line(f"{amount} = {own}")

    def _emit(self, exact: str, whole: int, amount: str, own: str) -> None:
        writer = self.writer
        writer.line(f"{self.amount} = {self.over} = {amount} - {own}")
        if self.ref:
            writer.line(f"{self.ratio} = {read(writer, self.ref, 'ratio')}")
            den = whole * self.ref.den
            writer.line(f"{self.amount} = (({exact} - {own} * {whole}) * {self.ratio} + {den // 2}) // {den}")
            if writer.traced:
                writer.line(f"cite_{self.amount} = {self.ref.cite}")
        if self.entry.has("caps"):
            left, _ = room(writer, self.entry.entries("caps"))
            writer.line(f"{self.left} = {left}")
            writer.line(f"if {self.amount} > {left}: {self.amount} = {left}")

    def trace(self) -> None:
        data = {"den": self.ref.den if self.ref else 1, "scale": 1}
        site = self.writer.site(step_site("overflow", self.payer, self.entry, data))
        with self.writer.block(f"if {self.over}:"):
            self.writer.trace(site, self.over, "0", self.ratio, self.left, self.amount, f"cite_{self.amount}", "-1",
                              "-1", before(self.counts))

    def book(self) -> None:
        self.writer.line(f"r_{self.payer} += {self.amount}")
        for variable in self.counts:
            self.writer.line(f"{variable} += {self.amount}")


def tiers(writer: Writer, entry: Entry) -> None:
    """A fund pays tier after tier: each has its ratio up to a threshold of payments (CQ-14), then the next payer.

    A threshold on payments is turned into cost through the ratio, exactly; each payer is rounded once.
    """
    entry.only(*COMMON, "of", "less", "tiers", "payers")
    cost, scale, less = _cost(writer, entry)
    rest, den, first = writer.fresh("rest"), writer.fresh("den"), less
    writer.line(f"{rest}, {den} = {cost}, {scale}")
    sums: dict[str, tuple[str, str]] = {}
    pieces: dict[str, list[tuple[str, ...]]] = {}
    for tier in entry.entries("tiers"):
        tier.only("payer", "ratio", "upto", "label")
        payer = payer_of(tier)
        if payer not in sums:
            sums[payer] = writer.fresh("sum"), writer.fresh("sumden")
            writer.line(f"{sums[payer][0]}, {sums[payer][1]} = 0, 1")
        pieces.setdefault(payer, []).append(_tier(writer, tier, (rest, den), sums[payer], first))
        first = ("0", "-1")
    for payer_entry in entry.entries("payers"):
        payer = payer_of(payer_entry)
        if payer not in sums:
            raise payer_entry.error("payer", "no tier has this payer")
        _close(writer, payer_entry, sums.pop(payer), pieces[payer], scale)
    if sums:
        raise entry.error("payers", f"what {', '.join(sums)} pays is booked nowhere")


def _tier(writer: Writer, tier: Entry, rest: tuple[str, str], total: tuple[str, str],
          less: tuple[str, str]) -> tuple[str, ...]:
    """One tier, passed while cost is left; returns the variables of its trace."""
    paid, den, ratio, left = (writer.fresh(stem) for stem in ("paid", "paidden", "ratio", "left"))
    cite = f"cite_{paid}"
    writer.line(f"{paid}, {den}, {ratio}, {left}, {cite} = 0, 1, 0, {NO_LIMIT}, -1")
    ref = tables.ratios(writer, tier, "ratio")
    with writer.block(f"if {rest[0]}:"):
        writer.line(f"{ratio} = {read(writer, ref, 'ratio')}")
        if tier.has("upto"):
            own, _ = room(writer, [tier.entry("upto")])
            writer.line(f"{left} = {own} - {total[0]} // {total[1]}")
            writer.line(f"if {left} < 0: {left} = 0")
        if writer.traced:
            writer.line(f"{cite} = {ref.cite}")
        writer.line(f"{paid}, {den}, {rest[0]}, {rest[1]} = fill({rest[0]}, {rest[1]}, {ratio}, {ref.den}, {left})")
        writer.line(f"{total[0]}, {total[1]} = {total[0]} * {den} + {paid} * {total[1]}, {total[1]} * {den}")
    return paid, den, ratio, left, cite, less[0], less[1], str(ref.den), tier.text("label")


def _close(writer: Writer, entry: Entry, total: tuple[str, str], pieces: list[tuple[str, ...]], scale: int) -> None:
    """Round a payer's tiers once, apply its caps, book it."""
    entry.only("payer", "caps", "count", "as")
    payer = payer_of(entry)
    amount = writer.fresh("amount")
    counts = counted(writer, entry)
    writer.line(f"{amount} = (2 * {total[0]} + {total[1]}) // (2 * {total[1]})")
    left, cap = room(writer, entry.entries("caps"))
    if entry.has("caps"):
        writer.line(f"if {amount} > {left}: {amount} = {left}")
    if writer.traced:
        rows = ", ".join(f"({', '.join(piece[:7])})" for piece in pieces)
        data = {"dens": [int(piece[7]) for piece in pieces], "labels": [piece[8] for piece in pieces], "scale": scale}
        site = writer.site(Site("tiers", payer, "", accumulators=tuple(entry.names("count")), data=data))
        writer.trace(site, amount, left, cap, f"({rows},)", before(counts))
    finish(writer, entry, amount, payer, counts)


def parts(writer: Writer, entry: Entry) -> None:
    """Parts of the cost each at its ratio, rounded together, within caps (CZ-7.8: class A 60%, class B 50%)."""
    entry.only(*COMMON, "payer", "parts", "caps", "count", "as")
    payer = payer_of(entry)
    found = [_part(writer, part) for part in entry.entries("parts")]
    den = lcm(*(ref.den for _, _, ref, _ in found))
    exact, amount = writer.fresh("exact"), writer.fresh("amount")
    writer.line(f"{exact} = {' + '.join(f'({code}) * {ratio} * {den // ref.den}' for code, ratio, ref, _ in found)}")
    left, cap = room(writer, entry.entries("caps"))
    counts = counted(writer, entry)
    writer.line(f"{amount} = ({exact} + {den // 2}) // {den}")
    writer.line(f"if {amount} > {left}: {amount} = {left}")
    if writer.traced:
        rows = ", ".join(f"({code}, {ratio}, {ref.cite})" for code, ratio, ref, _ in found)
        data = {"dens": [ref.den for _, _, ref, _ in found], "labels": [label for *_, label in found]}
        site = writer.site(step_site("parts", payer, entry, data))
        writer.trace(site, amount, left, cap, f"({rows},)", before(counts))
    finish(writer, entry, amount, payer, counts)


def _part(writer: Writer, part: Entry) -> tuple[str, str, Ref, str]:
    part.only("of", "ratio", "label")
    code, scale = writer.sum(part.names("of"), part)
    if scale != 1:
        raise part.error("of", "works on whole fen")
    ref = tables.ratios(writer, part, "ratio")
    return code, read(writer, ref, "ratio"), ref, part.text("label")


def payment_limit(writer: Writer, entry: Entry) -> None:
    """The smaller of cost and a limit that another calculator knows (maternity), within caps."""
    entry.only(*COMMON, "payer", "of", "caps", "count", "as")
    payer = payer_of(entry)
    code, scale = writer.sum(entry.names("of"), entry)
    if scale != 1:
        raise entry.error("of", "works on whole fen")
    writer.line(f"if {writer.fact('limit_refusal')} is not None: return limit_refusal")
    amount = writer.fresh("amount")
    left, cap = room(writer, entry.entries("caps"))
    counts = counted(writer, entry)
    writer.line(f"{amount} = min({code}, {writer.fact('limit')}, {left})")
    if writer.traced:
        site = writer.site(step_site("limit", payer, entry, {}))
        writer.trace(site, code, "limit", left, amount, writer.fact("limit_cites"), cap, before(counts))
    finish(writer, entry, amount, payer, counts)


def fixed_share(writer: Writer, entry: Entry) -> None:
    """The person pays a fixed amount, each time or once a year, and what is outside; the payer pays the rest."""
    entry.only(*COMMON, "payer", "figure", "once_by", "count")
    payer = payer_of(entry)
    ref = tables.amounts(writer, entry, "figure")
    due, covered = read(writer, ref, "due"), writer.fresh("covered")
    writer.line(f"{covered} = r_total - {writer.register('own_expense', entry)[0]}")
    if entry.has("once_by"):
        writer.line(f"if {writer.accumulator(entry.text('once_by'), entry)}: {due} = 0")
    writer.line(f"if {due} > {covered}: {due} = {covered}")
    for variable in counted(writer, entry):
        writer.line(f"{variable} += {due}")
    if writer.traced:
        site = writer.site(Site("fixed", payer, entry.text("label")))
        writer.trace(site, covered, due, f"{covered} - {due}", ref.cite)
    writer.line(f"r_{payer} += {covered} - {due}")


def floor(writer: Writer, entry: Entry) -> None:
    """Raises what all payers gave of the cost to a share of it (CZ-11.7: 90% of a single stay)."""
    entry.only(*COMMON, "payer", "of", "ratio", "given", "count", "caps")
    payer = payer_of(entry)
    code, scale = writer.sum(entry.names("of"), entry)
    given, other = writer.sum(entry.names("given"), entry, "given")
    if scale != 1 or other != 1:
        raise entry.error("of", "works on whole fen")
    ratio, ref, _ = ratio_with_points(writer, entry)
    amount = writer.fresh("amount")
    left, _ = room(writer, entry.entries("caps"))
    counts = counted(writer, entry)
    writer.line(f"{amount} = (({code}) * {ratio} + {ref.den // 2}) // {ref.den} - ({given})")
    writer.line(f"{amount} = max(0, min({amount}, {left}))")
    if writer.traced:
        site = writer.site(step_site("floor", payer, entry, {"den": ref.den}))
        with writer.block(f"if {amount}:"):
            writer.trace(site, code, given, ratio, amount, ref.cite, before(counts))
    finish(writer, entry, amount, payer, counts)


def outside_catalogue(writer: Writer, entry: Entry) -> None:
    """A share of the cost outside the catalogue, as far as it keeps within a share of the bill (CZ-11.7, O-37)."""
    entry.only(*COMMON, "payer", "of", "within", "whole", "ratio", "count")
    payer = payer_of(entry)
    code, _ = writer.sum(entry.names("of"), entry)
    whole, _ = writer.sum(entry.names("whole"), entry, "whole")
    control = tables.ratios(writer, entry, "within")
    limit = read(writer, control, "control")
    ratio, ref, _ = ratio_with_points(writer, entry)
    cost, amount, den = writer.fresh("cost"), writer.fresh("amount"), control.den * ref.den
    counts = counted(writer, entry)
    writer.line(f"{cost} = min(({code}) * {control.den}, ({whole}) * {limit})")
    writer.line(f"{amount} = ({cost} * {ratio} + {den // 2}) // {den}")
    if writer.traced:
        site = writer.site(step_site("pay", payer, entry, {"den": ref.den, "scale": control.den}))
        with writer.block(f"if {amount}:"):
            writer.trace(site, cost, "0", ratio, str(NO_LIMIT), amount, ref.cite, "-1", "-1", before(counts))
    finish(writer, entry, amount, payer, counts)


def bands_on_cost(writer: Writer, entry: Entry) -> None:
    """Bands on the year's cost; the deductible lies inside, its part of the cost pays nothing (CC-T2, CC-A01)."""
    entry.only(*COMMON, "payer", "of", "less", "base", "bands", "flat", "flat_when", "points", "caps", "count", "as")
    payer = payer_of(entry)
    code, scale = writer.sum(entry.names("of"), entry)
    less, own = writer.register(entry.text("less"), entry, "less") if entry.has("less") else ("0", 1)
    if scale != 1 or own != 1:
        raise entry.error("of", "works on whole fen")
    base = writer.writes(entry.text("base"), entry)
    ref = tables.segments(writer, entry, "threshold", "bands")
    bands, change = _bands(writer, entry, ref)
    exact, amount = writer.fresh("exact"), writer.fresh("amount")
    writer.line(f"{exact} = marginal({bands}, {base} + {less}, {base} + {code}, {change})")
    left, cap = room(writer, entry.entries("caps"))
    counts = counted(writer, entry)
    writer.line(f"{amount} = ({exact} + {ref.den // 2}) // {ref.den}")
    writer.line(f"if {amount} > {left}: {amount} = {left}")
    if writer.traced:
        site = writer.site(step_site("bands", payer, entry, {"den": ref.den, "base": entry.text("base")}))
        cite = f"cite_{less}" if entry.has("less") else "-1"
        writer.trace(site, bands, change, base, less, code, left, amount, f"cite_{bands}", cite, cap, before(counts))
    writer.line(f"{base} += {code}")
    finish(writer, entry, amount, payer, counts)


def _bands(writer: Writer, entry: Entry, ref: Ref) -> tuple[str, str]:
    """The variables of the bill's bands and of the points that change them; a flat ratio replaces both."""
    bands, change = writer.fresh("bands"), writer.fresh("change")
    extras = tables.points(writer, entry.names("points"), entry, ref.den)
    writer.line(f"{bands}, {change} = {read(writer, ref, 'scale')}, 0")
    for extra in extras:
        writer.line(f"{change} += {read(writer, extra, 'points')}")
    if writer.traced:
        writer.line(f"cite_{bands} = {cited(ref, extras)}")
    if entry.has("flat"):
        flat = tables.segments(writer, entry, "threshold", "flat")
        if flat.den != ref.den:
            raise entry.error("flat", "too fine a ratio")
        with writer.block(f"if {condition(writer, entry.entry('flat_when'))}:"):
            writer.line(f"{bands}, {change} = {flat.code}, 0")
            if writer.traced:
                writer.line(f"cite_{bands} = {flat.cite}")
    return bands, change
