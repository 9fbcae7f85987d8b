"""What the deeds on payments and on the personal account ask."""
from datetime import date
from decimal import Decimal

from django import forms

from casework.admin_base import DialogForm
from enrollment.admin.forms import EMPTY, DayField, SpanForm, first_day_without
from enrollment.models import Contribution, FamilyBinding, WaitingExemption
from policy import money
from policy.errors import PolicyError

Kind, Source = Contribution.Kind, Contribution.Source
SHOWN = 60


class AmountField(forms.CharField):
    """Yuan as typed, to the fen. Blank is blank, never zero."""

    def __init__(self, **kwargs) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "cw-money"}
        super().__init__(widget=forms.TextInput(attrs), required=False, max_length=20, **kwargs)

    def clean(self, value) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return money.yuan(text)
        except PolicyError as error:
            raise forms.ValidationError(f"{self.label}应为金额，如 400.00。") from error


class MonthField(forms.CharField):
    """A month as YYYY-MM; cleans to its first day."""

    def clean(self, value) -> date | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            if len(text) != 7:
                raise ValueError
            return date.fromisoformat(f"{text}-01")
        except ValueError as error:
            raise forms.ValidationError(f"{self.label}应为年和月，如 2025-03。") from error


class PaidForm(DialogForm):
    """When it was paid, and by which receipt."""

    paid_on = DayField(label="缴费日期")
    source = forms.ChoiceField(
        label="来源", choices=[(value, Source(value).label) for value in (Source.COUNTER, Source.TAX_FILE)],
    )
    source_no = forms.CharField(label="票据号或流水号", max_length=64, help_text="同一票据号只登记一次。")

    def receipt(self) -> dict:
        given = self.cleaned_data
        return {name: given[name] for name in ("paid_on", "source", "source_no")}


class ResidentPaymentForm(PaidForm):
    kind = forms.ChoiceField(label="缴费种类", choices=[
        (Kind.RESIDENT_YEAR.value, "年度保费"), (Kind.REPAIR.value, "修复变动等待期（每次一个月）"),
    ], widget=forms.RadioSelect, initial=Kind.RESIDENT_YEAR.value)
    for_year = forms.IntegerField(label="所属年度", min_value=1980, max_value=2100)
    personal_amount = AmountField(label="个人缴费金额", help_text="留空按该年度筹资标准和参保资助计算。")
    field_order = ["kind", "for_year", "paid_on", "personal_amount", "source", "source_no"]


class EmployeePaymentForm(PaidForm):
    kind = forms.ChoiceField(label="缴费种类", choices=[
        (kind.value, kind.label) for kind in (Kind.EMPLOYEE_MONTH, Kind.FLEXIBLE_MONTH, Kind.ARREARS)
    ])
    first_month = MonthField(
        label="所属月份", max_length=7, widget=forms.TextInput({"placeholder": "如 2025-03", "inputmode": "numeric"}),
    )
    months = forms.IntegerField(label="月数", min_value=1, max_value=600, initial=1)
    base = AmountField(label="月缴费基数")
    employer_amount = AmountField(label="单位缴费")
    personal_amount = AmountField(label="个人缴费")
    late_fee = AmountField(label="滞纳金")
    account_credit = AmountField(label="划入个人账户", help_text="没有的留空。")
    source = forms.ChoiceField(
        label="来源",
        choices=[(value, Source(value).label) for value in (Source.COUNTER, Source.EMPLOYER_ROSTER, Source.TAX_FILE)],
    )
    field_order = [
        "kind", "first_month", "months", "paid_on", "base", "employer_amount", "personal_amount", "late_fee",
        "account_credit", "source", "source_no",
    ]

    def paid(self) -> dict:
        """The amounts that were given; a blank one is left out."""
        given = self.cleaned_data
        names = ("base", "employer_amount", "personal_amount", "late_fee", "account_credit")
        amounts = {name: given[name] for name in names if given[name] is not None}
        month: date = given["first_month"]
        return {"for_year": month.year, "for_month": month.month, "months": given["months"], **amounts}


class ReverseForm(DialogForm):
    row = forms.ChoiceField(label="冲销哪一笔")
    reason = forms.CharField(label="冲销原因", max_length=100)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        standing = self.obj.contributions.standing().order_by("-for_year", "-for_month", "-pk")
        self.fields["row"].choices = [*EMPTY, *((str(row.pk), _told(row)) for row in standing[:SHOWN])]
        chosen = self.request.GET.get("contribution", "")
        if chosen.isdecimal():
            self.fields["row"].initial = chosen
            more = standing.filter(pk=int(chosen)).first()
            if more is not None and (str(more.pk), _told(more)) not in self.fields["row"].choices:
                self.fields["row"].choices = [*self.fields["row"].choices, (str(more.pk), _told(more))]


class ExemptForm(SpanForm):
    kind = forms.ChoiceField(label="免等待期类别", choices=[*EMPTY, *WaitingExemption.Kind.choices])
    basis = forms.CharField(label="依据", max_length=100, help_text="如退役证、释放证明或认定文件的名称和编号。")
    field_order = ["kind", "basis", "starts_on", "last_day"]


class BindForm(DialogForm):
    relative_no = forms.CharField(
        label="近亲属证件号码", max_length=40, widget=forms.TextInput({"autocomplete": "off"}),
    )
    relation = forms.ChoiceField(label="亲属关系", choices=[*EMPTY, *FamilyBinding.Relation.choices])
    starts_on = DayField(label="开始日期")


class UnbindForm(DialogForm):
    row = forms.ChoiceField(label="解除哪一项", widget=forms.RadioSelect)
    last_day = DayField(label="最后一天（含）")
    reason = forms.CharField(label="解除原因", max_length=100)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        running = self.obj.family_bindings.filter(voided=False, ends_on=None).select_related("relative")
        self.fields["row"].choices = [
            (str(row.pk), f"{row.get_relation_display()} {row.relative} {row.starts_on} 起") for row in running
        ]

    def end(self) -> date:
        return first_day_without(self.cleaned_data["last_day"])


def _told(row: Contribution) -> str:
    return f"{row} {row.paid_on} 缴 {row.personal_amount + row.employer_amount:,.2f} 元（{row.source_no}）"
