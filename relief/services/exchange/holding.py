"""What speaks against a list as a whole, and which of its rows say the same thing twice."""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db.models import Count

from casework.clock import bureau_day
from casework.models.jurisdiction import area_prefix
from enrollment.models import HardshipIdentity
from relief.models import ReturnFault, ReturnList, ReturnRow
from relief.services.exchange.terms import first_day, next_month, rule_on

State = ReturnRow.State
KEY = ("id_no", "category", "starts_on")
SAME = (*KEY, "change", "ends_on", "name")


def hold(found: ReturnList) -> list[dict[str, str]]:
    """Why a list is held for an officer: code and words, empty if nothing speaks against it.

    `PERIOD_CLOSED` an old month or number, `SEQUENCE_GAP` one is missing before it, `TRAILER_MISMATCH` it does not have
    the rows that it says, `DELTA_LIMIT` it changes more of the holders than the bureau's rule lets pass.
    """
    return [{"code": code, "words": words} for code, words in (
        *_sequence(found), *_total(found), *_delta(found),
    )]


def _sequence(found: ReturnList) -> list[tuple[str, str]]:
    taken = ReturnList.objects.filter(
        receiver=found.receiver_id, state__in=[ReturnList.State.RELEASED, ReturnList.State.APPLIED]
    )
    last = taken.order_by("-number").first()
    if last is None:
        first = found.number == 1
        return [] if first else [("SEQUENCE_GAP", f"这是该部门的首份名单，序号却是{found.number}，此前的没有收到。")]
    if found.month < last.month or found.number <= last.number:
        return [("PERIOD_CLOSED", f"已接收到{last.month}第{last.number}号，本名单是{found.month}第{found.number}号。")]
    if found.number > last.number + 1:
        return [("SEQUENCE_GAP", f"上次接收的是第{last.number}号，第{last.number + 1}号没有收到。")]
    if found.month > next_month(last.month):
        return [("SEQUENCE_GAP", f"上次接收的是{last.month}的名单，{next_month(last.month)}的没有收到。")]
    return []


def _total(found: ReturnList) -> list[tuple[str, str]]:
    if found.rows_said is None or found.rows_said == found.rows_read:
        return []
    return [("TRAILER_MISMATCH", f"写明{found.rows_said}行，实有{found.rows_read}行，文件可能不完整。")]


def _delta(found: ReturnList) -> list[tuple[str, str]]:
    rule = rule_on(found.region_code, bureau_day(found.taken_at))
    holders = set(holding(found, first_day(found.month)).values_list("person_id", flat=True))
    changed = len(_changed(found, holders))
    if len(holders) < rule.hold_from or changed * 100 <= len(holders) * rule.hold_percent:
        return []
    words = f"现有{len(holders)}人，名单变动{changed}人，超过{rule.hold_percent}%，请核对名单是否完整。"
    return [("DELTA_LIMIT", words)]


def _changed(found: ReturnList, holders: set[int]) -> set[Any]:
    """The persons for whom a list changes something. Who is not matched yet counts by the number that was given."""
    rows = found.lines.filter(state__in=[State.READY, State.MATCHING])
    if not found.complete:
        told = rows.filter(change=ReturnRow.Change.GRANTED).exclude(person__in=holders)
        ended = rows.filter(change=ReturnRow.Change.ENDED)
        return {*told.values_list("id_no", flat=True), *ended.values_list("id_no", flat=True)}
    named = set(rows.exclude(person=None).values_list("person_id", flat=True))
    unknown = set(rows.filter(person=None).values_list("id_no", flat=True))
    return (named ^ holders) | unknown


def holding(found: ReturnList, day: date) -> Any:
    """The identities of this authority that are in force on a day, in the list's area."""
    return HardshipIdentity.objects.in_force(day).filter(
        authority=found.receiver.code, person__region_code__startswith=area_prefix(found.region_code)
    )


def settle_doubles(found: ReturnList) -> None:
    """Of rows that say the same, one counts; rows that contradict each other all stay out."""
    doubled = found.lines.filter(state__in=[State.READY, State.MATCHING]).order_by().values(*KEY).annotate(
        times=Count("pk")
    ).filter(times__gt=1)
    numbers = [row["id_no"] for row in doubled]
    groups: dict[Any, list[ReturnRow]] = defaultdict(list)
    for row in found.lines.filter(id_no__in=numbers, state__in=[State.READY, State.MATCHING]).order_by("row_no"):
        groups[tuple(getattr(row, name) for name in KEY)].append(row)
    for rows in groups.values():
        if len(rows) > 1:
            _settle(found, rows)


def _settle(found: ReturnList, rows: list[ReturnRow]) -> None:
    alike = len({tuple(getattr(row, name) for name in SAME) for row in rows}) == 1
    for row in rows[1:] if alike else rows:
        was = row.state
        if alike:
            row.state, row.code, row.message = State.UNCHANGED, "DUP_IGNORED", f"与第{rows[0].row_no}行相同，只计一次。"
            row.state = State.UNCHANGED if row.person_id else State.REJECTED
        else:
            row.state, row.code = State.REJECTED, "DUP_CONFLICT"
            row.message = "本名单中同一人同一身份的各行内容不一致，均不写入，请与报送部门核对。"
        row.save(update_fields=["state", "code", "message"])
        count(found, was, -1)
        count(found, row.state, 1)
        if not alike:
            ReturnFault.objects.create(
                return_list=found, row_no=row.row_no, code=row.code, column="证件号码", message=row.message
            )


def count(found: ReturnList, state: str, by: int) -> None:
    """Move a row between the list's counts; the caller saves."""
    name = f"rows_{state}"
    setattr(found, name, getattr(found, name) + by)
