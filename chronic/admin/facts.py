"""The criteria of a disease as a form: what was typed into it, and the tree with the state of each node.

One fact is asked once, where the tree names it first; further places show its state under their own threshold. Blank
is not known, never "no". Each node has an address, so that a changed state can be put in its place on the page.
"""
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from chronic import services as chronic
from chronic.services import Criterion
from policy.catalogue import Unit
from policy.criteria import Repeat
from policy.criteria_reader import repeated_facts
from policy.errors import PolicyError
from policy.periods import parse_day

TONES = {"met": "green", "not_met": "red", "open": "grey"}
LEAST_ROWS = 2
TITLE_TOO_LOW = "认定医师职称未达到要求"
CHECKS = {"yes": True, "no": False}


@dataclass
class Typed:
    """What stands in the form of one disease: facts as the criteria read them, and every text as it was typed."""

    facts: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass
class Node:
    """One node as the page draws it."""

    id: str
    asked: Criterion
    name: str = ""
    text: Any = ""
    error: str = ""
    examples: str = ""
    parts: list["Node"] = field(default_factory=list)

    @property
    def tone(self) -> str:
        return TONES[self.asked.state]

    @property
    def label(self) -> str:
        return signs(self.asked.label)

    @property
    def threshold(self) -> str:
        return signs(self.asked.threshold)

    def walk(self):
        yield self
        for part in self.parts:
            yield from part.walk()


def signs(text: str) -> str:
    """Comparisons as officers write them."""
    return text.replace(">=", "≥").replace("<=", "≤")


def without_doctor(reasons: list[str]) -> list[str]:
    """The reasons as long as no doctor has concluded: nobody's title is then too low."""
    return [reason for reason in reasons if reason != TITLE_TOO_LOW]


def read(unit: Unit, data) -> Typed:
    """Read one disease's part of the sent form. A text that is no number is an error beside its field."""
    typed = Typed()
    repeated = repeated_facts(unit.criteria) if unit.criteria else set()
    for fact, spec in unit.facts.items():
        name = f"{unit.code}:{fact}"
        try:
            if fact in repeated:
                typed.texts[fact] = _lines(data.getlist(name), data.getlist(f"{name}:on"))
                found = _observations(typed.texts[fact])
            else:
                typed.texts[fact] = data.get(name, "").strip()
                found = _single(typed.texts[fact], spec)
        except ValueError as error:
            typed.errors[fact] = str(error)
            continue
        if found is not None:
            typed.facts[fact] = found
    return typed


def stored(unit: Unit, facts: dict[str, Any]) -> Typed:
    """The form of facts that are on record."""
    typed = Typed(facts=dict(facts))
    for fact, value in facts.items():
        if isinstance(value, list):
            typed.texts[fact] = [_pair(one) for one in value]
        elif isinstance(value, bool):
            typed.texts[fact] = "yes" if value else "no"
        else:
            typed.texts[fact] = f"{value}"
    return typed


def tree(unit: Unit, typed: Typed) -> Node | None:
    """The criteria under what was typed; None where the source prints none."""
    root = chronic.criteria_form(unit, typed.facts)
    if root is None:
        return None
    return _node(unit, typed, root, f"n-{unit.code}", set(), _rows_wanted(unit))


def _node(unit: Unit, typed: Typed, asked: Criterion, place: str, seen: set[str], rows: int) -> Node:
    node = Node(place, asked)
    if asked.fact:
        spec = unit.facts[asked.fact]
        node.examples = "、".join(spec.examples)
        node.error = typed.errors.get(asked.fact, "")
        node.text = typed.texts.get(asked.fact, "")
        if asked.input == "observations":
            given = list(node.text or [])
            node.text = given + [("", "")] * max(1, rows - len(given))
        if asked.fact not in seen:
            node.name = f"{unit.code}:{asked.fact}"
            seen.add(asked.fact)
        else:
            node.error = ""
    node.parts = [
        _node(unit, typed, part, f"{place}-{number}", seen, rows) for number, part in enumerate(asked.parts)
    ]
    return node


def _rows_wanted(unit: Unit) -> int:
    """How many lines a measure that is to be repeated is given at first."""
    nodes = unit.criteria.walk() if unit.criteria else ()
    return max([LEAST_ROWS, *(node.least for node in nodes if isinstance(node, Repeat))])


def _single(text: str, spec) -> Any:
    if not text:
        return None
    if spec.points:
        return int(text) if text.isdecimal() else _wrong("请从列出的评分中选择。")
    if spec.unit:
        return number(text)
    return CHECKS.get(text)


def _lines(values: list[str], days: list[str]) -> list[tuple[str, str]]:
    """The lines of a repeated measure as they were typed, without the blank ones."""
    days = [*days, *[""] * (len(values) - len(days))]
    texts = [(value.strip(), day.strip()) for value, day in zip(values, days, strict=False)]
    return [pair for pair in texts if any(pair)]


def _observations(texts: list[tuple[str, str]]) -> list | None:
    """What was measured; a day is optional, a value is not."""
    made = []
    for value, day in texts:
        seen = {"value": number(value)}
        if day:
            seen["on"] = _day(day)
        made.append(seen)
    return made or None


def number(text: str) -> int | float:
    """A measured value as the criteria take it. It is no money: 7.2 is read as it is written."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        _wrong("请填写数字，如 140 或 7.2。")
    if not value.is_finite() or len(text) > 12:
        _wrong("请填写数字，如 140 或 7.2。")
    return int(value) if value == value.to_integral_value() else float(value)


def _day(text: str) -> str:
    try:
        return parse_day(text).isoformat()
    except (PolicyError, ValueError):
        _wrong("日期请按 2025-03-08 填写。")


def _wrong(words: str):
    raise ValueError(words)


def _pair(one: Any) -> tuple[str, str]:
    return (f"{one.get('value', '')}", one.get("on") or "") if isinstance(one, dict) else (f"{one}", "")
