"""The rules that `coverage` asks, each a named shape: it decides, or returns None and the next one is asked.

Their figures and the order in which a pool asks them stand in the pool's pack.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from pydantic import Field

from policy.calculator import Spec
from policy.pack import Pack
from policy.pack_figures import Figure
from policy.periods import add_months, first_of_month
from policy.request import CalculatorRequest, Day, Request
from policy.vocabulary import Count, Scheme, Year


class YearPaid(Request):
    """A year in which the person was insured."""

    year: Year
    scheme: Literal["employee", "resident", "none"]
    paid_on: Day | None = None


class Switch(Request):
    """The insurance that the person comes from."""

    scheme: Scheme
    years_insured: Count
    gap_months: Count


class Asked(CalculatorRequest):
    """Request of `coverage`."""

    scheme: Scheme
    birth_date: Day
    for_year: Year
    status: Literal["ordinary", "newborn", "ex_soldier", "released", "exempt"] = "ordinary"
    history: list[YearPaid] = Field(default_factory=list)
    paid_on: Day | None = None
    repaired_months: Count = 0
    next_year_paid_on: Day | None = None
    switched_from: Switch | None = None
    arrears_months: Count = 0
    first_time: bool = False


class Step(Spec):
    """One rule of a scheme's chain; the rule IDs that no figure carries."""

    shape: Literal[
        "unpaid", "unpaid_monthly", "newborn", "exempt", "switch", "transfer", "arrears", "first_time", "monthly",
        "yearly", "window",
    ]  # fmt: skip
    rule: str = ""
    statuses: list[str] = Field(default_factory=list)
    late: Literal["", "from_payment", "next_rule"] = ""
    late_rule: str = ""
    next_year_rule: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule decides: the first day of benefits, and the months waited for it."""

    starts_on: date | None
    rule: str
    reason: str
    entitled: bool = True
    ends_on: date | None = None
    fixed_months: int = 0
    variable_months: int = 0
    repairable_months: int = 0

    def denied(self, reason: str) -> Outcome:
        """The same rule, but no benefits."""
        return replace(self, entitled=False, starts_on=None, ends_on=None, reason=reason)


@dataclass(frozen=True, slots=True)
class Facts:
    """The request with the figures of its year."""

    asked: Asked
    pack: Pack

    def figure(self, name: str) -> Figure:
        return self.pack.figure(f"coverage.{name}", on=date(self.asked.for_year, 1, 1))

    @property
    def paid_on(self) -> date:
        """The day of payment; only rules after `unpaid` ask for it."""
        assert self.asked.paid_on is not None
        return self.asked.paid_on

    @property
    def base(self) -> date:
        """The day of payment, for a yearly premium not before its year begins."""
        if self.asked.scheme == "employee":
            return self.paid_on
        return max(self.paid_on, date(self.asked.for_year, 1, 1))

    def waiting(self, wait: Figure, reason: str) -> Outcome:
        """A fixed wait from the day of payment."""
        start = max(add_months(self.paid_on, wait.value), self.base)
        return Outcome(start, wait.rule, f"{reason}，等待期{wait.value}个月", fixed_months=wait.value)

    def missed_years(self) -> int:
        """Count the years without basic insurance directly before `for_year`, either scheme, from the first rule year
        or the birth year on (BZ-RES-10.3, BZ-AMB-20)."""
        insured = {entry.year for entry in self.asked.history if entry.scheme != "none"}
        first: int = max(self.figure("gap.first_year").value, self.asked.birth_date.year)
        year = self.asked.for_year - 1
        while year >= first and year not in insured:
            year -= 1
        return max(0, self.asked.for_year - 1 - max(year, first - 1))


def unpaid(facts: Facts, step: Step) -> Outcome | None:
    """A yearly premium not paid gives nothing."""
    if facts.asked.paid_on is not None:
        return None
    return Outcome(None, step.rule, "").denied("未缴纳本年度保费，不享受待遇")


def unpaid_monthly(facts: Facts, step: Step) -> Outcome | None:
    """Employees in arrears keep their benefits through the tolerated months (BZ-EMP-23.1)."""
    asked = facts.asked
    if asked.paid_on is not None:
        return None
    tolerated = facts.figure("arrears.tolerated")
    outcome = Outcome(None, tolerated.rule, f"欠费{asked.arrears_months}个月，尚未暂停待遇")
    if asked.first_time:
        return replace(outcome, rule=step.rule).denied("首次参保尚未缴费，不享受待遇")
    if asked.arrears_months > tolerated.value:
        return outcome.denied(f"欠费已到第{asked.arrears_months}个月，待遇暂停")
    return outcome


def newborn(facts: Facts, step: Step) -> Outcome | None:
    """A newborn in the birth year: registered in time, covered from birth (BZ-RES-7.1, CC-33.1, CC-33.3)."""
    asked = facts.asked
    if asked.status != "newborn" or asked.birth_date.year != asked.for_year:
        return None
    limit = facts.figure("newborn.days")
    if _in_time(facts, asked.paid_on, limit):
        return Outcome(asked.birth_date, limit.rule, f"出生后{limit.value}天内缴费，自出生之日起享受待遇")
    if step.next_year_rule and _in_window(facts, asked.next_year_paid_on, limit):
        return Outcome(asked.birth_date, step.next_year_rule, "在集中缴费期内登记并缴纳次年保费，自出生之日起享受待遇")
    if step.late == "next_rule":
        return None
    return Outcome(facts.paid_on, step.late_rule, f"出生超过{limit.value}天缴费，自缴费之日起享受待遇")


def exempt(facts: Facts, step: Step) -> Outcome | None:
    """Ex-soldiers, released persons and others freed from waiting (BZ-GEN-19.2, BZ-AMB-39).

    Those who work are employees like others (BZ-GEN-19.1): the pack names the statuses of each scheme.
    """
    if facts.asked.status not in step.statuses:
        return None
    return Outcome(facts.base, step.rule, "免待遇等待期，自缴费之日起享受待遇")


def switch(facts: Facts, step: Step) -> Outcome | None:
    """A change between the schemes after enough years (BZ-GEN-26.1, BZ-GEN-26.2)."""
    origin = facts.asked.switched_from
    if origin is None or origin.scheme == facts.asked.scheme:
        return None
    if origin.years_insured < facts.figure("switch.insured_years").value:
        return None
    gap = facts.figure("switch.gap")
    if origin.gap_months <= gap.value:
        return Outcome(facts.base, gap.rule, f"跨制度转入，中断不超过{gap.value}个月，自缴费之日起享受待遇")
    return facts.waiting(facts.figure("switch.wait"), f"跨制度转入，中断超过{gap.value}个月")


def transfer(facts: Facts, step: Step) -> Outcome | None:
    """A transfer within the scheme from another pooling area (BZ-EMP-21.2, BZ-EMP-21.3)."""
    origin = facts.asked.switched_from
    if origin is None or origin.scheme != facts.asked.scheme:
        return None
    gap = facts.figure("transfer.gap")
    if origin.gap_months <= gap.value:
        reason = f"转移接续，中断不超过{gap.value}个月，缴费当月享受待遇"
        return Outcome(first_of_month(facts.paid_on), gap.rule, reason)
    return facts.waiting(facts.figure("transfer.wait"), f"转移接续，中断超过{gap.value}个月")


def arrears(facts: Facts, step: Step) -> Outcome | None:
    """Arrears that have been paid (BZ-EMP-23.2 to 23.4)."""
    months = facts.asked.arrears_months
    if months == 0:
        return None
    back, clearing = facts.figure("arrears.covered_back"), facts.figure("arrears.from_clearing")
    if months <= back.value:
        start = first_of_month(add_months(facts.paid_on, -months))
        return Outcome(start, back.rule, f"欠费{months}个月已补缴，中断期间待遇追溯享受")
    if months <= clearing.value:
        return Outcome(facts.paid_on, clearing.rule, f"欠费{months}个月，自缴清欠费和滞纳金之日起享受待遇")
    return facts.waiting(facts.figure("arrears.wait"), f"欠费{months}个月")


def first_time(facts: Facts, step: Step) -> Outcome | None:
    """The first enrolment (BZ-EMP-6.1)."""
    return facts.waiting(facts.figure("first.wait"), "初次参保") if facts.asked.first_time else None


def monthly(facts: Facts, step: Step) -> Outcome | None:
    """A monthly premium paid without a break: the month of payment."""
    return Outcome(first_of_month(facts.paid_on), step.rule, "按月缴费，缴费当月享受待遇")


def yearly(facts: Facts, step: Step) -> Outcome | None:
    """A yearly premium: continuous members wait only if late, others longer with each missed year.

    BZ-RES-3.3, BZ-RES-10.2, BZ-RES-10.3, BZ-RES-10.4, BZ-RES-10.5; the missed time is never covered (BZ-RES-10.6).
    """
    missed = facts.missed_years()
    wait = facts.figure("wait")
    if missed == 0:
        return _continuous(facts, facts.asked.for_year, facts.paid_on)
    more = (missed - 1) * facts.figure("gap.months_per_year").value
    least = wait.value
    if missed >= facts.figure("gap.long_years").value:
        least = facts.figure("gap.long_wait").value
    months = max(least, wait.value + max(0, more - facts.asked.repaired_months))
    return Outcome(
        add_months(facts.base, months),
        step.rule if missed == 1 else facts.figure("gap.months_per_year").rule,
        f"此前连续{missed}年未参保，等待期{months}个月",
        fixed_months=wait.value,
        variable_months=months - wait.value,
        repairable_months=max(0, wait.value + more - least),
    )


def window(facts: Facts, step: Step) -> Outcome | None:
    """A collection window before the year, a late one with a wait within it, and none after that (CC-32.2, CC-32.3).

    A newborn who is late comes here as a new member (CC-33.4).
    """
    paid, year = facts.paid_on, facts.asked.for_year
    opens, closes, wait = facts.figure("window.opens"), facts.figure("late.closes"), facts.figure("wait")
    if _on(opens, year - 1) <= paid <= date(year - 1, 12, 31):
        return Outcome(date(year, 1, 1), opens.rule, "集中缴费期内缴费，次年1月1日起享受待遇")
    if date(year, 1, 1) <= paid <= _on(closes, year):
        return facts.waiting(wait, "集中缴费期后缴费")
    return Outcome(None, closes.rule, "").denied("缴费日期不在可为本年度缴费的期间内")


def into_next_year(facts: Facts, running: Outcome) -> Outcome:
    """A wait that ends after the year: benefits only if the next year is paid too, from the later of both starts
    (BZ-AMB-17, reading R-9.5)."""
    paid, year = facts.asked.next_year_paid_on, facts.asked.for_year + 1
    assert running.starts_on is not None
    if paid is None:
        return running.denied("等待期满时本年度已结束，且未缴纳次年保费，不享受待遇")
    own = _continuous(facts, year, paid).starts_on
    assert own is not None
    start, end = max(running.starts_on, own), date(year, 12, 31)
    if start > end:
        return running.denied("等待期满时次年度也已结束，不享受待遇")
    return replace(running, starts_on=start, ends_on=end)


def _continuous(facts: Facts, year: int, paid: date) -> Outcome:
    """The start of a year for a member insured in the year before (BZ-RES-3.1, BZ-RES-3.2)."""
    late = facts.figure("late.from")
    if paid < date(year, 1, 1):
        return Outcome(date(year, 1, 1), late.rule, "上年度已参保，年前缴费，1月1日起享受待遇")
    if paid < _on(late, year):
        return Outcome(paid, late.rule, "上年度已参保，集中缴费期内缴费，自缴费之日起享受待遇")
    wait = facts.figure("wait")
    reason = f"集中缴费期后缴费，等待期{wait.value}个月"
    return Outcome(add_months(paid, wait.value), late.rule, reason, fixed_months=wait.value)


def _in_time(facts: Facts, day: date | None, limit: Figure) -> bool:
    return day is not None and (day - facts.asked.birth_date).days <= limit.value


def _in_window(facts: Facts, day: date | None, limit: Figure) -> bool:
    """Registered in the window of the birth year, and in time (CC-33.2, CC-A27)."""
    if day is None or not _in_time(facts, day, limit):
        return False
    return _on(facts.figure("window.opens"), facts.asked.for_year) <= day <= date(facts.asked.for_year, 12, 31)


def _on(figure: Figure, year: int) -> date:
    month, day = figure.value
    return date(year, month, day)


NEEDS: dict[str, tuple[str, ...]] = {
    "unpaid": (),
    "unpaid_monthly": ("arrears.tolerated",),
    "newborn": ("newborn.days",),
    "exempt": (),
    "switch": ("switch.insured_years", "switch.gap", "switch.wait"),
    "transfer": ("transfer.gap", "transfer.wait"),
    "arrears": ("arrears.covered_back", "arrears.from_clearing", "arrears.wait"),
    "first_time": ("first.wait",),
    "monthly": (),
    "yearly": ("late.from", "wait", "gap.first_year", "gap.months_per_year", "gap.long_years", "gap.long_wait"),
    "window": ("window.opens", "late.closes", "wait"),
}
"""The figures that each shape reads."""

RULES: dict[str, Callable[[Facts, Step], Outcome | None]] = {
    rule.__name__: rule
    for rule in (
        unpaid, unpaid_monthly, newborn, exempt, switch, transfer, arrears, first_time, monthly, yearly, window,
    )
}  # fmt: skip
