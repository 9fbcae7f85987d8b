"""Resident payments by the tax bureau's file: each line becomes one row of the contribution ledger, once."""
from django.db import connection

from casework.models.jurisdiction import area_prefix
from casework.workbooks import Columns
from enrollment.models import BulkBatch, Person
from enrollment.services.bulk.kinds import FileKind, Merged, Merging
from enrollment.services.bulk.person_file import ID_TYPES
from enrollment.services.bulk.rows import Record, Row, Wrong

AMOUNT = "个人缴费金额"
COLUMNS = Columns(
    required=("证件号码", "姓名", "缴费年度", AMOUNT, "缴费日期", "税票号码"),
    optional=("证件类型", "资助金额"),
    aliases={
        "身份证号": "证件号码", "身份证号码": "证件号码", "缴费金额": AMOUNT, "实缴金额": AMOUNT,
        "费款所属年度": "缴费年度", "电子税票号码": "税票号码", "缴款日期": "缴费日期",
    },
    text_only=("证件号码", "税票号码"),
)


def read(row: Row, batch: BulkBatch) -> Record | None:
    """Read one payment of one person for one year (BZ-RES-3.1, BZ-RES-4.1)."""
    id_type = row.choice("证件类型", ID_TYPES, Person.IdType.CITIZEN)
    number = row.identity(id_type, "证件号码") if id_type else None
    name = row.text("姓名", 50, required=True)
    year = row.year("缴费年度")
    amount = row.amount(AMOUNT)
    subsidy = row.amount("资助金额", required=False)
    paid_on = row.day("缴费日期")
    receipt = row.text("税票号码", 64, required=True)
    if year and paid_on and not year - 1 <= paid_on.year <= year:
        row.fault("DATE_RANGE", "缴费日期", f"{paid_on}", f"{year}年度的保费应在{year - 1}年至{year}年内缴纳，请核对。")
    if row.faults:
        return None
    facts = {"year": year, "personal": f"{amount}", "subsidy": f"{subsidy or 0:.2f}", "paid_on": f"{paid_on}"}
    return Record(receipt, id_type, number, name, facts)


JOINS = """
    LEFT JOIN enrollment_contribution known
        ON known.source = 'tax_file' AND known.source_no = line.key AND known.reverses_id IS NULL
"""
SAME = """
    known.person_id = person.id AND known.kind = 'resident_year' AND known.for_year = (line.facts->>'year')::int
    AND known.personal_amount = (line.facts->>'personal')::numeric
    AND known.subsidy_amount = (line.facts->>'subsidy')::numeric AND known.paid_on = (line.facts->>'paid_on')::date
"""
FAULTS = (
    """
    SELECT row_no, 'PERSON_DIED', '缴费日期', facts->>'paid_on',
        '参保人在缴费日期或缴费年度前已死亡，请核对；误缴的请办理退费。'
    FROM staged WHERE within AND (
        person_died < (facts->>'paid_on')::date OR extract(year FROM person_died) < (facts->>'year')::int
    )
    """,
    """
    SELECT row_no, 'DATE_ORDER', '缴费日期', facts->>'paid_on', '缴费日期早于出生日期，请核对。'
    FROM staged WHERE within AND person_birth > (facts->>'paid_on')::date
    """,
    """
    SELECT row_no, 'RECORD_CONFLICT', '税票号码', '',
        '该税票号码已登记，但人员、年度、金额或日期不同，请与税务部门核对。'
    FROM staged WHERE recorded AND NOT same
    """,
)

INSERT = """
    INSERT INTO enrollment_contribution (
        person_id, scheme, kind, for_year, for_month, months, area_code, base, employer_amount, personal_amount,
        subsidy_amount, fiscal_amount, late_fee, account_credit, paid_on, source, source_no, reverses_id, reason,
        recorded_by_id, recorded_at
    )
    SELECT person.id, 'resident', 'resident_year', (line.facts->>'year')::int, NULL, 1, person.region_code, NULL, 0,
        (line.facts->>'personal')::numeric, (line.facts->>'subsidy')::numeric, 0, 0, 0, (line.facts->>'paid_on')::date,
        'tax_file', line.key, NULL, '', %s, %s
    FROM enrollment_stagedrow line JOIN enrollment_person found ON found.id = line.person_id
    JOIN enrollment_person person ON person.id = coalesce(found.merged_into_id, found.id)
    WHERE line.batch_id = %s AND line.state = 'accepted' AND line.row_no BETWEEN %s AND %s
        AND found.region_code LIKE %s
    ORDER BY person.id, line.key
    ON CONFLICT (source, source_no) WHERE reverses_id IS NULL DO NOTHING
    RETURNING source_no, person_id
"""


def merge(work: Merging) -> Merged:
    """Enter a chunk into the ledger by one statement. The persons are locked, so that nothing is decided meanwhile.

    A line that somebody entered since the check counts as unchanged; a person who has moved away is told.
    """
    ids = sorted({row.person_id for row in work.rows})
    prefix = area_prefix(work.batch.region_code)
    here = set(
        Person.objects.select_for_update(no_key=True).filter(pk__in=ids, region_code__startswith=prefix)
        .order_by("pk").values_list("pk", flat=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [
            work.by.pk, work.at, work.batch.pk, work.rows[0].row_no, work.rows[-1].row_no, f"{prefix}%",
        ])
        entered = dict(cursor.fetchall())
    gone = [row for row in work.rows if row.person_id not in here]
    faults = [
        Wrong(row.row_no, "CHANGED_SINCE_CHECK", "证件号码", "", "核对之后该人已转出本经办区划，请核对后重新上传。")
        for row in gone
    ]
    unchanged = len(work.rows) - len(entered) - len(gone)
    return Merged(len(entered), unchanged, faults, sorted(set(entered.values())))


RESIDENT_PAYMENT = FileKind(
    code=BulkBatch.Kind.RESIDENT_PAYMENT, permission="record_contribution", columns=COLUMNS, read=read,
    faults_sql=FAULTS, unchanged_sql="recorded AND same", merge=merge, joins=JOINS, same=SAME, sum_column=AMOUNT,
)
