"""Writing .csv and .xlsx of any length in bounded memory: every cell is text, none can run, and the same rows give
the same bytes, so that an export that was killed and begun again can be compared by its digest."""
import csv
import io
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from casework.workbooks import neutral

SHEET_ROWS = 1_000_000
"""Rows on one sheet; a spreadsheet takes 1,048,576. What is more goes to the next sheet under the same headings."""
FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


class Writer(Protocol):
    """Takes rows one by one and is closed at the end."""

    def row(self, values: Sequence[object]) -> None: ...

    def close(self) -> None: ...


class CsvWriter(AbstractContextManager["CsvWriter"]):
    """A .csv that spreadsheet programs open rightly: UTF-8 with its mark, or GB18030."""

    def __init__(self, path: Path, headings: Sequence[str], encoding: str = "utf-8-sig") -> None:
        self._file = path.open("w", encoding=encoding, newline="", errors="strict")
        self._csv = csv.writer(self._file, lineterminator="\r\n")
        self.row(headings)

    def row(self, values: Sequence[object]) -> None:
        self._csv.writerow([neutral(value) for value in values])

    def close(self) -> None:
        self._file.close()

    def __exit__(self, *_: object) -> None:
        self.close()


class XlsxWriter(AbstractContextManager["XlsxWriter"]):
    """An .xlsx of text cells, written through to the archive row by row."""

    def __init__(self, path: Path, title: str, headings: Sequence[str]) -> None:
        self._zip = ZipFile(path, "w", ZIP_DEFLATED, compresslevel=4)
        self._title, self._headings = title[:25], headings
        self._sheets = self._rows = 0
        self._part: Any = None
        self._buffer = io.StringIO()
        self._next_sheet()

    def row(self, values: Sequence[object]) -> None:
        if self._rows > SHEET_ROWS:
            self._next_sheet()
        self._write(values)

    def close(self) -> None:
        """Write what names the sheets; without it the file is no workbook."""
        self._end_sheet()
        for name, text in self._frame():
            self._zip.writestr(_entry(name), HEAD + text)
        self._zip.close()

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self._abandon()

    def _abandon(self) -> None:
        if self._part is not None:
            self._part.close()
        self._zip.close()

    def _next_sheet(self) -> None:
        self._end_sheet()
        self._sheets, self._rows = self._sheets + 1, 0
        self._part = self._zip.open(_entry(f"xl/worksheets/sheet{self._sheets}.xml"), "w", force_zip64=True)
        self._buffer.write(
            f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1"'
            ' topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f'<cols><col min="1" max="{max(len(self._headings), 1)}" width="20" customWidth="1"/></cols><sheetData>'
        )
        self._write(self._headings)

    def _write(self, values: Sequence[object]) -> None:
        self._rows += 1
        cells = "".join(
            f'<c t="inlineStr" s="1"><is><t xml:space="preserve">{escape(neutral(value))}</t></is></c>'
            for value in values
        )
        self._buffer.write(f'<row r="{self._rows}">{cells}</row>')
        if self._buffer.tell() > 65_536:
            self._flush()

    def _flush(self) -> None:
        self._part.write(self._buffer.getvalue().encode("utf-8"))
        self._buffer.seek(0)
        self._buffer.truncate()

    def _end_sheet(self) -> None:
        if self._part is None:
            return
        self._buffer.write("</sheetData></worksheet>")
        self._flush()
        self._part.close()
        self._part = None

    def _frame(self) -> Iterable[tuple[str, str]]:
        numbers = range(1, self._sheets + 1)
        sheets = "".join(
            f'<sheet name="{escape(self._title)}{number if number > 1 else ""}" sheetId="{number}" r:id="rId{number}"/>'
            for number in numbers
        )
        links = "".join(
            f'<Relationship Id="rId{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
            for number in numbers
        )
        links += f'<Relationship Id="rId{self._sheets + 1}" Type="{OFFICE}/styles" Target="styles.xml"/>'
        types = "".join(
            f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{BOOK_TYPE}.worksheet+xml"/>'
            for number in numbers
        )
        yield "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>'
        yield "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'
        yield "xl/styles.xml", STYLES
        yield "_rels/.rels", (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/officeDocument"'
            ' Target="xl/workbook.xml"/></Relationships>'
        )
        yield "[Content_Types].xml", (
            f'<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{BOOK_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{BOOK_TYPE}.styles+xml"/>{types}</Types>'
        )


STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def _entry(name: str) -> ZipInfo:
    """A part with a fixed date: the time of writing is no content."""
    entry = ZipInfo(name, FIRST_DAY_OF_ZIP)
    entry.compress_type = ZIP_DEFLATED
    return entry


def open_writer(path: Path, form: str, title: str, headings: Sequence[str]) -> Any:
    """Return the writer of this form: `xlsx`, `csv` (UTF-8) or `csv_gb` (GB18030)."""
    if form == "xlsx":
        return XlsxWriter(path, title, headings)
    return CsvWriter(path, headings, "gb18030" if form == "csv_gb" else "utf-8-sig")


__all__ = ["CsvWriter", "Writer", "XlsxWriter", "open_writer"]
