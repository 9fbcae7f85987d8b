"""Reading an .xlsx of any length in bounded memory: its XML is streamed, its shared texts lie in a file.

The general reader (openpyxl) takes fifteen times as long for the same rows, the fast one (calamine) holds the whole
sheet in memory.
"""
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Context, Decimal, InvalidOperation
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError

from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from casework.workbooks import Columns
from enrollment.services.bulk.cells import AS_NUMBER, Bad, Cell, Line, clean, headings, refuse
from enrollment.services.bulk.xlsx_parts import SharedTexts, SheetReader, Styles, TextTable

BLOCK = 64 * 1024
EXCEL_DIGITS = Context(prec=15)
"""A spreadsheet knows fifteen digits; what XML writes beyond them is the shadow of binary fractions."""
UNREADABLE = Bad("CELL_ERROR", "是错误值或无法识别，请核对。")
_WORKSHEET = re.compile(r"xl/worksheets/[^/]+\.xml")


class XlsxSource:
    """The rows of the first visible sheet of a judged workbook."""

    def __init__(self, path: Path, columns: Columns) -> None:
        self.path, self.columns = path, columns
        self.headings: list[str] = []
        self.warnings: list[str] = []
        self._read = self._size = 0
        self._texts = SharedTexts()
        self._styles = Styles()
        self._epoch = CALENDAR_WINDOWS_1900

    def fraction(self) -> tuple[int, int]:
        return self._read, self._size

    def lines(self) -> Iterator[Line]:
        """Yield the rows that hold something, as text; refuses merged cells when the last row has been read."""
        try:
            with ExitStack() as stack:
                stack.callback(self._texts.close)
                archive = stack.enter_context(ZipFile(self.path))
                sheet = self._prepare(archive)
                yield from self._sheet(archive, sheet)
        except (BadZipFile, ZlibError, expat.ExpatError, KeyError, ValueError, EOFError, OSError) as error:
            # The parser's own words may quote what stands in the file.
            raise refuse("TYPE_MISMATCH", "文件已损坏或不是规范的 .xlsx 工作簿，请另存后重新上传。") from error

    def _prepare(self, archive: ZipFile) -> str:
        names = set(archive.namelist())
        for name in sorted(names):
            if name.endswith((".xml", ".rels")) and not _WORKSHEET.fullmatch(name) and name not in STREAMED:
                _parse(archive, name)
        if "xl/styles.xml" in names:
            _parse(archive, "xl/styles.xml", self._styles.start, self._styles.end)
        if "xl/sharedStrings.xml" in names:
            shared = TextTable(self._texts)
            _parse(archive, "xl/sharedStrings.xml", shared.start, shared.end, shared.data)
        return self._first_sheet(archive)

    def _first_sheet(self, archive: ZipFile) -> str:
        """The part that holds the first visible sheet, found through the workbook's relations."""
        sheets: list[dict[str, str]] = []
        targets: dict[str, str] = {}

        def in_book(tag: str, given: dict[str, str]) -> None:
            if tag == "sheet":
                sheets.append({key.rpartition(":")[2]: value for key, value in given.items()})
            elif tag == "workbookPr" and given.get("date1904") in {"1", "true"}:
                self._epoch = CALENDAR_MAC_1904

        def in_relations(tag: str, given: dict[str, str]) -> None:
            if tag == "Relationship":
                targets[given.get("Id", "")] = given.get("Target", "")

        _parse(archive, "xl/workbook.xml", in_book)
        _parse(archive, "xl/_rels/workbook.xml.rels", in_relations)
        visible = next((sheet for sheet in sheets if sheet.get("state", "visible") == "visible"), None)
        if visible is None:
            raise refuse("FILE_EMPTY", "文件没有可见的工作表，请检查后重新上传。")
        if len(sheets) > 1:
            self.warnings.append("文件有其他工作表，只读取第一个可见的工作表。")
        target = targets[visible["id"]]
        return target.lstrip("/") if target.startswith("/") else f"xl/{target}"

    def _sheet(self, archive: ZipFile, name: str) -> Iterator[Line]:
        reader = SheetReader(self._value)
        parser = _parser(reader.start, reader.end, reader.data)
        self._size = archive.getinfo(name).file_size
        with archive.open(name) as part:
            while block := part.read(BLOCK):
                self._read += len(block)
                parser.Parse(block, False)
                yield from self._lines(reader)
            parser.Parse(b"", True)
        yield from self._lines(reader)
        if not self.headings:
            raise refuse("FILE_EMPTY", "文件没有内容，第一行应为列名。")
        if reader.merged:
            raise refuse("MERGED_CELLS", "工作表有合并单元格，请取消合并后上传。")
        if reader.hidden:
            self.warnings.append("文件有隐藏的行列：隐藏的行也已读入（HIDDEN_ROWS）。")

    def _lines(self, reader: SheetReader) -> Iterator[Line]:
        rows, reader.rows = reader.rows, []
        for row_no, cells in rows:
            if not self.headings:
                given = [cells.get(column, "") for column in range(max(cells) + 1)]
                self.headings = headings([cell if isinstance(cell, str) else "?" for cell in given], self.columns)
                continue
            width = len(self.headings)
            line = [cells.get(column, "") for column in range(width)]
            for column, name in enumerate(self.headings):
                # Only a cell that the sheet holds as a number is marked so; text keeps its digits.
                if isinstance(line[column], _Number):
                    line[column] = AS_NUMBER if name in self.columns.text_only else str(line[column])
            if any(line):
                yield row_no, line

    def _value(self, kind: str, style: str, content: str) -> Cell:
        if kind == "s":
            return clean(self._texts.get(int(content))) if content else ""
        if kind in {"inlineStr", "str", "d"}:
            return clean(content)
        if kind == "b":
            return "是" if content == "1" else "否"
        if kind == "e":
            return UNREADABLE
        if not content:
            return ""
        return self._number(content, style)

    def _number(self, content: str, style: str) -> Cell:
        try:
            value = EXCEL_DIGITS.create_decimal(content)
        except InvalidOperation:
            return UNREADABLE
        if not value.is_finite() or abs(value.adjusted()) > 20:
            return UNREADABLE
        if style and int(style) in self._styles.dates:
            return _day(value, self._epoch)
        return _Number(format(value.normalize(), "f"))


class _Number(str):
    """A cell that the sheet holds as a number."""

    __slots__ = ()


def _day(value: Decimal, epoch: Any) -> Cell:
    try:
        moment = from_excel(int(value), epoch)
    except (ValueError, OverflowError, TypeError):
        return UNREADABLE
    return moment.date().isoformat() if value == int(value) and hasattr(moment, "date") else UNREADABLE


STREAMED = {"xl/styles.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"}
_Start = Callable[[str, dict[str, str]], None]
_End = Callable[[str], None]


def _parser(start: _Start | None = None, end: _End | None = None, data: _End | None = None) -> Any:
    """A parser that ends at a document type declaration (entity bombs) and knows no prefixes."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse_entities
    if start is not None:
        parser.StartElementHandler = lambda tag, given: start(tag.rpartition(":")[2] if ":" in tag else tag, given)
    if end is not None:
        parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2] if ":" in tag else tag)
    if data is not None:
        parser.CharacterDataHandler = data
    return parser


def _parse(archive: ZipFile, name: str, *handlers: Any) -> None:
    parser = _parser(*handlers)
    with archive.open(name) as part:
        _feed(parser, part)


def _feed(parser: Any, part: IO[bytes]) -> None:
    while block := part.read(BLOCK):
        parser.Parse(block, False)
    parser.Parse(b"", True)


def _refuse_entities(*_: object) -> None:
    raise refuse("XML_ENTITY", "文件内部含有不允许的实体声明，已拒绝。请新建工作簿，粘贴数据后上传。")
