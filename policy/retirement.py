"""Contribution years at retirement age: are they enough, and what does a missing one cost.

BZ-EMP-18.1, BZ-EMP-19.1, BZ-EMP-19.2, BZ-EMP-20.4; years brought along from another area count in the total
(BZ-EMP-21.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from typing_extensions import TypedDict

from policy.calculator import Spec, open_pack, refused, spec
from policy.pack import FigureNotGiven, Pack
from policy.request import CalculatorRequest, parse
from policy.result import RatioText, RefusedResult
from policy.vocabulary import Count, Year


class RetirementRequest(CalculatorRequest):
    """Request of `retirement`; years are completed contribution years."""

    sex: Literal["male", "female"]
    year: Year
    total_years: Count
    local_years: Count
    province_years: Count


class RetirementSpec(Spec):
    """The section `retirement` of a pack: which figure each kind of years must reach, and the price's figure."""

    conditions: dict[Literal["total_years", "local_years", "province_years"], str]
    make_up: str

    def figures(self) -> set[str]:
        return {*self.conditions.values(), self.make_up}


class RetirementResult(TypedDict):
    """Result of `retirement`; all null but `refused` where the year's minimum is not printed."""

    case: str | None
    entitled: bool | None
    missing_years: int | None
    make_up_base_rate: RatioText | None
    refused: RefusedResult | None
    rule: str


def retirement(request: Mapping[str, Any], pack: Pack | None = None) -> RetirementResult:
    """Decide whether the years of contribution give retiree benefits in `year` (contract §7, reading R-14).

    `missing_years` is the larger shortfall; `make_up_base_rate` the share of the minimum base that a missing period
    costs (BZ-EMP-20.4). A year whose minimum is not printed is `refused` (BZ-AMB-31), never interpolated.
    """
    asked = parse(RetirementRequest, request)
    opened = open_pack("retirement", asked.pool, pack)
    known = spec(opened, "retirement", RetirementSpec)
    day = date(asked.year, 1, 1)
    try:
        needed = {kind: opened.figure(name, on=day, sex=asked.sex) for kind, name in known.conditions.items()}
        make_up = opened.figure(known.make_up, on=day)
    except FigureNotGiven as error:
        return RetirementResult(
            case=asked.case, entitled=None, missing_years=None, make_up_base_rate=None, refused=refused(error),
            rule=error.rule,
        )  # fmt: skip
    short = {kind: figure.value - getattr(asked, kind) for kind, figure in needed.items() if figure.kind != "none"}
    worst = max(short, key=lambda kind: short[kind])
    missing = max(0, short[worst])
    return RetirementResult(
        case=asked.case, entitled=missing == 0, missing_years=missing,
        make_up_base_rate=str(make_up.value) if missing else None, refused=None, rule=needed[worst].rule,
    )  # fmt: skip
