"""Random valid person-years for `settle`, one generator a pool.

Everything is drawn from a `random.Random`: a seeded one for long runs (`person_year`), or one that Hypothesis controls
and shrinks (`requests`). Amounts hug the figures of the pool to the fen, days hug the days on which something changes.
"""
import random
from datetime import date, timedelta

from hypothesis import strategies as st

from tests.oracle.common import RELIEF_TAGS

RELIEF = sorted(RELIEF_TAGS)


class Draw:
    """Chances of one person-year."""

    def __init__(self, source: random.Random, figures):
        self.source = source
        self.figures = figures
        self._kept: tuple = ()

    def some(self, share: float) -> bool:
        return self.source.random() < share

    def pick(self, options):
        return self.source.choice(list(options))

    def upto(self, low: int, high: int) -> int:
        return self.source.randint(low, high)

    def subset(self, options, share: float) -> list:
        return [option for option in options if self.some(share)]

    def count(self) -> int:
        """How many bills: mostly few, now and then a year full of them."""
        return self.upto(8, 30) if self.some(0.12) else self.upto(1, 7)

    def benefit(self, options):
        """A benefit: of all, or for this person always of the same few, so that one counter runs full."""
        if not self._kept:
            few = self.some(0.35)
            self._kept = tuple(self.pick(options) for _ in range(self.upto(1, 2))) if few else tuple(options)
        return self.pick(self._kept)

    # ---- money, in fen until it is written

    def fen(self, figures=None) -> int:
        """A cost: beside a figure of the rules, or small, middling or very large."""
        figures = figures or self.figures
        kind = self.source.random()
        if kind < 0.45:
            near = round(self.pick(figures) * 100)
            return max(0, near + self.pick((-1, 0, 0, 1, self.upto(-60, 60))))
        if kind < 0.6:
            return self.upto(1, 3_000_00)
        if kind < 0.8:
            return self.upto(1, 60_000_00)
        return self.upto(1, 900_000_00)

    def written(self, fen: int):
        """The ways in which a request may write money: text with two decimals, fewer, or an integer."""
        whole, rest = divmod(fen, 100)
        if rest == 0 and self.some(0.4):
            return self.pick((whole, str(whole)))
        if rest % 10 == 0 and self.some(0.1):
            return f"{whole}.{rest // 10}"
        return f"{whole}.{rest:02d}"

    def money(self, *figures):
        return self.written(self.fen(figures or None))

    def near_cap(self, cap: int):
        """What an accumulator with this cap may hold at the opening of the request."""
        fen = cap * 100
        return self.written(self.pick((fen, fen - 1, fen - self.upto(0, 3000), self.upto(0, fen), fen // 2)))

    # ---- days

    def near(self, days) -> date:
        """The day of a bill, the day beside it, or some day around the year."""
        anchor = self.pick(days)
        return anchor + timedelta(days=self.pick((0, 0, 1, -1, self.upto(-200, 200))))

    def period(self, days, born: date) -> dict:
        """`from` and `to`, both inclusive; mostly the whole time, often with an edge at a bill."""
        start, end = date(2020, 1, 1), None
        if self.some(0.35):
            start = self.near(days)
        if self.some(0.3):
            end = max(start, self.near(days))
        return {"from": max(start, born).isoformat(), "to": end and max(end, born).isoformat()}

    def split_time(self, days, values) -> list:
        """Consecutive periods, sometimes with a gap of some days, one for each value: `[(value, from, to)]`."""
        cuts = sorted({self.near(days) for _ in values[1:]})
        starts = [date(2020, 1, 1), *cuts]
        ends = [cut - timedelta(days=1 + (self.upto(1, 20) if self.some(0.2) else 0)) for cut in cuts] + [None]
        if self.some(0.15):
            ends[-1] = max(starts[-1], self.near(days))
        answer = []
        for value, start, end in zip(values, starts, ends, strict=False):
            if end is None or start <= end:
                answer.append((value, start.isoformat(), end and end.isoformat()))
        return answer


def bill_days(draw: Draw, years: tuple, count: int) -> list:
    days, close = [], draw.some(0.2)
    for _ in range(count):
        year = draw.pick(years)
        if close:  # within some weeks: the same month, the same course
            days.append(date(year, 6, 20) + timedelta(days=draw.upto(0, 30)))
            continue
        edge = draw.pick((date(year, 1, 1), date(year, 12, 31), date(year, 7, 1)))
        days.append(edge if draw.some(0.08) else date(year, 1, 1) + timedelta(days=draw.upto(0, 364)))
    return days if draw.some(0.1) else sorted(days)


def birthday(draw: Draw, days, ages=(18, 80)) -> date:
    """Some day from 1930 to 2019, or a birthday that falls on or beside a bill."""
    if draw.some(0.2):
        anchor, years = draw.pick(days), draw.pick(ages)
        if (anchor.month, anchor.day) != (2, 29) and anchor.year - years < 2019:
            return anchor.replace(year=anchor.year - years) + timedelta(days=draw.pick((-1, 0, 1)))
    return date(1930, 1, 1) + timedelta(days=draw.upto(0, 89 * 365))


def schemes(draw: Draw, days, employee_share=0.5):
    if draw.some(0.75):
        return "employee" if draw.some(employee_share) else "resident"
    first = draw.pick(("employee", "resident"))
    other = "resident" if first == "employee" else "employee"
    periods = draw.split_time(days, draw.pick(([first], [first, other], [first, other], [first, other, first])))
    return [{"scheme": scheme, "from": start, "to": end} for scheme, start, end in periods]


def tag_list(draw: Draw, days, born, often, seldom=()) -> list:
    chosen = draw.subset(often, 0.4) + draw.subset(seldom, 0.04)
    if draw.some(0.45):
        chosen += [draw.pick(RELIEF) for _ in range(draw.pick((1, 1, 2)))]
    return [{"tag": tag} | draw.period(days, born) for tag in chosen]


def certificate_list(draw: Draw, days, born, diseases) -> list:
    return [{"disease": disease} | draw.period(days, born) for disease in diseases]


RATES = ("0", "0.05", "0.1", "0.15", "0.20", "0.333", "0.45", "1")


def add_cost(draw: Draw, bill: dict, classes=(), missing=0.0, figures=None, first=True) -> None:
    """Total with its parts, or lines of the given `(class, whether it needs a rate)`."""
    eligible = draw.fen(figures)
    own = draw.upto(0, 300_000) if draw.some(0.3) else 0
    if classes and draw.some(0.35):
        bill["lines"] = lines(draw, eligible, own, classes, missing)
        return
    first_fen = draw.upto(0, 100_000) if first and draw.some(0.25) else 0
    bill["total"] = draw.written(eligible + own + first_fen)
    if own or draw.some(0.1):
        bill["own_expense"] = draw.written(own)
    if first_fen or (first and draw.some(0.1)):
        bill["first_self_pay"] = draw.pick((None, 0)) if first_fen == 0 else draw.written(first_fen)


def lines(draw: Draw, whole: int, own: int, classes, missing: float) -> list:
    answer = [{"class": "A", "amount": draw.written(whole)}] if draw.some(0.8) else []
    if own:
        answer.append({"class": "C", "amount": draw.written(own)})
    for _ in range(draw.upto(0, 4)):
        kind, needs_rate = draw.pick(classes)
        line = {"class": kind, "amount": draw.written(draw.pick((draw.upto(1, 99), draw.fen(), draw.upto(1, 500_000))))}
        if needs_rate and not draw.some(missing):
            line["rate"] = draw.pick(RATES)
        answer.append(line)
    return answer or [{"class": "A", "amount": draw.written(whole)}]


def optional(draw: Draw, bill: dict, key: str, values, share: float) -> None:
    """A key that may be absent, null or given."""
    if draw.some(share):
        bill[key] = draw.pick(values)
    elif draw.some(0.1):
        bill[key] = None


def person_year(pool: str, source: random.Random) -> dict:
    from tests.oracle import people  # each pool's generator needs the tools above

    return people.GENERATORS[pool](source)


def requests(pool: str) -> st.SearchStrategy:
    """The same person-years under the control of Hypothesis, which shrinks what fails."""
    return st.randoms(use_true_random=False).map(lambda source: person_year(pool, source))
