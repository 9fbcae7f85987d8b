"""What every kind of case stores. The apps above declare their own case as a `CaseRecord`."""

from casework.models.audit import AuditEntry, AuditLink, Transition
from casework.models.calendar import TimeLimit, WorkDay
from casework.models.case import CaseRecord, Counter, four_eyes, get_visible
from casework.models.document import Document
from casework.models.job import Job
from casework.models.jurisdiction import JurisdictionManager, JurisdictionQuerySet, area_prefix
from casework.models.notice import Notice
from casework.models.officer import Officer, OfficerManager
from casework.models.outbox import Delivery, OutboxMessage
from casework.models.pack import PackRelease
from casework.models.task import Task

__all__ = [
    "AuditEntry",
    "AuditLink",
    "CaseRecord",
    "Counter",
    "Delivery",
    "Document",
    "Job",
    "JurisdictionManager",
    "JurisdictionQuerySet",
    "Notice",
    "Officer",
    "OfficerManager",
    "OutboxMessage",
    "PackRelease",
    "Task",
    "TimeLimit",
    "Transition",
    "WorkDay",
    "area_prefix",
    "four_eyes",
    "get_visible",
]
