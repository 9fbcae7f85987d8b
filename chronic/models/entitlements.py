"""Entitlements (慢特病待遇): what was granted, and on which days it may be used."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q

from casework.models import JurisdictionManager
from enrollment.models.spans import DAYS, Span, ends_after_start, same_label, same_number


class Entitlement(models.Model):
    """That a person may draw the benefit of a disease. On which days stands in its periods: a period that has run
    out suspends it without anyone's doing, a new one takes it up again (rulebook §8.4)."""

    class Origin(models.TextChoices):
        CERTIFICATION = "certification", "认定"
        RECOGNITION = "recognition", "互认"
        GRANDFATHER = "grandfather", "原待遇保留"
        LIST = "two_disease_list", "卫健部门名单"

    jurisdiction = "person__region_code"
    institution_scope = "institution__code"

    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="entitlements"
    )
    unit = models.CharField("病种编码", max_length=30)
    unit_name = models.CharField("病种", max_length=120)
    category = models.CharField("类别", max_length=20)
    origin = models.CharField("来源", max_length=20, choices=Origin.choices)
    item = models.OneToOneField(
        "chronic.CertificationItem", models.PROTECT, verbose_name="认定", related_name="entitlement", null=True,
        blank=True,
    )
    institution = models.ForeignKey(
        "enrollment.Institution", models.PROTECT, verbose_name="认定机构", related_name="+", null=True, blank=True
    )
    scheme = models.CharField("险种", max_length=10, blank=True, help_text="转险种时随参保关系变更，待遇延续")
    granted_on = models.DateField("确认日期")
    certified_on = models.DateField("认定日期")
    review_months = models.PositiveSmallIntegerField("复审周期（月）", null=True, blank=True)
    review_due_on = models.DateField("复审到期日", null=True, blank=True)
    stop = models.CharField("终止条件", max_length=200, blank=True)
    parameters = models.JSONField("个人标准", default=dict, blank=True)
    ended_on = models.DateField("终止日期", null=True, blank=True)
    end_reason = models.CharField("终止原因", max_length=200, blank=True)
    rule = models.CharField("规则", max_length=20, blank=True)

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "慢特病待遇"
        verbose_name_plural = "慢特病待遇"
        ordering = ("person", "unit", "id")
        default_permissions = ("view",)
        permissions = [("cut_entitlement", "取消待遇")]
        indexes = [models.Index(fields=["review_due_on"], name="entitlement_review_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "unit"], condition=Q(ended_on__isnull=True), name="entitlement_once",
                violation_error_message="该参保人已有该病种的待遇",
            ),
        ]

    def __str__(self) -> str:
        return self.unit_name


class EntitlementPeriod(Span):
    """Days on which an entitlement may be used; of one person and disease never two at once."""

    institution_scope = "entitlement__institution__code"

    entitlement = models.ForeignKey(
        Entitlement, models.PROTECT, verbose_name="待遇", related_name="periods"
    )
    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="+")
    unit = models.CharField("病种编码", max_length=30)
    category = models.CharField("类别", max_length=20)
    reason = models.CharField("依据", max_length=200, blank=True)
    end_reason = models.CharField("终止原因", max_length=200, blank=True)
    case_no = models.CharField("件号", max_length=32, blank=True)

    class Meta:
        verbose_name = "待遇期间"
        verbose_name_plural = "待遇期间"
        ordering = ("person", "starts_on", "id")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["person", "starts_on"], name="entitlement_period_person")]
        constraints = [
            ends_after_start("entitlement_ends_after_start"),
            ExclusionConstraint(
                name="entitlement_one_period_at_a_time",
                expressions=[(same_number("person_id"), "&&"), (same_label("unit"), "&&"), (DAYS, "&&")],
                condition=Q(voided=False),
                violation_error_message="该病种的待遇期间重叠",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.starts_on}"
