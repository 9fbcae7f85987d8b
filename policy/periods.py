"""Days and half-open periods `[start, end)`. What the rules call "to 31 December" ends on 1 January here."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from policy.errors import PolicyError

ONE_DAY = timedelta(days=1)
_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` up to, not including, `end`; `end` None is open. An empty period is refused."""

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise PolicyError("bad_period", "", f"期间的结束日不得早于开始日：{self.start} 至 {self.end - ONE_DAY}")

    @classmethod
    def inclusive(cls, first: date, last: date | None) -> Period:
        """Return the period from `first` to `last`, both included; None and 9999-12-31 mean open."""
        if last is None or last == date.max:
            return cls(first)
        if last < first:
            raise PolicyError("bad_period", "", f"期间的结束日不得早于开始日：{first} 至 {last}")
        return cls(first, last + ONE_DAY)

    @classmethod
    def year(cls, year: int) -> Period:
        """Return the natural year."""
        return cls.inclusive(date(year, 1, 1), date(year, 12, 31))

    @property
    def last_day(self) -> date | None:
        """The inclusive end that screens and files show; None when open."""
        return None if self.end is None else self.end - ONE_DAY

    def contains(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: Period) -> bool:
        return (other.end is None or self.start < other.end) and (self.end is None or other.start < self.end)

    def intersect(self, other: Period) -> Period | None:
        """Return the days in both, or None when there are none."""
        if not self.overlaps(other):
            return None
        ends = [end for end in (self.end, other.end) if end is not None]
        return Period(max(self.start, other.start), min(ends) if ends else None)


def parse_day(text: object) -> date:
    """Return the day written strictly as `YYYY-MM-DD` in ASCII digits; all else is `bad_date`."""
    if not isinstance(text, str) or _WRITTEN.fullmatch(text) is None:
        raise PolicyError("bad_date", "", "日期须写成 YYYY-MM-DD，如 2025-03-01")
    try:
        return date(int(text[:4]), int(text[5:7]), int(text[8:]))
    except ValueError:
        raise PolicyError("bad_date", "", f"没有这一天：{text}") from None


def add_months(day: date, months: int) -> date:
    """Return the same day of the month `months` later, or that month's last day if it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not date.min.year <= year <= date.max.year:
        raise PolicyError("bad_date", "", f"日期超出可计算的范围：{day} 加 {months} 个月")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_days(day: date, days: int) -> date:
    """Return the day `days` later; refuses what lies outside the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise PolicyError("bad_date", "", f"日期超出可计算的范围：{day} 加 {days} 天") from None


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def age_on(birth_date: date, day: date) -> int:
    """Return the completed years of age (周岁) on `day`: reached on the birthday; born on 29 February, on 1 March
    of a common year."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
