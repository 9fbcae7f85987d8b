"""Unpaid months of the employee scheme: which band they are in, what clearing them costs, and clearing them
(BZ-EMP-23.1 to 23.4, BZ-AMB-32)."""
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction

from casework.errors import Refused
from casework.models import Officer
from enrollment.models import Contribution, Person
from enrollment.services.contributions import record_contribution
from enrollment.services.history import History, with_payments
from enrollment.services.month_payments import month_of
from enrollment.services.packs import pack_of
from enrollment.services.spans import authorise, locked_person
from policy import Pack
from policy.pack import FigureNotGiven
from policy.periods import add_months, first_of_month

FEN = Decimal("0.01")
BANDS = {
    "tolerated": "欠费未超过宽限月数，待遇未暂停",
    "covered_back": "补缴欠费后，中断期间待遇追溯享受",
    "from_clearing": "补缴欠费和滞纳金后，自缴清之日起享受待遇，不追溯",
    "wait": "补缴欠费和滞纳金只计缴费年限和个人账户，待遇另有等待期",
}


@dataclass(frozen=True, slots=True)
class Arrears:
    """Whole unpaid calendar months before a day, and what their number means; `band` is empty without any."""

    months: tuple[date, ...]
    band: str
    late_fee: bool
    rule: str

    @property
    def meaning(self) -> str:
        return BANDS.get(self.band, "没有欠费")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one unpaid month costs, in yuan."""

    month: date
    base: Decimal
    employer: Decimal
    personal: Decimal
    account_credit: Decimal
    late_fee: Decimal


def arrears_of(person: Person, on: date, *, pack: Pack | None = None) -> Arrears:
    """The months owed and unpaid since the last paid one, those that ended before `on`. Seven queries."""
    history = History.of(with_payments(Person.objects.filter(pk=person.pk)).get())
    paid = {one.month for one in history.employee_months if not one.elsewhere}
    owed, month = [], min(paid, default=first_of_month(on))
    while month < first_of_month(on):
        if month not in paid and history.obliged(month):
            owed.append(month)
        month = add_months(month, 1)
    return _arrears(tuple(owed), on, pack or pack_of(person.region_code))


def cost_of_arrears(
    person: Person, on: date, payer: str, *, wage: Decimal | None = None, pack: Pack | None = None,
) -> list[Cost]:
    """What clearing all unpaid months on a day costs. Beyond the covered months each bears a late fee for every day
    since its end, at the bureau's daily rate; refused by its parameter's name where that is not supplied."""
    used = pack or pack_of(person.region_code)
    found = arrears_of(person, on, pack=used)
    rate = _late_fee_rate(used, on) if found.late_fee else Decimal(0)
    return [_cost(person, month, on, payer, wage, rate, used) for month in found.months]


@transaction.atomic
def clear_arrears(
    *, person_id: int, payer: str, paid_on: date, source: str, source_no: str, by: Officer, at: datetime,
    wage: Decimal | None = None,
) -> list[Contribution]:
    """Pay all months in arrears on `paid_on`; the benefit window follows by their number. Refuses without arrears,
    and where a figure that the cost needs is not supplied."""
    authorise(by, "record_contribution")
    person = locked_person(person_id, by)
    costs = cost_of_arrears(person, paid_on, payer, wage=wage)
    if not costs:
        raise Refused("NO_ARREARS", f"截至{paid_on}没有欠费月份，无须补缴。")
    return [
        record_contribution(
            person_id=person.pk, kind=Contribution.Kind.ARREARS, for_year=cost.month.year, for_month=cost.month.month,
            paid_on=paid_on, source=source, source_no=f"{source_no}-{cost.month:%Y%m}", by=by, at=at, base=cost.base,
            employer_amount=cost.employer, personal_amount=cost.personal, late_fee=cost.late_fee,
            account_credit=cost.account_credit,
        )
        for cost in costs
    ]


def _arrears(months: tuple[date, ...], on: date, pack: Pack) -> Arrears:
    if not months:
        return Arrears((), "", False, "")
    names = ("tolerated", "covered_back", "from_clearing")
    figures = {name: pack.figure(f"coverage.arrears.{name}", on=on) for name in (*names, "wait")}
    band = next((name for name in names if len(months) <= figures[name].value), "wait")
    return Arrears(months, band, band in ("from_clearing", "wait"), figures[band].rule)


def _cost(
    person: Person, month: date, on: date, payer: str, wage: Decimal | None, rate: Decimal, pack: Pack,
) -> Cost:
    known = month_of(person, month.year, payer, wage=wage, pack=pack)
    basic = [line for line in known["lines"] if line["fund"] == "basic"]
    personal = sum((Decimal(line["amount"]) for line in basic if line["payer"] == "person"), Decimal(0))
    whole = sum((Decimal(line["amount"]) for line in basic), Decimal(0))
    days = (on - add_months(month, 1)).days
    fee = (whole * rate * days).quantize(FEN, ROUND_HALF_UP)
    return Cost(month, Decimal(basic[0]["base"]), whole - personal, personal, Decimal(known["account_credit"]), fee)


def _late_fee_rate(pack: Pack, on: date) -> Decimal:
    try:
        return Decimal(pack.figure("contributions.late_fee", on=on).value)
    except FigureNotGiven as error:
        raise Refused(error.code.upper(), f"{error.message}。") from error
