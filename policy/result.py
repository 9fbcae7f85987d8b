"""The types that results are written in: what JSON shows, before any reader interprets it."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

MoneyText = Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]{2}$", description="yuan, two decimals")]
DayText = Annotated[str, Field(json_schema_extra={"format": "date"}, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
RatioText = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$")]


class RefusedResult(TypedDict):
    """Why a matter, or a part of it, is refused."""

    code: str
    rule: str
    message: str


class ErrorBody(TypedDict):
    """What is wrong with a request, and where."""

    code: str
    path: str
    message: str


class ErrorResult(TypedDict):
    """The line that stands in place of a result that could not be computed."""

    case: str | None
    error: ErrorBody


class SourceResult(TypedDict):
    """A figure that an amount was computed with, as the pack writes it."""

    label: str
    value: str
    rule: str
    article: str
    status: str
    since: str


class MovementResult(TypedDict):
    """An accumulator before and after the step."""

    name: str
    label: str
    before: str
    after: str


class StepResult(TypedDict):
    """One amount that a rule gave rise to, for a reader who has only the notice at hand."""

    layer: str
    label: str
    rule: str
    article: str
    base: MoneyText
    deductible: MoneyText
    ratio: RatioText | None
    cap_left: MoneyText | None
    amount: MoneyText
    formula: str
    sources: list[SourceResult]
    accumulators: list[MovementResult]


class PaidElsewhereResult(TypedDict):
    """What the layers before relief paid of a bill elsewhere, as the request gave it."""

    basic: MoneyText
    civil_servant: MoneyText
    large_amount: MoneyText
    catastrophic: MoneyText


class BillResult(TypedDict):
    """One bill settled or refused; `total = fund_total + personal`, and `fund_total` is the sum of the six payers.

    With `paid_elsewhere` all amounts speak of what those payments left: they and `total` are the bill's whole cost.
    """

    id: str
    refused: RefusedResult | None
    total: MoneyText
    own_expense: MoneyText
    first_self_pay: MoneyText
    eligible: MoneyText
    deductible: MoneyText
    basic: MoneyText
    civil_servant: MoneyText
    large_amount: MoneyText
    catastrophic: MoneyText
    relief: MoneyText
    relief_tilt: MoneyText
    fund_total: MoneyText
    personal: MoneyText
    steps: list[StepResult]
    paid_elsewhere: NotRequired[PaidElsewhereResult]


class SettleResult(TypedDict):
    """Result of `settle`: the bills in their order, and the accumulators of each year."""

    case: str | None
    pool: str
    bills: list[BillResult]
    accumulators: dict[str, dict[str, str]]
