"""Employers' rosters: who earned what in a month, computed and entered as contributions of the unit's staff."""
import re
from datetime import date
from decimal import Decimal

from django.db import transaction

from casework.errors import Refused
from casework.workbooks import Columns
from enrollment.models import BulkBatch, Contribution, Person
from enrollment.services.bulk.kinds import FileKind, Merged, Merging
from enrollment.services.bulk.person_file import ID_TYPES
from enrollment.services.bulk.rows import Record, Row, Wrong
from enrollment.services.month_payments import pay_month
from policy import idnumber
from policy.errors import PolicyError

UNIT, WAGE = "统一社会信用代码", "月缴费工资"
COLUMNS = Columns(
    required=("证件号码", "姓名", UNIT, "所属月份", WAGE, "缴费日期"),
    optional=("证件类型", "参加项目"),
    aliases={"身份证号": "证件号码", "身份证号码": "证件号码", "单位代码": UNIT, "缴费工资": WAGE},
    text_only=("证件号码", UNIT),
)
FUNDS = {"生育保险": "maternity", "公务员医疗补助": "civil_servant", "大额医疗费用补助": "large_amount"}
_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])")


def read(row: Row, batch: BulkBatch) -> Record | None:
    """Read one month of one employee (BZ-EMP-5.1): the wage decides the base, the rules the amounts."""
    id_type = row.choice("证件类型", ID_TYPES, Person.IdType.CITIZEN)
    number = row.identity(id_type, "证件号码") if id_type else None
    name = row.text("姓名", 50, required=True)
    unit, month, joined = _unit(row), _month(row), _joined(row)
    wage, paid_on = row.amount(WAGE), row.day("缴费日期")
    if row.faults:
        return None
    facts = {"unit": unit, "month": month, "wage": f"{wage}", "paid_on": f"{paid_on}", "joined": joined}
    return Record(f"{unit}:{month}:{id_type}:{number}", id_type, number, name, facts)


def _unit(row: Row) -> str | None:
    text = row.given(UNIT)
    if text is None:
        return None
    try:
        return idnumber.check_credit_code(text)
    except PolicyError as error:
        row.fault(error.code.upper(), UNIT, text, f"{error.message}。")
        return None


def _month(row: Row) -> str | None:
    text = row.given("所属月份")
    if text is None:
        return None
    if _MONTH.fullmatch(text) is None or f"{text}-01" > f"{row.today}":
        row.fault("MONTH_FORMAT", "所属月份", text, "所属月份应写成YYYY-MM，且不晚于本月。")
        return None
    return text


def _joined(row: Row) -> list[str]:
    names = [name for name in (row.raw("参加项目") or "").replace("，", "、").split("、") if name]
    for name in names:
        if name not in FUNDS:
            row.fault("CODE_UNKNOWN", "参加项目", name, f"应为{'、'.join(FUNDS)}，多项以顿号分隔。")
    return sorted(FUNDS[name] for name in names if name in FUNDS)


JOINS = """
    LEFT JOIN enrollment_employer unit ON unit.credit_code = line.facts->>'unit' AND unit.region_code LIKE %(prefix)s
    LEFT JOIN enrollment_employment job ON job.employer_id = unit.id AND job.person_id = person.id AND NOT job.voided
        AND daterange(job.starts_on, job.ends_on) && daterange(
            ((line.facts->>'month') || '-01')::date,
            (((line.facts->>'month') || '-01')::date + interval '1 month')::date)
    LEFT JOIN enrollment_contribution known ON known.source = 'employer_roster' AND known.reverses_id IS NULL
        AND known.source_no = (line.facts->>'unit') || ':' || (line.facts->>'month') || ':' || person.id
"""
FAULTS = (
    """
    SELECT row_no, 'EMPLOYER_NOT_FOUND', '统一社会信用代码', facts->>'unit',
        '该单位在本经办区划内没有参保登记，请先登记或核对代码。'
    FROM staged WHERE within AND same = 'no unit'
    """,
    """
    SELECT row_no, 'NOT_ON_ROSTER', '证件号码', shown_id, '该人当月不在该单位的参保名册中，请先办理职工参保登记。'
    FROM staged WHERE within AND same = 'no job'
    """,
)
SAME = "CASE WHEN unit.id IS NULL THEN 'no unit' WHEN job.id IS NULL THEN 'no job' ELSE '' END"


def merge(work: Merging) -> Merged:
    """Enter each month by the service that computes it: base, shares, the account's credit, the windows."""
    result = Merged()
    for row in work.rows:
        try:
            with transaction.atomic():
                is_new = _pay(row, work)
        except Refused as refusal:
            result.faults.append(Wrong(row.row_no, refusal.code[:30], WAGE, "", refusal.message[:300]))
            continue
        result.accepted += is_new
        result.unchanged += not is_new
    return result


def _pay(row, work: Merging) -> bool:
    facts = row.facts
    source_no = f"{facts['unit']}:{facts['month']}:{row.person_id}"
    source = Contribution.Source.EMPLOYER_ROSTER
    known = Contribution.objects.filter(source=source, source_no=source_no, reverses=None).exists()
    pay_month(
        person_id=row.person_id, month=date.fromisoformat(f"{facts['month']}-01"), payer="employer",
        paid_on=date.fromisoformat(facts["paid_on"]), source=source, source_no=source_no, by=work.by, at=work.at,
        wage=Decimal(facts["wage"]), joined=tuple(facts["joined"]),
    )
    return not known


EMPLOYER_ROSTER = FileKind(
    code=BulkBatch.Kind.EMPLOYER_ROSTER, permission="record_contribution", columns=COLUMNS, read=read,
    faults_sql=FAULTS, unchanged_sql="false", merge=merge, joins=JOINS, same=SAME, chunk=100,
)
