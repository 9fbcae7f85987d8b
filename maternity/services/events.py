"""Registering a birth or a termination: the one thing that all its benefits hang on."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from casework import audit
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer
from enrollment import services as enrollment
from enrollment.models import Person
from maternity.models import BirthEvent
from maternity.workflow import REGISTER


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
    *, mother_id: int, happened: Happened, by: Officer, at: datetime, spouse_id: int | None = None
) -> BirthEvent:
    """Register the event. Refuses, having written nothing: the same event twice, a day to come, a mother who was
    not insured on the day, missing weeks or mode, and a spouse who is not an insured employee (BZ-EMP-9.1)."""
    mother = Person.objects.select_for_update().filter(pk=mother_id, merged_into=None).first()
    if mother is None or not by.sees(mother.region_code):
        raise Refused("not_found", "未找到该参保人，或不在您的经办区划内。")
    if not by.may(REGISTER):
        raise Refused("no_permission", "您的岗位不能登记生育事件。")
    _check(mother, happened, bureau_day(at))
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
    audit.record(
        action="record_event", label="登记生育事件", by=by, at=at, subject=f"birth:{made.pk}",
        region_code=made.region_code, detail={"event": made.event, "on": made.happened_on.isoformat()},
    )
    return made


def _check(mother: Person, happened: Happened, today: date) -> None:
    if mother.sex == "male" or str(mother.sex) == "1":
        raise Refused("NOT_MOTHER", "产妇性别与登记信息不符，请核对证件号码。")
    if happened.event not in BirthEvent.Event.values:
        raise Refused("EVENT_UNKNOWN", "请选择分娩或终止妊娠。")
    if happened.happened_on > today:
        raise Refused("DAY_TO_COME", "分娩或终止妊娠日期不得晚于今天。")
    if happened.event == "termination" and happened.weeks is None:
        raise Refused("WEEKS_MISSING", "终止妊娠须填写孕周（BZ-EMP-28.1）。")
    as_birth = happened.event == "birth" or happened.live_baby
    if as_birth and happened.mode not in BirthEvent.Mode.values:
        raise Refused("MODE_MISSING", "请选择分娩方式（BZ-EMP-28.2）。")
    if not 1 <= happened.babies <= 20:
        raise Refused("BABIES", "胎儿数须在1至20之间。")
    cover = enrollment.coverage_on(mother, happened.happened_on)
    if not cover.covered:
        raise Refused("NOT_INSURED", f"产妇在{happened.happened_on}不能享受待遇：{cover.reason}（{cover.rule}）")


def _check_spouse(mother: Person, spouse_id: int, day: date) -> None:
    spouse = Person.objects.filter(pk=spouse_id, merged_into=None).first()
    if spouse is None or spouse.pk == mother.pk:
        raise Refused("not_found", "未找到该配偶，请核对证件号码。")
    cover = enrollment.coverage_on(spouse, day)
    if not cover.covered or cover.scheme != "employee":
        raise Refused("SPOUSE_NOT_EMPLOYEE", "配偶在该日不是享受待遇的职工医保参保人，不能申请配偶差额（BZ-EMP-9.1）。")
