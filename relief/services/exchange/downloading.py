"""Files that leave the system by an officer's hand: each time on record."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO

from django.db import transaction

from casework.models import Officer, get_visible
from casework.services.documents import blob_path
from enrollment.services.bulk import store
from enrollment.services.bulk.writers import XlsxWriter
from policy import masking
from relief.models import PushFile, ReturnList, ReturnRow
from relief.services.exchange.approving import refuse_damaged
from relief.services.exchange.building import note as note_push
from relief.services.exchange.taking import note as note_list
from relief.services.exchange.terms import authorise

HEADINGS = ("行", "列", "代码", "内容（脱敏）", "原因")


@transaction.atomic
def download_push_file(*, file_id: int, by: Officer, at: datetime) -> tuple[PushFile, IO[bytes]]:
    """Open a file of a push, with full names and numbers; the download is on record."""
    file: PushFile = get_visible(PushFile, by, pk=file_id)
    authorise(by, "download_push", file.push.region_code)
    refuse_damaged(file)
    note_push(file.push, "push_downloaded", "下载推送文件", by, at, form=file.form, sha256=file.sha256)
    return file, blob_path(file.sha256).open("rb")


@transaction.atomic
def list_fault_workbook(*, list_id: int, by: Officer, at: datetime) -> IO[bytes]:
    """An .xlsx with every fault of a list, masked, to be sent back to its sender; on record."""
    found: ReturnList = get_visible(ReturnList, by, pk=list_id)
    note_list(found, "list_faults_read", "下载返回名单错误清单", by, at)
    with store.temporary("faults") as path:
        with XlsxWriter(path, "错误清单", HEADINGS) as book:
            for values in _faults(found):
                book.row(values)
        # Open past its unlinking: the bytes live as long as somebody reads them.
        return path.open("rb")


def _faults(found: ReturnList) -> Iterator[tuple[object, ...]]:
    """What was wrong when the file was read, then the rows that were not written or wait for a match."""
    yield from found.faults.values_list("row_no", "column", "code", "shown", "message").iterator(chunk_size=5_000)
    open_rows = found.lines.filter(state__in=[ReturnRow.State.REJECTED, ReturnRow.State.MATCHING]).exclude(
        code="DUP_CONFLICT"
    )
    for row in open_rows.order_by("row_no").iterator(chunk_size=5_000):
        yield row.row_no, "证件号码", row.code or row.state, masking.mask_id(row.id_no), row.message
