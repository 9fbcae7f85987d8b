"""Figures as constants of the generated code: one number, or a table looked up by facts of the bill.

A reference to figures in a plan is a name (`inpatient.ratio`), a list (the product of several shares: 70% of
80%), or `{share: a, of: b}`, a share of a sum: rounded to the fen, or kept `exact` where it is a threshold.
A cell whose figure is not given holds a `Refused`; the generated code returns it when, and only when, it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import lcm
from typing import Any

from policy import money
from policy.engine.conditions import key_variable
from policy.engine.entry import Entry
from policy.engine.facts import NO_LIMIT, Refused
from policy.engine.writer import Writer
from policy.pack_figures import Figure, FigureNotGiven, Table
from policy.pack_yaml import Map, Seq


@dataclass
class Ref:
    """Figures in generated code: the expression, the one of its citation, and what may come out."""

    code: str
    cite: str
    den: int
    refuses: bool
    values: list[Any]
    unit: int = 1
    """Thresholds of a scale stand in this fraction of a fen (a share of a sum that is not rounded)."""

    @property
    def fixed(self) -> bool:
        """The same number for every bill: it can stand in the code as it is."""
        return not self.refuses and len(self.values) == 1 and isinstance(self.values[0], int)


Cell = tuple[Any, tuple[Figure, ...]]


def ratios(writer: Writer, entry: Entry, key: str) -> Ref:
    """A share as a whole number over `den` (always even)."""
    rows, dimensions = _rows(writer, entry, key, entry.raw.get(key), _share)
    den = lcm(10000, *(cell[0].denominator for cell in rows.values() if isinstance(cell[0], Fraction)))
    return _reference(writer, rows, dimensions, den, lambda share: int(share * den))


def amounts(writer: Writer, entry: Entry, key: str) -> Ref:
    """A sum of money in fen; 无 is `NO_LIMIT`."""
    rows, dimensions = _rows(writer, entry, key, entry.raw.get(key), _amount)
    return _reference(writer, rows, dimensions, 1, lambda amount: amount)


def points(writer: Writer, names: Sequence[str], entry: Entry, den: int) -> list[Ref]:
    """Signed percentage points over the same `den` as the ratio they change."""
    found = []
    for name in names:
        rows, dimensions = _named(writer, entry, "points", name, lambda figure: figure.share)
        found.append(_reference(writer, rows, dimensions, den, lambda share: int(share * den)))
    return found


def segments(writer: Writer, entry: Entry, threshold: str, bands: str) -> Ref:
    """A scale above a threshold: for each key a tuple of (from, to, ratio over `den`), in fen times `unit`."""
    lines, first = _rows(writer, entry, threshold, entry.raw[threshold], _amount) if entry.has(threshold) else (
        {(): (0, ())}, [])
    scales, second = _rows(writer, entry, bands, entry.raw.get(bands), _scale)
    rows: dict[tuple[str, ...], Cell] = {}
    dimensions = list(dict.fromkeys([*first, *second]))
    for row in _product(writer, dimensions, entry, {tuple(first): lines, tuple(second): scales}):
        line = lines[tuple(row[dimensions.index(name)] for name in first)]
        scale = scales[tuple(row[dimensions.index(name)] for name in second)]
        rows[row] = _raised(line, scale)
    bands_ = [band for cell in rows.values() if isinstance(cell[0], tuple) for band in cell[0]]
    den = lcm(10000, *(band[2].denominator for band in bands_))
    unit = lcm(*(Fraction(band[0]).denominator for band in bands_))
    ref = _reference(writer, rows, dimensions, den, lambda made: tuple(_whole_band(band, unit, den) for band in made))
    ref.unit = unit
    return ref


def _whole_band(band: tuple[Any, Any, Fraction], unit: int, den: int) -> tuple[int, int, int]:
    low, high, share = band
    return int(low * unit), NO_LIMIT if high >= NO_LIMIT else int(high * unit), int(share * den)


def by_disease(writer: Writer, entry: Entry, key: str) -> dict[str, Cell]:
    """A sum of money for each disease of a class, with the figure it is; 无 is nothing."""
    rows, dimensions = _named(writer, entry, key, entry.text(key), _amount)
    if len(dimensions) != 1 or not dimensions[0].startswith("disease."):
        raise entry.error(key, "must be a figure by a class of diseases (and the scheme)")
    return {row[0]: (0 if cell[0] == NO_LIMIT else cell[0], cell[1]) for row, cell in rows.items()}


def _raised(line: Cell, scale: Cell) -> Cell:
    cites = (*scale[1], *line[1])
    for value in (line[0], scale[0]):
        if isinstance(value, Refused):
            return value, cites
    return tuple((line[0] + over, line[0] + to if to < NO_LIMIT else to, ratio) for over, to, ratio in scale[0]), cites


def _rows(writer: Writer, entry: Entry, key: str, raw: Any,
          read: Callable[[Figure], Any]) -> tuple[dict[tuple[str, ...], Cell], list[str]]:
    """All cells of a reference, by the dimensions that depend on the bill."""
    if isinstance(raw, Seq):
        return _combined(writer, entry, key, [str(name) for name in raw], _multiplied)
    if isinstance(raw, Map):
        inner = Entry(entry.file, entry.table, raw)
        inner.only("share", "of", "exact")
        combine = _exact_share_of if inner.text("exact", "no") == "yes" else _share_of
        return _combined(writer, inner, key, [inner.text("share"), inner.text("of")], combine)
    if not isinstance(raw, str):
        raise entry.error(key, "must name a figure")
    return _named(writer, entry, key, str(raw), read)


def _named(writer: Writer, entry: Entry, key: str, name: str,
           read: Callable[[Figure], Any]) -> tuple[dict[tuple[str, ...], Cell], list[str]]:
    target = writer.target
    table = target.pack.tables.get(name)
    if table is None:
        raise entry.error(key, f"the pack has no figure {name!r}")
    dimensions = [name for name in table.by if name != "scheme"]
    rows: dict[tuple[str, ...], Cell] = {}
    for row in table.cells:
        if "scheme" in table.by and row[table.by.index("scheme")] != target.scheme:
            continue
        short = tuple(value for name, value in zip(table.by, row, strict=True) if name != "scheme")
        try:
            rows[short] = _cell(writer, table, row, read)
        except TypeError as problem:
            raise entry.error(key, f"the figure {name!r} {problem}") from None
    if not rows:
        raise entry.error(key, f"the figure {name!r} has no row for the scheme {target.scheme!r}")
    return rows, dimensions


def _cell(writer: Writer, table: Table, row: tuple[str, ...], read: Callable[[Figure], Any]) -> Cell:
    target = writer.target
    try:
        figure = target.pack.cell(table, row, target.day, target.supplied)
        return read(figure), (figure,)
    except FigureNotGiven as missing:
        return Refused(missing.code, missing.rule, missing.message), (table.at(row, target.day) or table.cells[row][0],)


def _combined(writer: Writer, entry: Entry, key: str, names: list[str],
              combine: Callable[[list[Any]], Any]) -> tuple[dict[tuple[str, ...], Cell], list[str]]:
    parts = [_named(writer, entry, key, name, lambda figure: figure) for name in names]
    dimensions = list(dict.fromkeys(name for _, own in parts for name in own))
    rows: dict[tuple[str, ...], Cell] = {}
    for row in _product(writer, dimensions, entry, {tuple(own): rows_ for rows_, own in parts}):
        cells = [rows_[tuple(row[dimensions.index(name)] for name in own)] for rows_, own in parts]
        rows[row] = combine([cell[0] for cell in cells]), tuple(figure for cell in cells for figure in cell[1])
    return rows, dimensions


def _product(writer: Writer, dimensions: list[str], entry: Entry,
             parts: dict[tuple[str, ...], dict[tuple[str, ...], Cell]]) -> list[tuple[str, ...]]:
    """The key tuples for which every part has a row."""
    columns = [writer.target.pack.keys(name) for name in dimensions]
    return [row for row in product(*columns)
            if all(tuple(row[dimensions.index(name)] for name in own) in rows for own, rows in parts.items())]


def _multiplied(values: list[Any]) -> Any:
    made = Fraction(1)
    for value in values:
        if isinstance(value, Refused):
            return value
        made *= value.share
    return made


def _exact_share_of(values: list[Any]) -> Any:
    """A share of a sum; a share of nothing needs no sum."""
    share, whole = values
    if isinstance(share, Refused):
        return share
    if share.share == 0:
        return 0
    return whole if isinstance(whole, Refused) else whole.fen * share.share


def _share_of(values: list[Any]) -> Any:
    """The same, rounded half-up to the fen."""
    found = _exact_share_of(values)
    return money.share(1, found.numerator, found.denominator) if isinstance(found, Fraction) else found


def _share(figure: Figure) -> Fraction:
    if figure.kind not in {"ratio", "points"}:
        raise TypeError(f"is not a share: {figure.text}")
    return figure.share


def _amount(figure: Figure) -> int:
    if figure.kind not in {"money", "none"}:
        raise TypeError(f"is not a sum of money: {figure.text}")
    return NO_LIMIT if figure.kind == "none" else figure.fen


def _scale(figure: Figure) -> Any:
    if figure.kind == "ratio":
        return ((0, NO_LIMIT, figure.share),)
    if figure.kind != "bands":
        raise TypeError(f"is not a scale of bands: {figure.text}")
    return tuple((int(band.over * 100), NO_LIMIT if band.to is None else int(band.to * 100), Fraction(band.ratio))
                 for band in figure.value)


def _reference(writer: Writer, rows: dict[tuple[str, ...], Cell], dimensions: list[str], den: int,
               whole: Callable[[Any], Any]) -> Ref:
    values = {row: cell[0] if isinstance(cell[0], Refused) else whole(cell[0]) for row, cell in rows.items()}
    refuses = any(isinstance(value, Refused) for value in values.values())
    if not dimensions:
        value = values[()]
        code = repr(value) if isinstance(value, int) else writer.constant(value)
        return Ref(code, str(writer.cite(rows[()][1])), den, refuses, [value])
    variables = [key_variable(writer, name) for name in dimensions]
    index = variables[0] if len(variables) == 1 else "(" + ", ".join(variables) + ")"
    table = writer.constant({_index(row): value for row, value in values.items()}, "T")
    cite = ""
    if writer.traced:
        cites = {_index(row): writer.cite(cell[1]) for row, cell in rows.items()}
        cite = f"{writer.constant(cites, 'C')}[{index}]"
    return Ref(f"{table}[{index}]", cite or "0", den, refuses, list(values.values()))


def _index(row: tuple[str, ...]) -> str | tuple[str, ...]:
    return row[0] if len(row) == 1 else row
