"""Celery's door to the ledger's nightly proofs. A job's row keeps what was found; a fault makes it dead: visible."""

import logging

from celery import shared_task

from casework import clock, jobs
from claims import services

log = logging.getLogger(__name__)

CHUNK = 500


@shared_task(name="claims.tasks.prove_ledger")
def prove_ledger() -> None:
    """Have the ledger and all stored settlements proved, once a day."""
    jobs.enqueue("claims.prove_ledger", key=f"{clock.bureau_day(clock.now()):%Y-%m-%d}")


@jobs.handler("claims.prove_ledger", atomic=False)
def prove_ledger_job(run: jobs.Run) -> None:
    """The accumulators against the ledger, then every settlement computed again from what was stored."""
    faults = services.broken_invariants()
    if faults:
        log.critical("the ledger is not whole: %d faults, first %s", len(faults), faults[0])
        raise jobs.Hopeless(f"台账与累计不一致，共{len(faults)}处，首处：{faults[0][0]} {faults[0][1]}。")
    total = services.count_settlements()
    for number, proof in enumerate(services.replay_all(), 1):
        if not proof.same:
            raise jobs.Hopeless(f"结算{proof.settlement.pk}重算结果不符：{proof.problem}。")
        if number % CHUNK == 0:
            run.checkpoint(number, total, f"已重算{number}次结算")
    run.message = f"台账一致，{total}次结算重算全部相符。"
