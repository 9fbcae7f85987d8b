"""The matter's dated reference data: every officer looks it up, the supervisor keeps it."""
from casework import admin_case_page
from casework.admin_base import EditableAdmin, display, register
from casework.clock import now
from maternity.models import ClaimPeriod, MaternityGround, MaternityMaterial
from maternity.services.reference import keep_reference


class LookUp(admin_case_page.LookUp, EditableAdmin):
    """A new rule is a new row; the old one gets its end."""

    looking_up = "maternity.view_maternitycase"

    def save_model(self, request, obj, form, change) -> None:
        keep_reference(row=obj, changed=form.changed_data, by=request.user, at=now())


DATES = ["valid_from", "valid_to", "rule", "article"]


@register(MaternityMaterial)
class MaternityMaterialAdmin(LookUp):
    list_display = ["name", "benefit_word", "original_word", "required_word", "period", "article"]
    fields = ["code", "name", "benefit", "original", "required", *DATES]

    @display(description="适用待遇")
    def benefit_word(self, row):
        return row.get_benefit_display() if row.benefit else "各项待遇"

    @display(description="须为原件")
    def original_word(self, row):
        return "须原件" if row.original else "可用复印件"

    @display(description="必要材料")
    def required_word(self, row):
        return "必交" if row.required else "如有则交"


@register(ClaimPeriod)
class ClaimPeriodAdmin(LookUp):
    list_display = ["benefit", "worker", "months_word", "leave_word", "period", "article"]
    fields = ["benefit", "worker", "months", "after_leave", *DATES]

    @display(description="申领期限")
    def months_word(self, row):
        return f"自权利产生起 {row.months} 个月内"

    @display(description="最早申领")
    def leave_word(self, row):
        return "津贴天数届满后" if row.after_leave else "生育之后"


@register(MaternityGround)
class MaternityGroundAdmin(LookUp):
    list_display = ["name", "code", "period", "article", "rule"]
    fields = ["code", "name", *DATES]
