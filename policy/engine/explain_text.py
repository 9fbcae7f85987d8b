"""What all steps of an explanation share: amounts as text, the citations of a step, the accumulators it changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from policy import money
from policy.engine.facts import NO_LIMIT
from policy.pack_figures import Figure

if TYPE_CHECKING:
    from policy.engine.compile import Compiled
    from policy.engine.facts import Bill
    from policy.engine.writer import Site
    from policy.pack import Pack

Step = dict[str, Any]
Entry = tuple[Any, ...]
Cites = int | tuple[int, ...]

yuan = money.text
"""Whole fen as text in yuan."""


class Seen:
    """What rendering reads, and the steps so far."""

    __slots__ = ("bill", "compiled", "pack", "steps")

    def __init__(self, pack: Pack, compiled: Compiled, bill: Bill) -> None:
        self.pack, self.compiled, self.bill = pack, compiled, bill
        self.steps: list[Step] = []


@lru_cache(maxsize=4096)
def percent(number: int, den: int) -> str:
    """A share as people write it: 85%, 37.5%."""
    whole, rest = divmod(number * 100, den)
    if not rest:
        return f"{whole}%"
    return f"{Decimal(number * 100) / den:.6f}".rstrip("0") + "%"


@lru_cache(maxsize=4096)
def decimal(number: int, den: int) -> str:
    """A share as a decimal with at least two places."""
    hundredths, rest = divmod(number * 100, den)
    if not rest:
        return f"{hundredths // 100}.{hundredths % 100:02d}"
    return f"{Decimal(number) / den:.10f}".rstrip("0")


def half_up(number: int, den: int) -> int:
    return (2 * number + den) // (2 * den)


def frame(seen: Seen, site: Site, cites: tuple[Cites, ...], label: str = "") -> Step:
    """The part of a step that does not depend on amounts; made once per combination of figures."""
    key = (cites, label)
    made: Step | None = site.frames.get(key)
    if made is None:
        figures = [figure for cite in _flat(cites) if cite >= 0 for figure in seen.compiled.cites[cite]]
        figures = [figure for figure in figures if figure.kind != "points" or figure.value]
        made = site.frames[key] = new_frame(seen.pack, site, label or site.label, figures)
    return made.copy()


def _flat(cites: Sequence[Cites]) -> Iterator[int]:
    for cite in cites:
        if isinstance(cite, int):
            yield cite
        else:
            yield from _flat(cite)


def new_frame(pack: Pack, site: Site, label: str, figures: list[Figure]) -> Step:
    main = figures[0] if figures else None
    detail = "、".join(_key_labels(pack, main)) if main else ""
    rule = site.rule or (main.rule if main else "")
    article = main.article if main and not site.rule else pack.article(rule)
    return {
        "layer": site.payer, "label": f"{label}（{detail}）" if detail else label, "rule": rule, "article": article,
        "rules": list(dict.fromkeys(filter(None, [rule, *site.rules, *(figure.rule for figure in figures)]))),
        "base": "0.00", "deductible": "0.00", "ratio": None, "cap_left": None, "amount": "0.00", "formula": "",
        "sources": [_source(figure) for figure in figures if figure.text], "accumulators": [],
    }  # fmt: skip


def _key_labels(pack: Pack, figure: Figure) -> list[str]:
    table = pack.tables[figure.name]
    named = [(dimension, key) for dimension, key in zip(table.by, figure.keys, strict=True) if dimension != "scheme"]
    return [label for dimension, key in named if (label := pack.key_label(dimension, key))]


def _source(figure: Figure) -> dict[str, str]:
    since = figure.since.isoformat() if figure.since else ""
    return {"label": figure.label, "value": figure.text, "rule": figure.rule, "article": figure.article,
            "status": figure.status, "since": since}  # fmt: skip


def accumulators(seen: Seen, site: Site, befores: Sequence[int], amount: int) -> list[dict[str, str]]:
    """What the step changed: each accumulator before and after."""
    if not befores:
        return []
    labels = site.frames.get("labels")
    if labels is None:
        declared = seen.pack.section("accumulators")
        labels = [(name, str(declared[name].get("label", name))) for name in site.accumulators]
        site.frames["labels"] = labels
        site.frames["named"] = any("{" in name for name, _ in labels)
    if site.frames["named"]:
        bill = seen.bill
        facts = {"scheme": bill.scheme, "disease": bill.disease, "month": bill.month}
        labels = [(name.format(**facts), label) for name, label in labels]
    return [{"name": name, "label": label, "before": yuan(before), "after": yuan(before + amount)}
            for (name, label), before in zip(labels, befores, strict=True)]


def bound(left: int, cite: int) -> int:
    """The cap that bound a payment; none where there is no limit."""
    return cite if left < NO_LIMIT // 2 else -1


def cap_text(left: int) -> str | None:
    return None if left >= NO_LIMIT // 2 else yuan(left)


def cut(left: int) -> str:
    return f"，超过限额余额，按余额支付 {yuan(left)}" if left else "，限额已用完，不再支付"


def pieces(rows: Sequence[tuple[int, int, Any]], total: int) -> list[int]:
    """The rounded amount of each (exact, den, _) so that they sum to `total`, the payer's amount."""
    whole, den, given, found = 0, 1, 0, []
    for exact, own, _ in rows:
        whole, den = whole * own + exact * den, den * own
        reached = min(half_up(whole, den), total)
        found.append(reached - given)
        given = reached
    return found
