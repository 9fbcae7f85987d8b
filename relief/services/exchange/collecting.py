"""Asking receivers for what they have to say: answers to what was sent, and lists that they send back."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from casework import audit, jobs
from casework.errors import Refused
from casework.models import Officer
from enrollment.services.bulk import store
from enrollment.services.bulk.sources import MAX_FILE
from relief.models import PushDelivery, Receiver, ReturnList
from relief.services.exchange.answering import take_answers
from relief.services.exchange.approving import stem_of
from relief.services.exchange.channels import Channel, NotDelivered, channel_to
from relief.services.exchange.taking import Covering, take_list
from relief.services.exchange.terms import authorise, receivers

COLLECT = "relief.collect"
MOMENT = 10
"""Seconds in which asking again is a double click."""


@transaction.atomic
def ask_collect(*, region_code: str, by: Officer, at: datetime) -> int:
    """Have every receiver asked now, not at the next round (立即收取); asked for twice in a moment it is once.

    Returns how many are asked; one that can't be reached is tried again like every job.
    """
    authorise(by, "take_list", region_code)
    asked = receivers(region_code)
    if not asked:
        raise Refused("NO_RECEIVERS", "该区划没有参加交换的部门，名单由市级经办机构交换。")
    moment = int(at.timestamp()) // MOMENT
    for receiver in asked:
        jobs.enqueue(COLLECT, key=f"{receiver.address_name}:{moment}", payload={"receiver": receiver.pk})
    audit.record(
        action="relief.collect_asked", label="收取回执和名单", by=by, at=at, subject=f"exchange:{region_code}",
        region_code=region_code, note="", detail={"receivers": [receiver.code for receiver in asked]},
    )
    return len(asked)


def collect(receiver_id: int, *, at: datetime) -> tuple[int, int]:
    """Take what a receiver has for the bureau; returns how many rows were answered and how many lists came.

    Asked twice, or by two workers at once, it takes each thing once. Refuses nothing that concerns one list only: that
    stands on the list itself, for an officer.
    """
    receiver = Receiver.objects.get(pk=receiver_id)
    channel = channel_to(receiver)
    return _collect_answers(receiver, channel, at), _collect_lists(receiver, channel, at)


def _collect_answers(receiver: Receiver, channel: Channel, at: datetime) -> int:
    new = 0
    open_ones = receiver.deliveries.filter(state=PushDelivery.State.SENT).order_by("number")
    for delivery in open_ones.annotate(last=Max("acknowledgements__part")):
        parts = channel.answers(stem_of(receiver, delivery.number), delivery.last or 0)
        new += take_answers(delivery.pk, parts, at=at)
    return new


def _collect_lists(receiver: Receiver, channel: Channel, at: datetime) -> int:
    last = receiver.lists.exclude(way=ReturnList.Way.UPLOAD).aggregate(last=Max("number"))["last"] or 0
    return sum(_fetch(receiver, channel, said, at) for said in channel.lists(last))


def _fetch(receiver: Receiver, channel: Channel, said: dict[str, Any], at: datetime) -> bool:
    """One list that the receiver offers; its signed manifest gives number, month, rows and digest."""
    try:
        name, digest = str(said["file"]), str(said["sha256"])
        covering = Covering(int(said["number"]), str(said["month"]), said.get("complete") is True, int(said["rows"]))
    except (KeyError, TypeError, ValueError) as error:
        raise NotDelivered("对方的名单目录无法识别。") from error
    with channel.open_list(name) as body:
        stored = store.keep(body, limit=MAX_FILE)
    if stored.sha256 != digest:
        raise NotDelivered("名单文件与其目录写明的摘要不符，未予采用。")
    with stored.path.open("rb") as file:
        taken = take_list(
            receiver_id=receiver.pk, file=file, name=name, covering=covering, by=None, at=at, way=channel.way,
        )
    return not taken.known
