"""Working days and time limits, as data the bureau keeps."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class WorkDay(models.Model):
    """Whether one day is worked. A day without a row follows the week (Monday to Friday), provisionally."""

    day = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("工作日")
    name = models.CharField("说明", max_length=40, blank=True, help_text="如：春节、国庆节调休")
    provisional = models.BooleanField("暂定", default=False, help_text="国务院办公厅尚未公布")
    edited_by = models.ForeignKey(
        "casework.Officer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="改动人",
        help_text="有改动人的日期不再被批量载入覆盖",
    )

    class Meta:
        verbose_name = "工作日历"
        verbose_name_plural = "工作日历"
        ordering = ("day",)

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {'上班' if self.is_workday else '休息'}"


class TimeLimit(models.Model):
    """How many working days a matter, or one step of it, may take from `valid_from` on."""

    matter = models.CharField("事项", max_length=20)
    step = models.CharField("步骤", max_length=60, blank=True, help_text="空为整件")
    region_code = models.CharField("区划", max_length=6, blank=True, help_text="空为全国；最小的区划优先")
    valid_from = models.DateField("施行日期")
    working_days = models.PositiveSmallIntegerField(
        "工作日数", validators=[MinValueValidator(1), MaxValueValidator(250)]
    )
    article = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = "办理时限"
        verbose_name_plural = "办理时限"
        ordering = ("matter", "step", "region_code", "valid_from")
        constraints = [
            models.UniqueConstraint(fields=["matter", "step", "region_code", "valid_from"], name="timelimit_unique"),
            models.CheckConstraint(
                condition=models.Q(working_days__gte=1, working_days__lte=250), name="timelimit_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matter} {self.step or '整件'} {self.working_days}个工作日"
