"""The request's own figures (`parameters`, readings O-1 and R-13): names and values checked against a pack.

A request may supply a figure that the source leaves out or that is damaged, for itself only; a name that the
pool does not know, or whose figure the source prints, is an `unknown_field`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from policy import money
from policy.errors import PolicyError
from policy.pack_figures import Table
from policy.pack_values import Value
from policy.request import ratio

_OPEN = {"missing", "unverified"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A name (or a pattern with a year) under which requests may supply one cell."""

    name: str
    table: Table
    row: tuple[str, ...]

    @property
    def yearly(self) -> bool:
        return "{year}" in self.table.parameter


def index(tables: Iterable[Table]) -> dict[str, Parameter]:
    """All parameters of a pack; the year of a yearly one stands as `{year}`."""
    found: dict[str, Parameter] = {}
    for table in tables:
        if not table.parameter:
            continue
        for row, line in table.cells.items():
            if table.use == "replaces" or any(figure.status in _OPEN for figure in line):
                name = table.parameter.replace("{year}", "{{year}}").format(**table.named(row))
                found.setdefault(name, Parameter(name, table, row))
    return found


def read(parameters: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Value]:
    """The supplied figures by name. Raises PolicyError `unknown_field`, or what is wrong with a value."""
    made = {}
    for name, raw in given.items():
        if raw is None:
            continue
        path = f"parameters.{name}"
        parameter = _find(parameters, name)
        if parameter is None:
            raise PolicyError("unknown_field", path, _unknown(parameters, name))
        try:
            made[name] = _value(parameter.table.unit, raw)
        except PolicyError as error:
            raise PolicyError(error.code, path, error.message) from None
    return made


def _find(parameters: Mapping[str, Parameter], name: str) -> Parameter | None:
    if name in parameters:
        return None if parameters[name].yearly else parameters[name]
    year = re.search(r"[0-9]{4}", name)
    if year is None or year[0] == "0000":
        return None
    found = parameters.get(name.replace(year[0], "{year}", 1))
    if found is None or not found.yearly:
        return None
    figure = found.table.at(found.row, date(int(year[0]), 1, 1))
    return found if figure is None or figure.status in _OPEN else None


def _unknown(parameters: Mapping[str, Parameter], name: str) -> str:
    near = get_close_matches(name, list(parameters), 1, 0.6)
    hint = f"，是否为“{near[0]}”" if near else ""
    return f"“{name[:60]}”不是可以补充的政策参数（未知，或原文已有规定）{hint}"


def _value(unit: str, raw: Any) -> Value:
    if unit == "元":
        amount = money.yuan(raw)
        return Value("money", amount, unit, f"{amount}元")
    if unit == "%":
        share = ratio(raw)
        return Value("ratio", share, unit, f"{_plain(share * 100)}%")
    raise PolicyError("bad_value", "", "该参数不能在请求中补充")


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
