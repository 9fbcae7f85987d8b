"""The list of a kind of case: a tab per step with its number, filters, and a search that officers type as they think.

    class Worklist(worklist.Worklist):
        step_tabs = [("entered", "待结算", (S.ENTERED,)), ...]
        ended, rare, tones, heading = (S.CLOSED,), {"failed"}, {S.CLOSED: "green"}, "手工报销件"

        def about(self, word, officer): return Q(person__in=enrollment.find_persons(word, officer)...)
"""
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from django.contrib.admin import SimpleListFilter
from django.db.models import Count, Q
from django.utils.html import format_html

from casework.admin_base import DropdownFilter, ModelAdmin, display, status_chip
from casework.clock import bureau_day, now
from casework.services import worklist

SEARCH_HELP = "件号、姓名或拼音首字母、证件号码、电话后四位"


def due_chip(due_on: date | None, stopped_on: date | None, closed: bool, today: date) -> str:
    """How a time limit stands, in words: the colour only repeats them."""
    if closed:
        return ""
    if stopped_on is not None:
        return status_chip(f"自 {stopped_on:%m-%d} 停止计时", "grey")
    if due_on is None:
        return ""
    days = (due_on - today).days
    if days < 0:
        return status_chip(f"超期 {-days} 天", "red")
    return status_chip("今天到期" if days == 0 else f"还有 {days} 天", "amber" if days <= 5 else "grey")


def two_lines(first: str, second: str) -> str:
    """A cell of a list: what is read first, and below it, dimmed, what tells it apart."""
    return format_html('{}<br><span class="cw-dim cw-small">{}</span>', first, second)


class TabFilter(SimpleListFilter):
    """The tab above the list. It is drawn there, not among the filters."""

    title, parameter_name = "步骤", "tab"
    template = "casework/tab_field.html"

    def __init__(self, request, params, model, model_admin) -> None:
        self.tabs = model_admin.step_tabs
        super().__init__(request, params, model, model_admin)

    def lookups(self, request, model_admin):
        return [("mine", "待我办理"), *((key, label) for key, label, _ in self.tabs)]

    def queryset(self, request, queryset):
        if self.value() == "mine":
            return queryset.filter(case_no__in=worklist.my_queue(request.user).order_by().values("case_no"))
        statuses = {key: found for key, _, found in self.tabs}.get(self.value())
        return queryset if statuses is None else queryset.filter(status__in=statuses)


class LateFilter(DropdownFilter):
    """What is behind its time limit, what came back, and what waits for the applicant."""

    title, parameter_name = "时限与回退", "late"

    def __init__(self, request, params, model, model_admin) -> None:
        self.ended = model_admin.ended
        super().__init__(request, params, model, model_admin)

    def lookups(self, request, model_admin):
        return [("overdue", "已超期"), ("returned", "被退回"), ("stopped", "停止计时")]

    def queryset(self, request, queryset):
        if self.value() == "overdue":
            return queryset.filter(due_on__lt=bureau_day(now()), stopped_on=None).exclude(status__in=self.ended)
        if self.value() == "returned":
            return queryset.filter(returned=True)
        if self.value() == "stopped":
            return queryset.exclude(stopped_on=None)
        return queryset


class PlaceFilter(DropdownFilter):
    """Divisions within the officer's own territory only; the app says which those are."""

    title, parameter_name = "经办区划", "county"
    path = "region_code"

    def places(self, officer) -> list[tuple[str, str]]:
        raise NotImplementedError

    def lookups(self, request, model_admin):
        return self.places(request.user)

    def queryset(self, request, queryset):
        return queryset.filter(**{f"{self.path}__startswith": self.value()}) if self.value() else queryset


class Worklist(ModelAdmin):
    """The list half of a case's screen. Rows need ``region_name`` beside the fields of a case."""

    step_tabs: Sequence[tuple[str, str, tuple[str, ...]]] = ()
    ended: Collection[str] = ()
    rare: Collection[str] = ()
    tones: Mapping[str, str] = {}
    heading = ""
    list_display_links = ["number"]
    search_fields = ["case_no"]
    search_help_text = SEARCH_HELP
    ordering = ["-id"]
    actions = None

    def about(self, word: str, officer) -> Q:
        """The cases that the word names a person of, within the officer's territory."""
        raise NotImplementedError

    def person_of(self, case):
        return case.person

    def get_search_results(self, request, queryset, search_term):
        """One word means one thing: a case number, else whatever tells a person."""
        word = search_term.strip()
        if not word:
            return queryset, False
        if word.upper().startswith(self.model.matter) and word[2:].isdigit():
            return queryset.filter(case_no__startswith=word.upper()), False
        found = self.about(word, request.user)
        if word.isdigit() and len(word) >= 6:
            found |= Q(case_no__endswith=word)
        return queryset.filter(found), False

    def changelist_view(self, request, extra_context=None):
        context = {**(extra_context or {}), "tabs": self.tabs_of(request), "title": self.heading}
        return super().changelist_view(request, context)

    def tabs_of(self, request) -> list[dict]:
        """Open steps with their numbers (one query); closed ones without, for they only grow. Staff of a hospital have
        no queue of tasks: their steps are the tabs."""
        officer, chosen = request.user, request.GET.get("tab", "")
        numbers = self.open_numbers(officer)
        tabs = []
        if not officer.institution_code:
            mine = worklist.my_queue(officer).filter(matter=self.model.matter).count()
            tabs.append({"key": "mine", "label": "待我办理", "count": mine})
        for key, label, statuses in self.step_tabs:
            count = None if statuses[0] in self.ended else sum(numbers.get(status, 0) for status in statuses)
            if key not in self.rare or count or chosen == key:
                tabs.append({"key": key, "label": label, "count": count})
        tabs.append({"key": "", "label": "全部", "count": None})
        return [{**tab, "on": tab["key"] == chosen} for tab in tabs]

    def open_numbers(self, officer) -> dict[str, int]:
        """How many cases of the officer stand at each open step. One query."""
        rows = self.model.objects.visible_to(officer).exclude(status__in=self.ended).order_by()
        return dict(rows.values_list("status").annotate(number=Count("pk")))

    def chip(self, case) -> str:
        return status_chip(case.get_status_display(), self.tones.get(case.status, "blue"))

    def due_on(self, case) -> str:
        stopped = getattr(case, "stopped_on", None)
        return due_chip(case.due_on, stopped, case.status in self.ended, bureau_day(now()))

    @display(description="件号", ordering="case_no")
    def number(self, case):
        return format_html("{} {}", case.case_no, status_chip("被退回", "amber") if case.returned else "")

    @display(description="参保人")
    def who(self, case):
        person = self.person_of(case)
        return two_lines(person.masked_name, person.masked_id)

    @display(description="状态", ordering="status")
    def status_word(self, case):
        return self.chip(case)

    @display(description="经办区划", ordering="region_code")
    def county(self, case):
        return case.region_name or case.region_code

    @display(description="登记", ordering="registered_at")
    def registered(self, case):
        return bureau_day(case.registered_at)

    @display(description="时限", ordering="due_on")
    def due(self, case):
        return self.due_on(case)
