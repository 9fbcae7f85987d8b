"""Trying again what has failed, by a person."""

from datetime import datetime

from django.db import transaction

from casework import audit, jobs, outbox
from casework.errors import Refused
from casework.models import Officer


@transaction.atomic
def retry_job(*, job_id: int, by: Officer, at: datetime) -> None:
    """Run a dead job again from its first attempt (重新运行). Refuses one that is not dead, and without the right."""
    _refuse_unless(by, "casework.retry_job")
    jobs.retry(job_id)
    audit.record(action="retry_job", label="重新运行作业", by=by, at=at, subject=f"job:{job_id}")


@transaction.atomic
def retry_message(*, message_id: int, by: Officer, at: datetime) -> None:
    """Deliver a dead message again (重新投递). Refuses one that is not dead, and without the right."""
    _refuse_unless(by, "casework.retry_outboxmessage")
    outbox.retry(message_id)
    audit.record(action="retry_message", label="重新投递", by=by, at=at, subject=f"message:{message_id}")


def _refuse_unless(by: Officer, permission: str) -> None:
    if not by.may(permission):
        raise Refused("no_permission", "您的岗位不能重新运行作业，请由系统管理员办理。")
