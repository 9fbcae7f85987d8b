"""What the apps above ask: who is this person on these days, is he covered, has he filed for that place."""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.db.models import Prefetch, Q, QuerySet

from casework.models import Officer
from enrollment.models import CareFiling, HardshipIdentity, InsurancePeriod, Person
from enrollment.models.spans import Span
from policy import idnumber, regions

Filing = Literal["none", "long_term", "temporary", "referred"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether a person is insured on a day, in which scheme and by which period; else why not, with the rule."""

    covered: bool
    scheme: str = ""
    reason: str = ""
    rule: str = ""
    period: InsurancePeriod | None = None


def with_history(persons: QuerySet[Person]) -> QuerySet[Person]:
    """Persons with all that the questions below need: five queries for any number of persons, then none."""
    periods = InsurancePeriod.objects.select_related("person_type")
    return persons.prefetch_related(Prefetch("insurance_periods", periods), "tags", "identities", "care_filings")


def policy_person(person: Person, days: Iterable[date]) -> dict[str, Any]:
    """Return the engine's `person` object: schemes and tags that touch the time from the first of `days` to the
    last (without days: all), ends inclusive as the contract writes them. Three queries, none after `with_history`.

    Tags are those of the person's type while insured, his own tags and his hardship identities.
    """
    asked = sorted(days) or [date.min, date.max]
    periods = [period for period in _periods(person) if period.touches(asked[0], asked[-1])]
    labels = [(tag, period) for period in periods for tag in period.person_type.tags]
    labels += [(row.tag, row) for row in person.tags.all() if row.touches(asked[0], asked[-1])]
    labels += [(row.category, row) for row in person.identities.all() if row.touches(asked[0], asked[-1])]
    return {
        "birth_date": person.birth_date.isoformat(),
        "scheme": [{"scheme": period.scheme, **_inclusive(period.starts_on, period.last_day)} for period in periods],
        "tags": [{"tag": tag, **span} for tag, span in _joined(labels)],
        "certificates": [],
    }


def coverage_on(person: Person, day: date) -> Coverage:
    """Say whether the person is insured on `day`, or in Chinese why not. One query, none after `with_history`."""
    if person.died_on and day > person.died_on:
        return Coverage(False, reason=f"参保人已于{person.died_on}死亡，参保关系自次日终止。", rule="BZ-GEN-1.1")
    periods = [period for period in _periods(person) if not period.voided]
    for period in periods:
        if period.holds_on(day):
            return Coverage(True, period.scheme, period=period)
    return Coverage(False, reason=_why_not(periods, day), rule="BZ-GEN-1.1")


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
        filing for filing in person.care_filings.all()
        if filing.state == CareFiling.State.DONE and filing.holds_on(day)
        and regions.contains(filing.place_region_code, region_code)
    ]
    return min(valid, key=lambda filing: RANK[FILING_WORDS[filing.kind]], default=None)


def identities_on(person: Person, on: date) -> list[HardshipIdentity]:
    """Return the hardship identities held on a day; several may be (BZ-REL-5.7)."""
    return [identity for identity in person.identities.all() if identity.holds_on(on)]


def find_persons(text: str, by: Officer) -> QuerySet[Person]:
    """Find persons in the officer's territory: by full number, the phone's last four, pinyin, or the name's start."""
    word = idnumber.normalise(text)
    return Person.objects.visible_to(by).filter(matching(word)) if word else Person.objects.none()


def matching(word: str) -> Q:
    """The condition by which a normalised search word finds a person. Each form can use an index."""
    if word.isascii() and word.isdigit() and len(word) == 4:
        return Q(phone_tail=word)
    if word.isascii() and word.isalpha():
        letters = word.lower()
        return Q(pinyin_initials__startswith=letters) | Q(name_pinyin__startswith=letters)
    if word.isascii():
        return Q(id_no=word.upper()) | Q(phone=word)
    return Q(name__startswith=word)


FILING_WORDS: dict[str, Filing] = {
    **dict.fromkeys(CareFiling.LONG_TERM, "long_term"),
    CareFiling.Kind.REFERRED: "referred",
    CareFiling.Kind.OTHER_TEMPORARY: "temporary",
}
RANK: dict[Filing, int] = {"long_term": 0, "referred": 1, "temporary": 2}


def _periods(person: Person) -> Sequence[InsurancePeriod]:
    fetched = "insurance_periods" in getattr(person, "_prefetched_objects_cache", {})
    rows = person.insurance_periods.all() if fetched else person.insurance_periods.select_related("person_type")
    return sorted(rows, key=lambda period: period.starts_on)


def _inclusive(first: date, last: date | None) -> dict[str, str | None]:
    return {"from": first.isoformat(), "to": last and last.isoformat()}


def _joined(labels: list[tuple[str, Span]]) -> list[tuple[str, dict[str, str | None]]]:
    """Put together what carries the same tag on overlapping or adjoining days: each tag once a day."""
    spans: list[tuple[str, date, date]] = []
    for tag, start, end in sorted((tag, row.starts_on, row.ends_on or date.max) for tag, row in labels):
        if spans and spans[-1][0] == tag and start <= spans[-1][2]:
            spans[-1] = (tag, spans[-1][1], max(end, spans[-1][2]))
        else:
            spans.append((tag, start, end))
    return [
        (tag, _inclusive(start, None if end == date.max else end - date.resolution)) for tag, start, end in spans
    ]


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
