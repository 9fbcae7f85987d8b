"""Deciding a look back: opened by what happened to an identity, checked by one officer, applied by another.

Paid or recovered is nothing here: of each decided claim that comes out differently an adjustment is proposed, which
has two checks of its own.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from casework.errors import Refused
from casework.models import Officer, get_visible
from claims import services as claims
from claims.models import Adjustment
from claims.services import BillDifference
from claims.services.replaying import lock_person
from enrollment.models import HardshipIdentity
from relief.models import LookBack
from relief.services.lookback import as_seen, by_identity, different_years, differs
from relief.workflow import LOOKBACK

RECOGNISED, CORRECTED = "BZ-REL-5.5", "BZ-REL-5.10"


@transaction.atomic
def open_lookbacks(*, identity_id: int, by: Officer, at: datetime) -> list[LookBack]:
    """Open a case for each year in which the register's word on this identity gives other amounts than were settled.

    None where a case of the same identity and year is open, or where a look back was turned down."""
    identity = HardshipIdentity.objects.select_related("person").select_for_update(of=("self",)).get(pk=identity_id)
    earlier = dict(LookBack.objects.filter(identity=identity).order_by("pk").values_list("year", "status"))
    opened = []
    for year, bills in different_years(identity).items():
        if earlier.get(year, "applied") != "applied" and not _was_changed(identity, earlier[year]):
            continue
        case = LookBack(
            region_code=identity.person.region_code[:6], person=identity.person, identity=identity, year=year,
            **_kind(identity, year, bills),
        )
        LOOKBACK.move(case, "open", by=by, at=at, detail={"identity": identity.pk, "year": year})
        opened.append(case)
    return opened


def _was_changed(identity: HardshipIdentity, status: str) -> bool:
    """A look back that was turned down is asked again only once the identity itself was ended or taken back."""
    return status == "dismissed" and (identity.voided or identity.ends_on is not None)


def _kind(identity: HardshipIdentity, year: int, bills: list[BillDifference]) -> dict[str, Any]:
    less = sum(bill.difference for bill in bills) < 0
    if identity.voided or year != identity.starts_on.year or less:
        return {"kind": LookBack.Kind.WITHDRAWN, "rule": CORRECTED}
    return {"kind": LookBack.Kind.RECOGNISED, "rule": RECOGNISED}


@transaction.atomic
def propose(
    *, lookback_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> LookBack:
    """Keep what the officer saw, bill by bill, and hand it to another to decide.

    Refuses a case in which nothing differs any more, and bills that the rules no longer pay."""
    case = locked(lookback_id, by)
    bills = claims.preview(case.person_id, case.year, by_identity(case.identity))
    if not any(differs(bill) for bill in bills):
        raise Refused("NOTHING_DIFFERS", "现有结算与救助身份已经一致，没有差异，请办理不予追溯。")
    refused = [bill for bill in bills if bill.after["refused"]]
    if refused:
        raise Refused("BILL_REFUSED", f"{refused[0].day}的费用按现有信息不能结算，须先冲销该报销件。")
    case.seen = as_seen(bills)
    changes = [bill.difference for bill in bills]
    case.supplement = sum((each for each in changes if each > 0), Decimal("0.00"))
    case.recovery = -sum((each for each in changes if each < 0), Decimal("0.00"))
    LOOKBACK.move(
        case, "propose", by=by, at=at, note=note, expected_version=expected_version,
        detail={"supplement": str(case.supplement), "recovery": str(case.recovery)},
    )
    case.proposed_by = by
    case.save(update_fields=["seen", "supplement", "recovery", "proposed_by"])
    return case


@transaction.atomic
def apply_lookback(
    *, lookback_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> list[Adjustment]:
    """Settle the year again as proposed (复核并重新结算); returns the adjustments that this proposes.

    Refuses the officers who entered the identity or proposed, and a year that has changed since (CHECK_VOID)."""
    case = locked(lookback_id, by)
    _note_decider(case, by, "apply")
    LOOKBACK.move(case, "apply", by=by, at=at, note=note, expected_version=expected_version)
    revise = by_identity(case.identity)
    lock_person(case.person_id, [case.year])
    if as_seen(claims.preview(case.person_id, case.year, revise)) != case.seen:
        raise Refused("CHECK_VOID", "提出之后该年度结算已变动，须退回重新核对。")
    reason = f"救助追溯{case.case_no}：{case.identity.get_category_display()}"
    return claims.reconsider(case.person_id, case.year, revise, reason=reason, rule=case.rule, by=by, at=at)


@transaction.atomic
def send_back_lookback(
    *, lookback_id: int, note: str, by: Officer, at: datetime, expected_version: int | None = None
) -> LookBack:
    """Back to be looked at again (退回核对), with the reason."""
    case = locked(lookback_id, by)
    LOOKBACK.move(case, "send_back", by=by, at=at, note=note, expected_version=expected_version)
    case.proposed_by = None
    case.save(update_fields=["proposed_by"])
    return case


@transaction.atomic
def dismiss_lookback(
    *, lookback_id: int, note: str, by: Officer, at: datetime, expected_version: int | None = None
) -> LookBack:
    """Decide that the year stays as it was settled (不予追溯), with the reason."""
    case = locked(lookback_id, by)
    _note_decider(case, by, "dismiss")
    LOOKBACK.move(case, "dismiss", by=by, at=at, note=note, expected_version=expected_version)
    return case


def _note_decider(case: LookBack, by: Officer, step: str) -> None:
    """Before the step, for the database wants the officers of a decided case at every moment."""
    if case.status not in LOOKBACK.steps[step].sources:
        return
    if by.pk in (case.registered_by_id, case.proposed_by_id):
        raise Refused("same_officer", "登记身份、提出追溯与复核不得为同一人，请转由他人办理。")
    case.decided_by = by
    case.save(update_fields=["decided_by"])


def locked(lookback_id: int, by: Officer) -> LookBack:
    """The case, locked; refuses one that the officer may not see."""
    found: LookBack = get_visible(LookBack, by, lock=True, pk=lookback_id)
    return found
