"""The Celery application.

Celery on Redis only rings the bell: what is to be done stands in job and outbox rows
(casework), so nothing is lost when a worker or the broker dies.
"""
import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("casework")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
