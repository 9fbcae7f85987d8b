"""The forms of bills and their lines: heading, sums, lines. Which fields a bill has follows from its benefit."""
from django import forms
from django.forms import formset_factory

from claims.admin.forms import DayText, InstitutionText, Laid, MoneyText, read
from claims.admin.options import Options
from claims.models import PAID_ELSEWHERE, BillLine, ClaimBenefit
from claims.services.entries import Line, Stay, rate, words


class StayForm(Laid):
    """The heading of a bill, as on the discharge paper or prescription and the invoice. Its benefit says which of
    the fields count; what is left in the others is not looked at."""

    WIDTHS = {
        "benefit": "cw-w4", "institution": "cw-w6", "diagnosis": "cw-w6", "diagnosis_code": "", "disease": "cw-w6",
        "drug": "cw-w6", "birth_event": "cw-w6", "DELETE": "cw-w12",
    }

    benefit = forms.ChoiceField(label="待遇类别", initial="inpatient", widget=forms.Select({"data-benefit": ""}))
    institution = InstitutionText(label="就诊医院")
    admitted_on = DayText(label="入院日期")
    discharged_on = DayText(label="出院日期", required=False)
    disease = forms.ChoiceField(label="认定病种", required=False)
    drug = forms.ChoiceField(label="认定药品", required=False)
    birth_event = forms.ChoiceField(label="生育事件", required=False)
    diagnosis = forms.CharField(label="出院诊断", required=False, max_length=100)
    diagnosis_code = forms.CharField(label="诊断编码", required=False, max_length=20)
    total = MoneyText(label="票据总额（元）", required=False, attrs={"data-stated": ""})
    invoice_no = forms.CharField(label="票据号码", max_length=30)
    invoice_code = forms.CharField(label="票据代码", required=False, max_length=20)
    emergency = forms.BooleanField(label="急诊抢救", required=False)
    referred = forms.BooleanField(label="按规定转诊", required=False, initial=True)
    course = forms.CharField(
        label="同一疗程", required=False, max_length=30, help_text="转院治疗同一疾病的，几次住院填同一记号。"
    )
    settlement_no = forms.CharField(
        label="医保结算单号", required=False, max_length=40,
        help_text="医疗救助补报销填写；各层已支付的金额在录入明细时填写。",
    )

    def __init__(self, *args, options: Options | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        options = options or Options()
        self.benefits = options.benefits
        self.fields["benefit"].choices = options.benefit_choices
        self.fields["disease"].choices = options.disease_choices(str(self["disease"].value() or ""))
        self.fields["drug"].choices = options.drug_choices(str(self["drug"].value() or ""))
        self.fields["birth_event"].choices = options.event_choices

    @property
    def kind(self) -> ClaimBenefit | None:
        """The benefit that is chosen now."""
        return self.benefits.get(str(self["benefit"].value() or ""))

    def clean(self):
        given = super().clean()
        kind = self.benefits.get(given.get("benefit", ""))
        if kind is None:
            return given
        if kind.outpatient:
            given["discharged_on"] = ""
            self.errors.pop("discharged_on", None)
        else:
            self._judge_days(kind, given)
        for name, wanted in (("disease", bool(kind.category)), ("drug", kind.drug), ("birth_event", kind.birth)):
            if not wanted:
                given[name] = ""
                self.errors.pop(name, None)
            elif not given.get(name) and name not in self.errors:
                self.add_error(name, f"请选择{self.fields[name].label}。")
        return given

    def _judge_days(self, kind: ClaimBenefit, given: dict) -> None:
        first, last = given.get("admitted_on"), given.get("discharged_on")
        if not last and "discharged_on" not in self.errors:
            self.add_error("discharged_on", f"请填写{kind.last_label}。")
        elif first and last and last < first:
            self.add_error("discharged_on", f"{kind.last_label}早于{kind.first_label}，请核对票据和证明。")

    def stay(self, **costs) -> Stay:
        """The bill as the service takes it."""
        known = self.cleaned_data
        given = {name: known[name] for name in Stay.__dataclass_fields__ if name in known}
        event = known.get("birth_event")
        return Stay(
            institution_id=known["institution"].pk, birth_event_id=int(event) if event else None, **{**given, **costs}
        )


class CostForm(StayForm):
    """A bill with its costs by sums; the lines have a formset of their own. Only a claim for relief alone says what
    was paid elsewhere."""

    WIDTHS = {**StayForm.WIDTHS, "deduction_reason": "cw-w6"}
    HEAD = ["benefit", "institution", "admitted_on", "discharged_on", "disease", "drug", "birth_event", "diagnosis",
            "diagnosis_code", "total", "invoice_no", "invoice_code", "course", "emergency", "referred"]
    SUMS = ["own_expense", "first_self_pay", "deducted", "deduction_reason"]
    ELSEWHERE = ["settlement_no", *(f"paid_{name}" for name in PAID_ELSEWHERE)]

    paid_basic = MoneyText(label="基本医保已支付", required=False)
    paid_civil_servant = MoneyText(label="公务员补助已支付", required=False)
    paid_large_amount = MoneyText(label="大额补助已支付", required=False)
    paid_catastrophic = MoneyText(label="大病保险已支付", required=False)
    own_expense = MoneyText(label="自费", required=False)
    first_self_pay = MoneyText(label="先行自付", required=False)
    deducted = MoneyText(label="审核扣减", required=False)
    deduction_reason = forms.CharField(label="扣减原因", required=False, max_length=200)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["total"].required = True
        self.fields["settlement_no"].help_text = ""

    @property
    def head_fields(self):
        return self.chosen(self.HEAD)

    @property
    def sum_fields(self):
        return self.chosen(self.SUMS)

    @property
    def elsewhere_fields(self):
        return self.chosen(self.ELSEWHERE)

    @property
    def trial_fields(self):
        """A trial needs no invoice and no diagnosis."""
        return self.chosen([
            "benefit", "institution", "admitted_on", "discharged_on", "disease", "drug", "birth_event", "total",
            "own_expense", "first_self_pay", "course", "emergency", "referred",
        ])

    @property
    def trial_hidden(self):
        return [self["invoice_no"]]


class LineForm(Laid):
    """One line of a bill."""

    line_class = forms.ChoiceField(label="等级", choices=BillLine.Class.choices, initial="A")
    name = forms.CharField(label="项目名称", required=False, max_length=100)
    amount = MoneyText(label="金额", attrs={"data-sum": "amount"})
    rate = forms.CharField(
        label="先行自付比例", required=False, widget=forms.TextInput({"inputmode": "decimal", "placeholder": "如 0.1"})
    )
    deducted = MoneyText(label="扣减", required=False, attrs={"data-sum": "deducted"})
    deduction_reason = forms.CharField(label="扣减原因", required=False, max_length=200)

    def clean_name(self):
        return read(words, self.cleaned_data["name"], "项目名称", 100)

    def clean_rate(self):
        return read(rate, self.cleaned_data["rate"])

    def clean(self):
        given = super().clean()
        taken, whole = given.get("deducted"), given.get("amount")
        if taken and whole is not None and taken > whole:
            self.add_error("deducted", f"扣减超过金额 {whole} 元。")
        if taken and not given.get("deduction_reason"):
            self.add_error("deduction_reason", "请写明扣减原因。")
        return given

    def line(self) -> Line:
        given = self.cleaned_data
        return Line(
            line_class=given["line_class"], amount=given["amount"], name=given["name"], rate=given["rate"],
            deducted=given["deducted"] or 0, deduction_reason=given["deduction_reason"],
        )


class BaseLines(forms.BaseFormSet):
    """Rows that an officer left blank do not count, whatever the class says."""

    deletion_widget = forms.CheckboxInput

    def add_fields(self, form, index) -> None:
        super().add_fields(form, index)
        form.empty_permitted = True
        form.use_required_attribute = False

    @property
    def live(self) -> list[LineForm]:
        return [form for form in self.forms if form.has_changed() and not form.cleaned_data.get("DELETE")]


Costs = formset_factory(CostForm, extra=0, min_num=1, max_num=20, validate_min=True, can_delete=True)
Stays = formset_factory(StayForm, extra=0, min_num=1, max_num=20, validate_min=True, can_delete=True)
Lines = formset_factory(LineForm, formset=BaseLines, extra=0, max_num=300, can_delete=True)
