"""What a resident pays for a year, what the subsidy pays for the poor, and what the treasury adds.

Bazhong BZ-RES-4.1, BZ-RES-6.1, BZ-RES-6.2, BZ-RES-8.1, BZ-REL-4.1; Changchun CC-32.4; national NA-1.2, NA-38.1,
NA-38.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from policy import money
from policy.calculator import Spec, open_pack, spec
from policy.pack import FigureNotGiven, Pack
from policy.pack_figures import Figure
from policy.pack_values import Value
from policy.request import CalculatorRequest, parse
from policy.result import MoneyText
from policy.vocabulary import Tag, Year

Payer = Literal["adult", "minor", "student", "newborn"]


class PremiumRequest(CalculatorRequest):
    """Request of `premium`."""

    year: Year
    category: Payer
    tags: list[Tag] = Field(default_factory=list)
    parameters: dict[str, Any] = Field(default_factory=dict)


class PremiumSpec(Spec):
    """The section `premium` of a pack: which figure each payer pays, which one subsidises each tag."""

    amounts: dict[Payer, str]
    fiscal: str = ""
    subsidies: dict[Tag, str] = Field(default_factory=dict)

    def figures(self) -> set[str]:
        return {*self.amounts.values(), *self.subsidies.values()} | ({self.fiscal} - {""})


@dataclass(frozen=True, slots=True)
class _Figures:
    pack: Pack
    day: date
    supplied: Mapping[str, Value]

    def get(self, name: str) -> Figure:
        return self.pack.figure(name, on=self.day, supplied=self.supplied)


class PremiumResult(TypedDict):
    """Result of `premium`, in yuan."""

    case: str | None
    premium: MoneyText
    subsidy: MoneyText
    personal: MoneyText
    fiscal: MoneyText | None
    rule: str


def premium(request: Mapping[str, Any], pack: Pack | None = None) -> PremiumResult:
    """Compute a resident's premium of a year, in yuan (contract §4).

    `fiscal` is null where the source does not print it. Raises PolicyError: `parameter_missing` for a year or payer
    that is not printed, `not_in_pool`, or a mistake of the request.
    """
    asked = parse(PremiumRequest, request)
    opened = open_pack("premium", asked.pool, pack)
    known = spec(opened, "premium", PremiumSpec)
    figures = _Figures(opened, date(asked.year, 1, 1), opened.read_parameters(asked.parameters))
    amount = figures.get(known.amounts[asked.category])
    subsidy, rule = _subsidy(figures, known, asked.tags, amount)
    return {
        "case": asked.case,
        "premium": money.text(amount.fen),
        "subsidy": money.text(subsidy),
        "personal": money.text(amount.fen - subsidy),
        "fiscal": money.text(figures.get(known.fiscal).fen) if known.fiscal else None,
        "rule": rule,
    }


def _subsidy(figures: _Figures, known: PremiumSpec, tags: list[Tag], amount: Figure) -> tuple[int, str]:
    """The highest subsidy of the identities held, once (BZ-RES-6.2); a missing one matters unless all is paid."""
    best, rule = 0, amount.rule
    missing: FigureNotGiven | None = None
    for name in sorted({known.subsidies[tag] for tag in tags if tag in known.subsidies}):
        try:
            figure = figures.get(name)
        except FigureNotGiven as error:
            missing = error
            continue
        paid = min(amount.fen, _paid(figure, amount.fen))
        if paid > best:
            best, rule = paid, figure.rule
    if missing is not None and best < amount.fen:
        raise missing
    return best, rule


def _paid(figure: Figure, amount: int) -> int:
    """A share of the premium, or a fixed amount."""
    if figure.kind == "money":
        return figure.fen
    return money.share(amount, figure.share.numerator, figure.share.denominator)
