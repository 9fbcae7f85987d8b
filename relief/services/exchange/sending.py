"""Bringing deliveries to their receivers, each in its turn, until the receiver says that it has them."""

from datetime import datetime

from django.db import connection, transaction

from casework import audit
from casework.errors import Refused
from casework.services.documents import blob_path
from relief.models import DeliveryAttempt, PushDelivery, PushFile, Receiver
from relief.services.exchange import files
from relief.services.exchange.approving import refuse_damaged, stem_of
from relief.services.exchange.channels import Channel, NotDelivered, channel_to

PATIENCE = "SET LOCAL idle_in_transaction_session_timeout = '15min'"
"""The receiver's row stays locked while files go out over a slow line."""


def send_delivery(delivery_id: int, *, at: datetime) -> int:
    """Bring a delivery, and those of the same receiver that should have gone before it; returns how many went.

    Refuses, after writing the attempt down, when the receiver does not take one: those behind it wait as well.
    """
    wanted = PushDelivery.objects.get(pk=delivery_id)
    waiting = PushDelivery.objects.filter(
        receiver=wanted.receiver_id, state=PushDelivery.State.WAITING, number__lte=wanted.number
    )
    return sum(_send(pk, at) for pk in list(waiting.order_by("number").values_list("pk", flat=True)))


def _send(delivery_id: int, at: datetime) -> bool:
    try:
        return _send_once(delivery_id, at)
    except NotDelivered as failure:
        words = str(failure)[:200]
        DeliveryAttempt.objects.create(delivery_id=delivery_id, at=at, arrived=False, message=words)
        raise Refused("NOT_DELIVERED", words) from failure


@transaction.atomic
def _send_once(delivery_id: int, at: datetime) -> bool:
    """One delivery with the receiver's row locked: no two workers send to one receiver at a time.

    A worker that dies between the receiver's word and its own mark sends again; the number and the digests are the
    same, so that the receiver knows it again and gives the same receipt.
    """
    delivery = PushDelivery.objects.select_related("push", "receiver").get(pk=delivery_id)
    held = Receiver.objects.select_for_update(skip_locked=True).filter(pk=delivery.receiver_id).first()
    if held is None:
        raise Refused("RECEIVER_BUSY", "正在向该部门送达另一份名单，稍后自动继续。")
    delivery = PushDelivery.objects.select_related("push", "receiver").get(pk=delivery_id)
    if delivery.state != PushDelivery.State.WAITING:
        return False
    channel = channel_to(held)
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
    receipt = bring(channel, delivery)
    _mark(delivery, receipt, channel, at)
    return True


def bring(channel: Channel, delivery: PushDelivery) -> str:
    """Put the files and, last, the manifest; returns the receipt."""
    stem = stem_of(delivery.receiver, delivery.number)
    known = {file.form: file for file in delivery.push.files.all()}
    for form in (delivery.form, PushFile.Form.XLSX):
        refuse_damaged(known[form])
        channel.put(f"{stem}.{files.SUFFIXES[form]}", blob_path(known[form].sha256), known[form].sha256)
    return channel.conclude(f"{stem}.json", delivery.manifest)


def _mark(delivery: PushDelivery, receipt: str, channel: Channel, at: datetime) -> None:
    delivery.state = PushDelivery.State.SENT if delivery.rows_sent else PushDelivery.State.ANSWERED
    delivery.sent_at, delivery.receipt = at, receipt
    delivery.save(update_fields=["state", "sent_at", "receipt"])
    DeliveryAttempt.objects.create(delivery=delivery, at=at, arrived=True, message=f"已送达，回执号{receipt}"[:200])
    audit.record(
        action="relief.push_sent", label="送达推送名单", by=None, at=at, subject=delivery.push.subject,
        region_code=delivery.push.region_code, detail={
            "receiver": delivery.receiver.code, "number": delivery.number, "way": channel.way, "receipt": receipt,
            "manifest_sha256": delivery.manifest_sha256,
        },
    )
