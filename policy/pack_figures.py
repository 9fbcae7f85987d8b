"""The figures of a pack: tables keyed by dimensions, in dated versions, each cell cited.

A table in a file::

    figures:
      inpatient.deductible:
        label: 住院起付线                     # how officers call it
        by: [scheme, level]                  # dimensions declared in pack.yaml under `keys`
        without: {level: [pharmacy]}         # values of a dimension that have no row here
        rule: BZ-EMP-27.1                    # rule, article, status and ambiguity may stand at the
        article: 第二章第27问                 #   table, at a version or at a single cell
        status: confirmed                    # confirmed | recommended | unverified | missing
        parameter: cii.deductible.{year}     # the request parameter that can supply a missing cell
        parameter_use: required              # required | optional (absent = no limit) | replaces
        unit: 元                             # only where no cell shows it
        versions:                            # or `from` and `value(s)` at the table itself
          - from: always                     # `always`: the source names no first day
            values: {employee: {township: 100元, …}, resident: {…}}
          - from: 2026-01-01
            values: …

A cell is a figure, a scale of bands, the word `missing`, or a map ``{value, rule, article, status, ambiguity}``.
Versions follow each other without gap or overlap; each carries a row for every key: a later notice replaces an
earlier one from its day (BZ-GEN-0.1).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

from policy.errors import PackError, PolicyError
from policy.pack_values import STATUSES, Value, ValueProblem, parse, parse_bands
from policy.pack_yaml import Map, Seq, Text

ALWAYS = date.min
_CITATION = ("rule", "article", "status", "ambiguity")
_TABLE_KEYS = {"label", "by", "without", "parameter", "parameter_use", "unit", "versions", "from", "to", "value",
               "values", *_CITATION}
_VERSION_KEYS = {"from", "to", "value", "values", *_CITATION}
_CELL_KEYS = {"value", *_CITATION}
_USES = ("required", "optional", "replaces")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure in force: value with its unit, since when, and where it stands.

    `value` is Decimal yuan for 元, Decimal share for %, int for counts, date, None for 无, a tuple of
    `Band` for a scale. `fen` and `share` are exact too.
    """

    name: str
    keys: tuple[str, ...]
    value: Any
    kind: str
    unit: str
    text: str
    label: str
    rule: str
    article: str
    status: str
    ambiguity: str
    since: date | None
    parameter: str = ""

    @property
    def fen(self) -> int:
        """A sum of money in fen."""
        assert self.kind == "money", self.name
        return int(self.value * 100)

    @property
    def share(self) -> Fraction:
        """A share or signed points, exact: a supplied one may be finer than a basis point."""
        assert self.kind in {"ratio", "points"}, self.name
        return Fraction(self.value)


class FigureNotGiven(PolicyError):
    """A figure is needed that the source leaves out or that is damaged, and nobody supplied it."""

    def __init__(self, code: str, parameter: str, rule: str, label: str) -> None:
        why = "原文数字残缺，未经核实" if code == "parameter_unverified" else "政策原文未公布"
        super().__init__(code, "", f"{label}（{parameter}）{why}，需由经办机构补充后才能计算")
        self.parameter = parameter
        self.rule = rule


@dataclass(slots=True)
class Table:
    """All cells of one figure name: for each key tuple its timeline of figures, oldest first."""

    name: str
    place: str
    label: str
    by: tuple[str, ...]
    parameter: str
    use: str
    unit: str
    cells: dict[tuple[str, ...], list[Figure]] = field(default_factory=dict)
    ends: date | None = None  # the day after the last version's last day, if the source ends it

    def at(self, keys: tuple[str, ...], day: date) -> Figure | None:
        """The cell's figure on a day; None before the first version or after the end."""
        if self.ends is not None and day >= self.ends:
            return None
        line = self.cells[keys]
        found = bisect_right(line, day, key=lambda figure: figure.since or ALWAYS)
        return line[found - 1] if found else None

    def parameter_name(self, keys: tuple[str, ...], day: date) -> str:
        """The name under which a request can supply this cell on that day."""
        if not self.parameter:
            return ".".join((self.name, *keys))
        return self.parameter.format(year=day.year, **self.named(keys))

    def named(self, keys: tuple[str, ...]) -> dict[str, str]:
        """The keys by the names that a parameter's pattern uses: `{scheme}`, `{level}`, `{disease}` …"""
        return {name.partition(".")[0]: key for name, key in zip(self.by, keys, strict=True)}

    def days(self) -> Iterator[date]:
        """The days on which a cell changes."""
        for line in self.cells.values():
            yield from (figure.since for figure in line if figure.since)
        if self.ends is not None:
            yield self.ends


@dataclass(frozen=True)
class Context:
    """What the reader of tables must know of the pack."""

    file: str
    keys: Mapping[str, tuple[str, ...]]
    articles: Mapping[str, str]


def check_keys(found: Map, allowed: set[str], context: Context, table: str) -> None:
    """Refuse an unknown key, naming the nearest known one."""
    for key in found:
        if key not in allowed:
            near = get_close_matches(key, sorted(allowed), 1, 0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise PackError(f"{context.file}:{found.lines[key]}", table, key, f"unknown key{hint}")


def read_table(name: str, raw: Any, context: Context) -> Table:
    """Read one table. Raises PackError with file, line, table and key."""
    return _TableReader(name, raw, context).table()


class _TableReader:
    def __init__(self, name: str, raw: Any, context: Context) -> None:
        self.name, self.context = name, context
        if not isinstance(raw, Map):
            raise PackError(context.file, name, "", "a table of figures must be a map")
        self.raw = raw
        check_keys(raw, _TABLE_KEYS, context, name)

    def table(self) -> Table:
        raw = self.raw
        if not raw.get("label"):
            raise self.error("label", "a figure needs a label", raw)
        by = tuple(str(key) for key in self._of(Seq, raw, "by"))
        use = str(raw.get("parameter_use", "required"))
        if use not in _USES:
            raise self.error("parameter_use", f"one of {', '.join(_USES)}", raw)
        made = Table(self.name, f"{self.context.file}:{raw.line}", str(raw["label"]), by,
                     str(raw.get("parameter", "")), use, str(raw.get("unit", "")))
        rows = self._rows(by)
        for keys in rows:
            made.cells[keys] = []
        for version in self._versions():
            self._read_version(made, version, rows)
        made.ends = self._end()
        self._settle_unit(made)
        return made

    def _of(self, kind: type[Map] | type[Seq], at: Map, key: str) -> Any:
        """What stands under an optional key, which must be a map or a list; empty where the key is absent."""
        found = at.get(key)
        if found is not None and not isinstance(found, kind):
            raise self.error(key, f"must be a {'map' if kind is Map else 'list'}", at)
        return {} if found is None else found

    def _rows(self, by: tuple[str, ...]) -> list[tuple[str, ...]]:
        """The key tuples that need a row."""
        without = self._of(Map, self.raw, "without")
        columns = []
        for dimension in by:
            if dimension not in self.context.keys:
                raise self.error("by", f"the dimension {dimension!r} is not declared under `keys`", self.raw)
            left_out = set(self._of(Seq, without, dimension))
            columns.append([key for key in self.context.keys[dimension] if key not in left_out])
        return list(product(*columns))

    def _versions(self) -> list[Map]:
        """The versions in order, contiguous: the end of one is the first day of the next."""
        if "versions" not in self.raw:
            own = Map(self.raw.line)
            for key in ("from", "to", "value", "values"):
                if key in self.raw:
                    own[key], own.lines[key] = self.raw[key], self.raw.lines[key]
            return [own]
        versions = list(self._of(Seq, self.raw, "versions"))
        for version in versions:
            if not isinstance(version, Map):
                raise self.error("versions", "each version must be a map", version)
            check_keys(version, _VERSION_KEYS, self.context, self.name)
        for one, following in pairwise(versions):
            first, start, end = self._from(one), self._from(following), self._to(one)
            if start <= first:
                raise self.error("from", "versions must be in the order of their days", following)
            if end is not None and end != start:
                what = "overlap" if end > start else "leave a gap"
                raise self.error("to", f"two versions {what}: {end} and {start}", one)
        return versions

    def _from(self, version: Map) -> date:
        text = version.get("from")
        if text is None:
            raise self.error("from", "a figure needs its first day (`from`)", version)
        return ALWAYS if text == "always" else self._day(version, "from")

    def _to(self, version: Map) -> date | None:
        return self._day(version, "to") if "to" in version else None

    def _end(self) -> date | None:
        return self._to(self._versions()[-1])

    def _day(self, version: Map, key: str) -> date:
        try:
            return date.fromisoformat(version[key]) if len(version[key]) == 10 else date.min.replace(year=0)
        except (TypeError, ValueError):
            raise self.error(key, f"not a day: {version[key]!r}", version) from None

    def _read_version(self, made: Table, version: Map, rows: list[tuple[str, ...]]) -> None:
        start = self._from(version)
        if made.by:
            if "values" not in version:
                raise self.error("values", f"a table by {', '.join(made.by)} needs `values`", version)
            found = dict(self._flatten(version["values"], (), made.by))
        else:
            if "value" not in version:
                raise self.error("value", "the version has no `value`", version)
            found = {(): version["value"]}
        self._check_rows(found, rows, version)
        for keys in rows:
            made.cells[keys].append(self._figure(made, keys, found[keys], version, start))

    def _flatten(self, node: Any, keys: tuple[str, ...], by: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        if len(keys) == len(by):
            yield keys, node
            return
        if not isinstance(node, Map):
            raise self.error(".".join(keys), f"a row is needed for each {by[len(keys)]}", node)
        for key, below in node.items():
            yield from self._flatten(below, (*keys, key), by)

    def _check_rows(self, found: dict[tuple[str, ...], Any], rows: list[tuple[str, ...]], at: Map) -> None:
        for keys in rows:
            if keys not in found:
                raise self.error(".".join(keys), "the row is missing", at)
        for keys in found:
            if keys not in rows:
                raise self.error(".".join(keys), "a row for a key that the pack does not know", at)

    def _figure(self, made: Table, keys: tuple[str, ...], raw: Any, version: Map, start: date) -> Figure:
        cell = raw if isinstance(raw, Map) else None
        if cell is not None:
            check_keys(cell, _CELL_KEYS, self.context, self.name)
        cited = {key: self._nearest(key, cell, version) for key in _CITATION}
        written = raw if cell is None else cell.get("value", "")
        status = cited["status"] or "confirmed"
        if isinstance(written, str) and written in {"missing", "unverified"}:
            status, written = str(written), ""
        self._check_citation(cited, status, keys, version)
        value = self._value(written, status, keys, raw if cell is None else cell)
        article = cited["article"] or self.context.articles[cited["rule"]]
        return Figure(self.name, keys, value.number, value.kind, value.unit, value.text, made.label, cited["rule"],
                      article, status, cited["ambiguity"], None if start == ALWAYS else start, made.parameter)

    def _nearest(self, key: str, cell: Map | None, version: Map) -> str:
        for level in (cell, version, self.raw):
            if level is not None and key in level:
                return str(level[key])
        return ""

    def _check_citation(self, cited: dict[str, str], status: str, keys: tuple[str, ...], at: Map) -> None:
        name = ".".join(keys)
        if status not in STATUSES:
            raise self.error(name, f"unknown status {status!r}: one of {', '.join(STATUSES)}", at)
        if not cited["rule"]:
            raise self.error(name, "a figure needs its rule", at)
        if not cited["article"] and cited["rule"] not in self.context.articles:
            raise self.error(name, f"a figure needs its article (rule {cited['rule']})", at)
        if status == "recommended" and not cited["ambiguity"]:
            raise self.error(name, "a recommended figure names its ambiguity", at)

    def _value(self, written: Any, status: str, keys: tuple[str, ...], at: Any) -> Value:
        if written == "" and status in {"missing", "unverified"}:
            return Value("none", None, "", "")
        try:
            return parse_bands(written) if isinstance(written, Seq) else parse(written)
        except ValueProblem as problem:
            raise self.error(".".join(keys), str(problem), at) from None
        except TypeError:
            raise self.error(".".join(keys), "not a figure", at) from None

    def _settle_unit(self, made: Table) -> None:
        """All cells of a table have one kind; a table without any printed cell declares its unit."""
        printed = [figure for line in made.cells.values() for figure in line if figure.kind != "none"]
        kinds = {figure.kind for figure in printed}
        if len(kinds) > 1:
            raise self.error("unit", f"cells of different kinds: {', '.join(sorted(kinds))}", self.raw)
        if printed and not made.unit:
            made.unit = printed[0].unit
        missing = any(figure.status in {"missing", "unverified"} for line in made.cells.values() for figure in line)
        if missing and not made.unit:
            raise self.error("unit", "a table with missing figures only must declare its unit", self.raw)

    def error(self, key: str, message: str, at: Any) -> PackError:
        line = at.line if isinstance(at, Map | Seq | Text) else self.raw.line
        return PackError(f"{self.context.file}:{line}", self.name, key, message)
