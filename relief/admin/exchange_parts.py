"""What the exchange's screens share: buttons with the reason why not, curves, and leaving a dialog."""

from dataclasses import dataclass
from decimal import Decimal

from django.http import FileResponse
from django.urls import reverse

from casework.models import AuditEntry
from relief.models import Push, PushDelivery, ReturnList
from relief.services import exchange

ACTS = 40
WIDTH, HEIGHT = 120, 28

PUSH_TONES = {
    Push.State.BUILDING: "blue", Push.State.BUILT: "amber", Push.State.APPROVED: "green", Push.State.WITHDRAWN: "grey",
}
DELIVERY_TONES = {
    PushDelivery.State.WAITING: "amber", PushDelivery.State.SENT: "blue", PushDelivery.State.ANSWERED: "green",
}
LIST_TONES = {
    ReturnList.State.RECEIVED: "blue", ReturnList.State.CHECKED: "amber", ReturnList.State.HELD: "red",
    ReturnList.State.RELEASED: "blue", ReturnList.State.APPLIED: "green", ReturnList.State.REJECTED: "grey",
    ReturnList.State.REFUSED: "red",
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def url_of(row, name: str = "change") -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=[row.pk])


def download(body, name: str, content_type: str) -> FileResponse:
    answer = FileResponse(body, as_attachment=True, filename=name, content_type=content_type)
    answer["Cache-Control"] = "private, no-store"
    return answer


def acts_of(row) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(subject=row.subject).order_by("-pk")[:ACTS])


@dataclass(frozen=True)
class Curve:
    """A year's running total month by month as a small drawing; the threshold is a dashed line."""

    points: str
    line: int
    last_x: int
    last_y: int
    words: str


def curve_of(months: list[tuple[str, Decimal]], threshold: Decimal) -> Curve | None:
    if not months:
        return None
    most = max(threshold, *(amount for _, amount in months)) * Decimal("1.1")
    step = WIDTH // max(len(months) - 1, 1)
    ys = [HEIGHT - 2 - int(amount * (HEIGHT - 4) / most) for _, amount in months]
    xs = [2 + number * (step - 1) for number in range(len(months))]
    words = "，".join(f"{month} 月末 {amount:,.2f}" for month, amount in months)
    points = " ".join(f"{x},{y}" for x, y in zip(xs, ys, strict=True))
    return Curve(points, HEIGHT - 2 - int(threshold * (HEIGHT - 4) / most), xs[-1], ys[-1], words)


def alarm_rows(officer, today) -> list[dict]:
    """The exchange's alarms for the start page, each with the page where something can be done about it."""
    found = []
    for alarm in exchange.alarms(by=officer, today=today):
        target = alarm.push or alarm.list
        url = url_of(target) if target else reverse("admin:relief_push_changelist")
        if target is None and alarm.due_on is None and not alarm.late:
            url = reverse("admin:relief_pushreply_changelist")
        days = (alarm.due_on - today).days if alarm.due_on else None
        found.append({"alarm": alarm, "url": url, "days": days, "over": -days if days is not None else 0})
    return found
