"""Maternity benefits (生育待遇): antenatal payment, medical cost up to its limit, allowance.

Bazhong BZ-EMP-8.1, BZ-EMP-14.1 and chapter 2 questions 9, 15, 16, 28, 30, chapter 3 question 14; Changchun question 31;
Changzhi CZ-9.6. Which amounts a pool knows is read from its pack: a table that it does not have is a benefit that it
does not have. The limits of the medical cost are in `maternity_limit`, which bills of `settle` ask too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from policy import money
from policy.calculator import Refusal, open_pack, refused, spec
from policy.errors import PolicyError
from policy.maternity_limit import Event, Limit, MaternitySpec, WorkerSpec, medical_limit, outcome_of
from policy.pack import FigureNotGiven, Pack
from policy.pack_figures import Figure
from policy.pack_values import Value
from policy.request import CalculatorRequest, Day, Money, Request, Text, parse, unknown_value
from policy.result import MoneyText, RefusedResult
from policy.vocabulary import Count, Scheme

__all__ = ["Event", "Limit", "MaternityRequest", "MaternityResult", "maternity", "medical_limit"]

LATEST = date.max
"""The day that stands for "the newest figures" where a request names no event day."""


class ResidentPaid(Request):
    """What the resident scheme has paid a spouse."""

    medical: Money = 0
    antenatal: Money = 0


class MaternityRequest(CalculatorRequest, Event):
    """Request of `maternity`."""

    scheme: Scheme
    eligible_cost: Money
    level: Text | None = None
    worker: Literal["employer", "flexible", "unemployed", "treasury", "spouse"] | None = None
    monthly_base: Money | None = None
    leave_days: Annotated[int, Field(ge=0, le=400)] | None = None
    resident_paid: ResidentPaid = ResidentPaid()
    event_date: Day | None = None
    insured_months: Count | None = None
    insured_months_now: Count | None = None
    medical_months: Count | None = None
    maternity_active: bool = True
    parameters: dict[str, Any] = Field(default_factory=dict)

    def need(self, name: str) -> Any:
        """Return an optional value that this case cannot do without; `missing_field` if it is not given."""
        value = getattr(self, name)
        if value is None:
            raise PolicyError("missing_field", name, "本情形必须提供此项")
        return value


@dataclass(slots=True)
class _Case:
    """One request on its way: the figures of its day, and the steps so far."""

    request: MaternityRequest
    pack: Pack
    spec: MaternitySpec
    supplied: Mapping[str, Value]
    steps: list[MaternityStep] = field(default_factory=list)
    refused: RefusedResult | None = None

    def figure(self, name: str, **keys: str) -> Figure:
        return self.pack.figure(name, on=self.day, supplied=self.supplied, **keys)

    @property
    def day(self) -> date:
        return self.request.event_date or LATEST

    @property
    def worker(self) -> WorkerSpec:
        """How the request's worker is treated; plain for a scheme that tells none apart."""
        known = self.spec.schemes.get(self.request.scheme)
        return known.workers[self.request.need("worker")] if known and known.workers else WorkerSpec()

    def step(
        self, layer: str, label: str, rule: str, amount: int, *, base: int | None = None, limit: int | None = None
    ) -> None:
        made = MaternityStep(
            layer=layer, label=label, rule=rule, article=self.pack.article(rule), amount=money.text(amount)
        )
        if base is not None:
            made["base"] = money.text(base)
        if limit is not None:
            made["limit"] = money.text(limit)
        self.steps.append(made)


class MaternityStep(TypedDict):
    """One amount with its rule; of the medical cost also what it was and its limit."""

    layer: str
    label: str
    rule: str
    article: str
    base: NotRequired[MoneyText]
    limit: NotRequired[MoneyText]
    amount: MoneyText


class MaternityResult(TypedDict):
    """Result of `maternity`, in yuan."""

    case: str | None
    antenatal: MoneyText
    medical: MoneyText
    allowance: MoneyText
    refused: RefusedResult | None
    steps: list[MaternityStep]


def maternity(request: Mapping[str, Any], pack: Pack | None = None) -> MaternityResult:
    """Compute antenatal payment, medical payment and allowance of one birth or termination.

    Amounts in yuan. Where a figure is missing the part that needs it is refused by name, and what is known stands.
    Raises PolicyError for a mistake of the request.
    """
    asked = parse(MaternityRequest, request)
    opened = open_pack("maternity", asked.pool, pack)
    case = _Case(asked, opened, spec(opened, "maternity", MaternitySpec), opened.read_parameters(asked.parameters))
    if asked.level is not None and asked.level not in opened.keys("level"):
        raise unknown_value("level", opened.keys("level"))
    paid = {"antenatal": 0, "medical": 0, "allowance": 0}
    try:
        _check_qualified(case)
        paid["medical"] = _medical(case)
        paid["antenatal"] = _antenatal(case)
        paid["allowance"] = _allowance(case)
    except (FigureNotGiven, Refusal) as error:
        case.refused = refused(error)
    return {
        "case": asked.case,
        "antenatal": money.text(paid["antenatal"]),
        "medical": money.text(paid["medical"]),
        "allowance": money.text(paid["allowance"]),
        "refused": case.refused,
        "steps": case.steps,
    }


def _check_qualified(case: _Case) -> None:
    """Refuse all before the months that follow the first payment are over (BZ-EMP-8.1)."""
    if not case.worker.qualifying_months:
        return
    needed = case.figure("maternity.entitled_after")
    months = case.request.need("insured_months")
    if months < needed.value:
        message = f"首次参保缴费满{needed.text}后方可享受生育待遇，现为{months}个月"
        raise Refusal("waiting", needed.rule, message)


def _medical(case: _Case) -> int:
    """The smaller of cost and limit (BZ-EMP-28.5, BZ-RES-14.5); a spouse gets what the resident scheme left of it."""
    asked = case.request
    limit = medical_limit(case.pack, asked.scheme, case.day, asked, level=asked.level, supplied=case.supplied)
    amount = min(asked.eligible_cost, limit.fen)
    case.step("medical", "生育医疗费", limit.rule, amount, base=asked.eligible_cost, limit=limit.fen)
    if case.worker.difference_to is None:
        return amount
    rest = max(0, amount - asked.resident_paid.medical)
    case.step("medical", "减居民医保已支付", case.worker.difference_rules[0], rest, base=amount)
    return rest


def _antenatal(case: _Case) -> int:
    """A fixed amount (BZ-EMP-28.1, BZ-RES-14.1); a spouse is paid the difference of the standards (BZ-EMP-9.2)."""
    if "maternity.antenatal" not in case.pack.tables:
        return 0
    own = _antenatal_standard(case, case.request.scheme)
    case.step("antenatal", "产前检查费", own.rule, _or_nothing(own))
    other = case.worker.difference_to
    if other is None:
        return _or_nothing(own)
    rest = max(0, _or_nothing(own) - _or_nothing(_antenatal_standard(case, other)))
    case.step("antenatal", "减居民产前检查费标准", case.worker.difference_rules[1], rest)
    return rest


def _antenatal_standard(case: _Case, scheme: str) -> Figure:
    outcome = outcome_of(case.figure("maternity.antenatal_weeks", scheme=scheme), case.request)
    return case.figure("maternity.antenatal", scheme=scheme, outcome=outcome)


def _or_nothing(figure: Figure) -> int:
    """The amount; 0 where the source gives nothing."""
    return 0 if figure.kind == "none" else figure.fen


def _allowance(case: _Case) -> int:
    """Monthly base × days ÷ 30, rounded once (BZ-EMP-28.6, BZ-EMP-28.7); 0 where the conditions do not hold."""
    worker = case.worker
    if worker.allowance == "none":
        return 0
    if worker.allowance == "after_months" and not _months_reached(case):
        return 0
    days = _leave_days(case)
    base = case.request.need("monthly_base")
    divisor = case.figure("maternity.allowance.month_days")
    amount = money.share(base, days, divisor.value)
    case.step("allowance", f"生育津贴 {days} 天", worker.allowance_rule, amount, base=base)
    return amount


def _months_reached(case: _Case) -> bool:
    """Whether a flexible or unemployed person has the months of maternity premium (BZ-EMP-15.1, BZ-EMP-16.1,
    BZ-EMP-16.2)."""
    asked = case.request
    needed = case.figure("maternity.allowance.months")
    reached = asked.maternity_active and asked.need("insured_months") >= needed.value
    rule = needed.rule
    if not reached and asked.maternity_active:
        transition = case.figure("maternity.allowance.transition")
        if asked.need("event_date").year == transition.value:
            rule = transition.rule
            now = asked.insured_months if asked.insured_months_now is None else asked.insured_months_now
            reached = asked.need("medical_months") >= needed.value and (now or 0) >= needed.value
    if not reached:
        case.step("allowance", "不满足生育津贴条件", rule, 0)
    return reached


def _leave_days(case: _Case) -> int:
    """The days given, else the printed ones of this kind of birth; FigureNotGiven where none are printed."""
    asked = case.request
    if asked.leave_days is not None:
        return asked.leave_days
    leave = "termination" if asked.event == "termination" else "multiple" if asked.babies > 1 else asked.mode or ""
    return int(case.figure("maternity.allowance.days", leave=leave).value)

