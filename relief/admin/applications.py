"""Relief on application: the list, the page of one with its publication and objections, and the counter's form."""

from django import forms
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from casework.admin_base import (
    ChoicesDropdownFilter,
    DialogForm,
    EditableAdmin,
    NoteForm,
    RangeDateFilter,
    RequiredNoteForm,
    action,
    display,
    may,
    register,
)
from casework.admin_case_deeds import given, noted
from casework.clock import now
from casework.errors import Refused
from casework.models import get_visible
from enrollment import services as enrollment
from enrollment.models import HardshipIdentity, Person
from relief import services
from relief.admin.screens import CaseScreen
from relief.models import PublicationRule, ReliefApplication
from relief.services.applications import REQUIRED
from relief.workflow import APPLICATION, ApplicationStatus

S = ApplicationStatus
PAPERS = ReliefApplication.Material.choices
DAY = forms.DateInput({"type": "date"})


class PapersForm(NoteForm):
    materials = forms.MultipleChoiceField(label="本次收到", choices=PAPERS, widget=forms.CheckboxSelectMultiple)
    field_order = ["materials"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["materials"].choices = [row for row in PAPERS if row[0] not in self.obj.materials]
        del self.fields["note"]


class DecisionForm(DialogForm):
    day = forms.DateField(label="决定日期", widget=DAY)
    document_no = forms.CharField(label="决定文号", max_length=100)


class RecogniseForm(DecisionForm):
    category = forms.ChoiceField(label="认定类别", choices=HardshipIdentity.Category.choices)
    field_order = ["category", "day", "document_no"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].initial = self.obj.category


class RefusalForm(DecisionForm):
    note = forms.CharField(label="认定部门的理由", max_length=500, widget=forms.Textarea({"rows": 3}))


class ObjectionForm(RequiredNoteForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].label = "异议内容"


class AnswerForm(RequiredNoteForm):
    objection = forms.ChoiceField(label="异议")
    field_order = ["objection", "note"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].label = "答复"
        self.fields["objection"].choices = [
            (row.pk, row.content[:40]) for row in self.obj.objections.filter(answered_on=None)
        ]


class ApplyForm(forms.Form):
    """The counter's form for a person who was found."""

    category = forms.ChoiceField(label="申请类别", choices=HardshipIdentity.Category.choices)
    reason = forms.CharField(label="申请理由", max_length=500, widget=forms.Textarea({"rows": 3}))
    materials = forms.MultipleChoiceField(
        label="已收材料", choices=PAPERS, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="复印件须加盖公章（身份证件除外）；缺的可以先登记，再告知补正。",
    )


@register(ReliefApplication)
class ReliefApplicationAdmin(CaseScreen):
    """The bureau takes in, makes public where asked, sends on; civil affairs or agriculture decides."""

    workflow = APPLICATION
    template = "relief/application.html"
    tones = {S.SUPPLEMENT: "amber", S.PUBLISHED: "violet", S.RECOGNISED: "green", S.REFUSED: "red", S.WITHDRAWN: "grey"}
    steps = (
        ("send", "send", "cw-primary"), ("recognise", "recognise", "cw-primary"),
        ("receive_supplement", "receive_supplement", "cw-primary"), ("publish", "publish", ""),
        ("ask_supplement", "ask_supplement", ""), ("object", "record_objection", ""), ("answer", "answer", ""),
        ("refuse", "refuse", "cw-danger"), ("withdraw", "withdraw", "cw-danger"),
    )
    actions_detail = [name for _, name, _ in steps]
    list_display = ["case_no", "who", "category", "status_word", "due", "region", "applied_on", "registered_by"]
    list_filter = [
        ("status", ChoicesDropdownFilter), ("category", ChoicesDropdownFilter), ("applied_on", RangeDateFilter),
    ]
    search_fields = ["case_no", "person__name", "=person__id_no"]
    search_help_text = "件号、姓名、证件号码"

    def has_add_permission(self, request, obj=None) -> bool:
        return may(request, "relief.register_application")

    def case_context(self, request, case) -> dict:
        needed = {each.value for each in REQUIRED}
        kinds = [
            {"name": label, "required": code in needed, "received": code in case.materials} for code, label in PAPERS
        ]
        return {
            "materials": kinds,
            "objections": list(case.objections.select_related("received_by", "answered_by").order_by("pk")),
            "years": list(case.identity.reconsiderations.order_by("year")) if case.identity else [],
        }

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": "登记依申请救助"}
        person = _chosen(request)
        form = ApplyForm(request.POST or None) if person else None
        if form is not None and request.method == "POST" and form.is_valid():
            try:
                case = services.apply(person_id=person.pk, by=request.user, at=now(), **form.cleaned_data)
                return HttpResponseRedirect(reverse("admin:relief_reliefapplication_change", args=[case.pk]))
            except Refused as refusal:
                form.add_error(None, str(refusal))
        shown = person and enrollment.shown_name(person, request.user)
        return TemplateResponse(request, "relief/apply.html", {
            **context, **enrollment.shortlist(request.GET.get("q", ""), request.user), "person": person,
            "person_name": shown, "form": form,
        })

    @action(
        description="转送认定部门", form_class=NoteForm,
        consequence="材料已齐，申请转送认定部门（民政或农业农村）认定；经办机构不作认定。",
    )
    def send(self, request, form, object_id):
        services.send(**noted(request, form, application_id=int(object_id)))
        return "已转送，等待认定结果。"

    @action(description="公示", consequence="自今日起按本地规定的工作日公示，期满且无未答复异议方可转送。")
    def publish(self, request, form, object_id):
        case = services.publish(**given(request, form, application_id=int(object_id)))
        return f"已公示，至 {case.publication_last_day} 期满。"

    @action(
        description="告知补正", form_class=RequiredNoteForm,
        consequence="一次性告知申请人所缺材料，自今日起停止计时。",
    )
    def ask_supplement(self, request, form, object_id):
        services.ask_supplement(**noted(request, form, application_id=int(object_id)))
        return "已告知补正，停止计时。"

    @action(description="收到补正", form_class=PapersForm, consequence="登记本次收到的材料，恢复计时。")
    def receive_supplement(self, request, form, object_id):
        came = form.cleaned_data["materials"]
        services.receive_supplement(**given(request, form, application_id=int(object_id), materials=came))
        return "已收到补正材料。"

    @action(
        description="登记公示异议", form_class=ObjectionForm, consequence="异议须由另一名人员答复后，申请才能继续办理。"
    )
    def record_objection(self, request, form, object_id):
        services.record_objection(
            application_id=int(object_id), content=form.cleaned_data["note"], by=request.user, at=now()
        )
        return "异议已登记，等待答复。"

    @action(description="答复公示异议", form_class=AnswerForm, consequence="答复记入案卷；登记异议的人员不能答复。")
    def answer(self, request, form, object_id):
        asked = form.cleaned_data
        services.answer_objection(
            objection_id=int(asked["objection"]), answer=asked["note"], by=request.user, at=now()
        )
        return "异议已答复。"

    @action(
        description="登记认定", form_class=RecogniseForm,
        consequence="自决定之日起登记困难身份；本年度已结算的费用将逐笔核对，有差额的另行提出重新结算。",
    )
    def recognise(self, request, form, object_id):
        asked = form.cleaned_data
        services.recognise(**given(
            request, form, application_id=int(object_id), category=asked["category"], recognised_on=asked["day"],
            document_no=asked["document_no"],
        ))
        return "认定结果已登记。"

    @action(
        description="登记不予认定", form_class=RefusalForm, variant="danger",
        consequence="登记认定部门的不予认定决定，本件办结，不产生困难身份。",
    )
    def refuse(self, request, form, object_id):
        asked = form.cleaned_data
        services.refuse(**given(
            request, form, application_id=int(object_id), refused_on=asked["day"], document_no=asked["document_no"],
            note=asked["note"],
        ))
        return "不予认定的决定已登记。"

    @action(description="撤回", form_class=RequiredNoteForm, variant="danger", consequence="申请人撤回申请，本件办结。")
    def withdraw(self, request, form, object_id):
        services.withdraw(**noted(request, form, application_id=int(object_id)))
        return "申请已撤回。"


def _chosen(request) -> Person | None:
    number = request.POST.get("person") or request.GET.get("person") or ""
    return get_visible(Person, request.user, pk=int(number)) if number.isdecimal() else None


@register(PublicationRule)
class PublicationRuleAdmin(EditableAdmin):
    """The dated table of publications: where no row is, none is asked for."""

    scoped = False  # a list for all counties
    list_display = ["region_name", "working_days", "valid_from", "valid_to", "article"]
    fields = ["region_code", "working_days", "valid_from", "valid_to", "article"]

    @display(description="区划", ordering="region_code")
    def region_name(self, row):
        return enrollment.region_name(row.region_code)
