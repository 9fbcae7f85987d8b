"""Reading requests strictly: shared field types, the base of all request models, and errors with their place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema, model_validator
from pydantic_core import ErrorDetails

from policy import money
from policy.errors import PolicyError
from policy.periods import parse_day

BAD_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_RATIO = re.compile(r"0(\.[0-9]{1,10})?|1(\.0{1,10})?")
_MONEY_SCHEMA = {
    "anyOf": [
        {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,2})?$"},
        {"type": "integer", "minimum": 0, "maximum": 999_999_999_999},
    ],
    "description": "yuan; a string with at most two decimals, or an integer",
}
_DAY_SCHEMA = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_RATIO_SCHEMA = {"type": "string", "pattern": r"^(0(\.[0-9]{1,10})?|1(\.0{1,10})?)$"}


def ratio(value: object) -> Decimal:
    """Return a share written as a decimal string from "0" to "1"; all else is `bad_ratio`."""
    if not isinstance(value, str) or _RATIO.fullmatch(value) is None:
        raise PolicyError("bad_ratio", "", "比例须写成 \"0\" 至 \"1\" 之间的小数字符串，如 \"0.85\"")
    return Decimal(value)


def clean_text(value: object) -> str:
    """Return a text without half surrogate pairs, NUL and other control characters; tabs and line ends may stand."""
    if not isinstance(value, str):
        raise PolicyError("bad_value", "", "此处应为文字")
    if BAD_TEXT.search(value):
        raise PolicyError("bad_text", "", "文字中含有控制字符或残缺的字符")
    return value


Money = Annotated[int, BeforeValidator(money.fen), WithJsonSchema(_MONEY_SCHEMA)]
"""Yuan in the request, whole fen in the model."""
Yuan = Annotated[Decimal, BeforeValidator(money.yuan), WithJsonSchema(_MONEY_SCHEMA)]
"""Yuan in the request, Decimal yuan in the model."""
Day = Annotated[date, BeforeValidator(parse_day), WithJsonSchema(_DAY_SCHEMA)]
Ratio = Annotated[Decimal, BeforeValidator(ratio), WithJsonSchema(_RATIO_SCHEMA)]
Text = Annotated[str, BeforeValidator(clean_text)]

Model = TypeVar("Model", bound="Request")


class Request(BaseModel):
    """Base of every request model: strict types, no unknown keys, null on an optional key means "not given"."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        known = cls.keys()
        return {key: value for key, value in data.items() if value is not None or key not in known}

    @classmethod
    def keys(cls) -> frozenset[str]:
        """Return the keys as a request writes them."""
        return _keys(cls)


@cache
def _keys(model: type[Request]) -> frozenset[str]:
    return frozenset(field.alias or name for name, field in model.model_fields.items())


class CalculatorRequest(Request):
    """What the requests of all calculators share."""

    case: Text | None = None
    pool: Text


def parse(model: type[Model], data: object, *, path: str = "") -> Model:
    """Return `data` as `model`, or raise one PolicyError: an unknown key first, else the first mistake."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        _refuse(model, error, path)


def _refuse(model: type[Request], error: ValidationError, path: str) -> NoReturn:
    found = error.errors(include_url=False)
    first = next((item for item in found if item["type"] == "extra_forbidden"), found[0])
    place = _place(first["loc"])
    raise _translate(model, first, place).below(path) from None


def _translate(model: type[Request], item: ErrorDetails, place: str) -> PolicyError:
    cause = item.get("ctx", {}).get("error")
    if isinstance(cause, PolicyError):
        return cause.below(place)
    kind = item["type"]
    if kind == "extra_forbidden":
        return unknown_field(place, _keys_at(model, item["loc"][:-1]))
    if kind == "missing":
        return PolicyError("missing_field", place, "缺少必填项")
    if kind == "bool_type":
        return PolicyError("bad_value", place, "只接受 true 或 false")
    if kind == "literal_error":
        return unknown_value(place, re.findall(r"'([^']*)'", item["ctx"]["expected"]))
    return PolicyError("bad_value", place, "取值的类型或范围不对")


def unknown_field(place: str, known: Set[str]) -> PolicyError:
    """Return the refusal of a key that nobody reads, offering the nearest known one."""
    name = re.split(r"[.\]]", place)[-1]
    near = get_close_matches(name, sorted(known), n=1)
    hint = f"，是否为 {near[0]}？" if near else ""
    return PolicyError("unknown_field", place, f"没有这个字段{hint}")


def unknown_value(place: str, known: Sequence[str]) -> PolicyError:
    """Return the refusal of a word that the pool does not know."""
    return PolicyError("bad_value", place, f"取值不在范围内，应为：{'、'.join(known)}")


def _place(loc: tuple[int | str, ...]) -> str:
    """Return a location as text: `bills[0].total`. Names of union branches that pydantic adds are left out."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        elif not re.search(r"[\[(]|^(str|int|bool|list|dict|none)$|^function-", part):
            text += f".{part}" if text else part
    return text


def _keys_at(model: type[Request], loc: tuple[int | str, ...]) -> Set[str]:
    """Return the keys known at a location, following nested request models; empty where none is found."""
    current: type[Request] | None = model
    for part in loc:
        if isinstance(part, str) and current is not None:
            current = _nested(current, part) or current
    return current.keys() if current else frozenset()


def _nested(model: type[Request], key: str) -> type[Request] | None:
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            return _request_in(field.annotation)
    return None


def _request_in(annotation: Any) -> type[Request] | None:
    if isinstance(annotation, type) and issubclass(annotation, Request):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _request_in(inner)
        if found is not None:
            return found
    return None
