"""Confirm that each confirmed figure stands in the text that its rule's locator points to.

Figures that are printed in other words (一半, 全额, 满7个月) or as a picture are listed with the reason in
`docs/rules/printed-otherwise.csv`. What was confirmed is recorded in `docs/rules/confirmed.txt`: a changed figure
is noticed also where the published texts are not at hand.
"""

from __future__ import annotations

import csv
import re
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from policy.catalogue import Unit, catalogue
from policy.criteria import Leaf, Repeat
from policy.pack import Pack, pack_for, pools
from policy.pack_figures import Figure
from policy.tools.packs import Result
from policy.tools.rules import INDEX
from policy.tools.source_text import SourceText

OTHERWISE = Path("docs") / "rules" / "printed-otherwise.csv"
RECORD = Path("docs") / "rules" / "confirmed.txt"
_UNITS = {
    "天": ("天", "日", "周岁", ""),
    "个月": ("个月", "月"),
    "年": ("年", "周年"),
    "周": ("周",),
    "岁": ("周岁", "岁"),
    "次": ("次",),
    "小时": ("小时",),
}


@dataclass(frozen=True, slots=True)
class Cited:
    """A confirmed number of a pack, the place that its rule points to, and how to recognise it there."""

    pool: str
    name: str
    keys: str
    since: str
    text: str
    rule: str
    locator: str
    stands_in: Callable[[SourceText, str], bool]

    @property
    def line(self) -> str:
        """The number as the record keeps it."""
        return f"{self.pool} {self.name} {self.keys} {self.since} {self.text} {self.rule}"


def run(asked: Namespace) -> Result:
    """Print each number that its article does not show; found if there is one."""
    missing = list(not_found(asked.root, asked.sources))
    lines = [f"{one.line}：原文（{one.locator}）中没有找到" for one in missing]
    kept = recorded(asked.root)
    if asked.record and not missing:
        (asked.root / RECORD).write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
    return [*lines, f"已核对 {len(kept)} 个已确认的数字，{len(missing)} 个未找到"], bool(missing)


def not_found(root: Path, sources: Path) -> Iterator[Cited]:
    """Yield the confirmed numbers that their article does not show and that are not listed as printed otherwise."""
    otherwise = {(row["pool"], row["figure"], row["keys"]) for row in _rows(root / OTHERWISE)}
    for pool in pools():
        pack = pack_for(pool)
        texts = [SourceText(sources / str(one["source"])) for one in pack.section("documents").values()]
        for one in confirmed(root, pack):
            names = {(pool, one.name, keys) for keys in (one.keys, "*")}
            if not names & otherwise and not any(one.stands_in(text, one.locator) for text in texts):
                yield one


def confirmed(root: Path, pack: Pack) -> Iterator[Cited]:
    """Yield all confirmed figures of a pack, and the limits of its disease criteria.

    A figure of zero is how a shape says "none"; it is not looked for.
    """
    locators = {row["rule"]: row["locator"] for row in _rows(root / INDEX)}
    for table in pack.tables.values():
        for line in table.cells.values():
            for figure in line:
                if figure.status == "confirmed" and figure.kind != "none" and figure.value != 0:
                    yield _figure(pack.pool, figure, locators[figure.rule])
    if pack.section("certify"):
        for unit in catalogue(pack.pool, pack).units.values():
            yield from _criteria(pack.pool, unit, locators[unit.rule])


def _figure(pool: str, figure: Figure, locator: str) -> Cited:
    since = str(figure.since or "always")

    def stands_in(text: SourceText, place: str) -> bool:
        return shown(figure, text.at(place))

    return Cited(pool, figure.name, ".".join(figure.keys) or "-", since, figure.text, figure.rule, locator, stands_in)


def _criteria(pool: str, unit: Unit, locator: str) -> Iterator[Cited]:
    """The limits that a unit's measures are compared with, in the rows of its codes."""
    names = [unit.code, *unit.aliases, *([unit.parent] if unit.parent else [])]
    nodes = unit.criteria.walk() if unit.criteria else ()
    leaves = [leaf for node in nodes for leaf in (node.of if isinstance(node, Repeat) else (node,))]
    for leaf in leaves:
        if isinstance(leaf, Leaf) and leaf.test:
            number = abs(leaf.test.limit)

            def stands_in(text: SourceText, place: str, number: Decimal = number) -> bool:
                rows = text.rows(place, names)
                return any(_has(form, "", rows) for form in {_plain(number), f"{number:.1f}", str(number)})

            written = f"{leaf.test.sign}{leaf.test.limit}"
            yield Cited(pool, "criteria", leaf.fact, "always", written, unit.rule, locator, stands_in)


def recorded(root: Path) -> list[str]:
    """Return the record of all confirmed numbers, as it should be."""
    return sorted({one.line for pool in pools() for one in confirmed(root, pack_for(pool))})


def shown(figure: Figure, text: str) -> bool:
    """Whether a normalised text shows a figure; of a scale, every limit and every ratio."""
    if figure.kind == "bands":
        limits = [limit for band in figure.value for limit in (band.over, band.to) if limit]
        ratios = [band.ratio for band in figure.value if band.ratio]
        return all(_money(limit, text) for limit in limits) and all(_ratio(ratio, text) for ratio in ratios)
    if figure.kind == "money":
        return _money(figure.value, text)
    if figure.kind in ("ratio", "points"):
        return _ratio(abs(figure.value), text)
    if figure.kind == "count":
        return any(_has(f"{figure.value}", unit, text) for unit in _UNITS.get(figure.unit, (figure.unit,)))
    if figure.kind == "month_day":
        return f"{figure.value[0]}月{figure.value[1]}日" in text
    if figure.kind == "day":
        day = figure.value
        return f"{day.year}年{day.month}月{day.day}日" in text
    return figure.text in text


def _money(amount: Decimal, text: str) -> bool:
    """As yuan, or as so many ten thousands."""
    return _has(_plain(amount), "", text) or _has(_plain(amount / 10000), "万", text)


def _ratio(share: Decimal, text: str) -> bool:
    percent = _plain(share * 100)
    return _has(percent, "%", text) or _has(percent, "个百分点", text)


def _has(number: str, unit: str, text: str) -> bool:
    """Whether the number stands in the text with its unit, not as a part of a longer number."""
    after = "" if unit else r"(?!\d|\.\d)"
    return re.search(rf"(?<![\d.]){re.escape(number)}{re.escape(unit)}{after}", text) is not None


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)
