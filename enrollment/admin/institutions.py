"""Institutions: a register that officers with the permission add to and change, through one service."""
from django import forms

from casework.admin_base import EditableAdmin, display, register, status_chip
from casework.clock import bureau_day, now
from enrollment import services
from enrollment.admin.files import RegisterFiles
from enrollment.admin.forms import DayField, first_day_without
from enrollment.models import Institution
from enrollment.resources import InstitutionResource, InstitutionWorkbook

FACTS = ["name", "credit_code", "kind", "primary_care", "in_network", "starts_on"]
LEVELS = ["hospital_level", "price_cap_level", "deductible_level"]


class InstitutionForm(forms.ModelForm):
    """The facts of an institution; what follows from them is not asked."""

    starts_on = DayField(label="协议开始日期")
    last_day = DayField(label="协议最后一天（含）", required=False, help_text="长期有效的留空。")

    class Meta:
        model = Institution
        fields = ("code", "region", *FACTS, *LEVELS)
        help_texts = {
            "code": "H（医疗机构）或P（药店）加11位数字。", "price_cap_level": "留空同医院等级。",
            "deductible_level": "留空同医院等级；待遇按此等级确定。",
        }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.ends_on:
            self.fields["last_day"].initial = self.instance.ends_on - self.instance.ends_on.resolution

    def _get_validation_exclusions(self) -> set[str]:
        # The levels that are left empty are filled in by the service, which also checks the whole.
        return super()._get_validation_exclusions() | {*LEVELS, "benefit_level"}

    def facts(self) -> dict:
        given = self.cleaned_data
        levels = {level: given[level].code if given[level] else "" for level in LEVELS}
        ends_on = first_day_without(given["last_day"])
        facts = {fact: given[fact] for fact in FACTS}
        return {**facts, **levels, "region_code": given["region"].code, "ends_on": ends_on}


@register(Institution)
class InstitutionAdmin(RegisterFiles, EditableAdmin):
    scoped = False  # every officer needs every hospital; who may change which is for the service
    form = InstitutionForm
    fields = ["code", "name", "credit_code", "region", "kind", "primary_care", *LEVELS, "in_network", "starts_on",
              "last_day"]
    list_display = ["code", "name", "region", "kind", "hospital_level", "deductible_level", "benefit", "in_network",
                    "active"]
    list_display_links = ["code", "name"]
    list_filter = ["kind", "benefit_level", "in_network"]
    list_select_related = ["region", "hospital_level", "deductible_level"]
    search_fields = ["code", "name", "name_initials"]
    search_help_text = "机构编号、名称、名称拼音首字母"
    autocomplete_fields = ["region"]

    file_kind = "institution"
    import_permission = "enrollment.import_institution"
    export_permission = "enrollment.export_institution"
    resource_classes = [InstitutionResource]
    formats = import_formats = export_formats = [InstitutionWorkbook]

    def has_add_permission(self, request, obj=None) -> bool:
        return request.user.may("enrollment.add_institution")

    def has_change_permission(self, request, obj=None) -> bool:
        return request.user.may("enrollment.change_institution")

    def get_readonly_fields(self, request, obj=None):
        return ["code"] if obj else []

    def save_model(self, request, obj, form, change) -> None:
        act = services.amend_institution if change else services.register_institution
        saved = act(code=obj.code, by=request.user, at=now(), **form.facts())
        obj.pk = saved.pk

    @display(description="待遇等级", ordering="benefit_level")
    def benefit(self, institution):
        return institution.get_benefit_level_display()

    @display(description="协议")
    def active(self, institution):
        today = bureau_day(now())
        return status_chip("有效", "green") if institution.active_on(today) else status_chip("未生效或已止", "grey")
