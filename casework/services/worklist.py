"""Taking and giving back what is to be done, and the questions of the start page, one query each."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Q

from casework import audit
from casework.errors import Refused
from casework.models import JurisdictionQuerySet, Officer, Task


@dataclass(frozen=True)
class Counts:
    """How much waits for an officer. `mine` is taken by him, `open` may be taken; both may be overdue or returned.

    `overdue` counts the whole territory; `waiting` are those whose clock stands while the applicant is asked.
    """

    mine: int
    open: int
    overdue: int
    returned: int
    waiting: int


def my_queue(officer: Officer) -> JurisdictionQuerySet:
    """The open tasks that this officer holds or may take: his region, his permissions, not barred to him."""
    return _open(officer).filter(_workable(officer)).select_related("assignee").order_by("due_on", "id")


def overdue(officer: Officer, on: date) -> JurisdictionQuerySet:
    """The open tasks of the officer's territory whose last day lies before `on`, whoever is to do them."""
    return _open(officer).filter(due_on__lt=on).select_related("assignee").order_by("due_on", "id")


def returned(officer: Officer) -> JurisdictionQuerySet:
    """The tasks of the officer's queue whose case was sent back."""
    return my_queue(officer).filter(returned=True)


def counts(officer: Officer, on: date) -> Counts:
    """The figures of the start page in one query (after the officer's permissions)."""
    workable = _workable(officer)
    found = _open(officer).aggregate(
        mine=Count("pk", filter=Q(assignee=officer)),
        open=Count("pk", filter=workable & Q(assignee=None)),
        overdue=Count("pk", filter=Q(due_on__lt=on)),
        returned=Count("pk", filter=workable & Q(returned=True)),
        waiting=Count("pk", filter=workable & Q(stopped=True)),
    )
    return Counts(**found)


@transaction.atomic
def take_task(*, task_id: int, by: Officer, at: datetime) -> Task:
    """Take a task from the queue (领取). Refuses one that is done, held by another, or not this officer's to do.

    Taking one's own task again changes nothing.
    """
    task = _locked(task_id, by)
    if task.assignee_id == by.pk:
        return task
    if task.assignee is not None:
        raise Refused("task_taken", f"该件已由{task.assignee.name}领取。如需接手，请先由其退回待办。")
    if by.pk in task.barred:
        raise Refused("same_officer", "前后两步不得为同一人：您已办理该件的前一步，请由他人领取。")
    if not by.may(task.permission):
        raise Refused("no_permission", f"您的岗位不能办理“{task.title}”，请转由有此权限的人员办理。")
    _assign(task, by, by, at, action="take_task", label="领取")
    return task


@transaction.atomic
def release_task(*, task_id: int, by: Officer, at: datetime) -> Task:
    """Give a task back to the queue (退回待办). A supervisor may do it for an officer who is away."""
    task = _locked(task_id, by)
    if task.assignee is None:
        return task
    if task.assignee_id != by.pk and not by.may("casework.reassign_task"):
        raise Refused("not_yours", f"该件由{task.assignee.name}领取，只能由其本人或主管退回待办。")
    _assign(task, None, by, at, action="release_task", label="退回待办")
    return task


def _locked(task_id: int, by: Officer) -> Task:
    # Not joined with the assignee: after waiting for the lock, the joined row would still be that of before.
    task: Task | None = Task.objects.visible_to(by).select_for_update().filter(pk=task_id).first()
    if task is None:
        raise Refused("not_found", "未找到该待办，或不在您的经办区划内。")
    if task.closed_at is not None:
        raise Refused("task_closed", "该待办已经完成，请刷新列表。")
    return task


def _assign(task: Task, to: Officer | None, by: Officer, at: datetime, *, action: str, label: str) -> None:
    holder = task.assignee.name if task.assignee else by.name
    task.assignee, task.taken_at = to, at if to else None
    task.save(update_fields=["assignee", "taken_at"])
    audit.record(
        action=action,
        label=label,
        by=by,
        at=at,
        case_no=task.case_no,
        region_code=task.region_code,
        detail={"task": task.title, "holder": holder},
    )


def _open(officer: Officer) -> JurisdictionQuerySet:
    return Task.objects.visible_to(officer).filter(closed_at=None)


def _workable(officer: Officer) -> Q:
    free = Q(assignee=None) & Q(permission__in=officer.granted) & ~Q(barred__contains=[officer.pk])
    return Q(assignee=officer) | free
