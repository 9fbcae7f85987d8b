"""The audit trail's writer: the only place that appends to it."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction

from casework import rows
from casework.clock import BUREAU_ZONE, bureau_day
from casework.errors import Refused
from casework.models import AuditEntry, Officer

CHAINS = 16
REVEALS_A_DAY = 30
SYSTEM = "系统"
REVEAL = "reveal"


def record(
    *,
    action: str,
    label: str,
    by: Officer | None,
    at: datetime,
    case_no: str = "",
    subject: str = "",
    region_code: str = "",
    matter: str = "",
    status_before: str = "",
    status_after: str = "",
    note: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append one entry; `by=None` is the system itself. The database chains it at the commit. One query.

    An act outside a case names its `subject` instead, e.g. `person:12`; without a region it lies in the officer's
    own. `detail` is JSON and must hold no unmasked personal data.
    """
    written = entry(
        action=action, label=label, by=by, at=at, case_no=case_no, subject=subject, region_code=region_code,
        matter=matter, status_before=status_before, status_after=status_after, note=note, detail=detail,
    )
    rows.insert([written])
    return written


def entry(
    *,
    action: str,
    label: str,
    by: Officer | None,
    at: datetime,
    case_no: str = "",
    subject: str = "",
    region_code: str = "",
    matter: str = "",
    status_before: str = "",
    status_after: str = "",
    note: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """The entry that `record` appends, not written yet: for a deed that writes it together with its other rows."""
    return AuditEntry(
        action=action,
        label=label,
        officer=by,
        officer_name=by.name if by else SYSTEM,
        at=at,
        case_no=case_no,
        subject=subject,
        region_code=region_code or (by.region_code if by else ""),
        matter=matter,
        status_before=status_before,
        status_after=status_after,
        note=note,
        detail=detail or {},
    )


@transaction.atomic
def reveal(
    *,
    subject: str,
    field: str,
    purpose: str,
    by: Officer,
    at: datetime,
    region_code: str,
    case_no: str = "",
) -> AuditEntry:
    """Record that an officer is shown a full identity number, telephone or account, before it is shown.

    Refuses without a purpose, outside the officer's territory, and the 31st time on one day. The officer's row
    is locked while counting, so that parallel requests can't slip past the quota.
    """
    purpose = purpose.strip()
    if len(purpose) < 2:
        raise Refused("purpose_required", "请写明查看完整信息的用途。")
    if not by.sees(region_code):
        raise Refused("not_found", "未找到该信息，或不在您的经办区划内。")
    Officer.objects.select_for_update().only("pk").get(pk=by.pk)
    start = datetime.combine(bureau_day(at), time.min, tzinfo=BUREAU_ZONE)
    shown = AuditEntry.objects.filter(
        officer=by, action=REVEAL, at__gte=start, at__lt=start + timedelta(days=1)
    ).count()
    if shown >= REVEALS_A_DAY:
        raise Refused("reveal_quota", f"今日查看完整信息已满{REVEALS_A_DAY}次，请明日再查，或由主管办理。")
    return record(
        action=REVEAL,
        label="查看完整信息",
        by=by,
        at=at,
        case_no=case_no,
        subject=subject,
        region_code=region_code,
        note=purpose,
        detail={"field": field},
    )
