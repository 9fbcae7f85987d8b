"""What is done to an entitlement from its page: each a dialog that names its consequence and calls one service."""
from urllib.parse import urlencode

from django import forms
from django.urls import reverse

from casework.admin_base import DialogForm, action
from casework.admin_buttons import Button, address_of
from casework.admin_deeds import go
from casework.clock import bureau_day, now
from chronic import services as chronic
from chronic.admin import people
from chronic.admin.fields import DayField
from chronic.models import Entitlement, SettlementChoice
from chronic.services.choosing import CHOOSE
from chronic.workflow import CHECK, CUT, END, REPORT, SUBMIT
from policy.calculator import plain


class CutForm(DialogForm):
    from_day = DayField(
        label="自哪一天起不再享受", help_text="这一天起没有待遇；可以是过去的日期，已结算的费用提示追回。"
    )
    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea({"rows": 3}))


class WishForm(DialogForm):
    reason = forms.CharField(label="本人说明", max_length=200, required=False, widget=forms.Textarea({"rows": 2}))


class StopForm(DialogForm):
    happened_on = DayField(label="发生日期", help_text="如手术日期；次日起不再享受。")
    reason = forms.CharField(label="依据", max_length=200, widget=forms.Textarea({"rows": 3}))


class ChoiceForm(DialogForm):
    year = forms.ChoiceField(label="年度")
    mode = forms.ChoiceField(label="结算方式", choices=SettlementChoice.Mode.choices, widget=forms.RadioSelect)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        this = bureau_day(now()).year
        self.fields["year"].choices = [(f"{year}", f"{year} 年") for year in (this, this + 1)]


def _stopping(model_admin, request, row: Entitlement) -> str:
    return f"报告“{row.stop}”已经发生，由另一名人员确认后终止待遇；确认前待遇不变。"


class EntitlementDeeds:
    """The deeds half of the entitlements' screen. ``actions_detail`` only gives them their addresses."""

    actions_detail = ["end_voluntarily", "report_stop", "open_check", "choose", "cut"]

    @action(
        description="终止待遇", form_class=CutForm, permissions=[CUT], variant="danger",
        consequence="自所填日期起不再享受该病种待遇；以后的期间作废，已结算的费用提示复核和追回。不能撤销，恢复须重新认定。",
    )
    def cut(self, request, form, object_id):
        chronic.cut(entitlement_id=int(object_id), **form.cleaned_data, by=request.user, at=now())
        return "待遇已终止。"

    @action(
        description="自愿终止", form_class=WishForm, permissions=[END],
        consequence="按本人申请，自今天起不再享受该病种待遇，立即生效；以后可以重新申请认定。",
    )
    def end_voluntarily(self, request, form, object_id):
        chronic.end_voluntarily(entitlement_id=int(object_id), **form.cleaned_data, by=request.user, at=now())
        return "已按本人申请终止待遇。"

    @action(description="报告终止条件", form_class=StopForm, permissions=[REPORT], consequence=_stopping)
    def report_stop(self, request, form, object_id):
        case = chronic.report_stop(entitlement_id=int(object_id), **form.cleaned_data, by=request.user, at=now())
        return f"已报告，件号 {case.case_no}，等待确认。"

    @action(
        description="发起抽查", permissions=[CHECK],
        consequence="核查该待遇的认定档案；核查期间待遇不变，发现问题的由另一名人员决定是否取消。",
    )
    def open_check(self, request, form, object_id):
        case = chronic.open_check(entitlement_id=int(object_id), by=request.user, at=now())
        return go(request, reverse("admin:chronic_spotcheck_change", args=[case.pk]))

    @action(
        description="选择结算方式", form_class=ChoiceForm, permissions=[CHOOSE],
        consequence="登记本人当年按单病种还是按常规项目结算；当年首次发生费用后不能再变更。",
    )
    def choose(self, request, form, object_id):
        row = Entitlement.objects.visible_to(request.user).get(pk=object_id)
        given = form.cleaned_data
        chronic.choose_settlement(
            person_id=row.person_id, unit=row.unit, year=int(given["year"]), mode=given["mode"], by=request.user,
            at=now(),
        )
        return "结算方式已登记。"


def deeds_of(model_admin, row: Entitlement, person, request) -> list[Button]:
    """The deeds that this entitlement allows and this officer may do."""
    officer = request.user
    if row.ended_on is not None:
        return []
    names = [("end_voluntarily", END, ""), ("open_check", CHECK, "")]
    names += [("report_stop", REPORT, "")] if row.stop else []
    names += [("choose", CHOOSE, "")] if _has_choice(row) else []
    names += [("cut", CUT, "cw-danger")]
    shown = [
        Button(name, getattr(model_admin, name).short_description, address_of(row, name), style=style)
        for name, permission, style in names if officer.may(permission)
    ]
    if row.review_months and officer.may(SUBMIT):
        house = row.institution.code if row.institution else ""
        query = {"person": people.token_of(person, officer), "kind": "review", "unit": row.unit, "institution": house}
        url = f"{reverse('admin:chronic_certification_add')}?{urlencode(query)}"
        shown.insert(0, Button("review", "申请复审", url, style="cw-primary", page=True))
    return shown


def _has_choice(row: Entitlement) -> bool:
    """Whether the pool lets the insured choose how this disease is settled (CQ-17.10)."""
    known = chronic.catalogue_of(row.person.region_code)
    listed = plain(known.pack.section("lists")).get(known.rules.mode_choice, {"items": []})
    return row.unit in listed["items"]
