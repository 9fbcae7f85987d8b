"""Dated reference data of the matter: materials, time limits, grounds of refusal. The bureau may edit them."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q


class Benefit(models.TextChoices):
    ANTENATAL = "antenatal", "产前检查费"
    ALLOWANCE = "allowance", "生育津贴"
    SPOUSE = "spouse_difference", "配偶差额"


class DatedQuerySet(models.QuerySet):
    def valid_on(self, day: date) -> Self:
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)


class Dated(models.Model):
    valid_from = models.DateField("施行日期")
    valid_to = models.DateField("停用日期（不含）", null=True, blank=True)
    rule = models.CharField("规则", max_length=20)
    article = models.CharField("依据", max_length=200)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True


def _ends_after_start(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name=name,
        violation_error_message="停用日期应晚于施行日期。",
    )


class MaternityMaterial(Dated):
    """A material that a benefit needs, or every benefit; one for the spouse alone says so by its benefit."""

    benefit = models.CharField(
        "适用待遇", max_length=20, choices=Benefit.choices, blank=True, default="", help_text="空为各项待遇"
    )
    code = models.CharField("材料代码", max_length=20)
    name = models.CharField("材料名称", max_length=80)
    original = models.BooleanField("须为原件", default=False)
    required = models.BooleanField("必要材料", default=True)

    class Meta:
        verbose_name = "生育材料要求"
        verbose_name_plural = "生育材料要求"
        ordering = ("id",)
        constraints = [
            _ends_after_start("maternity_material_period"),
            models.UniqueConstraint(
                fields=["benefit", "code", "valid_from"], name="maternity_material_once",
                violation_error_message="该待遇的此项材料在这一施行日期已有一行。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ClaimPeriod(Dated):
    """Within how many months a benefit is to be claimed, and whether only after the payable days are over.

    Soft: a late claim goes to the supervisor. A kind of worker without a row has no limit (BZ-EMP-17.1 names the two
    categories only)."""

    class Worker(models.TextChoices):
        EMPLOYER = "employer", "单位职工"
        FLEXIBLE = "flexible", "灵活就业人员"
        UNEMPLOYED = "unemployed", "领取失业保险金人员"

    benefit = models.CharField("待遇", max_length=20, choices=Benefit.choices)
    worker = models.CharField("适用人员", max_length=12, choices=Worker.choices)
    months = models.PositiveSmallIntegerField("自权利产生起几个月内")
    after_leave = models.BooleanField("津贴天数届满后方可申领", default=True)

    class Meta:
        verbose_name = "生育待遇申领期限"
        verbose_name_plural = "生育待遇申领期限"
        ordering = ("benefit", "worker", "valid_from")
        constraints = [
            _ends_after_start("maternity_claim_period_dates"),
            models.UniqueConstraint(
                fields=["benefit", "worker", "valid_from"], name="maternity_claim_period_once",
                violation_error_message="该待遇、该类人员在这一施行日期已有一行。",
            ),
            models.CheckConstraint(
                condition=Q(months__gte=1), name="maternity_claim_period_months",
                violation_error_message="月数至少为1。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_benefit_display()} {self.get_worker_display()} {self.months}个月"


class MaternityGround(Dated):
    """A ground on which a maternity benefit is not paid, as the officer chooses it when refusing."""

    code = models.CharField("代码", max_length=2)
    name = models.CharField("情形", max_length=80)

    class Meta:
        verbose_name = "生育不予支付情形"
        verbose_name_plural = "生育不予支付情形"
        ordering = ("code", "valid_from")
        constraints = [
            _ends_after_start("maternity_ground_period"),
            models.UniqueConstraint(
                fields=["code", "valid_from"], name="maternity_ground_once",
                violation_error_message="该代码在这一施行日期已有一行。",
            ),
        ]

    def __str__(self) -> str:
        return self.name
