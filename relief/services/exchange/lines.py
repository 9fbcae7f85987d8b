"""What a line of a returned list says: its columns read as values, everything wrong with it gathered."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from casework.workbooks import Columns
from enrollment.models import HardshipIdentity, Person
from enrollment.services.bulk.identity_file import CATEGORIES
from enrollment.services.bulk.person_file import ID_TYPES
from enrollment.services.bulk.rows import Row
from policy import periods
from relief.models import ReturnRow

Change = ReturnRow.Change
CHANGES = {**{code: code for code in Change.values}, **{label: code for code, label in Change.choices}}
COLUMNS = Columns(
    required=("证件号码", "姓名", "困难身份"),
    optional=("变动", "开始日期", "结束日期", "出生日期", "证件类型", "认定文号"),
    aliases={"身份证号": "证件号码", "身份证号码": "证件号码", "身份类别": "困难身份", "变动类型": "变动"},
    text_only=("证件号码", "认定文号"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One good line."""

    values: dict[str, Any]
    id_type: str

    @property
    def key(self) -> tuple[str, str, Any]:
        return self.values["id_no"], self.values["category"], self.values["starts_on"]


def read_line(row: Row, authority: str) -> Line | None:
    """Read one line; None after a fault. The last day is written inclusively, 9999-12-31 is open.

    A grant or change needs its first day, an end its last one; a category that another authority recognises is wrong.
    """
    id_type = row.choice("证件类型", ID_TYPES, Person.IdType.CITIZEN)
    number = row.identity(id_type, "证件号码") if id_type else None
    name = row.text("姓名", 50, required=True)
    category = row.choice("困难身份", CATEGORIES)
    change = row.choice("变动", CHANGES, Change.GRANTED)
    ended = change == Change.ENDED
    starts_on = row.day("开始日期", required=not ended, future=True)
    readable, ends_on = row.last_day("结束日期")
    born = row.day("出生日期", required=False)
    document_no = row.text("认定文号", 100)
    if category and HardshipIdentity.AUTHORITY_OF[category] != authority:
        label = HardshipIdentity.AUTHORITY_OF[category].label
        row.fault("IDENTITY_AUTHORITY", "困难身份", row.raw("困难身份") or "", f"由{label}部门认定，不应在本名单中。")
    if starts_on and ends_on and ends_on <= starts_on:
        row.fault("PERIOD_REVERSED", "结束日期", f"{ends_on}", f"结束日期不得早于开始日期{starts_on}，请核对。")
    if ended and readable and ends_on is None:
        row.fault("FIELD_MISSING", "结束日期", "", "变动为终止的，请填写结束日期。")
    if row.faults:
        return None
    return Line({
        "change": change, "id_no": number, "name": name, "birth_date": born or _born(id_type, number),
        "category": category, "starts_on": starts_on, "ends_on": ends_on, "document_no": document_no or "",
    }, id_type or "")


def _born(id_type: str | None, number: str | None) -> date | None:
    """The birth date that a citizen's number carries."""
    if number is None or id_type not in {Person.IdType.CITIZEN, Person.IdType.RESIDENCE_PERMIT}:
        return None
    return periods.parse_day(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
