"""Rule packs: the published rules of a pool as dated, cited data.

A pack is a folder: ``pack.yaml`` (pool, title, authority, version, first day, documents, key dimensions) and a
few topic files with figures, lists, plans and disease lists. Everything a calculator reads comes from here; a
figure that the source leaves out (`missing`) or that is damaged (`unverified`) is refused by name, never guessed.
`Pack.text()` is the canonical text of all files: kept with a decision, it rebuilds the identical pack later.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from policy import pack_overlay, pack_parameters
from policy.engine import program
from policy.errors import PackError, PolicyError
from policy.pack_figures import Context, Figure, FigureNotGiven, Table, check_keys, read_table
from policy.pack_values import Value
from policy.pack_yaml import Map, Seq, read

__all__ = ["FigureNotGiven", "Pack", "PackRef", "pack_for", "pools"]

PACKS = Path(__file__).parent / "packs"

_PACK_KEYS = {"pool", "title", "authority", "version", "region", "in_force"}
_LIST_KEYS = {"label", "rule", "article", "status", "ambiguity", "items"}
_HEAD = re.compile(r"==== ([\w./-]+) (\d+)\n")

SECTIONS = {
    "pack", "documents", "keys", "articles", "figures", "lists", "overlay", "settle", "accumulators", "caps", "choices",
    "splits", "blocks", "plans", "ranks", "diseases", "catalogue", "criteria", "coverage", "premium", "maternity",
    "certify", "retirement", "catastrophic_cap", "contributions", "push",
}


@dataclass(frozen=True, slots=True)
class PackRef:
    """Which pack decided: its folder, its version, and the digest of its canonical text (overlays included)."""

    path: str
    version: str
    sha256: str


class Pack:
    """The rules of one pool. Immutable; build with `Pack.load`, `Pack.from_text` or `pack_for`."""

    def __init__(self, files: Mapping[str, str], path: str) -> None:
        self._files = {name: files[name].replace("\r\n", "\n") for name in sorted(files)}
        self._path = path
        self._sections: dict[str, Map] = {}
        self.tables: dict[str, Table] = {}
        self.overlays: list[Map] = []
        trees = {name: read(f"{path}/{name}", text) for name, text in self._files.items()}
        self._read_head(trees)
        base = {name: tree for name, tree in trees.items() if "overlay" not in tree}
        self._merge_sections(base)
        self.disease_classes = self._read_diseases()
        self._keys = self._read_keys()
        self._articles = {rule: str(article) for rule, article in self.section("articles").items()}
        self._read_figures(base)
        self._check_lists()
        for name, tree in trees.items():
            if "overlay" in tree:
                pack_overlay.apply(self, f"{path}/{name}", tree)
        self._parameters = pack_parameters.index(self.tables.values())
        self._rule_articles = self._collect_articles()
        self.change_days = self.days()
        text = self.text()
        self.ref = PackRef(path, self.version, hashlib.sha256(text.encode()).hexdigest())
        program.check(self)

    @classmethod
    def load(cls, folder: Path | str, *overlays: Path | str) -> Pack:
        """Read a pack's folder, and over it a bureau's own dated files for figures the source leaves out."""
        folder = Path(folder)
        files = {one.name: _read_file(one) for one in sorted(folder.glob("*.yaml"))}
        if "pack.yaml" not in files:
            raise PackError(str(folder.name), "", "", "the folder has no pack.yaml")
        for overlay in overlays:
            place = Path(overlay)
            found = sorted(place.glob("*.yaml")) if place.is_dir() else [place]
            files |= {f"overlay/{one.name}": _read_file(one) for one in found}
        return cls(files, folder.name)

    @classmethod
    def from_text(cls, text: str) -> Pack:
        """The identical pack, rebuilt from what `text()` returned."""
        files, at, path = {}, 0, ""
        raw = text.encode()
        while at < len(raw):
            head = _HEAD.match(raw[at:at + 300].decode(errors="ignore"))
            if head is None:
                raise PackError("text", "", "", "not the canonical text of a pack")
            start = at + len(head[0].encode())
            path, _, name = head[1].partition("/")
            files[name] = raw[start:start + int(head[2])].decode()
            at = start + int(head[2])
        return cls(files, path)

    def text(self) -> str:
        """All files in one text, each after a line with its name and length."""
        return "".join(f"==== {self._path}/{name} {len(text.encode())}\n{text}" for name, text in self._files.items())

    def figure(self, name: str, *, on: date, supplied: Mapping[str, Value] | None = None, **keys: str) -> Figure:
        """The figure in force on a day.

        `supplied` are the request's own figures, as `read_parameters` returned them. Raises FigureNotGiven where
        the source leaves the figure out and nobody supplied it; KeyError for a name or key the pack does not have.
        """
        table = self.tables[name]
        row = tuple(keys[dimension] for dimension in table.by)
        return self.cell(table, row, on, supplied or {})

    def cell(self, table: Table, row: tuple[str, ...], day: date, supplied: Mapping[str, Value]) -> Figure:
        """As `figure`, for a table and its row of keys."""
        found = table.at(row, day)
        parameter = table.parameter_name(row, day)
        given = found is not None and found.status in {"confirmed", "recommended"}
        if parameter in supplied and (not given or table.use == "replaces"):
            return _supplied(table, row, found or table.cells[row][0], parameter, supplied[parameter])
        if given and found is not None:
            return found
        known = found or table.cells[row][0]
        if table.use == "optional":
            return _supplied(table, row, known, parameter, Value("none", None, "", "无"))
        code = "parameter_unverified" if found is not None and found.status == "unverified" else "parameter_missing"
        raise FigureNotGiven(code, parameter, known.rule, table.label)

    def read_parameters(self, given: Mapping[str, Any]) -> dict[str, Value]:
        """The request's own figures, checked: only what the source leaves out can be supplied.

        Raises PolicyError: `unknown_field` for a name that is not such a figure, or what is wrong with a value.
        """
        return pack_parameters.read(self._parameters, given)

    def history(self, name: str) -> dict[tuple[str, ...], list[Figure]]:
        """All versions of a figure, by its keys, oldest first."""
        return {keys: list(line) for keys, line in self.tables[name].cells.items()}

    def keys(self, dimension: str) -> tuple[str, ...]:
        """The values of a key dimension, as pack.yaml declares them."""
        return self._keys[dimension]

    def words(self, name: str) -> tuple[str, ...]:
        """A cited list of words."""
        return tuple(str(item) for item in self.section("lists")[name]["items"])

    def article(self, rule: str) -> str:
        """Where a rule stands in its document; empty if the pack does not cite it."""
        return self._rule_articles.get(rule, "")

    def section(self, name: str) -> Map:
        """A whole section (`diseases`, `plans` …) as text; empty if the pack has none."""
        return self._sections.get(name, Map(0))

    def source(self, section: str, key: str) -> str:
        """The file of an entry."""
        return self._sources[section, key]

    def key_label(self, dimension: str, key: str) -> str:
        """What officers call the value of a dimension; empty if the pack gives no name."""
        return self._labels.get((dimension, key), "")

    def place(self, section: str, key: str) -> str:
        """File and line of an entry, for error messages."""
        found = self._sections[section]
        return f"{self._sources[section, key]}:{found.lines[key]}"

    def days(self) -> list[date]:
        """The days on which any figure changes, in order."""
        return sorted({day for table in self.tables.values() for day in table.days()})

    def _read_head(self, trees: Mapping[str, Map]) -> None:
        context = Context(f"{self._path}/pack.yaml", {}, {})
        head = trees.get("pack.yaml", Map(1)).get("pack")
        if not isinstance(head, Map):
            raise PackError(context.file, "pack", "", "pack.yaml must hold the map `pack`")
        check_keys(head, _PACK_KEYS, context, "pack")
        for key in _PACK_KEYS - {"in_force", "region"}:
            if not head.get(key):
                raise PackError(f"{context.file}:{head.line}", "pack", key, "must be given")
        self.pool, self.title = str(head["pool"]), str(head["title"])
        self.authority, self.version = str(head["authority"]), str(head["version"])
        self.region = str(head.get("region", ""))
        try:
            self.in_force = date.fromisoformat(head["in_force"]) if head.get("in_force") else None
        except ValueError:
            raise PackError(f"{context.file}:{head.line}", "pack", "in_force", "not a day") from None

    def _merge_sections(self, trees: Mapping[str, Map]) -> None:
        """One map for each section, from all files; the same entry in two files is an error."""
        self._sources: dict[tuple[str, str], str] = {}
        for name, tree in trees.items():
            context = Context(f"{self._path}/{name}", {}, {})
            check_keys(tree, SECTIONS, context, "")
            for section, entries in tree.items():
                if not isinstance(entries, Map):
                    raise PackError(f"{context.file}:{tree.lines[section]}", section, "", "a section must be a map")
                self._merge(section, entries, context.file)

    def _merge(self, section: str, entries: Map, file: str) -> None:
        merged = self._sections.setdefault(section, Map(entries.line))
        for key, value in entries.items():
            if key in merged and not (section == "articles" and merged[key] == value):
                raise PackError(f"{file}:{entries.lines[key]}", section, key, "is given in two files")
            merged[key], merged.lines[key] = value, entries.lines[key]
            self._sources[section, key] = file

    def _read_diseases(self) -> dict[str, tuple[str, ...]]:
        """The diseases by class, in the order of the file."""
        classes: dict[str, list[str]] = {}
        for name, raw in self.section("diseases").items():
            if not isinstance(raw, Map) or not raw.get("class") or not raw.get("name"):
                raise PackError(self.place("diseases", name), "diseases", name, "a disease needs `class` and `name`")
            classes.setdefault(raw["class"], []).append(name)
        return {name: tuple(found) for name, found in classes.items()}

    def _read_keys(self) -> dict[str, tuple[str, ...]]:
        """The dimensions of figures: those declared, classes and lists of diseases, the cases of choices."""
        self._labels: dict[tuple[str, str], str] = {}
        found: dict[str, tuple[str, ...]] = {}
        for name, raw in self.section("keys").items():
            if isinstance(raw, Map):
                self._labels |= {(name, key): str(label) for key, label in raw.items()}
            found[name] = tuple(str(key) for key in raw)
        for name, diseases in self.disease_classes.items():
            found[f"disease.{name}"] = diseases
        for name, raw in self.section("lists").items():
            items = tuple(str(item) for item in raw.get("items", ()))
            if items and set(items) <= set(self.section("diseases")):
                found[f"disease.{name}"] = items
        for name, raw in self.section("choices").items():
            cases = raw.get("cases", ()) if isinstance(raw, Map) else ()
            found[name] = tuple(dict.fromkeys(str(case["is"]) for case in cases))
            self._labels |= {(name, str(case["is"])): str(case["label"]) for case in cases if "label" in case}
        return found

    def _read_figures(self, trees: Mapping[str, Map]) -> None:
        for name, tree in trees.items():
            context = Context(f"{self._path}/{name}", self._keys, self._articles)
            for figure, raw in tree.get("figures", {}).items():
                self.tables[figure] = read_table(figure, raw, context)

    def _check_lists(self) -> None:
        for name, raw in self.section("lists").items():
            place = self.place("lists", name)
            if not isinstance(raw, Map) or not isinstance(raw.get("items"), Seq):
                raise PackError(place, name, "items", "a list needs `items`")
            check_keys(raw, _LIST_KEYS, Context(self._sources["lists", name], {}, {}), name)
            if not raw.get("rule") or not (raw.get("article") or raw["rule"] in self._articles):
                raise PackError(place, name, "rule", "a list needs its rule and article")

    def _collect_articles(self) -> dict[str, str]:
        found = {raw["rule"]: str(raw.get("article", "")) for raw in self.section("lists").values()}
        for table in self.tables.values():
            for line in table.cells.values():
                for figure in line:
                    found.setdefault(figure.rule, figure.article)
        return {rule: article for rule, article in found.items() if article} | self._articles


def _supplied(table: Table, row: tuple[str, ...], near: Figure, parameter: str, value: Value) -> Figure:
    status = "supplied" if value.kind != "none" else "missing"
    return Figure(table.name, row, value.number, value.kind, value.unit, value.text, table.label, near.rule,
                  near.article, status, near.ambiguity, near.since, parameter)


def _read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise PackError(path.name, "", "", "the file is not UTF-8 text") from None
    except OSError as error:
        raise PackError(path.name, "", "", f"cannot be read: {error.strerror}") from None


@cache
def pack_for(pool: str, overlays: tuple[str, ...] = ()) -> Pack:
    """The published pack of a pool (with a bureau's overlay files, if named), read once per process.

    Raises PolicyError `unknown_pool`.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", pool) or not (PACKS / pool / "pack.yaml").is_file():
        raise PolicyError("unknown_pool", "pool", f"没有统筹区“{pool[:30]}”的政策包")
    return Pack.load(PACKS / pool, *overlays)


def pools() -> list[str]:
    """The pools that have a published pack."""
    return sorted(path.parent.name for path in PACKS.glob("*/pack.yaml"))
