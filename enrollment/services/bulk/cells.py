"""What a cell of a large file may hold, and what a fault shows of it."""
import re
from dataclasses import dataclass

from casework.workbooks import Columns, Fault, FileRefused
from casework.workbooks.reading import INVISIBLE, _headings
from casework.workbooks.writing import CONTROL, RUNS
from policy import masking

LONGEST_CELL = 2_000
SHOWN = 40
_NUMBERS = re.compile(r"[0-9]{7,}[0-9Xx]?")
_EXPONENT = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+?[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Bad:
    """A cell that can't be taken for text: a formula, a number where text is needed, a control character."""

    code: str
    message: str


Cell = str | Bad
Line = tuple[int, list[Cell]]
"""A row as Excel numbers it, with its cells in the order of the headings."""

FORMULA = Bad("FORMULA_REFUSED", "是公式，请粘贴为数值后重新上传。")
AS_NUMBER = Bad("ID_AS_NUMBER", "是数值，末位已失真：请将该列设为文本格式后重新录入。")
WITH_CONTROL = Bad("CONTROL_CHAR", "含有控制字符，请重新录入。")
WITH_INVISIBLE = Bad("TEXT_INVISIBLE", "含有不可见字符，请重新录入。")
TOO_LONG = Bad("TEXT_LENGTH", f"超过{LONGEST_CELL}个字，请核对。")


def clean(text: str) -> Cell:
    """The text of a cell without outer blanks, and without the apostrophe that our own export put before it."""
    if not text:
        return ""
    if not text.isprintable():
        if CONTROL.search(text):
            return WITH_CONTROL
        text = text.strip()
        if INVISIBLE.search(text):
            return WITH_INVISIBLE
    if len(text) > LONGEST_CELL:
        return TOO_LONG
    text = text.strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(RUNS) else text


def number_as_text(text: str) -> bool:
    """Whether a spreadsheet has turned a long number into `4.40524E+17`: its last digits are gone."""
    return _EXPONENT.fullmatch(text) is not None


def headings(cells: list[str], columns: Columns) -> list[str]:
    """The known name of each column; refuses a missing, doubled or unknown one, all at once.

    A first row without any known heading is data: it is refused without being repeated.
    """
    known = {*columns.known, *columns.aliases}
    if any(cells) and not any(cell.replace("\ufeff", "").strip() in known for cell in cells):
        raise refuse("COLUMN_MISSING", f"第一行不是列名。应有：{'、'.join(columns.required)}。", 1)
    return _headings(cells, columns)


def masked(text: str, column: str) -> str:
    """What a fault shows of the cell: enough to find it, never a name, an identity number or a telephone."""
    text = CONTROL.sub("", text)[:SHOWN]
    if "姓名" in column:
        return masking.mask_name(text)
    return _NUMBERS.sub(lambda found: masking.mask_id(found.group().ljust(11, "*")), text)


def refuse(code: str, message: str, row: int = 0) -> FileRefused:
    """The refusal of a whole file."""
    return FileRefused([Fault(code, message, row)])
