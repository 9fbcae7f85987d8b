"""Work whose effects can be counted, for workers that the fault runs start: one row per job says how often."""

import time
from datetime import timedelta
from typing import Any

from celery.signals import task_prerun
from django.db import transaction

from casework import jobs
from casework.numbering import next_value

KIND = "faults.effect"
LONG = "faults.long"
LEASE = timedelta(seconds=2)


@jobs.handler(KIND, lease=LEASE, attempts=100)
def effect(run: jobs.Run) -> None:
    """Count, and take a moment over it: there is a middle to be killed in."""
    next_value(f"fault:{run.key}")
    time.sleep(run.payload["seconds"])


@jobs.handler(LONG, atomic=False, lease=LEASE, attempts=100)
def long_effect(run: jobs.Run) -> None:
    """Longer than the broker waits and than the lease holds: it says again and again that it is alive."""
    for step in range(run.payload["steps"]):
        with transaction.atomic():
            run.checkpoint(step, run.payload["steps"])
        time.sleep(0.5)
    next_value(f"fault:{run.key}")


@task_prerun.connect
def heard(task: Any = None, args: Any = (), **_: Any) -> None:
    """Count the bells that a worker hears of each job, and how often each beat has asked for the month's list."""
    if task.name == "casework.tasks.run_job":
        next_value(f"heard:{args[0]}")
    elif task.name == "relief.exchange_tasks.monthly_push":
        next_value(f"fired:{task.request.origin}")
