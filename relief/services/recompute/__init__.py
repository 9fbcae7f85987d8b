"""Recomputing a year: every settled bill replayed from its stored facts under its stored pack, and compared."""

from relief.services.recompute.report import difference_by_payer, recompute_report, steps_before_and_after
from relief.services.recompute.running import replay_persons, start_recompute, stop_recompute

__all__ = [
    "difference_by_payer", "recompute_report", "replay_persons", "start_recompute", "steps_before_and_after",
    "stop_recompute",
]
