"""The verbs of casework, by topic. The apps above and the doors call these; nobody else writes its tables."""

from casework.models import get_visible
from casework.numbering import next_case_no
from casework.services.calendar import load_workdays, set_time_limit, set_workday
from casework.services.documents import attach_document, read_document, void_document
from casework.services.integrity import anchor_audit, verify_audit
from casework.services.machinery import retry_job, retry_message
from casework.services.notices import issue_notice
from casework.services.officers import appoint, change_officer, set_password
from casework.services.releases import keep_release
from casework.services.sweeping import DueWork, due_work, run_due
from casework.services.worklist import (
    Counts,
    counts,
    my_queue,
    overdue,
    release_task,
    returned,
    take_task,
)

__all__ = [
    "Counts",
    "DueWork",
    "anchor_audit",
    "appoint",
    "attach_document",
    "change_officer",
    "counts",
    "due_work",
    "get_visible",
    "issue_notice",
    "keep_release",
    "load_workdays",
    "my_queue",
    "next_case_no",
    "overdue",
    "read_document",
    "release_task",
    "retry_job",
    "retry_message",
    "returned",
    "run_due",
    "set_password",
    "set_time_limit",
    "set_workday",
    "take_task",
    "verify_audit",
    "void_document",
]
