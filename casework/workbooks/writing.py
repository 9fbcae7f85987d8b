"""Writing a workbook in which every cell is text and none can run."""

import re
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|_x00(?:0[0-8BCEF]|1[0-9A-F]|7F)_", re.IGNORECASE)
RUNS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet program may take for a formula when a cell begins with it."""


def write(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return an .xlsx in which every cell is text and none can be taken for a formula."""
    book = Workbook(write_only=True)
    page = book.create_sheet(title[:31])
    page.freeze_panes = "A2"
    page.append([_text_cell(page, heading, bold=True) for heading in headings])
    for row in rows:
        page.append([_text_cell(page, value) for value in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def neutral(value: object) -> str:
    """The text of a cell, with an apostrophe before what a spreadsheet program would run."""
    text = "" if value is None else CONTROL.sub("", str(value))
    return f"'{text}" if text.startswith(RUNS) else text


def _text_cell(page: Any, value: object, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(page, value=neutral(value))
    cell.data_type = "s"
    cell.number_format = "@"
    if bold:
        cell.font = Font(bold=True)
    return cell
