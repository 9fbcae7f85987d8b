"""Lists of hardship identities from civil affairs and agriculture: granted, shortened, and ended by silence."""
from datetime import date

from django.db import connection

from casework.errors import Refused
from casework.models.jurisdiction import area_prefix
from casework.workbooks import Columns
from enrollment.models import BulkBatch, HardshipIdentity, Person, StagedRow
from enrollment.services.bulk.kinds import FileKind, Merged, Merging
from enrollment.services.bulk.person_file import ID_TYPES
from enrollment.services.bulk.rows import Record, Row, Wrong
from enrollment.services.identities import end_identity
from enrollment.services.identity_lists import OFF_THE_LIST, ListRow, take_list_row
from policy import periods

CATEGORIES = {
    **{code: code for code in HardshipIdentity.Category.values},
    **{label: code for code, label in HardshipIdentity.Category.choices},
}
COLUMNS = Columns(
    required=("证件号码", "姓名", "困难身份", "开始日期"),
    optional=("证件类型", "结束日期", "认定文号"),
    aliases={"身份证号": "证件号码", "身份证号码": "证件号码", "身份类别": "困难身份"},
    text_only=("证件号码", "认定文号"),
)
DELTA_PERCENT = 10
DELTA_FROM = 10
"""A full list that differs from the holders by more than this share is held for a person; not below ten holders."""


def read(row: Row, batch: BulkBatch) -> Record | None:
    """Read one identity of one person; the last day is written inclusively, 9999-12-31 is open."""
    id_type = row.choice("证件类型", ID_TYPES, Person.IdType.CITIZEN)
    number = row.identity(id_type, "证件号码") if id_type else None
    name = row.text("姓名", 50, required=True)
    category = row.choice("困难身份", CATEGORIES)
    starts_on = row.day("开始日期", future=True)
    readable, ends_on = row.last_day("结束日期")
    document_no = row.text("认定文号", 100)
    if category and HardshipIdentity.AUTHORITY_OF[category] != batch.sender:
        label = HardshipIdentity.AUTHORITY_OF[category].label
        row.fault("IDENTITY_AUTHORITY", "困难身份", row.raw("困难身份") or "", f"由{label}部门认定，不应在本名单中。")
    if starts_on and readable and ends_on and ends_on <= starts_on:
        row.fault("PERIOD_REVERSED", "结束日期", f"{ends_on}", f"结束日期不得早于开始日期{starts_on}，请核对。")
    if row.faults:
        return None
    facts = {
        "category": category, "starts_on": f"{starts_on}", "ends_on": f"{ends_on}" if ends_on else None,
        "document_no": document_no,
    }
    return Record(f"{id_type}:{number}:{category}:{starts_on}", id_type, number, name, facts)


JOINS = """
    LEFT JOIN enrollment_hardshipidentity known ON known.person_id = person.id AND NOT known.voided
        AND known.category = line.facts->>'category' AND known.starts_on = (line.facts->>'starts_on')::date
"""
SAME = "known.ends_on IS NOT DISTINCT FROM (line.facts->>'ends_on')::date"
FAULTS = (
    """
    SELECT row_no, 'PERIOD_OVERLAP', '开始日期', facts->>'starts_on',
        '与本文件第' || other_row || '行的同一困难身份期间重叠，请核对。'
    FROM (
        SELECT row_no, facts,
            lag(row_no) OVER same_identity AS other_row,
            lag(coalesce((facts->>'ends_on')::date, 'infinity')) OVER same_identity AS other_end
        FROM staged WHERE nth = 1
        WINDOW same_identity AS (
            PARTITION BY person_id, facts->>'category' ORDER BY (facts->>'starts_on')::date, row_no
        )
    ) ordered WHERE other_end > (facts->>'starts_on')::date
    """,
    """
    SELECT row_no, 'PERIOD_BEFORE_BIRTH', '开始日期', facts->>'starts_on', '开始日期早于出生日期，请核对。'
    FROM staged WHERE within AND (facts->>'starts_on')::date < person_birth
    """,
    """
    SELECT row_no, 'PERSON_DIED', '结束日期', coalesce(facts->>'ends_on', ''),
        '参保人已于' || person_died || '死亡，期间不得超过死亡当日。'
    FROM staged WHERE within AND NOT coalesce(same, false) AND person_died IS NOT NULL
        AND coalesce((facts->>'ends_on')::date, 'infinity') > person_died + 1
    """,
)


def merge(work: Merging) -> Merged:
    """Make the register say what each line says, by the service: each change is news for the apps above, and on the
    person's record. A line that the register says already counts as unchanged."""
    result = Merged(counts={"new": 0, "changed": 0, "ended": 0})
    persons = Person.objects.in_bulk({row.person_id for row in work.rows})
    for row in work.rows:
        try:
            change = take_list_row(person=persons[row.person_id], row=_listed(row), by=work.by, at=work.at)
        except Refused as refusal:
            result.faults.append(Wrong(row.row_no, refusal.code, "困难身份", "", refusal.message[:300]))
            continue
        if change == "unchanged":
            result.unchanged += 1
        else:
            result.accepted += 1
            result.counts[change] += 1
            result.touched.append(row.person_id)
    return result


def _listed(row: StagedRow) -> ListRow:
    facts = row.facts
    ends_on = date.fromisoformat(facts["ends_on"]) if facts["ends_on"] else None
    return ListRow(
        row.id_no, facts["category"], date.fromisoformat(facts["starts_on"]), ends_on, facts["document_no"], row.row_no,
    )


def _holders(batch: BulkBatch) -> dict[int, int]:
    """Identity → person of those that this authority's list should name: in force when the month begins."""
    first = periods.parse_day(f"{batch.period}-01")
    held = HardshipIdentity.objects.in_force(first).filter(
        authority=batch.sender, starts_on__lt=first,
        person__region_code__startswith=area_prefix(batch.region_code),
    )
    return dict(held.values_list("pk", "person_id"))


def hold(batch: BulkBatch) -> str:
    """Why a full list is held for a person: it names far more or far fewer than hold an identity (DELTA_LIMIT)."""
    if not batch.complete:
        return ""
    before = len(set(_holders(batch).values()))
    now = StagedRow.objects.filter(
        batch=batch, state__in=[StagedRow.State.ACCEPTED, StagedRow.State.UNCHANGED],
    ).values("person_id").distinct().count()
    if before < DELTA_FROM or abs(now - before) * 100 <= before * DELTA_PERCENT:
        return ""
    return f"DELTA_LIMIT：现有{before}人，名单{now}人，相差超过{DELTA_PERCENT}%，请核对名单是否完整"


NAMED = """
    SELECT held.id FROM enrollment_hardshipidentity held
    JOIN enrollment_person person ON person.id = held.person_id
    JOIN enrollment_stagedrow line ON line.batch_id = %s AND line.person_id = person.id
        AND line.facts->>'category' = held.category
    WHERE held.id = ANY(%s)
"""


def close(work: Merging) -> dict[str, int]:
    """End what a full list no longer names, from the first day of its month. Who is named, even in a row that was
    rejected, is not ended; neither is anybody if a row could not be read at all: whom it named is not known."""
    batch = work.batch
    if not batch.complete:
        return {}
    staged = StagedRow.objects.filter(batch=batch).count()
    if staged != batch.rows_read:
        return {"ended_unlisted": 0, "unread_rows": batch.rows_read - staged}
    holders = _holders(batch)
    with connection.cursor() as cursor:
        cursor.execute(NAMED, [batch.pk, list(holders)])
        named = {pk for (pk,) in cursor.fetchall()}
    first = periods.parse_day(f"{batch.period}-01")
    silent = sorted(holders.keys() - named, key=lambda pk: (holders[pk], pk))
    for pk in silent:
        end_identity(
            identity_id=pk, ends_on=first, reason=OFF_THE_LIST, by=work.by, at=work.at,
        )
    return {"ended_unlisted": len(silent)}


IDENTITY_LIST = FileKind(
    code=BulkBatch.Kind.IDENTITY_LIST, permission="keep_identity", columns=COLUMNS, read=read, faults_sql=FAULTS,
    unchanged_sql="recorded AND same", merge=merge, joins=JOINS, same=SAME, monthly=True, chunk=200, hold=hold,
    close=close,
)
