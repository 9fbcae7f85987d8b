"""The list of maternity cases: a tab per step with its number, filters, and a search as officers type it."""
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import OuterRef, Q, Subquery
from django.utils.html import format_html

from casework import admin_worklist as worklist
from casework.admin_base import DropdownFilter, RangeDateTimeFilter, display
from casework.admin_worklist import LateFilter, PlaceFilter, TabFilter
from enrollment import services as enrollment
from maternity.models import Benefit, MaternityItem
from maternity.workflow import CaseStatus

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
ENDED = (S.CLOSED, S.WITHDRAWN, S.REFUSED, S.REVERSED)
TONES = {
    S.SUPPLEMENT: "amber", S.PAYMENT_FAILED: "red", S.CLOSED: "green", S.WITHDRAWN: "grey", S.REFUSED: "red",
    S.REVERSED: "red", S.APPROVED: "violet", S.PAYING: "violet",
}


class CountyFilter(PlaceFilter):
    def places(self, officer):
        return enrollment.counties_within(officer)


class BenefitFilter(DropdownFilter):
    title, parameter_name = "待遇", "benefit"

    def lookups(self, request, model_admin):
        return Benefit.choices

    def queryset(self, request, queryset):
        return queryset.filter(items__kind=self.value()) if self.value() else queryset


class Worklist(worklist.Worklist):
    """The list half of the cases' screen."""

    step_tabs, ended, rare, tones, heading = TABS, ENDED, {"failed"}, TONES, "生育待遇件"
    list_display = ["number", "who", "kinds", "status_word", "total_shown", "county", "registered", "due"]
    list_filter = [TabFilter, LateFilter, BenefitFilter, CountyFilter, ("registered_at", RangeDateTimeFilter)]

    def get_queryset(self, request):
        items = MaternityItem.objects.filter(case=OuterRef("pk")).order_by().values("case")
        return super().get_queryset(request).select_related("claimant", "event__mother").annotate(
            kind_codes=Subquery(items.annotate(codes=ArrayAgg("kind")).values("codes")),
            region_name=enrollment.county_name(),
        )

    def about(self, word, officer):
        persons = enrollment.find_persons(word, officer).order_by().values("pk")
        return Q(claimant__in=persons) | Q(event__mother__in=persons)

    def person_of(self, case):
        return case.claimant

    @display(description="待遇享受人")
    def who(self, case):
        return super().who(case)

    @display(description="待遇")
    def kinds(self, case):
        codes = case.kind_codes or []
        return format_html(
            '{}<br><span class="cw-dim cw-small">{}</span>',
            "、".join(label for code, label in Benefit.choices if code in codes), case.event,
        )

    @display(description="应付合计", ordering="total")
    def total_shown(self, case):
        return format_html('<span class="cw-num">{}</span>', "—" if case.total is None else f"{case.total:,.2f}")
