"""Entering the figures (录入) and having the rules decide (核算)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from casework import audit
from casework import services as casework
from casework.errors import Refused
from casework.models import Officer, get_visible
from maternity.models import MaternityCase, MaternityItem
from maternity.services.assessing import Answer, assess
from maternity.services.materials import refuse_missing
from maternity.workflow import MATERNITY, SUPERVISE
from policy import money

MONEY = ("monthly_base", "eligible_cost", "resident_paid")
DAYS = ("leave_days", "leave_basis")
BEFORE_COMPUTING = ("registered", "entered")


@transaction.atomic
def enter(
    *, case_id: int, facts: dict[str, Any], by: Officer, at: datetime, note: str = "",
    expected_version: int | None = None,
) -> MaternityCase:
    """Enter what the papers show: `monthly_base`, `wages_drawn`, `eligible_cost`, `resident_paid`.

    The days that a supervisor entered stay. Refuses while a material is missing, and an unreadable amount."""
    case: MaternityCase = get_visible(MaternityCase, by, lock=True, pk=case_id)
    refuse_missing(case)
    kept = {name: case.facts[name] for name in DAYS if name in case.facts}
    case.facts = {**read_facts(facts), **kept}
    MATERNITY.move(case, "enter", by=by, at=at, note=note, expected_version=expected_version, detail=case.facts)
    case.entered_by = by
    _made_by(case, by)
    case.save(update_fields=["facts", "entered_by", "maker_ids"])
    return case


@transaction.atomic
def enter_days(*, case_id: int, days: int, basis: str, by: Officer, at: datetime) -> MaternityCase:
    """A supervisor enters the payable days that no notice prints, with the bureau's own rule for them (BZ-AMB-28).

    Two others decide on it: whoever entered the days takes neither check. Refused until the days are entered."""
    case = _open_to_supervisor(case_id, by, "录入政策未印明的津贴天数")
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 400 or not basis.strip():
        raise Refused("LEAVE_DAYS", "请录入1至400之间的津贴天数和所依据的本局规定（BZ-AMB-28）。")
    case.facts = {**case.facts, "leave_days": days, "leave_basis": basis.strip()[:200]}
    _made_by(case, by)
    case.save(update_fields=["facts", "maker_ids"])
    _record(case, "enter_days", "录入津贴天数", by=by, at=at, note=basis.strip()[:200], detail={"leave_days": days})
    return case


@transaction.atomic
def approve_late(*, case_id: int, reason: str, by: Officer, at: datetime) -> MaternityCase:
    """A supervisor lets a late application pass (原则上, BZ-AMB-35)."""
    case = _open_to_supervisor(case_id, by, "批准逾期申请")
    if not reason.strip():
        raise Refused("note_required", "请写明逾期原因。")
    case.late_reason, case.late_approved_by = reason.strip()[:300], by
    case.save(update_fields=["late_reason", "late_approved_by"])
    _record(case, "approve_late", "批准逾期申请", by=by, at=at, note=case.late_reason)
    return case


@transaction.atomic
def compute(
    *, case_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> MaternityCase:
    """Decide each benefit by the rules in force on the day of the event, and keep request, result and pack.

    All or nothing: a benefit that the rules refuse leaves the case as it was; it is to be applied for apart."""
    case: MaternityCase = get_visible(MaternityCase, by, lock=True, pk=case_id)
    items = live_items(case)
    answers = decide(case, items)
    total = Decimal("0.00")
    for item, answer in zip(items, answers, strict=True):
        item.state, item.amount, item.digest = MaternityItem.State.COMPUTED, answer.amount, answer.digest
        item.request, item.result = answer.request, dict(answer.result)
        item.release = casework.keep_release(answer.pack)
        item.save()
        total += answer.amount
    MATERNITY.move(
        case, "compute", by=by, at=at, note=note, expected_version=expected_version, detail={"total": str(total)}
    )
    case.total, case.computed_by = total, by
    _made_by(case, by)
    case.save(update_fields=["total", "computed_by", "maker_ids"])
    return case


def decide(case: MaternityCase, items: list[MaternityItem]) -> list[Answer]:
    """What the rules say of each benefit as of the day of the application, the late ones refused."""
    answers = []
    if case.event.voided:
        raise Refused("EVENT_VOIDED", "该生育事件已作废，不能支付任何待遇。")
    for item in items:
        answer = assess(case.event, item.kind, case.claimant, case.facts, case.applied_on)
        last = answer.window.closes_on
        if last and case.applied_on > last and case.late_approved_by_id is None:
            raise Refused(
                "LATE",
                f"{item}应在{last}前申领，现已逾期；确有原因的，请主管批准（{answer.window.rule}、BZ-AMB-35）。",
            )
        answers.append(answer)
    return answers


def live_items(case: MaternityCase) -> list[MaternityItem]:
    """The case's live benefits, locked."""
    rows = MaternityItem.objects.select_for_update().filter(case=case)
    return list(rows.exclude(state=MaternityItem.State.DROPPED).order_by("id"))


def read_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """What was entered, checked: amounts as texts to the fen, yes or no."""
    if set(facts) - {*MONEY, "wages_drawn"}:
        raise Refused("FACT_UNKNOWN", "录入了未知的项目，请刷新页面后重新录入。")
    read: dict[str, Any] = {}
    for name in MONEY:
        if facts.get(name) not in (None, ""):
            try:
                value = money.yuan(facts[name])
            except (ValueError, TypeError) as error:
                raise Refused("MONEY", "金额须为不小于零、至多两位小数的数字。") from error
            if value < 0:
                raise Refused("MONEY", "金额不得为负数。")
            read[name] = str(value)
    if facts.get("wages_drawn") is not None:
        read["wages_drawn"] = bool(facts["wages_drawn"])
    return read


def _open_to_supervisor(case_id: int, by: Officer, deed: str) -> MaternityCase:
    case: MaternityCase = get_visible(MaternityCase, by, lock=True, pk=case_id)
    if not by.may(SUPERVISE):
        raise Refused("no_permission", f"您的岗位不能{deed}，请转由主管办理。")
    if case.status not in BEFORE_COMPUTING:
        raise Refused("step_not_open", f"该件现为“{case.get_status_display()}”，核算之后不能再{deed}。")
    return case


def _made_by(case: MaternityCase, by: Officer) -> None:
    if by.pk not in case.maker_ids:
        case.maker_ids = [*case.maker_ids, by.pk]


def _record(
    case: MaternityCase, action: str, label: str, *, by: Officer, at: datetime, note: str,
    detail: dict[str, Any] | None = None,
) -> None:
    audit.record(
        action=action, label=label, by=by, at=at, case_no=case.case_no,
        region_code=case.region_code, note=note, detail=detail,
    )
