"""Working days and due dates, from the table the bureau keeps.

A day without a row follows the week, Monday to Friday: the State Council publishes a year's holidays only in the
November before. Days are counted as in the time limits of service items: the day of the event itself does not
count, so a limit of one working day from a Friday is the next Monday.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from casework.models import WorkDay

_DUE_DATES = """
WITH in_force AS (
    SELECT DISTINCT ON (step) step, working_days FROM casework_timelimit
    WHERE matter = %(matter)s AND step IN ('', %(step)s) AND valid_from <= %(day)s AND region_code = ANY(%(areas)s)
    ORDER BY step, array_position(%(areas)s, region_code::text) DESC, valid_from DESC)
SELECT CASE WHEN %(whole)s THEN
           (SELECT casework_add_working_days(%(day)s, working_days) FROM in_force WHERE step = '') END,
       (SELECT casework_add_working_days(%(day)s, working_days) FROM in_force WHERE step <> ''),
       CASE WHEN %(stopped_on)s::date IS NOT NULL THEN casework_working_days(%(stopped_on)s, %(day)s) END
"""


@dataclass(frozen=True)
class DueDates:
    """When the whole case and the awaited step are due; None where no limit is known.

    `pause`: the working days for which the clock has stood, if it stands.
    """

    case: date | None = None
    step: date | None = None
    pause: int = 0

    def moved(self, due_on: date | None) -> date | None:
        """The due date after the pause: later by the working days during which the clock stood."""
        return add_working_days(due_on, self.pause) if due_on and self.pause else due_on


def add_working_days(day: date, n: int) -> date:
    """The n-th working day after `day`; `day` itself for 0. One query."""
    if n < 0:
        raise ValueError("working days are counted forward")
    found: date | None = _one("SELECT casework_add_working_days(%s, %s)", [day, n])
    if found is None:
        raise ValueError(f"the calendar has no {n} working days after {day}")
    return found


def working_days_between(a: date, b: date) -> int:
    """How many working days lie after `a`, up to and including `b`; 0 if `b` is not later. One query.

    `add_working_days(a, working_days_between(a, b))` is `b` again if `b` is worked.
    """
    return int(_one("SELECT casework_working_days(%s, %s)", [a, b]))


def is_workday(day: date) -> bool:
    """Whether the day is worked: by the table, else by the week."""
    known = WorkDay.objects.filter(day=day).values_list("is_workday", flat=True).first()
    return day.isoweekday() < 6 if known is None else known


def is_provisional(day: date) -> bool:
    """Whether nothing official is known yet of this day, so that a due date beyond it may still move."""
    known = WorkDay.objects.filter(day=day).values_list("provisional", flat=True).first()
    return True if known is None else known


def missing_year(on: date) -> int | None:
    """The next year if `on` lies in the last 45 days of this one and nothing official is known of it yet."""
    new_year = date(on.year + 1, 1, 1)
    if (new_year - on).days > 45 or WorkDay.objects.filter(day__year=new_year.year, provisional=False).exists():
        return None
    return new_year.year


def due_dates(
    matter: str, step: str, region_code: str, day: date, *, stopped_on: date | None = None, whole: bool = True
) -> DueDates:
    """When a case registered (if `whole`), or a step awaited, from `day` on is due. One query.

    The limit of the smallest area that contains the region holds, and of these the latest in force on `day`.
    """
    areas = ["", f"{region_code[:2]}0000", f"{region_code[:4]}00", region_code[:6]]
    asked: dict[str, Any] = {
        "matter": matter, "step": step, "day": day, "areas": areas, "stopped_on": stopped_on, "whole": whole,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE_DATES, asked)
        case, awaited, pause = cursor.fetchone()
    return DueDates(case, awaited if step else None, pause or 0)


def _one(sql: str, values: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]
