"""Jobs that outlive a worker. The row says what is to be done; Celery carries its id and may be lost or doubled.

    @jobs.handler("claims.export_batch")
    def export_batch(run: jobs.Run) -> None: ...

    jobs.enqueue("claims.export_batch", key=f"batch:{batch.pk}", payload={"batch_id": batch.pk})

A handler runs in one transaction with the mark that the job is done; it should take seconds. A long one is
registered with `atomic=False`, does its work in transactions of its own and calls `run.checkpoint(...)` inside
each: a worker that has lost its lease is stopped there, and its chunk is rolled back.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from casework.errors import Refused
from casework.models import Job
from casework.outbox import describe, pause_after

MAX_ATTEMPTS = 8
LEASE = timedelta(minutes=10)

log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker holds this job now; what this one did since its last checkpoint is rolled back."""


class Hopeless(Exception):
    """The job can't succeed by waiting: it is dead at once. The message is Chinese and shown to the officer."""


@dataclass
class Run:
    """One worker's hold of one job."""

    job_id: int
    key: str
    payload: dict[str, Any]
    fence: int
    lease: timedelta = LEASE
    progress: int = 0
    message: str = field(default="", init=False)

    def checkpoint(self, progress: int, total: int, message: str = "") -> None:
        """Prolong the lease and show how far the job is; raises `LeaseLost` if another worker has it."""
        self.progress, self.message = progress, message
        held = _held(self).update(
            progress=progress, total=total, message=message[:300], lease_until=timezone.now() + self.lease
        )
        if not held:
            raise LeaseLost(self.key)


Handler = Callable[[Run], None]


@dataclass(frozen=True)
class _Registered:
    function: Handler
    atomic: bool
    lease: timedelta
    attempts: int


HANDLERS: dict[str, _Registered] = {}


def handler(
    kind: str, *, atomic: bool = True, lease: timedelta = LEASE, attempts: int = MAX_ATTEMPTS
) -> Callable[[Handler], Handler]:
    """Have the function do the jobs of this kind. The lease must be longer than its longest silent stretch.

    `attempts` says how often it is tried: one that waits for somebody outside tries for longer than one that can't.
    """

    def add(function: Handler) -> Handler:
        HANDLERS[kind] = _Registered(function, atomic, lease, attempts)
        return function

    return add


def enqueue(kind: str, key: str, payload: dict[str, Any] | None = None) -> Job:
    """Have the job done once. Asked for again with the same kind and key, it is the job that exists."""
    with transaction.atomic():
        job, is_new = Job.objects.get_or_create(
            kind=kind, key=key, defaults={"payload": payload or {}, "next_at": timezone.now()}
        )
        if is_new:
            transaction.on_commit(lambda: _ring(job.pk), robust=True)
    return job


def run(job_id: int) -> bool:
    """Do the job if it is due and nobody holds it; True if it is done now. Safe to call twice or at once."""
    held = _claim(job_id)
    if held is None:
        return False
    registered, this = held
    try:
        if registered.atomic:
            _run_whole(registered.function, this)
        else:
            registered.function(this)
            _finish(this)
    except LeaseLost:
        log.warning("job %s was taken over by another worker", job_id)
        return False
    except Exception as error:
        log.exception("job %s failed", job_id)
        _fail(this, error)
        return False
    return True


def retry(job_id: int) -> None:
    """Put a dead job back into the queue; the officer's door to this is `services.retry_job`."""
    with transaction.atomic():
        changed = Job.objects.filter(pk=job_id, state=Job.State.DEAD).update(
            state=Job.State.PENDING, attempts=0, next_at=timezone.now(), rung_at=None, finished_at=None
        )
        if not changed:
            raise Refused("not_dead", "该作业未处于失败状态，无需重新运行。")
        transaction.on_commit(lambda: _ring(job_id), robust=True)


def due(now: Any) -> Q:
    """Jobs that a worker may take now: waiting and due, or held by a worker that has gone silent."""
    return Q(state=Job.State.PENDING, next_at__lte=now) | Q(state=Job.State.RUNNING, lease_until__lt=now)


def _claim(job_id: int) -> tuple[_Registered, Run] | None:
    """Take the lease under a new fencing number. A job that has used up its attempts is dead."""
    now = timezone.now()
    with transaction.atomic():
        job = Job.objects.select_for_update(skip_locked=True).filter(due(now), pk=job_id).first()
        if job is None:
            return None
        registered = HANDLERS.get(job.kind)
        if registered is None or job.attempts >= registered.attempts:
            _bury(job, "没有程序办理此种作业。" if registered is None else "多次中断，未能完成。")
            return None
        job.state, job.fence, job.attempts = Job.State.RUNNING, job.fence + 1, job.attempts + 1
        job.lease_until = now + registered.lease
        job.save(update_fields=["state", "fence", "attempts", "lease_until"])
    this = Run(job_id, job.key, job.payload, job.fence, registered.lease, job.progress)
    return registered, this


def _run_whole(function: Handler, this: Run) -> None:
    """The work and its mark in one transaction, with the row locked: nobody else can take the job meanwhile.

    The lock is waited for: a worker that has just been told that the job is taken may still hold it for a moment.
    """
    with transaction.atomic():
        if not _held(this).select_for_update().exists():
            raise LeaseLost(this.key)
        function(this)
        _finish(this)


def _finish(this: Run) -> None:
    done = _held(this).update(state=Job.State.DONE, lease_until=None, finished_at=timezone.now(), message=this.message)
    if not done:
        raise LeaseLost(this.key)


def _fail(this: Run, error: Exception) -> None:
    with transaction.atomic():
        job = _held(this).select_for_update().first()
        if job is None:
            return
        words = str(error) if isinstance(error, Hopeless) else describe(error)
        if isinstance(error, Hopeless) or job.attempts >= HANDLERS[job.kind].attempts:
            _bury(job, words)
            return
        job.state, job.lease_until = Job.State.PENDING, None
        job.next_at, job.message = timezone.now() + pause_after(job.attempts), words[:300]
        job.save(update_fields=["state", "lease_until", "next_at", "message"])


def _bury(job: Job, words: str) -> None:
    job.state, job.lease_until, job.finished_at, job.message = Job.State.DEAD, None, timezone.now(), words[:300]
    job.save(update_fields=["state", "lease_until", "finished_at", "message"])


def _held(this: Run) -> Any:
    return Job.objects.filter(pk=this.job_id, fence=this.fence, state=Job.State.RUNNING)


def _ring(job_id: int) -> None:
    # The task module needs this one; the bell is looked up when it is rung.
    from casework.tasks import run_job

    run_job.apply_async((job_id,), retry=False)
