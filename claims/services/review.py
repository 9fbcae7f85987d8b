"""Deciding: review, approval, sending back, withdrawal, refusal."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from casework import outbox
from casework import services as casework
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer
from claims.models import Claim, Payment, RefusalGround, Settlement
from claims.services.adjustments import propose
from claims.services.benefits import of_certified_disease
from claims.services.publishing import refuse_unpublished
from claims.services.registration import locked_claim
from claims.services.settling import VOIDED
from claims.services.unwinding import hold_years, unwind
from claims.workflow import CLAIM, RETURNS, ClaimStatus, return_step
from enrollment import services as enrollment

REFUSAL_KIND, REFUSAL_TITLE = "refusal", "医疗费用手工报销不予支付决定书"
BEFORE_SETTLING = (ClaimStatus.TOWNSHIP, ClaimStatus.REGISTERED, ClaimStatus.ENTERED)


@transaction.atomic
def review(
    *, claim_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> Claim:
    """First check of the settlement (初审): what this officer saw is kept by its digest.

    Refuses whoever registered, entered or settled the claim.
    """
    claim = locked_claim(claim_id, by)
    _refuse_maker(claim, by)
    _refuse_voided_birth(claim)
    settlement = live_settlement(claim)
    _note_first(claim, "review", reviewed_by=by, reviewed_digest=settlement.digest)
    CLAIM.move(
        claim, "review", by=by, at=at, note=note, expected_version=expected_version,
        detail={"settlement": settlement.pk, "digest": settlement.digest},
    )
    return claim


@transaction.atomic
def approve(
    *, claim_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> Claim:
    """Second check and decision (复核): makes the payment instruction, or closes the claim where nothing is to be paid.

    Refuses the makers and the reviewer, a settlement that is not the reviewed one (CHECK_VOID), a publication that is
    asked for and not over. A claim settled again after payment pays the difference only; if less is due than was paid,
    a recovery (追回) is proposed for its own review.
    """
    claim = locked_claim(claim_id, by)
    _refuse_maker(claim, by)
    if claim.reviewed_by_id == by.pk:
        raise Refused("same_officer", "“初审”与“复核”不得为同一人：您已办理“初审”，请转由他人办理。")
    _refuse_voided_birth(claim)
    settlement = live_settlement(claim)
    if claim.status == ClaimStatus.REVIEWED and settlement.digest != claim.reviewed_digest:
        raise Refused("CHECK_VOID", "初审之后结算已变动，须重新初审。")
    refuse_unpublished(claim, settlement, bureau_day(at))
    due = settlement.fund_total - paid_out(claim)
    _note_first(claim, "approve", approved_by=by, approved_digest=settlement.digest)
    CLAIM.move(
        claim, "approve" if due > 0 else "approve_unpaid", by=by, at=at, note=note, expected_version=expected_version,
        detail={"settlement": settlement.pk, "digest": settlement.digest, "due": str(due)},
    )
    if due > 0:
        _make_payment(claim, settlement, due, by=by, at=at)
    elif due < 0:
        propose(claim, due, reason="重新结算后应付少于已付。", by=by, at=at, after=settlement)
    told = {"claim": claim.pk, "settlement": settlement.pk}
    outbox.publish("claims.decided", f"{claim.case_no}:{settlement.pk}", told)
    return claim


@transaction.atomic
def send_back(
    *, claim_id: int, to: str, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> Claim:
    """Send a claim back to an earlier status (回退), with the reason.

    Back before settlement, its settlement is voided: exact opposites are appended to the ledger, and what was
    settled later in the person's year is replayed. Back to a check only, the settlement stands.
    """
    claim = locked_claim(claim_id, by)
    targets = RETURNS.get(claim.status, ("", ()))[1]
    if to not in targets:
        raise Refused("step_not_open", f"该件现为“{claim.get_status_display()}”，不能回退到所选环节。")
    decided = claim.decided
    hold_years(claim)
    CLAIM.move(claim, return_step(claim.status, to), by=by, at=at, note=reason, expected_version=expected_version)
    if decided:
        _cancel_payment(claim, at=at)
    if to in BEFORE_SETTLING:
        void_settlement(claim, reason=reason, by=by, at=at)
    _forget_checks(claim, keep_review=to == ClaimStatus.REVIEWED)
    return claim


@transaction.atomic
def withdraw(
    *, claim_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> Claim:
    """End a claim before payment at the applicant's or the bureau's wish (撤销); its stays and invoices are free again.

    Refuses a claim of which money has been paid: that is refused or settled again.
    """
    claim = locked_claim(claim_id, by)
    if paid_out(claim, pending=False):
        raise Refused("ALREADY_PAID", "该件已有款项拨付，不能撤销；不应支付的请办理不予支付，由追回流程收回。")
    decided = claim.decided
    hold_years(claim)
    CLAIM.move(claim, "withdraw", by=by, at=at, note=reason, expected_version=expected_version)
    if decided:
        _cancel_payment(claim, at=at)
    void_settlement(claim, reason=reason, by=by, at=at)
    claim.visits.live().update(voided=True)
    _forget_checks(claim)
    return claim


@transaction.atomic
def refuse(
    *, claim_id: int, ground: str, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> Claim:
    """Decide that nothing is paid (不予支付), on a statutory ground (BZ-GEN-6.1, codes 1 to 6), with a notice; bills of
    a certified disease also on those of BZ-CHR-15.1 (CHR-1 to CHR-6).

    Refuses the officers who made the claim. What had been paid before a reversal is proposed for recovery.
    """
    claim = locked_claim(claim_id, by)
    _refuse_maker(claim, by)
    found = RefusalGround.objects.valid_on(bureau_day(at)).filter(code=ground).first()
    if found is None or (found.certified and not of_certified_disease(claim)):
        raise Refused("GROUND_UNKNOWN", "请选择不予支付的法定情形。")
    hold_years(claim)
    _note_first(claim, "refuse", refused_by=by, refusal_ground=found)
    CLAIM.move(
        claim, "refuse", by=by, at=at, note=reason, expected_version=expected_version, detail={"ground": found.code}
    )
    void_settlement(claim, reason=reason, by=by, at=at)
    claim.visits.live().update(voided=True)
    _forget_checks(claim)
    paid = paid_out(claim)
    if paid > 0:
        propose(claim, -paid, reason=f"不予支付：{found.name}。", by=by, at=at)
    casework.issue_notice(
        case_no=claim.case_no, kind=REFUSAL_KIND, title=REFUSAL_TITLE, body=refusal_notice(claim, reason, at=at), by=by,
        at=at, region_code=claim.region_code,
    )
    outbox.publish("claims.refused", f"{claim.case_no}:{claim.version}", {"claim": claim.pk})
    return claim


def live_settlement(claim: Claim) -> Settlement:
    """The settlement that counts now; refuses a claim that has none."""
    settlement = claim.settlements.live().first()
    if settlement is None:
        raise Refused("NOT_SETTLED", "该件尚未结算。")
    return settlement


def void_settlement(claim: Claim, *, reason: str, by: Officer, at: datetime) -> None:
    """Undo the claim's live settlement, if it has one, and replay what was settled later."""
    settlement = claim.settlements.live().first()
    if settlement:
        unwind(settlement, Settlement.Ended.VOIDED, reason=reason, by=by, at=at)


def paid_out(claim: Claim, *, pending: bool = True) -> Decimal:
    """What has gone out or is about to for this claim: its payments and the adjustments that were not dropped.

    Without `pending` only what the bank has paid or has in hand.
    """
    states = Payment.LIVE if pending else (Payment.State.BATCHED, Payment.State.PAID)
    payments = claim.payments.filter(settlement__isnull=False, state__in=states).aggregate(sum=Sum("amount"))["sum"]
    adjustments = claim.adjustments.exclude(status="dropped")
    if not pending:
        adjustments = adjustments.filter(status="closed")
    return sum((row.signed_amount for row in adjustments), payments or Decimal("0.00"))


def refusal_notice(claim: Claim, reason: str, *, at: datetime) -> dict:
    """What the notice of refusal says: the ground, the facts and where to turn."""
    ground = claim.refusal_ground
    return {
        "case_no": claim.case_no,
        "name": claim.person.name,
        "masked_id": claim.person.masked_id,
        "office": enrollment.region_name(claim.region_code),
        "day": bureau_day(at).isoformat(),
        "ground": {"code": ground.code, "name": ground.name, "rule": ground.rule, "article": ground.article},
        "reason": reason.strip(),
        "remedy": "对本决定不服的，可以自收到本决定书之日起六十日内申请行政复议，或者六个月内提起行政诉讼。",
    }


def _note_first(claim: Claim, step: str, **columns: object) -> None:
    """Write who decides before the status says that somebody did: the database wants both to agree at every moment.

    Where the step is not open from here nothing is written, and the move that follows refuses it.
    """
    if claim.status not in CLAIM.steps[step].sources:
        return
    for name, value in columns.items():
        setattr(claim, name, value)
    claim.save(update_fields=list(columns))


def _make_payment(claim: Claim, settlement: Settlement, due: Decimal, *, by: Officer, at: datetime) -> Payment:
    if not (claim.payee_name and claim.payee_bank and claim.payee_account):
        raise Refused("ACCOUNT_MISSING", "收款账户不完整，请回退登记环节补录收款户名、银行和账号。")
    return Payment.objects.create(
        number=f"{claim.case_no}-{claim.payments.count() + 1}", region_code=claim.region_code, claim=claim,
        settlement=settlement, amount=due,
        payee_name=claim.payee_name, payee_bank=claim.payee_bank, payee_account=claim.payee_account, approved_by=by,
        made_at=at,
    )


def _cancel_payment(claim: Claim, *, at: datetime) -> None:
    claim.payments.filter(state=Payment.State.PENDING, settlement__isnull=False).update(
        state=Payment.State.CANCELLED, done_at=at
    )


def _forget_checks(claim: Claim, *, keep_review: bool = False) -> None:
    claim.approved_by, claim.approved_digest = None, ""
    if not keep_review:
        claim.reviewed_by, claim.reviewed_digest = None, ""
    claim.save(update_fields=["approved_by", "approved_digest", "reviewed_by", "reviewed_digest"])


def _refuse_voided_birth(claim: Claim) -> None:
    """Refuse to decide on a birth that was registered wrongly and has been voided."""
    if claim.visits.live().filter(birth_event__voided=True).exists():
        raise Refused("EVENT_VOIDED", VOIDED)


def _refuse_maker(claim: Claim, by: Officer) -> None:
    """Refuse an officer who registered, entered or settled this claim, at whatever time."""
    if by.pk in claim.maker_ids:
        raise Refused("same_officer", "登记、录入、结算与审核不得为同一人：您经手过此件，请转由他人办理。")
