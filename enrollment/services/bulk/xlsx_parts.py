"""What the parts of a workbook are read into: its table of texts, its styles, its rows."""
import mmap
import tempfile
from array import array
from collections.abc import Callable
from functools import lru_cache

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

from enrollment.services.bulk.cells import FORMULA, Cell, refuse

MAX_COLUMNS = 100


class SharedTexts:
    """The workbook's table of texts, in an unnamed file: a row refers to them by number."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 – closed by close()
        self._starts = array("Q", [0])
        self._end = 0
        self._map: mmap.mmap | None = None
        self.get = lru_cache(maxsize=4_096)(self._get)

    def add(self, text: str) -> None:
        data = text.encode("utf-8", "surrogatepass")
        self._file.write(data)
        self._end += len(data)
        self._starts.append(self._end)

    def close(self) -> None:
        if self._map is not None:
            self._map.close()
        self._file.close()

    def _get(self, number: int) -> str:
        if self._map is None:
            self._file.flush()
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) if self._end else None
        if not 0 <= number < len(self._starts) - 1:
            raise refuse("TYPE_MISMATCH", "文件已损坏：单元格指向不存在的文本，请另存后重新上传。")
        data = b"" if self._map is None else self._map[self._starts[number]:self._starts[number + 1]]
        return data.decode("utf-8", "surrogatepass")


class TextTable:
    """Reads the shared texts; phonetic hints beside a text are no part of it."""

    def __init__(self, texts: SharedTexts) -> None:
        self.texts = texts
        self.parts: list[str] = []
        self.inside = self.hint = False

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "t":
            self.inside = not self.hint
        elif tag == "si":
            self.parts = []
        elif tag == "rPh":
            self.hint = True

    def end(self, tag: str) -> None:
        if tag == "t":
            self.inside = False
        elif tag == "si":
            self.texts.add("".join(self.parts))
        elif tag == "rPh":
            self.hint = False

    def data(self, text: str) -> None:
        if self.inside:
            self.parts.append(text)


class Styles:
    """Which cell styles show a number as a date."""

    def __init__(self) -> None:
        self.dates: set[int] = set()
        self._custom: dict[int, str] = {}
        self._in_cells = False
        self._next = 0

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "numFmt":
            self._custom[int(given.get("numFmtId", "0"))] = given.get("formatCode", "")
        elif tag == "cellXfs":
            self._in_cells = True
        elif tag == "xf" and self._in_cells:
            number = int(given.get("numFmtId", "0"))
            code = self._custom.get(number) or BUILTIN_FORMATS.get(number, "General")
            if is_date_format(code):
                self.dates.add(self._next)
            self._next += 1

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self._in_cells = False


class SheetReader:
    """Turns the XML events of one sheet into rows of cells."""

    def __init__(self, value: Callable[[str, str, str], Cell]) -> None:
        self.value = value
        self.rows: list[tuple[int, dict[int, Cell]]] = []
        self.merged = self.hidden = self.has_formula = False
        self.text: list[str] | None = None
        self.row_no = 0
        self.column = -1
        self.kind = self.style = ""
        self.content = ""
        self.cells: dict[int, Cell] = {}

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "c":
            self.kind, self.style, self.content, self.has_formula = given.get("t", "n"), given.get("s", ""), "", False
            self.column = _column(given["r"]) if "r" in given else self.column + 1
            if self.column >= MAX_COLUMNS:
                raise refuse("TOO_MANY_COLUMNS", f"文件超过{MAX_COLUMNS}列，请删除多余的列后上传。")
        elif tag == "v" or (tag == "t" and self.kind == "inlineStr"):
            self.text = []
        elif tag == "row":
            self.row_no = int(given.get("r", self.row_no + 1))
            self.column, self.cells = -1, {}
            self.hidden |= given.get("hidden") in {"1", "true"}
        elif tag == "f":
            self.has_formula = True
        elif tag == "mergeCell":
            self.merged = True
        elif tag == "col":
            self.hidden |= given.get("hidden") in {"1", "true"}

    def end(self, tag: str) -> None:
        if tag == "v" or tag == "t":
            if self.text is not None:
                self.content += "".join(self.text)
                self.text = None
        elif tag == "c":
            cell = FORMULA if self.has_formula else self.value(self.kind, self.style, self.content)
            if cell:
                self.cells[self.column] = cell
        elif tag == "row" and self.cells:
            self.rows.append((self.row_no, self.cells))

    def data(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)


@lru_cache(maxsize=4_096)
def _letters(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _column(reference: str) -> int:
    return _letters(reference.rstrip("0123456789"))
