"""News that relief takes: an identity was recognised, ended or taken back; a claim was decided."""

from typing import Any

from casework import clock, outbox
from casework.models import Officer
from claims.models import Claim, LedgerEntry
from enrollment.models import HardshipIdentity
from relief.services import open_lookbacks


@outbox.subscribe("enrollment.identity_granted")
@outbox.subscribe("enrollment.identity_ended")
@outbox.subscribe("enrollment.identity_voided")
def look_back(payload: dict[str, Any]) -> None:
    """What was settled by another word on this identity may differ now (BZ-REL-5.5, BZ-REL-5.10)."""
    by = Officer.objects.get(pk=payload["officer_id"])
    open_lookbacks(identity_id=payload["identity_id"], by=by, at=clock.now())


@outbox.subscribe("claims.decided")
def look_back_at_late_bills(payload: dict[str, Any]) -> None:
    """A bill of the year that was decided after the recognition is looked at as the earlier ones were."""
    claim = Claim.objects.select_related("registered_by").get(pk=payload["claim"])
    years = LedgerEntry.objects.filter(settlement=payload["settlement"]).values_list("year", flat=True).distinct()
    known = HardshipIdentity.objects.filter(person=claim.person_id, voided=False, starts_on__year__in=list(years))
    for identity in known.order_by("pk"):
        open_lookbacks(identity_id=identity.pk, by=claim.registered_by, at=clock.now())


