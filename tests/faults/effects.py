"""Work whose effects can be counted, for workers that the fault runs start: one row per job says how often."""

import time
from datetime import timedelta

from casework import jobs
from casework.numbering import next_value

KIND = "faults.effect"
LEASE = timedelta(seconds=2)


@jobs.handler(KIND, lease=LEASE, attempts=100)
def effect(run: jobs.Run) -> None:
    """Count, and take a moment over it: there is a middle to be killed in."""
    next_value(f"fault:{run.key}")
    time.sleep(run.payload["seconds"])
