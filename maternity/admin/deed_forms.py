"""What the deeds on a maternity case ask."""
from django import forms

from casework.admin_base import DialogForm, NoteForm, RequiredNoteForm
from casework.clock import bureau_day, now
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


class SendBackForm(RequiredNoteForm):
    to = forms.ChoiceField(label="退回到", widget=forms.RadioSelect)
    field_order = ["to", "note"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        targets = RETURNS.get(self.obj.status, ("", ()))[1]
        self.fields["to"].choices = [(str(target), CaseStatus(target).label) for target in targets]
        if targets:
            self.fields["to"].initial = str(targets[-1])


class RefuseForm(RequiredNoteForm):
    ground = forms.ChoiceField(label="情形", widget=forms.RadioSelect)
    field_order = ["ground", "note"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        grounds = MaternityGround.objects.valid_on(bureau_day(now()))
        self.fields["ground"].choices = [(row.code, f"{row.name}（{row.article}）") for row in grounds]
        self.fields["note"].label = "事实和理由"


class MaterialForm(DialogForm):
    code = forms.ChoiceField(label="材料")
    file = forms.FileField(
        label="影像", required=False, help_text="PDF、JPG 或 PNG，不超过 20 MB；只收纸质件的可以不传。"
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        rows = sorted(services.checklist(self.obj), key=lambda row: (not row.missing, row.received))
        self.fields["code"].choices = [
            (row.code, row.name + ("（已收，补传影像）" if row.received else "（还缺）" if row.missing else ""))
            for row in rows
        ]
        self.fields.pop("version", None)  # taking in a paper decides nothing


class RevealForm(DialogForm):
    SECRETS = [("id_no", "证件号码"), ("phone", "联系电话"), ("bank_account", "银行账号")]

    field = forms.ChoiceField(label="查看", choices=SECRETS)
    purpose = forms.CharField(
        label="用途", max_length=200, widget=forms.TextInput({"placeholder": "如：与出生医学证明核对"})
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("version", None)


def live_items(case: MaternityCase):
    return case.items.exclude(state=MaternityItem.State.DROPPED).order_by("id")
