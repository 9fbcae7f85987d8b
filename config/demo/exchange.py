"""The exchange as it stands after some months: lists delivered and answered, one come back and held, one to approve.

With the stand-in for the authorities (config.demo.receiver) behind EXCHANGE_ADDRESSES everything goes over the wire;
without it only the last month's list is built.
"""
import json
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from django.conf import settings
from django.db import transaction

from casework.clock import bureau_day, now
from config.demo import expensive
from config.demo.cases import LAST_DAY
from config.demo.city import City, morning
from config.demo.desk import working_day
from policy import periods
from relief.models import Push, PushReply, ReturnList
from relief.services import exchange

CITY = "511900"


class Quiet:
    """A job's hold that nobody watches: the demo does the work of past days itself, at their time."""

    message = ""

    def checkpoint(self, progress: int, total: int, message: str = "") -> None:
        """Nobody waits for it."""


def open_all(city: City) -> str:
    """Bring the exchange to where it stands, if the database has nothing of it; says what there is."""
    if Push.objects.exists():
        return "0 lists added"
    today = working_day(min(bureau_day(now()), LAST_DAY))
    last = exchange.month_before(today)
    months = [f"{periods.add_months(date.fromisoformat(f'{last}-01'), -back):%Y-%m}" for back in (2, 1, 0)]
    bills = expensive.spend(city, months)
    if settings.EXCHANGE_ADDRESSES:
        lever("/forget")
        _first(city, months[0])
        _second(city, months[1], morning(today) - timedelta(days=1))
    _build(city, months[-1], min(morning(today) + timedelta(hours=3), now()))
    return _told(bills)


def _told(bills: int) -> str:
    lists = ReturnList.objects.order_by("number").values_list("state", flat=True)
    return (f"{bills} high bills, {Push.objects.filter(state='approved').count()} lists delivered and answered, "
            f"{PushReply.objects.filter(accepted=False, settled_by=None).count()} rows refused, "
            f"{len(lists)} lists came back ({', '.join(lists)})")


def _first(city: City, month: str) -> None:
    """Taken by everybody; whom civil affairs and agriculture recognised is written to the register."""
    sent = _deliver(city, month)
    _collect(sent + timedelta(days=1))
    for found in _collect(sent + timedelta(days=7)):
        at = sent + timedelta(days=8)
        with transaction.atomic():
            exchange.release_list(list_id=found.pk, note="已与报送部门核对人数。", by=city.officers["city.lead"], at=at)
            exchange.apply_list(found.pk, Quiet(), at=at)


def _second(city: City, month: str, yesterday: datetime) -> None:
    """Of each receiver's rows some were refused; the list that came back is held and waits for an officer."""
    sent = _deliver(city, month)
    lever("/mode", mode="partial")
    _collect(sent + timedelta(days=1))
    _collect(min(sent + timedelta(days=2), yesterday))
    lever("/mode", mode="normal")
    refused = PushReply.objects.filter(accepted=False).order_by("pk").first()
    if refused is not None:
        exchange.settle_exception(
            reply_id=refused.pk, note="已与对方电话核对，对方补录户籍信息后接收。", by=city.officers["city.window"],
            at=min(sent + timedelta(days=3), yesterday),
        )


def _build(city: City, month: str, at: datetime) -> Push:
    with transaction.atomic():
        push = exchange.ask_push(region_code=CITY, month=month, by=city.officers["city.window"], at=at)
        exchange.build_push(push.pk, Quiet(), at=at)
    return push


def _deliver(city: City, month: str) -> datetime:
    """Built on the month's first working day, approved and brought to every receiver on the next; returns when."""
    built = morning(_working_day_after(date.fromisoformat(f"{month}-01")))
    push = _build(city, month, built)
    at = built + timedelta(hours=5)
    with transaction.atomic():
        exchange.approve_push(push_id=push.pk, by=city.officers["city.lead"], at=at, note="名单与台账核对一致。")
        for delivery in push.deliveries.order_by("number"):
            exchange.send_delivery(delivery.pk, at=at)
    return at


def _working_day_after(first: date) -> date:
    """The first day from Monday to Friday after the month that begins on `first`."""
    day = periods.add_months(first, 1)
    return day if working_day(day) == day else day + timedelta(days=8 - day.isoweekday())


def _collect(at: datetime) -> list[ReturnList]:
    """What every receiver has to say; the lists among it are read and returned."""
    with transaction.atomic():
        for receiver in exchange.receivers(CITY):
            exchange.collect(receiver.pk, at=at)
        found = list(ReturnList.objects.filter(state=ReturnList.State.RECEIVED))
        for one in found:
            exchange.read_list(one.pk, Quiet(), at=at)
    return found


def lever(path: str, **said: str) -> None:
    """Pull a lever of the stand-in; a real receiver has none."""
    address = next(iter(settings.EXCHANGE_ADDRESSES.values()))
    if urlsplit(address).scheme == "http":
        with urlopen(Request(address + path, json.dumps(said).encode(), method="POST"), timeout=10):  # noqa: S310
            return
