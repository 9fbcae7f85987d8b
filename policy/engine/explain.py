"""From the trace of a bill, a tuple of integers per step, to steps that a person with only the notice understands.

Text is made here and only here, so a run without explanation pays nothing for it. The amounts of the steps of a
payer sum to that payer's amount: bands are rounded cumulatively, so the last band carries the remainder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from policy.engine.arithmetic import two_tier
from policy.engine.facts import NO_LIMIT
from policy.pack_figures import Figure

if TYPE_CHECKING:
    from policy.engine.compile import Compiled
    from policy.engine.writer import Site
    from policy.pack import Pack

Step = dict[str, Any]
Entry = tuple[Any, ...]
Cites = int | tuple[int, ...]


def render(pack: Pack, compiled: Compiled, trace: Sequence[Entry]) -> list[Step]:
    """The steps of one bill, in the order in which the layers were run."""
    steps: list[Step] = []
    sites = compiled.sites
    for entry in trace:
        site = sites[entry[0]]
        _KINDS[site.kind](pack, compiled, site, entry, steps)
    return steps


_CENTS = tuple(f".{number:02d}" for number in range(100))


def yuan(fen: int) -> str:
    """Whole fen (not below 0) as text in yuan."""
    return str(fen // 100) + _CENTS[fen % 100]


@lru_cache(maxsize=4096)
def percent(number: int, den: int) -> str:
    """A share as people write it: 85%, 37.5%."""
    whole, rest = divmod(number * 100, den)
    if not rest:
        return f"{whole}%"
    return f"{Decimal(number * 100) / den:.6f}".rstrip("0") + "%"


@lru_cache(maxsize=4096)
def _decimal(number: int, den: int) -> str:
    """A share as a decimal with at least two places."""
    hundredths, rest = divmod(number * 100, den)
    if not rest:
        return f"{hundredths // 100}.{hundredths % 100:02d}"
    return f"{Decimal(number) / den:.10f}".rstrip("0")


def _half_up(number: int, den: int) -> int:
    return (2 * number + den) // (2 * den)


def _frame(pack: Pack, compiled: Compiled, site: Site, cites: tuple[Cites, ...], label: str = "") -> Step:
    """The part of a step that does not depend on amounts; made once per combination of figures."""
    key = (cites, label)
    made: Step | None = site.frames.get(key)
    if made is None:
        figures = [figure for cite in _flat(cites) if cite >= 0 for figure in compiled.cites[cite]]
        figures = [figure for figure in figures if figure.kind != "points" or figure.value]
        made = site.frames[key] = _new_frame(pack, site, label or site.label, figures)
    return made.copy()


def _flat(cites: Sequence[Cites]) -> Iterator[int]:
    for cite in cites:
        if isinstance(cite, int):
            yield cite
        else:
            yield from _flat(cite)


def _new_frame(pack: Pack, site: Site, label: str, figures: list[Figure]) -> Step:
    main = figures[0] if figures else None
    detail = "、".join(_key_labels(pack, main)) if main else ""
    rule = site.rule or (main.rule if main else "")
    article = main.article if main and not site.rule else pack.article(rule)
    return {
        "layer": site.payer, "label": f"{label}（{detail}）" if detail else label, "rule": rule, "article": article,
        "base": "0.00", "deductible": "0.00", "ratio": None, "cap_left": None, "amount": "0.00", "formula": "",
        "sources": [_source(figure) for figure in figures], "accumulators": [],
    }  # fmt: skip


def _key_labels(pack: Pack, figure: Figure) -> list[str]:
    table = pack.tables[figure.name]
    named = [(dimension, key) for dimension, key in zip(table.by, figure.keys, strict=True) if dimension != "scheme"]
    return [label for dimension, key in named if (label := pack.key_label(dimension, key))]


def _source(figure: Figure) -> dict[str, str]:
    since = figure.since.isoformat() if figure.since else ""
    return {"label": figure.label, "value": figure.text, "rule": figure.rule, "article": figure.article,
            "status": figure.status, "since": since}  # fmt: skip


def _accumulators(pack: Pack, site: Site, befores: Sequence[int], amount: int) -> list[dict[str, str]]:
    """What the step changed: each accumulator before and after."""
    if not befores:
        return []
    labels = site.frames.get("labels")
    if labels is None:
        declared = pack.section("accumulators")
        labels = site.frames["labels"] = [(name, str(declared[name].get("label", name))) for name in site.accumulators]
    return [{"name": name, "label": label, "before": yuan(before), "after": yuan(before + amount)}
            for (name, label), before in zip(labels, befores, strict=True)]


def _cap(left: int) -> str | None:
    return None if left >= NO_LIMIT // 2 else yuan(left)


def _cut(left: int) -> str:
    return f"，超过限额余额，按余额支付 {yuan(left)}" if left else "，限额已用完，不再支付"


def _pay(pack: Pack, compiled: Compiled, site: Site, entry: Entry, steps: list[Step]) -> None:
    _, cost, less, ratio, left, amount, cite, cite_less, cite_cap, befores = entry
    den, scale = site.data["den"], site.data["scale"]
    step = _frame(pack, compiled, site, (cite, cite_less, cite_cap))
    full = (2 * cost * ratio + den * scale) // (2 * den * scale)
    if scale != 1:
        cost, less = _half_up(cost, scale), _half_up(less, scale)
    base = yuan(cost + less)
    formula = f"{base} × {percent(ratio, den)} = {yuan(full)}"
    if less:
        step["deductible"] = taken = yuan(less)
        formula = f"（{base} − {taken}）× {percent(ratio, den)} = {yuan(full)}"
    step["base"] = base
    step["ratio"] = _decimal(ratio, den)
    step["cap_left"] = _cap(left)
    step["amount"] = yuan(amount)
    step["formula"] = formula + _cut(left) if amount < full else formula
    step["accumulators"] = _accumulators(pack, site, befores, amount)
    steps.append(step)


def _pieces(rows: Sequence[tuple[int, int, Any]], total: int) -> list[int]:
    """The rounded amount of each (exact, den, _) so that they sum to `total`, the payer's amount."""
    whole, den, given, found = 0, 1, 0, []
    for exact, own, _ in rows:
        whole, den = whole * own + exact * den, den * own
        reached = min(_half_up(whole, den), total)
        found.append(reached - given)
        given = reached
    return found


def _bands(pack: Pack, compiled: Compiled, site: Site, entry: Entry, steps: list[Step]) -> None:
    _, segments, change, before, less, grows, left, amount, cite, cite_less, cap, befores = entry
    data = (segments, change, before + less, before + grows, 1)
    said = f"年度累计费用由 {yuan(before)} 至 {yuan(before + grows)}"
    _marginal(pack, compiled, site, data, (less, left, amount, said, befores), (cite, cite_less, cap), steps)


def _running(pack: Pack, compiled: Compiled, site: Site, entry: Entry, steps: list[Step]) -> None:
    _, segments, change, old, new, left, amount, cite, cap, befores = entry
    scale = site.data["scale"]
    line = segments[0][0]
    used = max(0, min(new, line * scale) - old)
    said = f"年度累计由 {yuan(_half_up(old, scale))} 至 {yuan(_half_up(new, scale))}"
    if amount == 0 and new <= line * scale:
        step = _frame(pack, compiled, site, (cite, cap))
        step["base"], step["deductible"] = yuan(_half_up(new - old, scale)), yuan(_half_up(used, scale))
        step["formula"] = f"{said}，未超过起付标准 {yuan(line)}" if line else said
        step["cap_left"] = _cap(left)
        step["accumulators"] = _accumulators(pack, site, befores, 0)
        steps.append(step)
        return
    data = (segments, change, old, new, scale)
    _marginal(pack, compiled, site, data, (used, left, amount, said, befores), (cite, cap), steps)


def _marginal(pack: Pack, compiled: Compiled, site: Site, data: tuple[Any, int, int, int, int],
              paid: tuple[int, int, int, str, Sequence[int]], cites: tuple[Cites, ...], steps: list[Step]) -> None:
    """One step for each band that paid; the part that the threshold or deductible took stands with the first."""
    segments, change, old, new, scale = data
    used, left, amount, said, befores = paid
    den, line = site.data["den"], segments[0][0]
    rows = [(own * (end - start), den * scale, (end - start, own, low, high))
            for low, high, ratio in segments
            if (end := min(new, high * scale)) > (start := max(old, low * scale))
            for own in (max(0, ratio + change),)] or [(0, 1, (0, 0, 0, 0))]
    amounts = [amount] if len(rows) == 1 else _pieces(rows, amount)
    shown = [number for number, each in enumerate(amounts) if each] or [0]
    for number in shown:
        part, own, low, high = rows[number][2]
        given = amounts[number]
        step = _frame(pack, compiled, site, cites, _band_label(site, low - line, high - line, line))
        base = part if scale == 1 else _half_up(part, scale)
        taken = 0 if number != shown[0] else used if scale == 1 else _half_up(used, scale)
        full = _half_up(rows[number][0], rows[number][1])
        step["base"] = yuan(base + taken)
        if taken:
            step["deductible"] = yuan(taken)
        step["ratio"] = _decimal(own, den)
        step["cap_left"] = _cap(left)
        step["amount"] = yuan(given)
        formula = f"{said}，本段 {yuan(base)} × {percent(own, den)} = {yuan(full)}"
        step["formula"] = formula + _cut(left) if given < full - 1 else formula
        step["accumulators"] = _accumulators(pack, site, befores, given)
        befores = [before + given for before in befores]
        steps.append(step)


def _band_label(site: Site, low: int, high: int, line: int) -> str:
    key = ("band", low, high, line)
    label: str | None = site.frames.get(key)
    if label is None:
        above = f"起付标准 {yuan(line)} 以上 " if line else ""
        if high < NO_LIMIT // 2:
            label = f"{site.label}：{above}{yuan(low)} 至 {yuan(high)} 部分"
        else:
            label = f"{site.label}：{above}{yuan(low)} 以上部分" if low or line else site.label
        site.frames[key] = label
    return label


def _two_tier(pack: Pack, compiled: Compiled, site: Site, entry: Entry, steps: list[Step]) -> None:
    _, shape, old, new, left, amount, cite, cite_two, cap, befores = entry
    den, scale = site.data["den"], site.data["scale"]
    line = shape[0]
    said = f"年度累计由 {yuan(_half_up(old, scale))} 至 {yuan(_half_up(new, scale))}"
    if new <= line:
        step = _frame(pack, compiled, site, (cite, cap))
        step["base"] = step["deductible"] = yuan(_half_up(new - old, scale))
        step["formula"], step["cap_left"] = f"{said}，未超过起付标准 {yuan(line // scale)}", _cap(left)
        step["accumulators"] = _accumulators(pack, site, befores, 0)
        steps.append(step)
        return
    gains = [after - before for after, before in zip(two_tier(new, *shape), two_tier(old, *shape), strict=True)]
    rows = [(gain, den * den * scale, ratio) for gain, ratio in zip(gains, (shape[1], shape[3]), strict=True)]
    amounts = _pieces(rows, amount)
    used = max(0, min(new, line) - old)
    for number, own in enumerate(amounts):
        if not own and (number or any(amounts)):
            continue
        label = site.label if number == 0 else f"{site.label}：首段支付后仍超过 {yuan(shape[2] // scale)} 部分"
        step = _frame(pack, compiled, site, (cite_two if number else cite, cap), label)
        part = _half_up(rows[number][0], rows[number][2] * den * scale) if rows[number][2] else 0
        taken = 0 if number else _half_up(used, scale)
        step["base"], step["deductible"] = yuan(part + taken), yuan(taken)
        step["ratio"], step["cap_left"], step["amount"] = _decimal(rows[number][2], den), _cap(left), yuan(own)
        step["formula"] = f"{said}，{yuan(part)} × {percent(rows[number][2], den)}，支付 {yuan(own)}"
        step["accumulators"] = _accumulators(pack, site, befores, own)
        befores = [before + own for before in befores]
        steps.append(step)


def _tiers(pack: Pack, compiled: Compiled, site: Site, entry: Entry, steps: list[Step]) -> None:
    _, amount, left, cap, rows, befores = entry
    amounts = _pieces([(paid, den, 0) for paid, den, *_ in rows], amount)
    if not any(amounts) and site.payer != "basic":
        return
    shown = [number for number, own in enumerate(amounts) if own] or [0]
    for number in shown:
        paid, den, ratio, room, cite, less, cite_less = rows[number]
        ratio_den, less = site.data["dens"][number], _half_up(less, site.data["scale"])
        step = _frame(pack, compiled, site, (cite, cite_less, cap), site.data["labels"][number])
        part = _half_up(paid * ratio_den, den * ratio) if ratio else 0
        step["base"], step["deductible"] = yuan(part + less), yuan(less)
        step["ratio"], step["amount"] = _decimal(ratio, ratio_den), yuan(amounts[number])
        step["cap_left"] = _cap(min(left, room))
        step["formula"] = f"{yuan(part)} × {percent(ratio, ratio_den)}，支付 {yuan(amounts[number])}"
        step["accumulators"] = _accumulators(pack, site, befores, amounts[number])
        befores = [before + amounts[number] for before in befores]
        steps.append(step)


def _parts(pack: Pack, compiled: Compiled, site: Site, entry: Entry, steps: list[Step]) -> None:
    _, amount, left, cap, rows, befores = entry
    dens = site.data["dens"]
    pieces = [(cost * ratio, den, 0) for (cost, ratio, _), den in zip(rows, dens, strict=True)]
    amounts = _pieces(pieces, amount)
    shown = [number for number, own in enumerate(amounts) if own] or [0]
    for number in shown:
        cost, ratio, cite = rows[number]
        step = _frame(pack, compiled, site, (cite, cap), f"{site.label}：{site.data['labels'][number]}")
        step["base"], step["ratio"] = yuan(cost), _decimal(ratio, dens[number])
        step["cap_left"], step["amount"] = _cap(left), yuan(amounts[number])
        step["formula"] = f"{yuan(cost)} × {percent(ratio, dens[number])}，支付 {yuan(amounts[number])}"
        step["accumulators"] = _accumulators(pack, site, befores, amounts[number])
        befores = [before + amounts[number] for before in befores]
        steps.append(step)


def _excess(pack: Pack, compiled: Compiled, site: Site, entry: Entry, steps: list[Step]) -> None:
    _, new, line, ratio, limit, paid, amount, cite, cite_limit = entry
    step = _frame(pack, compiled, site, (cite, cite_limit))
    den = site.data["den"]
    step["base"], step["deductible"] = yuan(new), yuan(min(new, line))
    step["ratio"], step["cap_left"], step["amount"] = _decimal(ratio, den), _cap(max(0, limit - paid)), yuan(amount)
    if new <= line:
        step["formula"] = f"年度累计自付 {yuan(new)}，未超过 {yuan(line)}"
    else:
        step["formula"] = (f"（{yuan(new)} − {yuan(line)}）× {percent(ratio, den)}，限额 {yuan(limit)}，"
                           f"减已支付 {yuan(paid)}，支付 {yuan(amount)}")
    step["accumulators"] = _accumulators(pack, site, (paid,), amount)
    steps.append(step)


def _fixed(pack: Pack, compiled: Compiled, site: Site, entry: Entry, steps: list[Step]) -> None:
    _, covered, due, amount, cite = entry
    step = _frame(pack, compiled, site, (cite,))
    step["base"], step["deductible"], step["amount"] = yuan(covered), yuan(due), yuan(amount)
    step["formula"] = f"{yuan(covered)} − 个人定额 {yuan(due)} = {yuan(amount)}"
    steps.append(step)


def _limit(pack: Pack, compiled: Compiled, site: Site, entry: Entry, steps: list[Step]) -> None:
    _, cost, limit, left, amount, figures, cap, befores = entry
    key = (tuple(f"{figure.name}{figure.keys}" for figure in figures), cap)
    made = site.frames.get(key)
    if made is None:
        caps = compiled.cites[cap] if cap >= 0 else ()
        made = site.frames[key] = _new_frame(pack, site, site.label, [*figures, *caps])
    step = made.copy()
    step["base"], step["cap_left"], step["amount"] = yuan(cost), _cap(left), yuan(amount)
    step["formula"] = f"费用 {yuan(cost)}，限额 {yuan(limit)}，取其低"
    if amount < min(cost, limit):
        step["formula"] += _cut(left)
    step["accumulators"] = _accumulators(pack, site, befores, amount)
    steps.append(step)


def _floor(pack: Pack, compiled: Compiled, site: Site, entry: Entry, steps: list[Step]) -> None:
    _, cost, given, ratio, amount, cite, befores = entry
    step = _frame(pack, compiled, site, (cite,))
    den = site.data["den"]
    step["base"], step["ratio"], step["amount"] = yuan(cost), _decimal(ratio, den), yuan(amount)
    step["formula"] = f"{yuan(cost)} × {percent(ratio, den)} − 已支付 {yuan(given)} = {yuan(amount)}"
    step["accumulators"] = _accumulators(pack, site, befores, amount)
    steps.append(step)


def _note(pack: Pack, compiled: Compiled, site: Site, entry: Entry, steps: list[Step]) -> None:
    steps.append(_frame(pack, compiled, site, ()))


def _cost_limit(pack: Pack, compiled: Compiled, site: Site, entry: Entry, steps: list[Step]) -> None:
    _, cost, left, cite = entry
    step = _frame(pack, compiled, site, (cite,))
    step["base"], step["cap_left"] = yuan(cost), yuan(left)
    step["formula"] = f"费用 {yuan(cost)}，本年度限额内余 {yuan(left)}，超出部分不予支付"
    steps.append(step)


_KINDS: dict[str, Callable[[Pack, Compiled, Site, Entry, list[Step]], None]] = {
    "pay": _pay, "overflow": _pay, "bands": _bands, "running": _running, "two_tier": _two_tier, "tiers": _tiers,
    "parts": _parts, "excess": _excess, "fixed": _fixed, "limit": _limit, "floor": _floor, "note": _note,
    "cost_limit": _cost_limit,
}  # fmt: skip
