"""Reading a .csv of any length: its encoding is judged over all its bytes, its rows are streamed."""
import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from casework.workbooks import Columns
from enrollment.services.bulk.cells import AS_NUMBER, Line, clean, headings, number_as_text, refuse

BLOCK = 1024 * 1024
SAMPLE = 200
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SPOKEN = {"utf-8": "UTF-8", "gb18030": "GB18030"}


def encoding_of(path: Path, declared: str = "") -> str:
    """Return `utf-8` or `gb18030`, whichever all the bytes are; a declaration that they contradict is refused.

    Text with Chinese characters in GB18030 is practically never valid UTF-8, so valid UTF-8 is UTF-8. The other
    way round proves nothing: most UTF-8 can be read as GB18030, into other characters.
    """
    with path.open("rb") as file:
        if file.read(2) in UTF_16:
            raise refuse("ENCODING", "文件是UTF-16编码（偏移0），请另存为UTF-8或GB18030编码的CSV。")
    wrong_utf8 = _first_wrong(path, "utf-8")
    found = "utf-8" if wrong_utf8 is None else "gb18030"
    if found == "gb18030" and (wrong := _first_wrong(path, "gb18030")) is not None:
        offset = wrong_utf8 if declared == "utf-8" else max(wrong, wrong_utf8 or 0)
        raise refuse("ENCODING", f"文件第{offset}字节处无法按UTF-8或GB18030识别，请另存为UTF-8编码的CSV。")
    if declared and declared != found and not _plain(path):
        raise refuse(
            "ENCODING_MISMATCH", f"申报的编码是{SPOKEN.get(declared, declared)}，文件内容实为{SPOKEN[found]}，请核对。",
        )
    return found


def _first_wrong(path: Path, encoding: str) -> int | None:
    """The offset of the first byte that is not of this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    read = 0
    with path.open("rb") as file:
        while True:
            block = file.read(BLOCK)
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return read - pending + error.start
            if not block:
                return None
            read += len(block)


def _plain(path: Path) -> bool:
    with path.open("rb") as file:
        return all(block.isascii() for block in iter(lambda: file.read(BLOCK), b""))


class CsvSource:
    """The rows of a .csv, numbered as Excel shows them: a quoted line break does not begin a row."""

    def __init__(self, path: Path, columns: Columns, encoding: str) -> None:
        self.path, self.columns, self.encoding = path, columns, encoding
        self.size = path.stat().st_size
        self.headings: list[str] = []
        self.warnings: list[str] = []
        self._file: IO[bytes] | None = None

    def fraction(self) -> tuple[int, int]:
        """How much of the file has been read, in bytes, of how many."""
        return (self._file.tell() if self._file and not self._file.closed else self.size), self.size

    def lines(self) -> Iterator[Line]:
        """Yield the rows that hold something, as text."""
        with self.path.open("rb") as raw:
            self._file = raw
            text = codecs.getreader("utf-8-sig" if self.encoding == "utf-8" else self.encoding)(raw)
            rows = csv.reader(_physical_lines(text), strict=True)
            try:
                yield from self._numbered(rows)
            except csv.Error as error:
                place = rows.line_num
                raise refuse("CSV_FORMAT", f"第{place}行附近的引号不成对或格式有误，请核对。", place) from error

    def _numbered(self, rows: Iterator[list[str]]) -> Iterator[Line]:
        first = next(rows, None)
        if first is None:
            raise refuse("FILE_EMPTY", "文件没有内容，第一行应为列名。")
        self._judge_mojibake(first)
        self.headings = headings(first, self.columns)
        numbers = [name in self.columns.text_only for name in self.headings]
        for row_no, cells in enumerate(rows, 2):
            if not any(cells):
                continue
            if len(cells) > len(numbers) and any(cells[len(numbers):]):
                raise refuse("COLUMN_COUNT", f"第{row_no}行的列数多于列名，请核对分隔符和引号。", row_no)
            yield row_no, [
                AS_NUMBER if is_number and number_as_text(cell) else clean(cell)
                for cell, is_number in zip(cells, numbers, strict=False)
            ]

    def _judge_mojibake(self, first: list[str]) -> None:
        """Refuse headings that were UTF-8 once and were saved after being read as GB18030."""
        known = set(self.columns.known) | set(self.columns.aliases)
        for heading in first:
            try:
                meant = heading.encode("gb18030").decode("utf-8")
            except UnicodeError:
                continue
            if meant != heading and meant.lstrip("\ufeff") in known:
                raise refuse(
                    "ENCODING_MISMATCH", "列名是乱码：UTF-8文件曾被按GB18030打开并保存。请从原系统重新导出。", 1,
                )


def _physical_lines(text: codecs.StreamReader) -> Iterator[str]:
    """Lines ended by CR, LF or CRLF and nothing else, with their ends: csv keeps those inside quotes."""
    rest = ""
    while block := text.read(BLOCK // 4):
        held = block[-1] == "\r"
        parts = (rest + block).replace("\r\n", "\n")
        if held and parts.endswith("\r"):
            parts, tail = parts[:-1], "\r"
        else:
            tail = ""
        *lines, rest = parts.replace("\r", "\n").split("\n")
        rest += tail
        for line in lines:
            yield line + "\n"
    if rest:
        yield rest.replace("\r", "\n")
