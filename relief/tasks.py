"""Celery's doors to relief: each asks for a job or calls one service, and is safe to run twice."""

from datetime import timedelta

from celery import shared_task

from casework import clock, jobs
from relief.services import recompute

CITY_JOB = "relief.start_recompute"


@shared_task(name="relief.tasks.recompute_year")
def recompute_year() -> None:
    """On the first of a month: replay the year that the month before lies in; in January the year that has ended, also
    against today's register and pack."""
    today = clock.bureau_day(clock.now())
    year = (today.replace(day=1) - timedelta(days=1)).year
    jobs.enqueue(CITY_JOB, key=f"{today:%Y-%m}", payload={"year": year, "with_register": today.month == 1})


@jobs.handler(CITY_JOB)
def start_recompute_job(run: jobs.Run) -> None:
    """Start the city's recompute; while another of the year runs, the job waits and tries again."""
    asked = run.payload
    started = recompute.start_recompute(
        year=asked["year"], by=None, at=clock.now(), with_register=asked.get("with_register", False)
    )
    run.message = f"{started.year}年度重算已发起，编号{started.pk}。"
