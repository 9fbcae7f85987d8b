"""Issuing notices."""

from datetime import datetime
from typing import Any

from django.db import transaction

from casework import audit, numbering
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Notice, Officer


@transaction.atomic
def issue_notice(
    *,
    case_no: str,
    kind: str,
    title: str,
    body: dict[str, Any],
    by: Officer,
    at: datetime,
    region_code: str,
) -> Notice:
    """Issue a notice under the office's next number of the year. `body` is frozen: what it prints stands in it.

    Refuses outside the officer's territory and an empty body.
    """
    if not by.sees(region_code):
        raise Refused("out_of_jurisdiction", "该件不在您的经办区划内，不能出具文书。")
    if not body:
        raise Refused("notice_empty", "文书没有内容，不能出具。")
    notice = Notice.objects.create(
        case_no=case_no,
        kind=kind,
        number=numbering.next_notice_no(region_code, bureau_day(at)),
        title=title,
        body=body,
        region_code=region_code,
        issued_by=by,
        issued_at=at,
    )
    audit.record(
        action="issue_notice",
        label="出具文书",
        by=by,
        at=at,
        case_no=case_no,
        region_code=region_code,
        detail={"number": notice.number, "kind": kind},
    )
    return notice
