"""The forms of registration, entry and trial. Values are read by the services' own strict readers, so that an error
stands next to its field and is the same that the service would say."""
from django import forms
from django.forms import formset_factory

from casework.admin_deeds import say_what_is_missing
from casework.clock import bureau_day, now
from casework.errors import Refused
from claims.models import BillLine, Claim, ClaimReason
from claims.services.entries import Line, Stay, amount, day, rate, words
from enrollment.models import HardshipIdentity, Institution, InsurancePeriod


def read(reader, *args, **kwargs):
    """Call a strict reader; what it refuses becomes the field's error."""
    try:
        return reader(*args, **kwargs)
    except Refused as refusal:
        raise forms.ValidationError(refusal.message, code=refusal.code) from refusal


class MoneyText(forms.CharField):
    """Yuan as typed. Blank is blank, never zero."""

    def __init__(self, **kwargs) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "cw-money", **kwargs.pop("attrs", {})}
        super().__init__(widget=forms.TextInput(attrs), **kwargs)

    def clean(self, value):
        text = super().clean(value)
        return read(amount, text, self.label or "金额") if text else None


class DayText(forms.CharField):
    """A day as YYYY-MM-DD. Eight digits do: the page puts the strokes in. (A browser's own date field follows the
    language of the browser, and officers type faster than they pick.)"""

    def __init__(self, **kwargs) -> None:
        attrs = {"data-day": "", "inputmode": "numeric", "autocomplete": "off", "placeholder": "如 2025-03-08"}
        super().__init__(widget=forms.TextInput({**attrs, "maxlength": 10}), **kwargs)

    def clean(self, value):
        text = super().clean(value)
        return read(day, text, self.label or "日期") if text else None


class InstitutionText(forms.CharField):
    """A hospital by code or name; suggestions come while typing. Cleans to the institution."""

    def __init__(self, **kwargs) -> None:
        attrs = {"list": "institutions", "data-suggest": "institutions", "autocomplete": "off",
                 "placeholder": "输入名称、编号或拼音首字母"}
        super().__init__(widget=forms.TextInput(attrs), **kwargs)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        hospitals = Institution.objects.filter(kind=Institution.Kind.HOSPITAL)
        found = list(hospitals.filter(code=text.split()[0].upper())[:1] or hospitals.filter(name=text)[:2])
        if len(found) != 1:
            raise forms.ValidationError("请从提示的医疗机构中选择一家，或输入12位机构编号。")
        return found[0]


class Laid(forms.Form):
    """A form whose fields know how wide they stand in the grid of twelve."""

    WIDTHS: dict[str, str] = {}

    def __init__(self, *args, **kwargs) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.width = self.WIDTHS.get(name, "")

    def full_clean(self) -> None:
        say_what_is_missing(self)
        super().full_clean()

    def chosen(self, names: list[str]):
        for name in names:
            field = self[name]
            field.width = field.field.width
            yield field


class RegisterForm(Laid):
    """What a registration asks beside the person and the stays."""

    MAIN = ["reason", "applied_on", "phone", "late_reason", "injury", "township"]
    MONEY = ["payee_name", "payee_bank", "payee_account", "agent_name", "agent_id_no", "agent_relation"]
    WIDTHS = {"late_reason": "cw-w6", "payee_bank": "cw-w6"}

    reason = forms.ChoiceField(label="手工报销原因", widget=forms.Select({"autofocus": True}))
    applied_on = DayText(label="申请日期")
    phone = forms.CharField(label="联系电话", required=False, max_length=20)
    late_reason = forms.CharField(
        label="逾期申报原因", required=False, max_length=200, help_text="超过申报期限时必填，由主管审批。"
    )
    injury = forms.BooleanField(label="外伤", required=False)
    township = forms.BooleanField(label="乡镇受理（先经乡镇资料初审）", required=False)
    payee_name = forms.CharField(label="收款户名", required=False, max_length=50)
    payee_bank = forms.CharField(label="收款银行", required=False, max_length=100)
    payee_account = forms.CharField(
        label="收款账号", required=False, max_length=40, help_text="三项留空则用参保人登记的账户。"
    )
    agent_name = forms.CharField(label="代办人", required=False, max_length=50)
    agent_id_no = forms.CharField(label="代办人证件号码", required=False, max_length=30)
    agent_relation = forms.ChoiceField(label="代办人关系", required=False)

    def __init__(self, *args, person=None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        today = bureau_day(now())
        reasons = ClaimReason.objects.valid_on(today)
        self.fields["reason"].choices = [("", "请选择"), *((row.code, row.name) for row in reasons)]
        self.fields["agent_relation"].choices = [("", "—"), *Claim.AgentRelation.choices]
        self.fields["applied_on"].initial = today.isoformat()
        if person is not None and person.bank_account:
            known = f"{person.bank_name} 尾号 {person.bank_account[-4:]}"
            self.fields["payee_account"].help_text = f"留空则用登记的账户：{known}"

    @property
    def main_fields(self):
        return self.chosen(self.MAIN)

    @property
    def money_fields(self):
        return self.chosen(self.MONEY)

    def clean(self):
        given = super().clean()
        if given.get("agent_name") and not given.get("agent_relation"):
            self.add_error("agent_relation", "请选择代办人与参保人的关系。")
        payee = [given.get(name) for name in ("payee_name", "payee_bank", "payee_account")]
        if any(payee) and not all(payee):
            self.add_error("payee_account", "另填收款账户的，户名、银行和账号须一并填写。")
        return given

    def terms(self) -> dict:
        given = self.cleaned_data.items()
        return {name: value for name, value in given if name != "reason" and value not in (None, "")}


class StayForm(Laid):
    """The heading of a stay, as on the discharge paper and the invoice."""

    WIDTHS = {"institution": "cw-w6", "diagnosis": "cw-w6", "diagnosis_code": "", "DELETE": "cw-w12"}

    institution = InstitutionText(label="就诊医院")
    admitted_on = DayText(label="入院日期")
    discharged_on = DayText(label="出院日期")
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

    def clean(self):
        given = super().clean()
        first, last = given.get("admitted_on"), given.get("discharged_on")
        if first and last and last < first:
            self.add_error("discharged_on", "出院日期早于入院日期，请核对出院证明。")
        return given

    def stay(self, **costs) -> Stay:
        """The stay as the service takes it."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in {"institution", "DELETE"}}
        given = {name: given[name] for name in Stay.__dataclass_fields__ if name in given}
        return Stay(institution_id=self.cleaned_data["institution"].pk, **{**given, **costs})


class CostForm(StayForm):
    """A stay with its costs by sums; the lines have a formset of their own."""

    WIDTHS = {**StayForm.WIDTHS, "deduction_reason": "cw-w6"}
    HEAD = ["institution", "admitted_on", "discharged_on", "diagnosis", "diagnosis_code", "total", "invoice_no",
            "invoice_code", "course", "emergency", "referred"]
    SUMS = ["own_expense", "first_self_pay", "deducted", "deduction_reason"]

    own_expense = MoneyText(label="自费", required=False)
    first_self_pay = MoneyText(label="先行自付", required=False)
    deducted = MoneyText(label="审核扣减", required=False)
    deduction_reason = forms.CharField(label="扣减原因", required=False, max_length=200)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["total"].required = True

    @property
    def head_fields(self):
        return self.chosen(self.HEAD)

    @property
    def sum_fields(self):
        return self.chosen(self.SUMS)

    @property
    def trial_fields(self):
        """A trial needs no invoice and no diagnosis."""
        return self.chosen([
            "institution", "admitted_on", "discharged_on", "total", "own_expense", "first_self_pay", "course",
            "emergency", "referred",
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


class TrialForm(Laid):
    """What a trial may suppose beside the register: "and if he had 低保?"."""

    WIDTHS = {"identity": "cw-w4", "scheme": "cw-w4"}

    identity = forms.ChoiceField(label="假定困难身份", required=False)
    scheme = forms.ChoiceField(label="假定险种", required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["identity"].choices = [("", "按登记"), *HardshipIdentity.Category.choices]
        self.fields["scheme"].choices = [("", "按登记"), *InsurancePeriod._meta.get_field("scheme").choices]


Costs = formset_factory(CostForm, extra=0, min_num=1, max_num=20, validate_min=True, can_delete=True)
Stays = formset_factory(StayForm, extra=0, min_num=1, max_num=20, validate_min=True, can_delete=True)
Lines = formset_factory(LineForm, formset=BaseLines, extra=0, max_num=300, can_delete=True)
