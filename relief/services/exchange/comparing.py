"""What a list would change: each row beside what the register holds of the same identity, before anybody decides."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from enrollment.models import HardshipIdentity
from enrollment.services.identity_lists import plan_row
from policy.periods import ONE_DAY
from relief.models import ReturnRow

WORDS = {"new": "新增", "changed": "变更", "ended": "终止", "unchanged": "不变"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One row, what is held of its identity, and what becomes of it."""

    row: ReturnRow
    held: str
    becomes: str


def differences_of(rows: Iterable[ReturnRow]) -> list[Difference]:
    """Each row with the register's side of it. One query beside that of the rows. Writes nothing."""
    rows = list(rows)
    held: dict[tuple[int, str], list[HardshipIdentity]] = defaultdict(list)
    for one in HardshipIdentity.objects.filter(
        person__in={row.person_id for row in rows if row.person_id}, voided=False
    ).order_by("starts_on"):
        held[one.person_id, one.category].append(one)
    return [_compare(row, held.get((row.person_id or 0, row.category), [])) for row in rows]


def _compare(row: ReturnRow, held: list[HardshipIdentity]) -> Difference:
    if row.state != ReturnRow.State.READY:
        return Difference(row, "；".join(row.before) or _words(held), row.get_state_display())
    if row.change == ReturnRow.Change.ENDED:
        running = any(row.ends_on and (one.ends_on is None or one.ends_on > row.ends_on) for one in held)
        return Difference(row, _words(held), "终止" if running else "不变" if held else "未登记此身份，不写入")
    assert row.starts_on is not None
    change = plan_row(held, row.starts_on, row.ends_on).change
    words = f"改为至 {row.ends_on - ONE_DAY} 止" if change == "ended" and row.ends_on else WORDS[change]
    return Difference(row, _words(held), words)


def _words(held: list[HardshipIdentity]) -> str:
    spans = [f"{one.starts_on} 至 {one.ends_on - ONE_DAY if one.ends_on else '今'}" for one in held]
    return "；".join(spans) or "没有登记"
