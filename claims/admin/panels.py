"""What the case page and the prints show, put together from rows: no decision is taken here."""
from dataclasses import dataclass, field
from decimal import Decimal

from casework.admin_stages import SUPPLEMENT, Stepper
from claims.models import BillLine, Claim, Settlement, SettlementItem, Visit
from claims.services import PAYER_NAMES, elsewhere
from claims.services.benefits import disease_name, drug_names, names_of_benefits
from claims.services.rules import pack_of
from claims.workflow import ClaimStatus

S = ClaimStatus
LAYERS = PAYER_NAMES
STEPPER = Stepper((
    ("登记", ("register", "register_township"), (S.TOWNSHIP, S.PRECHECKED)),
    (SUPPLEMENT, ("receive_supplement", "ask_supplement"), (S.SUPPLEMENT,)),
    ("明细录入", ("enter_details",), (S.REGISTERED,)),
    ("结算", ("settle",), (S.ENTERED,)),
    ("初审", ("review",), (S.SETTLED,)),
    ("复核", ("approve", "approve_unpaid"), (S.REVIEWED,)),
    ("拨付", ("batch",), (S.APPROVED, S.PAYING, S.PAYMENT_FAILED)),
    ("办结", ("close",), (S.CLOSED,)),
), closed=S.CLOSED, stops={S.WITHDRAWN: "withdraw", S.REFUSED: "refuse"})


def ratio_words(value) -> str:
    if value in (None, ""):
        return ""
    return f"{(Decimal(value) * 100).normalize():f}%"


@dataclass
class Bill:
    """One stay of a settlement with its steps, as the screen and the statement show it."""

    item: SettlementItem
    refused: dict | None
    steps: list[dict] = field(default_factory=list)
    title: str = ""

    @property
    def parts(self) -> list[dict]:
        """Who pays what, as shares of the bill for the drawn bar: the payers, then the person's parts."""
        own = self.item.own_expense
        rest = [("个人：自费", own, 7), ("个人：政策范围内", self.item.personal - own, 6)]
        pieces = [(label, getattr(self.item, name), number) for number, (name, label) in enumerate(LAYERS.items())]
        shown, start = [], Decimal(0)
        for label, amount, colour in [*pieces, rest[1], rest[0]]:
            if amount <= 0:
                continue
            width = amount * 100 / self.item.total if self.item.total else Decimal(0)
            shown.append({
                "label": label, "amount": amount, "colour": colour, "x": f"{start:.3f}", "width": f"{width:.3f}",
                "share": f"{width:.1f}%",
            })
            start += width
        return shown


def bills_of(result: dict, items: list[SettlementItem]) -> list[Bill]:
    """The stays of a result in its order, each with the steps that the engine gave."""
    return [
        Bill(item, bill.get("refused"), [_step(step) for step in bill.get("steps", [])])
        for item, bill in zip(items, result["bills"], strict=True)
    ]


def _step(step: dict) -> dict:
    return {
        **step,
        "layer": LAYERS.get(step.get("layer", ""), step.get("layer", "")),
        "ratio": ratio_words(step.get("ratio")),
        "article": step.get("article", ""),
    }


PLACES = {"local": "市内", "in_province": "省内市外", "out_of_province": "省外"}
FILINGS = {"none": "", "long_term": "长期备案", "temporary": "临时外出备案", "referred": "转诊备案",
           "emergency": "急诊抢救"}
LEVELS = {"township": "乡镇、社区", "ungraded": "未定级", "level1": "一级", "level2": "二级", "level3": "三级",
          "pharmacy": "药店"}


def visits(claim: Claim) -> list[Visit]:
    """Live bills with their lines and words; of an ended claim the last that were entered. Three queries."""
    every = list(Visit.objects.filter(claim=claim).select_related("institution", "birth_event"))
    last = max((row.entered_at for row in every), default=None)
    rows = [row for row in every if not row.voided] or [row for row in every if row.entered_at == last]
    lines: dict[int, list[BillLine]] = {}
    for line in BillLine.objects.filter(visit__in=[row.pk for row in rows]).order_by("visit", "number"):
        lines.setdefault(line.visit_id, []).append(line)
    kinds, pack, drugs = names_of_benefits(), pack_of(claim.person.region_code), drug_names(rows)
    for visit in rows:
        kind = kinds.get(visit.benefit)
        visit.kind_word = kind.name if kind else visit.benefit
        visit.disease_word = disease_name(visit.disease, pack) if visit.disease else ""
        visit.drug_word = drugs.get(visit.drug, visit.drug)
        visit.elsewhere_words = elsewhere.in_words(visit)
        visit.rows = lines.get(visit.pk, [])
        visit.level_word = LEVELS.get(visit.level, visit.level)
        visit.place_word = PLACES.get(visit.place, visit.place)
        visit.filing_word = FILINGS.get(visit.filing, visit.filing)
        if visit.filing == "none" and visit.place != "local":
            visit.filing_word = "未备案"
    return rows


def settlement(claim: Claim) -> dict:
    """The live settlement with its steps and sums; nothing before there is one. Two queries."""
    found = (
        Settlement.objects.live().filter(claim=claim).select_related("release", "settled_by").first()
    )
    if found is None:
        return {"settlement": None}
    items = list(found.items.select_related("visit__institution").order_by("number"))
    rows = bills_of(found.result, items)
    for row in rows:
        visit = row.item.visit
        row.title = f"{visit.institution.name}　{visit}" if len(rows) > 1 else ""
    paid = sum((amount for item in items for amount in item.visit.paid_elsewhere.values()), Decimal(0))
    return {"settlement": found, "bills": rows, "totals": totals(items) | {"paid_elsewhere": paid}}


def recognise(visits: list[Visit], settled: dict) -> None:
    """Give each stay the own expense and first self-pay that its settlement found; before it, what was entered."""
    items = {bill.item.visit_id: bill.item for bill in settled.get("bills", [])}
    for visit in visits:
        known = items.get(visit.pk, visit)
        visit.shown_own, visit.shown_first = known.own_expense, known.first_self_pay


def differences(before: Settlement | None, after: Settlement | None) -> list[dict]:
    """Two versions of a settlement bill by bill: what the funds paid, what they pay, and why nothing. One query."""
    if before is None or after is None:
        return []
    kinds = names_of_benefits()
    rows = zip(before.request["bills"], before.result["bills"], after.result["bills"], strict=True)
    return [
        {
            "day": asked["date"], "kind": kinds[asked["benefit"]].name, "total": old["total"],
            "before": old["fund_total"], "after": new["fund_total"],
            "difference": Decimal(new["fund_total"]) - Decimal(old["fund_total"]),
            "why": f"{new['refused']['message']}（{new['refused']['rule']}）" if new["refused"] else "",
        }
        for asked, old, new in rows
    ]


def totals(items: list[SettlementItem]) -> dict[str, Decimal]:
    """Sums over the stays; self-pay is what is left to the person within the policy's scope."""
    names = ("total", "own_expense", "first_self_pay", "eligible", "fund_total", "personal", *LAYERS)
    sums = {name: sum((getattr(item, name) for item in items), Decimal(0)) for name in names}
    return {**sums, "self_pay": sums["personal"] - sums["own_expense"]}
