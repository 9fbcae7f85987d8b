"""The list of claims: a tab per step with its number, filters, and a search that officers type as they think."""
from datetime import date
from decimal import Decimal

from django.contrib.admin import SimpleListFilter
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.urls import reverse
from django.utils.html import format_html

from casework.admin_base import (
    DropdownFilter,
    ModelAdmin,
    RangeDateTimeFilter,
    RelatedDropdownFilter,
    display,
    status_chip,
)
from casework.clock import bureau_day, now
from casework.services import worklist
from claims.admin.people import county_name
from claims.models import Claim, Visit
from claims.services.benefits import names_of_benefits
from claims.workflow import ClaimStatus
from enrollment import services as enrollment
from enrollment.models import Region
from policy import regions

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
RARE = {"township", "prechecked", "failed"}
ENDED = (S.CLOSED, S.WITHDRAWN, S.REFUSED)
TONES = {
    S.SUPPLEMENT: "amber", S.PAYMENT_FAILED: "red", S.CLOSED: "green", S.WITHDRAWN: "grey", S.REFUSED: "red",
    S.APPROVED: "violet", S.PAYING: "violet",
}


def claim_chip(claim: Claim) -> str:
    return status_chip(claim.get_status_display(), TONES.get(claim.status, "blue"))


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
    template = "admin/claims/claim/tab_field.html"

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
    """The list half of the claims' screen."""

    list_display = ["number", "who", "status_word", "amount_shown", "stays", "county", "registered", "due"]
    list_display_links = ["number"]
    list_filter = [TabFilter, LateFilter, BenefitFilter, CountyFilter, AmountFilter, ("reason", RelatedDropdownFilter),
                   ("registered_at", RangeDateTimeFilter)]
    search_fields = ["case_no"]
    search_help_text = "件号、姓名或拼音首字母、证件号码、电话后四位"
    ordering = ["-id"]
    actions = None

    def get_queryset(self, request):
        live = Visit.objects.filter(claim=OuterRef("pk"), voided=False).order_by().values("claim")
        return super().get_queryset(request).select_related("person").annotate(
            amount=Subquery(live.annotate(sum=Sum("total")).values("sum")),
            region_name=county_name(),
            stay_count=Subquery(live.annotate(number=Count("pk")).values("number")),
        )

    def get_search_results(self, request, queryset, search_term):
        """One word means one thing: a case number, else whatever tells a person."""
        word = search_term.strip()
        if not word:
            return queryset, False
        if word.upper().startswith(Claim.matter) and word[2:].isdigit():
            return queryset.filter(case_no__startswith=word.upper()), False
        persons = enrollment.find_persons(word, request.user).order_by().values("pk")
        found = Q(person__in=persons)
        if word.isdigit() and len(word) >= 6:
            found |= Q(case_no__endswith=word)
        return queryset.filter(found), False

    def changelist_view(self, request, extra_context=None):
        context = {**(extra_context or {}), "tabs": self._tabs(request), "title": "手工报销件"}
        return super().changelist_view(request, context)

    def _tabs(self, request) -> list[dict]:
        """Open steps with their numbers (one query); closed ones without, for they only grow."""
        chosen = request.GET.get("tab", "")
        numbers = dict(
            Claim.objects.visible_to(request.user).exclude(status__in=ENDED).order_by()
            .values_list("status").annotate(number=Count("pk"))
        )
        mine = worklist.my_queue(request.user).filter(matter=Claim.matter).count()
        tabs = [{"key": "mine", "label": "待我办理", "count": mine}]
        for key, label, statuses in TABS:
            ended = statuses[0] in ENDED
            count = None if ended else sum(numbers.get(status, 0) for status in statuses)
            if key not in RARE or count or chosen == key:
                tabs.append({"key": key, "label": label, "count": count})
        tabs.append({"key": "", "label": "全部", "count": None})
        return [{**tab, "on": tab["key"] == chosen} for tab in tabs]

    @display(description="件号", ordering="case_no")
    def number(self, claim):
        return format_html("{} {}", claim.case_no, status_chip("被退回", "amber") if claim.returned else "")

    @display(description="参保人")
    def who(self, claim):
        person = claim.person
        return format_html('{}<br><span class="cw-dim cw-small">{}</span>', person.masked_name, person.masked_id)

    @display(description="状态", ordering="status")
    def status_word(self, claim):
        return claim_chip(claim)

    @display(description="费用总额", ordering="amount")
    def amount_shown(self, claim):
        return format_html('<span class="cw-num">{}</span>', "—" if claim.amount is None else f"{claim.amount:,.2f}")

    @display(description="就诊")
    def stays(self, claim):
        return f"{claim.stay_count or 0} 次"

    @display(description="经办区划", ordering="region_code")
    def county(self, claim):
        return claim.region_name or claim.region_code

    @display(description="登记", ordering="registered_at")
    def registered(self, claim):
        return bureau_day(claim.registered_at)

    @display(description="时限", ordering="due_on")
    def due(self, claim):
        return due_chip(claim.due_on, claim.stopped_on, claim.status in ENDED, bureau_day(now()))

    @staticmethod
    def case_url(claim) -> str:
        return reverse("admin:claims_claim_change", args=[claim.pk])
