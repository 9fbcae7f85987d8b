"""Working out what an expression of a plan comes to where names in it are known.

A known value is an `ast.Constant`, whatever its type; `Naming` gives names to those that Python has no way to write.
Beside values, two things may be known of a name: that it is an accumulator as it was read, and that it is another
name times a number, so that a rounded share becomes one division of small numbers.
"""

from __future__ import annotations

import ast
from copy import copy
from dataclasses import dataclass
from math import gcd
from typing import Any

from policy.engine.arithmetic import Segments, marginal
from policy.engine.facts import NO_LIMIT

Known = dict[str, Any]

_PLAIN = (int, str, bool, type(None))
_UNKNOWN = object()


@dataclass(frozen=True)
class Standing:
    """An accumulator that was read under the name `text` and not changed since."""

    text: str


@dataclass(frozen=True)
class Product:
    """Another name times a whole number."""

    name: str
    times: int


class Folding(ast.NodeTransformer):
    """Folds expressions under what is known of names."""

    known: Known

    def value(self, node: ast.expr | None, known: Known) -> Any:
        """The expression with all that is known worked out; a constant if all of it is."""
        self.known = known
        return self.visit(node) if node is not None else None

    def visit_Name(self, node: ast.Name) -> ast.expr:
        found = self.known.get(node.id, _UNKNOWN)
        return node if found is _UNKNOWN or isinstance(found, (Standing, Product)) else ast.Constant(found)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        short = isinstance(node.op, ast.Or)
        left: list[ast.expr] = []
        for each in node.values:
            value = self.visit(each)
            if not isinstance(value, ast.Constant):
                left.append(value)
            elif bool(value.value) is short or each is node.values[-1]:
                left.append(value)
                break
        return left[0] if len(left) == 1 else ast.BoolOp(node.op, left)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        test = self.visit(node.test)
        if isinstance(test, ast.Constant):
            return self.visit(node.body if test.value else node.orelse)  # type: ignore[no-any-return]
        return ast.IfExp(test, self.visit(node.body), self.visit(node.orelse))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        made = self._folded(node)
        if isinstance(made, ast.BinOp):
            if isinstance(made.op, ast.FloorDiv):
                return self._share(made)
            zero_left = isinstance(made.left, ast.Constant) and made.left.value == 0
            zero_right = isinstance(made.right, ast.Constant) and made.right.value == 0
            if zero_right and isinstance(made.op, (ast.Add, ast.Sub)):
                return made.left
            if zero_left and isinstance(made.op, ast.Add):
                return made.right
        return made

    def _share(self, node: ast.BinOp) -> ast.expr:
        """`(product + half) // whole` without the factor that all three have."""
        match node:
            case ast.BinOp(
                left=ast.BinOp(left=ast.Name(id=name), op=ast.Add(), right=ast.Constant(value=int(half))),
                right=ast.Constant(value=int(whole)),
            ):
                product = self.known.get(name)
                if isinstance(product, Product):
                    common = gcd(product.times, half, whole)
                    text = f"({product.name} * {product.times // common} + {half // common}) // {whole // common}"
                    return ast.parse(text, mode="eval").body
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        made = self._folded(node)
        if isinstance(made, ast.Call) and isinstance(made.func, ast.Constant) and given(made.func) is marginal:
            segments, old, new, *shift = made.args
            if all(isinstance(each, ast.Constant) for each in (segments, *shift)):
                return _telescoped(old, new, *(each.value for each in (segments, *shift)))  # type: ignore[attr-defined]
        return made

    def generic_visit(self, node: ast.AST) -> Any:
        return self._folded(node) if isinstance(node, ast.expr) else super().generic_visit(node)

    def _folded(self, node: ast.expr) -> ast.expr:
        """The node with its parts worked out; a constant where all of them are. A figure that the pack has not for
        these facts stays an expression: it is asked for, and missed, only if a bill gets there."""
        super().generic_visit(node)
        if isinstance(node, ast.Call):
            node.args = _spread(node.args)
        elif isinstance(node, ast.Tuple):
            node.elts = _spread(node.elts)
        parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
        known = all(isinstance(part, ast.Constant) for part in parts)
        if not known or isinstance(node, (ast.Constant, ast.Name, ast.Starred)):
            return node
        named = Naming(plain=())
        text = ast.fix_missing_locations(ast.Expression(named.visit(_copied(node))))
        try:
            return ast.Constant(eval(compile(text, "<known>", "eval"), named.space))  # noqa: S307 (our own text)
        except (KeyError, TypeError):
            return node


class Naming(ast.NodeTransformer):
    """Gives a name to each known value that Python has no way to write."""

    def __init__(self, plain: tuple[type, ...] = _PLAIN) -> None:
        self.plain = plain
        self.space: dict[str, Any] = {}

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if isinstance(node.value, self.plain):
            return node
        name = f"K{len(self.space)}"
        self.space[name] = node.value
        return ast.Name(name, ast.Load())


def test_of(node: ast.expr) -> ast.expr:
    """A condition is only asked whether it holds: what always or never holds falls out of it, also at its end."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = test_of(node.operand)
        return ast.Constant(not inner.value) if isinstance(inner, ast.Constant) else ast.UnaryOp(node.op, inner)
    if not isinstance(node, ast.BoolOp):
        return node
    neutral = isinstance(node.op, ast.And)
    left = [test_of(each) for each in node.values]
    if any(isinstance(each, ast.Constant) and bool(each.value) is not neutral for each in left):
        return ast.Constant(not neutral)
    left = [each for each in left if not isinstance(each, ast.Constant)]
    return ast.Constant(neutral) if not left else left[0] if len(left) == 1 else ast.BoolOp(node.op, left)


def _telescoped(old: ast.expr, new: ast.expr, segments: Segments, change: int = 0, scale: int = 1) -> ast.expr:
    """`marginal` over known bands: what they pay up to `new`, less what they pay up to `old`."""

    def paid_up_to(amount: str) -> str:
        text, below, reached = "", 0, -1
        for low, high, ratio in segments:
            rate = max(0, ratio + change)
            if low != reached:
                text += f"{below} if {amount} <= {low * scale} else "
            text += f"{below - low * scale * rate} + {amount} * {rate}"
            if high >= NO_LIMIT:
                return f"({text})"
            text += f" if {amount} <= {high * scale} else "
            below, reached = below + (high - low) * scale * rate, high
        return f"({text}{below})"

    both = f"max(0, {paid_up_to(f'({ast.unparse(new)})')} - {paid_up_to(f'({ast.unparse(old)})')})"
    return ast.parse(both, mode="eval").body


def _copied(node: ast.expr) -> ast.expr:
    """The node with lists of its own, over the same parts."""
    copied = copy(node)
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            setattr(copied, name, [*value])
    return copied


def _spread(values: list[ast.expr]) -> list[ast.expr]:
    """`*known` as its values."""
    spread: list[ast.expr] = []
    for each in values:
        if isinstance(each, ast.Starred) and isinstance(each.value, ast.Constant):
            spread += [ast.Constant(value) for value in given(each.value)]
        else:
            spread.append(each)
    return spread


def given(node: ast.Constant) -> Any:
    """What a constant stands for, which here may be anything."""
    return node.value
