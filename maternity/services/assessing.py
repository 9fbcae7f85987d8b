"""Asking the rules about one benefit of one event; writes nothing."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from casework.errors import Refused
from enrollment import services as enrollment
from enrollment.models import Person
from enrollment.services.packs import ask, pack_of
from maternity.models import BirthEvent, MaternityItem
from maternity.services.facts import event_facts
from maternity.services.months import Months, months_of
from maternity.services.windows import TWO_CATEGORIES, Window, window_of
from policy import Pack, maternity, money
from policy.pack import FigureNotGiven
from policy.periods import add_days

Kind = MaternityItem.Kind
PARTS = {Kind.ANTENATAL: ("antenatal",), Kind.ALLOWANCE: ("allowance",), Kind.SPOUSE: ("antenatal", "medical")}
WORKERS = (("unemployed", "unemployed"), ("flexible", "flexible"), ("treasury_paid", "treasury"))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the rules say: the request and result that are kept, the amount, and when it is to be claimed."""

    request: dict[str, Any]
    result: dict[str, Any]
    amount: Decimal
    digest: str
    pack: Pack
    window: Window


def assess(event: BirthEvent, kind: str, claimant: Person, facts: dict[str, Any], today: date) -> Answer:
    """Decide one benefit. Refuses with the rule where the conditions do not hold or a figure is missing."""
    cover = enrollment.coverage_on(claimant, event.happened_on)
    if not cover.covered:
        raise Refused("NOT_INSURED", f"{event.happened_on}不能享受待遇：{cover.reason}（{cover.rule}）")
    pack = pack_of(claimant.region_code)
    needed = months_needed(pack, event.happened_on)
    months = months_of(claimant, event.happened_on, today, needed)
    worker = worker_of(claimant, event, kind, cover.scheme)
    request = request_of(event, kind, cover.scheme, worker, facts, months)
    window = Window()
    if kind == Kind.SPOUSE and facts.get("eligible_cost") and facts.get("resident_paid") is None:
        raise Refused("RESIDENT_PAID_MISSING", "请录入居民医保已支付的医疗费，没有支付的填0（BZ-EMP-9.1）。")
    if kind == Kind.ALLOWANCE:
        _check_allowance(cover.scheme, worker, facts)
        days = _days(pack, event, facts)
        if worker in TWO_CATEGORIES:
            request["maternity_active"] = _active(event, months, days)
        window = window_of(event, kind, worker, months, days, today, needed=needed)
        _check_open(window, today)
    return _answer(request, kind, pack, window)


def worker_of(claimant: Person, event: BirthEvent, kind: str, scheme: str | None) -> str | None:
    """How the rules treat this person: by the tags of the register on the day of the event."""
    if kind == Kind.SPOUSE:
        if claimant.pk != event.spouse_id or scheme != "employee":
            raise Refused("SPOUSE_NOT_EMPLOYEE", "配偶差额只支付给登记的职工医保参保配偶（BZ-EMP-9.1）。")
        mother = enrollment.coverage_on(event.mother, event.happened_on)
        if mother.scheme != "resident":
            raise Refused("MOTHER_NOT_RESIDENT", "产妇不是居民医保参保人，没有可补的差额（BZ-EMP-9.1）。")
        return "spouse"
    if claimant.pk != event.mother_id:
        raise Refused("NOT_MOTHER", "产前检查费和生育津贴只支付给产妇本人（BZ-EMP-30.1）。")
    if scheme != "employee":
        return None
    day = event.happened_on
    tags = {row["tag"] for row in enrollment.policy_person(claimant, [day])["tags"]}
    return next((worker for tag, worker in WORKERS if tag in tags), "employer")


def months_needed(pack: Pack, day: date) -> int:
    """How many months in a row the allowance of the two categories asks for; 0 where the pool knows none."""
    if "maternity.allowance.months" not in pack.tables:
        return 0
    return int(pack.figure("maternity.allowance.months", on=day).value)


def payable_days(pack: Pack, event: BirthEvent, facts: dict[str, Any]) -> int | None:
    """The payable days: as the bureau entered them, else as the pack has them; None where neither has."""
    if facts.get("leave_days"):
        return int(facts["leave_days"])
    if "maternity.allowance.days" not in pack.tables:
        return None
    leave = "termination" if event.event == "termination" else "multiple" if event.babies > 1 else event.mode
    try:
        return int(pack.figure("maternity.allowance.days", on=event.happened_on, leave=leave).value)
    except FigureNotGiven:
        return None


def request_of(
    event: BirthEvent, kind: str, scheme: str, worker: str | None, facts: dict[str, Any], months: Months
) -> dict[str, Any]:
    """The calculator's request. A figure that the asked benefit does not need is 0, so that it refuses nothing."""
    request: dict[str, Any] = {
        "scheme": scheme, **event_facts(event), "event_date": event.happened_on.isoformat(),
        "eligible_cost": facts.get("eligible_cost") or "0.00", "monthly_base": "0.00", "leave_days": 0,
    }
    if facts.get("level"):
        request["level"] = facts["level"]
    if kind == Kind.ALLOWANCE:
        request["monthly_base"], request["leave_days"] = facts.get("monthly_base"), facts.get("leave_days")
    if kind == Kind.SPOUSE:
        request["resident_paid"] = {"medical": facts.get("resident_paid") or "0.00"}
    if worker is not None:
        plain = worker in ("employer", "treasury")
        request |= {
            "worker": worker, "insured_months": months.since_first if plain else months.at_event,
            "insured_months_now": months.now, "medical_months": months.medical,
        }
    return request


def _check_allowance(scheme: str, worker: str | None, facts: dict[str, Any]) -> None:
    if scheme != "employee":
        raise Refused("NO_ALLOWANCE", "居民医保没有生育津贴（BZ-RES-14.1）。")
    if worker == "treasury":
        raise Refused("TREASURY_PAID", "财政供养人员不享受生育津贴（BZ-EMP-30.3）。")
    if worker == "employer" and facts.get("wages_drawn") is None:
        raise Refused("WAGES_UNKNOWN", "请填写产假期间是否已领工资，生育津贴与工资不得重复享受（BZ-EMP-30.4）。")
    if facts.get("wages_drawn"):
        raise Refused("WAGES_DRAWN", "产假期间已领工资，生育津贴与工资不得重复享受（BZ-EMP-30.4）。")
    if not facts.get("monthly_base"):
        raise Refused("BASE_MISSING", "请录入计发生育津贴的月基数（BZ-EMP-28.6、BZ-EMP-28.7）。")


def _days(pack: Pack, event: BirthEvent, facts: dict[str, Any]) -> int:
    days = payable_days(pack, event, facts)
    if days is None:
        raise Refused(
            "PARAMETER_MISSING",
            "政策未印明此种情形的津贴天数（参数 maternity.allowance.days，BZ-AMB-28），"
            "请由主管按本局规定录入天数和依据。",
        )
    return days


def _active(event: BirthEvent, months: Months, days: int) -> bool:
    """Premium paid in the city at the event, and no break until the leave ends (BZ-EMP-15.1)."""
    last = add_days(event.happened_on, days - 1).replace(day=1)
    return months.in_city and months.until is not None and months.until >= last


def _check_open(window: Window, today: date) -> None:
    """Refuse a claim before the payable days are over, or before the months of the transition are complete."""
    if not window.rule:
        return
    if window.leave_ends and today <= window.leave_ends:
        raise Refused("LEAVE_RUNNING", f"津贴天数至{window.leave_ends}届满，届满后方可申领（{window.rule}）。")
    if window.reached_on and today < window.reached_on:
        raise Refused("NOT_YET", f"自{window.reached_on}起方可申领生育津贴（BZ-EMP-16.1）。")


def _answer(request: dict[str, Any], kind: str, pack: Pack, window: Window) -> Answer:
    result = ask(maternity, request, pack)
    amount = sum((money.yuan(result[name]) for name in PARTS[Kind(kind)]), money.yuan("0.00"))
    if amount <= 0:
        raise _nothing(result, kind)
    text = json.dumps([request, result], ensure_ascii=False, sort_keys=True)
    return Answer(
        request=request, result=result, amount=amount, digest=hashlib.sha256(text.encode()).hexdigest(), pack=pack,
        window=window,
    )


def _nothing(result: dict[str, Any], kind: str) -> Refused:
    refusal = result["refused"]
    if refusal:
        return Refused(refusal["code"].upper(), f"{refusal['message']}（{refusal['rule']}）。")
    layer = "allowance" if kind == Kind.ALLOWANCE else "antenatal"
    steps = [step for step in result["steps"] if step["layer"] == layer]
    reason = f"{steps[-1]['label']}（{steps[-1]['rule']}）" if steps else "没有可支付的金额"
    return Refused("NOTHING_TO_PAY", f"{Kind(kind).label}：{reason}。")
