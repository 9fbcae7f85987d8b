"""Persons by file: unknown numbers are registered, known ones have telephone and address brought up to date."""
from casework.workbooks import Columns
from enrollment.models import BulkBatch, Person, Region, StagedRow
from enrollment.models.persons import CARRIES_BIRTH_DATE
from enrollment.services import names
from enrollment.services.bulk.kinds import FileKind, Merged, Merging
from enrollment.services.bulk.rows import Record, Row, Wrong
from policy import idnumber, regions

ID_TYPES = {**{code: code for code in Person.IdType.values}, **{label: code for code, label in Person.IdType.choices}}
SEXES = {**{code: code for code in Person.Sex.values}, **{label: code for code, label in Person.Sex.choices}}
COLUMNS = Columns(
    required=("证件号码", "姓名", "参保地"),
    optional=("证件类型", "性别", "出生日期", "联系电话", "联系地址"),
    aliases={"身份证号": "证件号码", "身份证号码": "证件号码", "参保地区划": "参保地"},
    text_only=("证件号码",),
)


def read(row: Row, batch: BulkBatch) -> Record | None:
    """Read one person; birth date and sex come from a citizen's number and must agree with it where given."""
    id_type = row.choice("证件类型", ID_TYPES, Person.IdType.CITIZEN)
    number = row.identity(id_type, "证件号码") if id_type else None
    name = row.text("姓名", 50, required=True)
    facts = {
        "region_code": _region(row, batch), "phone": row.phone("联系电话"), "address": row.text("联系地址", 200),
        **_born_and_sex(row, id_type, number),
    }
    if row.faults:
        return None
    return Record(f"{id_type}:{number}", id_type, number, name, facts)


def _born_and_sex(row: Row, id_type: str | None, number: str | None) -> dict[str, str]:
    born = row.day("出生日期", required=False)
    sex = row.choice("性别", SEXES) if row.raw("性别") else ""
    if id_type not in CARRIES_BIRTH_DATE:
        if not row.faults and (born is None or not sex):
            row.fault("FIELD_MISSING", "出生日期", "", "非居民身份证件须填写出生日期和性别。")
        return {"birth_date": f"{born}", "sex": sex or ""}
    if number is None:
        return {}
    carried = idnumber.birth_date(number), idnumber.sex(number)
    if (born or carried[0], sex or carried[1]) != carried:
        row.fault("ID_DISAGREES", "证件号码", number, "出生日期或性别与身份证号不一致，请核对。")
    return {"birth_date": f"{carried[0]}", "sex": carried[1]}


def _region(row: Row, batch: BulkBatch) -> str | None:
    code = row.given("参保地")
    if code is None:
        return None
    if code not in row.known:
        row.fault("REGION_UNKNOWN", "参保地", code, "行政区划代码不在区划表中，请核对。")
    elif not regions.contains(batch.region_code, code):
        row.fault("JURISDICTION", "参保地", code, "参保地不在本批次的经办区划内，不能导入。")
    return code


def prepare() -> frozenset[str]:
    """The codes of the division table: one query for a file."""
    return frozenset(Region.objects.values_list("pk", flat=True))


FAULTS = (
    """
    SELECT row_no, 'PERSON_KNOWN', '证件号码', shown_id,
           '该证件号码已登记且不在本经办区划内，请联系市级经办机构。'
    FROM staged WHERE person_id IS NOT NULL AND NOT within
    """,
    """
    SELECT row_no, 'REGISTER_CONFLICT', column_name, '', '与登记信息不一致，如需更正请办理信息变更。'
    FROM staged CROSS JOIN LATERAL (VALUES
        ('姓名', name <> person_name), ('参保地', facts->>'region_code' <> person_region),
        ('性别', facts->>'sex' <> person_sex), ('出生日期', facts->>'birth_date' <> person_birth::text)
    ) AS compared (column_name, differs)
    WHERE person_id IS NOT NULL AND within AND differs
    """,
)
UNCHANGED = """
    person_id IS NOT NULL AND coalesce(nullif(facts->>'phone', ''), person_phone) = person_phone
    AND coalesce(nullif(facts->>'address', ''), person_address) = person_address
"""


def merge(work: Merging) -> Merged:
    """Register the new ones of a chunk and bring the known ones up to date, by two statements."""
    result = Merged()
    numbers = [row.id_no for row in work.rows]
    locked = Person.objects.select_for_update(of=("self",)).select_related("merged_into").order_by("pk")
    known = {
        (person.id_type, person.id_no): person.merged_into or person for person in locked.filter(id_no__in=numbers)
    }
    new: list[Person] = []
    changed: list[Person] = []
    for row in work.rows:
        person = known.get((row.id_type, row.id_no))
        if person is None:
            new.append(_person(row, work))
        elif (person.name, person.region_code) != (row.name, row.facts["region_code"]):
            result.faults.append(_moved(row))
        elif _bring_up_to_date(person, row):
            changed.append(person)
        else:
            result.unchanged += 1
    Person.objects.bulk_create(new)
    Person.objects.bulk_update(changed, ["phone", "phone_tail", "address"])
    result.accepted = len(new) + len(changed)
    result.counts = {"new": len(new), "changed": len(changed)}
    return result


def _person(row: StagedRow, work: Merging) -> Person:
    facts = row.facts
    return Person(
        id_type=row.id_type, id_no=row.id_no, name=row.name, name_pinyin=names.pinyin(row.name)[:200],
        pinyin_initials=names.initials(row.name)[:50], sex=facts["sex"], birth_date=facts["birth_date"],
        phone=facts["phone"], phone_tail=facts["phone"][-4:], region_code=facts["region_code"],
        address=facts["address"], registered_at=work.at,
    )


def _bring_up_to_date(person: Person, row: StagedRow) -> bool:
    before = (person.phone, person.address)
    person.phone = row.facts["phone"] or person.phone
    person.phone_tail = person.phone[-4:]
    person.address = row.facts["address"] or person.address
    return (person.phone, person.address) != before


def _moved(row: StagedRow) -> Wrong:
    return Wrong(row.row_no, "CHANGED_SINCE_CHECK", "证件号码", "", "核对之后该人的登记信息已变更，请核对后重新上传。")


PERSON = FileKind(
    code=BulkBatch.Kind.PERSON, permission="register_person", columns=COLUMNS, read=read, faults_sql=FAULTS,
    unchanged_sql=UNCHANGED, merge=merge, needs_person=False, known=prepare,
)
