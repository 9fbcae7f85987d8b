"""Registering a birth or a termination: the one thing that all its benefits hang on."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from casework import audit, outbox
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from enrollment import services as enrollment
from enrollment.models import Person
from maternity.models import BirthEvent, MaternityItem
from maternity.workflow import REGISTER

IMPLAUSIBLE = timedelta(days=150)
"""Two events of one mother closer than this are rather one whose day was mistyped. No figure of any notice."""


@dataclass(frozen=True, kw_only=True)
class Happened:
    """The event as the papers show it. `weeks` is needed for a termination, `mode` for a birth and a live baby."""

    event: str
    happened_on: date
    mode: str = ""
    babies: int = 1
    weeks: int | None = None
    live_baby: bool = False
    caesarean_operation: bool = False


@transaction.atomic
def record_event(
    *, mother_id: int, happened: Happened, by: Officer, at: datetime, spouse_id: int | None = None,
    why_another: str = "",
) -> BirthEvent:
    """Register the event. Refuses, having written nothing: the same event twice, a day to come, a mother who was
    not insured on the day, missing weeks or mode, a spouse who is not an insured employee (BZ-EMP-9.1), and a
    second event within months of another without a word of why it is another one."""
    mother = _mother(mother_id, by)
    check(mother, happened, bureau_day(at))
    _check_another(mother, happened.happened_on, why_another)
    if spouse_id is not None:
        _check_spouse(mother, spouse_id, happened.happened_on)
    try:
        with transaction.atomic():
            made = BirthEvent.objects.create(
                mother=mother, spouse_id=spouse_id, region_code=mother.region_code[:6], recorded_by=by, recorded_at=at,
                **asdict(happened),
            )
    except IntegrityError as error:
        raise Refused("EVENT_TWICE", "该产妇当日的生育事件已经登记，请在原事件上办理。") from error
    _record(made, "record_event", "登记生育事件", by=by, at=at, note=why_another.strip())
    return made


@transaction.atomic
def name_spouse(*, event_id: int, spouse_id: int, by: Officer, at: datetime) -> BirthEvent:
    """Name the insured husband of an event that was registered without him (补登配偶)."""
    event: BirthEvent = get_visible(BirthEvent, by, lock=True, pk=event_id, voided=False)
    if not by.may(REGISTER):
        raise Refused("no_permission", "您的岗位不能登记生育事件。")
    if event.spouse_id is not None:
        raise Refused("SPOUSE_NAMED", "该事件已登记配偶；登记有误的，请作废后重新登记。")
    _check_spouse(event.mother, spouse_id, event.happened_on)
    event.spouse_id = spouse_id
    event.save(update_fields=["spouse"])
    _record(event, "name_spouse", "补登配偶", by=by, at=at)
    return event


@transaction.atomic
def void_event(*, event_id: int, reason: str, by: Officer, at: datetime) -> BirthEvent:
    """Void an event that was registered wrongly (作废). Refuses while a benefit of it is asked for or decided.

    Told of by `maternity.event_voided`, since claims of delivery cost hang on it too."""
    event: BirthEvent = get_visible(BirthEvent, by, lock=True, pk=event_id)
    if not by.may(REGISTER):
        raise Refused("no_permission", "您的岗位不能作废生育事件。")
    if event.voided:
        raise Refused("step_not_open", "该事件已经作废。")
    if not reason.strip():
        raise Refused("note_required", "请写明作废原因。")
    if event.items.exclude(state=MaternityItem.State.DROPPED).exists():
        raise Refused("EVENT_IN_USE", "该事件还有在办或已支付的待遇，请先撤销或冲销后再作废。")
    event.voided = True
    event.save(update_fields=["voided"])
    _record(event, "void_event", "作废生育事件", by=by, at=at, note=reason.strip())
    outbox.publish("maternity.event_voided", f"event:{event.pk}", {"event_id": event.pk})
    return event


def check(mother: Person, happened: Happened, today: date) -> None:
    """Refuse an event that can't be, or that gives this mother no benefits."""
    if str(mother.sex) in ("1", "male"):
        raise Refused("NOT_MOTHER", "产妇性别与登记信息不符，请核对证件号码。")
    if happened.event not in BirthEvent.Event.values:
        raise Refused("EVENT_UNKNOWN", "请选择分娩或终止妊娠。")
    if happened.happened_on > today:
        raise Refused("DAY_TO_COME", "分娩或终止妊娠日期不得晚于今天。")
    if happened.event == "birth" and happened.live_baby:
        raise Refused("LIVE_BABY", "“婴儿存活”只用于终止妊娠，分娩不必填写（BZ-EMP-28.4）。")
    if happened.event == "termination" and happened.weeks is None:
        raise Refused("WEEKS_MISSING", "终止妊娠须填写孕周（BZ-EMP-28.1）。")
    as_birth = happened.event == "birth" or happened.live_baby
    if as_birth and happened.mode not in BirthEvent.Mode.values:
        raise Refused("MODE_MISSING", "请选择分娩方式（BZ-EMP-28.2）。")
    if not as_birth and happened.mode:
        raise Refused("MODE_ODD", "终止妊娠且婴儿未存活的，不填分娩方式；施行剖宫术的请勾选（BZ-EMP-28.3）。")
    if not 1 <= happened.babies <= 20:
        raise Refused("BABIES", "胎儿数须在1至20之间。")
    cover = enrollment.coverage_on(mother, happened.happened_on)
    if not cover.covered:
        raise Refused("NOT_INSURED", f"产妇在{happened.happened_on}不能享受待遇：{cover.reason}（{cover.rule}）")


def _mother(mother_id: int, by: Officer) -> Person:
    mother = Person.objects.select_for_update().filter(pk=mother_id, merged_into=None).first()
    if mother is None or not by.sees(mother.region_code):
        raise Refused("not_found", "未找到该参保人，或不在您的经办区划内。")
    if not by.may(REGISTER):
        raise Refused("no_permission", "您的岗位不能登记生育事件。")
    return mother


def _check_another(mother: Person, day: date, why: str) -> None:
    near = BirthEvent.objects.filter(
        mother=mother, voided=False, happened_on__range=(day - IMPLAUSIBLE, day + IMPLAUSIBLE)
    ).exclude(happened_on=day).first()
    if near is not None and not why.strip():
        raise Refused(
            "EVENT_NEAR", f"该产妇已登记{near}，与本次相距不足五个月。请核对是否同一事件；确为另一次的，请写明情况。"
        )


def _check_spouse(mother: Person, spouse_id: int, day: date) -> None:
    spouse = Person.objects.filter(pk=spouse_id, merged_into=None).first()
    if spouse is None or spouse.pk == mother.pk:
        raise Refused("not_found", "未找到该配偶，请核对证件号码。")
    cover = enrollment.coverage_on(spouse, day)
    if not cover.covered or cover.scheme != "employee":
        raise Refused("SPOUSE_NOT_EMPLOYEE", "配偶在该日不是享受待遇的职工医保参保人，不能申请配偶差额（BZ-EMP-9.1）。")


def _record(event: BirthEvent, action: str, label: str, *, by: Officer, at: datetime, note: str = "") -> None:
    audit.record(
        action=action, label=label, by=by, at=at, subject=f"birth:{event.pk}", region_code=event.region_code, note=note,
        detail={"event": event.event, "on": event.happened_on.isoformat()},
    )
