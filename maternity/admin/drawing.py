"""The months of contribution around an event as a drawing: a square a month, made by the server."""
from dataclasses import dataclass
from datetime import date

from maternity.models import BirthEvent
from maternity.services import Months, Window
from policy.periods import add_months

BEFORE, AFTER = 12, 12
STEP, SIZE, LEFT = 34, 30, 74
LABELLED = 11
"""A first month from here on leaves no room for its year before the next one's."""


@dataclass(frozen=True)
class Square:
    x: int
    kind: str
    title: str
    word: str = ""


@dataclass(frozen=True)
class Mark:
    x: int
    label: str
    kind: str
    y: int = 12


@dataclass(frozen=True)
class Drawing:
    """Two lanes of months, and the days that matter above them."""

    width: int
    maternity: list[Square]
    medical: list[Square]
    years: list[Mark]
    marks: list[Mark]


def draw(event: BirthEvent, months: Months, window: Window, today: date) -> Drawing:
    """From a year before the event to a year after it."""
    month = event.happened_on.replace(day=1)
    first = add_months(month, -BEFORE)
    last = add_months(month, AFTER)
    shown = [first]
    while shown[-1] < last:
        shown.append(add_months(shown[-1], 1))
    run = _run(months)
    paid, covered = set(months.paid), set(months.covered)
    return Drawing(
        width=LEFT + STEP * len(shown) + 12,
        maternity=[_square(shown, row, row in paid, "run" if row in run else "paid", "生育保险费") for row in shown],
        medical=[_square(shown, row, row in covered, "medical", "医疗保险费") for row in shown],
        years=[Mark(_x(shown, row), f"{row.year}年", "") for row in shown
               if row.month == 1 or (row == first and row.month < LABELLED)],
        marks=[
            Mark(_x(shown, day.replace(day=1)) + round((day.day - 1) * SIZE / 31), label, kind, 12 + 13 * (number % 2))
            for number, (day, label, kind) in enumerate(_days(event, window, today))
            if first <= day < add_months(last, 1)
        ],
    )


def _run(months: Months) -> set[date]:
    """The unbroken run that counts."""
    found: set[date] = set()
    month = months.first_month
    while month is not None and months.until is not None and month <= months.until:
        found.add(month)
        month = add_months(month, 1)
    return found


def _square(shown: list[date], month: date, there: bool, kind: str, what: str) -> Square:
    word = f"{month.year}年{month.month}月：{what}{'已缴' if there else '未缴'}"
    return Square(_x(shown, month), kind if there else "none", word, str(month.month))


def _x(shown: list[date], month: date) -> int:
    return LEFT + STEP * ((month.year - shown[0].year) * 12 + month.month - shown[0].month)


def _days(event: BirthEvent, window: Window, today: date) -> list[tuple[date, str, str]]:
    days = [
        (event.happened_on, event.get_event_display(), "event"), (window.opens_on, "可申领", "opens"),
        (window.closes_on, "截止", "closes"), (today, "今天", "today"),
    ]
    return sorted((row for row in days if row[0] is not None), key=lambda row: row[0])
