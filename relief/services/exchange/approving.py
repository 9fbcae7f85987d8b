"""Approving a list: each receiver gets its next number and its manifest, and the deliveries are on their way."""

from datetime import datetime
from hashlib import sha256

from django.db import transaction

from casework import jobs
from casework.errors import Refused
from casework.models import Officer, get_visible
from casework.numbering import next_value
from casework.services.documents import blob_path
from relief.models import Push, PushDelivery, PushFile, Receiver
from relief.services.exchange import files
from relief.services.exchange.building import note as put_on_record
from relief.services.exchange.terms import authorise, last_day, receivers

SEND = "relief.send_push"


@transaction.atomic
def approve_push(*, push_id: int, by: Officer, at: datetime, note: str = "") -> Push:
    """Approve a built list (审批推送名单): from here on it is sent, and counts for who is told again.

    Refuses the officer who asked for it, a list that is not built, and stored files that are no longer what was built.
    """
    push: Push = get_visible(Push, by, lock=True, pk=push_id)
    authorise(by, "approve_push", push.region_code)
    if push.state != Push.State.BUILT:
        raise Refused("not_built", f"该名单现为“{push.get_state_display()}”，不能审批。")
    if push.asked_by_id == by.pk:
        raise Refused("same_officer", "编制人与审批人不得为同一人，请转由他人审批。")
    known = {file.form: file for file in push.files.all()}
    for file in known.values():
        refuse_damaged(file)
    push.state, push.approved_by, push.approved_at, push.note = Push.State.APPROVED, by, at, note.strip()[:200]
    push.save(update_fields=["state", "approved_by", "approved_at", "note"])
    sent = [_deliver_to(push, receiver, known) for receiver in receivers(push.region_code)]
    if not sent:
        raise Refused("NO_RECEIVERS", "没有参加交换的部门，请先在“交换部门”中启用。")
    put_on_record(
        push, "push_approved", "审批推送名单", by, at, note=push.note, rows_sha256=push.rows_sha256,
        numbers={delivery.receiver.code: delivery.number for delivery in sent},
    )
    return push


def refuse_damaged(file: PushFile) -> None:
    """Refuse a stored file whose bytes are no longer those that were written."""
    digest = sha256()
    try:
        with blob_path(file.sha256).open("rb") as stored:
            for block in iter(lambda: stored.read(1024 * 1024), b""):
                digest.update(block)
    except OSError:
        digest = sha256(b"missing")
    if digest.hexdigest() != file.sha256:
        raise Refused("document_damaged", f"文件{file.name}缺失或已损坏，请联系系统管理员从备份恢复。")


def stem_of(receiver: Receiver, number: int) -> str:
    """What the files of a delivery are called by: the same for every attempt, so that a receiver knows it again."""
    return f"{receiver.region_code}-{receiver.code}-{number:06d}"


def _deliver_to(push: Push, receiver: Receiver, known: dict[str, PushFile]) -> PushDelivery:
    """The receiver's next number: its row is locked until the approval is committed, so that none is left out."""
    number = next_value(f"push:{receiver.pk}")
    stem = stem_of(receiver, number)
    manifest = files.manifest_text({
        "sender": push.region_code, "receiver": receiver.code, "number": number, "month": push.month,
        "cut_off": last_day(push.month).isoformat(), "rule": push.rule, "threshold": f"{push.threshold:.2f}",
        "figure": push.figure, "rows": push.rows, "amount": f"{push.amount:.2f}", "known": push.known,
        "rows_sha256": push.rows_sha256, "generator": push.generator,
        "files": [
            {"name": f"{stem}.{files.SUFFIXES[form]}", "form": form, "bytes": known[form].size,
             "sha256": known[form].sha256}
            for form in (receiver.form, PushFile.Form.XLSX)
        ],
    })
    delivery = PushDelivery.objects.create(
        push=push, receiver=receiver, number=number, form=receiver.form, manifest=manifest,
        manifest_sha256=sha256(manifest.encode()).hexdigest(), rows_sent=push.rows, rows_pending=push.rows,
    )
    jobs.enqueue(SEND, key=str(delivery), payload={"delivery": delivery.pk})
    return delivery
