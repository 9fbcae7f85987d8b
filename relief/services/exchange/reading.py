"""Reading a stored list into rows, chunk by chunk, each matched by its number and committed with its mark."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import transaction

from casework import jobs
from casework.clock import bureau_day
from casework.services.documents import blob_path
from casework.workbooks import Fault, FileRefused
from enrollment.models import Person
from enrollment.services.bulk.cells import refuse
from enrollment.services.bulk.rows import Row
from enrollment.services.bulk.sources import Source, judge, open_source
from relief.models import ReturnFault, ReturnList, ReturnRow
from relief.services.exchange.holding import hold, settle_doubles
from relief.services.exchange.lines import COLUMNS, Line, read_line
from relief.services.exchange.taking import note

CHUNK = 1_000
MAX_ROWS = 200_000
TOTAL_WORDS = {"合计", "总计"}
State = ReturnRow.State


def read_list(list_id: int, run: jobs.Run, *, at: datetime) -> None:
    """Read, match and check a list; run again after a kill it goes on behind the last chunk.

    A file that is wrong as a whole is refused, with all its faults; what merely speaks against a list holds it.
    """
    found = ReturnList.objects.select_related("receiver").get(pk=list_id)
    if found.state != ReturnList.State.RECEIVED:
        return
    try:
        _read_rows(found, run, bureau_day(found.taken_at))
    except FileRefused as refusal:
        _refuse(found, refusal.faults, at)
        run.message = str(refusal)[:300]
        return
    _check(found, run, at)


def _read_rows(found: ReturnList, run: jobs.Run, today: date) -> None:
    path = blob_path(found.file_sha256)
    source = open_source(path, COLUMNS, judge(path))
    lines = _lines(source, found, today)
    while chunk := list(islice(lines, CHUNK)):
        _take_chunk(found, chunk, run)
    if not found.rows_read:
        raise refuse("NO_ROWS", "文件只有列名，没有数据。")


def _lines(source: Source, found: ReturnList, today: date) -> Iterator[tuple[int, Line | None, list[Any]]]:
    """The lines behind those read already, with their faults. The total line is said, not read as a person."""
    row: Row | None = None
    for row_no, cells in source.lines():
        row = row or Row(source.headings, today)
        if cells and cells[0] in TOTAL_WORDS:
            said = [cell for cell in cells[1:] if isinstance(cell, str) and cell.isdigit()]
            found.rows_said = int(said[0]) if said else found.rows_said
        elif row_no > found.read_to:
            row.load(row_no, cells)
            yield row_no, read_line(row, found.receiver.code), list(row.faults)


def _take_chunk(found: ReturnList, chunk: list[tuple[int, Line | None, list[Any]]], run: jobs.Run) -> None:
    """One transaction: rows, faults, counts and the mark; another worker's chunk is not doubled."""
    good = [(row_no, line) for row_no, line, _ in chunk if line is not None]
    with transaction.atomic():
        lock(found)
        rows = _matched(found, good)
        ReturnRow.objects.bulk_create(rows)
        ReturnFault.objects.bulk_create(
            ReturnFault(return_list=found, **fault._asdict()) for _, _, faults in chunk for fault in faults
        )
        found.rows_read += len(chunk)
        found.rows_rejected += len(chunk) - len(good)
        found.rows_matching += sum(row.state == State.MATCHING for row in rows)
        found.rows_ready += sum(row.state == State.READY for row in rows)
        found.read_to = chunk[-1][0]
        if found.rows_read > MAX_ROWS:
            raise refuse("TOO_MANY_ROWS", f"名单超过{MAX_ROWS}行，请分批报送。")
        found.save()
        run.checkpoint(found.rows_read, found.rows_said or found.rows_read, "正在读取")


def lock(found: ReturnList) -> None:
    """Lock the list and see that nobody has gone on with it meanwhile."""
    held = ReturnList.objects.select_for_update().only("state", "read_to", "applied_to").get(pk=found.pk)
    if (held.state, held.read_to, held.applied_to) != (found.state, found.read_to, found.applied_to):
        raise jobs.LeaseLost(found.list_no)


def _matched(found: ReturnList, good: list[tuple[int, Line]]) -> list[ReturnRow]:
    """Each line with the person whose number and name it gives. One query."""
    numbers = {line.values["id_no"] for _, line in good}
    prefix = found.region_code[:4] if found.region_code.endswith("00") else found.region_code
    persons = {
        (person.id_type, person.id_no): person.merged_into or person
        for person in Person.objects.filter(id_no__in=numbers, region_code__startswith=prefix)
        .select_related("merged_into")
    }
    return [_row(found, row_no, line, persons.get((line.id_type, line.values["id_no"]))) for row_no, line in good]


def _row(found: ReturnList, row_no: int, line: Line, person: Person | None) -> ReturnRow:
    """Number and name alike: the person is known. Otherwise an officer decides, by name and birth date."""
    row = ReturnRow(return_list=found, row_no=row_no, state=State.READY, person=person, **line.values)
    if person is None:
        row.state, row.code = State.MATCHING, "PERSON_NOT_FOUND"
        row.message = "该证件号码在本市没有参保登记，请按姓名和出生日期核对。"
    elif person.name != line.values["name"]:
        row.state, row.code, row.person = State.MATCHING, "NAME_MISMATCH", None
        row.message = "证件号码与登记的一致，姓名不一致，请核对。"
    return row


def _check(found: ReturnList, run: jobs.Run, at: datetime) -> None:
    with transaction.atomic():
        lock(found)
        settle_doubles(found)
        found.held = hold(found)
        found.state = ReturnList.State.HELD if found.held else ReturnList.State.CHECKED
        found.save()
        note(
            found, "list_checked", "核对返回名单", None, at, read=found.rows_read, ready=found.rows_ready,
            matching=found.rows_matching, rejected=found.rows_rejected, held=[why["code"] for why in found.held],
        )
        run.checkpoint(found.rows_read, found.rows_read, f"读入{found.rows_read}行，待匹配{found.rows_matching}行。")


def _refuse(found: ReturnList, faults: list[Fault], at: datetime) -> None:
    with transaction.atomic():
        held = ReturnList.objects.select_for_update().get(pk=found.pk)
        if held.state != ReturnList.State.RECEIVED:
            return
        ReturnRow.objects.filter(return_list=held).exclude(state=State.REJECTED).update(
            state=State.REJECTED, code="FILE_REFUSED"
        )
        ReturnFault.objects.bulk_create(
            ReturnFault(return_list=held, row_no=fault.row, code=fault.code, column=fault.column,
                        message=fault.message[:300])
            for fault in faults
        )
        held.state, held.finished_at = ReturnList.State.REFUSED, at
        held.rows_rejected, held.rows_ready, held.rows_matching = held.rows_read, 0, 0
        held.save()
        note(held, "list_refused", "返回名单不予受理", None, at, codes=sorted({fault.code for fault in faults}))
