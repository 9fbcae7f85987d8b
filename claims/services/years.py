"""Opening and closing of a year. A bill belongs to the year of its discharge or visit (the pool's anchor)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from casework import audit, rows
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer
from claims.models import YearClosing
from policy import regions

HOLD = "SELECT pg_advisory_xact_lock_shared(7201, year) FROM unnest(%s::int[]) AS year ORDER BY year"
CLOSED = """
SELECT c.year FROM claims_yearclosing c JOIN enrollment_person p ON left(p.region_code, 4) || '00' = c.region_code
 WHERE p.id = %s AND c.year = ANY(%s) AND c.reopened_at IS NULL ORDER BY c.year
"""


def held_open(person_id: int, years: Iterable[int]) -> list[rows.Statement]:
    """The statements that keep these years from being closed until the transaction ends, and find the closed ones.

    The answer to the last is for `refuse_closed`."""
    wanted = sorted(set(years))
    return [rows.Statement(HOLD, [wanted]), rows.Statement(CLOSED, [person_id, wanted])]


def refuse_closed(answer: rows.Answer) -> None:
    """Refuse to settle in a year that is closed."""
    if answer.rows:
        closed = "、".join(str(year) for (year,) in answer.rows)
        raise Refused("YEAR_CLOSED", f"{closed}年度已关账，不能再结算或冲销；确需办理的，由主管重开该年度。")


def check_open(person_id: int, years: Iterable[int]) -> None:
    """Refuse if a year is closed; keep it from being closed until the transaction ends. One query."""
    refuse_closed(rows.run(*held_open(person_id, years))[-1])


@transaction.atomic
def close_year(*, year: int, region_code: str, by: Officer, at: datetime) -> YearClosing:
    """Close a year of the pool: from now on it takes no settlement and no reversal.

    Waits for settlements in hand. Refuses a year that has not ended, one that is closed, and whoever may not."""
    city = _city(region_code, by)
    if year >= bureau_day(at).year:
        raise Refused("YEAR_NOT_OVER", f"{year}年度尚未结束，不能关账。")
    rows.run(rows.Statement("SELECT pg_advisory_xact_lock(7201, %s)", [year]))
    if standing(year, city) is not None:
        raise Refused("YEAR_CLOSED", f"{year}年度已经关账。")
    closing: YearClosing = YearClosing.objects.create(year=year, region_code=city, closed_by=by, closed_at=at)
    _note(closing, "close_year", "年度关账", by, at)
    return closing


@transaction.atomic
def reopen_year(*, year: int, region_code: str, reason: str, by: Officer, at: datetime) -> YearClosing:
    """Open a closed year again, with the reason; not by whoever closed it."""
    city = _city(region_code, by)
    rows.run(rows.Statement("SELECT pg_advisory_xact_lock(7201, %s)", [year]))
    closing = standing(year, city)
    if closing is None:
        raise Refused("YEAR_OPEN", f"{year}年度没有关账，无须重开。")
    if not reason.strip():
        raise Refused("REASON_MISSING", "请填写重开年度的原因。")
    if closing.closed_by_id == by.pk:
        raise Refused("same_officer", "关账与重开不得为同一人，请转由他人办理。")
    closing.reopened_by, closing.reopened_at, closing.reason = by, at, reason.strip()[:500]
    closing.save(update_fields=["reopened_by", "reopened_at", "reason"])
    _note(closing, "reopen_year", "重开年度", by, at)
    return closing


def standing(year: int, city: str) -> YearClosing | None:
    """The closing in force of a year in a pool."""
    return YearClosing.objects.filter(year=year, region_code=city, reopened_at=None).first()


def _city(region_code: str, by: Officer) -> str:
    city = f"{region_code[:4]}00"
    if not by.may("claims.close_year"):
        raise Refused("no_permission", "您的岗位不能办理年度关账和重开。")
    if not regions.contains(by.region_code, city):
        raise Refused("out_of_jurisdiction", "年度关账和重开由统筹区（市级）主管办理。")
    return city


def _note(closing: YearClosing, action: str, label: str, by: Officer, at: datetime) -> None:
    audit.record(
        action=f"claims.{action}", label=label, by=by, at=at, region_code=closing.region_code,
        subject=f"claims.year:{closing.region_code}:{closing.year}", note=closing.reason, detail={"year": closing.year},
    )
