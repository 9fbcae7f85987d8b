"""Bills that were settled elsewhere without relief (手工救助): what was paid there is entered, relief alone is paid.

The hospital or another system has paid basic, supplementary and catastrophic insurance; the person holds a relief
identity and brings the settlement document (BZ-REL-8.1, 8.2). Relief follows what those layers left (BZ-REL-3.1).
"""

from collections.abc import Iterable
from decimal import Decimal

from casework.errors import Refused
from claims.models import PAID_ELSEWHERE, ClaimReason, Visit
from claims.services.entries import ZERO, Stay, amount, words

WORDS = {
    "basic": "基本医保", "civil_servant": "公务员补助", "large_amount": "大额补助", "catastrophic": "大病保险",
}


def read_elsewhere(visit: Visit, entry: Stay, place: str) -> None:
    """Put the document's number and the amounts on the bill. Refuses an amount without the document, and more than
    the bill leaves within the catalogue (by sums; the rules judge one with lines)."""
    visit.settlement_no = words(entry.settlement_no, f"{place}医保结算单号", 40)
    for name, word in WORDS.items():
        given = getattr(entry, f"paid_{name}")
        read = ZERO if given in (None, "") else amount(given, f"{place}{word}已支付")
        setattr(visit, f"paid_{name}", read)
    paid = sum((getattr(visit, f"paid_{name}") for name in PAID_ELSEWHERE), ZERO)
    if paid and not visit.settlement_no:
        raise Refused("DOCUMENT_MISSING", f"{place}填写了已在别处支付的金额，请一并填写医保结算单号（BZ-REL-8.2）。")
    if visit.total is None:
        if paid:
            raise Refused("SUM_MISMATCH", f"{place}填写了已在别处支付的金额，请一并填写票据总额。")
        return
    left = visit.total - visit.deducted - (visit.own_expense or ZERO) - (visit.first_self_pay or ZERO)
    if paid > left:
        raise Refused(
            "SUM_MISMATCH", f"{place}已在别处支付合计{paid}元，超过政策范围内费用{left}元，请核对医保结算单。"
        )


def refuse_wrong_reason(reason: ClaimReason, visits: Iterable[Visit], *, costs: bool) -> None:
    """Only a claim for relief alone carries payments made elsewhere, and with its costs every bill of it does."""
    for visit in visits:
        if visit.settlement_no and not reason.relief_only:
            raise Refused(
                "NOT_RELIEF_ONLY", f"报销原因为“{reason.name}”的，不能填写已在别处支付的金额；请选择医疗救助补报销。"
            )
        if costs and reason.relief_only and not visit.settlement_no:
            raise Refused(
                "DOCUMENT_MISSING",
                f"“{reason.name}”只支付医疗救助：请填写医保结算单号和各层已支付的金额（BZ-REL-8.1、8.2）。",
            )


def in_words(visit: Visit) -> list[dict[str, str | Decimal]]:
    """Who has paid what of the bill elsewhere, for statement and screen; layers that paid nothing are left out."""
    return [
        {"label": f"已由{WORDS[name]}支付", "amount": paid} for name, paid in visit.paid_elsewhere.items() if paid
    ]
