"""A person's insurance periods, and the policy tags he carries from one day to another."""
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from enrollment.models.spans import DAYS, Span, ends_after_start, same_label, same_number


class Scheme(models.TextChoices):
    EMPLOYEE = "employee", "职工医保"
    RESIDENT = "resident", "城乡居民医保"


class PersonType(models.Model):
    """The national list of person types (psn_type): its scheme, and the policy tags that follow from the type."""

    code = models.CharField("代码", max_length=4, primary_key=True)
    name = models.CharField("名称", max_length=20)
    scheme = models.CharField("险种", max_length=10, choices=Scheme.choices)
    tags = ArrayField(models.CharField(max_length=30), verbose_name="待遇标签", default=list, blank=True)

    class Meta:
        verbose_name = "人员类别"
        verbose_name_plural = "人员类别"
        default_permissions = ("view", "change")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class InsurancePeriod(Span):
    """Days for which a person is insured in one scheme. Never two at once, in either scheme (BZ-GEN-24.1)."""

    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="insurance_periods",
    )
    scheme = models.CharField("险种", max_length=10, choices=Scheme.choices)
    person_type = models.ForeignKey(PersonType, models.PROTECT, verbose_name="人员类别", related_name="+")
    region_code = models.CharField("参保地", max_length=12)
    reason = models.CharField("参保原因", max_length=100, blank=True)
    end_reason = models.CharField("终止原因", max_length=100, blank=True)

    class Meta:
        verbose_name = "参保期间"
        verbose_name_plural = "参保期间"
        ordering = ["person", "starts_on"]
        default_permissions = ("view",)
        constraints = [
            ends_after_start("insurance_ends_after_start"),
            ExclusionConstraint(
                name="insurance_one_scheme_at_a_time",
                expressions=[(same_number("person_id"), "&&"), (DAYS, "&&")],
                condition=Q(voided=False),
                violation_error_message="参保期间重叠：同一天只能参加一种基本医保",
            ),
            models.CheckConstraint(name="insurance_scheme_known", condition=Q(scheme__in=Scheme.values)),
        ]

    def __str__(self) -> str:
        return f"{self.get_scheme_display()} {self.starts_on} 至 {self.last_day or '今'}"


class PersonTag(Span):
    """A fact that changes the benefit and is no hardship identity: civil-servant supplement, retirement …"""

    class Tag(models.TextChoices):
        ACTIVE = "active", "在职"
        RETIRED = "retired", "退休"
        FLEXIBLE = "flexible", "灵活就业"
        UNEMPLOYED = "unemployed", "领取失业保险金"
        EMPLOYER = "employer", "单位参保"
        CIVIL_SERVANT = "civil_servant", "享受公务员医疗补助"
        LARGE_AMOUNT = "large_amount", "参加大额医疗费用补助"
        TREASURY_PAID = "treasury_paid", "财政供养"
        STUDENT = "student", "学生"
        MINOR = "minor", "未成年人"
        CHILD = "child", "儿童"
        INDIVIDUAL_TIER1 = "individual_tier1", "个人一档"
        INDIVIDUAL_TIER2 = "individual_tier2", "个人二档"
        TIER1 = "tier1", "一档"
        TIER2 = "tier2", "二档"

    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="tags")
    tag = models.CharField("待遇标签", max_length=30, choices=Tag.choices)

    class Meta:
        verbose_name = "待遇标签"
        verbose_name_plural = "待遇标签"
        ordering = ["person", "starts_on", "tag"]
        default_permissions = ("view",)
        constraints = [
            ends_after_start("tag_ends_after_start"),
            ExclusionConstraint(
                name="tag_once_a_day",
                expressions=[(same_number("person_id"), "&&"), (same_label("tag"), "&&"), (DAYS, "&&")],
                condition=Q(voided=False),
                violation_error_message="同一标签的期间重叠",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_tag_display()} {self.starts_on} 至 {self.last_day or '今'}"
