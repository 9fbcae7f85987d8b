"""Reading what is applied for: named fields, strictly typed, all mistakes found at once and told in Chinese."""
import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from casework.errors import Refused
from enrollment.models import Person
from enrollment.services.persons import checked_number, clean_text
from policy import masking, money
from policy.errors import PolicyError
from policy.periods import parse_day

Facts = dict[str, Any]
LARGEST = Decimal("100000000")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is missing or wrong: where (`members.2.id_no`, counted from 1), what, and what to do."""

    field: str
    code: str
    message: str


@dataclass(frozen=True)
class Field:
    """A fact that may or must be given. `secret`: stored only masked. `parts`: the facts of each entry of a list."""

    label: str
    read: Callable[[Any], Any]
    required: bool = True
    secret: bool = False
    parts: "Mapping[str, Field] | None" = None


Fields = Mapping[str, Field]


def text(label: str, limit: int = 50, *, required: bool = True, secret: bool = False) -> Field:
    """A text of at most `limit` characters, without invisible ones."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise Refused("FIELD_TYPE", f"{label}应为文字。")
        return clean_text(value, label, limit, required=required)

    return Field(label, read, required, secret)


def day(label: str, *, required: bool = True) -> Field:
    """A day, as a date or written YYYY-MM-DD and in no other way."""

    def read(value: Any) -> date:
        try:
            return parse_day(value.isoformat() if isinstance(value, date) else value)
        except PolicyError as error:
            raise Refused("DATE_FORMAT", f"{label}应为YYYY-MM-DD格式的日期。") from error

    return Field(label, read, required)


def choice(label: str, allowed: Mapping[str, str] | Sequence[tuple[str, str]], *, required: bool = True) -> Field:
    """One of a list of codes."""
    known = dict(allowed)

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            raise Refused("CHOICE", f"{label}应为：{'、'.join(known.values())}。")
        return value

    return Field(label, read, required)


def flag(label: str, *, required: bool = False) -> Field:
    """Yes or no; nothing that merely looks like it."""

    def read(value: Any) -> bool:
        if not isinstance(value, bool):
            raise Refused("BOOLEAN", f"{label}应为是或否。")
        return value

    return Field(label, read, required)


def number(label: str, low: int, high: int, *, required: bool = True) -> Field:
    """A whole number from `low` to `high`."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Refused("NUMBER", f"{label}应为{low}至{high}的整数。")
        return value

    return Field(label, read, required)


def amount(label: str, *, required: bool = True) -> Field:
    """An amount in yuan, not negative, to the fen."""

    def read(value: Any) -> Decimal:
        try:
            found = money.yuan(value)
        except PolicyError as error:
            raise Refused("AMOUNT_FORMAT", f"{label}应为金额，如120.00。") from error
        if found > LARGEST:
            raise Refused("AMOUNT_LIMIT", f"{label}超过上限，请核对。")
        return found

    return Field(label, read, required)


def entries(label: str, parts: Fields, *, most: int = 20) -> Field:
    """A list of entries with the same facts each, at least one."""

    def read(value: Any) -> list[Any]:
        if not isinstance(value, list) or not value or not all(isinstance(entry, Mapping) for entry in value):
            raise Refused("LINES_EMPTY", f"请填写{label}，至少一人。")
        if len(value) > most:
            raise Refused("TOO_MANY_ROWS", f"{label}一次最多{most}人，更多的请用文件批量导入。")
        return value

    return Field(label, read, parts=parts)


PERSON: dict[str, Field] = {
    "id_no": text("证件号码", 40, secret=True),
    "name": text("姓名"),
    "id_type": choice("证件类型", Person.IdType.choices, required=False),
    "birth_date": day("出生日期", required=False),
    "sex": choice("性别", Person.Sex.choices, required=False),
    "phone": text("联系电话", 20, required=False, secret=True),
    "address": text("联系地址", 200, required=False),
}
"""Who a matter is about, where he may not be in the register yet."""


def read_facts(fields: Fields, given: Mapping[str, Any], *, today: date, at: str = "") -> tuple[Facts, list[Fault]]:
    """Read the facts; returns those that could be read, and everything that is missing, unknown or wrong.

    Blank (None or "") is missing, never zero or no. A document number is checked with its kind of document.
    """
    found, faults = {}, []
    for name in given.keys() - fields.keys():
        near = difflib.get_close_matches(str(name), fields, n=1)
        hint = f"，是否应为“{fields[near[0]].label}”" if near else ""
        faults.append(Fault(f"{at}{name}", "FIELD_UNKNOWN", f"不认识的填写项“{str(name)[:30]}”{hint}。"))
    for name, field in fields.items():
        value = given.get(name)
        if value is None or value == "":
            if field.required:
                faults.append(Fault(f"{at}{name}", "FIELD_MISSING", f"请填写{field.label}。"))
            continue
        try:
            found[name] = field.read(value)
        except Refused as refusal:
            faults.append(Fault(f"{at}{name}", refusal.code, refusal.message))
            continue
        if field.parts is not None:
            found[name] = [
                _entry(field.parts, entry, today, f"{at}{name}.{nth}.", faults) for nth, entry in enumerate(value, 1)
            ]
    if "id_no" in found and "id_no" in fields:
        _check_number(found, faults, today, at)
    return found, faults


def refuse(faults: Sequence[Fault]) -> None:
    """Refuse with all that is wrong; faults of one kind keep their code, of several are `FACTS`."""
    if faults:
        codes = {fault.code for fault in faults}
        told = dict.fromkeys(_told(fault).rstrip("。") for fault in faults[:20])
        raise Refused(codes.pop() if len(codes) == 1 else "FACTS", "；".join(told) + "。")


def stored(fields: Fields, found: Mapping[str, Any]) -> Facts:
    """The facts as JSON that may be kept with the case: days and amounts as text, secrets masked."""
    kept: Facts = {}
    for name, value in found.items():
        field = fields[name]
        if field.parts is not None:
            kept[name] = [stored(field.parts, entry) for entry in value]
        elif field.secret:
            kept[name] = masking.mask_phone(value) if name == "phone" else masking.mask_id(value)
        else:
            kept[name] = value.isoformat() if isinstance(value, date) else \
                str(value) if isinstance(value, Decimal) else value
    return kept


def _entry(parts: Fields, given: Mapping[str, Any], today: date, at: str, faults: list[Fault]) -> Facts:
    found, wrong = read_facts(parts, given, today=today, at=at)
    faults.extend(wrong)
    return found


def _check_number(found: Facts, faults: list[Fault], today: date, at: str) -> None:
    kind = found.get("id_type") or Person.IdType.CITIZEN
    try:
        found["id_no"] = checked_number(kind, found["id_no"], today=today)
    except Refused as refusal:
        faults.append(Fault(f"{at}id_no", refusal.code, refusal.message))
        del found["id_no"]


def _told(fault: Fault) -> str:
    parts = fault.field.split(".")
    numbers = [part for part in parts if part.isdigit()]
    return f"第{numbers[0]}人：{fault.message}" if numbers else fault.message
