"""Finding what is due although its bell was lost."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from casework import jobs, outbox
from casework.models import Job, OutboxMessage


@dataclass(frozen=True)
class DueWork:
    """The ids to ring for."""

    jobs: list[int] = field(default_factory=list)
    messages: list[int] = field(default_factory=list)


@transaction.atomic
def due_work(*, now: datetime, limit: int = 200, ring_again: timedelta = timedelta(0)) -> DueWork:
    """Claim the right to ring for what is due: two sweepers never ring for the same row within `ring_again`."""
    not_rung = Q(rung_at=None) | Q(rung_at__lte=now - ring_again)
    messages = OutboxMessage.objects.filter(not_rung, state=OutboxMessage.State.PENDING, next_at__lte=now)
    return DueWork(_mark(Job.objects.filter(not_rung & jobs.due(now)), now, limit), _mark(messages, now, limit))


def run_due(*, rounds: int = 1000) -> int:
    """Do all that is due now, here, without Celery: for the demo, a cron line, a test. Returns how many were run."""
    done = 0
    for _ in range(rounds):
        found = due_work(now=timezone.now())
        if not found.jobs and not found.messages:
            break
        for job_id in found.jobs:
            done += jobs.run(job_id)
        for message_id in found.messages:
            done += outbox.deliver(message_id)
    return done


def _mark(rows: Any, now: datetime, limit: int) -> list[int]:
    ids = list(rows.select_for_update(skip_locked=True).order_by("next_at").values_list("pk", flat=True)[:limit])
    if ids:
        rows.model.objects.filter(pk__in=ids).update(rung_at=now)
    return ids
