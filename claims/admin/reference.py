"""The matter's dated reference data, for every officer to look up: what is asked for, until when, by which article."""
from django.db.models import OuterRef, Subquery

from casework import admin_case_page
from casework.admin_base import EditableAdmin, ModelAdmin, display, register
from claims.models import ClaimBenefit, ClaimDeadline, ClaimPublication, MaterialRequirement, RefusalGround
from enrollment import services as enrollment
from enrollment.models import InsurancePeriod

SCHEMES = dict(InsurancePeriod._meta.get_field("scheme").choices)


class LookUp(admin_case_page.LookUp, ModelAdmin):
    looking_up = "claims.view_claim"

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        if not hasattr(self.model, "benefit"):
            return rows
        name = ClaimBenefit.objects.filter(code=OuterRef("benefit")).order_by("-valid_from").values("name")[:1]
        return rows.annotate(benefit_name=Subquery(name))

    @display(description="待遇类别")
    def benefit_word(self, row):
        return row.benefit_name or row.benefit or "各类待遇"


@register(ClaimBenefit)
class ClaimBenefitAdmin(LookUp):
    list_display = ["name", "days_word", "asks", "period", "article"]
    fields = ["name", "code", "days_word", "asks", "period", "article", "rule"]
    readonly_fields = ["days_word", "asks", "period"]

    @display(description="费用日期")
    def days_word(self, row):
        return row.first_label if row.outpatient else f"{row.first_label}、{row.last_label}"

    @display(description="须填写")
    def asks(self, row):
        asked = [
            word for word, wanted in (("认定病种", row.category), ("药品", row.drug), ("生育事件", row.birth)) if wanted
        ]
        return "、".join(asked) or "—"


@register(MaterialRequirement)
class MaterialRequirementAdmin(LookUp):
    list_display = ["name", "reason_word", "benefit_word", "condition", "original_word", "required_word", "period",
                    "article"]
    list_select_related = ["reason"]
    fields = ["name", "reason", "benefit_word", "condition", "original", "required", "period", "article", "rule"]
    readonly_fields = ["benefit_word", "period"]

    @display(description="须为原件")
    def original_word(self, row):
        return "须原件" if row.original else "可用复印件"

    @display(description="必要材料")
    def required_word(self, row):
        return "必交" if row.required else "如有则交"

    @display(description="适用原因")
    def reason_word(self, row):
        return row.reason.name if row.reason else "各种原因"


@register(ClaimDeadline)
class ClaimDeadlineAdmin(LookUp):
    list_display = ["scheme_word", "benefit_word", "last_day_word", "period", "article"]
    fields = ["scheme_word", "benefit_word", "last_day_word", "period", "article", "rule"]
    readonly_fields = ["scheme_word", "benefit_word", "last_day_word", "period"]

    @display(description="险种")
    def scheme_word(self, row):
        return SCHEMES.get(row.scheme, row.scheme)

    @display(description="申报截止")
    def last_day_word(self, row):
        return row.in_words


@register(ClaimPublication)
class ClaimPublicationAdmin(EditableAdmin):
    """Where no row is, no claim is made public."""

    scoped = False  # a list for all counties
    list_display = ["reason", "region_name", "working_days", "valid_from", "valid_to", "article"]
    list_select_related = ["reason"]
    fields = ["reason", "region_code", "working_days", "valid_from", "valid_to", "article"]

    @display(description="区划", ordering="region_code")
    def region_name(self, row):
        return enrollment.region_name(row.region_code)


@register(RefusalGround)
class RefusalGroundAdmin(LookUp):
    list_display = ["name", "period", "article", "rule"]
    fields = ["code", "name", "period", "article", "rule"]
    readonly_fields = ["period"]
