"""Keeping the working-day calendar and the time limits."""

from datetime import date, datetime, timedelta

import chinese_calendar
from django.db import transaction

from casework import audit
from casework.errors import Refused
from casework.models import Officer, TimeLimit, WorkDay

FIRST_YEAR = 2024


@transaction.atomic
def set_workday(*, day: date, is_workday: bool, name: str = "", by: Officer, at: datetime) -> WorkDay:
    """Say of one day whether it is worked (节假日、调休). The bureau's word outlasts every later bulk load."""
    _refuse_unless(by, "casework.change_workday")
    found = WorkDay.objects.select_for_update().filter(day=day).first()
    before = {"is_workday": found.is_workday, "name": found.name} if found else None
    kept, _ = WorkDay.objects.update_or_create(
        day=day, defaults={"is_workday": is_workday, "name": name, "provisional": False, "edited_by": by}
    )
    audit.record(
        action="set_workday",
        label="改工作日历",
        by=by,
        at=at,
        subject=f"workday:{day:%Y-%m-%d}",
        region_code=by.region_code,
        detail={"before": before, "after": {"is_workday": is_workday, "name": name}},
    )
    return kept


@transaction.atomic
def set_time_limit(
    *, matter: str, step: str, region_code: str, valid_from: date, working_days: int, article: str, by: Officer,
    at: datetime,
) -> TimeLimit:
    """Set how long a matter or a step may take from a day on. Cases already registered keep their due date."""
    _refuse_unless(by, "casework.change_timelimit")
    if not 1 <= working_days <= 250:
        raise Refused("working_days_range", "办理时限须为1至250个工作日。")
    if not article.strip():
        raise Refused("article_required", "请写明办理时限的依据。")
    limit, _ = TimeLimit.objects.update_or_create(
        matter=matter,
        step=step,
        region_code=region_code,
        valid_from=valid_from,
        defaults={"working_days": working_days, "article": article.strip()},
    )
    audit.record(
        action="set_time_limit",
        label="改办理时限",
        by=by,
        at=at,
        subject=f"timelimit:{matter}:{step}:{region_code}:{valid_from:%Y-%m-%d}",
        region_code=by.region_code,
        detail={"working_days": working_days, "article": article.strip()},
    )
    return limit


@transaction.atomic
def load_workdays(*, first_year: int = FIRST_YEAR) -> tuple[int, int]:
    """Load the official calendar (国务院办公厅) as far as it is published; the days kept, the last year known.

    Days that an officer has edited stay as they are. Safe to run again.
    """
    last_year = _last_known_year()
    edited = set(WorkDay.objects.exclude(edited_by=None).values_list("day", flat=True))
    days = [_official(day) for day in _days(first_year, last_year) if day not in edited]
    WorkDay.objects.bulk_create(
        days, update_conflicts=True, unique_fields=["day"], update_fields=["is_workday", "name", "provisional"]
    )
    return len(days), last_year


def _official(day: date) -> WorkDay:
    is_holiday, name = chinese_calendar.get_holiday_detail(day)
    chinese = chinese_calendar.Holiday(name).chinese if name else ""
    if chinese and not is_holiday:
        chinese += "调休上班"
    return WorkDay(day=day, is_workday=not is_holiday, name=chinese)


def _last_known_year() -> int:
    return int(max(chinese_calendar.constants.holidays).year)


def _days(first_year: int, last_year: int) -> list[date]:
    first, end = date(first_year, 1, 1), date(last_year + 1, 1, 1)
    return [first + timedelta(days=n) for n in range((end - first).days)]


def _refuse_unless(by: Officer, permission: str) -> None:
    if not by.may(permission):
        raise Refused("no_permission", "您的岗位不能改动工作日历和办理时限，请由主管办理。")
