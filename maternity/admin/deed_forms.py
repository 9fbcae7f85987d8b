"""What the deeds on a maternity case ask."""
from django import forms

from casework import admin_case_deeds as case_deeds
from casework.admin_base import DialogForm, NoteForm
from casework.clock import bureau_day, now
from enrollment import services as enrollment
from maternity import services
from maternity.models import Benefit, MaternityCase, MaternityGround, MaternityItem
from maternity.workflow import RETURNS, CaseStatus

YES_NO = [("no", "没有领取"), ("yes", "已经领取")]


class EnterForm(NoteForm):
    """Only what the asked benefits need."""

    monthly_base = forms.DecimalField(
        label="计发月基数（元）", max_digits=12, decimal_places=2, min_value=0, required=False,
        help_text="单位职工：用人单位上年度职工月平均工资；灵活就业等人员：本人上年度月平均缴费基数。",
    )
    wages_drawn = forms.ChoiceField(
        label="产假期间工资", choices=YES_NO, required=False, widget=forms.RadioSelect,
        help_text="单位职工必填。生育津贴与产假工资不得重复享受。",
    )
    eligible_cost = forms.DecimalField(
        label="政策范围内费用（元）", max_digits=12, decimal_places=2, min_value=0, required=False,
    )
    resident_paid = forms.DecimalField(
        label="居民医保已支付的医疗费（元）", max_digits=12, decimal_places=2, min_value=0, required=False,
    )
    field_order = ["monthly_base", "wages_drawn", "eligible_cost", "resident_paid", "note"]
    NEEDS = {Benefit.ALLOWANCE: ("monthly_base", "wages_drawn"), Benefit.SPOUSE: ("eligible_cost", "resident_paid")}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        kinds = set(live_items(self.obj).values_list("kind", flat=True))
        for kind, names in self.NEEDS.items():
            for name in names:
                if kind not in kinds:
                    del self.fields[name]
                elif name in self.obj.facts:
                    known = self.obj.facts[name]
                    self.fields[name].initial = known if name != "wages_drawn" else "yes" if known else "no"

    def facts(self) -> dict:
        given = self.cleaned_data
        facts = {
            name: str(given[name]) for name in ("monthly_base", "eligible_cost", "resident_paid")
            if given.get(name) is not None
        }
        if given.get("wages_drawn"):
            facts["wages_drawn"] = given["wages_drawn"] == "yes"
        return facts


class DaysForm(DialogForm):
    days = forms.IntegerField(label="津贴天数", min_value=1, max_value=400)
    basis = forms.CharField(label="依据（本局规定的文号或名称）", max_length=200)


class SendBackForm(case_deeds.SendBackForm):
    returns, statuses = RETURNS, CaseStatus


class RefuseForm(case_deeds.RefuseForm):
    ground_label = "情形"

    def grounds(self):
        return MaternityGround.objects.valid_on(bureau_day(now()))


class MaterialForm(case_deeds.ScanForm):
    code = forms.ChoiceField(label="材料")
    field_order = ["code", "file"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.offer("code", services.checklist(self.obj))


class RevealForm(case_deeds.RevealForm):
    secrets, example = enrollment.SECRETS, "如：与出生医学证明核对"


def live_items(case: MaternityCase):
    return case.items.exclude(state=MaternityItem.State.DROPPED).order_by("id")
