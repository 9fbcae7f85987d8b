"""The list of maternity cases: a tab per step with its number, filters, and a search as officers type it."""
from datetime import date

from django.contrib.admin import SimpleListFilter
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.html import format_html

from casework.admin_base import DropdownFilter, ModelAdmin, RangeDateTimeFilter, display, status_chip
from casework.clock import bureau_day, now
from casework.services import worklist
from enrollment import services as enrollment
from enrollment.models import Region
from maternity.admin.people import county_name
from maternity.models import Benefit, MaternityCase, MaternityItem
from maternity.workflow import CaseStatus
from policy import regions

S = CaseStatus
TABS: list[tuple[str, str, tuple[str, ...]]] = [
    ("registered", "待录入", (S.REGISTERED,)),
    ("supplement", "待补正", (S.SUPPLEMENT,)),
    ("entered", "待核算", (S.ENTERED,)),
    ("computed", "待初审", (S.COMPUTED,)),
    ("reviewed", "待复核", (S.REVIEWED,)),
    ("approved", "待拨付", (S.APPROVED,)),
    ("paying", "拨付中", (S.PAYING,)),
    ("failed", "拨付失败", (S.PAYMENT_FAILED,)),
    ("closed", "已办结", (S.CLOSED,)),
    ("ended", "撤销、不予支付、冲销", (S.WITHDRAWN, S.REFUSED, S.REVERSED)),
]
RARE = {"failed"}
ENDED = (S.CLOSED, S.WITHDRAWN, S.REFUSED, S.REVERSED)
TONES = {
    S.SUPPLEMENT: "amber", S.PAYMENT_FAILED: "red", S.CLOSED: "green", S.WITHDRAWN: "grey", S.REFUSED: "red",
    S.REVERSED: "red", S.APPROVED: "violet", S.PAYING: "violet",
}


def case_chip(case: MaternityCase) -> str:
    return status_chip(case.get_status_display(), TONES.get(case.status, "blue"))


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


class TabFilter(SimpleListFilter):
    """The tab above the list. It is drawn there, not among the filters."""

    title, parameter_name = "步骤", "tab"
    template = "maternity/tab_field.html"

    def lookups(self, request, model_admin):
        return [("mine", "待我办理"), *((key, label) for key, label, _ in TABS)]

    def queryset(self, request, queryset):
        if self.value() == "mine":
            return queryset.filter(case_no__in=worklist.my_queue(request.user).order_by().values("case_no"))
        statuses = {key: found for key, _, found in TABS}.get(self.value())
        return queryset if statuses is None else queryset.filter(status__in=statuses)


class CountyFilter(DropdownFilter):
    """Counties within the officer's own territory only."""

    title, parameter_name = "经办区划", "county"

    def lookups(self, request, model_admin):
        area = request.user.region_code
        counties = Region.objects.filter(level=Region.Level.COUNTY).order_by("code")
        return [(row.code, row.name) for row in counties if area and regions.contains(area, row.code)]

    def queryset(self, request, queryset):
        return queryset.filter(region_code__startswith=self.value()) if self.value() else queryset


class BenefitFilter(DropdownFilter):
    title, parameter_name = "待遇", "benefit"

    def lookups(self, request, model_admin):
        return Benefit.choices

    def queryset(self, request, queryset):
        return queryset.filter(items__kind=self.value()) if self.value() else queryset


class LateFilter(DropdownFilter):
    title, parameter_name = "时限与回退", "late"

    def lookups(self, request, model_admin):
        return [("overdue", "已超期"), ("returned", "被退回"), ("stopped", "停止计时")]

    def queryset(self, request, queryset):
        if self.value() == "overdue":
            return queryset.filter(due_on__lt=bureau_day(now()), stopped_on=None).exclude(status__in=ENDED)
        if self.value() == "returned":
            return queryset.filter(returned=True)
        if self.value() == "stopped":
            return queryset.exclude(stopped_on=None)
        return queryset


class Worklist(ModelAdmin):
    """The list half of the cases' screen."""

    list_display = ["number", "who", "kinds", "status_word", "total_shown", "county", "registered", "due"]
    list_display_links = ["number"]
    list_filter = [TabFilter, LateFilter, BenefitFilter, CountyFilter, ("registered_at", RangeDateTimeFilter)]
    search_fields = ["case_no"]
    search_help_text = "件号、姓名或拼音首字母、证件号码、电话后四位"
    ordering = ["-id"]
    actions = None

    def get_queryset(self, request):
        items = MaternityItem.objects.filter(case=OuterRef("pk")).order_by().values("case")
        return super().get_queryset(request).select_related("claimant", "event__mother").annotate(
            kind_codes=Subquery(items.annotate(codes=ArrayAgg("kind")).values("codes")),
            region_name=county_name(),
        )

    def get_search_results(self, request, queryset, search_term):
        """One word means one thing: a case number, else whatever tells a person."""
        word = search_term.strip()
        if not word:
            return queryset, False
        if word.upper().startswith(MaternityCase.matter) and word[2:].isdigit():
            return queryset.filter(case_no__startswith=word.upper()), False
        persons = enrollment.find_persons(word, request.user).order_by().values("pk")
        found = Q(claimant__in=persons) | Q(event__mother__in=persons)
        if word.isdigit() and len(word) >= 6:
            found |= Q(case_no__endswith=word)
        return queryset.filter(found), False

    def changelist_view(self, request, extra_context=None):
        context = {**(extra_context or {}), "tabs": self._tabs(request), "title": "生育待遇件"}
        return super().changelist_view(request, context)

    def _tabs(self, request) -> list[dict]:
        """Open steps with their numbers (one query); closed ones without, for they only grow."""
        chosen = request.GET.get("tab", "")
        numbers = dict(
            MaternityCase.objects.visible_to(request.user).exclude(status__in=ENDED).order_by()
            .values_list("status").annotate(number=Count("pk"))
        )
        mine = worklist.my_queue(request.user).filter(matter=MaternityCase.matter).count()
        tabs = [{"key": "mine", "label": "待我办理", "count": mine}]
        for key, label, statuses in TABS:
            count = None if statuses[0] in ENDED else sum(numbers.get(status, 0) for status in statuses)
            if key not in RARE or count or chosen == key:
                tabs.append({"key": key, "label": label, "count": count})
        tabs.append({"key": "", "label": "全部", "count": None})
        return [{**tab, "on": tab["key"] == chosen} for tab in tabs]

    @display(description="件号", ordering="case_no")
    def number(self, case):
        return format_html("{} {}", case.case_no, status_chip("被退回", "amber") if case.returned else "")

    @display(description="待遇享受人")
    def who(self, case):
        person = case.claimant
        return format_html('{}<br><span class="cw-dim cw-small">{}</span>', person.masked_name, person.masked_id)

    @display(description="待遇")
    def kinds(self, case):
        codes = case.kind_codes or []
        return format_html(
            '{}<br><span class="cw-dim cw-small">{}</span>',
            "、".join(label for code, label in Benefit.choices if code in codes), case.event,
        )

    @display(description="状态", ordering="status")
    def status_word(self, case):
        return case_chip(case)

    @display(description="应付合计", ordering="total")
    def total_shown(self, case):
        return format_html('<span class="cw-num">{}</span>', "—" if case.total is None else f"{case.total:,.2f}")

    @display(description="经办区划", ordering="region_code")
    def county(self, case):
        return case.region_name or case.region_code

    @display(description="登记", ordering="registered_at")
    def registered(self, case):
        return bureau_day(case.registered_at)

    @display(description="时限", ordering="due_on")
    def due(self, case):
        return due_chip(case.due_on, case.stopped_on, case.status in ENDED, bureau_day(now()))
