"""What was paid for whom and for which time: an append-only ledger (BZ-GEN-10.1, BZ-GEN-14.1)."""
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from casework.fields import MoneyField
from casework.models import JurisdictionQuerySet
from enrollment.models.relations import Scheme
from policy.periods import add_months

AMOUNTS = ("employer_amount", "personal_amount", "subsidy_amount", "fiscal_amount", "late_fee", "account_credit")


def _all_amounts(compare: str) -> Q:
    return Q(**{f"{name}__{compare}": 0 for name in AMOUNTS})


class ContributionQuerySet(JurisdictionQuerySet):
    def standing(self) -> Self:
        """What counts: payments that were not reversed, without the reversals themselves."""
        return self.filter(reverses__isnull=True, reversed_by__isnull=True)


class Contribution(models.Model):
    """One payment, as its source reported it. A mistake is reversed by the exact opposite, once; nothing is edited.

    The same line of the same source is recorded once. Amounts are in yuan; those of a reversal are negative.
    """

    class Kind(models.TextChoices):
        RESIDENT_YEAR = "resident_year", "居民年度保费"
        REPAIR = "repair", "变动等待期修复"
        EMPLOYEE_MONTH = "employee_month", "职工月缴费"
        FLEXIBLE_MONTH = "flexible_month", "灵活就业月缴费"
        ARREARS = "arrears", "补缴欠费"
        MAKE_UP = "make_up", "退休一次性补缴"
        MILITARY = "military", "军龄视同缴费"
        MATERNITY = "maternity", "生育保险费"
        CIVIL_SERVANT = "civil_servant", "公务员医疗补助缴费"
        LARGE_AMOUNT = "large_amount", "大额医疗费用补助缴费"

    class Source(models.TextChoices):
        TAX_FILE = "tax_file", "税务缴费文件"
        COUNTER = "counter", "经办窗口"
        EMPLOYER_ROSTER = "employer_roster", "单位缴费名册"
        TRANSFER_IN = "transfer_in", "转移接续"

    YEARLY = (Kind.RESIDENT_YEAR, Kind.REPAIR)
    COVERING = (Kind.EMPLOYEE_MONTH, Kind.FLEXIBLE_MONTH, Kind.ARREARS)
    """Kinds whose months count for the benefit window."""
    COUNTING = (*COVERING, Kind.MAKE_UP, Kind.MILITARY)
    """Kinds whose months count as contribution years."""
    jurisdiction = "person__region_code"

    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="contributions")
    scheme = models.CharField("险种", max_length=10, choices=Scheme.choices)
    kind = models.CharField("缴费种类", max_length=20, choices=Kind.choices)
    for_year = models.PositiveSmallIntegerField("所属年度")
    for_month = models.PositiveSmallIntegerField("所属月份", null=True, blank=True)
    months = models.PositiveSmallIntegerField("月数", default=1)
    area_code = models.CharField("缴费地", max_length=12)
    base = MoneyField("月缴费基数", null=True, blank=True)
    employer_amount = MoneyField("单位缴费", default=0)
    personal_amount = MoneyField("个人缴费", default=0)
    subsidy_amount = MoneyField("参保资助", default=0)
    fiscal_amount = MoneyField("财政补助", default=0)
    late_fee = MoneyField("滞纳金", default=0)
    account_credit = MoneyField("划入个人账户", default=0)
    paid_on = models.DateField("缴费日期")
    source = models.CharField("来源", max_length=20, choices=Source.choices)
    source_no = models.CharField("来源流水号", max_length=64)
    reverses = models.OneToOneField(
        "self", models.PROTECT, verbose_name="冲销", null=True, blank=True, related_name="reversed_by",
    )
    reason = models.CharField("说明", max_length=100, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登记人", related_name="+")
    recorded_at = models.DateTimeField("登记时间")

    objects = ContributionQuerySet.as_manager()

    class Meta:
        verbose_name = "缴费记录"
        verbose_name_plural = "缴费记录"
        ordering = ["person", "-for_year", "-for_month", "pk"]
        default_permissions = ("view",)
        permissions = [("record_contribution", "登记和冲销缴费")]
        indexes = [models.Index(fields=["person", "for_year"], name="contribution_person_year")]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_no"], condition=Q(reverses__isnull=True), name="contribution_line_once",
                violation_error_message="该来源流水号已登记",
            ),
            models.CheckConstraint(
                name="contribution_month_given",
                condition=Q(kind__in=["resident_year", "repair"], scheme="resident", for_month__isnull=True, base=None)
                | (~Q(kind__in=["resident_year", "repair"]) & Q(
                    scheme="employee", for_month__isnull=False, for_month__gte=1, for_month__lte=12,
                )),
                violation_error_message="居民缴费按年度，职工缴费须有所属月份",
            ),
            models.CheckConstraint(
                name="contribution_year_range", condition=Q(for_year__gte=1980, for_year__lte=2100),
            ),
            models.CheckConstraint(name="contribution_months_range", condition=Q(months__gte=1, months__lte=600)),
            models.CheckConstraint(
                name="contribution_amounts_sign",
                condition=Q(Q(base=None) | Q(base__gte=0), _all_amounts("gte"), reverses__isnull=True)
                | Q(_all_amounts("lte"), reverses__isnull=False),
                violation_error_message="缴费金额不得为负数",
            ),
            models.CheckConstraint(
                name="contribution_source_no_given", condition=~Q(source_no=""),
                violation_error_message="请填写来源流水号",
            ),
        ]

    def __str__(self) -> str:
        when = f"{self.for_year}年" if self.for_month is None else f"{self.for_year}-{self.for_month:02d}"
        return f"{self.get_kind_display()} {when}"

    @property
    def first_month(self) -> date:
        """The first day of the first month that the payment is for."""
        return date(self.for_year, self.for_month or 1, 1)

    def month_starts(self) -> list[date]:
        """The first days of all months that the payment is for; none for a yearly one."""
        if self.for_month is None:
            return []
        return [add_months(self.first_month, step) for step in range(self.months)]
