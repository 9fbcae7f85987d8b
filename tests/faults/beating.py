"""Celery as the beats of the fault runs know it: the month's list is asked for every second."""

from config.celery import app

app.conf.beat_schedule = {
    "the month's list": {"task": "relief.exchange_tasks.monthly_push", "schedule": 1.0},
    "sweep": {"task": "casework.tasks.sweep", "schedule": 1.0},
}
