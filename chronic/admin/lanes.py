"""A person's entitlements drawn as lanes of days over the years: places in hundredths of the width."""
from dataclasses import dataclass, field
from datetime import date

from chronic.models import Entitlement

LONGEST = 8
"""Years that the drawing shows; older ones stand in the table below it."""
LANE = 26
LATE = 70.0


@dataclass(frozen=True)
class Bar:
    x: str
    width: str
    kind: str
    title: str


@dataclass
class Lane:
    label: str
    y: int
    bars: list[Bar] = field(default_factory=list)

    @property
    def late(self) -> bool:
        """Whether the name stands left of the first bar, which begins too near the edge for it."""
        return bool(self.bars) and float(self.bars[0].x[:-1]) > LATE

    @property
    def text_y(self) -> int:
        return self.y + 15


@dataclass
class Lanes:
    """Years as marks, one lane an entitlement, and where today is."""

    first: date
    last: date
    rows: list[Lane] = field(default_factory=list)

    def place(self, day: date) -> float:
        whole = (self.last - self.first).days
        return min(100.0, max(0.0, (day - self.first).days * 100 / whole))

    @property
    def years(self) -> list[dict]:
        return [{"x": f"{self.place(date(year, 1, 1)):.3f}%", "year": year}
                for year in range(self.first.year, self.last.year)]

    @property
    def height(self) -> int:
        return 18 + LANE * len(self.rows) + 16

    def bar(self, starts_on: date, ends_on: date | None, kind: str, title: str) -> Bar | None:
        left, right = self.place(starts_on), self.place(ends_on or self.last)
        return None if right <= left else Bar(f"{left:.3f}%", f"{max(right - left, 0.3):.3f}%", kind, title)


def draw(rows: list[Entitlement], today: date) -> Lanes | None:
    """The lanes of entitlements whose periods are fetched; None where nothing was ever granted."""
    days = [period.starts_on for row in rows for period in row.periods.all()]
    if not days:
        return None
    ends = [period.ends_on for row in rows for period in row.periods.all() if period.ends_on]
    last = max(day.year for day in (today, *days, *ends)) + 1
    first = max(min(days).year, last - LONGEST)
    lanes = Lanes(date(first, 1, 1), date(last, 1, 1))
    for number, row in enumerate(rows):
        lane = Lane(row.unit_name, 18 + LANE * number)
        stretches = [_stretch(period) for period in row.periods.all()]
        lane.bars = [bar for one in stretches if (bar := lanes.bar(*one)) is not None]
        lanes.rows.append(lane)
    return lanes


def _stretch(period) -> tuple:
    words = f"{period.starts_on} 至 {period.last_day or '长期'}"
    kind = "over" if period.voided else "granted"
    return period.starts_on, period.ends_on, kind, f"{words}{'（已作废）' if period.voided else ''} {period.end_reason}"


def now_mark(lanes: Lanes | None, today: date) -> str:
    return f"{lanes.place(today):.3f}%" if lanes else ""
