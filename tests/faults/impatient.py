"""Celery with a broker that takes a worker for dead after a second: what is longer is handed out twice."""

from config.celery import app

app.conf.broker_transport_options = {**app.conf.broker_transport_options, "visibility_timeout": 1}
