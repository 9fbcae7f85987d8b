"""Employers and schools, who works for whom, and who studies where."""
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Q

from casework.models import JurisdictionManager
from enrollment.models.spans import DAYS, Span, ends_after_start, same_number


class Employer(models.Model):
    """A unit (单位) insured at the bureau, by its credit code (BZ-EMP-1.1, BZ-EMP-3.1). A school is a unit as well:
    it employs staff and enrols students (BZ-RES-1.3). Suspended units add nobody; ended ones are history."""

    class Kind(models.TextChoices):
        ENTERPRISE = "enterprise", "企业"
        PUBLIC_BODY = "public_body", "机关"
        INSTITUTION = "institution", "事业单位"
        SOCIAL_ORGANISATION = "social_organisation", "社会团体"
        PRIVATE_NON_ENTERPRISE = "private_non_enterprise", "民办非企业单位"
        SOLE_TRADER = "sole_trader", "有雇工的个体工商户"

    class State(models.TextChoices):
        ACTIVE = "active", "正常参保"
        SUSPENDED = "suspended", "暂停参保"
        ENDED = "ended", "已注销"

    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("单位名称", max_length=100)
    name_initials = models.CharField("名称首字母", max_length=100, blank=True, editable=False)
    region_code = models.CharField("参保地", max_length=12, db_index=True)
    kind = models.CharField("单位类型", max_length=30, choices=Kind.choices)
    school = models.BooleanField("学校", default=False)
    treasury_paid = models.BooleanField("财政预算公务员医疗补助", default=False)
    legal_representative = models.CharField("法定代表人", max_length=50, blank=True)
    contact = models.CharField("经办人", max_length=50, blank=True)
    phone = models.CharField("联系电话", max_length=20, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    state = models.CharField("参保状态", max_length=10, choices=State.choices, default=State.ACTIVE)
    insured_from = models.DateField("参保日期")
    ended_on = models.DateField("注销日期", null=True, blank=True)
    registered_at = models.DateTimeField("登记时间")

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "参保单位"
        verbose_name_plural = "参保单位"
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [("keep_employer", "登记和变更参保单位")]
        indexes = [models.Index(fields=["name"], name="employer_name", opclasses=["varchar_pattern_ops"])]
        constraints = [
            models.CheckConstraint(
                name="employer_credit_code_form",
                condition=Q(credit_code__regex=r"^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$"),
                violation_error_message="统一社会信用代码格式有误",
            ),
            models.CheckConstraint(
                name="employer_ended_has_day",
                condition=Q(state="ended", ended_on__isnull=False) | (~Q(state="ended") & Q(ended_on__isnull=True)),
            ),
            models.CheckConstraint(
                name="employer_ended_after_start",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("insured_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        return f"employer:{self.pk}"


class Employment(Span):
    """Days on which a person is on the roster of an employer: one at a time (BZ-GEN-24.1)."""

    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="employments")
    employer = models.ForeignKey(Employer, models.PROTECT, verbose_name="参保单位", related_name="employments")
    end_reason = models.CharField("停保原因", max_length=100, blank=True)

    class Meta:
        verbose_name = "单位参保关系"
        verbose_name_plural = "单位参保关系"
        ordering = ["person", "starts_on"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["employer", "ends_on"], name="employment_roster")]
        constraints = [
            ends_after_start("employment_ends_after_start"),
            ExclusionConstraint(
                name="employment_one_at_a_time",
                expressions=[(same_number("person_id"), "&&"), (DAYS, "&&")],
                condition=Q(voided=False),
                violation_error_message="同一天只能在一个单位参保",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employer.name} {self.starts_on} 至 {self.last_day or '今'}"


class Schooling(Span):
    """Days on which a person is enrolled by a school as a student (BZ-GEN-18.1, BZ-RES-1.3)."""

    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="学生", related_name="schoolings")
    school = models.ForeignKey(Employer, models.PROTECT, verbose_name="学校", related_name="students")
    programme_years = models.PositiveSmallIntegerField("学制（年）", null=True, blank=True)
    prepaid = models.BooleanField("按学制一次性趸缴", default=False)
    end_reason = models.CharField("终止原因", max_length=100, blank=True)

    class Meta:
        verbose_name = "学籍"
        verbose_name_plural = "学籍"
        ordering = ["person", "starts_on"]
        default_permissions = ("view",)
        constraints = [
            ends_after_start("schooling_ends_after_start"),
            ExclusionConstraint(
                name="schooling_one_at_a_time",
                expressions=[(same_number("person_id"), "&&"), (DAYS, "&&")],
                condition=Q(voided=False),
                violation_error_message="同一天只能有一个学籍",
            ),
            models.CheckConstraint(
                name="schooling_prepaid_has_years", condition=Q(prepaid=False) | Q(programme_years__gte=1),
                violation_error_message="一次性趸缴须填写学制年数",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school.name} {self.starts_on} 至 {self.last_day or '今'}"
