"""A compiled plan made narrow: the function for bills of one set of facts, in which all is done that facts decide.

Of two thousand bills on a county's list most are alike but for their amounts: same scheme, level, place, tags. Read
with those facts known, most of a plan's text is settled beforehand: choices are made, figures looked up, steps for
others gone. What is left are the same statements in the same order on amounts and accumulators, so it gives the same
amounts; a test holds that on every public case.

The text is what `compile` wrote: assignments, conditions and returns, nothing that repeats. Anything else is an error.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from policy.engine.compile import Compiled
from policy.engine.folding import Folding, Known, Naming, Product, Standing, given, test_of

_BUILTINS = {"max": max, "min": min, "len": len}


def facts_of(plan: Compiled, amounts: tuple[str, ...]) -> tuple[str, ...]:
    """The facts of a bill that a plan's function reads, apart from its amounts and counts."""
    read = {
        node.attr for node in ast.walk(ast.parse(plan.source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "bill"
    }
    return tuple(sorted(read - set(amounts)))


def narrow(plan: Compiled, facts: Mapping[str, Any], amounts: tuple[str, ...]) -> Callable[..., Any]:
    """The function of `plan` for bills with these `facts`: it takes the `amounts`, the accumulators, the courses."""
    module = ast.parse(plan.source)
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    space = {**_BUILTINS, **plan.space}
    body, _ = _Narrowing(facts, amounts).block(function.body, dict(space))
    _without_dead(body, set())
    arguments = [ast.arg(name) for name in (*amounts, "state", "courses")]
    function.args = ast.arguments([], arguments, None, [], [], None, [])
    function.body = body
    named = Naming()
    made: dict[str, Any] = {}
    exec(compile(ast.fix_missing_locations(named.visit(module)), f"<narrow {plan.name}>", "exec"), named.space, made)  # noqa: S102 (made from our own text)
    return made["settle_bill"]  # type: ignore[no-any-return]


class _Narrowing:
    """Works out what is known, statement by statement."""

    def __init__(self, facts: Mapping[str, Any], amounts: tuple[str, ...]) -> None:
        self.facts, self.amounts = facts, amounts
        self.value = Folding().value

    def block(self, statements: list[ast.stmt], known: Known) -> tuple[list[ast.stmt], Known | None]:
        """The statements that are left, and what is known after them; None if they end the function."""
        left: list[ast.stmt] = []
        for statement in statements:
            if isinstance(statement, ast.If):
                made, after = self._if(statement, known)
                left += made
                if after is None:
                    return left, None
                known = after
            elif isinstance(statement, ast.Return):
                left.append(ast.Return(self.value(statement.value, known)))
                return left, None
            elif isinstance(statement, ast.Assign):
                left += self._assign(statement, known)
            elif isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
                name = statement.target.id
                grown = ast.BinOp(ast.Name(name, ast.Load()), statement.op, statement.value)
                left += self._set(name, self.value(grown, known), known)
            elif not isinstance(statement, ast.Pass):
                raise TypeError(f"a plan holds no {type(statement).__name__}")
        return left, known

    def _if(self, statement: ast.If, known: Known) -> tuple[list[ast.stmt], Known | None]:
        test = test_of(self.value(statement.test, known))
        if isinstance(test, ast.Constant):
            return self.block(statement.body if test.value else statement.orelse, known)
        yes, after_yes = self.block(statement.body, dict(known))
        no, after_no = self.block(statement.orelse, dict(known))
        left: list[ast.stmt] = [ast.If(test, yes or [ast.Pass()], no)]
        if after_yes is None or after_no is None:
            return left, after_no if after_yes is None else after_yes
        return left, {name: value for name, value in after_yes.items() if _same(value, after_no.get(name, _Narrowing))}

    def _assign(self, statement: ast.Assign, known: Known) -> list[ast.stmt]:
        value = statement.value
        if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name) and value.value.id == "bill":
            if value.attr in self.amounts:
                value = ast.Name(value.attr, ast.Load())
            else:
                value = ast.Constant(self.facts[value.attr])
        made: ast.expr = self.value(value, known)
        left: list[ast.stmt] = []
        for target in statement.targets:
            if isinstance(target, ast.Name):
                left += self._set(target.id, made, known)
            elif isinstance(target, ast.Tuple):
                left += self._unpacked(target, made, known)
            elif isinstance(target, ast.Subscript):
                left += self._store(target, value, made, known)
            else:
                raise TypeError(f"a plan sets no {type(target).__name__}")
        return left

    def _set(self, name: str, made: ast.expr, known: Known) -> list[ast.stmt]:
        if isinstance(made, ast.Name) and made.id == name:
            return []
        self._forget(known, name)
        match made:
            case ast.Constant():
                known[name] = given(made)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="state"), attr="get"), args=[key, _]):
                known[name] = Standing(ast.unparse(key))
            case ast.BinOp(left=ast.Name(id=other), op=ast.Mult(), right=ast.Constant(value=int(times))):
                if other != name:
                    known[name] = Product(other, times)
        return [ast.Assign([ast.Name(name, ast.Store())], made)]

    def _unpacked(self, target: ast.Tuple, made: ast.expr, known: Known) -> list[ast.stmt]:
        names = [each.id for each in target.elts if isinstance(each, ast.Name)]
        values: list[ast.expr] | None = None
        if isinstance(made, ast.Constant):
            values = [ast.Constant(value) for value in given(made)]
        elif isinstance(made, ast.Tuple) and not any(name in ast.unparse(made) for name in names):
            values = made.elts
        if values is not None:
            return [line for name, value in zip(names, values, strict=True) for line in self._set(name, value, known)]
        self._forget(known, *names)
        return [ast.Assign([target], made)]

    def _forget(self, known: Known, *names: str) -> None:
        """What was known of names that are set, and of those that are made of them."""
        gone = [name for name, value in known.items() if isinstance(value, Product) and value.name in names]
        for name in (*names, *gone):
            known.pop(name, None)

    def _store(self, target: ast.Subscript, value: ast.expr, made: ast.expr, known: Known) -> list[ast.stmt]:
        """`state[name] = variable`; left out where the variable is what was read there."""
        key = self.value(target.slice, known)
        standing = known.get(value.id) if isinstance(value, ast.Name) else None
        if isinstance(standing, Standing) and standing.text == ast.unparse(key):
            return []
        return [ast.Assign([ast.Subscript(target.value, key, ast.Store())], made)]


def _same(one: Any, other: Any) -> bool:
    return one is other or (type(one) is type(other) and one == other)


def _without_dead(statements: list[ast.stmt], live: set[str]) -> set[str]:
    """Take out assignments that nothing reads, from the end on. Returns what is read from here on."""
    for place in range(len(statements) - 1, -1, -1):
        statement = statements[place]
        if isinstance(statement, ast.Return):
            live = _names(statement)
        elif isinstance(statement, ast.If):
            before = live
            live = _without_dead(statement.body, set(before)) | _without_dead(statement.orelse, set(before))
            live |= _names(statement.test)
            if not statement.orelse and all(isinstance(each, ast.Pass) for each in statement.body):
                del statements[place]
                live = before
            elif not statement.body:
                statement.body = [ast.Pass()]
        elif isinstance(statement, ast.Assign):
            [target] = statement.targets
            if isinstance(target, ast.Name):
                if target.id not in live:
                    del statements[place]
                    continue
                live = live - {target.id}
            elif isinstance(target, ast.Tuple):
                live = live - {each.id for each in target.elts if isinstance(each, ast.Name)}
            else:
                live = live | _names(target)
            live = live | _names(statement.value)
    return live


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
