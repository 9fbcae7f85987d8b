"""Writing one generated function: its lines, constants, facts read, registers, accumulators and sites.

A register holds an amount of the bill in fen, or, where a cost was found by turning a payment through a
ratio, in a fixed fraction of a fen (its scale), so that nothing is rounded before the payer's amount is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from math import lcm
from typing import TYPE_CHECKING, Any

from policy.engine.entry import Entry
from policy.engine.facts import PAYERS
from policy.pack_values import Value

if TYPE_CHECKING:
    from policy.pack import Pack
    from policy.pack_figures import Figure


@dataclass(frozen=True)
class Target:
    """For what a function is written: a pool's figures on a day, a scheme, with or without a trace; relief `alone`."""

    pack: Pack
    day: date
    supplied: Mapping[str, Value]
    scheme: str
    traced: bool
    alone: bool = False


@dataclass
class Site:
    """A place in a plan that leaves a trace entry; `explain` renders it."""

    kind: str
    payer: str
    label: str
    rule: str = ""
    accumulators: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    frames: dict[Any, Any] = field(default_factory=dict)


class Writer:
    """Collects one function. What is read once per bill (facts, choices, accumulators) goes before the body."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.constants: dict[str, Any] = {}
        self.facts: dict[str, None] = {}
        self.choices: dict[str, str] = {}
        self.choice_lines: list[str] = []
        self.accumulators: dict[str, str] = {}
        self.written: dict[str, None] = {}
        self.registers: dict[str, int] = dict.fromkeys(PAYERS, 1)
        self.own: set[str] = set()
        self.sites: list[Site] = []
        self.rules: tuple[str, ...] = ()
        self.cites: list[tuple[Figure, ...]] = []
        self.lines: list[str] = []
        self.late: list[str] = []
        self.shown = {"eligible": "eligible", "own_expense": "own_expense", "first_self_pay": "first_self_pay",
                      "deductible": "0"}
        self.in_choice = False
        self._depth = 1
        self._serial = 0

    @property
    def traced(self) -> bool:
        return self.target.traced

    def line(self, text: str) -> None:
        self.lines.append("    " * self._depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        self.line(head)
        self._depth += 1
        yield
        self._depth -= 1

    def fresh(self, stem: str) -> str:
        """A variable name that nobody else uses."""
        self._serial += 1
        return f"{stem}{self._serial}"

    def constant(self, value: Any, stem: str = "K") -> str:
        name = self.fresh(stem)
        self.constants[name] = value
        return name

    def fact(self, name: str) -> str:
        self.facts[name] = None
        return name

    def cite(self, figures: tuple[Figure, ...]) -> int:
        """The number under which a trace entry names the figures it used."""
        self.cites.append(figures)
        return len(self.cites) - 1

    def site(self, site: Site) -> int:
        site.rules = self.rules
        self.sites.append(site)
        return len(self.sites) - 1

    def accumulator(self, template: str, entry: Entry) -> str:
        """The variable that holds an accumulator: `{scheme}.pool_paid`, `dis_cost[{disease}]` …"""
        declared = self.target.pack.section("accumulators")
        name = template.replace("{scheme}", self.target.scheme)
        if template not in declared:
            raise entry.error("", f"the accumulator {template!r} is not declared under `accumulators`")
        if name not in self.accumulators:
            for fact in ("disease", "month"):
                if f"{{{fact}}}" in name:
                    self.fact(fact)
            self.accumulators[name] = self.fresh("acc")
        return self.accumulators[name]

    def writes(self, template: str, entry: Entry) -> str:
        """As `accumulator`, for one that the bill changes."""
        variable = self.accumulator(template, entry)
        self.written[template.replace("{scheme}", self.target.scheme)] = None
        return variable

    def define(self, name: str, scale: int, entry: Entry) -> str:
        """A register set by a step; its variable."""
        if name in PAYERS or not name.isidentifier():
            raise entry.error("as", f"not a name for a register: {name!r}")
        if self.registers.get(name, scale) != scale:
            raise entry.error("as", f"the register {name!r} is set twice with different fractions")
        self.registers[name] = scale
        return f"r_{name}"

    def register(self, name: str, entry: Entry, key: str = "of") -> tuple[str, int]:
        """The variable and scale of a register. Raises PackError if no earlier step set it."""
        if name not in self.registers:
            raise entry.error(key, f"reads the register {name!r} that no earlier step set")
        return f"r_{name}", self.registers[name]

    def sum(self, names: list[str], entry: Entry, key: str = "of") -> tuple[str, int]:
        """`[eligible, -basic]` as an expression, and its scale."""
        if not names:
            raise entry.error(key, "must name at least one register")
        found = [(name[:1] == "-", *self.register(name.lstrip("-"), entry, key)) for name in names]
        scale = lcm(*(each for _, _, each in found))
        text = ""
        for minus, variable, own in found:
            term = variable if own == scale else f"{variable} * {scale // own}"
            text += (" - " if minus else " + " if text else "") + term
        return text, scale

    def trace(self, site: int, *values: str) -> None:
        if self.traced:
            self.line(f"trace.append(({site}, {', '.join(values)}))")
