"""From a person's history to his benefit windows: which facts are put to `policy.coverage`, and what follows from
several answers together. No database is touched here."""
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import policy
from enrollment.services.history import EMPLOYEE, RESIDENT, History, Json, PaidMonth
from policy import Pack, PolicyError
from policy.periods import ONE_DAY, add_months, first_of_month

TOLERATED = "coverage.arrears.tolerated"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A row of `BenefitWindow` that the history calls for."""

    scheme: str
    for_year: int | None
    entitled: bool
    starts_on: date
    ends_on: date | None
    decides_from: date
    wait_months: int
    rule: str
    reason: str
    end_rule: str = ""
    end_reason: str = ""
    facts: Json = field(default_factory=dict)
    result: Json = field(default_factory=dict)

    @property
    def identity(self) -> tuple[Any, ...]:
        """What makes it the same decision: all but its end."""
        return (
            self.scheme, self.for_year, self.entitled, self.starts_on, self.decides_from, self.wait_months, self.rule,
            self.reason,
        )


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Employee months that stand on one decision: an entry, arrears that were cleared, or arrears that were not."""

    first: date
    last: date
    paid_on: date | None
    arrears_months: int = 0
    suspended_from: date | None = None
    """The first day of the unpaid month in which benefits stopped before this stretch."""


def drafts(history: History, pack: Pack) -> list[Draft]:
    """All rows for a person: windows cut to the days insured, and refusals."""
    residents, employees = _residents(history, pack), _employees(history, pack)
    return [*_insured(history, RESIDENT, residents), *_insured(history, EMPLOYEE, employees)]


def facts_of(history: History, pack: Pack, scheme: str, year: int, on: date | None = None) -> Json:
    """The facts of a `coverage` request for a year. For employees `on` is the day from which unpaid months are
    counted; without it, the last decision of the year is meant."""
    if scheme == RESIDENT:
        return _resident_facts(history, year)
    stretches = list(_stretches(history, _tolerated(pack)))
    day = on or date(year, 12, 31)
    known = [stretch for stretch in stretches if stretch.first <= day]
    owed = _owed(history, known[-1].last, on) if known and on else 0
    if not known or owed:
        unpaid = Stretch(first=first_of_month(day), last=day, paid_on=None, arrears_months=owed)
        return _employee_facts(history, unpaid, year)
    of_year = [stretch for stretch in known if (stretch.paid_on or stretch.first).year == year]
    return _employee_facts(history, (of_year or known)[-1], year)


def decide(facts: Json, pack: Pack) -> Json | None:
    """The answer of the rules, or None where the pool prints none for this scheme or year."""
    try:
        return dict(policy.coverage({"pool": pack.pool, **facts}, pack))
    except PolicyError:
        return None


def _residents(history: History, pack: Pack) -> Iterator[Draft]:
    """A row for each paid year, and for the birth year when the year after is paid (CC-33.2)."""
    born, running = history.person.birth_date.year, None
    years = set(history.resident_paid) | ({born} if born + 1 in history.resident_paid else set())
    for year in sorted(years):
        facts = _resident_facts(history, year)
        result = decide(facts, pack)
        if result is None:
            continue
        if running is not None and running.starts_on.year == year:
            yield _carried(history, running, year, facts, result)
            running = None
            continue
        running = _not_before_repair(history, pack, _of_result(history, year, facts, result))
        yield running


def _resident_facts(history: History, year: int) -> Json:
    paid_on = history.resident_paid.get(year)
    insured = history.insured_years(year)
    base = max(paid_on or date(year, 1, 1), date(year, 1, 1))
    return {
        **_common(history, RESIDENT, year, paid_on),
        "history": [
            {"year": one, "scheme": scheme, "paid_on": _iso(history.resident_paid.get(one))}
            for one, scheme in sorted(insured.items())
        ],
        "repaired_months": len(history.repairs(year)),
        "next_year_paid_on": _iso(history.resident_paid.get(year + 1)),
        "switched_from": _switched_from(history, RESIDENT, year, first_of_month(base)),
    }


def _of_result(history: History, year: int, facts: Json, result: Json) -> Draft:
    begins = max(date(year, 1, 1), history.person.birth_date)
    start = date.fromisoformat(result["starts_on"]) if result["starts_on"] else begins
    end = date.fromisoformat(result["ends_on"]) + ONE_DAY if result["ends_on"] else date(year + 1, 1, 1)
    return Draft(
        scheme=RESIDENT, for_year=year, entitled=result["entitled"], starts_on=start, ends_on=end, decides_from=begins,
        wait_months=result["wait_months"], rule=result["rule"], reason=result["reason"], facts=facts, result=result,
    )


def _carried(history: History, running: Draft, year: int, facts: Json, result: Json) -> Draft:
    """The year into which the wait of the year before ran: its days stand in that year's row (BZ-AMB-17)."""
    own = replace(_of_result(history, year, facts, result), entitled=False, starts_on=date(year, 1, 1))
    reason = f"上年度的等待期延续，自{running.starts_on}起享受待遇"
    return replace(own, ends_on=date(year + 1, 1, 1), rule=running.rule, reason=reason)


def _not_before_repair(history: History, pack: Pack, draft: Draft) -> Draft:
    """A repaired wait does not end before the day of repair, nor later than unrepaired (BZ-AMB-16)."""
    days = history.repairs(draft.for_year or 0)
    if not days or not draft.entitled or draft.starts_on >= days[-1]:
        return draft
    whole = decide({**draft.facts, "repaired_months": 0}, pack)
    if whole is None or not whole["entitled"]:
        return replace(draft, starts_on=days[-1])
    return replace(draft, starts_on=min(days[-1], date.fromisoformat(whole["starts_on"])))


def _employees(history: History, pack: Pack) -> list[Draft]:
    """The employee's stretches as windows, each from its own start to the next one's or to the suspension."""
    stretches = list(_stretches(history, _tolerated(pack)))
    made: list[Draft] = []
    for stretch in stretches:
        year = (stretch.paid_on or stretch.first).year
        facts = _employee_facts(history, stretch, year)
        result = decide(facts, pack)
        if result is None:
            return []
        draft = _of_stretch(history, pack, stretch, facts, result)
        if made and made[-1].entitled:
            made[-1] = _ended(made[-1], stretch, draft, pack)
        if made and draft.entitled and made[-1].entitled and draft.starts_on <= made[-1].starts_on:
            made[-1] = replace(made[-1], ends_on=draft.ends_on, end_rule=draft.end_rule, end_reason=draft.end_reason)
        else:
            made.append(draft)
    return [_not_reached(draft) for draft in made]


def _not_reached(draft: Draft) -> Draft:
    """A window that payments did not last to begin gives nothing."""
    if not draft.entitled or draft.ends_on is None or draft.starts_on < draft.ends_on:
        return draft
    reason = f"{draft.reason}，应自{draft.starts_on}起享受；{draft.end_reason}"
    return replace(
        draft, entitled=False, starts_on=draft.decides_from, ends_on=None, reason=reason, end_rule="", end_reason="",
        rule=draft.end_rule or draft.rule,
    )


def _employee_facts(history: History, stretch: Stretch, year: int) -> Json:
    entry = stretch.arrears_months == 0 and stretch.paid_on is not None
    before = history.insured_months(EMPLOYEE, year, stretch.first)
    return {
        **_common(history, EMPLOYEE, year, stretch.paid_on),
        "switched_from": _switched_from(history, EMPLOYEE, year, stretch.first) if entry else None,
        "arrears_months": stretch.arrears_months,
        "first_time": EMPLOYEE not in before.values(),
    }


def _of_stretch(history: History, pack: Pack, stretch: Stretch, facts: Json, result: Json) -> Draft:
    figure = pack.figure(TOLERATED, on=date(stretch.last.year, 1, 1))
    end = add_months(stretch.last, figure.value + 1)
    suspended = result["entitled"] and not history.retired_on(end)
    start = date.fromisoformat(result["starts_on"]) if result["starts_on"] else stretch.first
    return Draft(
        scheme=EMPLOYEE, for_year=None, entitled=result["entitled"], starts_on=start,
        ends_on=end if suspended else None, decides_from=stretch.first, wait_months=result["wait_months"],
        rule=result["rule"], reason=result["reason"], facts=facts, result=result,
        end_rule=figure.rule if suspended else "",
        end_reason=f"已缴费至{stretch.last:%Y-%m}，自第{figure.value + 1}个未缴费月起暂停待遇" if suspended else "",
    )


def _ended(draft: Draft, following: Stretch, successor: Draft, pack: Pack) -> Draft:
    """Where the next stretch ends this one: at the suspension between them, or where the next begins."""
    end, stopped = draft.ends_on, following.suspended_from
    if stopped is not None and (end is None or stopped < end):
        figure = pack.figure(TOLERATED, on=date(stopped.year, 1, 1))
        why = f"自第{figure.value + 1}个欠费月起暂停待遇"
        draft = replace(draft, ends_on=stopped, end_rule=figure.rule, end_reason=why)
        end = stopped
    if successor.entitled and draft.starts_on < successor.starts_on and (end is None or successor.starts_on <= end):
        return replace(draft, ends_on=successor.starts_on, end_rule="", end_reason="")
    return draft


def _stretches(history: History, tolerated: int) -> Iterator[Stretch]:
    """Cut the paid months where a decision is due: at an entry, at arrears beyond the tolerated months."""
    months = [paid for paid in history.employee_months if not paid.elsewhere]
    current: Stretch | None = None
    settled, position = date.min, 0
    while position < len(months):
        paid = months[position]
        owed = _owed_between(history, current.last, paid.month) if current else []
        fresh = current is None or (add_months(current.last, 1) != paid.month and not owed)
        if fresh:
            if current:
                yield current
            current = Stretch(first=paid.month, last=paid.month, paid_on=paid.paid_on)
            settled = first_of_month(paid.paid_on)
        elif len(owed) > tolerated:
            yield current
            current = Stretch(first=paid.month, last=paid.month, paid_on=None, arrears_months=len(owed),
                              suspended_from=owed[tolerated])
        elif paid.late and paid.month >= settled:
            block = _block(months, position)
            late = [one.month for one in block if one.late]
            settled = first_of_month(max(one.paid_on for one in block))
            if len(late) > tolerated:
                yield current
                current = Stretch(first=paid.month, last=block[-1].month, paid_on=max(one.paid_on for one in block),
                                  arrears_months=len(late), suspended_from=late[tolerated])
            current = replace(current, last=block[-1].month)
            position += len(block) - 1
        current = replace(current, last=max(current.last, months[position].month))
        position += 1
    if current:
        yield current


def _block(months: list[PaidMonth], position: int) -> list[PaidMonth]:
    """The months from `position` on that were due when the last of them was cleared, without a gap."""
    block = [months[position]]
    for paid in months[position + 1:]:
        cleared = max(one.paid_on for one in block)
        if paid.month != add_months(block[-1].month, 1) or paid.month >= first_of_month(cleared):
            break
        block.append(paid)
    return block


def _owed_between(history: History, last: date, month: date) -> list[date]:
    """The months between two paid ones for which a contribution was owed."""
    found, one = [], add_months(last, 1)
    while one < month:
        if history.obliged(one):
            found.append(one)
        one = add_months(one, 1)
    return found


def _owed(history: History, last: date, on: date) -> int:
    """How many unpaid months there are on a day, the running one included."""
    return len(_owed_between(history, last, add_months(first_of_month(on), 1)))


def _switched_from(history: History, scheme: str, year: int, before: date) -> Json | None:
    """The insurance the person comes from: the other scheme, or the same one elsewhere (readings R-9.2)."""
    if scheme == RESIDENT and history.only_resident:
        return None
    months = history.insured_months(scheme, year, before)
    last = max(months, default=None)
    if last is None:
        return None
    elsewhere = {paid.month for paid in history.employee_months if paid.elsewhere}
    if months[last] == scheme and not (scheme == EMPLOYEE and last in elsewhere):
        return None
    count, month = 0, last
    while month in months:
        count, month = count + 1, add_months(month, -1)
    gap = (before.year - last.year) * 12 + before.month - last.month - 1
    return {"scheme": months[last], "years_insured": count // 12, "gap_months": gap}


def _common(history: History, scheme: str, year: int, paid_on: date | None) -> Json:
    return {
        "scheme": scheme, "birth_date": history.person.birth_date.isoformat(), "for_year": year,
        "status": history.status_on(paid_on, year), "paid_on": _iso(paid_on),
    }


def _insured(history: History, scheme: str, found: Iterator[Draft] | list[Draft]) -> Iterator[Draft]:
    """Cut windows to the days insured in the scheme; a paid time without any becomes a refusal that says so."""
    spans = history.spans(scheme)
    for draft in found:
        if not draft.entitled:
            yield draft
            continue
        pieces = [piece for span in spans if (piece := _cut(draft, *span))]
        yield from pieces
        if not pieces:
            yield replace(
                draft, entitled=False, starts_on=draft.decides_from, ends_on=None, end_rule="", end_reason="",
                reason=f"{draft.reason}；但该期间没有参保关系，请先办理参保登记", rule="BZ-GEN-1.1",
            )


def _cut(draft: Draft, start: date, end: date | None) -> Draft | None:
    first = max(draft.starts_on, start)
    ends = [day for day in (draft.ends_on, end) if day is not None]
    last = min(ends, default=None)
    if last is not None and last <= first:
        return None
    if last != draft.ends_on:
        return replace(draft, starts_on=first, ends_on=last, end_rule="BZ-GEN-1.1", end_reason="参保关系终止")
    return replace(draft, starts_on=first)


def _tolerated(pack: Pack) -> int:
    if TOLERATED not in pack.tables:
        return 0
    return int(pack.figure(TOLERATED, on=date.max.replace(year=2100)).value)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
