"""A month's list: asked for by an officer or the schedule, selected and written to files by one job."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, Sum

from casework import audit, jobs
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from casework.services import keep_release
from enrollment.services.bulk import store
from relief.models import Push, PushFile
from relief.services.exchange import files
from relief.services.exchange.selecting import select_rows
from relief.services.exchange.terms import authorise, cut_of, due_on, first_day, last_day, receivers, terms_of

BUILD = "relief.build_push"
PAGE = 5_000


@transaction.atomic
def ask_push(*, region_code: str, month: str, by: Officer | None, at: datetime) -> Push:
    """Have the list of a month built (编制推送名单); `by` is None for the schedule.

    Refuses a month that has not ended, one that is there already, one whose predecessor still waits for its approval,
    one earlier than a list already approved, and a year whose threshold the pack leaves out, by the figure's name.
    """
    if by is not None:
        authorise(by, "build_push", region_code)
    if not receivers(region_code):
        raise Refused("NO_RECEIVERS", "该区划没有参加交换的部门，名单由市级经办机构推送。")
    first_day(month)
    if bureau_day(at) <= last_day(month):
        raise Refused("MONTH_OPEN", f"{month}尚未结束，月末之后才能编制名单。")
    _refuse_order(region_code, month)
    terms = terms_of(region_code, month)
    said = terms.said
    try:
        with transaction.atomic():
            push = Push.objects.create(
                region_code=region_code, month=month, threshold=terms.threshold, figure=said["figure"],
                rule=said["rule"], article=said["article"], scheme=said["scheme"], accumulator=said["accumulator"],
                release=keep_release(terms.pack), repeat_growth=terms.rule.repeat_growth, cut_at=cut_of(month),
                due_on=due_on(month, said["last_day"]), generator=files.GENERATOR, asked_by=by, asked_at=at,
            )
    except IntegrityError:
        raise Refused("PUSH_EXISTS", f"{month}的名单已经编制，请在原名单上办理。") from None
    note(push, "push_asked", "编制推送名单", by, at, month=month, threshold=said["threshold"], figure=said["figure"])
    jobs.enqueue(BUILD, key=push.push_no, payload={"push": push.pk})
    return push


def _refuse_order(region_code: str, month: str) -> None:
    """What was told before decides who is told again: months follow each other."""
    live = Push.objects.filter(region_code=region_code).exclude(state=Push.State.WITHDRAWN)
    open_one = live.filter(month__lt=month).exclude(state=Push.State.APPROVED).first()
    if open_one is not None:
        raise Refused("EARLIER_OPEN", f"{open_one.month}的名单尚未审批，请先审批或撤回。")
    later = live.filter(month__gt=month).first()
    if later is not None:
        raise Refused("LATER_EXISTS", f"{later.month}的名单已经编制，不能再编制{month}的名单。")


def build_push(push_id: int, run: jobs.Run, *, at: datetime) -> None:
    """Select the rows and write the files of a push that was asked for. Run again after a kill it ends the same."""
    push = Push.objects.get(pk=push_id)
    if push.state != Push.State.BUILDING:
        return
    with transaction.atomic():
        if _still_building(push) and not push.lines.exists():
            select_rows(push)
        run.checkpoint(1, 5, "已选定人员")
    written = []
    for done, form in enumerate(PushFile.Form.values, 2):
        written.append(_write(push, form))
        run.checkpoint(done, 5, f"已生成{len(written)}个文件")
    rows_sha256 = files.digest_of(_rows(push))
    with transaction.atomic():
        if _still_building(push):
            _finish(push, written, rows_sha256, at)
        run.checkpoint(5, 5, f"共{push.rows}人，合计{push.amount:.2f}元。")


def _still_building(push: Push) -> bool:
    return Push.objects.select_for_update().get(pk=push.pk).state == Push.State.BUILDING


def _rows(push: Push) -> Iterator[Any]:
    return push.lines.order_by("number").values_list(*files.FIELDS).iterator(chunk_size=PAGE)


def _write(push: Push, form: str) -> PushFile:
    with store.temporary(push.push_no) as path:
        files.write_file(path, form, _rows(push))
        stored = store.adopt(path)
    name = f"push-{push.region_code}-{push.month}-{form}.{files.SUFFIXES[form]}"
    return PushFile(push=push, form=form, name=name, sha256=stored.sha256, size=stored.size)


def _finish(push: Push, written: list[PushFile], rows_sha256: str, at: datetime) -> None:
    found = push.lines.aggregate(rows=Count("pk"), amount=Sum("amount"), known=Count("pk", filter=~Q(categories=[])))
    push.rows, push.known, push.amount = found["rows"], found["known"], found["amount"] or 0
    push.rows_sha256, push.built_at, push.state = rows_sha256, at, Push.State.BUILT
    push.save()
    PushFile.objects.bulk_create(written)
    note(
        push, "push_built", "推送名单编制完成", None, at, rows=push.rows, amount=f"{push.amount:.2f}", known=push.known,
        rows_sha256=rows_sha256, files={file.form: file.sha256 for file in written},
    )


@transaction.atomic
def withdraw_push(*, push_id: int, reason: str, by: Officer, at: datetime) -> Push:
    """Withdraw a list before its approval (撤回): nobody is told anything, and the month may be built anew."""
    push: Push = get_visible(Push, by, lock=True, pk=push_id)
    authorise(by, "build_push", push.region_code)
    if push.state not in {Push.State.BUILDING, Push.State.BUILT}:
        raise Refused("not_open", f"该名单现为“{push.get_state_display()}”，不能撤回。")
    if not reason.strip():
        raise Refused("note_required", "请写明撤回原因。")
    push.state, push.note = Push.State.WITHDRAWN, reason.strip()[:200]
    push.save(update_fields=["state", "note"])
    note(push, "push_withdrawn", "撤回推送名单", by, at, note=push.note)
    return push


def note(
    push: Push, action: str, label: str, by: Officer | None, at: datetime, *, note: str = "", **detail: Any
) -> None:
    """Put an act on the push's record."""
    audit.record(
        action=f"relief.{action}", label=label, by=by, at=at, subject=push.subject, region_code=push.region_code,
        note=note, detail=detail,
    )


