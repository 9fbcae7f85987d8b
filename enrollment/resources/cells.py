"""How cells are read and written: days, inclusive ends, codes by their labels, numbers."""
from collections.abc import Iterable
from datetime import date
from typing import Any

from import_export import widgets

from policy import idnumber, periods
from policy.errors import PolicyError


class DayWidget(widgets.Widget):
    """A day written YYYY-MM-DD."""

    def clean(self, value: str | None, row: Any = None, **_: Any) -> date | None:
        if not value:
            return None
        try:
            return periods.parse_day(value)
        except PolicyError as error:
            raise ValueError(f"{error.message}（DATE_FORMAT）") from error

    def render(self, value: date | None, obj: Any = None, **_: Any) -> str:
        return value.isoformat() if value else ""


class LastDayWidget(DayWidget):
    """A half-open end, written as the last inclusive day; 9999-12-31 is open."""

    def clean(self, value: str | None, row: Any = None, **kwargs: Any) -> date | None:
        day = super().clean(value, row, **kwargs)
        return None if day is None or day == date.max else periods.add_days(day, 1)

    def render(self, value: date | None, obj: Any = None, **_: Any) -> str:
        return periods.add_days(value, -1).isoformat() if value else ""


class ChoiceWidget(widgets.Widget):
    """A code, written as its Chinese label; either is read."""

    def __init__(self, choices: Iterable[tuple[Any, str]], default: Any = "") -> None:
        super().__init__()
        self.label_of = {value: str(label) for value, label in choices}
        self.value_of = {**{str(value): value for value in self.label_of}, **{v: k for k, v in self.label_of.items()}}
        self.default = default

    def clean(self, value: str | None, row: Any = None, **_: Any) -> Any:
        if not value:
            return self.default
        if value not in self.value_of:
            raise ValueError(f"应为{'、'.join(self.label_of.values())}之一（CODE_UNKNOWN）")
        return self.value_of[value]

    def render(self, value: Any, obj: Any = None, **_: Any) -> str:
        return self.label_of.get(value, "")


class NumberWidget(widgets.CharWidget):
    """An identity number, normalised, so that a known person is found however it was typed."""

    def clean(self, value: str | None, row: Any = None, **_: Any) -> str:
        return idnumber.normalise(value or "").upper()


YES_NO = [(True, "是"), (False, "否")]
