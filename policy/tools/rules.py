"""The rule map: every rule of the rulebook → what became of it, where, and which test shows it.

`docs/rules/rules.csv` is the index of all rules, `docs/rules/notes.csv` names those that need no behaviour
(`information`) or lie outside the system (`outside`), and why. All else is derived: a rule is `implemented` when
code or a pack cites it and a test names it, by itself or through a case of the contract that a test runs.
"""

from __future__ import annotations

import csv
import json
import re
from argparse import Namespace
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from policy.tools.packs import Result

INDEX = Path("docs") / "rules" / "rules.csv"
NOTES = Path("docs") / "rules" / "notes.csv"
PAGE = Path("docs") / "rules.md"
CASES = Path("tests") / "policy" / "cases"
CODE = ("policy", "casework", "enrollment", "chronic", "maternity", "claims", "relief", "config", "templates")
TESTS = ("tests",)
_SUFFIXES = {".py", ".yaml", ".html"}
_RULE = re.compile(r"\b(?:BZ-(?:GEN|EMP|RES|CHR|DRG|REL|ONE)-\d+(?:\.\d+)?|(?:CQ|CC|CZ|NA)-\d+\.\d+)\b")
_WORDS = {
    "implemented": "已实现",
    "information": "仅供参考",
    "outside": "不在系统范围",
    "not yet": "尚未实现",
}
_TITLES = {
    "bazhong-2025": "巴中 2025",
    "chongqing-2025": "重庆 2025",
    "changchun-2021": "长春 2021",
    "changzhi-2024": "长治 2024",
    "national-2019": "全国问答 2019",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the map."""

    id: str
    rulebook: str
    locator: str
    status: str
    why: str
    where: tuple[str, ...]
    tests: tuple[str, ...]


def run(asked: Namespace) -> Result:
    """Write the rule map, or with `--check` say whether it is current."""
    found = page(read(asked.root))
    path = asked.root / PAGE
    current = path.is_file() and path.read_text(encoding="utf-8") == found
    if asked.check:
        return ([] if current else [f"{PAGE} 与代码不符，请运行 python -m policy.tools rules"]), not current
    path.write_text(found, encoding="utf-8")
    counts = Counter(rule.status for rule in read(asked.root))
    return [f"{PAGE}：" + "，".join(f"{_WORDS[name]} {counts[name]}" for name in _WORDS)], False


def read(root: Path) -> list[Rule]:
    """Return all rules of the index with their status. Raises ValueError for a note that fits no rule."""
    index = list(_rows(root / INDEX))
    known = [row["rule"] for row in index]
    notes = {row["rule"]: row for row in _rows(root / NOTES)}
    if strangers := sorted(set(notes) - set(known)):
        raise ValueError(f"{NOTES} names rules that the index does not have: {', '.join(strangers)}")
    code = _cited(root, CODE, known)
    tests = _cited(root, TESTS, known, whole_questions=False)
    for rule, case in _cases(root):
        tests[rule].add(case)
    return [_rule(row, notes.get(row["rule"]), code, tests) for row in index]


def _rule(row: dict[str, str], note: dict[str, str] | None, code: _Places, tests: _Places) -> Rule:
    rule = row["rule"]
    where, shown = tuple(sorted(code[rule])), tuple(sorted(tests[rule]))
    if note is not None:
        status, why = note["status"], note["why"]
        if status not in ("information", "outside") or not why:
            raise ValueError(f"{NOTES}: {rule} needs the status information or outside, and why")
        return Rule(rule, row["rulebook"], row["locator"], status, why, where, shown)
    if where and shown:
        return Rule(rule, row["rulebook"], row["locator"], "implemented", "", where, shown)
    why = "已在代码中引用，尚无测试指名" if where else "已有测试指名，代码尚未引用" if shown else ""
    return Rule(rule, row["rulebook"], row["locator"], "not yet", why, where, shown)


_Places = defaultdict[str, set[str]]


def _cited(root: Path, folders: Iterable[str], known: list[str], *, whole_questions: bool = True) -> _Places:
    """The files that cite each rule; code may cite a whole question (`BZ-EMP-28`), a test names the rule itself."""
    found: _Places = defaultdict(set)
    for path in _files(root, folders):
        place = path.relative_to(root).as_posix()
        for text in set(_RULE.findall(path.read_text(encoding="utf-8"))):
            if "." in text:
                found[text].add(place)
            elif whole_questions:
                for rule in known:
                    if rule.startswith(f"{text}."):
                        found[rule].add(place)
    return found


def _files(root: Path, folders: Iterable[str]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in _SUFFIXES and path.is_file() and "__pycache__" not in path.parts:
                yield path


def _cases(root: Path) -> Iterator[tuple[str, str]]:
    """Each rule that a case of the contract names, with the case; `tests/policy/test_cli.py` runs them all."""
    for path in sorted((root / CASES).glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            for rule in case["rules"]:
                yield rule, f"case {case['id']}"


def page(rules: list[Rule]) -> str:
    """Return the page: counts, then one table for each rulebook."""
    lines = [
        "# Rule map",
        "",
        "Generated by `python -m policy.tools rules`; do not edit. A rule counts as implemented when code or a pack cites",
        "it and a test names it, by itself or through a case of `tests/policy/cases` (all run by `tests/policy/test_cli.py`).",
        "",
        "| Rulebook | Rules | " + " | ".join(_WORDS) + " |",
        "|---|---|" + "---|" * len(_WORDS),
    ]
    books = {rule.rulebook: [other for other in rules if other.rulebook == rule.rulebook] for rule in rules}
    for book, own in {"all": rules, **books}.items():
        counts = Counter(rule.status for rule in own)
        lines.append(f"| {_TITLES.get(book, book)} | {len(own)} | " + " | ".join(str(counts[w]) for w in _WORDS) + " |")
    for book, own in books.items():
        lines += ["", f"## {_TITLES.get(book, book)}", "", "| Rule | Stands in | Status | Where | Shown by |", "|---|---|---|---|---|"]
        lines += [_row(rule) for rule in own]
    return "\n".join(lines) + "\n"


def _row(rule: Rule) -> str:
    status = rule.status + (f": {rule.why}" if rule.why else "")
    where = "" if rule.status in ("information", "outside") else _short(rule.where)
    shown = "" if rule.status in ("information", "outside") else _short(rule.tests)
    return f"| {rule.id} | {rule.locator.replace('|', '/')} | {status} | {where} | {shown} |"


def _short(places: tuple[str, ...]) -> str:
    """The first three places, code before data, and how many more there are."""
    ordered = sorted(places, key=lambda place: (place.startswith("case "), not place.endswith(".py"), place))
    more = f" +{len(ordered) - 3}" if len(ordered) > 3 else ""
    return ", ".join(ordered[:3]) + more


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)
