"""Persons: found, looked at with masked numbers, and acted on through dialogs."""
from django import forms
from django.contrib.admin import SimpleListFilter
from django.db.models import BooleanField, OuterRef, Subquery, Value

from casework.admin_base import ExportForm, ModelAdmin, display, register, status_chip
from casework.admin_tabs import tabs_of
from casework.clock import bureau_day, now
from enrollment.admin.deeds import PersonDeeds
from enrollment.admin.files import RegisterFiles
from enrollment.admin.payments import PaymentDeeds
from enrollment.admin.person_page import person_context
from enrollment.models import InsurancePeriod, Person, Region
from enrollment.models.relations import Scheme
from enrollment.resources import PersonResource, PersonWorkbook
from enrollment.services.questions import matching
from policy import idnumber, masking

TONE_OF_SCHEME = {Scheme.EMPLOYEE: "blue", Scheme.RESIDENT: "green"}


class PlaceFilter(SimpleListFilter):
    """By county of insurance. The choices come from the table of divisions, not from a scan of all persons."""

    title = "参保地"
    parameter_name = "place"

    def lookups(self, request, model_admin):
        counties = Region.objects.filter(level=Region.Level.COUNTY).values_list("code", "name")
        return [(code, name) for code, name in counties if request.user.sees(code)]

    def queryset(self, request, queryset):
        return queryset.filter(region_code__startswith=self.value()) if self.value() else queryset


class PersonExportForm(ExportForm):
    plain = forms.BooleanField(
        label="包含完整姓名和号码", required=False, help_text="须有专门权限；导出会记入审计记录。不勾选则脱敏导出。",
    )


@register(Person)
class PersonAdmin(PersonDeeds, PaymentDeeds, RegisterFiles, ModelAdmin):
    change_form_template = "enrollment/person.html"
    list_display = ["shown_name", "shown_id", "sex", "birth_date", "shown_phone", "place", "insured"]
    list_display_links = ["shown_name"]
    list_filter = [PlaceFilter, "sex"]
    search_fields = ["id_no"]
    search_help_text = "证件号码（全号）、姓名、拼音首字母、电话后四位"
    ordering = ["-pk"]
    actions_list = ["register"]
    actions_detail = [
        "reveal",
        {"title": "参保", "icon": "shield_person", "items": ["insure", "end_insurance", "tag", "exempt"]},
        {"title": "缴费", "icon": "receipt_long", "items": [
            "pay_resident", "pay_employee", "reverse_payment", "bind_relative", "unbind_relative",
        ]},
        {"title": "困难身份", "icon": "volunteer_activism", "items": ["grant", "end_identity"]},
        {"title": "异地备案", "icon": "travel_explore", "items": ["file_elsewhere", "end_filing"]},
        {"title": "资料", "icon": "badge", "items": ["set_account", "amend", "record_death"]},
    ]
    fieldsets = [
        ("基本信息", {"fields": [
            ("shown_name", "shown_id"), ("id_type", "sex"), ("birth_date", "age"), ("place", "insured"), "died_on",
        ]}),
        ("联系方式", {"fields": [("shown_phone", "address")]}),
        ("银行账户", {"fields": [("bank_name", "shown_account"), "shown_account_name"]}),
    ]
    readonly_fields = [
        "shown_name", "shown_id", "age", "place", "insured", "shown_phone", "shown_account", "shown_account_name",
    ]

    file_kind = "person"
    import_permission = "enrollment.import_person"
    export_permission = "enrollment.export_person"
    resource_classes = [PersonResource]
    formats = import_formats = export_formats = [PersonWorkbook]
    export_form_class = PersonExportForm

    def get_queryset(self, request):
        """Persons with all that a line shows, in one query however many lines."""
        today = bureau_day(now())
        scheme = InsurancePeriod.objects.in_force(today).filter(person=OuterRef("pk")).values("scheme")[:1]
        region = Region.objects.filter(code=OuterRef("region_code")).values("name")
        plain = Value(request.user.may("enrollment.see_names"), output_field=BooleanField())
        return super().get_queryset(request).annotate(
            scheme_now=Subquery(scheme), region_name=Subquery(region), names_plain=plain,
        )

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        """The page is drawn by our own template: tabs of dated facts under a timeline, no form at all."""
        if obj is not None:
            context.update(person_context(obj, request))
            context["upper_tabs"] = tabs_of("enrollment.person", obj, request)
        return super().render_change_form(request, context, add=add, change=change, form_url=form_url, obj=obj)

    def get_search_results(self, request, queryset, search_term):
        word = idnumber.normalise(search_term)
        return (queryset.filter(matching(word)) if word else queryset), False

    def exports_plain(self, request) -> bool:
        return request.POST.get("plain") == "on"

    def get_export_resource_kwargs(self, request, **kwargs):
        return {**super().get_export_resource_kwargs(request, **kwargs), "plain": self.exports_plain(request)}

    @display(description="姓名", ordering="name_pinyin")
    def shown_name(self, person):
        return person.name if person.names_plain else person.masked_name

    @display(description="证件号码")
    def shown_id(self, person):
        return person.masked_id

    @display(description="联系电话")
    def shown_phone(self, person):
        return person.masked_phone or "—"

    @display(description="银行账号")
    def shown_account(self, person):
        return person.masked_account or "—"

    @display(description="账户户名")
    def shown_account_name(self, person):
        name = person.bank_account_name
        return (name if person.names_plain else masking.mask_name(name)) or "—"

    @display(description="年龄")
    def age(self, person):
        return f"{person.age_on(person.died_on or bureau_day(now()))}周岁"

    @display(description="参保地", ordering="region_code")
    def place(self, person):
        return person.region_name or person.region_code

    @display(description="当前参保")
    def insured(self, person):
        if person.died_on:
            return status_chip("已死亡", "grey")
        scheme = person.scheme_now
        return status_chip(Scheme(scheme).label, TONE_OF_SCHEME[scheme]) if scheme else status_chip("未参保", "amber")
