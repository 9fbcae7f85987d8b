"""What the pages of maternity show, put together from rows: no decision is taken here."""
from casework.admin_stages import SUPPLEMENT, Stepper
from maternity.models import MaternityCase
from maternity.workflow import CaseStatus

S = CaseStatus
STEPPER = Stepper((
    ("登记", ("register",), ()),
    (SUPPLEMENT, ("receive_supplement", "ask_supplement"), (S.SUPPLEMENT,)),
    ("录入", ("enter",), (S.REGISTERED,)),
    ("核算", ("compute",), (S.ENTERED,)),
    ("初审", ("review",), (S.COMPUTED,)),
    ("复核", ("approve",), (S.REVIEWED,)),
    ("拨付", ("batch",), (S.APPROVED, S.PAYING, S.PAYMENT_FAILED)),
    ("办结", ("close",), (S.CLOSED,)),
), closed=S.CLOSED, stops={S.WITHDRAWN: "withdraw", S.REFUSED: "refuse", S.REVERSED: "reverse"}, began="register")
SAID = ("name", "number", "leave_days")
"""What an act on a maternity case recorded that its line says."""
FACTS = {
    "monthly_base": "计发月基数", "wages_drawn": "产假期间工资", "eligible_cost": "政策范围内费用",
    "resident_paid": "居民医保已支付", "leave_days": "津贴天数（主管录入）", "leave_basis": "天数依据",
}


def facts_of(case: MaternityCase) -> list[dict]:
    """What was entered, in words."""
    shown = []
    for name, label in FACTS.items():
        value = case.facts.get(name)
        if value is None:
            continue
        if name == "wages_drawn":
            value = "已经领取" if value else "没有领取"
        elif name in ("monthly_base", "eligible_cost", "resident_paid"):
            value = f"{value} 元"
        shown.append({"label": label, "value": value})
    return shown
