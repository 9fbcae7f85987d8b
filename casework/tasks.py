"""Celery's door: it carries ids, calls one function, and may do so twice."""

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from casework import clock, jobs, outbox, services

log = logging.getLogger(__name__)

SWEEP_LIMIT = 200
RING_AGAIN = timedelta(seconds=30)

@shared_task(name="casework.tasks.run_job")  # type: ignore[untyped-decorator]
def run_job(job_id: int) -> bool:
    """Do one job, if it is still to be done."""
    return jobs.run(job_id)


@shared_task(name="casework.tasks.deliver_message")  # type: ignore[untyped-decorator]
def deliver_message(message_id: int) -> bool:
    """Bring one message to its subscribers, if it is still to be brought."""
    return outbox.deliver(message_id)


@shared_task(name="casework.tasks.sweep")  # type: ignore[untyped-decorator]
def sweep() -> int:
    """Ring again for everything that is due: bells get lost, rows do not."""
    found = services.due_work(now=timezone.now(), limit=SWEEP_LIMIT, ring_again=RING_AGAIN)
    for job_id in found.jobs:
        run_job.apply_async((job_id,), retry=False)
    for message_id in found.messages:
        deliver_message.apply_async((message_id,), retry=False)
    return len(found.jobs) + len(found.messages)


@shared_task(name="casework.tasks.anchor_audit")  # type: ignore[untyped-decorator]
def anchor_audit() -> str:
    """Write the heads of the audit chains to the anchor file."""
    return str(services.anchor_audit(at=clock.now()))


@shared_task(name="casework.tasks.verify_audit")  # type: ignore[untyped-decorator]
def verify_audit() -> None:
    """Have the audit trail verified, once a day; the job's row keeps what was found."""
    jobs.enqueue("casework.verify_audit", key=f"{clock.bureau_day(clock.now()):%Y-%m-%d}")


@jobs.handler("casework.verify_audit")
def verify_audit_job(run: jobs.Run) -> None:
    """Dead, and so visible to a person, if anything is wrong with the trail."""
    faults = services.verify_audit()
    if faults:
        log.critical("the audit trail is not whole: %d faults, first %s", len(faults), faults[0])
        raise jobs.Hopeless(f"审计记录不完整，共{len(faults)}处，首处：{faults[0]}。请立即联系审计人员。")
    run.message = "审计记录完整。"
