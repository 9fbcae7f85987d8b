"""What a certificate that a spot check cancelled has cost the funds until then: owed by the institution (CQ-10.2).

The insured keeps what he was paid for days before the cancellation (CQ-A17), so no settlement changes: each bill of
those days is asked again without the certificate, and what the funds paid too much is proposed for recovery from the
institution. Days from the cancellation on are the insured's own matter (`claims.services.cuts`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from casework.errors import Refused
from casework.models import Officer, get_visible
from chronic.models import SpotCheck
from claims.models import Adjustment, RecoveredBill, Settlement, SettlementItem
from claims.services import rules
from claims.services.cuts import UNPAID, propose_after_cut, rests_on
from claims.services.reconsidering import BillDifference, preview
from claims.services.replaying import Revise, live_in_order, lock_person
from claims.workflow import ADJUSTMENT, AdjustmentStatus
from enrollment.models import Person

Json = dict[str, Any]

RULE = "CQ-10.2"


@dataclass(frozen=True, slots=True)
class Loss:
    """One bill: what the funds paid of it, and what they would have paid without the certificate."""

    settlement: Settlement
    number: int
    before: Decimal
    after: Decimal


@transaction.atomic
def propose_from_institution(*, spot_check_id: int, from_day: date, at: datetime) -> Adjustment | None:
    """Propose the recovery from the institution of what was paid from `from_day` until the cancellation (CQ-10.2).

    The years are locked first, so a claim that is being settled is waited for; then the days from the cancellation on
    are settled again, whichever news comes first. The proposer is the officer who cancelled: he decides nothing about
    it. Nothing where the funds lost nothing, and once only, however often the news comes and whatever was decided."""
    check = _checks().get(pk=spot_check_id)
    person = _hold(check, from_day, at)
    known = Adjustment.objects.filter(institution__isnull=False, source_no=check.case_no).order_by("pk").last()
    if known is not None:
        return known
    made = check.entitlement
    propose_after_cut(
        person_id=person.pk, unit=made.unit, from_day=check.from_day, reason=made.end_reason, by=check.decided_by, at=at
    )
    return _propose(check, losses(person, made.unit, from_day, check.from_day), by=check.decided_by, at=at)


@transaction.atomic
def reckon_again(*, adjustment_id: int, by: Officer, at: datetime) -> Adjustment:
    """Reckon anew what an institution owes (重新核算) after the proposal was dropped, by the claims as they stand now.

    Who asks proposes, and decides nothing about it. Refuses while another proposal on the same check stands, and
    where the funds have lost nothing."""
    if not by.may("claims.approve_adjustment"):
        raise Refused("no_permission", "您的岗位不能重新核算，请转由复核人员办理。")
    old = get_visible(Adjustment, by, lock=True, pk=adjustment_id)
    if old.institution_id is None or old.status != AdjustmentStatus.DROPPED:
        raise Refused("NOT_DROPPED", "只有“不予调整”的向机构追回可以重新核算。")
    check = _checks().get(case_no=old.source_no)
    held = check.entitlement.periods.filter(voided=False).order_by("starts_on").values_list("starts_on", flat=True)
    from_day = held.first() or check.from_day
    person = _hold(check, from_day, at)
    if Adjustment.objects.filter(source_no=old.source_no).exclude(status=AdjustmentStatus.DROPPED).exists():
        raise Refused("PROPOSED_ALREADY", "该抽查已重新提出向机构追回。")
    made = _propose(check, losses(person, check.entitlement.unit, from_day, check.from_day), by=by, at=at)
    if made is None:
        raise Refused("NO_LOSS", "按现有结算，基金没有损失，无须追回。")
    return made


def _checks() -> QuerySet[SpotCheck]:
    return SpotCheck.objects.select_related("entitlement__person__merged_into", "institution", "decided_by")


def _hold(check: SpotCheck, from_day: date, at: datetime) -> Person:
    """The person of a check with his years locked; who was merged, the person he is now."""
    person = check.entitlement.person.merged_into or check.entitlement.person
    lock_person(person.pk, range(from_day.year, at.year + 1))
    return person


def losses(person: Person, unit: str, from_day: date, until: date) -> list[Loss]:
    """The bills from `from_day` until the day before `until` that the funds would have paid differently without the
    certificate of this unit, also those of other diseases, whose common limit it raised (BZ-CHR-3.4). Writes
    nothing."""
    days = from_day.isoformat(), until.isoformat()
    years = {
        int(bill["date"][:4]) for row in live_in_order(person.pk) if rests_on(row, unit)
        for bill in row.request["bills"] if days[0] <= bill["date"] < days[1]
    }
    found = [
        _loss(one) for year in sorted(years) for one in preview(person.pk, year, without_days_from(unit, from_day))
        if from_day <= one.day < until
    ]
    return [one for one in found if one.before != one.after]


def without_days_from(unit: str, day: date) -> Revise:
    """How a stored request is asked again: no certificate of this unit holds from that day on."""
    first = day.isoformat()

    def revise(settlement: Settlement) -> Json:
        if not rests_on(settlement, unit):
            return settlement.request
        person = settlement.request["person"]
        rows = [row if row["disease"] != unit else _ending(row, day) for row in person["certificates"]]
        held = [row for row in rows if row["disease"] != unit or row["from"] < first]
        return settlement.request | {"person": person | {"certificates": held}}

    return revise


def _ending(row: Json, day: date) -> Json:
    """A certificate that holds at most until the day before `day`; the engine's ends are inclusive."""
    last = date.fromordinal(day.toordinal() - 1).isoformat()
    return row | {"to": last if row["to"] is None else min(row["to"], last)}


def _loss(one: BillDifference) -> Loss:
    """Refuses a bill that the rules cannot settle without the certificate for want of something else."""
    rules.refuse_if_refused({"bills": [one.after]}, besides=UNPAID, before={"bills": [one.before]})
    paid, without = (Decimal(bill["fund_total"]) for bill in (one.before, one.after))
    return Loss(one.settlement, one.number, paid, without)


def _propose(check: SpotCheck, found: list[Loss], *, by: Officer, at: datetime) -> Adjustment | None:
    amount = sum((one.before - one.after for one in found), Decimal("0.00"))
    if amount <= 0:
        return None
    adjustment = Adjustment(
        institution=check.institution, source_no=check.case_no, region_code=check.region_code,
        kind=Adjustment.Kind.RECOVERY, amount=amount,
        reason=f"抽查{check.case_no}取消“{check.entitlement.unit_name}”待遇：{check.finding}（{RULE}）"[:500],
    )
    ADJUSTMENT.move(
        adjustment, "propose", by=by, at=at, detail={"spot_check": check.case_no, "difference": str(-amount)}
    )
    items = {
        (item.settlement_id, item.number): item
        for item in SettlementItem.objects.filter(settlement__in={one.settlement.pk for one in found})
    }
    RecoveredBill.objects.bulk_create(
        RecoveredBill(
            adjustment=adjustment, item=items[one.settlement.pk, one.number], before=one.before, after=one.after
        )
        for one in found
    )
    return adjustment
