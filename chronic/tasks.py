"""Celery's door to the calendar of reviews: one job for each day, safe to run twice."""

from datetime import date

from celery import shared_task

from casework import clock, jobs
from chronic.services import following, reviewing

REVIEWS = "chronic.run_reviews"


@shared_task(name="chronic.tasks.run_reviews")
def run_reviews() -> None:
    """Have the reviews of today looked after: invitations (复审通知) and suspensions."""
    today = clock.bureau_day(clock.now())
    jobs.enqueue(REVIEWS, key=today.isoformat(), payload={"day": today.isoformat()})


@jobs.handler(REVIEWS, atomic=False)
def run_reviews_job(run: jobs.Run) -> None:
    """The day stands in the job: one that was delayed says what was due then, and what came due since stays for its
    own day's job."""
    day = date.fromisoformat(run.payload["day"])
    carried = following.carry_over(on=day, at=clock.now())
    written = reviewing.run_reviews(day=day, at=clock.now(), checkpoint=run.checkpoint)
    run.message = f"截至{day}应发通知{written}份，随险种变更延续待遇{carried}项。"
