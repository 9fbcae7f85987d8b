"""The list of certifications: a tab per step with its number, filters, and a search as officers think."""
from datetime import date

from django.contrib.admin import SimpleListFilter
from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Substr
from django.utils.html import format_html, format_html_join

from casework.admin_base import (
    ChoicesDropdownFilter,
    DropdownFilter,
    ModelAdmin,
    RangeDateTimeFilter,
    display,
    status_chip,
)
from casework.clock import bureau_day, now
from casework.errors import Refused
from casework.services import worklist
from chronic import services as chronic
from chronic.admin.searching import HospitalSearch, by_full_number
from chronic.models import Certification, CertificationItem
from chronic.services import screens
from chronic.services.registers import DRUG_CATEGORIES
from chronic.workflow import CertificationStatus
from enrollment import services as enrollment
from enrollment.models import Region
from policy import regions

S = CertificationStatus
TABS: list[tuple[str, str, tuple[str, ...]]] = [
    ("submitted", "待医师结论", (S.SUBMITTED,)),
    ("signed", "待审核盖章", (S.SIGNED,)),
    ("sealed", "待录入平台", (S.SEALED,)),
    ("entered", "待确认", (S.ENTERED,)),
    ("confirmed", "已确认", (S.CONFIRMED,)),
    ("refused", "不予认定", (S.REFUSED,)),
    ("withdrawn", "已撤回", (S.WITHDRAWN,)),
]
ENDED = (S.CONFIRMED, S.REFUSED, S.WITHDRAWN)
TONES = {S.ENTERED: "violet", S.CONFIRMED: "green", S.REFUSED: "red", S.WITHDRAWN: "grey"}


def due_chip(due_on: date | None, closed: bool) -> str:
    """How the time limit stands, in words: the colour only repeats them."""
    if closed or due_on is None:
        return ""
    days = (due_on - bureau_day(now())).days
    if days < 0:
        return status_chip(f"超期 {-days} 天", "red")
    return status_chip("今天到期" if days == 0 else f"还有 {days} 天", "amber" if days <= 5 else "grey")


def county_name(path: str) -> Subquery:
    """The county's name of each row, in the row's own query."""
    return Subquery(Region.objects.filter(code=Substr(OuterRef(path), 1, 6)).values("name")[:1])


def counties(officer) -> list[tuple[str, str]]:
    """The counties within the officer's own territory."""
    rows = Region.objects.filter(level=Region.Level.COUNTY).order_by("code").values_list("code", "name")
    return [(code, name) for code, name in rows if officer.region_code and regions.contains(officer.region_code, code)]


def categories(officer) -> list[tuple[str, str]]:
    """The categories of the officer's pool, as its rules call them."""
    try:
        known = chronic.catalogue_of(officer.region_code)
    except Refused:
        return []
    return [(code, one.label) for code, one in known.rules.categories.items()]


def entrusted(officer) -> list[tuple[str, str]]:
    """What an institution may be entrusted with: the categories, and the drugs under special control."""
    return [*categories(officer), *DRUG_CATEGORIES.items()]


class TabFilter(SimpleListFilter):
    """The tab above the list. It is drawn there, not among the filters."""

    title, parameter_name = "步骤", "tab"
    template = "chronic/tab_field.html"

    def lookups(self, request, model_admin):
        return [("mine", "待我办理"), *((key, label) for key, label, _ in TABS)]

    def queryset(self, request, queryset):
        if self.value() == "mine":
            return queryset.filter(case_no__in=worklist.my_queue(request.user).order_by().values("case_no"))
        statuses = {key: found for key, _, found in TABS}.get(self.value())
        return queryset if statuses is None else queryset.filter(status__in=statuses)


class CountyFilter(DropdownFilter):
    title, parameter_name = "参保地", "county"

    def lookups(self, request, model_admin):
        return counties(request.user)

    def queryset(self, request, queryset):
        return queryset.filter(region_code__startswith=self.value()) if self.value() else queryset


class CategoryFilter(DropdownFilter):
    title, parameter_name = "类别", "category"

    def lookups(self, request, model_admin):
        return categories(request.user)

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        items = CertificationItem.objects.filter(category=self.value()).values("certification")
        return queryset.filter(pk__in=items)


class WantingFilter(DropdownFilter):
    title, parameter_name = "事实", "facts"

    def lookups(self, request, model_admin):
        return [("open", "待补事实")]

    def queryset(self, request, queryset):
        return queryset.filter(status=S.SUBMITTED, wanting=True) if self.value() == "open" else queryset


class LateFilter(DropdownFilter):
    title, parameter_name = "时限与退回", "late"

    def lookups(self, request, model_admin):
        return [("overdue", "已超期"), ("returned", "被退回"), ("entered_late", "逾期录入")]

    def queryset(self, request, queryset):
        wanted = {
            "overdue": Q(due_on__lt=bureau_day(now())) & ~Q(status__in=ENDED), "returned": Q(returned=True),
            "entered_late": Q(entered_late=True),
        }.get(self.value())
        return queryset if wanted is None else queryset.filter(wanted)


class Worklist(HospitalSearch, ModelAdmin):
    """The list half of the certifications' screen."""

    list_display = ["number", "who", "diseases", "status_word", "house", "county", "registered", "due"]
    list_display_links = ["number"]
    list_filter = [
        TabFilter, WantingFilter, LateFilter, ("kind", ChoicesDropdownFilter), CategoryFilter, CountyFilter,
        ("registered_at", RangeDateTimeFilter),
    ]
    search_fields = ["case_no"]
    search_help_text = "件号、姓名或拼音首字母、证件号码、电话后四位"
    ordering = ["-id"]
    actions = None

    def get_queryset(self, request):
        items = CertificationItem.objects.filter(certification=OuterRef("pk")).order_by().values("certification")
        return super().get_queryset(request).select_related("person", "institution").annotate(
            region_name=county_name("region_code"), wanting=screens.wanting_facts(),
            disease_names=Subquery(items.annotate(names=StringAgg("unit_name", "、", order_by="id")).values("names")),
        )

    def get_search_results(self, request, queryset, search_term):
        """One word means one thing: a case number, else whatever tells a person."""
        word = search_term.strip()
        if not word:
            return queryset, False
        if word.upper().startswith(Certification.matter) and word[2:].isdigit():
            return queryset.filter(case_no__startswith=word.upper()), False
        if request.user.institution_code:
            found = by_full_number(word)
        else:
            persons = enrollment.find_persons(word, request.user).order_by().values("pk")
            found = Q(person__in=persons)
        if word.isdigit() and len(word) >= 6:
            found |= Q(case_no__endswith=word)
        return queryset.filter(found), False

    def changelist_view(self, request, extra_context=None):
        context = {**(extra_context or {}), "tabs": tabs_of(request, request.GET.get("tab", "")), "title": "慢特病认定"}
        return super().changelist_view(request, context)

    @display(description="件号", ordering="case_no")
    def number(self, case):
        chips = [status_chip("复审", "violet")] if case.kind == Certification.Kind.REVIEW else []
        chips += [status_chip("被退回", "amber")] if case.returned else []
        chips += [status_chip("待补事实", "amber")] if case.wanting else []
        return format_html("{} {}", case.case_no, format_html_join(" ", "{}", ((chip,) for chip in chips)))

    @display(description="参保人")
    def who(self, case):
        person = case.person
        return format_html('{}<br><span class="cw-dim cw-small">{}</span>', person.masked_name, person.masked_id)

    @display(description="病种")
    def diseases(self, case):
        return case.disease_names or "—"

    @display(description="状态", ordering="status")
    def status_word(self, case):
        return status_chip(case.get_status_display(), TONES.get(case.status, "blue"))

    @display(description="认定机构", ordering="institution__name")
    def house(self, case):
        return case.institution.name

    @display(description="参保地", ordering="region_code")
    def county(self, case):
        return case.region_name or case.region_code

    @display(description="申请", ordering="registered_at")
    def registered(self, case):
        return format_html('<span class="cw-nowrap">{}</span>', bureau_day(case.registered_at).isoformat())

    @display(description="时限", ordering="due_on")
    def due(self, case):
        return due_chip(case.due_on, case.status in ENDED)


def tabs_of(request, chosen: str) -> list[dict]:
    """Open steps with their numbers (one query); closed ones without, for they only grow. Staff of a hospital have no
    queue of tasks: their steps are the tabs."""
    officer = request.user
    numbers = open_numbers(officer)
    tabs = []
    if not officer.institution_code:
        mine = worklist.my_queue(officer).filter(matter=Certification.matter).count()
        tabs.append({"key": "mine", "label": "待我办理", "count": mine})
    for key, label, statuses in TABS:
        count = None if statuses[0] in ENDED else sum(numbers.get(status, 0) for status in statuses)
        tabs.append({"key": key, "label": label, "count": count})
    tabs.append({"key": "", "label": "全部", "count": None})
    return [{**tab, "on": tab["key"] == chosen} for tab in tabs]


def open_numbers(officer) -> dict[str, int]:
    """How many cases of the officer stand at each open step. One query."""
    rows = Certification.objects.visible_to(officer).exclude(status__in=ENDED).order_by()
    return dict(rows.values_list("status").annotate(number=Count("pk")))
