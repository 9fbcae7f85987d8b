"""The fields of all forms of claims, and the forms of registration and trial beside their bills.

Values are read by the services' own strict readers, so that an error stands next to its field and is the same that
the service would say."""
from django import forms

from casework.admin_deeds import say_what_is_missing
from casework.clock import bureau_day, now
from casework.errors import Refused
from claims.models import Claim, ClaimReason
from claims.services.entries import amount, day
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
    """A hospital or pharmacy by code or name; suggestions come while typing. Cleans to the institution."""

    def __init__(self, **kwargs) -> None:
        attrs = {"list": "institutions", "data-suggest": "institutions", "autocomplete": "off",
                 "placeholder": "输入名称、编号或拼音首字母"}
        super().__init__(widget=forms.TextInput(attrs), **kwargs)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        known = Institution.objects.all()
        found = list(known.filter(code=text.split()[0].upper())[:1] or known.filter(name=text)[:2])
        if len(found) != 1:
            raise forms.ValidationError("请从提示的医药机构中选择一家，或输入12位机构编号。")
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
        reasons = list(ClaimReason.objects.valid_on(today))
        self.relief_only = [row.code for row in reasons if row.relief_only]
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


class TrialForm(Laid):
    """What a trial may suppose beside the register: "and if he had 低保?"."""

    WIDTHS = {"identity": "cw-w4", "scheme": "cw-w4", "certified": "cw-w4"}

    identity = forms.ChoiceField(label="假定困难身份", required=False)
    scheme = forms.ChoiceField(label="假定险种", required=False)
    certified = forms.BooleanField(label="假定所选病种已认定", required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["identity"].choices = [("", "按登记"), *HardshipIdentity.Category.choices]
        self.fields["scheme"].choices = [("", "按登记"), *InsurancePeriod._meta.get_field("scheme").choices]
