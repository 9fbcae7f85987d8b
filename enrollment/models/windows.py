"""From when until when benefits may be drawn, and what else decides it: exemptions, and the years that count."""
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q

from casework.models import JurisdictionQuerySet
from enrollment.models.relations import Scheme
from enrollment.models.spans import DAYS, Span, ends_after_start, same_number


class BenefitWindow(Span):
    """A decision about the days of benefits, derived from contributions, insurance periods and exemptions.

    `entitled` rows are the windows: days on which the person is insured and benefits may be drawn; those of a
    person never overlap. A row that is not entitled records why a paid (or unpaid) time gives no benefits. Each
    row speaks for the days from `decides_from` on, until a later row does. When a fact changes, the rows that no
    longer hold are voided and new ones added; only an end may move.
    """

    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="benefit_windows",
    )
    scheme = models.CharField("险种", max_length=10, choices=Scheme.choices)
    for_year = models.PositiveSmallIntegerField("所属年度", null=True, blank=True)
    entitled = models.BooleanField("可享受待遇")
    decides_from = models.DateField("自此日起依此认定")
    wait_months = models.PositiveSmallIntegerField("等待期（月）", default=0)
    rule = models.CharField("规则", max_length=30)
    reason = models.CharField("依据", max_length=200)
    end_rule = models.CharField("终止规则", max_length=30, blank=True)
    end_reason = models.CharField("终止原因", max_length=100, blank=True)
    facts = models.JSONField("认定所据事实")
    result = models.JSONField("认定结果")
    computed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="经办人", related_name="+")
    computed_at = models.DateTimeField("认定时间")

    class Meta:
        verbose_name = "待遇享受期"
        verbose_name_plural = "待遇享受期"
        ordering = ["person", "starts_on", "pk"]
        default_permissions = ("view",)
        constraints = [
            ends_after_start("window_ends_after_start"),
            ExclusionConstraint(
                name="window_one_a_day",
                expressions=[(same_number("person_id"), "&&"), (DAYS, "&&")],
                condition=Q(voided=False, entitled=True),
                violation_error_message="待遇享受期重叠",
            ),
            models.CheckConstraint(name="window_scheme_known", condition=Q(scheme__in=Scheme.values)),
            models.CheckConstraint(
                name="window_year_of_residents",
                condition=Q(scheme="resident", for_year__isnull=False) | Q(scheme="employee", for_year__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        what = "享受待遇" if self.entitled else "不享受待遇"
        return f"{self.get_scheme_display()}{what} {self.starts_on} 至 {self.last_day or '今'}"


class WaitingExemption(Span):
    """A person whose payments on these days start benefits without a wait (BZ-GEN-19.2, BZ-AMB-39)."""

    class Kind(models.TextChoices):
        EX_SOLDIER = "ex_soldier", "退役军人"
        RELEASED = "released", "刑满释放人员"
        EXEMPT = "exempt", "经认定免等待期"

    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="waiting_exemptions",
    )
    kind = models.CharField("免等待期类别", max_length=20, choices=Kind.choices)
    basis = models.CharField("依据", max_length=100)
    end_reason = models.CharField("终止原因", max_length=100, blank=True)

    class Meta:
        verbose_name = "免待遇等待期"
        verbose_name_plural = "免待遇等待期"
        ordering = ["person", "starts_on"]
        default_permissions = ("view",)
        constraints = [
            ends_after_start("exemption_ends_after_start"),
            ExclusionConstraint(
                name="exemption_once_a_day",
                expressions=[(same_number("person_id"), "&&"), (DAYS, "&&")],
                condition=Q(voided=False),
                violation_error_message="免等待期的期间重叠",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.starts_on} 至 {self.last_day or '今'}"


class YearRecord(models.Model):
    """What one source knows of a person's year: the scheme insured in, and whether no fund money was used.

    The contribution ledger keeps its own rows, claims reports zero-claim years (BZ-RES-9.6), and years spent in
    another area or before this register come from elsewhere. The year's answer is put together from all rows.
    """

    class Source(models.TextChoices):
        CONTRIBUTIONS = "contributions", "缴费记录"
        CLAIMS = "claims", "报销记录"
        ELSEWHERE = "elsewhere", "外地或历史参保证明"

    class InsuredIn(models.TextChoices):
        RESIDENT = "resident", "城乡居民医保"
        EMPLOYEE = "employee", "职工医保"
        NONE = "none", "未参保"

    jurisdiction = "person__region_code"

    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="year_records")
    year = models.PositiveSmallIntegerField("年度")
    source = models.CharField("来源", max_length=20, choices=Source.choices)
    scheme = models.CharField("参加险种", max_length=10, choices=InsuredIn.choices, blank=True)
    zero_claim = models.BooleanField("基金零报销", default=False)
    recorded_at = models.DateTimeField("登记时间")

    objects = JurisdictionQuerySet.as_manager()

    class Meta:
        verbose_name = "年度参保记录"
        verbose_name_plural = "年度参保记录"
        ordering = ["person", "year", "source"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["person", "year", "source"], name="year_record_once"),
            models.CheckConstraint(name="year_record_range", condition=Q(year__gte=1980, year__lte=2100)),
            models.CheckConstraint(
                name="year_record_scheme_known", condition=Q(scheme__in=["", "resident", "employee", "none"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年 {self.get_scheme_display() or '—'}"
