"""Reading a workbook that passed the gate: headings by name, cells as text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from difflib import get_close_matches
from io import BytesIO
from itertools import islice
from typing import Any
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from casework.errors import Refused
from casework.workbooks.faults import Fault, FileRefused, refusal
from casework.workbooks.gate import MAX_UNPACKED, Scan, judge, scan_part
from casework.workbooks.writing import CONTROL, RUNS

MAX_COLUMNS = 100
INVISIBLE = re.compile(r"[\u0080-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Columns:
    """The headings of a file: those it must have, those it may have, other spellings, and those whose cells must
    be text (numbers too long for a spreadsheet's number, or with a leading zero)."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)
    text_only: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        return (*self.required, *self.optional)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says: headings, the rows with the number Excel shows, and what the officer should be told."""

    headings: list[str]
    rows: list[tuple[int, list[str]]]
    warnings: list[Fault]


def read(data: bytes, columns: Columns, *, max_rows: int, max_unpacked: int = MAX_UNPACKED) -> Sheet:
    """Return the first visible sheet as text under the known headings; refuses with every fault it finds.

    Column order is free. Dates become YYYY-MM-DD, whole numbers their digits. A cell that our own export
    neutralised with an apostrophe is read back without it.
    """
    judge(data, max_unpacked=max_unpacked)
    try:
        with ZipFile(BytesIO(data)) as archive:
            scans = {part: scan_part(archive, part) for part in archive.namelist() if part.endswith((".xml", ".rels"))}
        book = load_workbook(BytesIO(data), read_only=True, data_only=False)
        # By its part, since the scan knows parts and the book knows titles.
        page = next((page for page in book.worksheets if page.sheet_state == "visible"), None)
        if page is None:
            raise refusal("FILE_EMPTY", "文件没有可见的工作表，请检查后重新上传。")
        scan = scans.get(page._worksheet_path.lstrip("/"), Scan())
        _refuse_layout(scan, max_rows)
        page.reset_dimensions()
        return _sheet(page, columns, scan, max_rows, hidden=len(book.worksheets) > 1)
    except (BadZipFile, ZlibError, InvalidFileException, KeyError, ValueError, EOFError, OSError, TypeError) as error:
        # The parser's own words may quote what stands in the file.
        raise refusal("TYPE_MISMATCH", "文件已损坏或不是规范的 .xlsx 工作簿，请另存后重新上传。") from error


def _refuse_layout(scan: Scan, max_rows: int) -> None:
    if scan.rows > max_rows + 1:
        raise refusal("TOO_MANY_ROWS", f"文件超过{max_rows}行，请分批上传。")
    if scan.widest > MAX_COLUMNS:
        raise refusal("TOO_MANY_COLUMNS", f"文件超过{MAX_COLUMNS}列，请删除多余的列后上传。")
    if scan.formulas:
        raise FileRefused([
            Fault("FORMULA_REFUSED", f"{cell}单元格是公式，请粘贴为数值后上传。", _row_of(cell))
            for cell in scan.formulas
        ])
    if scan.merged:
        raise refusal("MERGED_CELLS", "工作表有合并单元格，请取消合并后上传。")


def _row_of(cell: str) -> int:
    digits = re.sub(r"\D", "", cell)
    return int(digits) if digits else 0


def _sheet(page: Any, columns: Columns, scan: Scan, max_rows: int, *, hidden: bool) -> Sheet:
    lines = _lines(page)
    _, first = next(lines, (0, ()))
    headings = _headings(first, columns)
    faults: list[Fault] = []
    rows = [
        (number, _row(number, cells, headings, columns, faults))
        for number, cells in islice(lines, max_rows + 1)
        if any(value not in (None, "") for value in cells)
    ]
    if not rows:
        raise refusal("NO_ROWS", "文件只有列名，没有数据。")
    if len(rows) > max_rows:
        raise refusal("TOO_MANY_ROWS", f"文件超过{max_rows}行，请分批上传。")
    if faults:
        raise FileRefused(faults)
    warnings = []
    if scan.hidden or hidden:
        warnings.append(Fault("HIDDEN_ROWS", "文件有隐藏的行列或其他工作表：隐藏的行也会导入，只读取第一个工作表。"))
    return Sheet([heading for heading in headings if heading], rows, warnings)


def _lines(page: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Rows that hold something, with the number that Excel shows, up to the first thousands a door allows."""
    for number, cells in enumerate(page.iter_rows(values_only=True), 1):
        if any(value not in (None, "") for value in cells):
            yield number, cells


def _headings(cells: Sequence[Any], columns: Columns) -> list[str]:
    """The known name of each column, empty for a column without a heading."""
    given = [str(cell or "").replace("\ufeff", "").strip() for cell in cells]
    if not any(given):
        raise refusal("FILE_EMPTY", "文件没有内容，第一行应为列名。")
    names = [columns.aliases.get(name, name) for name in given]
    faults = [
        Fault("COLUMN_DUPLICATE", f"列“{name}”出现多次，请只保留一列。", 1)
        for name in dict.fromkeys(names) if name and names.count(name) > 1
    ]
    missing = [name for name in columns.required if name not in names]
    faults += [Fault("COLUMN_MISSING", f"缺少列“{name}”，请按模板补齐。", 1) for name in missing]
    for name in names:
        if name and name not in columns.known:
            near = get_close_matches(name, columns.known, 1, 0.5)
            hint = f"，是否为“{near[0]}”" if near else "，请删除该列"
            faults.append(Fault("COLUMN_UNKNOWN", f"列“{name[:20]}”不认识{hint}。", 1))
    if faults:
        raise FileRefused(faults)
    return names


def _row(
    number: int, cells: Sequence[Any], headings: list[str], columns: Columns, faults: list[Fault],
) -> list[str]:
    values = []
    for index, heading in enumerate(headings):
        if not heading:
            continue
        value = cells[index] if index < len(cells) else None
        try:
            values.append(_text(value, text_only=heading in columns.text_only))
        except Refused as refusal:
            faults.append(Fault(refusal.code, refusal.message, number, heading))
            values.append("")
    return values


def _text(value: Any, *, text_only: bool) -> str:
    """A cell as text; refuses what the text cannot be known of."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case str():
            return _clean(value)
        case datetime():
            return value.date().isoformat() if value.time() == time.min else value.isoformat(" ")
        case date():
            return value.isoformat()
        case _ if text_only:
            raise Refused("ID_AS_NUMBER", "是数值，末位已失真：请将该列设为文本格式后重新录入。")
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _clean(text: str) -> str:
    if CONTROL.search(text):
        raise Refused("CONTROL_CHAR", "含有控制字符，请重新录入。")
    text = text.strip()
    if INVISIBLE.search(text):
        raise Refused("TEXT_INVISIBLE", "含有不可见字符，请重新录入。")
    return text[1:] if text.startswith("'") and text[1:].startswith(RUNS) else text
