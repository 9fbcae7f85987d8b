"""What the apps above ask: who is this person on these days, is he covered, has he filed for that place."""
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.db.models import Q, QuerySet
from django.db.models.lookups import StartsWith

from casework.models import Officer
from enrollment.models import BenefitWindow, CareFiling, HardshipIdentity, InsurancePeriod, Person
from enrollment.models.persons import LETTERS
from enrollment.models.relations import Scheme
from enrollment.services.caps import cap_override
from enrollment.services.register import Fact, facts, rows_of, standing, with_history
from policy import idnumber, regions

__all__ = [
    "Coverage", "coverage_on", "filing_on", "filing_record_on", "find_persons", "identities_on", "matching",
    "policy_person", "with_history",
]

Filing = Literal["none", "long_term", "temporary", "referred"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether a person may draw benefits on a day, in which scheme, by which period and which window (none where
    no contributions are recorded); else why not, with the rule."""

    covered: bool
    scheme: str = ""
    reason: str = ""
    rule: str = ""
    period: InsurancePeriod | None = None
    window: BenefitWindow | None = None


def policy_person(person: Person, days: Iterable[date]) -> dict[str, Any]:
    """Return the engine's `person` object: schemes and tags that touch the time from the first of `days` to the
    last (without days: all), ends inclusive as the contract writes them. One query, none after `with_history`.

    A scheme stands there for the days on which benefits may be drawn. Tags are those of the person's type while
    insured, his own tags and his hardship identities. A limit of critical-illness insurance that rewards or
    penalties changed is that of the last day's year.
    """
    wanted = sorted(days)
    asked = wanted or [date.min, date.max]
    every = facts(person)
    known = [fact for fact in every if fact.kind in LABELLED and fact.touches(asked[0], asked[-1])]
    covered = [span for span in _covered_days(every) if span[1] <= asked[-1] and asked[0] < span[2]]
    told: dict[str, Any] = {
        "birth_date": person.birth_date.isoformat(),
        "scheme": [{"scheme": scheme, **_inclusive(start, end)} for scheme, start, end in covered],
        "tags": [{"tag": tag, **span} for tag, span in _joined(known)],
        "certificates": [],
    }
    if wanted and covered and covered[-1][0] == Scheme.RESIDENT:
        cap = cap_override(person, asked[-1], every)
        if cap is not None:
            told["catastrophic_cap"] = cap
    return told


def coverage_on(person: Person, day: date) -> Coverage:
    """Say whether the person may draw benefits on `day`, or in Chinese why not. Two queries, none after
    `with_history`.

    Insured on the day, and within a benefit window of that scheme; an insurance period from before the first
    recorded contribution is its own window.
    """
    if person.died_on and day > person.died_on:
        return Coverage(False, reason=f"参保人已于{person.died_on}死亡，参保关系自次日终止。", rule="BZ-GEN-1.1")
    periods = _periods(person)
    period = next((one for one in periods if one.holds_on(day)), None)
    if period is None:
        return Coverage(False, reason=_why_not(periods, day), rule="BZ-GEN-1.1")
    rows = [row for row in _windows(person) if row.scheme == period.scheme and row.decides_from <= day]
    window = next((row for row in rows if row.entitled and row.holds_on(day)), None)
    if window is None and rows:
        reason, rule = _why_no_benefits(rows, day)
        return Coverage(False, reason=reason, rule=rule, period=period)
    return Coverage(True, period.scheme, period=period, window=window)


def filing_on(person: Person, day: date, region_code: str) -> Filing:
    """Say which filing is in force on `day` for care in `region_code`, in the contract's words.

    A filing serves only the place that it names: a long-term filed person treated at a third place is not filed
    there (BZ-AMB-13). In the person's own city there is nothing to file.
    """
    filing = filing_record_on(person, day, region_code)
    return "none" if filing is None else FILING_WORDS[filing.kind]


def filing_record_on(person: Person, day: date, region_code: str) -> CareFiling | None:
    """Return the filing in force on `day` for `region_code`: long-term before referred before other temporary."""
    if regions.same_city(person.region_code, region_code):
        return None
    valid = [
        filing for filing in rows_of(person, "care_filings")
        if filing.state == CareFiling.State.DONE and filing.holds_on(day)
        and regions.contains(filing.place_region_code, region_code)
    ]
    return min(valid, key=lambda filing: RANK[FILING_WORDS[filing.kind]], default=None)


def identities_on(person: Person, on: date) -> list[HardshipIdentity]:
    """Return the hardship identities held on a day; several may be (BZ-REL-5.7)."""
    return [identity for identity in rows_of(person, "identities") if identity.holds_on(on)]


def find_persons(text: str, by: Officer) -> QuerySet[Person]:
    """Find persons in the officer's territory: by full number, the phone's last four, pinyin, or the name's start.

    Of two merged numbers only the kept one is shown, whichever was asked for."""
    word = idnumber.normalise(text)
    if not word:
        return Person.objects.none()
    absorbed = Person.objects.filter(matching(word), merged_into__isnull=False)
    kept = list(absorbed.order_by().values_list("merged_into_id", flat=True)[:MOST_MERGED])
    found = matching(word) | Q(pk__in=kept) if kept else matching(word)
    return Person.objects.visible_to(by).filter(found, merged_into=None)


MOST_MERGED = 50


def matching(word: str) -> Q:
    """The condition by which a normalised search word finds a person. Each form can use an index."""
    if word.isascii() and word.isdigit() and len(word) == 4:
        return Q(phone_tail=word)
    if word.isascii() and word.isalpha():
        letters = word.lower()
        return Q(pinyin_initials__startswith=letters) | Q(StartsWith(LETTERS, letters))
    if word.isascii():
        return Q(id_no=word.upper()) | Q(phone=word)
    return Q(name__startswith=word)


FILING_WORDS: dict[str, Filing] = {
    **dict.fromkeys(CareFiling.LONG_TERM, "long_term"),
    CareFiling.Kind.REFERRED: "referred",
    CareFiling.Kind.OTHER_TEMPORARY: "temporary",
}
RANK: dict[Filing, int] = {"long_term": 0, "referred": 1, "temporary": 2}


LABELLED = ("period", "tag", "hardship")
Days = tuple[str, date, date]


def _periods(person: Person) -> list[InsurancePeriod]:
    return sorted(standing(person, "insurance_periods"), key=lambda period: period.starts_on)


def _windows(person: Person) -> list[BenefitWindow]:
    return sorted(standing(person, "benefit_windows"), key=lambda row: (row.starts_on, row.pk))


def _covered_days(every: list[Fact]) -> list[Days]:
    """The days on which benefits may be drawn, half-open: each period as far as no contributions are recorded,
    then the windows within it."""
    found = []
    for period in sorted((fact for fact in every if fact.kind == "period"), key=lambda fact: fact.start):
        rows = [fact for fact in every if fact.kind == "window" and fact.scheme == period.scheme]
        recorded = min((row.since for row in rows), default=date.max)
        days = [(period.start, min(period.end, recorded))]
        days += [(max(row.start, period.start), min(row.end, period.end)) for row in rows if row.yes]
        found += [(period.scheme, start, end) for start, end in sorted(days) if start < end]
    return found


def _inclusive(start: date, end: date) -> dict[str, str | None]:
    return {"from": start.isoformat(), "to": None if end == date.max else (end - date.resolution).isoformat()}


def _joined(known: list[Fact]) -> list[tuple[str, dict[str, str | None]]]:
    """Put together what carries the same tag on overlapping or adjoining days: each tag once a day."""
    spans: list[tuple[str, date, date]] = []
    for tag, start, end in sorted((tag, fact.start, fact.end) for fact in known for tag in fact.tags):
        if spans and spans[-1][0] == tag and start <= spans[-1][2]:
            spans[-1] = (tag, spans[-1][1], max(end, spans[-1][2]))
        else:
            spans.append((tag, start, end))
    return [(tag, _inclusive(start, end)) for tag, start, end in spans]


def _why_not(periods: list[InsurancePeriod], day: date) -> str:
    """The nearest reason, for an officer: never insured, ended before, or begins later."""
    before = [period for period in periods if period.starts_on < day]
    after = [period for period in periods if period.starts_on > day]
    if not periods:
        return "未参加基本医疗保险，请核对参保信息。"
    parts = []
    if before:
        last = before[-1]
        why = f"（{last.end_reason}）" if last.end_reason else ""
        parts.append(f"{last.get_scheme_display()}已于{last.last_day}终止{why}")
    if after:
        parts.append(f"{after[0].get_scheme_display()}自{after[0].starts_on}起参保")
    return f"{day}未参保：{'，'.join(parts)}。"


def _why_no_benefits(rows: list[BenefitWindow], day: date) -> tuple[str, str]:
    """Why a person who is insured draws nothing on `day`: still waiting, ended, or never entitled; with the rule.

    `rows` are those that speak for the day, in the order of their days.
    """
    coming = next((row for row in rows if row.entitled and row.starts_on > day), None)
    if coming:
        return f"{day}尚未享受待遇：{coming.reason}，自{coming.starts_on}起享受。", coming.rule
    last = max(rows, key=lambda row: (row.decides_from, row.starts_on))
    if not last.entitled and (last.for_year is None or last.for_year >= day.year):
        return f"{day}不享受待遇：{last.reason}。", last.rule
    if last.for_year is not None and not last.end_reason:
        return f"未缴纳{day.year}年度居民医保费，不享受待遇。", "BZ-GEN-14.1"
    why = last.end_reason or last.reason
    return f"{day}不享受待遇：待遇享受期已于{last.last_day}终止，{why}。", last.end_rule or last.rule
