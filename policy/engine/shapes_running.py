"""Payments on a running total of the year: f(new) − f(old), both with the figures of this bill's day (BZ-AMB-34)."""

from __future__ import annotations

from math import lcm

from policy.engine import tables
from policy.engine.entry import Entry
from policy.engine.shapes import COMMON, counted, payer_of, read, room
from policy.engine.shapes_pay import before, cited, finish, step_site
from policy.engine.writer import Site, Writer


def _grown(writer: Writer, entry: Entry, unit: int = 1) -> tuple[str, str, str, int]:
    """Book the bill's contribution to the running base; the variables of it, of old and new, and their scale.

    The payment sees the exact new total, the accumulator keeps whole fen (readings O-2, O-3).
    """
    code, own = writer.sum(entry.names("of"), entry)
    scale = lcm(own, unit)
    if scale != own:
        code = f"({code}) * {scale // own}"
    base = writer.writes(entry.text("base"), entry)
    grows, old, new = writer.fresh("grows"), writer.fresh("old"), writer.fresh("new")
    writer.line(f"{grows} = {code}")
    writer.line(f"{old} = {base}" if scale == 1 else f"{old} = {base} * {scale}")
    writer.line(f"{new} = {old} + {grows}")
    writer.line(f"{base} = {new}" if scale == 1 else f"{base} = (2 * {new} + {scale}) // {2 * scale}")
    return grows, old, new, scale


def running(writer: Writer, entry: Entry) -> None:
    """Threshold, bands and cap on the year's running base: large-amount, 大病, relief with a yearly threshold."""
    entry.only(*COMMON, "payer", "of", "base", "threshold", "bands", "points", "caps", "count", "as")
    payer = payer_of(entry)
    ref = tables.segments(writer, entry, "threshold", "bands")
    bands = read(writer, ref, "bands")
    _, old, new, scale = _grown(writer, entry, ref.unit)
    step = scale // ref.unit
    exact, amount = writer.fresh("exact"), writer.fresh("amount")
    extras = tables.points(writer, entry.names("points"), entry, ref.den)
    change = " + ".join(["0", *(read(writer, extra, "points") for extra in extras)])
    whole = ref.den * scale
    left, cap = room(writer, entry.entries("caps"))
    counts = counted(writer, entry)
    writer.line(f"{amount} = 0")
    with writer.block(f"if {new} > {bands}[0][0]{'' if step == 1 else f' * {step}'}:"):
        writer.line(f"{exact} = marginal({bands}, {old}, {new}, {change}, {step})")
        writer.line(f"{amount} = ({exact} + {whole // 2}) // {whole}")
        writer.line(f"if {amount} > {left}: {amount} = {left}")
    if writer.traced:
        site = writer.site(step_site("running", payer, entry, {"den": ref.den, "scale": scale, "unit": ref.unit}))
        writer.trace(site, bands, change, old, new, left, amount, cited(ref, extras), cap, before(counts))
    finish(writer, entry, amount, payer, counts)


def running_two_tier(writer: Writer, entry: Entry) -> None:
    """A second tier on what the first one left (CZ-10): f(x) = (x − line) r1 + (x − first tier − second line) r2."""
    entry.only(*COMMON, "payer", "of", "base", "threshold", "ratio", "second_threshold", "second_ratio", "points",
               "caps", "count", "as")
    payer = payer_of(entry)
    line, second = tables.amounts(writer, entry, "threshold"), tables.amounts(writer, entry, "second_threshold")
    first_ref, second_ref = tables.ratios(writer, entry, "ratio"), tables.ratios(writer, entry, "second_ratio")
    if first_ref.den != second_ref.den:
        raise entry.error("second_ratio", "too fine a ratio")
    den = first_ref.den
    line_at, second_at = read(writer, line, "line"), read(writer, second, "line")
    first, other = read(writer, first_ref, "ratio"), read(writer, second_ref, "ratio")
    extras = tables.points(writer, entry.names("points"), entry, den)
    for extra in extras:
        variable = read(writer, extra, "points")
        writer.line(f"{first}, {other} = {first} + {variable}, {other} + {variable}")
    _, old, new, scale = _grown(writer, entry)
    amount, shape = writer.fresh("amount"), writer.fresh("shape")
    left, cap = room(writer, entry.entries("caps"))
    counts = counted(writer, entry)
    whole = den * den * scale
    writer.line(f"{shape} = ({line_at} * {scale}, {first}, {second_at} * {scale}, {other}, {den})")
    writer.line(f"{amount} = 0")
    with writer.block(f"if {new} > {shape}[0]:"):
        grown = f"sum(two_tier({new}, *{shape})) - sum(two_tier({old}, *{shape}))"
        writer.line(f"{amount} = ({grown} + {whole // 2}) // {whole}")
        writer.line(f"if {amount} > {left}: {amount} = {left}")
    if writer.traced:
        site = writer.site(step_site("two_tier", payer, entry, {"den": den, "scale": scale}))
        cites = cited(first_ref, [line, *extras]), cited(second_ref, [second, *extras])
        writer.trace(site, shape, old, new, left, amount, *cites, cap, before(counts))
    finish(writer, entry, amount, payer, counts)


def excess(writer: Writer, entry: Entry) -> None:
    """A share of the year's total above a line, less what was paid of it, at most what the bill leaves (tilt)."""
    entry.only(*COMMON, "payer", "of", "base", "threshold", "ratio", "limit", "paid")
    payer = payer_of(entry)
    line = read(writer, tables.amounts(writer, entry, "threshold"), "line")
    ref = tables.ratios(writer, entry, "ratio")
    ratio = read(writer, ref, "ratio")
    limit_ref = tables.amounts(writer, entry, "limit")
    limit = read(writer, limit_ref, "limit")
    grows, _, new, scale = _grown(writer, entry)
    if scale != 1:
        raise entry.error("of", "works on whole fen")
    paid = writer.writes(entry.text("paid"), entry)
    amount = writer.fresh("amount")
    writer.line(f"{amount} = 0")
    with writer.block(f"if {new} > {line}:"):
        writer.line(f"{amount} = min((({new} - {line}) * {ratio} + {ref.den // 2}) // {ref.den}, {limit}) - {paid}")
        writer.line(f"{amount} = max(0, min({amount}, {grows}))")
    if writer.traced:
        data = {"den": ref.den}
        site = writer.site(Site("excess", payer, entry.text("label"), accumulators=(entry.text("paid"),), data=data))
        writer.trace(site, new, line, ratio, limit, paid, amount, ref.cite, limit_ref.cite)
    writer.line(f"{paid} += {amount}")
    finish(writer, entry, amount, payer, [])
