"""The exchange by itself: lists are built when a month has ended, sent until they arrive, and answers fetched."""

import logging
from datetime import timedelta

from celery import shared_task

from casework import clock, jobs
from casework.errors import Refused
from relief.models import Receiver
from relief.services import exchange
from relief.services.exchange.channels import NotDelivered

log = logging.getLogger(__name__)

MONTHLY = "relief.monthly_push"
PROOF = "relief.prove_exchange"
DAYS_OF_TRYING = 80
"""Attempts at a delivery: the pause grows to an hour, so that these are three days, a weekend and more."""


@shared_task(name="relief.exchange_tasks.monthly_push")  # type: ignore[untyped-decorator]
def monthly_push() -> None:
    """Have the list of the month that has ended built. Asked twice, or by two beats at once, it is one job."""
    month = exchange.month_before(clock.bureau_day(clock.now()))
    for region in sorted(set(Receiver.objects.filter(active=True).values_list("region_code", flat=True))):
        jobs.enqueue(MONTHLY, key=f"{region}:{month}", payload={"region": region, "month": month})


@shared_task(name="relief.exchange_tasks.collect")  # type: ignore[untyped-decorator]
def collect() -> int:
    """Ask every receiver what it has to say. One that can't be reached is asked again the next time."""
    done = 0
    for receiver in Receiver.objects.filter(active=True).order_by("pk"):
        try:
            done += sum(exchange.collect(receiver.pk, at=clock.now()))
        except (NotDelivered, Refused) as failure:
            log.warning("nothing collected from receiver %s: %s", receiver.address_name, failure)
    return done


@shared_task(name="relief.exchange_tasks.prove_exchange")  # type: ignore[untyped-decorator]
def prove_exchange() -> None:
    """Have the exchange proved, once a day, after the ledger."""
    jobs.enqueue(PROOF, key=f"{clock.bureau_day(clock.now()):%Y-%m-%d}")


@jobs.handler(PROOF)
def prove_exchange_job(run: jobs.Run) -> None:
    """Lists, deliveries and answers against their rows. A fault makes the job dead: visible."""
    faults = exchange.broken_exchange()
    if faults:
        log.critical("the exchange is not whole: %d faults, first %s", len(faults), faults[0])
        raise jobs.Hopeless(f"数据交换与其明细不一致，共{len(faults)}处，首处：{faults[0][0]} {faults[0][1]}。")
    run.message = "数据交换与其明细一致。"


@jobs.handler(MONTHLY)
def monthly_push_job(run: jobs.Run) -> None:
    """Ask for the list unless an officer has; a figure that lacks stands in the job's message, by name."""
    try:
        push = exchange.ask_push(
            region_code=run.payload["region"], month=run.payload["month"], by=None, at=clock.now()
        )
        run.message = f"已编制{push}。"
    except Refused as refusal:
        if refusal.code != "PUSH_EXISTS":
            raise
        run.message = refusal.message


@jobs.handler("relief.build_push", atomic=False)
def build_push_job(run: jobs.Run) -> None:
    """Select the rows of a list and write its files."""
    exchange.build_push(run.payload["push"], run, at=clock.now())


@jobs.handler("relief.send_push", atomic=False, lease=timedelta(minutes=5), attempts=DAYS_OF_TRYING)
def send_push_job(run: jobs.Run) -> None:
    """Bring a delivery to its receiver; what is refused or fails is tried again, for days."""
    sent = exchange.send_delivery(run.payload["delivery"], at=clock.now())
    run.message = f"已送达{sent}份。"


@jobs.handler("relief.collect", atomic=False, attempts=3)
def collect_job(run: jobs.Run) -> None:
    """Ask one receiver what it has to say, because an officer wants to know now."""
    answered, lists = exchange.collect(run.payload["receiver"], at=clock.now())
    run.message = f"收到回执{answered}行，名单{lists}份。"


@jobs.handler("relief.read_list", atomic=False)
def read_list_job(run: jobs.Run) -> None:
    """Read, match and check a list that came back."""
    exchange.read_list(run.payload["list"], run, at=clock.now())


@jobs.handler("relief.apply_list", atomic=False)
def apply_list_job(run: jobs.Run) -> None:
    """Write a released list to the register."""
    exchange.apply_list(run.payload["list"], run, at=clock.now())
