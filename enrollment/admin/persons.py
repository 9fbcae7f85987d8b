"""Persons: found, looked at with masked numbers, and acted on through dialogs."""
from django import forms
from django.contrib.admin import SimpleListFilter
from django.db.models import BooleanField, OuterRef, Subquery, Value
from django.utils.formats import date_format

from casework.admin_base import ExportForm, ModelAdmin, ReadOnlyInline, display, register, status_chip
from casework.clock import bureau_day, now
from enrollment.admin.deeds import PersonDeeds
from enrollment.admin.files import RegisterFiles
from enrollment.models import CareFiling, HardshipIdentity, InsurancePeriod, Person, PersonTag, Region
from enrollment.models.relations import Scheme
from enrollment.resources import PersonResource, PersonWorkbook
from enrollment.services.questions import matching
from policy import idnumber, masking

TONE_OF_SCHEME = {Scheme.EMPLOYEE: "blue", Scheme.RESIDENT: "green"}


class SpanInline(ReadOnlyInline):
    """Dated facts of a person, with the inclusive end and what still holds."""

    hide_title = True
    ordering = ["-starts_on"]

    @display(description="最后一天")
    def last(self, row):
        return date_format(row.last_day) if row.ends_on else "长期"

    @display(description="状态")
    def holds(self, row):
        if row.voided:
            return status_chip("已作废", "grey")
        today = bureau_day(now())
        if row.holds_on(today):
            return status_chip("有效", "green")
        return status_chip("未开始", "blue") if row.starts_on > today else status_chip("已终止", "grey")


class InsuranceInline(SpanInline):
    model = InsurancePeriod
    fields = readonly_fields = ["scheme", "type_name", "starts_on", "last", "reason", "end_reason", "holds"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("person_type")

    @display(description="人员类别")
    def type_name(self, row):
        return row.person_type.name


class IdentityInline(SpanInline):
    model = HardshipIdentity
    fields = readonly_fields = ["category", "authority", "document_no", "starts_on", "last", "end_reason", "holds"]


class TagInline(SpanInline):
    model = PersonTag
    fields = readonly_fields = ["tag", "starts_on", "last", "holds"]


class FilingInline(SpanInline):
    model = CareFiling
    fields = readonly_fields = ["kind", "place", "institution", "starts_on", "last", "channel", "state", "holds"]

    def get_queryset(self, request):
        name = Region.objects.filter(code=OuterRef("place_region_code")).values("name")
        return super().get_queryset(request).select_related("institution").annotate(place_name=Subquery(name))

    @display(description="备案地")
    def place(self, row):
        return row.place_name or row.place_region_code


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
class PersonAdmin(PersonDeeds, RegisterFiles, ModelAdmin):
    list_display = ["shown_name", "shown_id", "sex", "birth_date", "shown_phone", "place", "insured"]
    list_display_links = ["shown_name"]
    list_filter = [PlaceFilter, "sex"]
    search_fields = ["id_no"]
    search_help_text = "证件号码（全号）、姓名、拼音首字母、电话后四位"
    ordering = ["-pk"]
    inlines = [InsuranceInline, IdentityInline, TagInline, FilingInline]
    actions_list = ["register"]
    actions_detail = [
        "reveal",
        {"title": "参保", "icon": "shield_person", "items": ["insure", "end_insurance", "tag"]},
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
