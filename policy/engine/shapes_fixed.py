"""Payments by a limit, a fixed amount, a floor, or parts of the cost."""

from __future__ import annotations

from math import lcm

from policy.engine import tables
from policy.engine.entry import Entry
from policy.engine.facts import NO_LIMIT
from policy.engine.shapes import COMMON, counted, payer_of, read, room
from policy.engine.shapes_pay import before, finish, ratio_with_points, step_site
from policy.engine.tables import Ref
from policy.engine.writer import Site, Writer


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
    due, covered = writer.fresh("due"), writer.fresh("covered")
    settled = writer.accumulator(entry.text("once_by"), entry) if entry.has("once_by") else "False"
    writer.line(f"{covered} = {writer.register('total', entry)[0]} - {writer.register('own_expense', entry)[0]}")
    writer.line(f"{due} = 0")
    with writer.block(f"if not {settled}:"):
        writer.line(f"{due} = min({covered}, {read(writer, ref, 'fixed')})")
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
