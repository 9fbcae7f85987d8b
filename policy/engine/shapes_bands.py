"""Payments whose ratio changes on the way: tiers of a fund's payments, bands of the year's cost."""

from __future__ import annotations

from policy.engine import tables
from policy.engine.conditions import condition
from policy.engine.entry import Entry
from policy.engine.facts import NO_LIMIT
from policy.engine.shapes import COMMON, counted, payer_of, read, room
from policy.engine.shapes_pay import before, cited, cost_of, finish, step_site
from policy.engine.tables import Ref
from policy.engine.writer import Site, Writer


def tiers(writer: Writer, entry: Entry) -> None:
    """A fund pays tier after tier: each has its ratio up to a threshold of payments (CQ-14), then the next payer.

    A threshold on payments is turned into cost through the ratio, exactly; each payer is rounded once.
    """
    entry.only(*COMMON, "of", "less", "tiers", "payers")
    cost, scale, less = cost_of(writer, entry)
    rest, den = writer.fresh("rest"), writer.fresh("den")
    first: tuple[str, str] | None = less
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
        first = None
    for payer_entry in entry.entries("payers"):
        payer = payer_of(payer_entry)
        if payer not in sums:
            raise payer_entry.error("payer", "no tier has this payer")
        _close(writer, payer_entry, sums.pop(payer), pieces[payer], scale)
    if sums:
        raise entry.error("payers", f"what {', '.join(sums)} pays is booked nowhere")


def _tier(writer: Writer, tier: Entry, rest: tuple[str, str], total: tuple[str, str],
          less: tuple[str, str] | None) -> tuple[str, ...]:
    """One tier; returns the variables of its trace. The first tier's ratio is always read, the others' where needed."""
    paid, den, ratio, left = (writer.fresh(stem) for stem in ("paid", "paidden", "ratio", "left"))
    cite = f"cite_{paid}"
    writer.line(f"{paid}, {den}, {ratio}, {left}, {cite} = 0, 1, 0, {NO_LIMIT}, -1")
    ref = tables.ratios(writer, tier, "ratio")
    if less is not None:
        writer.line(f"{ratio} = {read(writer, ref, 'ratio')}")
        if writer.traced:
            writer.line(f"{cite} = {ref.cite}")
    with writer.block(f"if {rest[0]}:"):
        if less is None:
            writer.line(f"{ratio} = {read(writer, ref, 'ratio')}")
            if writer.traced:
                writer.line(f"{cite} = {ref.cite}")
        if tier.has("upto"):
            own, _ = room(writer, [tier.entry("upto")])
            writer.line(f"{left} = max(0, {own} - {total[0]} // {total[1]})")
        writer.line(f"{paid}, {den}, {rest[0]}, {rest[1]} = fill({rest[0]}, {rest[1]}, {ratio}, {ref.den}, {left})")
        writer.line(f"{total[0]}, {total[1]} = {total[0]} * {den} + {paid} * {total[1]}, {total[1]} * {den}")
    taken = less or ("0", "-1")
    return paid, den, ratio, left, cite, *taken, str(ref.den), tier.text("label")


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


def bands_on_cost(writer: Writer, entry: Entry) -> None:
    """Bands on the year's cost; the deductible lies inside, its part of the cost pays nothing (CC-T2, CC-A01)."""
    entry.only(*COMMON, "payer", "of", "less", "base", "bands", "flat", "flat_when", "points", "caps", "count", "as")
    payer = payer_of(entry)
    code, scale = writer.sum(entry.names("of"), entry)
    less, own = writer.register(entry.text("less"), entry, "less") if entry.has("less") else ("0", 1)
    ref = tables.segments(writer, entry, "threshold", "bands")
    if scale != 1 or own != 1 or ref.unit != 1:
        raise entry.error("of", "works on whole fen")
    base = writer.writes(entry.text("base"), entry)
    bands, change = _bands(writer, entry, ref)
    exact, amount = writer.fresh("exact"), writer.fresh("amount")
    writer.line(f"{exact} = marginal({bands}, {base} + {less}, {base} + {code}, {change})")
    left, cap = room(writer, entry.entries("caps"))
    counts = counted(writer, entry)
    writer.line(f"{amount} = ({exact} + {ref.den // 2}) // {ref.den}")
    writer.line(f"if {amount} > {left}: {amount} = {left}")
    if writer.traced:
        site = writer.site(step_site("bands", payer, entry, {"den": ref.den, "unit": 1}))
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
