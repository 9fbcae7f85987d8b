"""The two diseases (两病, BZ-CHR-17.1): from the health department's list, without documents (BZ-CHR-20.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Literal

from django.db import transaction

from casework import audit
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer
from casework.workbooks import Columns, Fault, FileRefused, read
from chronic.models import Entitlement, TwoDiseaseList
from chronic.services import granting
from chronic.services.judging import catalogue_of
from enrollment.models import Person
from policy import idnumber, masking
from policy.catalogue import Catalogue, Unit
from policy.errors import PolicyError
from policy.periods import parse_day

TAKE = "chronic.take_two_disease_list"
CATEGORY = "two_diseases"
MAX_ROWS = 20_000
DELTA_PERCENT, DELTA_FROM = 10, 10
"""A full list that would end more than this share of the holders is held for a person; not below ten holders."""
COLUMNS = Columns(
    required=("证件号码", "姓名", "病种"), optional=("开始日期", "终止日期"),
    aliases={"身份证号": "证件号码", "身份证号码": "证件号码", "疾病": "病种"}, text_only=("证件号码",),
)
Outcome = Literal["new", "unchanged", "ended", "unmatched"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One line: who, which disease, from when, and from when no more."""

    id_no: str
    name: str
    unit: str
    starts_on: date
    ends_on: date | None = None
    row_no: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a line, and why where nothing was to be done."""

    row_no: int
    outcome: Outcome
    message: str = ""


def read_two_disease_list(data: bytes, *, region_code: str, listed_on: date) -> list[Listed]:
    """Read an .xlsx list; refuses with everything that is wrong in it, row by row."""
    units = {unit.code: unit for unit in catalogue_of(region_code).in_category(CATEGORY)}
    words = {**{unit.name: code for code, unit in units.items()}, **{code: code for code in units}}
    words |= {unit.name.split("（")[0]: code for code, unit in units.items()}
    faults: list[Fault] = []
    sheet = read(data, COLUMNS, max_rows=MAX_ROWS)
    rows = [
        _line(number, dict(zip(sheet.headings, cells, strict=False)), words, listed_on, faults)
        for number, cells in sheet.rows
    ]
    found = [row for row in rows if row is not None]
    _refuse_contradictions(found, faults)
    if faults:
        raise FileRefused(sorted(faults, key=lambda fault: fault.row))
    return found


@transaction.atomic
def take_two_disease_list(
    rows: Sequence[Listed], *, listed_on: date, by: Officer, at: datetime, complete: bool = False,
    confirmed: bool = False, file: bytes = b"",
) -> TwoDiseaseList:
    """Make the register say what the list says: each line is new, unchanged, ended or unmatched; taken again it
    changes nothing. With `complete`, who is on it no more loses the benefit from `listed_on` on; if that were too many
    it is refused (`DELTA_LIMIT`) until it is confirmed. Who has the chronic certificate stays with it."""
    if not by.may(TAKE):
        raise Refused("no_permission", "您的岗位不能导入两病名单。")
    if listed_on > bureau_day(at):
        raise Refused("DATE_FUTURE", "名单日期晚于今天，请核对。")
    known = catalogue_of(by.region_code)
    persons = _persons(rows, by)
    held = _held([person.pk for person in persons.values()])
    taken = [_take(row, persons.get(row.id_no), held, known, by, at) for row in rows]
    listed = {(persons[row.id_no].pk, row.unit) for row in rows if row.id_no in persons}
    unlisted = _end_unlisted(listed, listed_on, confirmed, by, at) if complete else 0
    counts = {name: sum(one.outcome == name for one in taken) for name in ("new", "unchanged", "ended", "unmatched")}
    made = TwoDiseaseList.objects.create(
        region_code=by.region_code, listed_on=listed_on, complete=complete, read=len(rows), unlisted=unlisted,
        report=[[one.row_no, one.outcome, one.message] for one in taken if one.message], taken_by=by, taken_at=at,
        file_sha256=sha256(file).hexdigest() if file else "", **counts,
    )
    audit.record(
        action="take_two_disease_list", label="导入两病名单", by=by, at=at, subject=f"two_disease_list:{made.pk}",
        region_code=by.region_code, detail={**counts, "unlisted": unlisted},
    )
    return made


def _persons(rows: Sequence[Listed], by: Officer) -> dict[str, Person]:
    """By number the persons of the officer's territory, locked in one order; a merged number stands for the kept."""
    numbers = {row.id_no for row in rows}
    found = Person.objects.visible_to(by).filter(id_no__in=numbers).select_related("merged_into").order_by("pk")
    return {person.id_no: person.merged_into or person for person in found.select_for_update(of=("self",))}


def _held(person_ids: list[int]) -> dict[tuple[int, str], Entitlement]:
    rows = Entitlement.objects.filter(person_id__in=person_ids, ended_on=None).select_for_update(of=("self",))
    return {(made.person_id, made.unit): made for made in rows.select_related("person").order_by("pk")}


def _take(
    row: Listed, person: Person | None, held: dict[tuple[int, str], Entitlement], known: Catalogue, by: Officer,
    at: datetime,
) -> Taken:
    if person is None:
        return Taken(row.row_no, "unmatched", f"{masking.mask_id(row.id_no)}未在本经办区划登记参保。")
    if person.name != row.name:
        return Taken(row.row_no, "unmatched", f"{masking.mask_id(row.id_no)}的姓名与登记的不一致。")
    made = held.get((person.pk, row.unit))
    greater = [code for code in known.rules.upgrades.get(row.unit, ()) if (person.pk, code) in held]
    if row.ends_on is not None:
        if made is None:
            return Taken(row.row_no, "unchanged", "没有该病种的两病待遇，无须终止。")
        granting.end(made, row.ends_on, "卫健部门名单载明终止", by=by, at=at, rule=known.rules.list_rule)
        del held[person.pk, row.unit]
        return Taken(row.row_no, "ended")
    if made is not None or greater:
        return Taken(row.row_no, "unchanged", "已有慢性病待遇，不再登记两病。" if greater else "")
    held[person.pk, row.unit] = _grant(person, known.find(row.unit), row.starts_on, known.rules.list_rule, at)
    return Taken(row.row_no, "new")


def _grant(person: Person, unit: Unit, starts_on: date, rule: str, at: datetime) -> Entitlement:
    given = granting.Grant(
        starts_on=starts_on, certified_on=starts_on, origin=Entitlement.Origin.LIST, reason=f"卫健部门名单（{rule}）"
    )
    return granting.grant(person, unit, given, at=at)


def _end_unlisted(
    listed: set[tuple[int, str]], listed_on: date, confirmed: bool, by: Officer, at: datetime
) -> int:
    rows = Entitlement.objects.visible_to(by).filter(
        origin=Entitlement.Origin.LIST, ended_on=None, certified_on__lt=listed_on
    )
    holders = list(rows.select_related("person").order_by("pk").select_for_update(of=("self",)))
    gone = [made for made in holders if (made.person.merged_into_id or made.person_id, made.unit) not in listed]
    if not confirmed and len(holders) >= DELTA_FROM and len(gone) * 100 > len(holders) * DELTA_PERCENT:
        share = f"{len(gone)}项待遇，超过在册{len(holders)}项的{DELTA_PERCENT}%"
        raise Refused("DELTA_LIMIT", f"全量名单将终止{share}，请核对后再确认导入。")
    for made in gone:
        granting.end(made, listed_on, "卫健部门名单未再列入", by=by, at=at)
    return len(gone)


def _line(
    number: int, cells: dict[str, str], words: dict[str, str], listed_on: date, faults: list[Fault]
) -> Listed | None:
    wrong: list[Fault] = []
    try:
        id_no = idnumber.check(cells.get("证件号码", ""), today=listed_on)
    except PolicyError as error:
        wrong.append(Fault(error.code.upper(), f"{error.message}。", number, "证件号码"))
    name = cells.get("姓名", "").strip()
    if not name:
        wrong.append(Fault("FIELD_MISSING", "请填写姓名。", number, "姓名"))
    unit = words.get(cells.get("病种", "").strip())
    if unit is None:
        wrong.append(Fault("UNKNOWN_DISEASE", f"病种应为：{'、'.join(sorted(words))}。", number, "病种"))
    starts = _day(cells, "开始日期", number, wrong) or listed_on
    ends = _day(cells, "终止日期", number, wrong)
    if starts > listed_on:
        wrong.append(Fault("DATE_FUTURE", f"开始日期晚于名单日期{listed_on}。", number, "开始日期"))
    faults += wrong
    return None if wrong else Listed(id_no, name, unit or "", starts, ends, number)


def _day(cells: dict[str, str], column: str, number: int, wrong: list[Fault]) -> date | None:
    if not cells.get(column, ""):
        return None
    try:
        return parse_day(cells[column])
    except PolicyError:
        wrong.append(Fault("DATE_FORMAT", "应为YYYY-MM-DD格式的日期。", number, column))
        return None


def _refuse_contradictions(rows: Sequence[Listed], faults: list[Fault]) -> None:
    """The same person and disease in two lines."""
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        seen = first.setdefault((row.id_no, row.unit), row.row_no)
        if seen != row.row_no:
            said = f"与第{seen}行是同一人同一病种，请只保留一行。"
            faults.append(Fault("DUP_CONFLICT", said, row.row_no, "证件号码"))
