"""Entering the costs of a claim's stays; a supervisor letting a doubtful claim go on."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from casework import audit
from casework.errors import Refused
from casework.models import Officer
from claims.models import Claim, Finding
from claims.services.checks import Checked, check, keep_findings, no_second_use, refuse_at_once
from claims.services.elsewhere import refuse_wrong_reason
from claims.services.entries import Stay, words
from claims.services.registration import locked_claim, read_stays, store_stays
from claims.workflow import CLAIM
from enrollment import services as enrollment
from enrollment.models import Person


@transaction.atomic
def enter_details(
    *, claim_id: int, stays: Sequence[Stay], by: Officer, at: datetime, note: str = "",
    expected_version: int | None = None,
) -> Claim:
    """Enter the stays with their costs (明细录入), in place of what was entered before; earlier rows stay, voided.

    Each stay by lines whose amounts add up to the invoice to the fen, or by sums within it. What is deducted
    (扣减) does not enter the calculation. Refuses like `register`; other findings are stored and stop the
    settlement until a supervisor has approved them.
    """
    claim = locked_claim(claim_id, by)
    CLAIM.move(
        claim, "enter_details", by=by, at=at, note=note, expected_version=expected_version,
        detail={"stays": len(stays), "lines": sum(len(stay.lines) for stay in stays)},
    )
    person = enrollment.with_history(Person.objects.filter(pk=claim.person_id)).get()
    visits = read_stays(stays, person, by=by, at=at, costs=True)
    refuse_wrong_reason(claim.reason, visits, costs=True)
    findings = check(
        Checked(
            person=person, visits=visits, by=by, at=at, applied_on=claim.applied_on, late_reason=claim.late_reason,
            claim=claim,
        )
    )
    refuse_at_once(findings)
    claim.visits.live().update(voided=True)
    with no_second_use():
        store_stays(claim, visits)
    keep_findings(claim, findings, by=by, at=at)
    claim.scheme = enrollment.coverage_on(person, visits[-1].discharged_on).scheme
    add_maker(claim, by)
    claim.save(update_fields=["scheme", "maker_ids"])
    return claim


@transaction.atomic
def approve_finding(*, finding_id: int, reason: str, by: Officer, at: datetime) -> Finding:
    """A supervisor lets the claim go on in spite of a finding (主管审批), with his reason.

    Refuses findings that nobody may waive, and an officer who has made the claim what it is.
    """
    found = Finding.objects.visible_to(by).select_related("claim").filter(pk=finding_id).first()
    if found is None:
        raise Refused("not_found", "未找到该疑点，或不在您的经办区划内。")
    claim = locked_claim(found.claim_id, by)
    found = Finding.objects.select_for_update().get(pk=finding_id)
    if not by.may("claims.supervise_claim"):
        raise Refused("no_permission", "您的岗位不能审批疑点，请转由主管办理。")
    if found.severity != Finding.Severity.SUPERVISOR or found.cleared or found.approved_by_id:
        raise Refused("not_open", "该疑点无须或不能由主管审批。")
    if by.pk in claim.maker_ids:
        raise Refused("same_officer", "您经手过此件，审批人与经手人不得为同一人，请转由其他主管审批。")
    found.approval_reason = words(reason, "审批意见", 500, needed=True)
    found.approved_by, found.approved_at = by, at
    found.save(update_fields=["approval_reason", "approved_by", "approved_at"])
    record_act(claim, "approve_finding", "主管审批", by=by, at=at, note=found.approval_reason, code=found.code)
    return found


def add_maker(claim: Claim, by: Officer) -> bool:
    """Remember on the claim that this officer made it what it is; True if that was new."""
    if by.pk in claim.maker_ids:
        return False
    claim.maker_ids = [*claim.maker_ids, by.pk]
    return True


def record_act(claim: Claim, action: str, label: str, *, by: Officer, at: datetime, note: str = "", **detail) -> None:
    """An act on a claim that is no step of its workflow, in the audit trail."""
    audit.record(
        action=action, label=label, by=by, at=at, case_no=claim.case_no, region_code=claim.region_code, note=note,
        detail=detail,
    )
