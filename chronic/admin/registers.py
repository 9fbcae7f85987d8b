"""The registers of certifying institutions and doctors: looked at, added to and ended through services."""
from django import forms
from django.contrib.admin import SimpleListFilter
from django.db.models import Case, CharField, F, Value, When
from django.utils.html import format_html

from casework.admin_base import (
    ChoicesDropdownFilter,
    DialogForm,
    DropdownFilter,
    ModelAdmin,
    action,
    display,
    register,
    status_chip,
)
from casework.clock import bureau_day, now
from chronic import services as chronic
from chronic.admin.catalogue import CataloguePages
from chronic.admin.fields import DayField
from chronic.admin.institution import InstitutionPage, address
from chronic.admin.worklist import entrusted
from chronic.models import Doctor, Qualification
from chronic.services.registers import KEEP
from enrollment import services as enrollment
from enrollment.models import Institution


def house_choices(officer, *, qualified: bool) -> list[tuple[str, str]]:
    """Hospitals with an agreement today; for doctors those that certify, within the officer's territory."""
    today = bureau_day(now())
    rows = Institution.objects.active_on(today).filter(kind=Institution.Kind.HOSPITAL)
    if qualified:
        rows = rows.filter(pk__in=Qualification.objects.in_force(today).values("institution"))
    found = rows.order_by("name").values_list("pk", "name", "region_id")
    return [("", "请选择"), *((f"{pk}", name) for pk, name, region in found if officer.sees(region[:6]))]


def category_label(officer) -> Case:
    """The category in the words of the officer's pool, in the row's own query."""
    known = entrusted(officer) if officer.is_authenticated else []
    words = [When(category=code, then=Value(label)) for code, label in known]
    return Case(*words, default=F("category"), output_field=CharField())


class QualifyForm(DialogForm):
    institution = forms.ChoiceField(label="认定机构")
    category = forms.ChoiceField(label="认定类别")
    district = forms.ChoiceField(label="服务的参保地")
    scope = forms.ChoiceField(label="范围", choices=Qualification.Scope.choices)
    starts_on = DayField(label="开始日期")
    published_on = DayField(label="公布日期", required=False, help_text="未公布的不能认定；公布后自公布日起可以认定。")
    rule = forms.CharField(label="依据", required=False, max_length=20)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        officer = self.request.user
        self.fields["institution"].choices = house_choices(officer, qualified=False)
        self.fields["category"].choices = [("", "请选择"), *entrusted(officer)]
        self.fields["district"].choices = [("", "请选择"), *enrollment.counties_within(officer)]


class DoctorForm(DialogForm):
    code = forms.CharField(label="医师编码", max_length=30, help_text="国家医保医师编码。")
    name = forms.CharField(label="姓名", max_length=50)
    institution = forms.ChoiceField(label="执业机构")
    title = forms.ChoiceField(label="职称", choices=[("", "请选择"), *Doctor.Title.choices])
    specialty = forms.CharField(label="专业", max_length=50, required=False)
    starts_on = DayField(label="开始日期")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["institution"].choices = house_choices(self.request.user, qualified=True)


class WithdrawForm(DialogForm):
    ends_on = DayField(label="自哪一天起不再认定", help_text="这一天起没有资格；已作的认定不受影响。")
    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea({"rows": 3}))


class StandingFilter(SimpleListFilter):
    """What holds today first; what ended is kept and found."""

    title, parameter_name = "状态", "standing"

    def lookups(self, request, model_admin):
        return [("ended", "已终止"), ("all", "全部")]

    def choices(self, changelist):
        first, *rest = super().choices(changelist)
        return [{**first, "display": "有效"}, *rest]

    def queryset(self, request, queryset):
        today = bureau_day(now())
        if self.value() == "all":
            return queryset
        if self.value() == "ended":
            return queryset.filter(ends_on__lte=today)
        return queryset.exclude(ends_on__lte=today)


class DistrictFilter(DropdownFilter):
    title, parameter_name = "服务的参保地", "district"

    def lookups(self, request, model_admin):
        return enrollment.counties_within(request.user)

    def queryset(self, request, queryset):
        return queryset.filter(district=self.value()) if self.value() else queryset


class CategoryFilter(DropdownFilter):
    title, parameter_name = "认定类别", "category"

    def lookups(self, request, model_admin):
        return entrusted(request.user)

    def queryset(self, request, queryset):
        return queryset.filter(category=self.value()) if self.value() else queryset


@register(Qualification)
class QualificationAdmin(InstitutionPage, CataloguePages, ModelAdmin):
    """Who may certify what, for whom, from when (BZ-CHR-7.2, BZ-CHR-8.1)."""

    list_display = ["house", "category_word", "district_word", "scope", "published_on", "starts_on", "standing"]
    list_display_links = None
    list_filter = [StandingFilter, CategoryFilter, DistrictFilter]
    list_select_related = ["institution"]
    search_fields = ["institution__name", "institution__code", "institution__name_initials"]
    search_help_text = "机构名称、编号、名称首字母"
    actions = None
    actions_list = ["qualify"]
    actions_detail = ["withdraw"]
    actions_row = ["withdraw"]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(
            district_name=enrollment.county_name("district"), category_label=category_label(request.user),
        )

    @action(
        description="授予认定资格", form_class=QualifyForm, permissions=[KEEP], variant="primary", icon="add",
        consequence="自开始日期起，该机构可为所选参保地的参保人认定该类病种；填写公布日期的，即在公开名单中公布。",
    )
    def qualify(self, request, form):
        given = dict(form.cleaned_data)
        house = int(given.pop("institution"))
        row = chronic.qualify(institution_id=house, **given, by=request.user, at=now())
        return f"已授予：{row.institution.name}。"

    @action(
        description="终止资格", form_class=WithdrawForm, permissions=[KEEP], variant="danger", icon="block",
        consequence="自所填日期起，该机构不再能认定该类病种，并从公开名单中除去；在办的件须另行处理。",
    )
    def withdraw(self, request, form, object_id):
        chronic.withdraw_qualification(
            qualification_id=int(object_id), **form.cleaned_data, by=request.user, at=now()
        )
        return "认定资格已终止。"

    @display(description="认定机构", ordering="institution__name")
    def house(self, row):
        return format_html('<a class="cw-link" href="{}">{}</a>', address(row.institution), row.institution.name)

    @display(description="认定类别", ordering="category")
    def category_word(self, row):
        return row.category_label

    @display(description="服务的参保地", ordering="district")
    def district_word(self, row):
        return row.district_name or row.district

    @display(description="状态")
    def standing(self, row):
        return standing_chip(row)


def standing_chip(row) -> str:
    today = bureau_day(now())
    if row.holds_on(today):
        published = getattr(row, "published_on", today)
        return status_chip("有效", "green") if published and published <= today else status_chip("未公布", "amber")
    return status_chip("未开始", "blue") if row.starts_on > today else status_chip("已终止", "grey")


@register(Doctor)
class DoctorAdmin(ModelAdmin):
    """Doctors of certifying institutions, with title and speciality (BZ-CHR-10.1)."""

    list_display = ["name", "code", "house", "title", "specialty", "starts_on", "standing"]
    list_display_links = None
    list_filter = [StandingFilter, ("title", ChoicesDropdownFilter)]
    list_select_related = ["institution"]
    search_fields = ["name", "code", "institution__name"]
    search_help_text = "医师姓名、编码、机构名称"
    actions = None
    actions_list = ["enter"]

    @action(
        description="登记医师", form_class=DoctorForm, permissions=[KEEP], variant="primary", icon="person_add",
        consequence="登记后即可在该机构作认定结论；能认定哪些病种由职称决定。",
    )
    def enter(self, request, form):
        given = dict(form.cleaned_data)
        house = int(given.pop("institution"))
        row = chronic.register_doctor(institution_id=house, **given, by=request.user, at=now())
        return f"已登记：{row}。"

    @display(description="执业机构", ordering="institution__name")
    def house(self, row):
        return format_html('<a class="cw-link" href="{}">{}</a>', address(row.institution), row.institution.name)

    @display(description="状态")
    def standing(self, row):
        return standing_chip(row)
