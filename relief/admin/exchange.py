"""The monthly push: the list of lists, the page of one with its files and deliveries, and its deeds."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import F, Prefetch
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path, reverse

from casework.admin_base import ChoicesDropdownFilter, DialogForm, ModelAdmin, action, display, register, status_chip
from casework.admin_buttons import Button
from casework.admin_deeds import go
from casework.clock import bureau_day, now
from enrollment.models import HardshipIdentity
from policy import masking
from relief.admin.exchange_parts import DELIVERY_TONES, PUSH_TONES, XLSX, acts_of, download, url_of
from relief.admin.exchange_watching import WatchingScreens
from relief.models import DeliveryAttempt, Push, PushFile, PushReply
from relief.services import exchange

SHOWN = 100
CATEGORIES = dict(HardshipIdentity.Category.choices)


class MonthForm(DialogForm):
    month = forms.CharField(
        label="所属月份", max_length=7, widget=forms.TextInput({"placeholder": "如 2025-10"}),
        help_text="自付累计截至该月末，次月 5 日前送达。",
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].initial = exchange.month_before(bureau_day(now()))


class ApproveForm(DialogForm):
    note = forms.CharField(label="审批意见", max_length=200, required=False, widget=forms.Textarea({"rows": 2}))


class ReasonForm(DialogForm):
    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea({"rows": 2}))


def _approval(admin, request, push: Push) -> str:
    names = "、".join(receiver.name for receiver in exchange.receivers(push.region_code))
    what = f"把 {push.month} 的 {push.rows} 人（自付合计 {push.amount:,.2f} 元）报送{names}。"
    return f"{what}审批后立即送达，名单不能再改动或撤回。"


@register(Push)
class PushAdmin(WatchingScreens, ModelAdmin):
    """A month's list: built by a job, approved by another officer, sent by jobs."""

    list_display = ["number", "month", "state_word", "rows", "known", "amount_shown", "threshold_shown", "due_on",
                    "asked_by"]
    list_filter = [("state", ChoicesDropdownFilter)]
    list_select_related = ["asked_by"]
    search_fields = ["month"]
    search_help_text = "所属月，如 2025-10"
    actions = None
    actions_list = ["build", "fetch"]
    actions_detail = ["approve", "withdraw"]

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("calendar/", wrap(self.calendar_view), name="relief_push_calendar"),
            path("near/", wrap(self.near_view), name="relief_push_near"),
            path("<int:push_id>/file/<int:file_id>/", wrap(self.file_view), name="relief_push_file"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        push = self.get_object(request, object_id)
        if push is None or not self.has_view_permission(request, push):
            return super().change_view(request, object_id, form_url, extra_context)
        return TemplateResponse(request, "relief/exchange/push.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "original": push, "title": push.push_no,
            "push": push, "tone": PUSH_TONES[push.state], "deeds": self._deeds(push, request.user),
            "files": [(file, reverse("admin:relief_push_file", args=[push.pk, file.pk])) for file in push.files.all()],
            "may_download": request.user.may("relief.download_push"), "deliveries": _deliveries(push, request.user),
            "exceptions": _exceptions(push, request.user), "lines": _lines(push), "shown": SHOWN,
            "events": acts_of(push),
        })

    def _deeds(self, push: Push, officer) -> list[Button]:
        """Open while the list waits; to who asked for it the approval only with the reason why not."""
        deeds = []
        if push.state == Push.State.BUILT and officer.may("relief.approve_push"):
            own = push.asked_by_id == officer.pk
            reason = "编制人与审批人不得为同一人，请转由他人审批。" if own else ""
            deeds.append(Button("approve", "审批报送", url_of(push, "approve"), not own, reason, "cw-primary"))
        if push.state in {Push.State.BUILDING, Push.State.BUILT} and officer.may("relief.build_push"):
            deeds.append(Button("withdraw", "撤回", url_of(push, "withdraw"), style="cw-danger"))
        return deeds

    def file_view(self, request, push_id, file_id):
        """A file with full names and numbers; the download is on record."""
        push = self.get_object(request, str(push_id))
        if push is None or not self.has_view_permission(request, push):
            raise Http404
        if not request.user.may("relief.download_push"):
            raise PermissionDenied
        if not PushFile.objects.filter(pk=file_id, push=push).exists():
            raise Http404
        file, body = exchange.download_push_file(file_id=file_id, by=request.user, at=now())
        return download(body, file.name, XLSX if file.form == PushFile.Form.XLSX else "text/csv")

    @action(
        description="编制名单", form_class=MonthForm, permissions=["relief.build_push"], submit="编制",
        variant="primary", icon="playlist_add_check",
        consequence="由系统按截至月末的自付累计选定人员并生成文件，不报送任何部门；须由另一名有权限的人员审批后才报送。",
    )
    def build(self, request, form):
        push = exchange.ask_push(
            region_code=request.user.region_code, month=form.cleaned_data["month"], by=request.user, at=now()
        )
        return go(request, url_of(push))

    @action(
        description="收取回执和名单", form_class=DialogForm, permissions=["relief.take_list"], submit="收取",
        icon="sync",
        consequence="立即向各部门收取回执和返回名单，不等每五分钟一次的定时收取；收到的名单只核对，不写入。",
    )
    def fetch(self, request, form):
        exchange.ask_collect(region_code=request.user.region_code, by=request.user, at=now())
        return "已向各部门收取；没有变化的，稍后刷新页面。"

    @action(
        description="审批报送", form_class=ApproveForm, permissions=["relief.approve_push"], consequence=_approval,
    )
    def approve(self, request, form, object_id):
        exchange.approve_push(push_id=int(object_id), note=form.cleaned_data["note"], by=request.user, at=now())
        return "已审批，正在送达。"

    @action(
        description="撤回", form_class=ReasonForm, permissions=["relief.build_push"], variant="danger",
        consequence="名单作废，不报送任何部门；该月可以重新编制。",
    )
    def withdraw(self, request, form, object_id):
        exchange.withdraw_push(push_id=int(object_id), reason=form.cleaned_data["reason"], by=request.user, at=now())
        return "名单已撤回。"

    @display(description="编号", ordering="pk")
    def number(self, push):
        return push.push_no

    @display(description="状态", ordering="state")
    def state_word(self, push):
        return status_chip(push.get_state_display(), PUSH_TONES[push.state])

    @display(description="自付合计", ordering="amount")
    def amount_shown(self, push):
        return f"{push.amount:,.2f}"

    @display(description="推送标准", ordering="threshold")
    def threshold_shown(self, push):
        return f"{push.threshold:,.2f}"


def _deliveries(push: Push, officer) -> list[dict]:
    """Each delivery with its last attempts, and the deed that ends the waiting for its answers. Three queries."""
    rows = push.deliveries.select_related("receiver").prefetch_related(
        Prefetch("attempts", DeliveryAttempt.objects.order_by("-pk"))
    ).order_by("receiver_id")
    may_settle = officer.may("relief.settle_exceptions")
    return [
        {
            "row": row, "tone": DELIVERY_TONES[row.state], "attempts": list(row.attempts.all())[:3],
            "tries": len(row.attempts.all()), "share": row.rows_accepted * 100 // row.rows_sent if row.rows_sent else 0,
            "give_up": url_of(row, "give_up") if row.state == "sent" and may_settle else "",
        }
        for row in rows
    ]


def _exceptions(push: Push, officer) -> list[dict]:
    rows = PushReply.objects.filter(delivery__push=push, accepted=False).select_related(
        "delivery__receiver", "row", "settled_by"
    ).order_by(F("settled_at").asc(nulls_first=True), "pk")[:SHOWN]
    may_settle = officer.may("relief.settle_exceptions")
    return [
        {
            "reply": row, "name": masking.mask_name(row.row.name), "id_no": masking.mask_id(row.row.id_no),
            "settle": url_of(row, "settle") if may_settle and row.settled_by_id is None else "",
        }
        for row in rows
    ]


def _lines(push: Push) -> list[dict]:
    return [
        {
            "row": row, "name": masking.mask_name(row.name), "id_no": masking.mask_id(row.id_no),
            "categories": "、".join(str(CATEGORIES.get(code, code)) for code in row.categories),
        }
        for row in push.lines.order_by("number")[:SHOWN]
    ]
