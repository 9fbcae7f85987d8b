"""A batch as officers see it: uploading, looking on, the list of faults, confirming, withdrawing."""
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from django.db import IntegrityError, transaction

from casework import audit, jobs
from casework.errors import Refused
from casework.models import Job, Officer, get_visible
from casework.workbooks import MAX_FAULTS
from enrollment.models import BulkBatch, ImportBatch, RowFault
from enrollment.models.identities import HardshipIdentity
from enrollment.services.bulk import registry, store
from enrollment.services.bulk.reading import empty
from enrollment.services.bulk.sources import MAX_FILE, judge
from enrollment.services.bulk.writers import XlsxWriter
from enrollment.services.spans import authorise, require_reason
from policy import periods
from policy.errors import PolicyError

READ, MERGE = "enrollment.bulk_read", "enrollment.bulk_merge"
ENCODINGS = ("", "utf-8", "gb18030")


@dataclass(frozen=True, slots=True)
class Covering:
    """What a file says beside its rows: its month, its sender, whether it lists all who hold, its encoding."""

    period: str = ""
    sender: str = ""
    complete: bool = False
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The batch of a file; `known` if it had been uploaded before, in which case nothing changed."""

    batch: BulkBatch
    known: bool


def upload_bulk(
    *, kind: str, file: IO[bytes], name: str, by: Officer, at: datetime, covering: Covering | None = None,
) -> Uploaded:
    """Take a large file (批量上传): store it by its digest and have it read and checked by a job.

    The same file is the same batch, whoever brings it again; only after a refusal or a withdrawal does it begin anew.
    Refuses without the permission, a file that is no .csv or .xlsx by its bytes, and, where a kind comes by months,
    a month that is closed (`PERIOD_CLOSED`) or not the next (`SEQUENCE_GAP`).
    """
    authorise(by, "upload_bulk")
    covering = covering or Covering()
    if kind not in registry.KINDS:
        raise Refused("KIND_UNKNOWN", "不支持此种文件，请选择列表中的文件类型。")
    if not by.sees(by.region_code):
        raise Refused("jurisdiction", "您的账户没有经办区划，不能上传文件。")
    if covering.encoding not in ENCODINGS:
        raise Refused("ENCODING", "编码应为UTF-8或GB18030。")
    stored = store.keep(file, limit=MAX_FILE)
    if (known := _known(kind, stored.sha256, by)) is not None:
        return Uploaded(known, True)
    judge(stored.path, covering.encoding)
    try:
        with transaction.atomic():
            return Uploaded(_open(kind, stored, name, covering, by, at), False)
    except IntegrityError:
        # Two uploads of one file at once: the second is answered with the first.
        if (known := _known(kind, stored.sha256, by)) is not None:
            return Uploaded(known, True)
        raise


def _known(kind: str, digest: str, by: Officer) -> BulkBatch | None:
    """The live batch of this file. One outside the officer's territory is not shown, but the file is not new."""
    dead = (BulkBatch.State.REFUSED, BulkBatch.State.WITHDRAWN)
    batch = BulkBatch.objects.filter(kind=kind, file_sha256=digest).exclude(state__in=dead).first()
    if batch is not None and not by.sees(batch.region_code):
        raise Refused("ALREADY_IMPORTED", "该文件已由其他经办机构上传，请核对。")
    if batch is None and (small := ImportBatch.objects.filter(kind=kind, file_sha256=digest).first()) is not None:
        raise Refused("ALREADY_IMPORTED", f"该文件已导入（批次{small.batch_no}），无须重复导入。")
    return batch


def _open(
    kind: str, stored: store.Stored, name: str, covering: Covering, by: Officer, at: datetime,
) -> BulkBatch:
    if registry.KINDS[kind].monthly:
        _check_sequence(kind, covering, by)
    batch = BulkBatch.objects.create(
        kind=kind, file_name=name.replace("\\", "/").rpartition("/")[2][:200], file_sha256=stored.sha256,
        file_size=stored.size, encoding=covering.encoding, region_code=by.region_code, period=covering.period,
        sender=covering.sender, complete=covering.complete, uploaded_by=by, uploaded_at=at,
    )
    _note(batch, "bulk_uploaded", "上传批量文件", by, at, sha256=stored.sha256, size=stored.size, kind=kind)
    jobs.enqueue(READ, key=batch.batch_no, payload={"batch_id": batch.pk})
    return batch


def _check_sequence(kind: str, covering: Covering, by: Officer) -> None:
    """Months of one sender come one after the other, and a month that was taken is closed."""
    try:
        month = periods.parse_day(f"{covering.period}-01")
    except PolicyError as error:
        raise Refused("PERIOD_FORMAT", "请填写名单所属月份，如2025-11。") from error
    if covering.sender not in HardshipIdentity.Authority.values:
        raise Refused("SENDER_UNKNOWN", "请选择报送部门。")
    last = (
        BulkBatch.objects.select_for_update()
        .filter(kind=kind, sender=covering.sender, region_code=by.region_code)
        .exclude(state__in=[BulkBatch.State.REFUSED, BulkBatch.State.WITHDRAWN]).order_by("-period").first()
    )
    if last is None:
        return
    if covering.period <= last.period:
        raise Refused("PERIOD_CLOSED", f"{last.period}的名单已接收（批次{last}），不能再接收{covering.period}的名单。")
    wanted = f"{periods.add_months(periods.parse_day(f'{last.period}-01'), 1):%Y-%m}"
    if f"{month:%Y-%m}" != wanted:
        raise Refused("SEQUENCE_GAP", f"上次接收的是{last.period}的名单，应先接收{wanted}的名单。")


@transaction.atomic
def confirm_bulk(*, batch_id: int, by: Officer, at: datetime, note: str = "") -> BulkBatch:
    """Have the accepted rows of a checked batch written (确认导入). The rejected ones stay out.

    Refuses the officer who uploaded the file, one without the permission to confirm or to enter such rows by hand, or
    outside the batch's territory, a batch without rows to write, and a held batch without a note saying why it is
    right all the same.
    """
    authorise(by, "confirm_bulk")
    batch: BulkBatch = get_visible(BulkBatch, by, lock=True, pk=batch_id)
    authorise(by, registry.KINDS[batch.kind].permission)
    if batch.state != BulkBatch.State.CHECKED:
        raise Refused("not_checked", f"该批次状态为“{batch.get_state_display()}”，不能确认。")
    if batch.uploaded_by_id == by.pk:
        raise Refused("four_eyes", "上传人与确认人不得为同一人。")
    if not batch.rows_pending and not batch.complete:
        raise Refused("NOTHING_TO_WRITE", "没有可写入的行；请更正后重新上传。")
    if batch.held:
        note = require_reason(note, f"确认理由（{batch.held}）")
    batch.state, batch.confirmed_by, batch.confirmed_at = BulkBatch.State.CONFIRMED, by, at
    batch.note = note.strip()[:200]
    batch.save(update_fields=["state", "confirmed_by", "confirmed_at", "note"])
    _note(batch, "bulk_confirmed", "确认批量导入", by, at, pending=batch.rows_pending, note=batch.note)
    jobs.enqueue(MERGE, key=batch.batch_no, payload={"batch_id": batch.pk})
    return batch


@transaction.atomic
def withdraw_bulk(*, batch_id: int, reason: str, by: Officer, at: datetime) -> BulkBatch:
    """Withdraw a checked batch (撤回): nothing of it is written, and the file may be uploaded again."""
    authorise(by, "upload_bulk")
    batch: BulkBatch = get_visible(BulkBatch, by, lock=True, pk=batch_id)
    if batch.state != BulkBatch.State.CHECKED:
        raise Refused("not_checked", f"该批次状态为“{batch.get_state_display()}”，不能撤回。")
    batch.note = require_reason(reason, "撤回原因")[:200]
    batch.state, batch.finished_at = BulkBatch.State.WITHDRAWN, at
    batch.rows_rejected, batch.rows_pending = batch.rows_rejected + batch.rows_pending, 0
    batch.save()
    empty(batch)
    _note(batch, "bulk_withdrawn", "撤回批量文件", by, at, note=batch.note)
    return batch


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is, for a screen that asks every few seconds."""

    batch_no: str
    state: str
    label: str
    done: int
    total: int
    message: str
    failed: bool
    counts: dict[str, int]
    fault_rows: int
    faults: list[RowFault] = field(repr=False)

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0

    @property
    def running(self) -> bool:
        return self.state in {BulkBatch.State.RECEIVED, BulkBatch.State.CONFIRMED} and not self.failed


def batch_progress(batch_id: int, *, by: Officer, faults: int = MAX_FAULTS) -> Progress:
    """Say how far a batch is and what is wrong in it (the first thousand faults). Three queries."""
    batch: BulkBatch = get_visible(BulkBatch, by, pk=batch_id)
    kind = MERGE if batch.confirmed_at else READ
    job = Job.objects.filter(kind=kind, key=batch.batch_no).first()
    return Progress(
        batch_no=batch.batch_no, state=batch.state, label=batch.get_state_display(),
        done=job.progress if job else 0, total=job.total if job else 0, message=job.message if job else "",
        failed=bool(job and job.state == Job.State.DEAD),
        counts={
            "读入": batch.rows_read, "写入": batch.rows_accepted, "拒绝": batch.rows_rejected,
            "未变": batch.rows_unchanged, "待写入": batch.rows_pending,
        },
        fault_rows=batch.rows_rejected, faults=list(batch.faults.all()[:min(faults, MAX_FAULTS)]),
    )


def fault_workbook(batch_id: int, *, by: Officer, at: datetime) -> IO[bytes]:
    """Open an .xlsx with every fault of a batch: row, column, code, what came (masked) and the reason. On record."""
    batch: BulkBatch = get_visible(BulkBatch, by, pk=batch_id)
    _note(batch, "bulk_faults_read", "下载错误清单", by, at)
    with store.temporary("faults") as path:
        with XlsxWriter(path, "错误清单", ("行", "列", "代码", "内容（脱敏）", "原因")) as book:
            for values in _faults(batch):
                book.row(values)
        # Open past its unlinking: the bytes live as long as somebody reads them.
        return path.open("rb")


def _faults(batch: BulkBatch) -> Iterator[tuple[object, ...]]:
    return batch.faults.values_list("row_no", "column", "code", "shown", "message").iterator(chunk_size=5_000)


def _note(batch: BulkBatch, action: str, label: str, by: Officer, at: datetime, **detail: object) -> None:
    audit.record(
        action=f"enrollment.{action}", label=label, by=by, at=at, subject=batch.subject,
        region_code=batch.region_code, detail=detail,
    )
