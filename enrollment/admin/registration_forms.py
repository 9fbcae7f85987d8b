"""The window officer's quick registration: what each kind asks. Nothing is required here: the service says what is
missing, so that the officer hears all of it at once and in the same words as at the counter's refusal."""
from django import forms

from enrollment.models import EnrollmentCase, HouseholdMember, Person, PersonType, Region
from enrollment.models.relations import Scheme
from enrollment.services.joining import FLEXIBLE_CATEGORIES
from enrollment.services.registering import BASIS

EMPTY = [("", "请选择")]
KINDS = {
    "household_new": "城乡居民家庭参保", "resident_new": "城乡居民个人参保", "flexible_new": "灵活就业人员参保",
    "newborn": "新生儿参保",
}
DAY = {"data-day": "", "inputmode": "numeric", "autocomplete": "off", "placeholder": "如 2025-03-08", "maxlength": 10}


class FactsForm(forms.Form):
    """Facts as typed, for the service to read; `width` places a field on the page, `wanted` marks it."""

    wanted: tuple[str, ...] = ()
    widths: dict[str, str] = {}

    def __init__(self, *args, officer=None, **kwargs) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.required = False
            field.width = self.widths.get(name, "")
            field.wanted = name in self.wanted
        if officer is not None and "region_code" in self.fields:
            counties = Region.objects.filter(level=Region.Level.COUNTY).values_list("code", "name")
            places = [(code, name) for code, name in counties if officer.sees(code)]
            self.fields["region_code"].choices = places if len(places) == 1 else [*EMPTY, *places]

    def facts(self) -> dict:
        """What was filled in; a blank is left out, never sent as no or zero."""
        self.is_valid()
        given = {name: self.cleaned_data.get(name, self.data.get(self.add_prefix(name))) for name in self.fields}
        return {
            name: value.strip() if isinstance(value, str) else value
            for name, value in given.items() if value not in (None, "", False)
        }


def text(label: str, **attrs) -> forms.CharField:
    return forms.CharField(label=label, max_length=200, widget=forms.TextInput({"autocomplete": "off", **attrs}))


def day(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=20, widget=forms.TextInput(DAY))


def choice(label: str, choices) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[*EMPTY, *choices])


def resident_types() -> list[tuple[str, str]]:
    rows = PersonType.objects.filter(scheme=Scheme.RESIDENT).order_by("code")
    return [("", "不参保，只入户"), *rows.values_list("code", "name")]


class PersonFacts(FactsForm):
    id_no = text("证件号码")
    name = text("姓名")
    id_type = forms.ChoiceField(label="证件类型", choices=Person.IdType.choices, initial=Person.IdType.CITIZEN)
    birth_date = day("出生日期（非身份证填写）")
    sex = choice("性别（非身份证填写）", Person.Sex.choices)
    phone = text("联系电话")
    wanted = ("id_no", "name")


class MemberForm(PersonFacts):
    relation = choice("与户主关系", HouseholdMember.Relation.choices)
    person_type = forms.ChoiceField(label="参保人员类别")
    field_order = ["relation", "id_no", "name", "person_type", "phone", "id_type", "birth_date", "sex"]
    wanted = ("relation", "id_no", "name")

    def __init__(self, *args, **kwargs) -> None:
        types = kwargs.pop("types")
        super().__init__(*args, **kwargs)
        self.fields["person_type"].choices = types

    def filled(self) -> bool:
        """A row with nothing but its preset kind of document was not meant as a member."""
        return bool(self.facts().keys() - {"id_type"})


class HouseholdForm(FactsForm):
    region_code = forms.ChoiceField(label="参保地")
    starts_on = day("参保日期")
    address = text("住址")
    book_no = text("户口簿号")
    wanted = ("region_code", "starts_on")


class ResidentForm(PersonFacts):
    region_code = forms.ChoiceField(label="参保地")
    basis = choice("参保条件", BASIS)
    uninsured = forms.BooleanField(label="本人声明未参加其他基本医保")
    person_type = forms.ChoiceField(label="人员类别")
    starts_on = day("参保日期")
    field_order = ["id_no", "name", "phone", "region_code", "basis", "person_type", "starts_on", "uninsured"]
    wanted = ("id_no", "name", "region_code", "basis", "person_type", "starts_on")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person_type"].choices = [*EMPTY, *resident_types()[1:]]


class FlexibleForm(PersonFacts):
    region_code = forms.ChoiceField(label="参保地")
    category = choice("参保身份", FLEXIBLE_CATEGORIES)
    starts_on = day("参保日期")
    maternity = forms.BooleanField(label="参加生育保险")
    large_amount = forms.BooleanField(label="参加大额医疗费用补助")
    field_order = ["id_no", "name", "phone", "region_code", "category", "starts_on", "maternity", "large_amount"]
    wanted = ("id_no", "name", "region_code", "category", "starts_on")


class NewbornForm(PersonFacts):
    region_code = forms.ChoiceField(label="参保地")
    household_no = text("户编号（随户登记填写）")
    relation = choice("与户主关系（随户登记填写）", HouseholdMember.Relation.choices)
    field_order = ["id_type", "id_no", "name", "birth_date", "sex", "region_code", "phone", "household_no", "relation"]
    wanted = ("id_no", "name", "birth_date", "region_code")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["birth_date"].label = "出生日期"
        self.fields["id_no"].label = "身份证号或出生医学证明编号"


FORMS = {"household_new": HouseholdForm, "resident_new": ResidentForm, "flexible_new": FlexibleForm,
         "newborn": NewbornForm}
CHANNELS = [
    (value, label) for value, label in EnrollmentCase.Channel.choices if value != EnrollmentCase.Channel.ONLINE
]
