"""Reviewing, approving and ending a maternity case: two further officers after who entered and computed."""

from datetime import datetime
from typing import Any

from django.db import transaction

from casework import outbox
from casework import services as casework
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from enrollment import services as enrollment
from maternity.models import MaternityCase, MaternityGround, MaternityItem
from maternity.services.computing import decide, live_items
from maternity.workflow import MATERNITY, RETURNS, CaseStatus, return_step

State = MaternityItem.State
REFUSAL_KIND = "refusal"
REFUSAL_TITLE = "生育待遇不予支付决定书"
REMEDY = "对本决定不服的，可以自收到本决定书之日起六十日内申请行政复议，或者六个月内提起行政诉讼。"


@transaction.atomic
def review(
    *, case_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> MaternityCase:
    """First check (初审), not by who registered, entered or computed."""
    case = locked(case_id, by)
    _refuse_maker(case, by)
    MATERNITY.move(case, "review", by=by, at=at, note=note, expected_version=expected_version)
    case.reviewed_by = by
    case.save(update_fields=["reviewed_by"])
    return case


@transaction.atomic
def approve(
    *, case_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> MaternityCase:
    """Second check (复核); computes again, and refuses when the register says something else than at computing.

    Tells of it by `maternity.approved`, on which the payment is ordered."""
    case = locked(case_id, by)
    _refuse_maker(case, by)
    items = live_items(case)
    if case.status == CaseStatus.REVIEWED:
        if by.pk == case.reviewed_by_id:
            raise Refused("same_officer", "“初审”与“复核”不得为同一人：您已办理“初审”，请转由他人办理。")
        if [row.digest for row in decide(case, items)] != [row.digest for row in items]:
            raise Refused("CHANGED_SINCE", "核算后参保或缴费记录已有变化，请退回重新核算。")
        case.approved_by = by
        case.save(update_fields=["approved_by"])
    MATERNITY.move(
        case, "approve", by=by, at=at, note=note, expected_version=expected_version, detail={"total": str(case.total)}
    )
    MaternityItem.objects.filter(pk__in=[row.pk for row in items]).update(state=State.APPROVED)
    tell("maternity.approved", case, by)
    return case


@transaction.atomic
def send_back(
    *, case_id: int, to: str, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> MaternityCase:
    """Back to an earlier status (回退), with the reason. Back before computing the benefits are to be computed anew;
    back from payment the instruction that has not gone to the bank is cancelled."""
    case = locked(case_id, by)
    if to not in RETURNS.get(CaseStatus(case.status), ("", ()))[1]:
        raise Refused("step_not_open", f"该件现为“{case.get_status_display()}”，不能回退到所选环节。")
    decided = case.decided
    MATERNITY.move(
        case, return_step(case.status, to), by=by, at=at, note=reason, expected_version=expected_version
    )
    case.approved_by = None
    if to != CaseStatus.REVIEWED:
        case.reviewed_by = None
    before = to in (CaseStatus.REGISTERED, CaseStatus.ENTERED)
    if before:
        case.computed_by = case.total = None
    case.save(update_fields=["approved_by", "reviewed_by", "computed_by", "total"])
    _live(case).update(state=State.ASKED if before else State.COMPUTED)
    if decided:
        tell("maternity.stopped", case, by)
    return case


@transaction.atomic
def refuse(
    *, case_id: int, ground: str, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> MaternityCase:
    """Refuse the application (不予支付) on a ground of the bureau's table, with a notice that names rule and remedy.

    Not by who made the case. Its benefits may be asked for again."""
    case = locked(case_id, by)
    _refuse_maker(case, by)
    found = MaternityGround.objects.valid_on(bureau_day(at)).filter(code=ground).first()
    if found is None:
        raise Refused("GROUND_UNKNOWN", "请选择不予支付的情形。")
    if case.status in MATERNITY.steps["refuse"].sources:
        case.refused_by, case.refusal_ground = by, found
        case.save(update_fields=["refused_by", "refusal_ground"])
    MATERNITY.move(
        case, "refuse", by=by, at=at, note=reason, expected_version=expected_version,
        detail={"ground": found.code, "rule": found.rule},
    )
    _live(case).update(state=State.DROPPED)
    casework.issue_notice(
        case_no=case.case_no, kind=REFUSAL_KIND, title=REFUSAL_TITLE, body=refusal_notice(case, reason, at=at), by=by,
        at=at, region_code=case.region_code,
    )
    return case


@transaction.atomic
def withdraw(
    *, case_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> MaternityCase:
    """Take the application back (撤销) before any money is at the bank. Its benefits may be asked for again."""
    case = locked(case_id, by)
    decided = case.decided
    MATERNITY.move(case, "withdraw", by=by, at=at, note=reason, expected_version=expected_version)
    _live(case).update(state=State.DROPPED)
    if decided:
        tell("maternity.stopped", case, by)
    return case


@transaction.atomic
def reverse(
    *, case_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> MaternityCase:
    """Reverse a decided case whose facts were wrong (冲销). Its benefits may be asked for again, with the right facts.

    Tells of it by `maternity.reversed`: a payment that waits is cancelled, one that arrived is proposed for recovery
    as a whole. Refuses a case whose payment is at the bank."""
    case = locked(case_id, by)
    if case.status == CaseStatus.PAYING:
        raise Refused("PAYMENT_AT_BANK", "该件款项已列入拨付批次，须待银行回盘或批次作废后再冲销。")
    MATERNITY.move(
        case, "reverse", by=by, at=at, note=reason, expected_version=expected_version, detail={"total": str(case.total)}
    )
    _live(case).update(state=State.DROPPED)
    tell("maternity.reversed", case, by, reason=reason.strip())
    return case


def refusal_notice(case: MaternityCase, reason: str, *, at: datetime) -> dict[str, Any]:
    """What the notice of refusal says: the ground, the facts and where to turn."""
    ground = case.refusal_ground
    return {
        "case_no": case.case_no,
        "matter": case.matter_label,
        "benefits": [str(row) for row in case.items.order_by("id")],
        "event": str(case.event),
        "name": case.claimant.name,
        "masked_id": case.claimant.masked_id,
        "office": enrollment.region_name(case.region_code),
        "applied_on": case.applied_on.isoformat(),
        "day": bureau_day(at).isoformat(),
        "ground": {"code": ground.code, "name": ground.name, "rule": ground.rule, "article": ground.article},
        "reason": reason.strip(),
        "remedy": REMEDY,
    }


def tell(topic: str, case: MaternityCase, by: Officer, **more: Any) -> None:
    """Say that the case was decided or stopped: once for each version of it."""
    told = {"case_id": case.pk, "case_no": case.case_no, "officer_id": by.pk, **more}
    outbox.publish(topic, f"{case.case_no}:{case.version}", told)


def locked(case_id: int, by: Officer) -> MaternityCase:
    return get_visible(MaternityCase, by, lock=True, pk=case_id)


def _live(case: MaternityCase):
    return MaternityItem.objects.filter(case=case).exclude(state=State.DROPPED)


def _refuse_maker(case: MaternityCase, by: Officer) -> None:
    """Refuse an officer who registered, entered or computed this case, at whatever time."""
    if by.pk in case.maker_ids:
        raise Refused("same_officer", "登记、录入、核算与审核不得为同一人：您经手过此件，请转由他人办理。")
