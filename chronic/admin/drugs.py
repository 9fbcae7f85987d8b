"""Drugs under special control: the five fixed items on one form, confirmed by the bureau (BZ-DRG-3.1)."""
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from casework.admin_base import (
    ChoicesDropdownFilter,
    DialogForm,
    NoteForm,
    RangeDateFilter,
    RequiredNoteForm,
    action,
    display,
    may,
    register,
    status_chip,
)
from casework.admin_case_deeds import given, noted
from casework.admin_deeds import say_what_is_missing
from casework.clock import bureau_day, now
from casework.errors import Refused
from chronic import services as chronic
from chronic.admin import people
from chronic.admin.fields import DayField
from chronic.admin.matters import MatterScreen
from chronic.models import DrugCertification
from chronic.services import Drug, screens
from chronic.workflow import DRUG, FILE_DRUG
from policy.periods import ONE_DAY

BLANK = ("", "请选择")


class DrugForm(forms.Form):
    """The certification form (病种认定表, BZ-DRG-3.2). The doctors are those of the chosen treating institution."""

    required_css_class = "required"
    drug_code = forms.CharField(label="药品编码", max_length=30)
    drug_name = forms.CharField(label="药品名称", max_length=120)
    drug_class = forms.ChoiceField(label="药品类别", choices=DrugCertification.DrugClass.choices)
    disease = forms.CharField(label="病种", max_length=120)
    institution_id = forms.ChoiceField(label="认定机构")
    treating_id = forms.ChoiceField(label="治疗机构", widget=forms.Select({"data-autosubmit": ""}))
    doctor = forms.ChoiceField(label="责任医师", help_text="先选择治疗机构。")
    supplying_id = forms.ChoiceField(label="供药机构")
    valid_from = DayField(label="有效期开始")
    last_day = DayField(label="有效期最后一天（含）")
    plan = forms.CharField(label="治疗方案", max_length=300, required=False, widget=forms.Textarea({"rows": 2}))
    real_name = forms.BooleanField(label="已实名建档", required=False)

    def __init__(self, *args, officer, district: str, **kwargs) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        today = bureau_day(now())
        houses = screens.drug_houses(district, today)
        certifying = [row for row in houses["negotiated_drug"] if officer.institution_code in ("", row.code)]
        treating = houses["drug_treatment"]
        for name, rows in (("institution_id", certifying), ("treating_id", treating),
                           ("supplying_id", [*houses["drug_supply"], *treating])):
            self.fields[name].choices = [BLANK, *((f"{row.pk}", row.name) for row in rows)]
        chosen = self.data.get("treating_id", "") if self.is_bound else ""
        doctors = screens.doctors_at(int(chosen), today) if chosen.isdecimal() else []
        self.fields["doctor"].choices = [BLANK, *((row.code, f"{row}　{row.specialty}".strip()) for row in doctors)]

    def full_clean(self) -> None:
        say_what_is_missing(self)
        super().full_clean()

    def drug(self) -> Drug:
        said = dict(self.cleaned_data)
        last = said.pop("last_day")
        numbers = {name: int(said.pop(name)) for name in ("institution_id", "treating_id", "supplying_id")}
        return Drug(**said, **numbers, valid_until=last + ONE_DAY)


class EndForm(DialogForm):
    from_day = DayField(label="自哪一天起不再有效")
    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea({"rows": 3}))


def _confirming(model_admin, request, case: DrugCertification) -> str:
    last = case.valid_until - ONE_DAY
    return (
        f"确认后“{case.drug_name}”自 {case.valid_from} 至 {last} 可以报销，限{case.treating.name}{case.doctor.name}"
        f"处方、{case.supplying.name}供药；此前的认定自开始日起终止。报送人不得确认。"
    )


@register(DrugCertification)
class DrugCertificationAdmin(MatterScreen):
    workflow = DRUG
    list_display = ["case_no", "who", "drug_name", "drug_class", "status_word", "validity", "house", "county", "due"]
    list_filter = [("status", ChoicesDropdownFilter), ("drug_class", ChoicesDropdownFilter),
                   ("valid_until", RangeDateFilter)]
    rows = [
        ("confirm_drug", "confirm", "cw-primary"), ("end_drug", "end", "cw-danger"),
        ("refuse_drug", "refuse", "cw-danger"), ("withdraw_drug", "withdraw", "cw-danger"),
    ]
    actions_detail = ["confirm", "refuse", "withdraw", "end", "take", "release"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("institution", "treating", "supplying", "doctor")

    def has_add_permission(self, request, obj=None) -> bool:
        return may(request, FILE_DRUG)

    def said(self, case):
        return [
            ("药品", f"{case.drug_name}（{case.drug_code}）"), ("类别", case.get_drug_class_display()),
            ("病种", case.disease), ("认定机构", case.institution.name), ("治疗机构", case.treating.name),
            ("责任医师", f"{case.doctor}"), ("供药机构", case.supplying.name),
            ("实名建档", "是" if case.real_name else "否"),
            ("有效期开始", case.valid_from), ("有效期最后一天", case.valid_until - ONE_DAY), ("治疗方案", case.plan),
            ("规则", case.rule),
        ]

    def add_view(self, request, form_url="", extra_context=None):
        """The person and the five fixed items; changing the treating institution brings its doctors."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        try:
            person = people.chosen(request)
            context = people.search(request) if person is None else {"query": ""}
            if person is not None:
                context |= {**people.panel(person, request), **_entry(request, person)}
        except Refused as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(reverse("admin:chronic_drugcertification_add"))
        if context.get("made"):
            return HttpResponseRedirect(reverse("admin:chronic_drugcertification_change", args=[context["made"].pk]))
        return TemplateResponse(request, "chronic/drug.html", {
            **self.admin_site.each_context(request), "title": "特药认定申请", "opts": self.opts,
            "hospital": bool(request.user.institution_code), **context,
        })

    @action(description="确认", form_class=NoteForm, consequence=_confirming)
    def confirm(self, request, form, object_id):
        chronic.confirm_drug(**noted(request, form, drug_certification_id=int(object_id)))
        return "特药认定已确认。"

    @action(
        description="不予认定", form_class=RequiredNoteForm, variant="danger", consequence="本件办结，该药品不予报销。",
    )
    def refuse(self, request, form, object_id):
        chronic.refuse_drug(
            **given(request, form, drug_certification_id=int(object_id)), reason=form.cleaned_data["note"]
        )
        return "已不予认定。"

    @action(description="撤回", form_class=RequiredNoteForm, variant="danger", consequence="本件终止，可以重新报送。")
    def withdraw(self, request, form, object_id):
        chronic.withdraw_drug(
            **given(request, form, drug_certification_id=int(object_id)), reason=form.cleaned_data["note"]
        )
        return "已撤回。"

    @action(
        description="终止", form_class=EndForm, variant="danger",
        consequence="自所填日期起该药品不再报销；需要继续用药的重新申请认定。",
    )
    def end(self, request, form, object_id):
        said = form.cleaned_data
        chronic.end_drug(
            **given(request, form, drug_certification_id=int(object_id)), from_day=said["from_day"],
            reason=said["reason"],
        )
        return "特药认定已终止。"

    @display(description="有效期", ordering="valid_until")
    def validity(self, case):
        last = case.valid_until - ONE_DAY
        over = case.status == "confirmed" and last < bureau_day(now())
        return status_chip(f"已于 {last} 到期", "grey") if over else f"{case.valid_from} 至 {last}"

    @display(description="认定机构", ordering="institution__name")
    def house(self, case):
        return case.institution.name


def _entry(request, person) -> dict:
    """The form as sent; the case once it is taken."""
    sent = request.POST if "drug_code" in request.POST else None
    form = DrugForm(sent, officer=request.user, district=person.region_code[:6])
    context: dict = {"form": form}
    if "_apply" not in request.POST:
        if sent is not None:
            form.errors.clear()  # not sent yet: only the doctors were asked for
        return context
    if form.is_valid():
        try:
            context["made"] = chronic.file_drug(person_id=person.pk, drug=form.drug(), by=request.user, at=now())
        except Refused as refusal:
            context["refusal"] = refusal.message
        else:
            messages.success(request, f"已报送，件号 {context['made'].case_no}，待确认。")
    return context
