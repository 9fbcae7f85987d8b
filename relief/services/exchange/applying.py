"""Making the register say what a released list says, through the register's own services, chunk by chunk."""

from datetime import datetime

from django.db import transaction

from casework import jobs
from casework.errors import Refused
from casework.models import Officer
from enrollment import services as enrollment
from enrollment.models import HardshipIdentity
from relief.models import ReturnList, ReturnRow
from relief.services.exchange.holding import count
from relief.services.exchange.reading import lock
from relief.services.exchange.taking import note
from relief.services.exchange.terms import first_day

CHUNK = 100
State = ReturnRow.State


def apply_list(list_id: int, run: jobs.Run, *, at: datetime) -> None:
    """Write the rows of a released list. Run again after a kill it goes on behind the last chunk."""
    found = ReturnList.objects.select_related("receiver", "decided_by").get(pk=list_id)
    while found.state == ReturnList.State.RELEASED:
        with transaction.atomic():
            _apply_next(found, at)
            run.checkpoint(found.rows_read - found.rows_ready, found.rows_read, "正在写入")
        found = ReturnList.objects.select_related("receiver", "decided_by").get(pk=list_id)
    run.message = f"写入{found.rows_applied}行，未变{found.rows_unchanged}行，不写入{found.rows_rejected}行。"


def _apply_next(found: ReturnList, at: datetime) -> None:
    lock(found)
    found.refresh_from_db(fields=[f"rows_{name}" for name in State.values])
    ready = found.lines.filter(state=State.READY, row_no__gt=found.applied_to).select_related("person")
    rows = list(ready.order_by("row_no")[:CHUNK])
    assert found.decided_by is not None
    for row in rows:
        apply_row(found, row, by=found.decided_by, at=at)
    if rows:
        found.applied_to = rows[-1].row_no
    else:
        _close(found, found.decided_by, at)
    found.save()


def apply_row(found: ReturnList, row: ReturnRow, *, by: Officer, at: datetime) -> None:
    """Write one row, in the officer's name; what the register refuses is kept on the row. The list is locked."""
    assert row.person is not None
    was = row.state
    row.before = [str(held) for held in held_by(row)][:20]
    try:
        with transaction.atomic():
            changed = _end(row, by, at) if row.change == ReturnRow.Change.ENDED else _grant(row, by, at)
    except Refused as refusal:
        row.state, row.code, row.message = State.REJECTED, refusal.code[:30], refusal.message[:300]
    else:
        row.state, row.code, row.message = (State.APPLIED if changed else State.UNCHANGED), "", ""
    row.save(update_fields=["state", "code", "message", "before", "person", "decided_by", "decided_at"])
    count(found, was, -1)
    count(found, row.state, 1)


def held_by(row: ReturnRow) -> list[HardshipIdentity]:
    """The identities of this kind that the person has on record."""
    return list(HardshipIdentity.objects.filter(person=row.person_id, category=row.category, voided=False))


def _grant(row: ReturnRow, by: Officer, at: datetime) -> bool:
    assert row.person is not None
    assert row.starts_on is not None
    line = enrollment.ListRow(row.id_no, row.category, row.starts_on, row.ends_on, row.document_no, row.row_no)
    return enrollment.take_list_row(person=row.person, row=line, by=by, at=at) != "unchanged"


def _end(row: ReturnRow, by: Officer, at: datetime) -> bool:
    """End what is held at that day; ended by then already, nothing changes."""
    assert row.ends_on is not None
    held = [one for one in held_by(row) if one.starts_on < row.ends_on]
    running = [one for one in held if one.ends_on is None or one.ends_on > row.ends_on]
    if not held:
        raise Refused("NOT_HELD", "该参保人没有登记此困难身份，无从终止，请与报送部门核对。")
    for identity in running:
        enrollment.end_identity(
            identity_id=identity.pk, ends_on=row.ends_on, reason=f"名单载明终止 {row.document_no}".strip()[:100],
            by=by, at=at,
        )
    return bool(running)


def _close(found: ReturnList, by: Officer, at: datetime) -> None:
    """The end of a list: a complete one ends whom it no longer names, unless it is not known whom a row named."""
    if found.complete:
        found.report = {**found.report, **_end_unlisted(found, by, at)}
    found.state, found.finished_at = ReturnList.State.APPLIED, at
    note(
        found, "list_applied", "返回名单写入完成", by, at, applied=found.rows_applied, unchanged=found.rows_unchanged,
        rejected=found.rows_rejected, matching=found.rows_matching, **found.report,
    )


def _end_unlisted(found: ReturnList, by: Officer, at: datetime) -> dict[str, int]:
    unread = found.rows_read - found.lines.exclude(person=None).count()
    if unread:
        return {"ended_unlisted": 0, "unread_rows": unread}
    listed = set(found.lines.values_list("person_id", "category"))
    ended = enrollment.end_unlisted(
        listed, authority=found.receiver.code, ends_on=first_day(found.month), by=by, at=at
    )
    return {"ended_unlisted": len(ended)}
