"""The types that results are written in: what JSON shows, before any reader interprets it."""

from __future__ import annotations

from typing import Annotated

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
