"""Insurance periods and policy tags: opened, closed, voided; never two schemes on one day (BZ-GEN-24.1)."""
from datetime import date, datetime

from django.db import transaction

from casework.errors import Refused
from casework.models import Officer
from enrollment.models import InsurancePeriod, PersonTag, PersonType
from enrollment.models.relations import Scheme
from enrollment.services.spans import (
    authorise,
    check_days,
    check_free,
    locked_person,
    merged_numbers,
    note_act,
    open_end,
    own_row,
    require_reason,
    shorten,
    void,
)
from enrollment.services.windows import refresh


@transaction.atomic
def open_insurance(
    *, person_id: int, scheme: str, person_type: str, starts_on: date, by: Officer, at: datetime,
    ends_on: date | None = None, reason: str = "",
) -> InsurancePeriod:
    """Insure a person in a scheme from `starts_on`, up to but not including `ends_on` (None: open).

    `person_type` is a code of the national list (psn_type) and must belong to the scheme. Refuses days before
    birth or after death, and any day on which the person is insured already, in either scheme (BZ-GEN-24.1).
    """
    authorise(by, "register_person")
    person = locked_person(person_id, by)
    ends_on = open_end(ends_on)
    kind = PersonType.objects.filter(pk=person_type, scheme=scheme).first()
    if scheme not in Scheme.values or kind is None:
        raise Refused("PERSON_TYPE", "人员类别与险种不符，请核对。")
    check_days(person, starts_on, ends_on)
    known = InsurancePeriod.objects.filter(person__in=merged_numbers(person), voided=False)
    check_free(known, starts_on, ends_on, "参保期间")
    period = InsurancePeriod.objects.create(
        person=person, scheme=scheme, person_type=kind, starts_on=starts_on, ends_on=ends_on,
        region_code=person.region_code, reason=reason.strip(),
    )
    note_act(
        person, "open_insurance", "参保", by=by, at=at, period=period.pk, scheme=scheme, person_type=person_type,
        starts_on=starts_on, ends_on=ends_on,
    )
    refresh(person, by=by, at=at)
    return period


@transaction.atomic
def close_insurance(*, period_id: int, ends_on: date, reason: str, by: Officer, at: datetime) -> InsurancePeriod:
    """End an insurance period; `ends_on` is the first day without insurance. A longer end is a new period."""
    authorise(by, "register_person")
    period = own_row(InsurancePeriod, period_id, by)
    shorten(period, ends_on, require_reason(reason))
    note_act(
        period.person, "close_insurance", "终止参保", by=by, at=at, period=period.pk, ends_on=ends_on, reason=reason,
    )
    refresh(period.person, by=by, at=at)
    return period


@transaction.atomic
def void_insurance(*, period_id: int, reason: str, by: Officer, at: datetime) -> InsurancePeriod:
    """Take back an insurance period that was entered in error; it stays on record, without effect."""
    authorise(by, "register_person")
    period = own_row(InsurancePeriod, period_id, by)
    reason = require_reason(reason, "作废原因")
    void(period)
    note_act(period.person, "void_insurance", "作废参保期间", by=by, at=at, period=period.pk, reason=reason)
    refresh(period.person, by=by, at=at)
    return period


@transaction.atomic
def tag_person(
    *, person_id: int, tag: str, starts_on: date, by: Officer, at: datetime, ends_on: date | None = None,
) -> PersonTag:
    """Give a person a policy tag (civil-servant supplement, large-amount supplement …) from `starts_on`, up to
    but not including `ends_on`. The same tag never twice on a day. Hardship has its own verb, `grant_identity`."""
    authorise(by, "register_person")
    person = locked_person(person_id, by)
    ends_on = open_end(ends_on)
    if tag not in PersonTag.Tag.values:
        raise Refused("TAG_UNKNOWN", "待遇标签不在列表中；困难身份请在“困难身份”中登记。")
    check_days(person, starts_on, ends_on)
    check_free(person.tags.filter(voided=False, tag=tag), starts_on, ends_on, "待遇标签")
    row = PersonTag.objects.create(person=person, tag=tag, starts_on=starts_on, ends_on=ends_on)
    note_act(person, "tag_person", "登记待遇标签", by=by, at=at, tag=tag, starts_on=starts_on, ends_on=ends_on)
    refresh(person, by=by, at=at)
    return row


@transaction.atomic
def end_tag(*, tag_id: int, ends_on: date, by: Officer, at: datetime) -> PersonTag:
    """End a tag; `ends_on` is the first day without it."""
    authorise(by, "register_person")
    row = own_row(PersonTag, tag_id, by)
    shorten(row, ends_on)
    note_act(row.person, "end_tag", "终止待遇标签", by=by, at=at, tag=row.tag, ends_on=ends_on)
    refresh(row.person, by=by, at=at)
    return row


@transaction.atomic
def void_tag(*, tag_id: int, reason: str, by: Officer, at: datetime) -> PersonTag:
    """Take back a tag that was entered in error."""
    authorise(by, "register_person")
    row = own_row(PersonTag, tag_id, by)
    reason = require_reason(reason, "作废原因")
    void(row)
    note_act(row.person, "void_tag", "作废待遇标签", by=by, at=at, tag=row.tag, reason=reason)
    refresh(row.person, by=by, at=at)
    return row
