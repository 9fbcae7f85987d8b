"""Opening a stored file as a stream of rows, whatever its form."""
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from casework.workbooks import Columns, judge_file
from enrollment.services.bulk.cells import Line, refuse
from enrollment.services.bulk.csv_source import CsvSource, encoding_of
from enrollment.services.bulk.xlsx_source import XlsxSource

MAX_FILE = 256 * 1024 * 1024
MAX_UNPACKED = 1024 * 1024 * 1024
"""A million rows unpack to some 400 MB; they are streamed, never held."""
XLSX = "xlsx"
OLE_OR_ZIP = (b"PK\x03\x04", b"PK\x05\x06", bytes.fromhex("d0cf11e0a1b11ae1"))


class Source(Protocol):
    """Rows of a file, in its order, numbered as Excel shows them."""

    headings: list[str]
    warnings: list[str]

    def lines(self) -> Iterator[Line]: ...

    def fraction(self) -> tuple[int, int]: ...


def judge(path: Path, declared: str = "") -> str:
    """Say what the file is by its bytes: `xlsx`, or the encoding of a .csv. Refuses what is neither."""
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        raise refuse("FILE_EMPTY", "文件是空的，请检查后重新上传。")
    if head.startswith(OLE_OR_ZIP):
        judge_file(path, max_unpacked=MAX_UNPACKED)
        return XLSX
    if b"\0" in head:
        raise refuse("TYPE_MISMATCH", "文件内容既不是 .xlsx 工作簿也不是 .csv 文本，请另存后重新上传。")
    return encoding_of(path, declared)


def open_source(path: Path, columns: Columns, form: str) -> Source:
    """Open a judged file for reading from its first row."""
    return XlsxSource(path, columns) if form == XLSX else CsvSource(path, columns, form)
