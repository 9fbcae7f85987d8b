"""Endings and spot checks: what was reported or found by one is decided by another."""
from django import forms

from casework.admin_base import NoteForm, RequiredNoteForm, action, display, register
from casework.admin_case_deeds import given, noted
from chronic import services as chronic
from chronic.admin.fields import DayField
from chronic.admin.matters import MatterScreen, linked
from chronic.models import Ending, SpotCheck
from chronic.workflow import ENDING, SPOT_CHECK


class FaultForm(RequiredNoteForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].label = "发现的问题"


class CancelForm(NoteForm):
    from_day = DayField(label="取消日期", required=False, help_text="留空为今天；政策规定自决定之日起的，不能另定。")
    recovers = forms.BooleanField(label="向认定机构追回已支付的费用", required=False, initial=True)
    withdraws = forms.BooleanField(label="同时终止该机构此类病种的认定资格", required=False)
    field_order = ["from_day", "recovers", "withdraws", "note"]


def _stopping(model_admin, request, case: Ending) -> str:
    return f"确认后“{case.entitlement.unit_name}”的待遇自 {case.from_day} 起终止，以后的费用不再按该病种支付。"


def _cancelling(model_admin, request, case: SpotCheck) -> str:
    return (
        f"取消“{case.entitlement.unit_name}”的待遇并出具告知书；选择追回的，由认定机构承担已支付的费用，"
        "不向参保人追回。核查人不得作此决定。"
    )


@register(Ending)
class EndingAdmin(MatterScreen):
    """Ends by the person's own will, and stop conditions that came true (BZ-CHR-4.3)."""

    workflow = ENDING
    person_path = "entitlement__person"
    rows = [("confirm_stop", "confirm_stop", "cw-primary"), ("reject_stop", "reject_stop", "cw-danger")]
    actions_detail = ["confirm_stop", "reject_stop", "take", "release"]

    def said(self, case):
        return [
            ("待遇", linked(case.entitlement, case.entitlement.unit_name)), ("种类", case.get_kind_display()),
            ("终止条件", case.entitlement.stop), ("发生日期", case.happened_on), ("终止日期", case.from_day),
            ("原因", case.reason), ("规则", case.rule),
        ]

    @action(description="确认终止", consequence=_stopping, form_class=NoteForm)
    def confirm_stop(self, request, form, object_id):
        chronic.confirm_stop(**noted(request, form, ending_id=int(object_id)))
        return "待遇已终止。"

    @action(
        description="不予终止", form_class=RequiredNoteForm, variant="danger",
        consequence="待遇不变，本件办结；理由写入办理记录。",
    )
    def reject_stop(self, request, form, object_id):
        chronic.reject_stop(**given(request, form, ending_id=int(object_id)), reason=form.cleaned_data["note"])
        return "待遇不变，本件已办结。"


@register(SpotCheck)
class SpotCheckAdmin(MatterScreen):
    """Checks of the files behind entitlements (CQ-10.1)."""

    workflow = SPOT_CHECK
    person_path = "entitlement__person"
    list_display = ["case_no", "who", "disease", "house", "status_word", "county", "registered", "due"]
    rows = [
        ("record_pass", "record_pass", "cw-primary"), ("record_fault", "record_fault", "cw-danger"),
        ("cancel", "cancel", "cw-primary"), ("dismiss", "dismiss", "cw-danger"),
    ]
    actions_detail = ["record_pass", "record_fault", "dismiss", "cancel", "take", "release"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("entitlement__person", "institution")

    def said(self, case):
        item = case.entitlement.item
        return [
            ("待遇", linked(case.entitlement, case.entitlement.unit_name)),
            ("认定件", linked(item.certification, item.certification.case_no) if item else ""),
            ("认定机构", case.institution.name if case.institution else ""), ("核查情况", case.finding),
            ("核查日期", case.checked_on), ("取消日期", case.from_day),
            ("追回", "向认定机构追回" if case.recovers else ""), ("认定资格", "同时终止" if case.withdraws else ""),
            ("规则", case.rule),
        ]

    @action(description="核查通过", form_class=NoteForm, consequence="认定档案符合标准，待遇不变，本件办结。")
    def record_pass(self, request, form, object_id):
        chronic.record_pass(**given(request, form, spot_check_id=int(object_id)), finding=form.cleaned_data["note"])
        return "核查通过，本件已办结。"

    @action(
        description="发现问题", form_class=FaultForm, variant="danger",
        consequence="记录问题，转他人作处理决定；待遇暂不变。您不能再作这件的处理决定。",
    )
    def record_fault(self, request, form, object_id):
        chronic.record_fault(**given(request, form, spot_check_id=int(object_id)), finding=form.cleaned_data["note"])
        return "问题已记录，等待处理决定。"

    @action(
        description="问题不成立", form_class=RequiredNoteForm, variant="danger", consequence="待遇不变，本件办结。",
    )
    def dismiss(self, request, form, object_id):
        chronic.dismiss(**given(request, form, spot_check_id=int(object_id)), reason=form.cleaned_data["note"])
        return "问题不成立，待遇不变。"

    @action(
        description="取消待遇", consequence=_cancelling, form_class=CancelForm, variant="danger", submit="确认取消待遇",
    )
    def cancel(self, request, form, object_id):
        wanted = {name: form.cleaned_data[name] for name in ("from_day", "recovers", "withdraws", "note")}
        chronic.cancel(**given(request, form, spot_check_id=int(object_id)), **wanted)
        return "待遇已取消，告知书可在“文书”中打印。"

    @display(description="认定机构", ordering="institution__name")
    def house(self, case):
        return case.institution.name if case.institution else "—"
