"""Lists that come back: brought in or fetched, held or not, their differences, the matching desk, their errors."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path

from casework.admin_base import ChoicesDropdownFilter, DialogForm, ModelAdmin, action, display, register, status_chip
from casework.admin_buttons import Button
from casework.admin_deeds import go
from casework.clock import bureau_day, now
from enrollment.models import HardshipIdentity
from policy import masking
from policy.periods import ONE_DAY
from relief.admin.exchange_parts import LIST_TONES, XLSX, acts_of, download, url_of
from relief.models import Receiver, ReturnList, ReturnRow
from relief.services import exchange

SHOWN = 100
State = ReturnList.State


class BringForm(DialogForm):
    receiver = forms.ModelChoiceField(label="报送部门", queryset=Receiver.objects.none(), empty_label="请选择")
    file = forms.FileField(label="名单文件", help_text=".xlsx 或 .csv（UTF-8、GB18030）。")
    number = forms.IntegerField(label="名单序号", min_value=1, help_text="报送部门编的序号，须与上一份相连。")
    month = forms.CharField(label="所属月份", max_length=7, widget=forms.TextInput({"placeholder": "如 2025-10"}))
    rows = forms.IntegerField(label="名单写明的行数", min_value=1, required=False, help_text="来函写明人数的填写。")
    complete = forms.BooleanField(
        label="全量名单", required=False, help_text="勾选后，名单上没有的人自所属月起终止该部门认定的身份。",
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["receiver"].queryset = Receiver.objects.visible_to(self.request.user).filter(
            active=True, code__in=HardshipIdentity.Authority.values
        )
        self.fields["month"].initial = f"{bureau_day(now()):%Y-%m}"


class ReleaseForm(DialogForm):
    note = forms.CharField(
        label="说明", max_length=200, required=False, widget=forms.Textarea({"rows": 2}),
        help_text="名单被挂起的，须写明仍然写入的理由。",
    )


class RejectForm(DialogForm):
    reason = forms.CharField(label="退回原因", max_length=200, widget=forms.Textarea({"rows": 2}))


def _release_consequence(admin, request, found: ReturnList) -> str:
    silent = "名单上没有的人自所属月起终止身份；" if found.complete else ""
    return f"按名单写入 {found.rows_ready} 行困难身份，{silent}{found.rows_matching} 行匹配后再写入。写入后不能撤销。"


@register(ReturnList)
class ReturnListAdmin(ModelAdmin):
    """A list: taken in, read and matched by a job, released by an officer, written by a job."""

    list_display = ["number_word", "receiver", "month", "number", "way", "state_word", "rows_read", "rows_matching",
                    "rows_applied", "taken_at"]
    list_filter = [("state", ChoicesDropdownFilter), ("way", ChoicesDropdownFilter)]
    list_select_related = ["receiver"]
    search_fields = ["month", "file_name"]
    search_help_text = "所属月、文件名"
    actions = None
    actions_list = ["bring"]
    actions_detail = ["release", "reject"]

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [path("<int:list_id>/faults/", wrap(self.faults_view), name="relief_returnlist_faults"),
                *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        found = self.get_object(request, object_id)
        if found is None or not self.has_view_permission(request, found):
            return super().change_view(request, object_id, form_url, extra_context)
        return TemplateResponse(request, "relief/exchange/list.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "original": found, "title": found.list_no,
            "found": found, "tone": LIST_TONES[found.state], "deeds": self._deeds(found, request.user),
            "counts": _counts(found), "desk": _desk(found, request.user), "lines": _lines(found, request.user),
            "faults": list(found.faults.all()[:SHOWN]), "faults_url": url_of(found, "faults"), "shown": SHOWN,
            "ended": found.report.get("ended_unlisted"), "unread": found.report.get("unread_rows"),
            "events": acts_of(found),
        })

    def _deeds(self, found: ReturnList, officer) -> list[Button]:
        if found.state not in {State.CHECKED, State.HELD} or not officer.may("relief.release_list"):
            return []
        own = found.taken_by_id == officer.pk
        reason = "接收人与确认人不得为同一人，请转由他人确认。" if own else ""
        return [
            Button("release", "确认写入", url_of(found, "release"), not own, reason, "cw-primary"),
            Button("reject", "退回", url_of(found, "reject"), style="cw-danger"),
        ]

    def faults_view(self, request, list_id):
        """All faults as a workbook for the sender, masked; the download is on record."""
        found = self.get_object(request, str(list_id))
        if found is None or not self.has_view_permission(request, found):
            raise Http404
        body = exchange.list_fault_workbook(list_id=found.pk, by=request.user, at=now())
        return download(body, f"错误清单-{found.list_no}.xlsx", XLSX)

    @action(
        description="接收名单", form_class=BringForm, permissions=["relief.take_list"], submit="接收",
        variant="primary", icon="upload_file",
        consequence="接收后由系统逐行核对并按证件号码匹配，不写入任何身份；由另一名有权限的人员确认后才写入。",
    )
    def bring(self, request, form):
        given = form.cleaned_data
        covering = exchange.Covering(given["number"], given["month"], given["complete"], given["rows"])
        taken = exchange.take_list(
            receiver_id=given["receiver"].pk, file=given["file"], name=given["file"].name, covering=covering,
            by=request.user, at=now(),
        )
        if taken.known:
            messages.warning(request, f"该文件已接收过，即名单 {taken.list}；没有重复受理。")
        else:
            messages.success(request, f"已接收，名单 {taken.list}。")
        return go(request, url_of(taken.list))

    @action(
        description="确认写入", form_class=ReleaseForm, permissions=["relief.release_list"],
        consequence=_release_consequence,
    )
    def release(self, request, form, object_id):
        exchange.release_list(list_id=int(object_id), note=form.cleaned_data["note"], by=request.user, at=now())
        return "已确认，正在写入。"

    @action(
        description="退回", form_class=RejectForm, permissions=["relief.release_list"], variant="danger",
        consequence="整份名单都不写入；报送部门更正后可以重新报送。",
    )
    def reject(self, request, form, object_id):
        exchange.reject_list(list_id=int(object_id), reason=form.cleaned_data["reason"], by=request.user, at=now())
        return "名单已退回。"

    @display(description="编号", ordering="pk")
    def number_word(self, found):
        return found.list_no

    @display(description="状态", ordering="state")
    def state_word(self, found):
        return status_chip(found.get_state_display(), LIST_TONES[found.state])


def _counts(found: ReturnList) -> list[tuple[str, int]]:
    return [
        ("读入", found.rows_read), ("待写入", found.rows_ready), ("待匹配", found.rows_matching),
        ("已写入", found.rows_applied), ("未变", found.rows_unchanged), ("不写入", found.rows_rejected),
    ]


def _desk(found: ReturnList, officer) -> list[dict]:
    """The rows that wait for a person to be named, with how many might be meant. Two queries.

    Whoever is to decide by the name must read it; the others see it masked.
    """
    rows = list(found.lines.filter(state=ReturnRow.State.MATCHING).order_by("row_no")[:SHOWN])
    might_be = exchange.candidates(rows, officer) if rows else {}
    plain = officer.may("enrollment.see_names")
    may_match = officer.may("relief.match_row") and found.state not in {State.REJECTED, State.REFUSED}
    return [
        {
            "row": row, "name": row.name if plain else masking.mask_name(row.name),
            "id_no": masking.mask_id(row.id_no), "count": len(might_be[row.pk]),
            "match": url_of(row, "match") if may_match else "",
            "dismiss": url_of(row, "dismiss") if may_match else "",
        }
        for row in rows
    ]


def _lines(found: ReturnList, officer) -> list[dict]:
    """The other rows with what the register holds and what the list makes of it. Three queries."""
    rows = found.lines.exclude(state=ReturnRow.State.MATCHING).select_related("person").order_by("row_no")[:SHOWN]
    return [
        {
            "row": one.row, "name": masking.mask_name(one.row.name), "id_no": masking.mask_id(one.row.id_no),
            "held": one.held, "becomes": one.becomes, "tone": TONES[one.row.state],
            "last_day": one.row.ends_on - ONE_DAY if one.row.ends_on else None,
        }
        for one in exchange.differences_of(rows)
    ]


TONES = {"ready": "amber", "applied": "green", "unchanged": "grey", "rejected": "red", "matching": "amber"}
