"""From when and until when a benefit may be claimed."""

from dataclasses import dataclass
from datetime import date

from maternity.models import Benefit, BirthEvent, ClaimPeriod
from maternity.services.months import Months
from policy.periods import add_days, add_months

TWO_CATEGORIES = ("flexible", "unemployed")


@dataclass(frozen=True, kw_only=True)
class Window:
    """The first and the last day of a claim; None where there is no limit or it is not known. `leave_ends` is the
    last payable day, `reached_on` the day on which the months are complete by the transition."""

    opens_on: date | None = None
    closes_on: date | None = None
    leave_ends: date | None = None
    reached_on: date | None = None
    rule: str = ""
    article: str = ""


def window_of(
    event: BirthEvent, kind: str, worker: str | None, months: Months, days: int | None, today: date, *, needed: int
) -> Window:
    """The window of a benefit, by the dated table of time limits (BZ-EMP-17.1).

    It opens after the payable days, and not before the right arises by the transition of 2025 (BZ-EMP-16.1); the
    months of the limit run from the event, or from when the right arises if that is later (BZ-AMB-28)."""
    period = ClaimPeriod.objects.valid_on(today).filter(benefit=kind, worker=worker or "").first()
    opens, counted, ends, reached = event.happened_on, event.happened_on, None, None
    if kind == Benefit.ALLOWANCE and worker in TWO_CATEGORIES and months.at_event < needed:
        reached = months.reached_on
        opens = counted = max(opens, reached) if reached else opens
    if kind == Benefit.ALLOWANCE and days:
        ends = add_days(event.happened_on, days - 1)
    if period is None:
        return Window(opens_on=opens, leave_ends=ends, reached_on=reached)
    if period.after_leave:
        opens = max(opens, add_days(ends, 1)) if ends else None
    return Window(
        opens_on=opens, closes_on=add_months(counted, period.months), leave_ends=ends, reached_on=reached,
        rule=period.rule, article=period.article,
    )
