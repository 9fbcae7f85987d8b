"""How a figure is written, and what it means.

A figure is text with its unit: ``700元``, ``80%``, ``-5个百分点``, ``98天``, ``3倍``, ``1/30``, ``2025-01-01``,
``10-20`` (a day of the year), ``无`` (the source sets no limit). A bare number is refused: ``0.8`` could be a
share or a sum of money, and nobody would see the mistake. A list of ``{over, to, ratio}`` is a scale of bands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from policy.pack_yaml import Map, Seq

STATUSES = ("confirmed", "recommended", "unverified", "missing")

_MONEY = re.compile(r"(\d{1,12}(?:\.\d{1,2})?)元")
_RATIO = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)%")
_POINTS = re.compile(r"([+-]\d{1,3}(?:\.\d{1,2})?)个百分点")
_COUNT = re.compile(r"(\d{1,6})(天|日|周|个月|月|年|岁|次|人|个|胎|例|级|小时|工作日)")
_FACTOR = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)倍")
_FRACTION = re.compile(r"(\d{1,6})/(\d{1,6})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})")
_BARE = re.compile(r"[+-]?[\d.]+([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Band:
    """One step of a scale: the part above `over` up to and including `to` (None = without end), in yuan."""

    over: Decimal
    to: Decimal | None
    ratio: Decimal


@dataclass(frozen=True, slots=True)
class Value:
    """A figure read: its kind, the number in it, and the text as written."""

    kind: str  # money ratio points count factor fraction day month_day none bands
    number: Any
    unit: str
    text: str


class ValueProblem(ValueError):
    """What is wrong with a figure's text; the loader adds the place."""


def parse(text: str) -> Value:
    """The figure that `text` writes. Raises ValueProblem."""
    for kind, pattern, unit, number in _FORMS:
        if found := pattern.fullmatch(text):
            return Value(kind, number(found), unit or found[2], str(text))
    if text == "无":
        return Value("none", None, "", str(text))
    if _BARE.fullmatch(text):
        raise ValueProblem(f"a bare number {text!r}: write its unit (元, %, 天 …)")
    raise ValueProblem(f"not a figure: {text!r}")


def _ratio(found: re.Match[str]) -> Decimal:
    share = Decimal(found[1]) / 100
    if share > 1:
        raise ValueProblem(f"a ratio over 100%: {found[0]!r}")
    return share


def _fraction(found: re.Match[str]) -> Fraction:
    if int(found[2]) == 0:
        raise ValueProblem(f"divided by zero: {found[0]!r}")
    return Fraction(int(found[1]), int(found[2]))


def _day(found: re.Match[str]) -> date:
    try:
        return date.fromisoformat(found[0])
    except ValueError:
        raise ValueProblem(f"no such day: {found[0]!r}") from None


def _month_day(found: re.Match[str]) -> tuple[int, int]:
    try:
        date(2024, int(found[1]), int(found[2]))
    except ValueError:
        raise ValueProblem(f"no such day of the year: {found[0]!r}") from None
    return int(found[1]), int(found[2])


_FORMS = (
    ("money", _MONEY, "元", lambda m: Decimal(m[1])),
    ("ratio", _RATIO, "%", _ratio),
    ("points", _POINTS, "个百分点", lambda m: Decimal(m[1]) / 100),
    ("count", _COUNT, "", lambda m: int(m[1])),
    ("factor", _FACTOR, "倍", lambda m: Decimal(m[1])),
    ("fraction", _FRACTION, "/", _fraction),
    ("day", _DAY, "day", _day),
    ("month_day", _MONTH_DAY, "month_day", _month_day),
)


def parse_bands(rows: Seq) -> Value:
    """A scale that starts at 0, without gap or overlap; only the last band may be open."""
    bands = tuple(_band(row) for row in rows)
    if not bands:
        raise ValueProblem("a scale needs at least one band")
    reached: Decimal | None = Decimal(0)
    for band in bands:
        if reached is None:
            raise ValueProblem("a band after the open one can never be reached")
        if band.over > reached:
            raise ValueProblem(f"a gap in the scale between {reached} and {band.over}")
        if band.over < reached:
            raise ValueProblem(f"the bands overlap between {band.over} and {reached}")
        if band.to is not None and band.to <= band.over:
            raise ValueProblem(f"an empty band: over {band.over} to {band.to}")
        reached = band.to
    return Value("bands", bands, "档", "；".join(_band_text(band) for band in bands))


def _band(row: Any) -> Band:
    if not isinstance(row, Map) or not {"over", "ratio"} <= set(row) <= {"over", "to", "ratio"}:
        raise ValueProblem("a band is {over, to, ratio}; `to` is left out in the last one")
    over, ratio = parse(row["over"]), parse(row["ratio"])
    to = parse(row["to"]) if "to" in row else None
    if over.kind != "money" or ratio.kind != "ratio" or (to is not None and to.kind != "money"):
        raise ValueProblem("a band is written like {over: 0元, to: 100000元, ratio: 60%}")
    return Band(over.number, to.number if to else None, ratio.number)


def _band_text(band: Band) -> str:
    percent = f"{(band.ratio * 100).normalize():f}%"
    if band.to is None:
        return f"{band.over:f}元以上{percent}"
    return f"{band.over:f}元至{band.to:f}元{percent}"
