"""What receivers answer, row by row: the first word counts, and what was not accepted is for an officer to settle."""

import json
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from casework import audit
from casework.errors import Refused
from casework.models import Officer, get_visible
from relief.models import Acknowledgement, PushDelivery, PushReply, PushRow
from relief.services.exchange.channels import NotDelivered
from relief.services.exchange.terms import authorise

NO_ANSWER = "NO_ANSWER"
CHUNK = 5_000


def take_answers(delivery_id: int, parts: Iterable[dict[str, Any]], *, at: datetime) -> int:
    """Take the parts of an answer, in any order and however often they come; returns how many rows were new.

    A part that comes again with other content is refused as a whole: nobody knows which of the two was meant.
    """
    return sum(_take_part(delivery_id, part, at) for part in parts)


@transaction.atomic
def _take_part(delivery_id: int, part: dict[str, Any], at: datetime) -> int:
    number, rows = _read(part)
    digest = sha256(json.dumps(rows, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    delivery = _locked(delivery_id)
    known = delivery.acknowledgements.filter(part=number).first()
    if known is not None:
        if known.sha256 != digest:
            raise NotDelivered(f"第{number}批回执两次内容不同，未予采用，请与对方核对。")
        return 0
    Acknowledgement.objects.create(delivery=delivery, part=number, sha256=digest, rows=len(rows), at=at)
    new = _write(delivery, rows, at)
    _count(delivery)
    return new


def _read(part: dict[str, Any]) -> tuple[int, dict[int, tuple[bool, str, str]]]:
    try:
        rows = {
            int(row["number"]): (row["accepted"] is True, str(row.get("code", ""))[:30],
                                 str(row.get("message", ""))[:200])
            for row in part["rows"]
        }
        return int(part["part"]), rows
    except (KeyError, TypeError, ValueError) as error:
        raise NotDelivered("对方的回执无法识别。") from error


def _write(delivery: PushDelivery, rows: dict[int, tuple[bool, str, str]], at: datetime) -> int:
    """Answers to rows of the delivery that had none. Numbers that it does not have are not anybody's."""
    lines = PushRow.objects.filter(push=delivery.push_id, number__in=rows).values_list("number", "pk")
    answered = set(PushReply.objects.filter(delivery=delivery).values_list("row_id", flat=True))
    new = [
        PushReply(delivery=delivery, row_id=pk, accepted=rows[number][0], code=rows[number][1],
                  message=rows[number][2], at=at)
        for number, pk in lines if pk not in answered
    ]
    PushReply.objects.bulk_create(new, batch_size=CHUNK)
    return len(new)


def _count(delivery: PushDelivery) -> None:
    found = delivery.replies.aggregate(
        yes=Count("pk", filter=Q(accepted=True)), no=Count("pk", filter=Q(accepted=False))
    )
    delivery.rows_accepted, delivery.rows_failed = found["yes"], found["no"]
    delivery.rows_pending = delivery.rows_sent - found["yes"] - found["no"]
    if not delivery.rows_pending:
        delivery.state = PushDelivery.State.ANSWERED
    delivery.save(update_fields=["rows_accepted", "rows_failed", "rows_pending", "state"])


def _locked(delivery_id: int) -> PushDelivery:
    delivery = PushDelivery.objects.select_for_update(of=("self",)).select_related("push").get(pk=delivery_id)
    if delivery.state == PushDelivery.State.WAITING:
        raise Refused("not_sent", "该份名单尚未送达，不能登记回执。")
    return delivery


@transaction.atomic
def give_up_waiting(*, delivery_id: int, reason: str, by: Officer, at: datetime) -> PushDelivery:
    """Put the rows that nobody answered on the exception list (不再等待回执), where they are settled one by one."""
    get_visible(PushDelivery, by, pk=delivery_id)
    delivery = _locked(delivery_id)
    authorise(by, "settle_exceptions", delivery.push.region_code)
    if not reason.strip():
        raise Refused("note_required", "请写明不再等待的原因。")
    if not delivery.rows_pending:
        raise Refused("nothing_pending", "该份名单已全部回执。")
    silent = PushRow.objects.filter(push=delivery.push_id).exclude(
        pk__in=PushReply.objects.filter(delivery=delivery).values("row_id")
    )
    PushReply.objects.bulk_create(
        (PushReply(delivery=delivery, row=row, accepted=False, code=NO_ANSWER, message=reason.strip()[:200], at=at)
         for row in silent.iterator(chunk_size=CHUNK)),
        batch_size=CHUNK,
    )
    _count(delivery)
    _note(delivery, "answers_given_up", "不再等待回执", by, at, reason, rows=delivery.rows_failed)
    return delivery


@transaction.atomic
def settle_exception(*, reply_id: int, note: str, by: Officer, at: datetime) -> PushReply:
    """Say what was done about a row that a receiver did not take (处理例外); said once."""
    reply: PushReply = get_visible(PushReply, by, lock=True, pk=reply_id)
    authorise(by, "settle_exceptions", reply.delivery.push.region_code)
    if reply.accepted or reply.settled_by_id is not None:
        raise Refused("not_open", "该行没有待处理的例外，请刷新页面。")
    if not note.strip():
        raise Refused("note_required", "请写明处理情况。")
    reply.settled_by, reply.settled_at, reply.note = by, at, note.strip()[:200]
    reply.save(update_fields=["settled_by", "settled_at", "note"])
    _note(reply.delivery, "exception_settled", "处理报送例外", by, at, reply.note, reply=reply.pk, code=reply.code)
    return reply


def _note(
    delivery: PushDelivery, action: str, label: str, by: Officer, at: datetime, note: str, **detail: Any
) -> None:
    audit.record(
        action=f"relief.{action}", label=label, by=by, at=at, subject=delivery.push.subject, note=note.strip()[:200],
        region_code=delivery.push.region_code, detail={"receiver": delivery.receiver_id, **detail},
    )
