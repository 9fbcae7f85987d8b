"""The other registers: divisions, identities, filings, code lists, imported files. To be looked at."""
from django.db.models import BooleanField, OuterRef, Subquery, Value
from django.utils.formats import date_format

from casework.admin_base import EditableAdmin, ModelAdmin, action, display, register, status_chip
from casework.clock import bureau_day, now
from enrollment import services
from enrollment.admin.forms import DialogForm, forms
from enrollment.models import CareFiling, HardshipIdentity, HospitalLevel, ImportBatch, PersonType, Region
from enrollment.services.questions import matching
from policy import idnumber

TONES = {"done": "green", "pending": "amber", "returned": "red"}


class ReasonForm(DialogForm):
    reason = forms.CharField(label="作废原因", max_length=100)


class DecideForm(DialogForm):
    accept = forms.ChoiceField(
        label="处理", choices=[("yes", "办结"), ("no", "退回")], widget=forms.RadioSelect, initial="yes",
    )
    note = forms.CharField(label="退回原因", max_length=200, required=False)


class OfPersons(ModelAdmin):
    """Rows that belong to a person: found by the person, shown with his masked name and number."""

    search_fields = ["person__id_no"]
    search_help_text = "参保人的证件号码（全号）、姓名、拼音首字母、电话后四位"
    list_display_links = ["who"]

    def get_queryset(self, request):
        plain = Value(request.user.may("enrollment.see_names"), output_field=BooleanField())
        return super().get_queryset(request).select_related("person").annotate(names_plain=plain)

    def get_search_results(self, request, queryset, search_term):
        word = idnumber.normalise(search_term)
        if not word:
            return queryset, False
        persons = queryset.model._meta.get_field("person").related_model.objects
        return queryset.filter(person__in=persons.visible_to(request.user).filter(matching(word))), False

    @display(description="参保人")
    def who(self, row):
        name = row.person.name if row.names_plain else row.person.masked_name
        return f"{name} {row.person.masked_id}"

    @display(description="最后一天")
    def last(self, row):
        return date_format(row.last_day) if row.ends_on else "长期"

    @display(description="状态")
    def holds(self, row):
        if row.voided:
            return status_chip("已作废", "grey")
        return status_chip("有效", "green") if row.holds_on(bureau_day(now())) else status_chip("不在有效期", "grey")


@register(HardshipIdentity)
class HardshipIdentityAdmin(OfPersons):
    list_display = ["who", "category", "authority", "document_no", "starts_on", "last", "holds"]
    list_filter = ["category", "authority"]
    fields = readonly_fields = [
        "who", "category", "authority", "document_no", "starts_on", "last", "end_reason", "holds",
    ]
    actions_detail = ["void"]

    @action(
        description="作废", form_class=ReasonForm, permissions=["enrollment.keep_identity"], variant="danger",
        consequence="登记有误时作废：该身份视同从未登记，记录保留。如身份终止，请在参保人页面办理终止。",
    )
    def void(self, request, form, object_id):
        services.void_identity(
            identity_id=int(object_id), reason=form.cleaned_data["reason"], by=request.user, at=now(),
        )
        return "已作废。"


@register(CareFiling)
class CareFilingAdmin(OfPersons):
    list_display = ["who", "kind", "place", "starts_on", "last", "channel", "decided", "holds"]
    list_filter = ["kind", "state", "channel"]
    fields = readonly_fields = [
        "who", "kind", "place", "institution", "starts_on", "last", "channel", "decided", "end_reason", "holds",
    ]
    actions_detail = ["decide", "void"]

    def get_queryset(self, request):
        name = Region.objects.filter(code=OuterRef("place_region_code")).values("name")
        return super().get_queryset(request).annotate(place_name=Subquery(name)).select_related("person", "institution")

    @display(description="备案地")
    def place(self, row):
        return row.place_name or row.place_region_code

    @display(description="办理状态")
    def decided(self, row):
        return status_chip(row.get_state_display(), TONES[row.state])

    @action(
        description="办理线上备案", form_class=DecideForm, permissions=["enrollment.register_person"],
        consequence="办结后自开始日期起在备案地有效；退回须写明原因。",
    )
    def decide(self, request, form, object_id):
        given = form.cleaned_data
        services.decide_filing(
            filing_id=int(object_id), accept=given["accept"] == "yes", note=given["note"], by=request.user, at=now(),
        )
        return "备案已办理。"

    @action(
        description="作废", form_class=ReasonForm, permissions=["enrollment.register_person"], variant="danger",
        consequence="登记有误时作废：该备案视同从未登记，记录保留。",
    )
    def void(self, request, form, object_id):
        services.void_filing(
            filing_id=int(object_id), reason=form.cleaned_data["reason"], by=request.user, at=now(),
        )
        return "已作废。"


@register(Region)
class RegionAdmin(ModelAdmin):
    scoped = False  # names of places are no secret
    list_display = ["code", "name", "level", "parent"]
    list_filter = ["level"]
    list_select_related = ["parent"]
    search_fields = ["code", "name"]
    search_help_text = "区划代码、名称"
    fields = readonly_fields = ["code", "name", "level", "parent"]


@register(HospitalLevel)
class HospitalLevelAdmin(EditableAdmin):
    scoped = False  # a national list
    list_display = fields = ["code", "name", "benefit_level"]
    readonly_fields = ["code", "name"]


@register(PersonType)
class PersonTypeAdmin(EditableAdmin):
    scoped = False  # a national list
    list_display = fields = ["code", "name", "scheme", "tags"]
    readonly_fields = ["code", "scheme"]


@register(ImportBatch)
class ImportBatchAdmin(ModelAdmin):
    list_display = [
        "batch_no", "kind", "file_name", "rows_read", "rows_accepted", "rows_unchanged", "imported_by", "imported_at",
    ]
    list_filter = ["kind"]
    list_select_related = ["imported_by"]
    fields = readonly_fields = [*list_display, "file_sha256"]
