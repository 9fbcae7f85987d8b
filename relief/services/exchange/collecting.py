"""Asking receivers for what they have to say: answers to what was sent, and lists that they send back."""

from datetime import datetime
from typing import Any

from django.db.models import Max

from enrollment.services.bulk import store
from enrollment.services.bulk.sources import MAX_FILE
from relief.models import PushDelivery, Receiver, ReturnList
from relief.services.exchange.answering import take_answers
from relief.services.exchange.approving import stem_of
from relief.services.exchange.channels import Channel, NotDelivered, channel_to
from relief.services.exchange.taking import Covering, take_list


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
