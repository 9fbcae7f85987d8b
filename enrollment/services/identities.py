"""Hardship identities, entered as the authorities recognise them; the bureau recognises none itself (BZ-REL-2.1)."""
from datetime import date, datetime

from django.db import transaction

from casework import outbox
from casework.errors import Refused
from casework.models import Officer
from enrollment.models import HardshipIdentity
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


@transaction.atomic
def grant_identity(
    *, person_id: int, category: str, starts_on: date, by: Officer, at: datetime,
    ends_on: date | None = None, document_no: str = "", authority: str = "",
) -> HardshipIdentity:
    """Enter an identity that its authority has recognised, from `starts_on` up to but not including `ends_on`.

    Several identities may be held at once (BZ-RES-6.2, BZ-REL-5.7); the same one never twice on a day. Refuses an
    authority that does not recognise this category.
    """
    authorise(by, "keep_identity")
    person = locked_person(person_id, by)
    ends_on = open_end(ends_on)
    if category not in HardshipIdentity.Category.values:
        raise Refused("IDENTITY_UNKNOWN", "困难身份不在列表中，请核对。")
    competent = HardshipIdentity.AUTHORITY_OF[category]
    if authority and authority != competent:
        raise Refused("IDENTITY_AUTHORITY", f"该身份由{competent.label}部门认定，请核对认定部门。")
    check_days(person, starts_on, ends_on)
    check_free(person.identities.filter(voided=False, category=category), starts_on, ends_on, "困难身份")
    identity = HardshipIdentity.objects.create(
        person=person, category=category, starts_on=starts_on, ends_on=ends_on, authority=competent,
        document_no=document_no.strip(),
    )
    note_act(
        person, "grant_identity", "登记困难身份", by=by, at=at, identity=identity.pk, category=category,
        starts_on=starts_on, ends_on=ends_on, document_no=identity.document_no,
    )
    _tell(identity, "granted", by)
    return identity


@transaction.atomic
def end_identity(*, identity_id: int, ends_on: date, reason: str, by: Officer, at: datetime) -> HardshipIdentity:
    """End an identity; `ends_on` is the first day without it."""
    authorise(by, "keep_identity")
    identity = own_row(HardshipIdentity, identity_id, by)
    shorten(identity, ends_on, require_reason(reason))
    note_act(
        identity.person, "end_identity", "终止困难身份", by=by, at=at, identity=identity.pk,
        category=identity.category, ends_on=ends_on, reason=reason,
    )
    _tell(identity, "ended", by)
    return identity


@transaction.atomic
def void_identity(*, identity_id: int, reason: str, by: Officer, at: datetime) -> HardshipIdentity:
    """Take back an identity that was entered in error; it stays on record, without effect."""
    authorise(by, "keep_identity")
    identity = own_row(HardshipIdentity, identity_id, by)
    reason = require_reason(reason, "作废原因")
    void(identity)
    note_act(
        identity.person, "void_identity", "作废困难身份", by=by, at=at, identity=identity.pk,
        category=identity.category, reason=reason,
    )
    _tell(identity, "voided", by)
    return identity


def _tell(identity: HardshipIdentity, event: str, by: Officer) -> None:
    """News for the apps above: what they decided by this identity may have to be looked at again."""
    outbox.publish(
        f"enrollment.identity_{event}", f"{identity.pk}:{identity.ends_on or 'open'}",
        {"person_id": identity.person_id, "identity_id": identity.pk, "officer_id": by.pk},
    )
