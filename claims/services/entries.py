"""What an officer enters about a bill and its costs, read strictly: nothing is rounded, guessed or cut."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from casework.errors import Refused
from claims.models import BillLine, ClaimBenefit, Visit
from policy.errors import PolicyError
from policy.periods import parse_day

LIMIT = Decimal("100000000.00")
CENT = Decimal("0.01")
ZERO = Decimal("0.00")

_AMOUNT = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]+)?")
_RATE = re.compile(r"0(\.[0-9]{1,4})?|1(\.0{1,4})?")

Amount = str | int | Decimal


@dataclass(frozen=True, kw_only=True)
class Line:
    """One cost line. `deducted` of its amount is not recognised, for a reason; `rate`: the first self-pay share."""

    line_class: str
    amount: Amount
    name: str = ""
    deducted: Amount = 0
    deduction_reason: str = ""
    rate: str | Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Stay:
    """One bill: a stay, or an outpatient's visit, which has one day (`discharged_on` may be left out).

    Without `total` only its heading is known (registration); then either `lines`, whose amounts must add up to
    `total`, or the sums `own_expense`, `first_self_pay` and `deducted` within `total`. Which of `disease`, `drug`
    and `birth_event_id` it needs is told by its benefit. `settlement_no` with the amounts paid: see `claims.services.
    elsewhere`."""

    institution_id: int
    admitted_on: date | str
    discharged_on: date | str = ""
    invoice_no: str
    invoice_code: str = ""
    benefit: str = "inpatient"
    diagnosis_code: str = ""
    diagnosis: str = ""
    disease: str = ""
    drug: str = ""
    birth_event_id: int | None = None
    emergency: bool = False
    referred: bool = True
    course: str = ""
    total: Amount | None = None
    own_expense: Amount | None = None
    first_self_pay: Amount | None = None
    deducted: Amount | None = None
    deduction_reason: str = ""
    lines: Sequence[Line] = field(default_factory=tuple)
    settlement_no: str = ""
    paid_basic: Amount | None = None
    paid_civil_servant: Amount | None = None
    paid_large_amount: Amount | None = None
    paid_catastrophic: Amount | None = None


def amount(value: object, what: str) -> Decimal:
    """Yuan with two places from text, whole number or Decimal.

    Refuses: AMOUNT_FORMAT (separators, full width, exponents, NaN, floats, blank), AMOUNT_SIGN (negative),
    AMOUNT_PRECISION (fractions of a fen, never rounded), AMOUNT_LIMIT (over 100 million yuan).
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise Refused("AMOUNT_FORMAT", f"{what}无法识别，应为数字，如 3690.00。")
    text = str(value)
    if not _AMOUNT.fullmatch(text):
        raise Refused("AMOUNT_FORMAT", f"{what}“{text[:20]}”无法识别，应为不带分隔符的数字，如 3690.00。")
    read = Decimal(text)
    if read < 0:
        raise Refused("AMOUNT_SIGN", f"{what}不得为负数。")
    if read != read.quantize(CENT):
        raise Refused("AMOUNT_PRECISION", f"{what}最多两位小数，系统不作四舍五入，请核对票据。")
    if read > LIMIT:
        raise Refused("AMOUNT_LIMIT", f"{what}超过一亿元，请核对。")
    return read.quantize(CENT)


def day(value: object, what: str) -> date:
    """A day, given as a date or strictly as YYYY-MM-DD; else DATE_FORMAT."""
    if type(value) is date:
        return value
    try:
        return parse_day(value)
    except PolicyError:
        raise Refused("DATE_FORMAT", f"{what}无法识别，应写成 YYYY-MM-DD，如 2025-03-08。") from None


def words(value: str, what: str, limit: int, *, needed: bool = False) -> str:
    """A text without control or invisible characters and not too long, its outer blanks removed.

    Refuses: CONTROL_CHAR, TEXT_INVISIBLE, TEXT_LENGTH, and TEXT_MISSING if it is needed.
    """
    text = value.strip()
    kinds = {unicodedata.category(char) for char in text}
    if "Cc" in kinds or "Cs" in kinds:
        raise Refused("CONTROL_CHAR", f"{what}中含有控制字符，请重新输入。")
    if "Cf" in kinds:
        raise Refused("TEXT_INVISIBLE", f"{what}中含有不可见字符，请重新输入。")
    if len(text) > limit:
        raise Refused("TEXT_LENGTH", f"{what}最长{limit}个字。")
    if needed and not text:
        raise Refused("TEXT_MISSING", f"请填写{what}。")
    return text


def rate(value: str | Decimal | None) -> Decimal | None:
    """The first self-pay share of a line, from 0 to 1 with at most four places; else RATE_FORMAT."""
    if value is None or value == "":
        return None
    if not isinstance(value, str | Decimal) or not _RATE.fullmatch(str(value)):
        raise Refused("RATE_FORMAT", "先行自付比例应为0至1之间的小数，如 0.10。")
    return Decimal(str(value))


def read_stay(entry: Stay, benefit: ClaimBenefit, place: str, *, costs: bool) -> tuple[Visit, list[BillLine]]:
    """The bill as unsaved rows, checked in itself. `place` names it in refusals; `costs`: its costs are due too."""
    visit = _read_heading(entry, benefit, place)
    if not costs:
        visit.total = None if entry.total is None else amount(entry.total, f"{place}票据总额")
        return visit, []
    if entry.total is None:
        raise Refused("AMOUNT_FORMAT", f"请填写{place}票据总额。")
    visit.total = amount(entry.total, f"{place}票据总额")
    if not visit.total:
        raise Refused("AMOUNT_SIGN", f"{place}票据总额应大于零。")
    return (visit, _read_lines(visit, entry, place)) if entry.lines else (_read_sums(visit, entry, place), [])


def _read_heading(entry: Stay, benefit: ClaimBenefit, place: str) -> Visit:
    first = day(entry.admitted_on, f"{place}{benefit.first_label}")
    visit = Visit(
        institution_id=entry.institution_id,
        benefit=benefit.code,
        outpatient=benefit.outpatient,
        admitted_on=first,
        discharged_on=first if benefit.outpatient else day(entry.discharged_on, f"{place}{benefit.last_label}"),
        invoice_code=words(entry.invoice_code, f"{place}票据代码", 20),
        invoice_no=words(entry.invoice_no, f"{place}票据号码", 30, needed=True),
        diagnosis_code=words(entry.diagnosis_code, f"{place}诊断编码", 20),
        diagnosis=words(entry.diagnosis, f"{place}{benefit.diagnosis_label}", 100),
        drug=words(entry.drug, f"{place}药品", 60, needed=True) if benefit.drug else "",
        emergency=entry.emergency,
        referred=entry.referred,
        course="" if benefit.outpatient else words(entry.course, f"{place}疗程", 30),
        deducted=ZERO,
    )
    visit.kind = benefit
    if benefit.outpatient and entry.discharged_on not in ("", entry.admitted_on, first):
        raise Refused("DATE_ORDER", f"{place}{benefit.name}只有一个{benefit.first_label}，每天的票据请分别填写。")
    if visit.discharged_on < visit.admitted_on:
        raise Refused("DATE_ORDER", f"{place}{benefit.last_label}早于{benefit.first_label}，请核对票据和证明。")
    return visit


def _read_sums(visit: Visit, entry: Stay, place: str) -> Visit:
    visit.mode = Visit.Mode.SUMS
    visit.own_expense = amount(entry.own_expense or 0, f"{place}自费")
    visit.first_self_pay = amount(entry.first_self_pay or 0, f"{place}先行自付")
    visit.deducted = amount(entry.deducted or 0, f"{place}扣减")
    visit.deduction_reason = words(entry.deduction_reason, f"{place}扣减原因", 200, needed=visit.deducted > 0)
    parts = visit.own_expense + visit.first_self_pay + visit.deducted
    if parts > visit.total:
        raise Refused(
            "SUM_MISMATCH", f"{place}自费、先行自付与扣减合计{parts}元，超过票据总额{visit.total}元，请核对。"
        )
    if visit.deducted == visit.total:
        raise Refused("LINES_EMPTY", f"{place}费用全部扣减，没有可以结算的费用；请办理不予支付。")
    return visit


def _read_lines(visit: Visit, entry: Stay, place: str) -> list[BillLine]:
    if any(value not in (None, "") for value in (entry.own_expense, entry.first_self_pay, entry.deducted)):
        raise Refused("LINES_AND_SUMS", f"{place}已按明细录入，不能再填自费、先行自付或扣减的合计。")
    visit.mode = Visit.Mode.LINES
    lines = [_read_line(line, number, f"{place}第{number}行") for number, line in enumerate(entry.lines, 1)]
    total = sum((line.amount for line in lines), ZERO)
    if total != visit.total:
        difference = visit.total - total
        raise Refused(
            "SUM_MISMATCH",
            f"{place}明细合计{total}元，票据总额{visit.total}元，相差{difference}元，请核对后再提交。",
        )
    visit.deducted = sum((line.deducted for line in lines), ZERO)
    if visit.deducted == visit.total:
        raise Refused("LINES_EMPTY", f"{place}费用全部扣减，没有可以结算的费用；请办理不予支付。")
    return lines


def _read_line(entry: Line, number: int, place: str) -> BillLine:
    if entry.line_class not in BillLine.Class.values:
        raise Refused("LINE_CLASS", f"{place}费用等级“{entry.line_class[:12]}”不在代码表内。")
    line = BillLine(
        number=number,
        line_class=entry.line_class,
        name=words(entry.name, f"{place}项目名称", 100),
        amount=amount(entry.amount, f"{place}金额"),
        deducted=amount(entry.deducted, f"{place}扣减"),
        rate=rate(entry.rate),
    )
    if not line.amount:
        raise Refused("AMOUNT_SIGN", f"{place}金额应大于零。")
    if line.deducted > line.amount:
        raise Refused("SUM_MISMATCH", f"{place}扣减{line.deducted}元超过金额{line.amount}元。")
    line.deduction_reason = words(entry.deduction_reason, f"{place}扣减原因", 200, needed=line.deducted > 0)
    return line
