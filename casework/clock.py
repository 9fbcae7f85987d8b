"""Which day it is at the bureau. The doors take the time; services and policy are given it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

BUREAU_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC. Only doors call this."""
    return timezone.now()


def bureau_day(at: datetime) -> date:
    """The calendar day in Asia/Shanghai at the moment `at`. A naive datetime is a programming error."""
    if at.tzinfo is None:
        raise ValueError("a naive datetime has no bureau day")
    return at.astimezone(BUREAU_ZONE).date()
