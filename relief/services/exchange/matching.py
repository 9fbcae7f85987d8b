"""The matching desk: rows whose number nobody has, or whose name differs, with those who might be meant."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from casework.errors import Refused
from casework.models import Officer, get_visible
from enrollment.models import Person
from relief.models import ReturnList, ReturnRow
from relief.services.exchange.applying import apply_row
from relief.services.exchange.holding import count
from relief.services.exchange.taking import note as put_on_record
from relief.services.exchange.terms import authorise

State = ReturnRow.State
OPEN = {ReturnList.State.CHECKED, ReturnList.State.HELD, ReturnList.State.RELEASED, ReturnList.State.APPLIED}


def candidates(rows: Iterable[ReturnRow], by: Officer) -> dict[int, list[Person]]:
    """Who might be meant by each row: of the same number, or of the same name and birth date. One query."""
    rows = list(rows)
    asked = Q(id_no__in={row.id_no for row in rows})
    for row in rows:
        if row.birth_date is not None:
            asked |= Q(name=row.name, birth_date=row.birth_date)
    found: dict[int, list[Person]] = defaultdict(list)
    persons = list(Person.objects.visible_to(by).filter(asked, merged_into=None).order_by("pk")) if rows else []
    for row in rows:
        found[row.pk] = [
            person for person in persons
            if person.id_no == row.id_no or (person.name, person.birth_date) == (row.name, row.birth_date)
        ]
    return found


@transaction.atomic
def match_row(*, row_id: int, person_id: int, by: Officer, at: datetime) -> ReturnRow:
    """Decide which person a row means (匹配). In a list that is written already, the row is written at once.

    Refuses a person who is neither of that number nor of that name and birth date: such a row goes back to the sender.
    """
    found, row = _open_row(row_id, by)
    person: Person = get_visible(Person, by, pk=person_id)
    if person.pk not in {one.pk for one in candidates([row], by)[row.pk]}:
        raise Refused("NOT_A_CANDIDATE", "该参保人的证件号码、姓名和出生日期均与名单不符，请退回报送部门核对。")
    row.person, row.decided_by, row.decided_at = person, by, at
    if found.state in {ReturnList.State.RELEASED, ReturnList.State.APPLIED}:
        if not by.may("enrollment.keep_identity"):
            raise Refused("no_permission", "名单已确认，匹配即写入，须有登记困难身份的权限。")
        apply_row(found, row, by=by, at=at)
    else:
        row.state = State.READY
        row.save(update_fields=["state", "person", "decided_by", "decided_at"])
        count(found, State.MATCHING, -1)
        count(found, State.READY, 1)
    found.save()
    put_on_record(found, "row_matched", "匹配返回人员", by, at, row=row.row_no, person=person.pk, state=row.state)
    return row


@transaction.atomic
def dismiss_row(*, row_id: int, reason: str, by: Officer, at: datetime) -> ReturnRow:
    """Decide that a row means nobody here (不写入); it is named to the sender in the list of faults."""
    found, row = _open_row(row_id, by)
    if not reason.strip():
        raise Refused("note_required", "请写明不写入的原因。")
    row.state, row.message, row.decided_by, row.decided_at = State.REJECTED, reason.strip()[:300], by, at
    row.save(update_fields=["state", "message", "decided_by", "decided_at"])
    count(found, State.MATCHING, -1)
    count(found, State.REJECTED, 1)
    found.save()
    put_on_record(found, "row_dismissed", "返回人员不写入", by, at, note=row.message[:200], row=row.row_no)
    return row


def _open_row(row_id: int, by: Officer) -> tuple[ReturnList, ReturnRow]:
    """The list is locked before its row, as the job that writes it does."""
    asked: ReturnRow = get_visible(ReturnRow, by, pk=row_id)
    found: ReturnList = get_visible(ReturnList, by, lock=True, pk=asked.return_list_id)
    authorise(by, "match_row", found.region_code)
    row = ReturnRow.objects.select_for_update().get(pk=row_id)
    if row.state != State.MATCHING or found.state not in OPEN:
        raise Refused("not_open", "该行已经处理，请刷新页面。")
    return found, row
