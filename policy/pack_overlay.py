"""A bureau's own file over a published pack: it supplies what the source left out, and nothing else.

::

    overlay: {pool: bazhong, title: …, authority: …, document: 巴医保发〔2026〕3号, version: "2026.1"}
    figures:
      cii.deductible:
        article: 第一条
        versions: [{from: 2026-01-01, to: 2027-01-01, value: 14900元}]

A figure that the source prints cannot be overridden: the file is refused. The overlay is a part of the
pack's text and digest, so a decision always names it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from policy.errors import PackError
from policy.pack_figures import ALWAYS, Context, Figure, Table, check_keys
from policy.pack_values import Value, ValueProblem, parse, parse_bands
from policy.pack_yaml import Map, Seq

if TYPE_CHECKING:
    from policy.pack import Pack

_HEAD = {"pool", "title", "authority", "document", "version"}


def apply(pack: Pack, file: str, tree: Map) -> None:
    """Put the overlay's figures into the pack's tables. Raises PackError."""
    context = Context(file, {}, {})
    check_keys(tree, {"overlay", "figures"}, context, "")
    head = tree["overlay"]
    if not isinstance(head, Map) or set(head) != _HEAD:
        raise PackError(f"{file}:{tree.line}", "overlay", "", f"needs exactly {', '.join(sorted(_HEAD))}")
    if head["pool"] != pack.pool:
        message = f"is for {head['pool']!r}, the pack for {pack.pool!r}"
        raise PackError(f"{file}:{head.line}", "overlay", "pool", message)
    pack.overlays.append(head)
    figures = tree.get("figures", Map(1))
    for name, raw in figures.items():
        if name not in pack.tables:
            raise PackError(f"{file}:{figures.lines[name]}", name, "", "the pack has no such figure")
        _Overlaid(pack.tables[name], context, head).read(raw)


class _Overlaid:
    def __init__(self, table: Table, context: Context, head: Map) -> None:
        self.table, self.context, self.head = table, context, head

    def read(self, raw: Any) -> None:
        if not isinstance(raw, Map) or not isinstance(raw.get("versions"), Seq):
            raise PackError(self.context.file, self.table.name, "versions", "needs a list of versions")
        check_keys(raw, {"article", "versions"}, self.context, self.table.name)
        if not raw.get("article"):
            raise PackError(f"{self.context.file}:{raw.line}", self.table.name, "article", "must be given")
        for version in raw["versions"]:
            check_keys(version, {"from", "to", "value", "values"}, self.context, self.table.name)
            start, end = self._days(version)
            for keys, written in self._cells(version):
                self._fill(keys, start, end, self._value(written, version), str(raw["article"]))

    def _days(self, version: Map) -> tuple[date, date]:
        try:
            start = date.fromisoformat(version["from"])
            end = date.fromisoformat(version["to"]) if "to" in version else date.max
        except (KeyError, ValueError):
            raise self._error(version, "from", "needs `from`, and `to` if it ends, as days") from None
        if end <= start:
            raise self._error(version, "to", "ends before it begins")
        return start, end

    def _cells(self, version: Map) -> list[tuple[tuple[str, ...], Any]]:
        if not self.table.by:
            return [((), version.get("value"))]
        found: list[tuple[tuple[str, ...], Any]] = [((), version.get("values"))]
        for dimension in self.table.by:
            below = []
            for keys, node in found:
                if not isinstance(node, Map):
                    raise self._error(version, "values", f"rows by {dimension} are needed")
                below += [((*keys, key), value) for key, value in node.items()]
            found = below
        return found

    def _value(self, written: Any, version: Map) -> Value:
        try:
            value = parse_bands(written) if isinstance(written, Seq) else parse(written)
        except (ValueProblem, TypeError) as problem:
            raise self._error(version, "value", str(problem)) from None
        if value.unit != self.table.unit and value.kind != "none":
            raise self._error(version, "value", f"the unit of this figure is {self.table.unit}")
        return value

    def _fill(self, keys: tuple[str, ...], start: date, end: date, value: Value, article: str) -> None:
        """Splice the figure into the cell's timeline; every day it covers must be without a printed figure."""
        name = ".".join(keys)
        if keys not in self.table.cells:
            raise PackError(self.context.file, self.table.name, name, "a row for a key that the pack does not know")
        made: list[Figure] = []
        line = self.table.cells[keys]
        ends = [one.since or ALWAYS for one in line[1:]] + [self.table.ends or date.max]
        for old, old_end in zip(line, ends, strict=True):
            old_start = old.since or ALWAYS
            if old_end <= start or old_start >= end:
                made.append(old)
                continue
            if old.status not in {"missing", "unverified"}:
                raise PackError(self.context.file, self.table.name, name, f"is printed from {old.since or 'always'}: "
                                "an overlay supplies only what the source leaves out")
            if old_start < start:
                made.append(old)
            made.append(replace(old, value=value.number, kind=value.kind, unit=value.unit, text=value.text,
                                article=f"{self.head['document']} {article}", status="confirmed", ambiguity="",
                                since=max(old_start, start)))
            if end < old_end:
                made.append(replace(old, since=end))
        self.table.cells[keys] = made

    def _error(self, at: Map, key: str, message: str) -> PackError:
        return PackError(f"{self.context.file}:{at.line}", self.table.name, key, message)
