"""Dated reference data of the matter: reasons, materials, deadlines, grounds of refusal. The bureau may edit them."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q


class DatedQuerySet(models.QuerySet):
    def valid_on(self, day: date) -> Self:
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)


class Dated(models.Model):
    valid_from = models.DateField("施行日期")
    valid_to = models.DateField("停用日期（不含）", null=True, blank=True)
    article = models.CharField("依据", max_length=200)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True


def _ends_after_start(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name=name,
        violation_error_message="停用日期应晚于施行日期。",
    )


class ClaimReason(Dated):
    """Why the cost was not settled at the hospital (手工报销原因, manl_reim_rea)."""

    code = models.CharField("代码", max_length=2, unique=True)
    name = models.CharField("名称", max_length=40)

    class Meta:
        verbose_name = "手工报销原因"
        verbose_name_plural = "手工报销原因"
        ordering = ("code",)
        constraints = [_ends_after_start("reason_period")]

    def __str__(self) -> str:
        return self.name


class MaterialRequirement(Dated):
    """A material that a claim needs: for one reason or all, for one benefit or all, always or on a condition."""

    class Condition(models.TextChoices):
        ALWAYS = "", "一律需要"
        AGENT = "agent", "委托他人代办时"
        INJURY = "injury", "外伤时"

    reason = models.ForeignKey(
        ClaimReason, models.PROTECT, verbose_name="适用原因", null=True, blank=True, related_name="materials",
        help_text="空为各种原因",
    )
    benefit = models.CharField("待遇类别", max_length=20, blank=True, help_text="空为各类待遇")
    condition = models.CharField("条件", max_length=10, choices=Condition.choices, blank=True, default="")
    kind = models.CharField("材料代码", max_length=4)
    name = models.CharField("材料名称", max_length=80)
    original = models.BooleanField("须为原件", default=False)
    required = models.BooleanField("必要材料", default=True)
    rule = models.CharField("规则", max_length=20)

    class Meta:
        verbose_name = "报销材料要求"
        verbose_name_plural = "报销材料要求"
        ordering = ("kind", "valid_from", "id")
        constraints = [
            _ends_after_start("material_period"),
            models.UniqueConstraint(
                fields=["reason", "benefit", "condition", "kind", "valid_from"], name="material_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ClaimDeadline(Dated):
    """Until when a claim should be made: a day of the year after the cost. Soft: a late one goes to the supervisor."""

    scheme = models.CharField("险种", max_length=10)
    benefit = models.CharField("待遇类别", max_length=20)
    years_after = models.PositiveSmallIntegerField("费用发生后第几年", default=1)
    month = models.PositiveSmallIntegerField("月")
    day = models.PositiveSmallIntegerField("日")
    rule = models.CharField("规则", max_length=20)

    class Meta:
        verbose_name = "申报期限"
        verbose_name_plural = "申报期限"
        ordering = ("scheme", "benefit", "valid_from")
        constraints = [
            _ends_after_start("deadline_period"),
            models.UniqueConstraint(fields=["scheme", "benefit", "valid_from"], name="deadline_once"),
            models.CheckConstraint(
                condition=Q(month__gte=1, month__lte=12, day__gte=1, day__lte=31), name="deadline_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.benefit} 次{self.years_after}年{self.month}月{self.day}日"

    def last_day(self, discharged_on: date) -> date:
        """The last day on which a cost of that day may be claimed without a reason for being late."""
        return date(discharged_on.year + self.years_after, self.month, self.day)


class RefusalGround(Dated):
    """A statutory ground on which the funds never pay (BZ-GEN-6.1)."""

    code = models.CharField("代码", max_length=2, unique=True)
    name = models.CharField("情形", max_length=80)
    rule = models.CharField("规则", max_length=20)

    class Meta:
        verbose_name = "不予支付情形"
        verbose_name_plural = "不予支付情形"
        ordering = ("code",)
        constraints = [_ends_after_start("ground_period")]

    def __str__(self) -> str:
        return self.name
