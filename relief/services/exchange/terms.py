"""What holds for the exchange on a day: the month and its deadline, the pack's terms, the bureau's own rule."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from casework import calendar
from casework.clock import BUREAU_ZONE
from casework.errors import Refused
from casework.models import Officer
from enrollment.services.packs import ask, pack_of
from policy import Pack, periods
from policy.errors import PolicyError
from policy.push import PushResult, push
from relief.models import ExchangeRule, Receiver


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what a month is reported: the pack, what it says, and the bureau's own rule."""

    pack: Pack
    said: PushResult
    rule: ExchangeRule

    @property
    def threshold(self) -> Decimal:
        return Decimal(self.said["threshold"])


def first_day(month: str) -> date:
    """The first day of a month written YYYY-MM."""
    try:
        return periods.parse_day(f"{month}-01")
    except PolicyError as error:
        raise Refused("MONTH_FORMAT", "请填写所属月份，如2025-10。") from error


def next_month(month: str) -> str:
    return f"{periods.add_months(first_day(month), 1):%Y-%m}"


def month_before(day: date) -> str:
    """The month that is reported while this day passes."""
    return f"{periods.add_months(day.replace(day=1), -1):%Y-%m}"


def last_day(month: str) -> date:
    return periods.add_days(first_day(next_month(month)), -1)


def cut_of(month: str) -> datetime:
    """The moment at which a month has ended at the bureau."""
    return datetime.combine(first_day(next_month(month)), time.min, tzinfo=BUREAU_ZONE)


def rule_on(region_code: str, day: date) -> ExchangeRule:
    """The bureau's rule in force; refused where none is entered."""
    rule = ExchangeRule.objects.in_force(region_code, day).order_by("-valid_from").first()
    if rule is None:
        raise Refused("NO_EXCHANGE_RULE", f"没有{day}施行的交换规定，请先在“交换规定”中登记。")
    return rule


def terms_of(region_code: str, month: str) -> Terms:
    """What the pack says about reporting a month (BZ-REL-9.1, BZ-AMB-27). A figure that it leaves out is named."""
    day = last_day(month)
    pack = pack_of(region_code)
    return Terms(pack, ask(push, {"day": day.isoformat()}, pack), rule_on(region_code, day))


def due_on(month: str, day_of_month: int) -> date:
    """The last working day on which the list of a month can arrive in time: the day itself, or the one before it.

    Where no day of the new month is worked until then (the holidays of October), it is the day itself.
    """
    first = first_day(next_month(month))
    due = last = first.replace(day=day_of_month)
    while not calendar.is_workday(due):
        due = periods.add_days(due, -1)
    return due if due >= first else last


def receivers(region_code: str) -> list[Receiver]:
    """Who is sent a list, in a fixed order."""
    return list(Receiver.objects.filter(region_code=region_code, active=True).order_by("pk"))


def authorise(by: Officer, permission: str, region_code: str) -> None:
    """Refuse an officer without the permission, or of another territory."""
    if not by.may(f"relief.{permission}"):
        raise Refused("no_permission", "您的岗位不能办理此项交换业务，请转由有此权限的人员办理。")
    if not by.sees(region_code):
        raise Refused("out_of_jurisdiction", "名单交换由市级经办机构办理，不在您的经办区划内。")
