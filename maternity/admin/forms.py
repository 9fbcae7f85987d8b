"""What the counter fills in: the event, the benefits asked for, the account; and the figures of a trial."""
from django import forms

from casework.admin_deeds import say_what_is_missing
from maternity.models import Benefit, BirthEvent
from maternity.services import Happened, Payee

DAY = {"data-day": "", "inputmode": "numeric", "autocomplete": "off", "placeholder": "如 2025-03-08", "maxlength": 10}
MONEY = {"inputmode": "decimal", "autocomplete": "off"}


class _Form(forms.Form):
    required_css_class = "required"

    def __init__(self, *args, **kwargs) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def full_clean(self) -> None:
        say_what_is_missing(self)
        super().full_clean()


class EventForm(_Form):
    """The event as the papers show it; the service says what is missing for its kind."""

    event = forms.ChoiceField(label="事件", choices=BirthEvent.Event.choices, widget=forms.RadioSelect, initial="birth")
    happened_on = forms.DateField(label="分娩或终止妊娠日期", widget=forms.DateInput(DAY, format="%Y-%m-%d"))
    mode = forms.ChoiceField(
        label="分娩方式", choices=[("", "—"), *BirthEvent.Mode.choices], required=False,
        help_text="分娩，或终止妊娠后婴儿存活的必填",
    )
    babies = forms.IntegerField(label="胎儿数", min_value=1, max_value=20, initial=1)
    weeks = forms.IntegerField(label="孕周", min_value=0, max_value=60, required=False, help_text="终止妊娠的必填")
    live_baby = forms.BooleanField(label="终止妊娠后婴儿存活", required=False)
    caesarean_operation = forms.BooleanField(label="终止妊娠时行剖宫术", required=False)

    def happened(self) -> Happened:
        given = self.cleaned_data
        return Happened(**{name: given[name] for name in EventForm.base_fields})


class RegisterEventForm(EventForm):
    spouse_id_no = forms.CharField(
        label="配偶证件号码", max_length=18, required=False, widget=forms.TextInput({"autocomplete": "off"}),
        help_text="产妇参加居民医保、配偶参加职工医保的填写，用于申请配偶差额",
    )
    why_another = forms.CharField(
        label="说明", max_length=200, required=False, help_text="五个月内已登记另一事件的，写明确为另一次的情况",
    )


class ApplyForm(_Form):
    """The application of the visit: several benefits at once (一件事), one account."""

    kinds = forms.MultipleChoiceField(
        label="本次申请", choices=[row for row in Benefit.choices if row[0] != Benefit.SPOUSE],
        widget=forms.CheckboxSelectMultiple, required=False,
        help_text="可以一次申请几项；只登记事件的可以不选",
    )
    payee_bank = forms.CharField(label="收款银行", max_length=100, required=False)
    payee_account = forms.CharField(
        label="收款账号", max_length=40, required=False, widget=forms.TextInput({"autocomplete": "off"}),
        help_text="只支付给本人（BZ-EMP-30.1）",
    )

    def __init__(self, *args, person=None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        if person is not None:
            self.fields["payee_bank"].initial = person.bank_name
            if person.bank_account:
                self.fields["payee_account"].help_text = f"不填则用登记的账户 {person.bank_account[-4:].rjust(8, '*')}"

    def payee(self) -> Payee:
        given = self.cleaned_data
        return Payee(
            name=self.person.name, bank=given["payee_bank"] or self.person.bank_name,
            account=given["payee_account"] or self.person.bank_account,
        )


class TrialForm(EventForm):
    """The event and the figures that a trial supposes."""

    monthly_base = forms.DecimalField(
        label="计发月基数（元）", max_digits=12, decimal_places=2, min_value=0, required=False,
        widget=forms.TextInput(MONEY),
    )
    eligible_cost = forms.DecimalField(
        label="政策范围内费用（元）", max_digits=12, decimal_places=2, min_value=0, required=False,
        widget=forms.TextInput(MONEY),
    )
    wages_drawn = forms.BooleanField(label="产假期间已领工资", required=False)
    leave_days = forms.IntegerField(
        label="津贴天数（假设）", min_value=1, max_value=400, required=False, help_text="政策未印明天数的情形可以假设"
    )

    def facts(self) -> dict:
        given = self.cleaned_data
        money = {name: str(given[name]) for name in ("monthly_base", "eligible_cost") if given[name] is not None}
        return {**money, "wages_drawn": given["wages_drawn"]}
