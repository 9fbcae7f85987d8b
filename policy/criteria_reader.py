"""Reads the criteria of a pack's catalogue into a tree, and a request's facts into what the tree compares.

Every fact of the tree is defined, and every defined fact is used; a fact is a yes or no (`check`), a number
(`measure`: it has a unit), a list of observations (a measure inside `repeat`) or points (`score`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from policy.calculator import Spec
from policy.criteria import AtLeast, Comparison, Given, Leaf, Node, Not, Observation, Repeat, Score
from policy.errors import PolicyError
from policy.periods import parse_day
from policy.request import unknown_field

_OPERATORS = ("all", "any", "at_least", "not", "repeat", "score", "fact")


class FactSpec(Spec):
    """A fact that a doctor states or a report shows."""

    kind: Literal[
        "history", "symptom", "lab", "imaging", "pathology", "function", "genetic", "scale", "treatment", "expert",
        "document", "exclusion", "demographic",
    ]  # fmt: skip
    label: str
    unit: str = ""
    examples: list[str] = Field(default_factory=list)
    points: dict[str, int] = Field(default_factory=dict)


def read_criteria(tree: Any, facts: Mapping[str, FactSpec]) -> Node:
    """Return the tree. Raises ValueError saying what is wrong."""
    made = _Reader(facts).node(tree)
    used = {name for node in made.walk() for name in node.own_facts()}
    for name in facts:
        if name not in used:
            raise ValueError(f"the fact {name} is defined and not used")
    repeated = repeated_facts(made)
    for node in made.walk():
        if isinstance(node, Leaf) and node.fact in repeated:
            raise ValueError(f"the fact {node.fact} stands inside and outside of a repeat")
    return made


def repeated_facts(node: Node) -> set[str]:
    """Return the facts that are given as lists of observations."""
    return {name for one in node.walk() if isinstance(one, Repeat) for name in one.own_facts()}


class _Reader:
    def __init__(self, facts: Mapping[str, FactSpec]) -> None:
        self.facts = facts

    def node(self, tree: Any) -> Node:
        if isinstance(tree, str):
            return self._leaf(tree, "")
        if not isinstance(tree, dict):
            raise ValueError(f"not a criterion: {tree!r}")
        found = [name for name in _OPERATORS if name in tree]
        if len(found) != 1:
            raise ValueError(f"a criterion has exactly one of {', '.join(_OPERATORS)}: {sorted(tree)}")
        made: Node = getattr(self, f"_{found[0]}")(tree, str(tree.get("branch", "")))
        return made

    def _keys(self, tree: dict[str, Any], *allowed: str) -> None:
        for key in tree:
            if key not in (*allowed, "branch"):
                raise ValueError(f"unknown key {key!r} in a criterion")

    def _nodes(self, trees: Any) -> tuple[Node, ...]:
        if not isinstance(trees, list) or not trees:
            raise ValueError("a list of criteria is needed")
        return tuple(self.node(tree) for tree in trees)

    def _leaf(self, text: str, branch: str) -> Leaf:
        name, _, comparison = text.partition(" ")
        fact = self._known(name)
        if fact.points or bool(fact.unit) != bool(comparison):
            raise ValueError(f"{name}: a measure has a unit and a comparison, a check has neither: {text!r}")
        return Leaf(fact=name, test=Comparison.parse(comparison) if comparison else None, branch=branch)

    def _known(self, name: str) -> FactSpec:
        if name not in self.facts:
            raise ValueError(f"the fact {name} is not defined")
        return self.facts[name]

    def _fact(self, tree: dict[str, Any], branch: str) -> Leaf:
        self._keys(tree, "fact")
        return self._leaf(str(tree["fact"]), branch)

    def _all(self, tree: dict[str, Any], branch: str) -> Node:
        self._keys(tree, "all")
        of = self._nodes(tree["all"])
        return AtLeast(least=len(of), of=of, branch=branch)

    def _any(self, tree: dict[str, Any], branch: str) -> Node:
        self._keys(tree, "any")
        return AtLeast(least=1, of=self._nodes(tree["any"]), branch=branch)

    def _at_least(self, tree: dict[str, Any], branch: str) -> Node:
        self._keys(tree, "at_least", "of")
        of = self._nodes(tree.get("of"))
        least = int(tree["at_least"])
        if not 1 <= least <= len(of):
            raise ValueError(f"at least {least} of {len(of)}")
        return AtLeast(least=least, of=of, branch=branch)

    def _not(self, tree: dict[str, Any], branch: str) -> Node:
        self._keys(tree, "not")
        return Not(of=self.node(tree["not"]), branch=branch)

    def _repeat(self, tree: dict[str, Any], branch: str) -> Node:
        self._keys(tree, "repeat", "distinct_days", "of")
        of = tuple(node for node in self._nodes(tree.get("of")) if isinstance(node, Leaf) and node.test)
        if len(of) != len(tree["of"]):
            raise ValueError("a repeat holds measures only")
        distinct = tree.get("distinct_days") == "true"
        return Repeat(least=int(tree["repeat"]), distinct_days=distinct, of=of, branch=branch)

    def _score(self, tree: dict[str, Any], branch: str) -> Node:
        self._keys(tree, "score", "of")
        groups = tuple(str(name) for name in tree["of"])
        points = [self._known(name).points for name in groups]
        if not all(points):
            raise ValueError("every group of a score has points")
        most = tuple(max(one.values()) for one in points)
        return Score(test=Comparison.parse(str(tree["score"])), of=groups, most=most, branch=branch)


def read_facts(given: Mapping[str, Any], specs: Mapping[str, FactSpec], criteria: Node) -> dict[str, Given]:
    """Return a request's facts as the tree reads them; null means not given.

    Raises PolicyError: `unknown_field` for a fact that the unit does not have, `bad_value` for one of the wrong kind.
    """
    repeated = repeated_facts(criteria)
    made: dict[str, Given] = {}
    for name, value in given.items():
        path = f"facts.{name}"
        if name not in specs:
            raise unknown_field(path, set(specs))
        if value is not None:
            try:
                made[name] = _given(value, specs[name], name in repeated)
            except PolicyError as error:
                raise error.below(path) from None
    return made


def _given(value: Any, fact: FactSpec, repeated: bool) -> Given:
    if repeated:
        return _observations(value)
    if fact.points:
        return _points(value, fact)
    if fact.unit:
        return _number(value)
    if not isinstance(value, bool):
        raise PolicyError("bad_value", "", "此项应为 true 或 false")
    return value


def _observations(value: Any) -> tuple[Observation, ...]:
    if not isinstance(value, list):
        raise PolicyError("bad_value", "", "此项应为多次观察值的列表")
    return tuple(_observation(one, f"[{n}]") for n, one in enumerate(value))


def _observation(value: Any, path: str) -> Observation:
    try:
        if not isinstance(value, Mapping):
            return Observation(_number(value))
        for key in value:
            if key not in ("value", "on"):
                raise unknown_field(key, {"value", "on"})
        on = value.get("on")
        return Observation(_number(value.get("value")), None if on is None else parse_day(on))
    except PolicyError as error:
        raise error.below(path) from None


def _points(value: Any, fact: FactSpec) -> Decimal:
    number = _number(value)
    if number not in {Decimal(0), *map(Decimal, fact.points.values())}:
        allowed = "、".join(str(one) for one in sorted({0, *fact.points.values()}))
        raise PolicyError("bad_value", "", f"此项得分应为 {allowed} 之一")
    return number


def _number(value: Any) -> Decimal:
    """A measured number; a float is read as it is written (`7.2` is 7.2)."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not math.isfinite(value):
        raise PolicyError("bad_value", "", "此项应为数值")
    return Decimal(str(value))
