"""What all dated facts about a person share: opening, closing and voiding under the person's lock."""
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import models

from casework import audit
from casework.errors import Refused
from casework.models import Officer, get_visible
from enrollment.models import Person
from policy.periods import ONE_DAY

WRITTEN_AS_OPEN = 9999
"""Files write an open end as 31 December of this year."""


def authorise(by: Officer, permission: str) -> None:
    """Refuse an officer without the permission; a superuser needs the role like anyone."""
    if not by.may(f"enrollment.{permission}"):
        raise Refused("forbidden", "您没有办理此项业务的权限，请联系系统管理员。")


def locked_person(person_id: int, by: Officer) -> Person:
    """Lock and return the person, if he is insured in the officer's territory; else answer as if he did not exist.

    Refuses a number that was merged into another (`PERSON_MERGED`): the one that was kept answers for both.
    """
    person = get_visible(Person, by, lock=True, pk=person_id)
    if person.merged_into_id:
        raise Refused("PERSON_MERGED", "该编号已并入同一人的另一编号，请在保留的编号下办理。")
    return person


def merged_numbers(person: Person) -> list[int]:
    """The rows that the person answers for: his own, and those merged into it. No query for the ordinary person."""
    if not person.absorbs:
        return [person.pk]
    return [person.pk, *person.absorbed.order_by("pk").values_list("pk", flat=True)]


def open_end(ends_on: date | None) -> date | None:
    return None if ends_on is None or ends_on.year == WRITTEN_AS_OPEN else ends_on


def check_days(person: Person, starts_on: date, ends_on: date | None) -> None:
    """Refuse days that run backwards, begin before birth, or begin after death."""
    if ends_on is not None and ends_on <= starts_on:
        raise Refused("PERIOD_REVERSED", f"结束日期不得早于开始日期{starts_on}，请核对。")
    if starts_on < person.birth_date:
        raise Refused("PERIOD_BEFORE_BIRTH", "开始日期早于出生日期，请核对。")
    if person.died_on and (starts_on > person.died_on or ends_on is None or ends_on > person.died_on + ONE_DAY):
        raise Refused("PERSON_DIED", f"参保人已于{person.died_on}死亡，期间不得超过死亡当日。")


def check_free(others: Iterable[Any], starts_on: date, ends_on: date | None, what: str) -> None:
    """Refuse an overlap with one of `others`, naming its days (`PERIOD_OVERLAP`)."""
    last = date.max if ends_on is None else ends_on - ONE_DAY
    for other in others:
        if other.touches(starts_on, last):
            raise Refused(
                "PERIOD_OVERLAP", f"与已有{what}“{other}”重叠，请先终止原有记录或更改起止日期。",
            )


def shorten(row: models.Model, ends_on: date, reason: str = "") -> None:
    """Close a span earlier than it would end. `ends_on` is the first day that is no longer in it."""
    if row.voided:
        raise Refused("ALREADY_VOIDED", f"“{row}”已作废，不能再办理。")
    if ends_on <= row.starts_on:
        raise Refused("PERIOD_REVERSED", f"终止日期不得早于开始日期{row.starts_on}；登记有误的，请作废后重新登记。")
    if row.ends_on is not None and ends_on >= row.ends_on:
        raise Refused("PERIOD_LENGTHENED", f"原记录已止于{row.last_day}，只能提前终止；需要延长的请另行登记。")
    row.ends_on = ends_on
    fields = ["ends_on"]
    if reason and hasattr(row, "end_reason"):
        row.end_reason = reason
        fields.append("end_reason")
    row.save(update_fields=fields)


def void(row: models.Model) -> None:
    if row.voided:
        raise Refused("ALREADY_VOIDED", f"“{row}”已作废，无须重复办理。")
    row.voided = True
    row.save(update_fields=["voided"])


def own_row(model: type[models.Model], row_id: int, by: Officer) -> Any:
    """Return a dated fact with its person locked first, so that two closings of one person queue up.

    What belongs to a merged number stays there and may still be closed."""
    row = get_visible(model, by, pk=row_id)
    row.person = get_visible(Person, by, lock=True, pk=row.person_id)
    row.refresh_from_db(fields=["starts_on", "ends_on", "voided"])
    return row


def note_act(person: Person, action: str, label: str, *, by: Officer, at: datetime, **detail: Any) -> None:
    """Write the act into the audit trail; `detail` holds no unmasked number, and dates as text."""
    shown = {key: value.isoformat() if isinstance(value, date) else value for key, value in detail.items()}
    audit.record(
        action=f"enrollment.{action}", label=label, by=by, at=at, subject=person.subject,
        region_code=person.region_code, detail=shown,
    )


def require_reason(reason: str, what: str = "终止原因") -> str:
    reason = reason.strip()
    if len(reason) < 2:
        raise Refused("REASON_REQUIRED", f"请填写{what}。")
    return reason
