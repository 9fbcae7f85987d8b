"""Reviewing, approving and ending a maternity case: two further officers after who entered and computed."""

from datetime import datetime

from django.db import transaction

from casework import outbox
from casework.errors import Refused
from casework.models import Officer, get_visible
from maternity.models import MaternityCase, MaternityItem
from maternity.services.computing import decide, live_items
from maternity.workflow import MATERNITY

State = MaternityItem.State


@transaction.atomic
def review(
    *, case_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> MaternityCase:
    """First check (初审), not by who entered or computed."""
    case = _locked(case_id, by)
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
    case = _locked(case_id, by)
    items = live_items(case)
    if case.status == "reviewed" and [row.digest for row in decide(case, items)] != [row.digest for row in items]:
        raise Refused("CHANGED_SINCE", "核算后参保或缴费记录已有变化，请退回重新核算。")
    if by.pk in (case.entered_by_id, case.computed_by_id, case.reviewed_by_id):
        raise Refused("same_officer", "录入、核算、初审与“复核”不得为同一人，请转由他人办理。")
    case.approved_by = by
    case.save(update_fields=["approved_by"])
    MATERNITY.move(
        case, "approve", by=by, at=at, note=note, expected_version=expected_version, detail={"total": str(case.total)}
    )
    MaternityItem.objects.filter(pk__in=[row.pk for row in items]).update(state=State.APPROVED)
    outbox.publish("maternity.approved", case.case_no, {"case_id": case.pk, "case_no": case.case_no})
    return case


@transaction.atomic
def send_back(
    *, case_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> MaternityCase:
    """Back to computing (退回), with the reason; the checks begin anew."""
    case = _locked(case_id, by)
    MATERNITY.move(case, "send_back", by=by, at=at, note=reason, expected_version=expected_version)
    case.reviewed_by = case.computed_by = None
    case.save(update_fields=["reviewed_by", "computed_by"])
    return case


@transaction.atomic
def refuse(
    *, case_id: int, rule: str, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> MaternityCase:
    """Refuse the application (不予支付), naming the rule. Its benefits may be asked for again."""
    case = _locked(case_id, by)
    if not rule.strip():
        raise Refused("RULE_MISSING", "不予支付须写明依据的条款。")
    MATERNITY.move(
        case, "refuse", by=by, at=at, note=reason, expected_version=expected_version, detail={"rule": rule.strip()}
    )
    case.items.update(state=State.DROPPED)
    return case


@transaction.atomic
def withdraw(
    *, case_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> MaternityCase:
    """Take the application back (撤销) before it is approved. Its benefits may be asked for again."""
    case = _locked(case_id, by)
    MATERNITY.move(case, "withdraw", by=by, at=at, note=reason, expected_version=expected_version)
    case.items.update(state=State.DROPPED)
    return case


@transaction.atomic
def close(
    *, case_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> MaternityCase:
    """End the case once its payment has arrived (办结), not by who approved it."""
    case = _locked(case_id, by)
    MATERNITY.move(case, "close", by=by, at=at, note=note, expected_version=expected_version)
    return case


def _locked(case_id: int, by: Officer) -> MaternityCase:
    return get_visible(MaternityCase, by, lock=True, pk=case_id)
