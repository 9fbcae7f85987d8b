"""Entitlements: the list with its review calendar, the page of one with all of the person's, the end as a deed."""
from datetime import timedelta

from django.contrib import messages
from django.contrib.admin import SimpleListFilter
from django.db.models import Exists, OuterRef
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from casework.admin_base import DropdownFilter, ModelAdmin, display, register, status_chip
from casework.clock import bureau_day, now
from casework.models import AuditEntry
from chronic.admin import people
from chronic.admin.entitlement_deeds import EntitlementDeeds, deeds_of
from chronic.admin.holding import SOON, belongings, hidden, matters_of, review_chip, state_of
from chronic.admin.statistics import StatisticsPage
from chronic.admin.worklist import CountyFilter, categories
from chronic.models import Entitlement, EntitlementPeriod
from enrollment import services as enrollment
from enrollment.models import Person
from policy import idnumber

TABS = [
    ("", "全部有效"), ("due60", "60 天内复审"), ("due30", "30 天内复审"), ("overdue", "复审逾期"), ("ended", "已终止"),
    ("all", "全部"),
]


class CalendarFilter(SimpleListFilter):
    """The tab above the list. Without one only what has not ended is shown."""

    title, parameter_name = "复审", "tab"
    template = "casework/tab_field.html"

    def lookups(self, request, model_admin):
        return [(key, label) for key, label in TABS if key]

    def queryset(self, request, queryset):
        value = self.value() or ""
        if value == "all":
            return queryset
        if value == "ended":
            return queryset.exclude(ended_on=None)
        return queryset.filter(ended_on=None, **due_range(value))


def due_range(tab: str) -> dict:
    """The condition of a tab on the day of review: the sixty days before it take in the last thirty."""
    today = bureau_day(now())
    if tab == "overdue":
        return {"review_due_on__lt": today}
    days = {f"due{days}": days for days in SOON}.get(tab)
    return {"review_due_on__gte": today, "review_due_on__lte": today + timedelta(days=days)} if days else {}


class InsuredFilter(CountyFilter):
    path = "person__region_code"


class CategoryFilter(DropdownFilter):
    title, parameter_name = "类别", "category"

    def lookups(self, request, model_admin):
        return categories(request.user)

    def queryset(self, request, queryset):
        return queryset.filter(category=self.value()) if self.value() else queryset


@register(Entitlement)
class EntitlementAdmin(EntitlementDeeds, StatisticsPage, ModelAdmin):
    """Who may draw which benefit. Rows are made and ended by services alone."""

    list_display = ["disease", "who", "kind", "state_word", "since", "review", "house", "county"]
    list_display_links = ["disease"]
    list_filter = [CalendarFilter, CategoryFilter, InsuredFilter, "origin"]
    search_fields = ["unit_name"]
    search_help_text = "病种；姓名或拼音首字母、证件号码、电话后四位"
    ordering = ["review_due_on", "-id"]
    actions = None

    def get_queryset(self, request):
        today = bureau_day(now())
        usable = EntitlementPeriod.objects.in_force(today).filter(entitlement=OuterRef("pk"))
        return super().get_queryset(request).select_related("person", "institution").annotate(
            usable_now=Exists(usable), region_name=enrollment.county_name("person__region_code"),
        )

    def get_search_results(self, request, queryset, search_term):
        word = idnumber.normalise(search_term)
        if not word:
            return queryset, False
        named = queryset.filter(unit_name__contains=word)
        if request.user.institution_code:
            return named, False
        persons = enrollment.find_persons(word, request.user).order_by().values("pk")
        return queryset.filter(person__in=persons) | named, False

    def changelist_view(self, request, extra_context=None):
        chosen = request.GET.get("tab", "")
        tabs = [{"key": key, "label": label, "count": self._number(request, key), "on": key == chosen}
                for key, label in TABS]
        return super().changelist_view(request, {**(extra_context or {}), "tabs": tabs, "title": "慢特病待遇"})

    @staticmethod
    def _number(request, tab: str) -> int | None:
        """How many wait for a review; the long lists are not counted."""
        if tab not in ("due60", "due30", "overdue"):
            return None
        return Entitlement.objects.visible_to(request.user).filter(ended_on=None, **due_range(tab)).count()

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            messages.error(request, "找不到这项待遇，或不在您的经办范围内。")
            return HttpResponseRedirect(reverse("admin:index"))
        return TemplateResponse(request, "chronic/entitlement.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "original": row, "title": row.unit_name,
            **page(self, row, request),
        })

    @display(description="病种", ordering="unit_name")
    def disease(self, row):
        return row.unit_name

    @display(description="参保人")
    def who(self, row):
        person = row.person
        return format_html('{}<br><span class="cw-dim cw-small">{}</span>', person.masked_name, person.masked_id)

    @display(description="来源", ordering="origin")
    def kind(self, row):
        return row.get_origin_display()

    @display(description="状态")
    def state_word(self, row):
        return status_chip(*state_of(row, bureau_day(now())))

    @display(description="认定日期", ordering="certified_on")
    def since(self, row):
        return row.certified_on.isoformat()

    @display(description="复审到期", ordering="review_due_on")
    def review(self, row):
        if row.review_due_on is None or row.ended_on is not None:
            return "—"
        return format_html("{} {}", row.review_due_on.isoformat(), review_chip(row, bureau_day(now())))

    @display(description="认定机构", ordering="institution__name")
    def house(self, row):
        return row.institution.name if row.institution else "—"

    @display(description="参保地", ordering="person__region_code")
    def county(self, row):
        return row.region_name or row.person.region_code


def page(model_admin, row: Entitlement, request) -> dict:
    """One entitlement, and beside it all that the person has. The number of queries depends on neither."""
    today = bureau_day(now())
    person = enrollment.with_history(Person.objects.filter(pk=row.person_id)).get()
    word, tone = state_of(row, today)
    item = row.item
    return {
        "row": row, "state_word": word, "state_tone": tone, "today": today,
        "deeds": deeds_of(model_admin, row, person, request),
        "review_chip": review_chip(row, today) if row.review_due_on and row.ended_on is None else "",
        "case": item.certification if item and not hidden(item.certification, request.user) else None,
        "periods": list(row.periods.order_by("starts_on")),
        "dues": list(row.review_dues.prefetch_related("notices").order_by("-due_on")),
        "matters": matters_of(row, request), "may_print": request.user.has_perm("chronic.view_reviewnotice"),
        "events": AuditEntry.objects.filter(subject=f"entitlement:{row.pk}").order_by("-pk")[:20],
        **belongings(row.person_id, request, today), **people.panel(person, request),
    }
