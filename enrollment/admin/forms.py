"""What the deeds on a person ask. Ends are asked inclusively, as officers say them."""
from datetime import date

from django import forms

from casework.admin_base import DialogForm
from casework.clock import bureau_day, now
from enrollment.models import CareFiling, HardshipIdentity, Person, PersonTag, PersonType, Region
from enrollment.models.relations import Scheme
from enrollment.services.persons import SECRETS
from policy.periods import ONE_DAY

EMPTY = [("", "请选择")]


class DayField(forms.DateField):
    """A day, typed or picked as YYYY-MM-DD."""

    def __init__(self, **kwargs) -> None:
        kwargs.setdefault("widget", forms.DateInput({"type": "date", "max": "9999-12-31"}, format="%Y-%m-%d"))
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)


def first_day_without(last: date | None) -> date | None:
    """The half-open end of what is said to last up to and including a day."""
    return None if last is None or last == date.max else last + ONE_DAY


class SpanForm(DialogForm):
    starts_on = DayField(label="开始日期")
    last_day = DayField(label="最后一天（含）", required=False, help_text="长期有效的留空。")

    def days(self) -> dict[str, date | None]:
        given = self.cleaned_data
        return {"starts_on": given["starts_on"], "ends_on": first_day_without(given["last_day"])}


class RevealForm(DialogForm):
    field = forms.ChoiceField(label="查看", choices=list(SECRETS.items()))
    purpose = forms.CharField(label="用途", max_length=200)


class AccountForm(DialogForm):
    bank_name = forms.CharField(label="开户银行", max_length=100)
    account = forms.CharField(label="银行账号", max_length=40)
    account_name = forms.CharField(label="账户户名", max_length=50)


class DeathForm(DialogForm):
    died_on = DayField(label="死亡日期")


class RegisterForm(DialogForm):
    """Quick registration: a citizen's number carries birth date and sex."""

    id_type = forms.ChoiceField(label="证件类型", choices=Person.IdType.choices, initial=Person.IdType.CITIZEN)
    id_no = forms.CharField(label="证件号码", max_length=40, widget=forms.TextInput({"autocomplete": "off"}))
    name = forms.CharField(label="姓名", max_length=50)
    region_code = forms.ChoiceField(label="参保地")
    phone = forms.CharField(label="联系电话", max_length=20, required=False)
    address = forms.CharField(label="联系地址", max_length=200, required=False)
    birth_date = DayField(label="出生日期", required=False, help_text="居民身份证无须填写。")
    sex = forms.ChoiceField(label="性别", choices=[*EMPTY, *Person.Sex.choices], required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        counties = Region.objects.filter(level=Region.Level.COUNTY).values_list("code", "name")
        officer = self.request.user
        self.fields["region_code"].choices = [(code, name) for code, name in counties if officer.sees(code)]


class AmendForm(DialogForm):
    """New telephone or address; what is left empty stays as it is, since the old one is not shown here."""

    phone = forms.CharField(label="联系电话", max_length=20, required=False, help_text="不变的留空。")
    address = forms.CharField(label="联系地址", max_length=200, required=False, help_text="不变的留空。")

    def changes(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}


class InsureForm(SpanForm):
    scheme = forms.ChoiceField(label="险种", choices=[*EMPTY, *Scheme.choices])
    person_type = forms.ChoiceField(label="人员类别")
    reason = forms.CharField(label="参保原因", max_length=100, required=False)
    field_order = ["scheme", "person_type", "starts_on", "last_day", "reason"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        rows = PersonType.objects.order_by("scheme", "code")
        self.fields["person_type"].choices = [
            *EMPTY, *((row.code, f"{row.name}（{row.get_scheme_display()}）") for row in rows),
        ]


class EndForm(DialogForm):
    """End one of the person's rows that still run; which rows, the deed says."""

    row = forms.ChoiceField(label="终止哪一项", widget=forms.RadioSelect)
    last_day = DayField(label="最后一天（含）")
    reason = forms.CharField(label="终止原因", max_length=100)
    rows = ""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        running = [row for row in getattr(self.obj, self.rows).all() if not row.voided and _runs(row)]
        self.fields["row"].choices = [(str(row.pk), str(row)) for row in running]

    def end(self) -> date:
        return first_day_without(self.cleaned_data["last_day"])


class EndInsuranceForm(EndForm):
    rows = "insurance_periods"


class EndIdentityForm(EndForm):
    rows = "identities"


class EndFilingForm(EndForm):
    rows = "care_filings"


class TagForm(SpanForm):
    tag = forms.ChoiceField(label="待遇标签", choices=[*EMPTY, *PersonTag.Tag.choices])
    field_order = ["tag", "starts_on", "last_day"]


class IdentityForm(SpanForm):
    category = forms.ChoiceField(label="困难身份", choices=[*EMPTY, *HardshipIdentity.Category.choices])
    document_no = forms.CharField(label="认定文号", max_length=100, required=False)
    field_order = ["category", "starts_on", "last_day", "document_no"]


class FilingForm(SpanForm):
    kind = forms.ChoiceField(label="备案类型", choices=[*EMPTY, *CareFiling.Kind.choices])
    place_region_code = forms.ChoiceField(label="备案地")
    institution_code = forms.CharField(label="转入医院编号", max_length=12, required=False)
    channel = forms.ChoiceField(label="办理渠道", choices=CareFiling.Channel.choices)
    field_order = ["kind", "place_region_code", "starts_on", "last_day", "institution_code", "channel"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        places = Region.objects.exclude(level=Region.Level.TOWNSHIP).values_list("code", "name", "parent__name")
        self.fields["place_region_code"].choices = [
            *EMPTY, *((code, f"{code} {above or ''}{name}") for code, name, above in places),
        ]


def _runs(row) -> bool:
    return row.ends_on is None or row.ends_on > bureau_day(now())
