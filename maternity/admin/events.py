"""The screen of births and terminations: the list, the page of one with all its benefits, the counter, the trial."""
from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from casework.admin_base import (
    ChoicesDropdownFilter,
    DialogForm,
    ModelAdmin,
    RangeDateFilter,
    RequiredNoteForm,
    action,
    display,
    may,
    register,
    status_chip,
)
from casework.clock import bureau_day, now
from enrollment import services as enrollment
from maternity import services
from maternity.admin.counter import CounterPage
from maternity.admin.event_page import event_context
from maternity.admin.forms import ApplyForm
from maternity.admin.people import spouse_of
from maternity.admin.trial import TrialPage
from maternity.admin.worklist import CountyFilter
from maternity.models import Benefit, BirthEvent
from maternity.workflow import REGISTER


class SpouseForm(DialogForm):
    spouse_id_no = forms.CharField(label="配偶证件号码", max_length=18, widget=forms.TextInput({"autocomplete": "off"}))


class BenefitsForm(DialogForm):
    """An application on an event that is registered: what is left to be asked for, and the account."""

    kinds = forms.MultipleChoiceField(label="申请的待遇", widget=forms.CheckboxSelectMultiple)
    materials = forms.MultipleChoiceField(
        label="已收材料", widget=forms.CheckboxSelectMultiple, required=False
    )
    payee_bank = ApplyForm.base_fields["payee_bank"]
    payee_account = ApplyForm.base_fields["payee_account"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        spouse = self.request.GET.get("for") == "spouse"
        self.claimant = self.obj.spouse if spouse and self.obj.spouse else self.obj.mother
        asked = set(self.obj.items.exclude(state="dropped").values_list("kind", flat=True))
        offered = [row for row in Benefit.choices if (row[0] == Benefit.SPOUSE) == spouse and row[0] not in asked]
        self.fields["kinds"].choices = offered
        today = bureau_day(now())
        hindered = {row.kind for row in services.outlook(self.obj, today).prospects if row.hindrance}
        self.fields["kinds"].initial = [code for code, _ in offered if code not in hindered]
        needed = services.needed([code for code, _ in offered], today)
        self.fields["materials"].choices = [(row.code, row.name) for row in needed]
        self.fields["payee_bank"].initial = self.claimant.bank_name

    def payee(self) -> services.Payee:
        given = self.cleaned_data
        return services.Payee(
            name=self.claimant.name, bank=given["payee_bank"] or self.claimant.bank_name,
            account=given["payee_account"] or self.claimant.bank_account,
        )


@register(BirthEvent)
class BirthEventAdmin(CounterPage, TrialPage, ModelAdmin):
    """Births and terminations. The page is drawn by our own template; the model form is never used."""

    list_display = ["happened", "who", "words", "benefits", "county", "state"]
    list_display_links = ["happened"]
    list_filter = [("event", ChoicesDropdownFilter), CountyFilter, ("happened_on", RangeDateFilter)]
    search_fields = ["id"]
    search_help_text = "产妇姓名或拼音首字母、证件号码、电话后四位"
    actions = None
    actions_detail = ["apply", "name_spouse", "void"]

    def has_add_permission(self, request, obj=None) -> bool:
        return may(request, REGISTER)

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("trial/", wrap(self.trial_view), name="maternity_trial"),
            *super().get_urls(),
        ]

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("mother", "spouse", "recorded_by")
        return rows.prefetch_related("items").annotate(region_name=enrollment.county_name())

    def get_search_results(self, request, queryset, search_term):
        word = search_term.strip()
        if not word:
            return queryset, False
        persons = enrollment.find_persons(word, request.user).order_by().values("pk")
        return queryset.filter(mother__in=persons), False

    def change_view(self, request, object_id, form_url="", extra_context=None):
        event = self.get_object(request, object_id)
        if event is None or not self.has_view_permission(request, event):
            messages.error(request, "找不到这个生育事件，或不在您的经办区划内。")
            return HttpResponseRedirect(reverse("admin:index"))
        return TemplateResponse(request, "maternity/event.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "original": event, "title": str(event),
            **event_context(self, event, request),
        })

    @action(
        description="申请待遇", form_class=BenefitsForm, permissions=[REGISTER],
        consequence="登记一件生育待遇申请，开始计时；每项待遇每次生育只支付一次。登记之后您不能审核此件。",
    )
    def apply(self, request, form, object_id):
        given = form.cleaned_data
        case = services.register(
            event_id=int(object_id), kinds=given["kinds"], payee=form.payee(), materials=given["materials"],
            by=request.user, at=now(),
        )
        return f"已登记，件号 {case.case_no}。"

    @action(
        description="补登配偶", form_class=SpouseForm, permissions=[REGISTER],
        consequence="登记后可以为配偶申请差额。配偶须在生育当日是享受待遇的职工医保参保人；登记后不能更改。",
    )
    def name_spouse(self, request, form, object_id):
        spouse = spouse_of(form.cleaned_data["spouse_id_no"], request.user)
        services.name_spouse(event_id=int(object_id), spouse_id=spouse, by=request.user, at=now())
        return "配偶已登记。"

    @action(
        description="作废事件", form_class=RequiredNoteForm, permissions=[REGISTER], variant="danger",
        consequence="登记有误的事件作废后不再能申请待遇，可以按正确的内容重新登记；还有在办或已支付待遇的不能作废。",
    )
    def void(self, request, form, object_id):
        services.void_event(event_id=int(object_id), reason=form.cleaned_data["note"], by=request.user, at=now())
        return "事件已作废。"

    @display(description="日期", ordering="happened_on")
    def happened(self, event):
        return f"{event.happened_on}"

    @display(description="产妇")
    def who(self, event):
        person = event.mother
        return format_html('{}<br><span class="cw-dim cw-small">{}</span>', person.masked_name, person.masked_id)

    @display(description="事件")
    def words(self, event):
        return services.event_words(event)

    @display(description="已申请的待遇")
    def benefits(self, event):
        return "、".join(str(row) for row in event.items.all() if row.state != "dropped") or "—"

    @display(description="经办区划", ordering="region_code")
    def county(self, event):
        return event.region_name or event.region_code

    @display(description="状态")
    def state(self, event):
        return status_chip("已作废", "grey") if event.voided else status_chip("有效", "green")
