"""Dated reference data of the matter: reasons, materials, deadlines, grounds of refusal. The bureau may edit them."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from policy.periods import add_months


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
    relief_only = models.BooleanField(
        "只支付医疗救助", default=False, help_text="救助前各层已在别处支付：须填写结算单号和已支付金额"
    )

    class Meta:
        verbose_name = "手工报销原因"
        verbose_name_plural = "手工报销原因"
        ordering = ("code",)
        constraints = [_ends_after_start("reason_period")]

    def __str__(self) -> str:
        return self.name


class ClaimBenefit(Dated):
    """A benefit that may be claimed by hand, and what a bill of it says: its days, its disease, its birth event.

    Which scheme has it, and at which levels, stands in the pool's pack; the rules refuse what they do not pay.
    """

    code = models.CharField("待遇类别", max_length=20, help_text="与规则包中的待遇类别一致")
    name = models.CharField("名称", max_length=20)
    position = models.PositiveSmallIntegerField("排序", default=0)
    one = models.CharField("每次称谓", max_length=10, help_text="如“次住院”“张票据”")
    outpatient = models.BooleanField("只有就诊日期", default=False, help_text="门诊票据：就诊当日即费用日期")
    first_label = models.CharField("日期栏名", max_length=10)
    last_label = models.CharField("结束日期栏名", max_length=10, blank=True, help_text="空为只有一个日期")
    diagnosis_label = models.CharField("诊断栏名", max_length=10, default="诊断")
    category = models.CharField(
        "病种类别", max_length=20, blank=True, help_text="须认定的病种类别，多个用逗号分开；空为不分病种"
    )
    pharmacy = models.BooleanField("可在零售药店", default=False)
    drug = models.BooleanField("须写明药品", default=False)
    birth = models.BooleanField("须有生育事件", default=False)
    rule = models.CharField("规则", max_length=20)

    class Meta:
        verbose_name = "可手工报销的待遇"
        verbose_name_plural = "可手工报销的待遇"
        ordering = ("position", "code")
        constraints = [
            _ends_after_start("benefit_period"),
            models.UniqueConstraint(fields=["code", "valid_from"], name="benefit_once"),
            models.CheckConstraint(condition=Q(outpatient=False) ^ Q(last_label=""), name="benefit_days_named"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def categories(self) -> list[str]:
        """The categories of diseases that it is for; none where it is for any cost."""
        return self.category.split(",") if self.category else []

    @property
    def day_label(self) -> str:
        """What the day is called on which a cost counts: the last day of a stay, the day of an outpatient's visit."""
        return self.last_label or self.first_label


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
    """Until when a claim should be made: a day of a later year, or a number of months after the cost.

    Soft: a late one goes to the supervisor (BZ-AMB-35)."""

    scheme = models.CharField("险种", max_length=10)
    benefit = models.CharField("待遇类别", max_length=20)
    years_after = models.PositiveSmallIntegerField("费用发生后第几年", default=1)
    month = models.PositiveSmallIntegerField("月", null=True, blank=True)
    day = models.PositiveSmallIntegerField("日", null=True, blank=True)
    months_after = models.PositiveSmallIntegerField("费用发生后几个月内", null=True, blank=True)
    rule = models.CharField("规则", max_length=20)

    class Meta:
        verbose_name = "申报期限"
        verbose_name_plural = "申报期限"
        ordering = ("scheme", "benefit", "valid_from")
        constraints = [
            _ends_after_start("deadline_period"),
            models.UniqueConstraint(fields=["scheme", "benefit", "valid_from"], name="deadline_once"),
            models.CheckConstraint(
                condition=Q(month__gte=1, month__lte=12, day__gte=1, day__lte=31, months_after__isnull=True)
                | Q(month__isnull=True, day__isnull=True, months_after__gte=1),
                name="deadline_day", violation_error_message="请填写截止的月日，或者费用发生后的月数。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.benefit} {self.in_words}"

    @property
    def in_words(self) -> str:
        """The deadline as officers say it."""
        if self.months_after is not None:
            return f"费用发生后 {self.months_after} 个月内"
        return f"费用发生后第 {self.years_after} 年的 {self.month} 月 {self.day} 日"

    def last_day(self, discharged_on: date) -> date:
        """The last day on which a cost of that day may be claimed without a reason for being late."""
        if self.months_after is not None:
            return add_months(discharged_on, self.months_after)
        return date(discharged_on.year + self.years_after, self.month, self.day)


class PublicationQuerySet(DatedQuerySet):
    def asked_of(self, reason_id: int, region_code: str, day: date) -> Self:
        """The rules for claims of a reason and county on a day, the county's own before its city's."""
        places = region_code[:6], f"{region_code[:4]}00"
        return self.valid_on(day).filter(reason=reason_id, region_code__in=places).order_by("-region_code")


class ClaimPublication(Dated):
    """For how many working days a claim of a reason is made public before it may be approved. No row: no publication.

    The Bazhong handbook prints none."""

    reason = models.ForeignKey(ClaimReason, models.PROTECT, verbose_name="适用原因", related_name="publications")
    region_code = models.CharField("区划", max_length=6)
    working_days = models.PositiveSmallIntegerField("公示工作日")

    objects = PublicationQuerySet.as_manager()

    class Meta:
        verbose_name = "手工报销公示规定"
        verbose_name_plural = "手工报销公示规定"
        ordering = ("region_code", "valid_from")
        constraints = [
            _ends_after_start("publication_period"),
            models.CheckConstraint(
                condition=Q(working_days__gte=1, working_days__lte=60), name="claim_publication_days",
                violation_error_message="公示工作日应在1至60之间。",
            ),
            models.UniqueConstraint(fields=["reason", "region_code", "valid_from"], name="claim_publication_once"),
        ]

    def __str__(self) -> str:
        return f"{self.region_code} 公示 {self.working_days} 个工作日"


class RefusalGround(Dated):
    """A ground on which the funds do not pay: the statutory ones (BZ-GEN-6.1), and those of diseases that must be
    certified (BZ-CHR-15.1), which hold for bills of such a disease only."""

    code = models.CharField("代码", max_length=5, unique=True)
    name = models.CharField("情形", max_length=80)
    certified = models.BooleanField("仅限须认定的病种", default=False)
    rule = models.CharField("规则", max_length=20)

    class Meta:
        verbose_name = "不予支付情形"
        verbose_name_plural = "不予支付情形"
        ordering = ("code",)
        constraints = [_ends_after_start("ground_period")]

    def __str__(self) -> str:
        return self.name
