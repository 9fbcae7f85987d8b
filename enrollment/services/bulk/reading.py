"""Reading a stored file into the staging table, chunk by chunk, each with the mark that it was read."""
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from json import dumps
from typing import Any

from django.db import connection, transaction

from casework import audit, jobs
from casework.clock import bureau_day
from casework.services.documents import blob_path
from casework.workbooks import Fault, FileRefused
from enrollment.models import BulkBatch, RowFault, StagedRow
from enrollment.services.bulk import checking, registry
from enrollment.services.bulk.cells import Line, refuse
from enrollment.services.bulk.kinds import FileKind
from enrollment.services.bulk.rows import Row, Wrong
from enrollment.services.bulk.sources import Source, judge, open_source

MAX_ROWS = 1_000_000
CHUNK = 5_000
TOTAL_WORDS = {"合计", "总计"}
COPY_ROWS = (
    "COPY enrollment_stagedrow (batch_id, row_no, key, digest, id_type, id_no, name, facts, state) FROM STDIN"
)
COPY_FAULTS = 'COPY enrollment_rowfault (batch_id, row_no, code, "column", shown, message) FROM STDIN'


def read_batch(batch_id: int, run: jobs.Run, *, at: datetime) -> None:
    """Stage and check an uploaded file; run again after a kill it goes on behind the last chunk.

    A file that is wrong as a whole is refused, with all its faults, and nothing of it stays staged.
    """
    batch = BulkBatch.objects.get(pk=batch_id)
    if batch.state != BulkBatch.State.RECEIVED:
        return
    kind = registry.KINDS[batch.kind]
    try:
        if not batch.report.get("staged"):
            _stage(batch, kind, run, bureau_day(batch.uploaded_at))
        _check(batch_id, kind, run, at)
    except FileRefused as refusal:
        _refuse(batch_id, refusal.faults, at)
        run.message = str(refusal)[:300]


def _stage(batch: BulkBatch, kind: FileKind, run: jobs.Run, today: date) -> None:
    path = blob_path(batch.file_sha256)
    form = judge(path, batch.encoding)
    source = open_source(path, kind.columns, form)
    lines = (line for line in source.lines() if line[0] > batch.staged_to)
    first = next(lines, None)
    row = Row(source.headings, today, kind.known())
    rest = _again(first, lines)
    while chunk := list(islice(rest, CHUNK)):
        _stage_chunk(batch, kind, row, chunk, source, run)
    _finish_staging(batch, source)


def _again(first: Line | None, lines: Iterator[Line]) -> Iterator[Line]:
    if first is not None:
        yield first
    yield from lines


@dataclass
class _Judged:
    """What one chunk of a file turned out to be, with the running sum for the trailer."""

    total: Decimal
    readable: bool
    trailer: dict[str, Any] | None
    staged: list[tuple[Any, ...]] = field(default_factory=list)
    faults: list[Wrong] = field(default_factory=list)
    rejected: int = 0


def _stage_chunk(
    batch: BulkBatch, kind: FileKind, row: Row, chunk: list[Line], source: Source, run: jobs.Run,
) -> None:
    """One transaction: the rows, their faults, the counts and the mark; another worker's chunk is not doubled."""
    judged = _judge_rows(batch, kind, row, chunk)
    with transaction.atomic():
        _lock(batch)
        _copy(COPY_ROWS, judged.staged)
        _copy(COPY_FAULTS, [(batch.pk, *fault) for fault in judged.faults])
        batch.rows_read += len(judged.staged) + judged.rejected
        batch.rows_rejected += judged.rejected
        batch.rows_pending += len(judged.staged)
        batch.staged_to = chunk[-1][0]
        if batch.rows_read > MAX_ROWS:
            raise refuse("TOO_MANY_ROWS", f"文件超过{MAX_ROWS}行，请分批上传。")
        batch.report.update(sum=f"{judged.total:.2f}", sum_known=judged.readable, trailer=judged.trailer)
        batch.save(update_fields=["rows_read", "rows_rejected", "rows_pending", "staged_to", "report"])
        done, size = source.fraction()
        run.checkpoint(batch.rows_read, max(batch.rows_read, batch.rows_read * size // max(done, 1)), "正在读取")


def _judge_rows(batch: BulkBatch, kind: FileKind, row: Row, chunk: list[Line]) -> _Judged:
    report = batch.report
    judged = _Judged(Decimal(report.get("sum", "0.00")), report.get("sum_known", True), report.get("trailer"))
    for row_no, cells in chunk:
        row.load(row_no, cells)
        if judged.trailer:
            raise refuse("TRAILER_MISMATCH", f"合计行（第{judged.trailer['row']}行）之后还有数据，请核对。", row_no)
        if cells and cells[0] in TOTAL_WORDS:
            judged.trailer = _trailer(row, kind)
        elif (record := kind.read(row, batch)) is None:
            judged.faults += row.faults
            judged.rejected, judged.readable = judged.rejected + 1, False
        else:
            judged.total += Decimal(record.facts["personal"]) if kind.sum_column else 0
            judged.staged.append((
                batch.pk, row_no, record.key, record.digest, record.id_type, record.id_no, record.name,
                dumps(record.facts, ensure_ascii=False), StagedRow.State.READ.value,
            ))
    return judged


def _lock(batch: BulkBatch) -> None:
    """Lock the batch and see that nobody has gone on with it meanwhile."""
    held = BulkBatch.objects.select_for_update().only("state", "staged_to", "merged_to").get(pk=batch.pk)
    if (held.state, held.staged_to, held.merged_to) != (batch.state, batch.staged_to, batch.merged_to):
        raise jobs.LeaseLost(batch.batch_no)


def _copy(statement: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)


def _trailer(row: Row, kind: FileKind) -> dict[str, Any]:
    """The file's own total: how many rows, and what they add up to."""
    cells = {name: row.raw(name) or "" for name in row.headings if name}
    said = {
        "row": row.row_no,
        "rows": next((text for name, text in cells.items() if name != kind.sum_column and text.isdigit()), ""),
    }
    if kind.sum_column and (amount := row.amount(kind.sum_column, required=False)) is not None:
        said["sum"] = f"{amount}"
    if row.faults:
        raise refuse("TRAILER_MISMATCH", "合计行的金额无法识别，请核对。", row.row_no)
    return said


def _finish_staging(batch: BulkBatch, source: Source) -> None:
    if not batch.rows_read:
        raise refuse("NO_ROWS", "文件只有列名，没有数据。")
    _compare_trailer(batch)
    with transaction.atomic():
        _lock(batch)
        batch.report.update(staged=True, warnings=source.warnings)
        batch.save(update_fields=["report"])


def _compare_trailer(batch: BulkBatch) -> None:
    said = batch.report.get("trailer")
    if not said:
        return
    if said["rows"] and int(said["rows"]) != batch.rows_read:
        message = f"合计行写明{said['rows']}行，实有{batch.rows_read}行，文件可能不完整。"
        raise refuse("TRAILER_MISMATCH", message, said["row"])
    if said.get("sum") and batch.report["sum_known"] and Decimal(said["sum"]) != Decimal(batch.report["sum"]):
        raise refuse(
            "TRAILER_MISMATCH", f"合计行写明{said['sum']}元，各行之和为{batch.report['sum']}元，请核对。", said["row"],
        )


def _check(batch_id: int, kind: FileKind, run: jobs.Run, at: datetime) -> None:
    with transaction.atomic():
        batch = BulkBatch.objects.select_for_update().get(pk=batch_id)
        if batch.state != BulkBatch.State.RECEIVED:
            return
        # Prolonged first: the checks of a million rows are the longest silent stretch.
        run.checkpoint(batch.rows_read, batch.rows_read, "正在核对")
        checking.check(batch, kind)
        batch.held = kind.hold(batch)[:300] if kind.hold else ""
        batch.state = BulkBatch.State.CHECKED
        batch.save()
        _tell(batch, "bulk_checked", "核对批量文件", at)
    run.message = f"读入{batch.rows_read}行，可写入{batch.rows_pending}行，拒绝{batch.rows_rejected}行。"


def _refuse(batch_id: int, faults: list[Fault], at: datetime) -> None:
    with transaction.atomic():
        batch = BulkBatch.objects.select_for_update().get(pk=batch_id)
        if batch.state != BulkBatch.State.RECEIVED:
            return
        empty(batch)
        RowFault.objects.filter(batch=batch).delete()
        RowFault.objects.bulk_create([
            RowFault(
                batch=batch, row_no=fault.row, code=fault.code, column=fault.column, message=fault.message[:300],
            ) for fault in faults
        ])
        batch.state, batch.finished_at = BulkBatch.State.REFUSED, at
        batch.rows_read = batch.rows_rejected = batch.rows_pending = batch.staged_to = 0
        batch.report = {}
        batch.save()
        _tell(batch, "bulk_refused", "批量文件不予受理", at, codes=sorted({fault.code for fault in faults}))


def empty(batch: BulkBatch) -> None:
    """Remove what is staged: whole numbers are not kept longer than they are needed."""
    with connection.cursor() as cursor:
        cursor.execute(checking.PATIENCE)
        cursor.execute("DELETE FROM enrollment_stagedrow WHERE batch_id = %s", [batch.pk])


def _tell(batch: BulkBatch, action: str, label: str, at: datetime, **detail: Any) -> None:
    audit.record(
        action=f"enrollment.{action}", label=label, by=None, at=at, subject=batch.subject,
        region_code=batch.region_code, detail={
            "read": batch.rows_read, "pending": batch.rows_pending, "rejected": batch.rows_rejected,
            "unchanged": batch.rows_unchanged, **detail,
        },
    )
