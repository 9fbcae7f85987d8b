"""All benefits of an event at a glance: who is asked, what the months say, from when until when. Writes nothing."""

from dataclasses import dataclass, field
from datetime import date

from casework.errors import Refused
from enrollment import services as enrollment
from enrollment.services.packs import pack_of
from maternity.models import Benefit, BirthEvent, MaternityItem
from maternity.services.assessing import months_needed, payable_days, worker_of
from maternity.services.months import Months, months_of
from maternity.services.windows import TWO_CATEGORIES, Window, window_of


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """One benefit of the event: asked for already, or from when and until when it may be; `hindrance` says why not.

    `days` of the allowance are None where no notice prints them and no supervisor has entered them (BZ-AMB-28)."""

    kind: str
    label: str
    item: MaternityItem | None = None
    window: Window = field(default_factory=Window)
    days: int | None = None
    hindrance: str = ""


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What the counter needs to know of an event: how the mother is insured, her months, and each benefit."""

    worker: str | None
    scheme: str
    months: Months
    needed: int
    prospects: list[Prospect]


def outlook(event: BirthEvent, today: date) -> Outlook:
    """Say of each benefit whether it was asked for, and when it may be. A fixed number of queries."""
    mother = event.mother
    cover = enrollment.coverage_on(mother, event.happened_on)
    pack = pack_of(mother.region_code)
    needed = months_needed(pack, event.happened_on)
    months = months_of(mother, event.happened_on, today, needed)
    worker = worker_of(mother, event, Benefit.ALLOWANCE, cover.scheme)
    live = {
        row.kind: row
        for row in event.items.exclude(state=MaternityItem.State.DROPPED).select_related("case").order_by("id")
    }
    days = payable_days(pack, event, _entered(live.get(Benefit.ALLOWANCE)))
    allowance = Prospect(
        kind=Benefit.ALLOWANCE, label=Benefit.ALLOWANCE.label, item=live.get(Benefit.ALLOWANCE), days=days,
        window=window_of(event, Benefit.ALLOWANCE, worker, months, days, today, needed=needed),
        hindrance=_no_allowance(cover.scheme, worker, months, needed),
    )
    antenatal = Prospect(
        kind=Benefit.ANTENATAL, label=Benefit.ANTENATAL.label, item=live.get(Benefit.ANTENATAL),
        window=Window(opens_on=event.happened_on),
    )
    spouse = Prospect(
        kind=Benefit.SPOUSE, label=Benefit.SPOUSE.label, item=live.get(Benefit.SPOUSE),
        window=Window(opens_on=event.happened_on), hindrance=_no_difference(event, cover.scheme),
    )
    return Outlook(
        worker=worker, scheme=cover.scheme or "", months=months, needed=needed,
        prospects=[antenatal, allowance, spouse],
    )


def _entered(item: MaternityItem | None) -> dict:
    return item.case.facts if item is not None else {}


def _no_allowance(scheme: str | None, worker: str | None, months: Months, needed: int) -> str:
    if scheme != "employee":
        return "居民医保没有生育津贴（BZ-RES-14.1）"
    if worker == "treasury":
        return "财政供养人员不享受生育津贴（BZ-EMP-30.3）"
    if worker in TWO_CATEGORIES and months.now < needed:
        return f"生育保险连续缴费{months.now}个月，未满{needed}个月（BZ-EMP-15.1）"
    return ""


def _no_difference(event: BirthEvent, scheme: str | None) -> str:
    if event.spouse_id is None:
        return "没有登记职工医保参保配偶（BZ-EMP-9.1）"
    if scheme != "resident":
        return "产妇不是居民医保参保人，没有可补的差额（BZ-EMP-9.1）"
    try:
        worker_of(event.spouse, event, Benefit.SPOUSE, enrollment.coverage_on(event.spouse, event.happened_on).scheme)
    except Refused as refusal:
        return refusal.message
    return ""
