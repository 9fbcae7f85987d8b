"""Merging a confirmed batch: chunk by chunk, each with its mark, so that a kill at any row ends the same."""
from datetime import datetime

from django.db import transaction

from casework import audit, jobs
from enrollment.models import BulkBatch, ImportBatch, RowFault, StagedRow
from enrollment.services.bulk import registry
from enrollment.services.bulk.kinds import FileKind, Merged, Merging
from enrollment.services.bulk.reading import empty

RECOMPUTE = "enrollment.recompute_windows"


def merge_batch(batch_id: int, run: jobs.Run, *, at: datetime) -> None:
    """Write the accepted rows of a confirmed batch. Run again it goes on behind the last chunk."""
    batch = BulkBatch.objects.select_related("confirmed_by").get(pk=batch_id)
    kind = registry.KINDS[batch.kind]
    while batch.state == BulkBatch.State.CONFIRMED:
        _merge_next(batch, kind, run, at)
    run.message = f"写入{batch.rows_accepted}行，未变{batch.rows_unchanged}行，拒绝{batch.rows_rejected}行。"


@transaction.atomic
def _merge_next(batch: BulkBatch, kind: FileKind, run: jobs.Run, at: datetime) -> None:
    held = BulkBatch.objects.select_for_update().get(pk=batch.pk)
    if (held.state, held.merged_to) != (batch.state, batch.merged_to):
        raise jobs.LeaseLost(batch.batch_no)
    rows = list(
        StagedRow.objects.filter(batch=batch, state=StagedRow.State.ACCEPTED, row_no__gt=batch.merged_to)
        .order_by("row_no")[:kind.chunk]
    )
    work = Merging(batch, rows, batch.confirmed_by, at)
    if rows:
        _note(work, kind.merge(work))
    else:
        _close(work, kind)
    batch.save()
    done = batch.rows_read - batch.rows_pending
    run.checkpoint(done, batch.rows_read, "正在写入")


def _note(work: Merging, result: Merged) -> None:
    """The counts, the mark, the faults and the audit entry of one chunk, in its transaction."""
    batch, rows = work.batch, work.rows
    assert result.accepted + result.unchanged + result.rejected == len(rows), "a row of the chunk is unaccounted for"
    batch.rows_pending -= len(rows)
    batch.rows_accepted += result.accepted
    batch.rows_unchanged += result.unchanged
    batch.rows_rejected += result.rejected
    batch.merged_to, batch.chunks = rows[-1].row_no, batch.chunks + 1
    for name, count in result.counts.items():
        batch.report[name] = batch.report.get(name, 0) + count
    RowFault.objects.bulk_create([RowFault(batch=batch, **fault._asdict()) for fault in result.faults])
    if result.touched:
        jobs.enqueue(RECOMPUTE, key=f"{batch.batch_no}:{batch.chunks}", payload={
            "person_ids": result.touched, "officer_id": work.by.pk, "at": work.at.isoformat(),
        })
    audit.record(
        action="enrollment.bulk_chunk", label="批量写入", by=work.by, at=work.at, subject=batch.subject,
        region_code=batch.region_code, detail={
            "chunk": batch.chunks, "rows": [rows[0].row_no, rows[-1].row_no], "accepted": result.accepted,
            "unchanged": result.unchanged, "rejected": result.rejected, **result.counts,
        },
    )


def _close(work: Merging, kind: FileKind) -> None:
    """The end of the batch: what the file ends by its silence, the counts, and nothing staged any more."""
    batch = work.batch
    if kind.close is not None:
        batch.report.update(kind.close(work))
    batch.state, batch.finished_at = BulkBatch.State.DONE, work.at
    empty(batch)
    if batch.kind in ImportBatch.Kind.values:
        ImportBatch.objects.get_or_create(
            kind=batch.kind, file_sha256=batch.file_sha256, defaults={
                "file_name": batch.file_name, "region_code": batch.region_code, "rows_read": batch.rows_read,
                "rows_accepted": batch.rows_accepted, "rows_rejected": batch.rows_rejected,
                "rows_unchanged": batch.rows_unchanged, "imported_by": work.by, "imported_at": work.at,
            },
        )
    audit.record(
        action="enrollment.bulk_done", label="批量导入完成", by=work.by, at=work.at, subject=batch.subject,
        region_code=batch.region_code, detail={
            "sha256": batch.file_sha256, "read": batch.rows_read, "accepted": batch.rows_accepted,
            "rejected": batch.rows_rejected, "unchanged": batch.rows_unchanged,
        },
    )
