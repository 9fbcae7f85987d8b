"""Lists of the health department (两病): taken in a dialog, each with what came of its lines (BZ-CHR-20.1)."""
from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from casework.admin_base import DialogForm, ModelAdmin, action, display, register
from casework.admin_deeds import go
from casework.clock import now
from casework.errors import Refused
from casework.workbooks import MAX_BYTES, FileRefused
from chronic import services as chronic
from chronic.admin.fields import DayField
from chronic.models import TwoDiseaseList
from chronic.services.two_diseases import TAKE
from enrollment import services as enrollment

OUTCOMES = [
    ("new", "新增", "green"), ("unchanged", "不变", "grey"), ("ended", "终止", "amber"), ("unmatched", "未匹配", "red"),
]
WORDS = {name: (label, tone) for name, label, tone in OUTCOMES}
SHOWN = 500
FAULTS = 20


class ListForm(DialogForm):
    file = forms.FileField(label="名单文件", help_text=".xlsx；列：证件号码、姓名、病种，可选开始日期、终止日期。")
    listed_on = DayField(label="名单日期")
    complete = forms.BooleanField(
        label="全量名单", required=False, help_text="勾选后，名单上没有的人自名单日期起终止两病待遇。"
    )
    confirmed = forms.BooleanField(
        label="已核对，终止人数较多仍然导入", required=False, help_text="只在系统提示终止过多、核对无误后勾选。"
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError("文件过大，请分次导入。")
        return file


@register(TwoDiseaseList)
class TwoDiseaseListAdmin(ModelAdmin):
    list_display = [
        "number", "county", "listed_on", "complete", "read", "new", "unchanged", "ended", "unmatched", "unlisted",
        "taken_by", "taken_at",
    ]
    list_display_links = ["number"]
    list_select_related = ["taken_by"]
    ordering = ["-id"]
    actions = None
    actions_list = ["take_in"]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(region_name=enrollment.county_name())

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            messages.error(request, "找不到这份名单，或不在您的经办区划内。")
            return HttpResponseRedirect(reverse("admin:index"))
        lines = [{"row": number, "word": WORDS[outcome][0], "tone": WORDS[outcome][1], "message": message}
                 for number, outcome, message in row.report]
        return TemplateResponse(request, "chronic/two_disease_list.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "original": row, "title": str(row), "row": row,
            "counts": [{"label": label, "number": getattr(row, name)} for name, label, _ in OUTCOMES],
            "lines": lines[:SHOWN], "more": max(0, len(lines) - SHOWN),
        })

    @action(
        description="导入名单", form_class=ListForm, permissions=[TAKE], variant="primary", icon="upload_file",
        consequence="逐行核对后立即写入：新增的登记两病待遇，载明终止的终止，找不到的列出；有格式错误的整个文件不写入。",
    )
    def take_in(self, request, form):
        given = form.cleaned_data
        data = given["file"].read()
        try:
            rows = chronic.read_two_disease_list(
                data, region_code=request.user.region_code, listed_on=given["listed_on"]
            )
        except FileRefused as refusal:
            raise Refused(refusal.code, _faults(refusal)) from refusal
        made = chronic.take_two_disease_list(
            rows, listed_on=given["listed_on"], complete=given["complete"], confirmed=given["confirmed"], file=data,
            by=request.user, at=now(),
        )
        return go(request, reverse("admin:chronic_twodiseaselist_change", args=[made.pk]))

    @display(description="名单", ordering="pk")
    def number(self, row):
        return f"{row.pk}"

    @display(description="经办区划", ordering="region_code")
    def county(self, row):
        return row.region_name or row.region_code


def _faults(refusal: FileRefused) -> str:
    """The first faults, each with its row; the file is corrected as a whole and sent again."""
    said = [str(fault) for fault in refusal.faults[:FAULTS]]
    rest = len(refusal.faults) - len(said)
    return "文件没有写入，请更正后重新导入：" + "；".join(said) + (f"；另有 {rest} 处" if rest > 0 else "")
