"""The list of claims: a tab per step with its number, filters, and a search that officers type as they think."""
from decimal import Decimal

from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.utils.html import format_html

from casework import admin_worklist as worklist
from casework.admin_base import DropdownFilter, RangeDateTimeFilter, RelatedDropdownFilter, display
from casework.admin_worklist import LateFilter, PlaceFilter, TabFilter
from claims.models import Visit
from claims.services.benefits import names_of_benefits
from claims.workflow import ClaimStatus
from enrollment import services as enrollment

S = ClaimStatus
TABS: list[tuple[str, str, tuple[str, ...]]] = [
    ("township", "待乡镇资料初审", (S.TOWNSHIP,)),
    ("prechecked", "待县级受理", (S.PRECHECKED,)),
    ("registered", "待录入", (S.REGISTERED,)),
    ("supplement", "待补正", (S.SUPPLEMENT,)),
    ("entered", "待结算", (S.ENTERED,)),
    ("settled", "待初审", (S.SETTLED,)),
    ("reviewed", "待复核", (S.REVIEWED,)),
    ("approved", "待拨付", (S.APPROVED,)),
    ("paying", "拨付中", (S.PAYING,)),
    ("failed", "拨付失败", (S.PAYMENT_FAILED,)),
    ("closed", "已办结", (S.CLOSED,)),
    ("ended", "撤销、不予支付", (S.WITHDRAWN, S.REFUSED)),
]
ENDED = (S.CLOSED, S.WITHDRAWN, S.REFUSED)
TONES = {
    S.SUPPLEMENT: "amber", S.PAYMENT_FAILED: "red", S.CLOSED: "green", S.WITHDRAWN: "grey", S.REFUSED: "red",
    S.APPROVED: "violet", S.PAYING: "violet",
}


class CountyFilter(PlaceFilter):
    def places(self, officer):
        return enrollment.counties_within(officer)


class AmountFilter(DropdownFilter):
    title, parameter_name = "费用总额", "amount"
    STEPS = [("0", "1千元以下", 0, 1_000), ("1", "1千至5千元", 1_000, 5_000), ("2", "5千至1万元", 5_000, 10_000),
             ("3", "1万至5万元", 10_000, 50_000), ("4", "5万元以上", 50_000, None)]

    def lookups(self, request, model_admin):
        return [(key, label) for key, label, _, _ in self.STEPS]

    def queryset(self, request, queryset):
        for key, _, low, high in self.STEPS:
            if key == self.value():
                queryset = queryset.filter(amount__gte=Decimal(low))
                return queryset if high is None else queryset.filter(amount__lt=Decimal(high))
        return queryset


class BenefitFilter(DropdownFilter):
    title, parameter_name = "待遇类别", "benefit"

    def lookups(self, request, model_admin):
        return [(code, row.name) for code, row in names_of_benefits().items()]

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        return queryset.filter(pk__in=Visit.objects.live().filter(benefit=self.value()).values("claim"))


class Worklist(worklist.Worklist):
    """The list half of the claims' screen."""

    step_tabs, ended, rare, tones, heading = TABS, ENDED, {"township", "prechecked", "failed"}, TONES, "手工报销件"
    list_display = ["number", "who", "status_word", "amount_shown", "stays", "county", "registered", "due"]
    list_filter = [TabFilter, LateFilter, BenefitFilter, CountyFilter, AmountFilter, ("reason", RelatedDropdownFilter),
                   ("registered_at", RangeDateTimeFilter)]

    def get_queryset(self, request):
        live = Visit.objects.filter(claim=OuterRef("pk"), voided=False).order_by().values("claim")
        return super().get_queryset(request).select_related("person").annotate(
            amount=Subquery(live.annotate(sum=Sum("total")).values("sum")),
            region_name=enrollment.county_name(),
            stay_count=Subquery(live.annotate(number=Count("pk")).values("number")),
        )

    def about(self, word, officer):
        return Q(person__in=enrollment.find_persons(word, officer).order_by().values("pk"))

    @display(description="费用总额", ordering="amount")
    def amount_shown(self, claim):
        return format_html('<span class="cw-num">{}</span>', "—" if claim.amount is None else f"{claim.amount:,.2f}")

    @display(description="就诊")
    def stays(self, claim):
        return f"{claim.stay_count or 0} 次"
