"""Matters (参保事项): the list, the page of one with its steps as deeds, and the list of service items."""

from django import forms
from django.contrib.admin import SimpleListFilter
from django.db.models import BooleanField, OuterRef, Q, Subquery, Value
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from casework.admin_base import (
    ChoicesDropdownFilter,
    DialogForm,
    ModelAdmin,
    NoteForm,
    RangeDateTimeFilter,
    ReadOnlyInline,
    RequiredNoteForm,
    action,
    display,
    may,
    register,
    status_chip,
)
from casework.admin_buttons import reasons_of, step_buttons
from casework.admin_case_deeds import noted
from casework.admin_worklist import due_chip
from casework.clock import bureau_day, now
from casework.models import AuditEntry, Notice
from enrollment import services
from enrollment.admin.person_page import STATUS_TONES
from enrollment.admin.registration import check_view, register_view
from enrollment.admin.said import applied
from enrollment.models import EnrollmentCase, ItemMaterial, Person, Region, ServiceItem
from enrollment.services.matters.items import lacking
from enrollment.services.questions import matching
from enrollment.workflow import MATTER, MatterStatus
from policy import idnumber

S = MatterStatus
STEPS = [
    ("approve", "approve", "cw-primary"), ("receive_supplement", "receive_supplement", "cw-primary"),
    ("ask_supplement", "ask_supplement", ""), ("refuse", "refuse", "cw-danger"), ("withdraw", "withdraw", "cw-danger"),
]


class SupplementForm(DialogForm):
    missing = forms.CharField(
        label="须补正的材料或内容", max_length=1000, widget=forms.Textarea({"rows": 4}),
        help_text="每行一项，须一次列全。",
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["missing"].initial = "\n".join(lacking(self.obj.item, self.obj.materials))


class ReceiveForm(NoteForm):
    materials = forms.MultipleChoiceField(label="本次收到", required=False, widget=forms.CheckboxSelectMultiple)
    field_order = ["materials", "note"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["materials"].choices = [
            (row.code, row.name) for row in self.obj.item.materials.all() if row.code not in self.obj.materials
        ]


class KindFilter(SimpleListFilter):
    """By kind, in words, from the list of service items."""

    title, parameter_name = "事项", "kind"

    def lookups(self, request, model_admin):
        return [(item.kind, item.name) for item in services.items_on(bureau_day(now()))]

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


class StatusFilter(SimpleListFilter):
    title, parameter_name = "状态", "status"

    def lookups(self, request, model_admin):
        return MatterStatus.choices

    def queryset(self, request, queryset):
        return queryset.filter(status=self.value()) if self.value() else queryset


@register(EnrollmentCase)
class EnrollmentCaseAdmin(ModelAdmin):
    """Handled matters. The page is drawn by our own template; the model form is never used."""

    list_display = ["case_no", "item", "who", "status_word", "due", "channel", "registered_by", "registered_at"]
    list_filter = [
        StatusFilter, KindFilter, ("channel", ChoicesDropdownFilter), ("registered_at", RangeDateTimeFilter),
    ]
    list_select_related = ["item", "person", "employer", "household", "registered_by"]
    search_fields = ["case_no"]
    search_help_text = "件号；参保人证件号码（全号）、姓名、拼音首字母、电话后四位；单位名称或信用代码"
    actions = None
    actions_detail = [name for _, name, _ in STEPS]

    def has_add_permission(self, request, obj=None) -> bool:
        return may(request, "enrollment.handle_matter")

    def get_queryset(self, request):
        region = Region.objects.filter(code=OuterRef("region_code")).values("name")
        plain = Value(request.user.may("enrollment.see_names"), output_field=BooleanField())
        rows = super().get_queryset(request).annotate(region_name=Subquery(region), names_plain=plain)
        return rows.select_related("item", "person", "employer", "household", "registered_by", "decided_by")

    def get_search_results(self, request, queryset, search_term):
        word = idnumber.normalise(search_term)
        if not word:
            return queryset, False
        if word.upper().startswith(MATTER.matter) and word[2:3].isdigit():
            return queryset.filter(case_no__startswith=word.upper()), False
        persons = Person.objects.visible_to(request.user).filter(matching(word))
        unit = Q(employer__name__startswith=word) | Q(employer__credit_code=word.upper())
        return queryset.filter(Q(person__in=persons) | unit), False

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("register/", wrap(register_view), name="enrollment_register"),
            path("register/check/", wrap(check_view), name="enrollment_register_check"),
            *super().get_urls(),
        ]

    def add_view(self, request, form_url="", extra_context=None):
        return HttpResponseRedirect(reverse("admin:enrollment_register"))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        case = self.get_object(request, object_id)
        if case is None or not self.has_view_permission(request, case):
            return super().change_view(request, object_id, form_url, extra_context)
        return TemplateResponse(request, "enrollment/matter.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "original": case, "title": case.case_no,
            **case_context(self, case, request),
        })

    @action(
        description="审核通过", form_class=NoteForm,
        consequence="按今天的登记情况重新核对后立即生效，参保信息随之变更；审核与登记不得为同一人。",
    )
    def approve(self, request, form, object_id):
        services.approve_matter(**noted(request, form, case_id=int(object_id)))
        return "已审核通过，参保信息已变更。"

    @action(
        description="告知补正", form_class=SupplementForm, submit="出具告知书",
        consequence="出具一次性告知书，件停止计时，直到收到补正。",
    )
    def ask_supplement(self, request, form, object_id):
        services.ask_supplement(
            case_id=int(object_id), missing=form.cleaned_data["missing"].splitlines(), by=request.user, at=now(),
        )
        return "已出具一次性告知书。"

    @action(
        description="收到补正", form_class=ReceiveForm, consequence="必备材料收齐后恢复计时，转审核。",
    )
    def receive_supplement(self, request, form, object_id):
        given = form.cleaned_data
        services.receive_supplement(
            case_id=int(object_id), materials=given["materials"], note=given["note"], by=request.user, at=now(),
        )
        return "已收到补正，转审核。"

    @action(
        description="不予办理", form_class=RequiredNoteForm, variant="danger",
        consequence="本件办结，参保信息不变；理由写入不予办理告知书。",
    )
    def refuse(self, request, form, object_id):
        services.refuse_matter(**noted(request, form, case_id=int(object_id)))
        return "已作出不予办理的决定。"

    @action(
        description="撤销", form_class=RequiredNoteForm, variant="danger",
        consequence="本件办结，参保信息不变；需要时重新登记。",
    )
    def withdraw(self, request, form, object_id):
        services.withdraw_matter(**noted(request, form, case_id=int(object_id)))
        return "本件已撤销。"

    @display(description="对象")
    def who(self, case):
        return subject_of(case)

    @display(description="状态", ordering="status")
    def status_word(self, case):
        return status_chip(case.get_status_display(), STATUS_TONES.get(case.status, "grey"))

    @display(description="办理时限", ordering="due_on")
    def due(self, case):
        return standing(case)


def subject_of(case: EnrollmentCase) -> str:
    if case.person is not None:
        name = case.person.name if case.names_plain else case.person.masked_name
        return f"{name} {case.person.masked_id}"
    return str(case.employer or case.household or "—")


def standing(case: EnrollmentCase) -> str:
    return due_chip(case.due_on, case.stopped_on, case.closed_at is not None, bureau_day(now())) or "—"


def case_context(model_admin, case: EnrollmentCase, request) -> dict:
    deeds = step_buttons(model_admin, case, request.user, MATTER, STEPS)
    materials = list(case.item.materials.all())
    return {
        "case": case, "subject": subject_of(case), "status_tone": STATUS_TONES.get(case.status, "grey"),
        "due": standing(case), "deeds": deeds,
        "reasons": reasons_of(deeds), "facts": applied(case),
        "materials": [
            {"name": row.name, "choice": row.choice, "required": row.required, "received": row.code in case.materials}
            for row in materials
        ],
        "missing": lacking(case.item, case.materials) if case.closed_at is None else [],
        "notices": list(Notice.objects.filter(case_no=case.case_no).order_by("pk")),
        "events": list(AuditEntry.objects.filter(case_no=case.case_no).order_by("-pk")[:50]),
    }


class MaterialInline(ReadOnlyInline):
    model = ItemMaterial
    fields = readonly_fields = ["name", "choice", "required"]


@register(ServiceItem)
class ServiceItemAdmin(ModelAdmin):
    """The list of service items with their materials, valid from a day on."""

    scoped = False  # a list for all counties
    list_display = ["name", "valid_from", "reviewed", "channel_words", "article"]
    list_filter = ["reviewed"]
    search_fields = ["name"]
    fields = readonly_fields = ["name", "valid_from", "reviewed", "channel_words", "article"]
    inlines = [MaterialInline]

    @display(description="办理渠道")
    def channel_words(self, item):
        names = dict(EnrollmentCase.Channel.choices)
        return "、".join(names.get(code, code) for code in item.channels)
