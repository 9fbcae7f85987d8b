"""Criteria of a disease as a tree, evaluated in three values: met, not met, not yet known (strong Kleene logic).

A tree is built of::

    M01701.1                                a fact that is true
    M06101.1a > 80                          a measured fact compared with a number
    {all: […]}  {any: […]}  {not: …}
    {at_least: "2", of: […]}
    {repeat: "3", distinct_days: "true", of: [measures]}   so many observations, of all its measures together
    {score: ">= 9", of: [groups]}           the sum of one fact per group, its points
    {branch: name, …}  {fact: …, branch: name}             names a node, so that a condition can speak of it

A fact that is not given is unknown, not false (reading R-11).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

Tri = bool | None


@dataclass(frozen=True, slots=True)
class Observation:
    """One measured value, and the day of it where that is known."""

    value: Decimal
    on: date | None = None


Given = bool | Decimal | tuple[Observation, ...]
Facts = Mapping[str, Given]
_OPERATORS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt,
}  # fmt: skip
_COMPARISON = re.compile(r"(>=|<=|>|<) (-?[0-9]+(?:\.[0-9]+)?)")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison with a number."""

    sign: str
    limit: Decimal

    @classmethod
    def parse(cls, text: str) -> Comparison:
        found = _COMPARISON.fullmatch(text)
        if found is None:
            raise ValueError(f"not a comparison: {text!r}")
        return cls(found[1], Decimal(found[2]))

    def holds(self, value: Decimal) -> bool:
        return _OPERATORS[self.sign](value, self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node of the tree; `without` names branches that are held to be false."""

    branch: str = ""

    def value(self, facts: Facts, without: str = "") -> Tri:
        """Return True, False, or None while the facts given cannot decide."""
        if self.branch and self.branch == without:
            return False
        return self._value(facts, without)

    def _value(self, facts: Facts, without: str) -> Tri:
        raise NotImplementedError

    def children(self) -> tuple[Node, ...]:
        return ()

    def own_facts(self) -> tuple[str, ...]:
        """The facts that the node itself reads."""
        return ()

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children():
            yield from child.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf(Node):
    """A yes-or-no fact, or a measured one with its comparison."""

    fact: str
    test: Comparison | None = None

    def _value(self, facts: Facts, without: str) -> Tri:
        given = facts.get(self.fact)
        if given is None or self.test is None:
            return given  # type: ignore[return-value]  # a checked fact is a bool
        assert isinstance(given, Decimal)
        return self.test.holds(given)

    def own_facts(self) -> tuple[str, ...]:
        return (self.fact,)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeast(Node):
    """So many children true; `all` and `any` are its two ends."""

    least: int
    of: tuple[Node, ...]

    def _value(self, facts: Facts, without: str) -> Tri:
        values = [child.value(facts, without) for child in self.of]
        return _reached(values.count(True), values.count(None), self.least)

    def children(self) -> tuple[Node, ...]:
        return self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Node):
    """The child false."""

    of: Node

    def _value(self, facts: Facts, without: str) -> Tri:
        value = self.of.value(facts, without)
        return None if value is None else not value

    def children(self) -> tuple[Node, ...]:
        return (self.of,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat(Node):
    """So many observations that hold, of all measures together; on different days where the source says so.

    An observation without its day may or may not fall on another day than the rest.
    """

    least: int
    distinct_days: bool
    of: tuple[Leaf, ...]

    def _value(self, facts: Facts, without: str) -> Tri:
        hits = [one for leaf in self.of for one in _hits(facts, leaf)]
        unknown = self.least if any(leaf.fact not in facts for leaf in self.of) else 0
        if not self.distinct_days:
            return _reached(len(hits), unknown, self.least)
        days = {one.on for one in hits if one.on}
        undated = sum(one.on is None for one in hits)
        sure = len(days) or min(undated, 1)
        return _reached(sure, len(days) + undated - sure + unknown, self.least)

    def own_facts(self) -> tuple[str, ...]:
        return tuple(leaf.fact for leaf in self.of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(Node):
    """The sum of points over groups, compared; a group not given may have any of its points."""

    test: Comparison
    of: tuple[str, ...]
    most: tuple[int, ...]

    def _value(self, facts: Facts, without: str) -> Tri:
        known = sum(value for group in self.of if isinstance(value := facts.get(group), Decimal))
        room = sum(most for group, most in zip(self.of, self.most, strict=True) if group not in facts)
        low, high = self.test.holds(Decimal(known)), self.test.holds(Decimal(known + room))
        return low if low == high else None

    def own_facts(self) -> tuple[str, ...]:
        return self.of


def _reached(sure: int, possible: int, least: int) -> Tri:
    if sure >= least:
        return True
    return None if sure + possible >= least else False


def _hits(facts: Facts, leaf: Leaf) -> list[Observation]:
    given = facts.get(leaf.fact, ())
    assert isinstance(given, tuple)
    assert leaf.test is not None
    return [one for one in given if leaf.test.holds(one.value)]


def open_facts(node: Node, facts: Facts) -> list[str]:
    """Return the facts that are still needed to decide: those not given inside undecided nodes."""
    found: dict[str, None] = {}

    def visit(one: Node) -> None:
        if one.value(facts) is not None:
            return
        missing = [name for name in one.own_facts() if name not in facts]
        found.update(dict.fromkeys(missing or one.own_facts()))
        for child in one.children():
            visit(child)

    visit(node)
    return list(found)


def failed_facts(node: Node, facts: Facts) -> list[str]:
    """Return the facts given that speak against the criteria."""
    return _facts_with(node, facts, wanted=False)


def satisfied_facts(node: Node, facts: Facts) -> list[str]:
    """Return the facts of the branch that meets the criteria: of alternatives, the first one that holds."""
    return _facts_with(node, facts, wanted=True) if node.value(facts) else []


def _facts_with(node: Node, facts: Facts, *, wanted: bool) -> list[str]:
    found: dict[str, None] = {}

    def visit(one: Node, want: bool) -> None:
        value = one.value(facts)
        if value is (not want) or (want and value is None):
            return
        if value is want:
            found.update(dict.fromkeys(name for name in one.own_facts() if name in facts))
        if isinstance(one, Not):
            visit(one.of, not want)
            return
        chosen = one.children()
        if want and isinstance(one, AtLeast):
            chosen = tuple(child for child in chosen if child.value(facts))[: one.least]
        for child in chosen:
            visit(child, want)

    visit(node, wanted)
    return list(found)
