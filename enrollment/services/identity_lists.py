"""What a line of an authority's list means for the register, and what it means not to be on a complete one.

Lists come from civil affairs and agriculture (BZ-REL-2.1). A list says on which days an identity is held; it does
not take back days on which decisions were made: spans are added and closed, never moved.
"""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from django.db import transaction

from casework.errors import Refused
from casework.models import Officer
from enrollment.models import HardshipIdentity, Person
from enrollment.services.identities import end_identity, grant_identity
from enrollment.services.spans import authorise, open_end
from policy import masking

Change = Literal["new", "changed", "ended", "unchanged", "unmatched", "refused"]
OFF_THE_LIST = "名单未再列入"


@dataclass(frozen=True, slots=True)
class ListRow:
    """One line: who (by normalised number), which identity, from when, until when (first day without; None: open)."""

    id_no: str
    category: str
    starts_on: date
    ends_on: date | None = None
    document_no: str = ""
    row_no: int = 0


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of a line, with the reason where nothing could."""

    row_no: int
    change: Change
    person_id: int | None = None
    code: str = ""
    message: str = ""


@dataclass(slots=True)
class ListReport:
    """What a list changed: the lines one by one, and who was ended for no longer being on it."""

    rows: list[RowOutcome] = field(default_factory=list)
    ended_unlisted: list[int] = field(default_factory=list)

    def count(self, change: Change) -> int:
        return sum(outcome.change == change for outcome in self.rows)


@dataclass(frozen=True, slots=True)
class Plan:
    """The spans to add and the closings that make the register say what a line says."""

    change: Change
    add: tuple[tuple[date, date | None], ...] = ()
    close: tuple[tuple[int, date], ...] = ()


def plan_row(held: Iterable[HardshipIdentity], starts_on: date, ends_on: date | None) -> Plan:
    """Compare a line with what the register holds of the same identity: asks nothing, writes nothing.

    Days that the line claims and the register lacks are added; a held span that runs on beyond the line's end is
    closed there. Days held before the line's start stay: a list tells from when it knows, not that it was not so
    before. `new`: nothing held touches the line. `ended`: only closings.
    """
    held = sorted((row for row in held if not row.voided), key=lambda row: row.starts_on)
    add: list[tuple[date, date | None]] = []
    close: list[tuple[int, date]] = []
    cursor, known = starts_on, False
    for row in held:
        if (ends_on is not None and row.starts_on >= ends_on) or (row.ends_on is not None and row.ends_on < starts_on):
            continue
        known = True
        if row.starts_on > cursor:
            add.append((cursor, row.starts_on))
        if ends_on is not None and (row.ends_on is None or row.ends_on > ends_on):
            close.append((row.pk, ends_on))
        cursor = max(cursor, row.ends_on or date.max)
    if cursor < (ends_on or date.max):
        add.append((cursor, ends_on))
    if not known:
        return Plan("new", tuple(add))
    return Plan("changed" if add else "ended" if close else "unchanged", tuple(add), tuple(close))


@transaction.atomic
def take_list_row(*, person: Person, row: ListRow, by: Officer, at: datetime) -> Change:
    """Make the register say what the line says of this person. Refuses as granting and ending do, writing nothing."""
    row_end = open_end(row.ends_on)
    if row_end is not None and row_end <= row.starts_on:
        raise Refused("PERIOD_REVERSED", f"结束日期不得早于开始日期{row.starts_on}，请核对。")
    plan = plan_row(person.identities.filter(category=row.category, voided=False), row.starts_on, row_end)
    for identity_id, ends_on in plan.close:
        end_identity(identity_id=identity_id, ends_on=ends_on, reason="名单载明终止", by=by, at=at)
    for starts_on, ends_on in plan.add:
        grant_identity(
            person_id=person.pk, category=row.category, starts_on=starts_on, ends_on=ends_on,
            document_no=row.document_no, by=by, at=at,
        )
    return plan.change


def apply_identity_list(
    rows: Sequence[ListRow], *, authority: str, by: Officer, at: datetime,
    listed_on: date | None = None, complete: bool = False,
) -> ListReport:
    """Take a list line by line: each changes the register whole or not at all, and the report names them all.

    A number that is not registered in the officer's territory is `unmatched`; a category that another authority
    recognises is refused. With `complete`, whoever holds an identity of this authority in the territory and is not
    on the list loses it from `listed_on` on. Taken again, the same list changes nothing.
    """
    authorise(by, "keep_identity")
    if authority not in HardshipIdentity.Authority.values:
        raise Refused("IDENTITY_AUTHORITY", "名单须由民政或农业农村部门报送，请核对报送部门。")
    if complete and listed_on is None:
        raise Refused("FIELD_MISSING", "全量名单须填写名单日期。")
    persons = {
        person.id_no: person.merged_into or person
        for person in Person.objects.visible_to(by).select_related("merged_into")
        .filter(id_no__in={row.id_no for row in rows})
    }
    report = ListReport([_take(row, persons.get(row.id_no), authority, by, at) for row in rows])
    if complete and listed_on:
        listed = {(persons[row.id_no].pk, row.category) for row in rows if row.id_no in persons}
        report.ended_unlisted = end_unlisted(listed, authority=authority, ends_on=listed_on, by=by, at=at)
    return report


@transaction.atomic
def end_unlisted(
    listed: set[tuple[int, str]], *, authority: str, ends_on: date, by: Officer, at: datetime,
) -> list[int]:
    """End what this authority's identities in the territory are not on its complete list; returns the rows ended.

    `listed` holds (person, category). An identity that ends by then anyway, or begins only then, stays as it is.
    """
    authorise(by, "keep_identity")
    held = HardshipIdentity.objects.visible_to(by).filter(
        authority=authority, voided=False, starts_on__lt=ends_on,
    ).in_force(ends_on)
    gone = [row.pk for row in held.only("pk", "person_id", "category") if (row.person_id, row.category) not in listed]
    for identity_id in gone:
        end_identity(identity_id=identity_id, ends_on=ends_on, reason=OFF_THE_LIST, by=by, at=at)
    return gone


def _take(row: ListRow, person: Person | None, authority: str, by: Officer, at: datetime) -> RowOutcome:
    if person is None:
        masked = masking.mask_id(row.id_no)
        return RowOutcome(row.row_no, "unmatched", code="PERSON_UNKNOWN", message=f"{masked}未在本经办区划登记参保。")
    if HardshipIdentity.AUTHORITY_OF.get(row.category) != authority:
        return RowOutcome(
            row.row_no, "refused", person.pk, "IDENTITY_AUTHORITY",
            "该身份不由报送部门认定，请核对困难身份和报送部门。",
        )
    try:
        return RowOutcome(row.row_no, take_list_row(person=person, row=row, by=by, at=at), person.pk)
    except Refused as refusal:
        return RowOutcome(row.row_no, "refused", person.pk, refusal.code, refusal.message)
