"""One row of a large file: its cells read as values, everything wrong with it gathered, not only the first."""
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from json import dumps
from typing import Any, NamedTuple

from casework.errors import Refused
from enrollment.services.bulk.cells import Bad, Cell, masked
from enrollment.services.persons import PHONE, checked_number, clean_text
from policy import idnumber, periods
from policy.errors import PolicyError

AMOUNT_LIMIT = Decimal(10) ** 8
_AMOUNT = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")
_YEAR = re.compile(r"20[0-9]{2}")
_NO_DAY = date(9999, 12, 31)


class Wrong(NamedTuple):
    """A fault of a row, ready to be stored: masked."""

    row_no: int
    code: str
    column: str
    shown: str
    message: str


@dataclass(frozen=True, slots=True)
class Record:
    """What a good row says. Rows with the same key speak of the same thing; with the same digest, alike."""

    key: str
    id_type: str
    id_no: str
    name: str
    facts: dict[str, Any]

    @property
    def digest(self) -> str:
        said = dumps([self.id_type, self.id_no, self.name, self.facts], ensure_ascii=False, sort_keys=True)
        return blake2b(said.encode(), digest_size=16).hexdigest()


@dataclass
class Row:
    """The cells of one row by heading. Reading a cell that is wrong notes a fault and gives nothing."""

    headings: list[str]
    today: date
    known: frozenset[str] = frozenset()
    row_no: int = 0
    cells: list[Cell] = field(default_factory=list)
    faults: list[Wrong] = field(default_factory=list)
    place: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.place = {name: index for index, name in enumerate(self.headings) if name}

    def load(self, row_no: int, cells: list[Cell]) -> None:
        self.row_no, self.cells, self.faults = row_no, cells, []

    def has(self, column: str) -> bool:
        return column in self.place

    def raw(self, column: str) -> str | None:
        """The text of a cell, empty where there is none; None after a fault."""
        index = self.place.get(column)
        cell = self.cells[index] if index is not None and index < len(self.cells) else ""
        if isinstance(cell, Bad):
            self.fault(cell.code, column, "", cell.message)
            return None
        return cell

    def fault(self, code: str, column: str, shown: str, message: str) -> None:
        self.faults.append(Wrong(self.row_no, code, column, masked(shown, column), message[:300]))

    def text(self, column: str, limit: int, *, required: bool = False) -> str | None:
        """A text without outer blanks, or empty."""
        text = self.raw(column)
        if text is None:
            return None
        try:
            return clean_text(text, column, limit, required=required)
        except Refused as refusal:
            self.fault(refusal.code, column, text, refusal.message)
            return None

    def given(self, column: str) -> str | None:
        """A text that must be there."""
        text = self.raw(column)
        if text == "":
            self.fault("FIELD_MISSING", column, "", f"请填写{column}。")
        return text or None

    def choice(self, column: str, labels: Mapping[str, str], default: str = "") -> str | None:
        """A code, written as such or as its Chinese label."""
        text = self.raw(column)
        if text is None or not (text or default):
            if text == "":
                self.fault("FIELD_MISSING", column, "", f"请填写{column}。")
            return None
        code = labels.get(text) if text else default
        if code is None:
            wanted = "、".join(dict.fromkeys(label for label in labels if not label.isascii()))
            self.fault("CODE_UNKNOWN", column, text, f"应为{wanted}之一。")
        return code

    def identity(self, id_type: str, column: str) -> str | None:
        """A normalised document number."""
        text = self.given(column)
        if text is None:
            return None
        try:
            return checked_number(id_type, text, today=self.today)
        except Refused as refusal:
            self.fault(refusal.code, column, text, refusal.message)
            return None

    def phone(self, column: str) -> str | None:
        text = self.raw(column)
        if not text:
            return text
        number = idnumber.normalise(text)
        if PHONE.fullmatch(number) is None:
            self.fault("PHONE_FORMAT", column, text, "联系电话应为11位手机号或带区号的固定电话，请核对。")
            return None
        return number

    def day(self, column: str, *, required: bool = True, future: bool = False) -> date | None:
        """A day written YYYY-MM-DD. Refuses one to come unless `future`."""
        text = self.given(column) if required else self.raw(column)
        if not text:
            return None
        try:
            day = periods.parse_day(text)
        except PolicyError:
            self.fault("DATE_FORMAT", column, text, "日期应写成YYYY-MM-DD，且为存在的日期。")
            return None
        if not future and day > self.today:
            self.fault("DATE_FUTURE", column, text, "日期晚于今天，请核对。")
            return None
        return day

    def last_day(self, column: str) -> tuple[bool, date | None]:
        """An inclusive end as the first day after it; empty and 9999-12-31 are open. Says whether it was readable."""
        before = len(self.faults)
        day = self.day(column, required=False, future=True)
        if day is None or day == _NO_DAY:
            return len(self.faults) == before, None
        return True, periods.add_days(day, 1)

    def year(self, column: str) -> int | None:
        text = self.given(column)
        if text is None:
            return None
        if _YEAR.fullmatch(text) is None or int(text) > self.today.year + 1:
            self.fault("YEAR_RANGE", column, text, f"年度应为四位数字，不晚于{self.today.year + 1}年。")
            return None
        return int(text)

    def amount(self, column: str, *, required: bool = True) -> Decimal | None:
        """Yuan with at most two places, from 0 to 10⁸; not rounded, and blank is not zero."""
        text = self.given(column) if required else self.raw(column)
        if not text:
            return None
        written = _AMOUNT.fullmatch(text)
        if written is None or not text.isascii():
            self.fault("AMOUNT_FORMAT", column, text, "金额应为数字，如400或400.00，不含千分位、全角字符和单位。")
        elif written[1]:
            self.fault("AMOUNT_SIGN", column, text, "金额不得为负数；退费请另行办理。")
        elif len(written[3] or "") > 2:
            self.fault("AMOUNT_PRECISION", column, text, "金额最多两位小数，系统不作四舍五入。")
        elif len(written[2]) > 12 or Decimal(text) > AMOUNT_LIMIT:
            self.fault("AMOUNT_LIMIT", column, text, "金额超过一亿元，请核对。")
        else:
            return Decimal(text).quantize(Decimal("0.01"))
        return None
