"""The year's limit of residents' critical-illness insurance (大病保险) after rewards and penalties.

BZ-GEN-25.1, BZ-RES-9.1, BZ-RES-9.2, BZ-RES-9.3, BZ-RES-9.5, BZ-RES-10.1, BZ-RES-26.1, BZ-RES-26.2, by the formula
recommended in BZ-AMB-19: reward and penalty are each limited to a share of the ordinary limit, then netted; the poorest
have no limit. A year without a claim is rewarded in the next year only: nothing is kept (BZ-RES-9.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from policy import money
from policy.calculator import Spec, open_pack, spec
from policy.errors import PolicyError
from policy.pack import Pack
from policy.pack_figures import Figure
from policy.request import CalculatorRequest, Request, parse
from policy.result import MoneyText
from policy.vocabulary import Tag, Year


class InsuredYear(Request):
    """An earlier year, as it was insured."""

    year: Year
    scheme: Literal["resident", "employee", "none"]
    zero_claim: bool = False


class CapRequest(CalculatorRequest):
    """Request of `catastrophic_cap`."""

    year: Year
    tags: list[Tag] = Field(default_factory=list)
    history: list[InsuredYear] = Field(default_factory=list)


class CapSpec(Spec):
    """The section `catastrophic_cap` of a pack: the ordinary limit's figure, and whom it does not bind."""

    cap: str
    unlimited: list[Tag]
    unlimited_rule: str

    def figures(self) -> set[str]:
        return {self.cap, *_FIGURES}


class CapResult(TypedDict):
    """Result of `catastrophic_cap`, in yuan; a null cap means no limit."""

    case: str | None
    cap: MoneyText | None
    rewards: MoneyText
    penalty: MoneyText
    rules: list[str]


def catastrophic_cap(request: Mapping[str, Any], pack: Pack | None = None) -> CapResult:
    """Compute the limit of `year`, in yuan; null means none (contract §3, reading R-10).

    Years before the first rule year count for nothing; later ones that `history` does not list count as missed; the
    year itself counts as a resident year. An employee year neither counts nor breaks the count.
    """
    asked = parse(CapRequest, request)
    opened = open_pack("catastrophic_cap", asked.pool, pack)
    known = spec(opened, "catastrophic_cap", CapSpec)
    insured = _by_year(asked)
    if set(asked.tags) & set(known.unlimited):
        return _result(asked, None, 0, 0, [known.unlimited_rule])
    figures = {name: opened.figure(name, on=date(asked.year, 1, 1)) for name in (known.cap, *_FIGURES)}
    base, limit = figures[known.cap], figures["catastrophic_cap.limit"]
    most = money.share(base.fen, limit.share.numerator, limit.share.denominator)
    rewards, penalty, rules = _net(asked.year, insured, figures, most)
    return _result(asked, base.fen + rewards - penalty, rewards, penalty, [base.rule, *rules])


_FIGURES = tuple(
    f"catastrophic_cap.{name}"
    for name in ("first_year", "years_before_reward", "reward", "zero_claim_reward", "penalty", "limit")
)


def _net(
    year: int, insured: Mapping[int, InsuredYear], figures: Mapping[str, Figure], most: int
) -> tuple[int, int, list[str]]:
    """Rewards, penalty and the rules that gave them."""
    first, free, reward, zero_reward, penalty, limit = (figures[name] for name in _FIGURES)
    missed = [gap for gap in range(first.value, year) if _scheme(insured, gap) == "none"]
    restart = max(missed, default=first.value - 1) + 1
    in_a_row = 1 + sum(_scheme(insured, one) == "resident" for one in range(restart, year))
    last = insured.get(year - 1)
    zero = year > first.value and last is not None and last.scheme == "resident" and last.zero_claim
    earned = reward.fen * max(0, in_a_row - free.value) + zero_reward.fen * zero
    lost = penalty.fen * len(missed)
    rules = [
        *([reward.rule] if in_a_row > free.value else []),
        *([zero_reward.rule] if zero else []),
        *([penalty.rule] if missed else []),
        *([limit.rule] if max(earned, lost) > most else []),
    ]
    return min(earned, most), min(lost, most), rules


def _scheme(insured: Mapping[int, InsuredYear], year: int) -> str:
    found = insured.get(year)
    return found.scheme if found else "none"


def _by_year(asked: CapRequest) -> dict[int, InsuredYear]:
    found: dict[int, InsuredYear] = {}
    for n, entry in enumerate(asked.history):
        if entry.year >= asked.year:
            raise PolicyError("bad_value", f"history[{n}].year", "参保历史只列本年度之前的年份")
        if entry.year in found:
            raise PolicyError("bad_value", f"history[{n}].year", f"{entry.year}年重复")
        found[entry.year] = entry
    return found


def _result(asked: CapRequest, cap: int | None, rewards: int, penalty: int, rules: list[str]) -> CapResult:
    return {
        "case": asked.case,
        "cap": None if cap is None else money.text(cap),
        "rewards": money.text(rewards),
        "penalty": money.text(penalty),
        "rules": rules,
    }
