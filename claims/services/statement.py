"""The settlement statement (结算单): every amount with its step, rule and article, from what was stored."""

from decimal import Decimal
from typing import Any

import cn2an

from claims.models import PAYERS, Claim, ClaimBenefit, Settlement, SettlementItem, Visit
from claims.services import elsewhere, rules
from claims.services.benefits import disease_name, drug_names, names_of_benefits
from enrollment import services as enrollment
from policy import Pack

Json = dict[str, Any]

PAYER_NAMES = {
    "basic": "基本医保统筹基金",
    "civil_servant": "公务员医疗补助",
    "large_amount": "职工大额医疗费用补助",
    "catastrophic": "大病保险",
    "relief": "医疗救助",
    "relief_tilt": "倾斜救助",
}


def statement(claim: Claim, settlement: Settlement | None = None) -> Json:
    """Everything the printed statement shows, as text; of the live settlement unless another is given.

    A fixed number of queries. Names stand in full: printing is an act of its own for its door to record.
    """
    settlement = settlement or claim.settlements.live().select_related("release", "settled_by").get()
    items = list(settlement.items.select_related("visit__institution").order_by("number"))
    person, kinds = claim.person, names_of_benefits()
    pack = rules.pack_of_release(settlement.release)
    drugs = drug_names(item.visit for item in items)
    return {
        "case_no": claim.case_no,
        "matter": claim.matter_label,
        "name": person.name,
        "masked_id": person.masked_id,
        "region": enrollment.region_name(claim.region_code),
        "reason": claim.reason.name,
        "applied_on": claim.applied_on.isoformat(),
        "settlement": settlement.pk,
        "settled_at": settlement.settled_at,
        "settled_by": settlement.settled_by.name,
        "digest": settlement.digest,
        "pack": {"version": settlement.release.version, "sha256": settlement.release.sha256},
        "engine_version": settlement.engine_version,
        "stays": [
            {**_stay(item, bill), **_kind(item.visit, kinds, pack), "drug": drugs.get(item.visit.drug, item.visit.drug)}
            for item, bill in zip(items, settlement.result["bills"], strict=True)
        ],
        "totals": _totals(items),
        "accumulators": accumulator_rows(settlement),
        "payee_name": claim.payee_name,
        "payee_bank": claim.payee_bank,
        "payee_account": claim.masked_payee_account,
        "reviewed_by": claim.reviewed_by.name if claim.reviewed_by else "",
        "approved_by": claim.approved_by.name if claim.approved_by else "",
    }


def in_words(amount: Decimal) -> str:
    """An amount in Chinese capitals as banks print it: 3690.00 → 叁仟陆佰玖拾元整."""
    return cn2an.an2cn(f"{amount:.2f}", "rmb")


def accumulator_rows(settlement: Settlement) -> list[Json]:
    """Each accumulator of each year before and after this settlement."""
    opening = settlement.request.get("opening", {})
    pack = rules.pack_of_release(settlement.release)
    rows = []
    for year, names in sorted(settlement.result["accumulators"].items()):
        for name, after in sorted(names.items()):
            before = opening.get(year, {}).get(name, "0.00")
            if before == after == "0.00":
                continue
            label = rules.accumulator_label(pack, name)
            rows.append({"year": year, "name": name, "label": label, "before": before, "after": after})
    return rows


def _stay(item: SettlementItem, bill: Json) -> Json:
    visit = item.visit
    self_pay = item.personal - item.own_expense
    return {
        "institution": visit.institution.name,
        "admitted_on": visit.admitted_on.isoformat(),
        "discharged_on": visit.discharged_on.isoformat(),
        "days": visit.days,
        "diagnosis": visit.diagnosis,
        "invoice_no": visit.invoice_no,
        "invoice_total": _text(visit.total),
        "deducted": _text(visit.deducted),
        "deduction_reason": visit.deduction_reason,
        "amounts": {name: _text(getattr(item, name)) for name in ("total", "own_expense", "first_self_pay", "eligible",
                    "deductible", *PAYERS, "fund_total", "personal")},
        "self_pay": _text(self_pay),
        "payers": [
            {"payer": name, "label": PAYER_NAMES[name], "amount": _text(getattr(item, name))}
            for name in PAYERS if getattr(item, name)
        ],
        "settlement_no": visit.settlement_no,
        "paid_elsewhere": [{**row, "amount": _text(row["amount"])} for row in elsewhere.in_words(visit)],
        "steps": bill["steps"],
    }


def _kind(visit: Visit, kinds: dict[str, ClaimBenefit], pack: Pack) -> Json:
    """What kind of bill it was, as the statement names it: an outpatient's has one day, and often a disease."""
    kind = kinds.get(visit.benefit)
    return {
        "benefit": visit.benefit,
        "kind": kind.name if kind else visit.benefit,
        "outpatient": visit.outpatient,
        "disease": disease_name(visit.disease, pack) if visit.disease else "",
    }


def _totals(items: list[SettlementItem]) -> Json:
    names = ("total", "own_expense", "first_self_pay", "eligible", "deductible", *PAYERS, "fund_total", "personal")
    sums = {name: sum((getattr(item, name) for item in items), Decimal("0.00")) for name in names}
    sums["self_pay"] = sums["personal"] - sums["own_expense"]
    return {name: _text(value) for name, value in sums.items()} | {
        "fund_total_words": in_words(sums["fund_total"]), "personal_words": in_words(sums["personal"]),
    }


def _text(amount: Decimal | None) -> str:
    return f"{amount or Decimal(0):.2f}"
