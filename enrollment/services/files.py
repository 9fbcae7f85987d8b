"""Files: an imported file is taken once, and an export is an act on record."""
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from casework import audit
from casework.errors import Refused
from casework.models import Officer
from enrollment.models import ImportBatch
from enrollment.services.spans import authorise


@dataclass(frozen=True, slots=True)
class FileCount:
    """What became of a file's rows."""

    accepted: int
    unchanged: int


def check_file_is_new(kind: str, file_sha256: str) -> None:
    """Refuse a file that was taken before (`ALREADY_IMPORTED`), naming its batch."""
    batch = ImportBatch.objects.filter(kind=kind, file_sha256=file_sha256).first()
    if batch is not None:
        raise Refused("ALREADY_IMPORTED", f"该文件已导入（批次{batch.batch_no}），无须重复导入。")


@transaction.atomic
def accept_file(
    *, kind: str, file_name: str, file_sha256: str, count: FileCount, by: Officer, at: datetime,
) -> ImportBatch:
    """Write down that a file was imported whole. Call it in the transaction that wrote the rows."""
    authorise(by, f"import_{kind}")
    check_file_is_new(kind, file_sha256)
    batch = ImportBatch.objects.create(
        kind=kind, file_name=file_name[:200], file_sha256=file_sha256, region_code=by.region_code,
        rows_read=count.accepted + count.unchanged, rows_accepted=count.accepted, rows_rejected=0,
        rows_unchanged=count.unchanged, imported_by=by, imported_at=at,
    )
    audit.record(
        action=f"enrollment.import_{kind}", label=f"导入{batch.get_kind_display()}", by=by, at=at,
        subject=f"import:{batch.batch_no}", region_code=by.region_code,
        detail={"sha256": file_sha256, "accepted": count.accepted, "unchanged": count.unchanged},
    )
    return batch


def record_export(*, kind: str, rows: int, plain: bool, by: Officer, at: datetime) -> None:
    """Write down an export: how many rows, and whether full numbers left the house. Refuses without the right."""
    authorise(by, f"export_{kind}")
    if plain:
        authorise(by, f"export_plain_{kind}")
    audit.record(
        action=f"enrollment.export_{kind}", label=f"导出{ImportBatch.Kind(kind).label}", by=by, at=at,
        subject=f"export:{kind}", region_code=by.region_code, detail={"rows": rows, "plain": plain},
    )
