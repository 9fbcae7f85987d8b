"""Steps of payments whose ratio changes on the way: one step for each band or tier that paid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from policy.engine.arithmetic import two_tier
from policy.engine.explain_text import (
    Cites,
    Entry,
    Seen,
    accumulators,
    bound,
    cap_text,
    cut,
    decimal,
    frame,
    half_up,
    percent,
    pieces,
    yuan,
)
from policy.engine.facts import NO_LIMIT

if TYPE_CHECKING:
    from policy.engine.writer import Site


def bands(seen: Seen, site: Site, entry: Entry) -> None:
    _, segments, change, before, less, grows, left, amount, cite, cite_less, cap, befores = entry
    data = (segments, change, before + less, before + grows, 1)
    said = f"年度累计费用由 {yuan(before)} 至 {yuan(before + grows)}"
    _marginal(seen, site, data, (less, left, amount, said, befores), (cite, cite_less, bound(left, cap)))


def running(seen: Seen, site: Site, entry: Entry) -> None:
    _, segments, change, old, new, left, amount, cite, cap, befores = entry
    scale, unit = site.data["scale"], site.data["unit"]
    line = segments[0][0] * (scale // unit)
    used = max(0, min(new, line) - old)
    said = f"年度累计由 {yuan(half_up(old, scale))} 至 {yuan(half_up(new, scale))}"
    if amount == 0 and new <= line:
        step = frame(seen, site, (cite, bound(left, cap)))
        step["base"], step["deductible"] = yuan(half_up(new - old, scale)), yuan(half_up(used, scale))
        step["formula"] = f"{said}，未超过起付标准 {yuan(half_up(line, scale))}" if line else said
        step["cap_left"] = cap_text(left)
        step["accumulators"] = accumulators(seen, site, befores, 0)
        seen.steps.append(step)
        return
    data = (segments, change, old, new, scale)
    _marginal(seen, site, data, (used, left, amount, said, befores), (cite, bound(left, cap)))


def _marginal(seen: Seen, site: Site, data: tuple[Any, int, int, int, int],
              paid: tuple[int, int, int, str, Sequence[int]], cites: tuple[Cites, ...]) -> None:
    """One step for each band that paid; the part that the threshold or deductible took stands with the first."""
    segments, change, old, new, scale = data
    used, left, amount, said, befores = paid
    den, unit, line = site.data["den"], site.data["unit"], segments[0][0]
    step_of = scale // unit
    rows = [(own * (end - start), den * scale, (end - start, own, low, high))
            for low, high, ratio in segments
            if (end := min(new, high * step_of)) > (start := max(old, low * step_of))
            for own in (max(0, ratio + change),)] or [(0, 1, (0, 0, 0, 0))]
    amounts = [amount] if len(rows) == 1 else pieces(rows, amount)
    shown = [number for number, each in enumerate(amounts) if each] or [0]
    for number in shown:
        part, own, low, high = rows[number][2]
        given = amounts[number]
        step = frame(seen, site, cites, _band_label(site, low - line, high - line, line))
        base = part if scale == 1 else half_up(part, scale)
        taken = 0 if number != shown[0] else used if scale == 1 else half_up(used, scale)
        full = half_up(rows[number][0], rows[number][1])
        step["base"] = yuan(base + taken)
        if taken:
            step["deductible"] = yuan(taken)
        step["ratio"] = decimal(own, den)
        step["cap_left"] = cap_text(left)
        step["amount"] = yuan(given)
        formula = f"{said}，本段 {yuan(base)} × {percent(own, den)} = {yuan(full)}"
        step["formula"] = formula + cut(left - sum(amounts[:number])) if given < full - 1 else formula
        step["accumulators"] = accumulators(seen, site, befores, given)
        befores = [before + given for before in befores]
        seen.steps.append(step)


def _band_label(site: Site, low: int, high: int, line: int) -> str:
    key = ("band", low, high, line)
    label: str | None = site.frames.get(key)
    if label is None:
        unit, closed = site.data["unit"], high < NO_LIMIT // 2
        low, high, line = low // unit, high // unit, half_up(line, unit)
        above = f"起付标准 {yuan(line)} 以上 " if line else ""
        if closed:
            label = f"{site.label}：{above}{yuan(low)} 至 {yuan(high)} 部分"
        else:
            part = f"{yuan(low)} 以上部分" if low else "部分"
            label = f"{site.label}：{above}{part}" if low or line else site.label
        site.frames[key] = label
    return label


def two_tiers(seen: Seen, site: Site, entry: Entry) -> None:
    _, shape, old, new, left, amount, cite, cite_two, cap, befores = entry
    den, scale = site.data["den"], site.data["scale"]
    line = shape[0]
    said = f"年度累计由 {yuan(half_up(old, scale))} 至 {yuan(half_up(new, scale))}"
    if new <= line:
        step = frame(seen, site, (cite, bound(left, cap)))
        step["base"] = step["deductible"] = yuan(half_up(new - old, scale))
        step["formula"], step["cap_left"] = f"{said}，未超过起付标准 {yuan(line // scale)}", cap_text(left)
        step["accumulators"] = accumulators(seen, site, befores, 0)
        seen.steps.append(step)
        return
    gains = [after - before for after, before in zip(two_tier(new, *shape), two_tier(old, *shape), strict=True)]
    rows = [(gain, den * den * scale, ratio) for gain, ratio in zip(gains, (shape[1], shape[3]), strict=True)]
    amounts = pieces(rows, amount)
    used = max(0, min(new, line) - old)
    for number, own in enumerate(amounts):
        if not own and (number or any(amounts)):
            continue
        label = site.label if number == 0 else f"{site.label}：首段支付后仍超过 {yuan(shape[2] // scale)} 部分"
        step = frame(seen, site, (cite_two if number else cite, bound(left, cap)), label)
        part = half_up(rows[number][0], rows[number][2] * den * scale) if rows[number][2] else 0
        taken = 0 if number else half_up(used, scale)
        step["base"], step["deductible"] = yuan(part + taken), yuan(taken)
        step["ratio"], step["cap_left"], step["amount"] = decimal(rows[number][2], den), cap_text(left), yuan(own)
        step["formula"] = f"{said}，{yuan(part)} × {percent(rows[number][2], den)}，支付 {yuan(own)}"
        step["accumulators"] = accumulators(seen, site, befores, own)
        befores = [before + own for before in befores]
        seen.steps.append(step)


def tiers(seen: Seen, site: Site, entry: Entry) -> None:
    _, amount, left, cap, rows, befores = entry
    amounts = pieces([(paid, den, 0) for paid, den, *_ in rows], amount)
    if not any(amounts) and site.payer != "basic":
        return
    shown = [number for number, own in enumerate(amounts) if own] or [0]
    for number in shown:
        paid, den, ratio, room, cite, less, cite_less = rows[number]
        ratio_den, less = site.data["dens"][number], half_up(less, site.data["scale"])
        step = frame(seen, site, (cite, cite_less, bound(left, cap)), site.data["labels"][number])
        part = half_up(paid * ratio_den, den * ratio) if ratio else 0
        step["base"], step["deductible"] = yuan(part + less), yuan(less)
        step["ratio"], step["amount"] = decimal(ratio, ratio_den), yuan(amounts[number])
        step["cap_left"] = cap_text(min(left, room))
        step["formula"] = f"{yuan(part)} × {percent(ratio, ratio_den)}，支付 {yuan(amounts[number])}"
        step["accumulators"] = accumulators(seen, site, befores, amounts[number])
        befores = [before + amounts[number] for before in befores]
        seen.steps.append(step)
