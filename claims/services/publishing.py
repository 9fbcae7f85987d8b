"""Publication (公示) of a claim, where a county's dated rule asks for it before the decision. Bazhong has none."""

from datetime import date, datetime

from django.db import transaction

from casework import calendar
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer
from claims.models import Claim, ClaimPublication, Settlement
from claims.services.details import record_act
from claims.services.registration import locked_claim
from claims.workflow import ClaimStatus

PUBLISHABLE = (ClaimStatus.SETTLED, ClaimStatus.REVIEWED)


@transaction.atomic
def publish(*, claim_id: int, by: Officer, at: datetime) -> Claim:
    """Make a settled claim public from today for the working days that the rule of its day of application asks for.

    What is made public is this settlement: one settled again is published again. Refuses where no rule asks for it,
    a claim that is not between settlement and decision, and an officer who may not review.
    """
    claim = locked_claim(claim_id, by)
    if not by.may("claims.review_claim"):
        raise Refused("no_permission", "您的岗位不能办理公示，请转由初审办理。")
    if claim.status not in PUBLISHABLE:
        raise Refused("step_not_open", f"该件现为“{claim.get_status_display()}”，不能办理公示。")
    rule = rule_for(claim)
    if rule is None:
        raise Refused("PUBLICATION_NOT_ASKED", "本地没有公示规定，无须公示，可直接复核。")
    claim.published_on = bureau_day(at)
    claim.publication_last_day = calendar.add_working_days(claim.published_on, rule.working_days)
    claim.published_digest = claim.settlements.live().get().digest
    claim.save(update_fields=["published_on", "publication_last_day", "published_digest"])
    record_act(claim, "publish", "公示", by=by, at=at, last_day=claim.publication_last_day.isoformat(),
               article=rule.article)
    return claim


def rule_for(claim: Claim) -> ClaimPublication | None:
    """The rule that asks for this claim's publication, if one does. One query."""
    return ClaimPublication.objects.asked_of(claim.reason_id, claim.region_code, claim.applied_on).first()


def refuse_unpublished(claim: Claim, settlement: Settlement, today: date) -> None:
    """Refuse to decide before the publication that a rule asks for, during it, or on another settlement."""
    if rule_for(claim) is None:
        return
    if claim.published_on is None:
        raise Refused("PUBLICATION_NEEDED", "本地规定须先公示，请先办理公示。")
    if claim.published_digest != settlement.digest:
        raise Refused("PUBLICATION_VOID", "公示之后结算已变动，须重新公示。")
    if today <= claim.publication_last_day:
        raise Refused("PUBLICATION_RUNNING", f"公示至{claim.publication_last_day}，期满后方可复核。")
