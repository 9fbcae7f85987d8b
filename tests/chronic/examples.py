"""Facts that meet the criteria of a unit, facts that don't, and none: found from the tree itself."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from typing import Any

from policy.catalogue import Unit
from policy.criteria import AtLeast, Comparison, Leaf, Node, Not, Repeat, Score
from policy.criteria_reader import read_facts, repeated_facts

Facts = dict[str, Any]
DAYS = [f"2025-09-{day:02d}" for day in range(1, 29)]
TRIED = 200


def meeting(unit: Unit) -> Facts:
    """Facts under which the criteria are met."""
    return _first(unit, wanted=True)


def failing(unit: Unit) -> Facts:
    """Facts under which the criteria are not met."""
    return _first(unit, wanted=False)


def _first(unit: Unit, *, wanted: bool) -> Facts:
    repeated = repeated_facts(unit.criteria)
    for tried, facts in enumerate(_ways(unit, unit.criteria, wanted, repeated)):
        if unit.criteria.value(read_facts(facts, unit.facts, unit.criteria)) is wanted:
            return facts
        if tried > TRIED:
            break
    raise AssertionError(f"no facts found for {unit.code}, wanted {wanted}")


def _ways(unit: Unit, node: Node, wanted: bool, repeated: set[str]) -> Iterator[Facts]:
    if isinstance(node, Leaf):
        yield {node.fact: wanted if node.test is None else _number(node.test, wanted)}
    elif isinstance(node, Not):
        yield from _ways(unit, node.of, not wanted, repeated)
    elif isinstance(node, Repeat):
        leaf = node.of[0]
        seen = [{"value": _number(leaf.test, wanted), "on": day} for day in DAYS[: node.least]]
        yield {one.fact: seen if one is leaf and wanted else [] for one in node.of}
    elif isinstance(node, Score):
        yield {
            name: (max if wanted == (node.test.sign in (">=", ">")) else min)([0, *unit.facts[name].points.values()])
            for name in node.of
        }
    else:
        assert isinstance(node, AtLeast)
        yield from _group(unit, node, wanted, repeated)


def _group(unit: Unit, node: AtLeast, wanted: bool, repeated: set[str]) -> Iterator[Facts]:
    if not wanted or node.least == len(node.of):
        yield from _merged(unit, node.of, wanted, repeated)
        return
    for start in range(len(node.of)):
        chosen = (node.of[start:] + node.of[:start])[: node.least]
        yield from _merged(unit, chosen, wanted, repeated)


def _merged(unit: Unit, nodes: tuple[Node, ...], wanted: bool, repeated: set[str]) -> Iterator[Facts]:
    few = [list(_some(_ways(unit, node, wanted, repeated))) for node in nodes]
    for chosen in product(*few):
        yield {name: value for facts in chosen for name, value in facts.items()}


def _some(ways: Iterator[Facts]) -> Iterator[Facts]:
    for _, way in zip(range(6), ways, strict=False):
        yield way


def _number(test: Comparison, wanted: bool) -> float:
    up = test.sign in (">=", ">")
    step = Decimal(1) if up == wanted else Decimal(-1)
    value = test.limit + step
    return float(value)
