"""Settling a person's year again (年度重新结算): opened by what happened to an identity or by what a recompute
found, checked by one officer, applied by another.

Paid or recovered is nothing here: of each decided claim that comes out differently an adjustment is proposed, which
has two checks of its own.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from casework.errors import Refused
from casework.models import Officer, get_visible
from claims import services as claims
from claims.models import Adjustment
from claims.services import BillDifference
from claims.services.replaying import Revise, lock_person
from enrollment.models import HardshipIdentity, Person
from relief.models import Recompute, RecomputeDifference, Reconsideration
from relief.services.lookback import as_seen, by_identity, by_register, different_years, differs, newly_refused
from relief.workflow import RECONSIDERATION

RECOGNISED, CORRECTED, RECOMPUTED = "BZ-REL-5.5", "BZ-REL-5.10", "BZ-AMB-34"


@transaction.atomic
def open_lookbacks(*, identity_id: int, by: Officer, at: datetime) -> list[Reconsideration]:
    """Open a case for each year in which the register's word on this identity gives other amounts than were settled.

    None where a case of the same identity and year is open, or where a look back was turned down."""
    identity = HardshipIdentity.objects.select_related("person").select_for_update(of=("self",)).get(pk=identity_id)
    earlier = dict(Reconsideration.objects.filter(identity=identity).order_by("pk").values_list("year", "status"))
    opened = []
    for year, bills in different_years(identity).items():
        if earlier.get(year, "applied") != "applied" and not _was_changed(identity, earlier[year]):
            continue
        case = Reconsideration(
            region_code=identity.person.region_code[:6], person=identity.person, identity=identity, year=year,
            **_kind(identity, year, bills),
        )
        RECONSIDERATION.move(case, "open", by=by, at=at, detail={"identity": identity.pk, "year": year})
        opened.append(case)
    return opened


def _was_changed(identity: HardshipIdentity, status: str) -> bool:
    """A look back that was turned down is asked again only once the identity itself was ended or taken back."""
    return status == "dismissed" and (identity.voided or identity.ends_on is not None)


def _kind(identity: HardshipIdentity, year: int, bills: list[BillDifference]) -> dict[str, Any]:
    less = sum(bill.difference for bill in bills) < 0
    if identity.voided or year != identity.starts_on.year or less:
        return {"kind": Reconsideration.Kind.WITHDRAWN, "rule": CORRECTED}
    return {"kind": Reconsideration.Kind.RECOGNISED, "rule": RECOGNISED}


@transaction.atomic
def open_corrections(
    *, recompute_id: int, by: Officer, at: datetime, person_id: int | None = None
) -> list[Reconsideration]:
    """Open a case for each person, or for one, whose bills a recompute gives differently by a fault or by other facts.

    A pack that changed alters no decided claim: such differences are shown and no more. Refuses a run that still
    goes on. Persons whom the officer does not see, or with a case open, are left out; at most 500 at a time."""
    run = get_visible(Recompute, by, pk=recompute_id)
    if run.state == Recompute.State.RUNNING:
        raise Refused("RECOMPUTE_RUNNING", "重算尚未完成，请待其完成后再办理。")
    found = Person.objects.visible_to(by).filter(pk__in=_correctable(run))
    if person_id is not None:
        found = found.filter(pk=person_id)
    busy = Reconsideration.objects.filter(recompute=run).values("person")
    open_ones = Reconsideration.objects.filter(year=run.year, identity=None).exclude(status__in=RECONSIDERATION.closed)
    opened = []
    for person in found.exclude(pk__in=busy).exclude(pk__in=open_ones.values("person")).order_by("pk")[:500]:
        case = Reconsideration(
            region_code=person.region_code[:6], person=person, recompute=run, year=run.year,
            kind=Reconsideration.Kind.RECOMPUTED, rule=RECOMPUTED,
        )
        RECONSIDERATION.move(case, "open", by=by, at=at, detail={"recompute": run.pk, "year": run.year})
        opened.append(case)
    return opened


def _correctable(run: Recompute) -> QuerySet[RecomputeDifference]:
    causes = (RecomputeDifference.Cause.FAULT, RecomputeDifference.Cause.FACT)
    found = RecomputeDifference.objects.filter(chunk__run=run, cause__in=causes, settlement__isnull=False)
    return found.values("person")


def bills_now(case: Reconsideration) -> list[BillDifference]:
    """Every bill of the case's year as it is and as it would be today, in settlement order."""
    return claims.preview(case.person_id, case.year, _revise(case))


def _revise(case: Reconsideration) -> Revise:
    return by_identity(case.identity) if case.identity else by_register(case.person)


@transaction.atomic
def propose(
    *, case_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> Reconsideration:
    """Keep what the officer saw, bill by bill, and hand it to another to decide.

    Refuses a case in which nothing differs any more, and bills that the rules no longer pay."""
    case = locked(case_id, by)
    bills = bills_now(case)
    if not any(differs(bill) for bill in bills):
        raise Refused("NOTHING_DIFFERS", "现有结算与登记信息已经一致，没有差异，请办理不予重算。")
    refused = [bill for bill in bills if newly_refused(bill)]
    if refused:
        raise Refused("BILL_REFUSED", f"{refused[0].day}的费用按现有信息不能结算，须先冲销该报销件。")
    case.seen = as_seen(bills)
    changes = [bill.difference for bill in bills]
    case.supplement = sum((each for each in changes if each > 0), Decimal("0.00"))
    case.recovery = -sum((each for each in changes if each < 0), Decimal("0.00"))
    RECONSIDERATION.move(
        case, "propose", by=by, at=at, note=note, expected_version=expected_version,
        detail={"supplement": str(case.supplement), "recovery": str(case.recovery)},
    )
    case.proposed_by = by
    case.save(update_fields=["seen", "supplement", "recovery", "proposed_by"])
    return case


@transaction.atomic
def apply_reconsideration(
    *, case_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> list[Adjustment]:
    """Settle the year again as proposed (复核并重新结算); returns the adjustments that this proposes.

    Refuses the officers who entered the identity or proposed, and a year that has changed since (CHECK_VOID)."""
    case = locked(case_id, by)
    _note_decider(case, by, "apply")
    RECONSIDERATION.move(case, "apply", by=by, at=at, note=note, expected_version=expected_version)
    lock_person(case.person_id, [case.year])
    if as_seen(bills_now(case)) != case.seen:
        raise Refused("CHECK_VOID", "提出之后该年度结算已变动，须退回重新核对。")
    ground = case.identity.get_category_display() if case.identity else f"重算{case.recompute_id}"
    reason = f"{case.get_kind_display()}{case.case_no}：{ground}"
    return claims.reconsider(case.person_id, case.year, _revise(case), reason=reason, rule=case.rule, by=by, at=at)


@transaction.atomic
def send_back_reconsideration(
    *, case_id: int, note: str, by: Officer, at: datetime, expected_version: int | None = None
) -> Reconsideration:
    """Back to be looked at again (退回核对), with the reason."""
    case = locked(case_id, by)
    RECONSIDERATION.move(case, "send_back", by=by, at=at, note=note, expected_version=expected_version)
    case.proposed_by = None
    case.save(update_fields=["proposed_by"])
    return case


@transaction.atomic
def dismiss_reconsideration(
    *, case_id: int, note: str, by: Officer, at: datetime, expected_version: int | None = None
) -> Reconsideration:
    """Decide that the year stays as it was settled (不予重算), with the reason."""
    case = locked(case_id, by)
    _note_decider(case, by, "dismiss")
    RECONSIDERATION.move(case, "dismiss", by=by, at=at, note=note, expected_version=expected_version)
    return case


def _note_decider(case: Reconsideration, by: Officer, step: str) -> None:
    """Before the step, for the database wants the officers of a decided case at every moment."""
    if case.status not in RECONSIDERATION.steps[step].sources:
        return
    if by.pk in (case.registered_by_id, case.proposed_by_id):
        raise Refused("same_officer", "登记身份、提出追溯与复核不得为同一人，请转由他人办理。")
    case.decided_by = by
    case.save(update_fields=["decided_by"])


def locked(case_id: int, by: Officer) -> Reconsideration:
    """The case, locked; refuses one that the officer may not see."""
    found: Reconsideration = get_visible(Reconsideration, by, lock=True, pk=case_id)
    return found
