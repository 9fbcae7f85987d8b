"""A recompute of a year: its chunks of persons, and what differs from what is stored. Nothing of it is applied here."""

from django.db import models
from django.db.models import Q

from casework.models import JurisdictionManager


class Recompute(models.Model):
    """One replay of a year's settled bills (年度重算). One runs at a time for a year.

    `with_register` also asks what today's register and today's pack would give."""

    class State(models.TextChoices):
        RUNNING = "running", "运行中"
        DONE = "done", "完成"
        STOPPED = "stopped", "终止"

    year = models.PositiveSmallIntegerField("年度")
    region_code = models.CharField("统筹区或县区", max_length=12, help_text="511900为全市")
    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="参保人", null=True, blank=True, related_name="+"
    )
    with_register = models.BooleanField(
        "核对现行信息", default=False, help_text="除存档重放外，再按参保登记的现行信息和现行规则包重算一遍"
    )
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.RUNNING)
    started_by = models.ForeignKey(
        "casework.Officer", models.PROTECT, verbose_name="发起人", null=True, blank=True, related_name="+",
        help_text="空为定时发起",
    )
    started_at = models.DateTimeField("开始时间")
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)
    persons = models.PositiveIntegerField("人数", default=0)
    bills = models.PositiveIntegerField("费用笔数", default=0)
    differences = models.PositiveIntegerField("差异数", default=0)
    checksum = models.CharField("校验值", max_length=32, blank=True, help_text="与分块和中断无关")

    jurisdiction = "region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "年度重算"
        verbose_name_plural = "年度重算"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [("run_recompute", "发起年度重算")]
        constraints = [
            models.UniqueConstraint(fields=["year"], condition=Q(state="running"), name="recompute_one_running"),
        ]

    def __str__(self) -> str:
        return f"{self.year}年度重算 {self.pk}"


class RecomputeChunk(models.Model):
    """A range of persons that one job replays in one transaction: done wholly, or not at all."""

    run = models.ForeignKey(Recompute, models.PROTECT, verbose_name="年度重算", related_name="chunks")
    first_person = models.BigIntegerField("自")
    last_person = models.BigIntegerField("至")
    done_at = models.DateTimeField("完成时间", null=True, blank=True)
    persons = models.PositiveIntegerField("人数", default=0)
    bills = models.PositiveIntegerField("费用笔数", default=0)
    differences = models.PositiveIntegerField("差异数", default=0)
    checksum = models.CharField("校验值", max_length=32, blank=True)

    class Meta:
        verbose_name = "重算分块"
        verbose_name_plural = "重算分块"
        ordering = ("id",)
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["run", "first_person"], name="recompute_chunk_once")]

    def __str__(self) -> str:
        return f"{self.run_id}:{self.first_person}"


class RecomputeDifference(models.Model):
    """A bill or a year's accumulators that the replay gives differently: the shadow of what is stored."""

    class Cause(models.TextChoices):
        FAULT = "fault", "程序或数据差错"
        FACT = "fact", "参保人信息变化"
        PACK = "pack", "政策包变化"

    chunk = models.ForeignKey(RecomputeChunk, models.PROTECT, verbose_name="分块", related_name="found")
    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="+")
    settlement = models.ForeignKey(
        "claims.Settlement", models.PROTECT, verbose_name="结算", null=True, blank=True, related_name="+",
        help_text="空为年度累计",
    )
    number = models.PositiveSmallIntegerField("序号", default=0)
    cause = models.CharField("原因", max_length=10, choices=Cause.choices)
    before = models.TextField("存档")
    after = models.TextField("重算")

    class Meta:
        verbose_name = "重算差异"
        verbose_name_plural = "重算差异"
        ordering = ("id",)
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["chunk", "person", "settlement", "number"], name="recompute_difference_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.settlement_id}/{self.number}"
