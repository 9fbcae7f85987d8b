"""From when may benefits be drawn (参保待遇享受期): waiting periods, gaps and their repair, transfers, arrears.

Bazhong: chapter 1 §19 and §26, chapter 2 questions 6, 21, 23, chapter 3 questions 3, 7, 10; Changchun: questions 32
and 33. A pool's pack lists the rules that are asked in their order of precedence (BZ-AMB-20); the first that applies
decides. The rules are in `coverage_rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Literal

from typing_extensions import TypedDict

from policy.calculator import Spec, open_pack, spec
from policy.coverage_rules import NEEDS, RULES, Asked, Facts, Outcome, Step, into_next_year
from policy.errors import PolicyError
from policy.pack import Pack
from policy.request import parse
from policy.result import DayText


class SchemeSpec(Spec):
    """A scheme's rules in their order; when its benefits end, and whether a wait may run into the next year."""

    ends: Literal["with_the_year", "open"]
    runs_on: bool = False
    steps: list[Step]


class CoverageSpec(Spec):
    """The section `coverage` of a pack."""

    employee: SchemeSpec | None = None
    resident: SchemeSpec | None = None

    def figures(self) -> set[str]:
        schemes = [scheme for scheme in (self.employee, self.resident) if scheme]
        return {f"coverage.{name}" for scheme in schemes for step in scheme.steps for name in NEEDS[step.shape]}


class CoverageResult(TypedDict):
    """Result of `coverage`."""

    case: str | None
    entitled: bool
    starts_on: DayText | None
    ends_on: DayText | None
    wait_months: int
    fixed_months: int
    variable_months: int
    repairable_months: int
    rule: str
    reason: str


def coverage(request: Mapping[str, Any], pack: Pack | None = None) -> CoverageResult:
    """Decide whether and from when a person may draw benefits for `for_year` (contract §2, readings R-9 and O-28).

    Days are inclusive on both ends. Raises PolicyError for a mistake of the request, for a pool or scheme without
    such rules (`not_in_pool`, `not_in_scheme`), and where a figure is not printed for that year.
    """
    asked = parse(Asked, request)
    opened = open_pack("coverage", asked.pool, pack)
    known = spec(opened, "coverage", CoverageSpec)
    scheme = known.employee if asked.scheme == "employee" else known.resident
    if scheme is None:
        raise PolicyError("not_in_scheme", "scheme", f"{opened.title}没有该险种的待遇享受期规定")
    _check_days(asked)
    facts = Facts(asked, opened)
    return _result(asked, _ended(_decide(facts, scheme), facts, scheme))


def _decide(facts: Facts, scheme: SchemeSpec) -> Outcome:
    """The outcome of the first rule that applies."""
    for step in scheme.steps:
        outcome = RULES[step.shape](facts, step)
        if outcome is not None:
            return outcome
    raise AssertionError("a chain ends with a rule that always applies")


def _ended(outcome: Outcome, facts: Facts, scheme: SchemeSpec) -> Outcome:
    """Hold the outcome against the end of the year."""
    if outcome.starts_on is None or scheme.ends == "open":
        return outcome
    year_end = date(facts.asked.for_year, 12, 31)
    if outcome.starts_on <= year_end:
        return replace(outcome, ends_on=year_end)
    if scheme.runs_on:
        return into_next_year(facts, outcome)
    return outcome.denied("开始享受待遇前本年度已结束")


def _check_days(asked: Asked) -> None:
    if asked.birth_date.year > asked.for_year:
        raise PolicyError("bad_date", "birth_date", "出生日期晚于参保年度")
    for name in ("paid_on", "next_year_paid_on"):
        day = getattr(asked, name)
        if day is not None and day < asked.birth_date:
            raise PolicyError("bad_date", name, "缴费日期早于出生日期")


def _result(asked: Asked, outcome: Outcome) -> CoverageResult:
    return {
        "case": asked.case,
        "entitled": outcome.entitled,
        "starts_on": outcome.starts_on.isoformat() if outcome.starts_on else None,
        "ends_on": outcome.ends_on.isoformat() if outcome.ends_on else None,
        "wait_months": outcome.fixed_months + outcome.variable_months,
        "fixed_months": outcome.fixed_months,
        "variable_months": outcome.variable_months,
        "repairable_months": outcome.repairable_months,
        "rule": outcome.rule,
        "reason": outcome.reason,
    }
