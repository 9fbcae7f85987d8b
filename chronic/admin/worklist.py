"""The list of certifications: a tab per step with its number, filters, and a search as officers think."""
from django.contrib.postgres.aggregates import StringAgg
from django.db.models import OuterRef, Q, Subquery
from django.utils.html import format_html, format_html_join

from casework import admin_worklist as worklist
from casework.admin_base import ChoicesDropdownFilter, DropdownFilter, RangeDateTimeFilter, display, status_chip
from casework.admin_worklist import PlaceFilter, TabFilter
from casework.clock import bureau_day, now
from casework.errors import Refused
from chronic import services as chronic
from chronic.models import Certification, CertificationItem
from chronic.services.registers import DRUG_CATEGORIES
from chronic.workflow import CertificationStatus
from enrollment import services as enrollment
from policy import idnumber

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


class CountyFilter(PlaceFilter):
    title = "参保地"

    def places(self, officer):
        return enrollment.counties_within(officer)


class CategoryFilter(DropdownFilter):
    title, parameter_name = "类别", "category"

    def lookups(self, request, model_admin):
        return categories(request.user)

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        items = CertificationItem.objects.filter(category=self.value()).values("certification")
        return queryset.filter(pk__in=items)


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


class Worklist(worklist.Worklist):
    """The list half of the certifications' screen."""

    step_tabs, ended, tones, heading = TABS, ENDED, TONES, "慢特病认定"
    list_display = ["number", "who", "diseases", "status_word", "house", "county", "registered", "due"]
    list_filter = [
        TabFilter, LateFilter, ("kind", ChoicesDropdownFilter), CategoryFilter, CountyFilter,
        ("registered_at", RangeDateTimeFilter),
    ]

    def get_queryset(self, request):
        items = CertificationItem.objects.filter(certification=OuterRef("pk")).order_by().values("certification")
        return super().get_queryset(request).select_related("person", "institution").annotate(
            region_name=enrollment.county_name(),
            disease_names=Subquery(items.annotate(names=StringAgg("unit_name", "、", order_by="id")).values("names")),
        )

    def about(self, word, officer):
        if officer.institution_code:  # staff of a hospital see no register: only the full number, in own cases
            return Q(person__id_no=idnumber.normalise(word).upper())
        return Q(person__in=enrollment.find_persons(word, officer).order_by().values("pk"))

    @display(description="件号", ordering="case_no")
    def number(self, case):
        chips = [status_chip("复审", "violet")] if case.kind == Certification.Kind.REVIEW else []
        chips += [status_chip("被退回", "amber")] if case.returned else []
        return format_html("{} {}", case.case_no, format_html_join(" ", "{}", ((chip,) for chip in chips)))

    @display(description="病种")
    def diseases(self, case):
        return case.disease_names or "—"

    @display(description="认定机构", ordering="institution__name")
    def house(self, case):
        return case.institution.name

    @display(description="参保地", ordering="region_code")
    def county(self, case):
        return super().county(case)

    @display(description="申请", ordering="registered_at")
    def registered(self, case):
        return super().registered(case).isoformat()
