"""The files of a push. Equal rows give equal bytes on every machine: no clock, locale, zone or compressor in them."""

import json
import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from xlsxwriter import Workbook

from casework.workbooks import neutral
from enrollment.models import HardshipIdentity, Person
from enrollment.services.bulk.writers import CsvWriter

GENERATOR = "push-1"
"""Stored with each push; raised when equal rows begin to give other bytes."""

HEADINGS = (
    "序号", "证件类型", "证件号码", "姓名", "出生日期", "参保地", "政策范围内个人自付（元）", "上次推送金额（元）",
    "已有困难身份",
)
FIELDS = ("number", "id_type", "id_no", "name", "birth_date", "region_name", "amount", "earlier", "categories")
SHEET_ROWS = 1_000_000
LONG_AGO = datetime(1980, 1, 1)
ENCODINGS = {"csv_gb": "gb18030", "csv_utf8": "utf-8-sig"}
SUFFIXES = {"xlsx": "xlsx", "csv_gb": "csv", "csv_utf8": "csv"}
Row = Sequence[Any]


def cells(row: Row) -> list[str]:
    """A row as text: types and categories in words, amounts to the fen, nothing for nothing."""
    number, id_type, id_no, name, born, region, amount, earlier, categories = row
    return [
        str(number), str(dict(Person.IdType.choices).get(id_type, id_type)), id_no, name, born.isoformat(), region,
        f"{amount:.2f}", "" if earlier is None else f"{earlier:.2f}",
        "、".join(str(dict(HardshipIdentity.Category.choices).get(code, code)) for code in categories),
    ]


def write_file(path: Path, form: str, rows: Iterable[Row]) -> None:
    """Write the rows, one by one, in this form."""
    if form == "xlsx":
        _write_xlsx(path, rows)
        return
    with CsvWriter(path, HEADINGS, ENCODINGS[form]) as writer:
        for row in rows:
            writer.row(cells(row))


def digest_of(rows: Iterable[Row]) -> str:
    """The digest of what the rows say, in whatever file they stand."""
    digest = sha256()
    for row in rows:
        digest.update(json.dumps(cells(row), ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()


def _write_xlsx(path: Path, rows: Iterable[Row]) -> None:
    packed = path.with_name(f"{path.name}.packed")
    try:
        _write_book(packed, rows)
        _repack(packed, path)
    finally:
        packed.unlink(missing_ok=True)


def _write_book(path: Path, rows: Iterable[Row]) -> None:
    """In constant memory: a sheet is written through, and every cell is text."""
    book = Workbook(str(path), {
        "constant_memory": True, "tmpdir": str(path.parent), "strings_to_formulas": False, "strings_to_urls": False,
        "strings_to_numbers": False,
    })
    book.set_properties({"created": LONG_AGO})
    text = book.add_format({"num_format": "@"})
    page, line = _page(book, text, 1), 0
    for row in rows:
        if line == SHEET_ROWS:
            page, line = _page(book, text, len(book.worksheets()) + 1), 0
        line += 1
        for column, cell in enumerate(cells(row)):
            page.write_string(line, column, neutral(cell), text)
    book.close()


def _page(book: Workbook, text: Any, number: int) -> Any:
    page = book.add_worksheet("名单" if number == 1 else f"名单{number}")
    page.freeze_panes(1, 0)
    page.set_column(0, len(HEADINGS) - 1, 20)
    for column, heading in enumerate(HEADINGS):
        page.write_string(0, column, heading, text)
    return page


def _repack(packed: Path, path: Path) -> None:
    """The same parts, not compressed: what a compressor makes of them differs between versions of its library."""
    with ZipFile(packed) as source, ZipFile(path, "w", ZIP_STORED) as target:
        for name in source.namelist():
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o600 << 16
            with source.open(name) as part, target.open(entry, "w") as out:
                shutil.copyfileobj(part, out)


def manifest_text(said: dict[str, Any]) -> str:
    """The manifest as it is sent: sorted keys, one per line."""
    return json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
