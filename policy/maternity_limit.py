"""The most that maternity medical cost is paid up to, for the calculator `maternity` and for bills of `settle`.

BZ-EMP-28.2 to BZ-EMP-28.4, BZ-RES-14.2 to BZ-RES-14.4, CC-31.1, CC-31.2, CZ-9.6. A table that a pack does not have is
a benefit that its pool does not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from policy.calculator import Refusal, Spec, spec
from policy.errors import PolicyError
from policy.pack import Pack
from policy.pack_figures import Figure
from policy.pack_values import Value
from policy.request import Request, Text, unknown_value
from policy.vocabulary import Scheme


class Event(Request):
    """A birth or termination, as `maternity` of a bill and the calculator's request write it (reading R-8)."""

    event: Literal["birth", "termination"]
    mode: Text | None = None
    babies: Annotated[int, Field(ge=1, le=20)] = 1
    weeks: Annotated[int, Field(ge=0, le=60)] | None = None
    live_baby: bool = False
    caesarean_operation: bool = False

    @property
    def as_birth(self) -> bool:
        """A termination with a live baby is paid as a birth (BZ-EMP-28.4, BZ-RES-14.4)."""
        return self.event == "birth" or self.live_baby


class WorkerSpec(Spec):
    """How one kind of worker is treated."""

    qualifying_months: bool = False
    allowance: Literal["none", "always", "after_months"] = "none"
    allowance_rule: str = ""
    difference_to: Scheme | None = None
    difference_rules: list[str] = Field(default_factory=list, max_length=2)


class SchemeSpec(Spec):
    """Which workers a scheme tells apart; none for residents."""

    workers: dict[str, WorkerSpec] = Field(default_factory=dict)


class MaternitySpec(Spec):
    """The section `maternity` of a pack."""

    rule: str
    schemes: dict[str, SchemeSpec]

    def figures(self) -> set[str]:
        return {"maternity.birth"}


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that is paid of the medical cost, in fen, and the figures it is made of."""

    fen: int
    figures: tuple[Figure, ...]

    @property
    def rule(self) -> str:
        return self.figures[0].rule

    @property
    def article(self) -> str:
        return self.figures[0].article


def medical_limit(
    pack: Pack, scheme: str, day: date, facts: Event, *, level: str | None = None,
    supplied: Mapping[str, Value] | None = None,
) -> Limit:  # fmt: skip
    """Return the most that is paid of the medical cost (BZ-EMP-28.2 to 28.4, BZ-RES-14.2 to 14.4, CC-31, CZ-9.6).

    The payment is the smaller of this and the eligible cost, whether the source prints a limit or a fixed amount.
    Raises Refusal where the scheme or the event has no maternity benefit, FigureNotGiven where the amount is not
    printed, PolicyError where `mode`, `weeks` or `level` is needed and not given or not known.
    """
    known = spec(pack, "maternity", MaternitySpec)
    if scheme not in known.schemes:
        raise Refusal("not_in_scheme", known.rule, f"{pack.title}未规定该险种的生育待遇")
    asked = Figures(pack, day, supplied or {}, {"scheme": scheme, "level": level or ""})
    if facts.mode is not None and facts.mode not in pack.keys("delivery"):
        raise _bad_key("delivery", facts.mode, pack)
    if facts.event == "termination" and not asked.has("maternity.termination"):
        raise Refusal("not_in_pool", known.rule, f"{pack.title}未规定终止妊娠的待遇")
    return _birth(asked, facts) if facts.as_birth else _termination(asked, facts)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one day, with the keys of one case; a key that is no row of a table is the request's mistake."""

    pack: Pack
    day: date
    supplied: Mapping[str, Value]
    keys: Mapping[str, str]

    def get(self, name: str, **keys: str) -> Figure:
        row = {**self.keys, **keys}
        for dimension in self.pack.tables[name].by:
            if row[dimension] not in self.pack.keys(dimension):
                raise _bad_key(dimension, row[dimension], self.pack)
        return self.pack.figure(name, on=self.day, supplied=self.supplied, **row)

    def has(self, name: str) -> bool:
        return name in self.pack.tables


def _bad_key(dimension: str, value: str, pack: Pack) -> PolicyError:
    name = "mode" if dimension == "delivery" else dimension
    if not value:
        return PolicyError("missing_field", name, "本情形必须提供此项")
    return unknown_value(name, pack.keys(dimension))


def _birth(asked: Figures, facts: Event) -> Limit:
    delivery = facts.mode or ""
    if delivery == "caesarean" and facts.caesarean_operation and _tells_operation(asked.pack):
        delivery = "caesarean_operation"
    base = asked.get("maternity.birth", delivery=delivery)
    if facts.babies == 1 or not asked.has("maternity.extra_baby"):
        return Limit(base.fen, (base,))
    extra = asked.get("maternity.extra_baby")
    return Limit(base.fen + extra.fen * (facts.babies - 1), (base, extra))


def _tells_operation(pack: Pack) -> bool:
    """Whether the pool has an own amount for a caesarean with another operation (CC-31.2)."""
    return "caesarean_operation" in pack.keys("delivery")


def _termination(asked: Figures, facts: Event) -> Limit:
    outcome = outcome_of(asked.get("maternity.late_weeks"), facts)
    base = asked.get("maternity.termination", outcome=outcome)
    if outcome != "late" or not facts.caesarean_operation:
        return Limit(base.fen, (base,))
    operation = asked.get("maternity.operation")
    return Limit(base.fen + operation.fen, (base, operation))


def outcome_of(late_from: Figure, facts: Event) -> str:
    """Return how the event is paid: as a `birth`, as a `late` termination from those weeks on, or as an `early` one."""
    if facts.as_birth:
        return "birth"
    if facts.weeks is None:
        raise PolicyError("missing_field", "weeks", "终止妊娠须提供孕周")
    return "late" if facts.weeks >= late_from.value else "early"
