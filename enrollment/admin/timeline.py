"""The timeline of a person's insurance and benefit windows, drawn by the server: places in hundredths of its width."""
from dataclasses import dataclass, field
from datetime import date

from enrollment.models import BenefitWindow, InsurancePeriod
from enrollment.models.relations import Scheme

LONGEST = 12
"""Years that a timeline shows; older ones stand in the tables below it."""
YEARS_LABELLED = 12


@dataclass(frozen=True)
class Bar:
    """A stretch of days: where it lies, how it is drawn, and its words."""

    x: str
    width: str
    kind: str
    title: str
    label: str = ""


@dataclass
class Timeline:
    """Two lanes over the same years: insured, and entitled to benefits."""

    first: date
    last: date
    years: list[dict] = field(default_factory=list)
    insured: list[Bar] = field(default_factory=list)
    entitled: list[Bar] = field(default_factory=list)
    now: str = ""
    shortened: bool = False

    def place(self, day: date) -> float:
        whole = (self.last - self.first).days
        return min(100.0, max(0.0, (day - self.first).days * 100 / whole))

    def bar(self, starts_on: date, ends_on: date | None, kind: str, title: str, label: str = "") -> Bar | None:
        """The part of a stretch that lies within the years shown; None if there is none."""
        left, right = self.place(starts_on), self.place(ends_on or self.last)
        if right <= left:
            return None
        label = label if right - left > 7 else ""
        return Bar(f"{left:.3f}%", f"{max(right - left, 0.25):.3f}%", kind, title, label)


def draw(periods: list[InsurancePeriod], windows: list[BenefitWindow], today: date) -> Timeline | None:
    """The timeline of what holds or held; None for a person never insured."""
    standing = [row for row in periods if not row.voided]
    if not standing and not windows:
        return None
    days = [row.starts_on for row in (*standing, *windows)]
    ends = [row.ends_on for row in (*standing, *windows) if row.ends_on]
    last = max(today.year, *(day.year for day in (*days, *ends)))
    first = min(day.year for day in days)
    shown = max(first, last - LONGEST + 1)
    line = Timeline(date(shown, 1, 1), date(last + 1, 1, 1), shortened=first < shown)
    line.now = f"{line.place(today):.3f}%"
    line.years = [
        {"x": f"{line.place(date(year, 1, 1)):.3f}%", "year": year} for year in range(shown, last + 1)
    ]
    line.insured = _bars(line, (_period(row) for row in standing))
    line.entitled = _bars(line, (stretch for row in reversed(windows) for stretch in _window(row)))
    return line


def _bars(line: Timeline, stretches) -> list[Bar]:
    return [bar for stretch in stretches if (bar := line.bar(*stretch)) is not None]


def _period(row: InsurancePeriod) -> tuple:
    name = Scheme(row.scheme).label
    return row.starts_on, row.ends_on, row.scheme, f"{name} {_days(row)}", name


def _window(row: BenefitWindow) -> list[tuple]:
    """The wait and the window of a decision; a decision against benefits is drawn as such."""
    words = f"{row.get_scheme_display()} {_days(row)}：{row.reason}（{row.rule}）"
    if not row.entitled:
        return [(row.starts_on, row.ends_on, "none", f"不享受待遇 {words}", "不享受")]
    wait = f"等待期 {row.decides_from} 起，{row.starts_on} 享受待遇"
    waits = row.wait_months and row.decides_from < row.starts_on
    waiting = [(row.decides_from, row.starts_on, "wait", wait, "等待期")] if waits else []
    return [*waiting, (row.starts_on, row.ends_on, "window", f"享受待遇 {words}", "享受待遇")]


def _days(row) -> str:
    return f"{row.starts_on} 至 {row.last_day or '长期'}"
