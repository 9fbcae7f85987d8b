"""Filings for care elsewhere (异地就医备案, BZ-GEN-27 to 30): entered, decided, ended."""
from datetime import date, datetime
from typing import TypedDict, Unpack

from django.db import transaction

from casework.errors import Refused
from casework.models import Officer
from enrollment.models import CareFiling, Institution, Person
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


class CareTerms(TypedDict, total=False):
    """What a filing may say beside kind, place and first day."""

    ends_on: date | None
    institution_code: str
    channel: str
    state: str


@transaction.atomic
def file_care_elsewhere(
    *, person_id: int, kind: str, place_region_code: str, starts_on: date, by: Officer, at: datetime,
    **terms: Unpack[CareTerms],
) -> CareFiling:
    """File for care in another place from `starts_on`, up to but not including `ends_on` (None: open).

    One long-term filing at a time, and one of a kind for a place. Refuses a place in the person's own city, and a
    hospital that lies outside the place. An emergency counts as filed without this (BZ-GEN-29.2).
    """
    authorise(by, "register_person")
    person = locked_person(person_id, by)
    if kind not in CareFiling.Kind.values:
        raise Refused("FILING_KIND", "备案类型应为五类之一，请核对。")
    filing = CareFiling(
        person=person, kind=kind, place_region_code=known_region(place_region_code), starts_on=starts_on,
        ends_on=open_end(terms.get("ends_on")), channel=terms.get("channel") or CareFiling.Channel.COUNTER,
        state=terms.get("state") or CareFiling.State.DONE,
    )
    if regions.same_city(person.region_code, filing.place_region_code):
        raise Refused("FILING_LOCAL", "备案地在参保地市内，无须办理异地就医备案。")
    filing.institution = _institution(terms.get("institution_code", ""), filing.place_region_code)
    check_days(person, starts_on, filing.ends_on)
    if filing.state == CareFiling.State.DONE:
        _check_others(person, filing)
    filing.save(force_insert=True)
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
