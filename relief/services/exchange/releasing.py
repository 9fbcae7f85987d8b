"""An officer's word on a list: released, or rejected. A held one needs a reason."""

from datetime import datetime

from django.db import transaction

from casework import jobs
from casework.errors import Refused
from casework.models import Officer, get_visible
from relief.models import ReturnList
from relief.services.exchange.holding import hold
from relief.services.exchange.taking import note as put_on_record
from relief.services.exchange.terms import authorise

APPLY = "relief.apply_list"
WAITING = {ReturnList.State.CHECKED, ReturnList.State.HELD}


@transaction.atomic
def release_list(*, list_id: int, by: Officer, at: datetime, note: str = "") -> ReturnList:
    """Have a checked list written to the register (确认写入), without delay (BZ-REL-9.2).

    Refuses who brought it, who may not enter identities by hand, a list with nothing in it to write, and a held list
    without a reason; what holds it is asked again now, since another list may have been written meanwhile.
    """
    found = _waiting(list_id, "release_list", by)
    if not by.may("enrollment.keep_identity"):
        raise Refused("no_permission", "确认返回名单须同时有登记困难身份的权限。")
    if found.taken_by_id == by.pk:
        raise Refused("same_officer", "接收人与确认人不得为同一人，请转由他人确认。")
    if not (found.rows_ready or found.rows_matching or found.complete):
        raise Refused("NOTHING_TO_WRITE", "没有可写入的行；请退回报送部门更正。")
    found.held, note = hold(found), note.strip()
    if found.held and not note:
        raise Refused(found.held[0]["code"], f"名单被挂起，确认须写明理由：{found.held[0]['words']}")
    if found.held and any(why["code"] == "PERIOD_CLOSED" for why in found.held) and _number_taken(found):
        raise Refused("PERIOD_CLOSED", f"第{found.number}号名单已写入，不能再写入同号名单；请退回报送部门改号。")
    found.state, found.decided_by, found.decided_at, found.note = ReturnList.State.RELEASED, by, at, note[:200]
    found.save()
    put_on_record(
        found, "list_released", "确认返回名单", by, at, note=found.note, held=[why["code"] for why in found.held],
        ready=found.rows_ready, complete=found.complete,
    )
    jobs.enqueue(APPLY, key=found.list_no, payload={"list": found.pk})
    return found


@transaction.atomic
def reject_list(*, list_id: int, reason: str, by: Officer, at: datetime) -> ReturnList:
    """Send a list back (退回): nothing of it is written, and the same file may come again."""
    found = _waiting(list_id, "release_list", by)
    if not reason.strip():
        raise Refused("note_required", "请写明退回原因。")
    found.state, found.decided_by, found.decided_at = ReturnList.State.REJECTED, by, at
    found.note, found.finished_at = reason.strip()[:200], at
    if found.taken_by_id == by.pk:
        found.decided_by = None
    found.save()
    put_on_record(found, "list_rejected", "退回返回名单", by, at, note=found.note)
    return found


def _number_taken(found: ReturnList) -> bool:
    return ReturnList.objects.filter(
        receiver=found.receiver_id, number=found.number,
        state__in=[ReturnList.State.RELEASED, ReturnList.State.APPLIED],
    ).exists()


def _waiting(list_id: int, permission: str, by: Officer) -> ReturnList:
    found: ReturnList = get_visible(ReturnList, by, lock=True, pk=list_id)
    authorise(by, permission, found.region_code)
    if found.state not in WAITING:
        raise Refused("not_waiting", f"该名单现为“{found.get_state_display()}”，不能办理，请刷新页面。")
    return found
