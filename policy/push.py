"""Whom the bureau reports to the other authorities each month for high self-pay, and until when.

Bazhong BZ-REL-9.1, as resolved in BZ-AMB-27: residents whose in-scope self-pay of the year, up to the end of the month,
exceeds half of last year's income per head, which is the figure of the critical-illness deductible.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from typing_extensions import TypedDict

from policy import money
from policy.calculator import Spec, open_pack, spec
from policy.pack import Pack
from policy.request import CalculatorRequest, Day, parse
from policy.result import MoneyText


class PushRequest(CalculatorRequest):
    """Request of `push`: the last day of the month that is reported."""

    day: Day


class PushSpec(Spec):
    """The section `push` of a pack: whose which accumulator is compared with which figure, and the last day to send."""

    scheme: Literal["resident", "employee"]
    accumulator: str
    threshold: str
    last_day: str
    rule: str
    ambiguity: str = ""

    def figures(self) -> set[str]:
        return {self.threshold, self.last_day}


class PushResult(TypedDict):
    """Result of `push`: who is above `threshold` is reported by the `last_day` of the next month."""

    scheme: str
    accumulator: str
    threshold: MoneyText
    figure: str
    last_day: int
    rule: str
    article: str


def push(request: Mapping[str, Any], pack: Pack | None = None) -> PushResult:
    """Say whom to report for the month that ends on `day`.

    Raises PolicyError: `not_in_pool` where the pool reports nobody, `parameter_missing`, naming the figure, for a year
    whose threshold is not printed, or a mistake of the request.
    """
    asked = parse(PushRequest, request)
    opened = open_pack("push", asked.pool, pack)
    known = spec(opened, "push", PushSpec)
    threshold = opened.figure(known.threshold, on=asked.day)
    return {
        "scheme": known.scheme,
        "accumulator": known.accumulator,
        "threshold": money.text(threshold.fen),
        "figure": opened.tables[known.threshold].parameter_name((), asked.day),
        "last_day": int(opened.figure(known.last_day, on=asked.day).value),
        "rule": known.rule,
        "article": opened.figure(known.last_day, on=asked.day).article,
    }
