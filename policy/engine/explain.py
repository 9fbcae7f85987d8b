"""From the trace of a bill, a tuple of integers per step, to steps that a person with only the notice understands.

Text is made here and only here, so a run without explanation pays nothing for it. The amounts of the steps of a
payer sum to that payer's amount: bands are rounded cumulatively, so the last band carries the remainder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from policy.engine import explain_bands
from policy.engine.explain_text import (
    Entry,
    Seen,
    Step,
    accumulators,
    bound,
    cap_text,
    cut,
    decimal,
    frame,
    half_up,
    new_frame,
    percent,
    pieces,
    yuan,
)

if TYPE_CHECKING:
    from policy.engine.compile import Compiled
    from policy.engine.facts import Bill
    from policy.engine.writer import Site
    from policy.pack import Pack


def render(pack: Pack, compiled: Compiled, bill: Bill, trace: Sequence[Entry]) -> list[Step]:
    """The steps of one bill, in the order in which the layers were run."""
    seen = Seen(pack, compiled, bill)
    sites = compiled.sites
    for entry in trace:
        site = sites[entry[0]]
        _KINDS[site.kind](seen, site, entry)
    return seen.steps


def _pay(seen: Seen, site: Site, entry: Entry) -> None:
    _, cost, less, ratio, left, amount, cite, cite_less, cite_cap, befores = entry
    den, scale = site.data["den"], site.data["scale"]
    step = frame(seen, site, (cite, cite_less, bound(left, cite_cap)))
    full = (2 * cost * ratio + den * scale) // (2 * den * scale)
    if scale != 1:
        cost, less = half_up(cost, scale), half_up(less, scale)
    base, product = yuan(cost + less), yuan(full)
    if less:
        step["deductible"] = taken = yuan(less)
        formula = f"（{base} − {taken}）× {percent(ratio, den)} = {product}"
    else:
        formula = f"{base} × {percent(ratio, den)} = {product}"
    step["base"] = base
    step["ratio"] = decimal(ratio, den)
    step["cap_left"] = cap_text(left)
    step["amount"] = product if amount == full else yuan(amount)
    if amount < full:
        formula += cut(left)
    elif less and not cost:
        formula = f"{base} 未超过起付线余额，由起付线承担"
    step["formula"] = formula
    step["accumulators"] = accumulators(seen, site, befores, amount)
    seen.steps.append(step)


def _parts(seen: Seen, site: Site, entry: Entry) -> None:
    _, amount, left, cap, rows, befores = entry
    dens = site.data["dens"]
    amounts = pieces([(cost * ratio, den, 0) for (cost, ratio, _), den in zip(rows, dens, strict=True)], amount)
    shown = [number for number, own in enumerate(amounts) if own] or [0]
    for number in shown:
        cost, ratio, cite = rows[number]
        step = frame(seen, site, (cite, bound(left, cap)), f"{site.label}：{site.data['labels'][number]}")
        step["base"], step["ratio"] = yuan(cost), decimal(ratio, dens[number])
        step["cap_left"], step["amount"] = cap_text(left), yuan(amounts[number])
        step["formula"] = f"{yuan(cost)} × {percent(ratio, dens[number])}，支付 {yuan(amounts[number])}"
        step["accumulators"] = accumulators(seen, site, befores, amounts[number])
        befores = [before + amounts[number] for before in befores]
        seen.steps.append(step)


def _excess(seen: Seen, site: Site, entry: Entry) -> None:
    _, new, line, ratio, limit, paid, amount, cite, cite_limit = entry
    step = frame(seen, site, (cite, cite_limit))
    den = site.data["den"]
    step["base"], step["deductible"] = yuan(new), yuan(min(new, line))
    step["ratio"], step["cap_left"], step["amount"] = decimal(ratio, den), cap_text(max(0, limit - paid)), yuan(amount)
    if new <= line:
        step["formula"] = f"年度累计自付 {yuan(new)}，未超过 {yuan(line)}"
    else:
        step["formula"] = (f"（{yuan(new)} − {yuan(line)}）× {percent(ratio, den)}，限额 {yuan(limit)}，"
                           f"减已支付 {yuan(paid)}，支付 {yuan(amount)}")
    step["accumulators"] = accumulators(seen, site, (paid,), amount)
    seen.steps.append(step)


def _fixed(seen: Seen, site: Site, entry: Entry) -> None:
    _, covered, due, amount, cite = entry
    step = frame(seen, site, (cite,))
    step["base"], step["deductible"], step["amount"] = yuan(covered), yuan(due), yuan(amount)
    step["formula"] = f"{yuan(covered)} − 个人定额 {yuan(due)} = {yuan(amount)}"
    seen.steps.append(step)


def _limit(seen: Seen, site: Site, entry: Entry) -> None:
    _, cost, limit, left, amount, figures, cap, befores = entry
    cap = bound(left, cap)
    key = (tuple(f"{figure.name}{figure.keys}" for figure in figures), cap)
    made: Step | None = site.frames.get(key)
    if made is None:
        caps = seen.compiled.cites[cap] if cap >= 0 else ()
        made = site.frames[key] = new_frame(seen.pack, site, site.label, [*figures, *caps])
    step = made.copy()
    step["base"], step["cap_left"], step["amount"] = yuan(cost), cap_text(left), yuan(amount)
    step["formula"] = f"费用 {yuan(cost)}，限额 {yuan(limit)}，取其低"
    if amount < min(cost, limit):
        step["formula"] += cut(left)
    step["accumulators"] = accumulators(seen, site, befores, amount)
    seen.steps.append(step)


def _floor(seen: Seen, site: Site, entry: Entry) -> None:
    _, cost, given, ratio, amount, cite, befores = entry
    step = frame(seen, site, (cite,))
    den = site.data["den"]
    step["base"], step["ratio"], step["amount"] = yuan(cost), decimal(ratio, den), yuan(amount)
    step["formula"] = f"{yuan(cost)} × {percent(ratio, den)} − 已支付 {yuan(given)} = {yuan(amount)}"
    step["accumulators"] = accumulators(seen, site, befores, amount)
    seen.steps.append(step)


def _note(seen: Seen, site: Site, entry: Entry) -> None:
    seen.steps.append(frame(seen, site, ()))


def _cost_limit(seen: Seen, site: Site, entry: Entry) -> None:
    _, cost, left, cite = entry
    step = frame(seen, site, (cite,))
    step["base"], step["cap_left"] = yuan(cost), yuan(left)
    step["formula"] = f"费用 {yuan(cost)}，本年度限额内余 {yuan(left)}，超出部分不予支付"
    seen.steps.append(step)


_KINDS: dict[str, Callable[[Seen, Site, Entry], None]] = {
    "pay": _pay, "overflow": _pay, "bands": explain_bands.bands, "running": explain_bands.running,
    "two_tier": explain_bands.two_tiers, "tiers": explain_bands.tiers, "parts": _parts, "excess": _excess,
    "fixed": _fixed, "limit": _limit, "floor": _floor, "note": _note, "cost_limit": _cost_limit,
}  # fmt: skip
