"""Celery: it rings the bell, the rows in PostgreSQL are the truth (casework.Job, casework.OutboxMessage).

The schedule is code, not a row: a date that the law sets is reviewed like any other rule.
"""
from celery.schedules import crontab

LONGEST_TASK = 10 * 60
VISIBILITY = 2 * LONGEST_TASK + 300  # seconds until Redis hands out an unacknowledged message again

CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_RESULT_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "Asia/Shanghai"

CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = LONGEST_TASK
CELERY_TASK_SOFT_TIME_LIMIT = LONGEST_TASK - 30
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10.0
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # our logging masks personal data; Celery's own would not
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

CELERY_VISIBILITY_TIMEOUT = VISIBILITY
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": VISIBILITY}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": VISIBILITY,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 25,
    "max_retries": 1,  # without a broker the bell is given up at once; the row is there, and the sweeper rings again
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
}

CELERY_BEAT_SCHEDULE = {
    # What is due and was not rung, or whose bell was lost, is rung again.
    "sweep": {"task": "casework.tasks.sweep", "schedule": 10.0, "options": {"expires": 10}},
    "anchor the audit trail": {"task": "casework.tasks.anchor_audit", "schedule": crontab(minute=5)},
    "verify the audit trail": {"task": "casework.tasks.verify_audit", "schedule": crontab(hour=3, minute=10)},
    "prove the ledger": {"task": "claims.tasks.prove_ledger", "schedule": crontab(hour=3, minute=40)},
    "prove the exchange": {"task": "relief.exchange_tasks.prove_exchange", "schedule": crontab(hour=3, minute=50)},
    "reviews of chronic diseases": {
        "task": "chronic.tasks.run_reviews", "schedule": crontab(hour=5, minute=20),
    },
    "recompute the year": {
        "task": "relief.tasks.recompute_year", "schedule": crontab(day_of_month=1, hour=1, minute=10),
    },
    "build the list of last month": {
        "task": "relief.exchange_tasks.monthly_push", "schedule": crontab(day_of_month="1-5", hour=4, minute=10),
    },
    "collect from the authorities": {
        "task": "relief.exchange_tasks.collect", "schedule": 300.0, "options": {"expires": 300},
    },
}
