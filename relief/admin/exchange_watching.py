"""What officers watch of the exchange: the calendar of its months, and who is near the threshold."""

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import reverse

from casework.admin_buttons import Button
from casework.clock import bureau_day, now
from policy import periods
from relief.admin.exchange_parts import DELIVERY_TONES, LIST_TONES, PUSH_TONES, curve_of, url_of
from relief.services import exchange

BACK = 4
"""Months of the near page that one click leads to."""


class WatchingScreens:
    """Two pages beside the lists; mixed into their admin."""

    def calendar_view(self, request):
        """Each month with its push, its deliveries and what came back."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        today = bureau_day(now())
        receivers, months = exchange.exchange_months(by=request.user, today=today)
        rows = [
            {
                "month": one.month, "push": one.push, "url": url_of(one.push) if one.push else "",
                "tone": PUSH_TONES[one.push.state] if one.push else "grey", "due_on": one.due_on,
                "late": _late(one, today), "open": one.month == f"{today:%Y-%m}",
                "cells": [_cell(one, receiver) for receiver in receivers],
            }
            for one in months
        ]
        return TemplateResponse(request, "relief/exchange/calendar.html", {
            **self.admin_site.each_context(request), "title": "交换日历", "receivers": receivers, "rows": rows,
            "deeds": _doors(request.user) if receivers else [],
        })

    def near_view(self, request):
        """Who is near the threshold, with the curve of the last months; the city's officers see all of it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        today = bureau_day(now())
        month = request.GET.get("month") or f"{today:%Y-%m}"
        page = exchange.near_threshold(by=request.user, month=month)
        people = [
            {"near": one, "curve": curve_of(one.curve, page.terms.threshold), "share": min(one.percent, 100),
             "url": url_of(one.person)}
            for one in page.people
        ] if page.terms else []
        return TemplateResponse(request, "relief/exchange/near.html", {
            **self.admin_site.each_context(request), "title": "接近推送标准", "page": page, "people": people,
            "above": sum(one.above for one in page.people), "plain": request.user.may("enrollment.see_names"),
            "months": [f"{periods.add_months(today.replace(day=1), -back):%Y-%m}" for back in range(BACK)],
        })


def _late(month, today) -> bool:
    """Past its day, and not everybody has it."""
    if month.due_on is None or today <= month.due_on:
        return False
    return not month.deliveries or any(one.sent_at is None for one in month.deliveries.values())


def _doors(officer) -> list[Button]:
    doors = (("build", "编制名单", "relief.build_push", "cw-primary"),
             ("fetch", "收取回执和名单", "relief.take_list", ""))
    return [
        Button(name, label, reverse(f"admin:relief_push_{name}"), style=style)
        for name, label, permission, style in doors if officer.may(permission)
    ]


def _cell(month, receiver) -> dict:
    delivery = month.deliveries.get(receiver.pk)
    return {
        "delivery": delivery, "tone": DELIVERY_TONES[delivery.state] if delivery else "",
        "lists": [(row, LIST_TONES[row.state], url_of(row)) for row in month.lists.get(receiver.pk, [])],
    }
