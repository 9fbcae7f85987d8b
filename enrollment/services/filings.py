"""Filings for care elsewhere (异地就医备案, BZ-GEN-27 to 30): entered, decided, ended."""
from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, TypedDict, Unpack

from django.db import transaction

from casework import calendar
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer
from enrollment.models import CareFiling, FilingInstitution, Institution, Person
from enrollment.services.packs import pack_of
from enrollment.services.questions import Filing, filing_on
from enrollment.services.regions import known_region
from enrollment.services.spans import (
    authorise,
    check_days,
    check_free,
    locked_person,
    note_act,
    open_end,
    own_row,
    require_reason,
    shorten,
    void,
)
from policy import regions

LIMIT = "CB:care_filing"
COUNT = ("enrollment.filing.institutions_min", "enrollment.filing.institutions_max")


class CareTerms(TypedDict, total=False):
    """What a filing may say beside kind, place and first day."""

    ends_on: date | None
    institution_code: str
    institution_codes: Sequence[str]
    channel: str
    state: str


@transaction.atomic
def file_care_elsewhere(
    *, person_id: int, kind: str, place_region_code: str, starts_on: date, by: Officer, at: datetime,
    **terms: Unpack[CareTerms],
) -> CareFiling:
    """File for care in another place from `starts_on`, up to but not including `ends_on` (None: open).

    One long-term filing at a time, and one of a kind for a place. What comes in online waits to be decided unless
    a state is given, within the days of the table of time limits (NA-27.2). Refuses a place in the person's own
    city, a hospital that lies outside the place, and another number of chosen hospitals than the pool asks for
    (CQ-25.1). An emergency counts as filed without this (BZ-GEN-29.2): see `filing_for`.
    """
    authorise(by, "register_person")
    person = locked_person(person_id, by)
    if kind not in CareFiling.Kind.values:
        raise Refused("FILING_KIND", "备案类型应为五类之一，请核对。")
    filing = CareFiling(
        person=person, kind=kind, place_region_code=known_region(place_region_code), starts_on=starts_on,
        ends_on=open_end(terms.get("ends_on")), channel=terms.get("channel") or CareFiling.Channel.COUNTER,
        state=terms.get("state") or _first_state(terms),
    )
    if filing.channel not in CareFiling.Channel.values or filing.state not in CareFiling.State.values:
        raise Refused("FILING_STATE", "备案的办理渠道或办理状态不在列表中，请核对。")
    if regions.same_city(person.region_code, filing.place_region_code):
        raise Refused("FILING_LOCAL", "备案地在参保地市内，无须办理异地就医备案。")
    filing.institution = _institution(terms.get("institution_code", ""), filing.place_region_code)
    chosen = _chosen(filing, terms.get("institution_codes", ()))
    check_days(person, starts_on, filing.ends_on)
    if filing.state == CareFiling.State.DONE:
        _check_others(person, filing)
    if filing.state == CareFiling.State.PENDING:
        filing.due_on = calendar.due_dates(LIMIT, "", person.region_code, bureau_day(at)).case
    filing.save(force_insert=True)
    FilingInstitution.objects.bulk_create(FilingInstitution(filing=filing, institution=row) for row in chosen)
    note_act(
        person, "file_care_elsewhere", "异地就医备案", by=by, at=at, filing=filing.pk, kind=kind,
        place=filing.place_region_code, starts_on=starts_on, ends_on=filing.ends_on, state=filing.state,
    )
    return filing


@transaction.atomic
def decide_filing(*, filing_id: int, accept: bool, by: Officer, at: datetime, note: str = "") -> CareFiling:
    """Decide a filing that came in online: done (已办结), or returned with a reason (被退回)."""
    authorise(by, "register_person")
    filing = own_row(CareFiling, filing_id, by)
    if filing.voided or filing.state != CareFiling.State.PENDING:
        raise Refused("FILING_DECIDED", f"该备案{filing.get_state_display()}，不能再办理。")
    if accept:
        _check_others(filing.person, filing)
    else:
        require_reason(note, "退回原因")
    filing.state = CareFiling.State.DONE if accept else CareFiling.State.RETURNED
    filing.save(update_fields=["state"])
    note_act(
        filing.person, "decide_filing", "备案办结" if accept else "备案退回", by=by, at=at, filing=filing.pk, note=note,
    )
    return filing


@transaction.atomic
def end_filing(*, filing_id: int, ends_on: date, reason: str, by: Officer, at: datetime) -> CareFiling:
    """End a filing; `ends_on` is the first day without it."""
    authorise(by, "register_person")
    filing = own_row(CareFiling, filing_id, by)
    shorten(filing, ends_on, require_reason(reason))
    note_act(filing.person, "end_filing", "终止备案", by=by, at=at, filing=filing.pk, ends_on=ends_on, reason=reason)
    return filing


@transaction.atomic
def void_filing(*, filing_id: int, reason: str, by: Officer, at: datetime) -> CareFiling:
    """Take back a filing that was entered in error; it stays on record, without effect."""
    authorise(by, "register_person")
    filing = own_row(CareFiling, filing_id, by)
    reason = require_reason(reason, "作废原因")
    void(filing)
    note_act(filing.person, "void_filing", "作废备案", by=by, at=at, filing=filing.pk, reason=reason)
    return filing


def filing_for(person: Person, day: date, region_code: str, *, emergency: bool) -> Filing | Literal["emergency"]:
    """Say how care in `region_code` on `day` counts as filed. Emergency and rescue count as filed without a record
    (视同已备案, BZ-GEN-29.2), except where a long-term filing already serves the place; at home nothing is filed."""
    filed = filing_on(person, day, region_code)
    return "emergency" if emergency and filed != "long_term" else filed


def _first_state(terms: CareTerms) -> str:
    online = terms.get("channel") == CareFiling.Channel.ONLINE
    return CareFiling.State.PENDING if online else CareFiling.State.DONE


def _chosen(filing: CareFiling, codes: Sequence[str]) -> list[Institution]:
    """The hospitals chosen at the place, as many as the pool asks for outside the province (CQ-25.1)."""
    chosen = [_institution(code, filing.place_region_code) for code in dict.fromkeys(codes)]
    pack, bounds = pack_of(filing.person.region_code), []
    if not regions.same_province(filing.person.region_code, filing.place_region_code):
        bounds = [pack.figure(name, on=filing.starts_on).value for name in COUNT if name in pack.tables]
    if bounds and not bounds[0] <= len(chosen) <= bounds[1]:
        least, most = bounds
        told = f"省外备案须在备案地选定{least}至{most}家定点医疗机构，现选定{len(chosen)}家。"
        raise Refused("FILING_INSTITUTIONS", told)
    return [row for row in chosen if row is not None]


def _institution(code: str, place_region_code: str) -> Institution | None:
    if not code:
        return None
    institution = Institution.objects.filter(code=code).first()
    if institution is None or not regions.contains(place_region_code, institution.region_id):
        raise Refused("FILING_INSTITUTION", "转入医院未登记或不在备案地内，请核对。")
    return institution


def _check_others(person: Person, filing: CareFiling) -> None:
    """Refuse a second long-term filing on a day, and a second one of the kind for the place."""
    others = person.care_filings.filter(voided=False, state=CareFiling.State.DONE).exclude(pk=filing.pk)
    if filing.long_term:
        others = others.filter(kind__in=CareFiling.LONG_TERM)
    else:
        others = others.filter(kind=filing.kind, place_region_code=filing.place_region_code)
    check_free(others, filing.starts_on, filing.ends_on, "备案")
