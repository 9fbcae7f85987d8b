"""A birth event that was registered wrongly and is voided: the claims of its medical cost are marked."""

from datetime import datetime

from django.db import transaction

from casework.models import AuditEntry
from claims.models import Finding, Visit
from claims.services.settling import VOIDED


@transaction.atomic
def mark_voided_birth(*, event_id: int, at: datetime) -> int:
    """Put a finding on each claim with a live bill of this event; returns how many are new.

    A claim that is not decided can then neither be settled nor decided; one that is decided is shown to need its
    reversal, and the mother gets no other delivery paid until then (BZ-EMP-28.2). Twice is once.
    """
    entries = AuditEntry.objects.filter(subject=f"birth:{event_id}", action="void_event").exclude(officer=None)
    visits = Visit.objects.live().filter(birth_event=event_id, birth_event__voided=True)
    made = 0
    for visit in visits.select_related("claim", "entered_by"):
        known = visit.claim.findings.filter(code="EVENT_VOIDED", subject=visit.subject, cleared=False)
        if known.exists():
            continue
        last = entries.select_related("officer").order_by("pk").last()
        Finding.objects.create(
            claim=visit.claim, code="EVENT_VOIDED", subject=visit.subject, severity=Finding.Severity.REFUSE,
            message=VOIDED, rule="BZ-EMP-28.2", found_by=last.officer if last else visit.entered_by, found_at=at,
        )
        made += 1
    return made
