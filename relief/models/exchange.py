"""The monthly push to civil affairs, agriculture and health (BZ-REL-9.1): whom the bureau reported, and the files.

A push is a snapshot: its rows and files never change, whatever happens to the persons afterwards.
"""

from datetime import date
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from casework.fields import MoneyField
from casework.models import JurisdictionManager, JurisdictionQuerySet, four_eyes


def officer(label: str, **more: Any) -> models.ForeignKey:
    return models.ForeignKey(
        "casework.Officer", models.PROTECT, db_index=False, verbose_name=label, related_name="+", **more
    )


class Receiver(models.Model):
    """An authority that the bureau exchanges lists with. Where it is reached stands in the settings, not here."""

    class Code(models.TextChoices):
        CIVIL_AFFAIRS = "civil_affairs", "民政"
        AGRICULTURE = "agriculture", "农业农村"
        HEALTH = "health", "卫生健康"

    class Form(models.TextChoices):
        CSV_GB = "csv_gb", "CSV（GB18030）"
        CSV_UTF8 = "csv_utf8", "CSV（UTF-8带BOM）"

    region_code = models.CharField("区划", max_length=6)
    code = models.CharField("部门", max_length=20, choices=Code.choices)
    name = models.CharField("名称", max_length=60)
    form = models.CharField("文本格式", max_length=10, choices=Form.choices, default=Form.CSV_GB)
    key_version = models.PositiveSmallIntegerField("密钥版本", default=1, help_text="更换密钥时加一，双方同日启用")
    active = models.BooleanField("参加交换", default=True)

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "交换部门"
        verbose_name_plural = "交换部门"
        ordering = ("region_code", "pk")
        default_permissions = ("view", "change")
        constraints = [models.UniqueConstraint(fields=["region_code", "code"], name="receiver_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def address_name(self) -> str:
        """Under which name the settings give its address."""
        return f"{self.region_code}.{self.code}"


class ExchangeRuleQuerySet(JurisdictionQuerySet):
    def in_force(self, region_code: str, day: date) -> Self:
        return self.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=day), region_code=region_code, valid_from__lte=day
        )


class ExchangeRule(models.Model):
    """What the bureau itself decides about the exchange, from a day on: when a person is reported again (BZ-AMB-27),
    who is shown as near, when the alarm sounds, and from which change on a list is held."""

    region_code = models.CharField("区划", max_length=6)
    valid_from = models.DateField("施行日期")
    valid_to = models.DateField("停用日期（不含）", null=True, blank=True)
    repeat_growth = MoneyField(
        "再次推送的增长额", null=True, blank=True, help_text="自付比上次推送至少增长此数才再次推送；空为每年只推送一次"
    )
    near_percent = models.PositiveSmallIntegerField("接近标准的比例（%）")
    alarm_days = models.PositiveSmallIntegerField("提前提醒的工作日")
    hold_percent = models.PositiveSmallIntegerField("挂起的变动比例（%）", help_text="变动超过此比例的返回名单挂起")
    hold_from = models.PositiveSmallIntegerField("挂起的起算人数", help_text="现有人数少于此数的不按比例挂起")
    article = models.CharField("依据", max_length=200)

    objects = ExchangeRuleQuerySet.as_manager()

    class Meta:
        verbose_name = "交换规定"
        verbose_name_plural = "交换规定"
        ordering = ("region_code", "valid_from")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(fields=["region_code", "valid_from"], name="exchange_rule_once"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="exchange_rule_period",
                violation_error_message="停用日期应晚于施行日期。",
            ),
            models.CheckConstraint(
                condition=Q(repeat_growth__isnull=True) | Q(repeat_growth__gt=0), name="exchange_rule_growth",
                violation_error_message="再次推送的增长额应大于零。",
            ),
            models.CheckConstraint(
                condition=Q(near_percent__gte=1, near_percent__lte=100, hold_percent__lte=100),
                name="exchange_rule_percents", violation_error_message="比例应在1至100之间。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region_code} {self.valid_from}起"


class Push(models.Model):
    """The list of one month: built by a job, approved by an officer who did not ask for it, sent to each receiver."""

    class State(models.TextChoices):
        BUILDING = "building", "编制中"
        BUILT = "built", "待审批"
        APPROVED = "approved", "已审批"
        WITHDRAWN = "withdrawn", "已撤回"

    region_code = models.CharField("区划", max_length=6)
    month = models.CharField("所属月", max_length=7, help_text="自付累计截至该月末")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.BUILDING)
    threshold = MoneyField("推送标准")
    figure = models.CharField("标准的出处", max_length=60)
    rule = models.CharField("规则", max_length=20)
    article = models.CharField("条款", max_length=100)
    scheme = models.CharField("险种", max_length=10)
    accumulator = models.CharField("累计项", max_length=40)
    release = models.ForeignKey("casework.PackRelease", models.PROTECT, verbose_name="规则包", related_name="+")
    repeat_growth = MoneyField("再次推送的增长额", null=True, blank=True)
    cut_at = models.DateTimeField("截至", help_text="此刻之前记账的自付")
    due_on = models.DateField("送达时限")
    generator = models.CharField("生成程序版本", max_length=20)
    rows = models.PositiveIntegerField("人数", default=0)
    known = models.PositiveIntegerField("已有困难身份的人数", default=0)
    amount = MoneyField("自付合计", default=0)
    rows_sha256 = models.CharField("名单摘要", max_length=64, blank=True)
    asked_by = officer("编制人", null=True, blank=True, help_text="空为定时编制")
    asked_at = models.DateTimeField("编制时间")
    built_at = models.DateTimeField("完成时间", null=True, blank=True)
    approved_by = officer("审批人", null=True, blank=True)
    approved_at = models.DateTimeField("审批时间", null=True, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "推送名单"
        verbose_name_plural = "推送名单"
        ordering = ("-month", "-pk")
        default_permissions = ("view",)
        permissions = [
            ("build_push", "编制和撤回推送名单"),
            ("approve_push", "审批推送名单"),
            ("download_push", "下载推送文件"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["region_code", "month"], condition=~Q(state="withdrawn"), name="push_once_a_month",
                violation_error_message="该月的名单已经编制。",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="push_approved_by_somebody",
            ),
            models.CheckConstraint(condition=Q(month__regex=r"^20[0-9]{2}-(0[1-9]|1[0-2])$"), name="push_month_form"),
            four_eyes("asked_by", "approved_by"),
        ]

    def __str__(self) -> str:
        return self.push_no

    @property
    def push_no(self) -> str:
        return f"TS{self.pk:08d}"

    @property
    def year(self) -> int:
        return int(self.month[:4])

    @property
    def subject(self) -> str:
        """What audit entries about this push are found by."""
        return f"push:{self.push_no}"


class PushRow(models.Model):
    """One person of a push, as he stood then. Written while the push is built, never afterwards."""

    push = models.ForeignKey(Push, models.PROTECT, db_index=False, verbose_name="推送名单", related_name="lines")
    number = models.PositiveIntegerField("序号")
    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="+")
    id_type = models.CharField("证件类型", max_length=2)
    id_no = models.CharField("证件号码", max_length=30)
    name = models.CharField("姓名", max_length=50)
    birth_date = models.DateField("出生日期")
    region_code = models.CharField("参保地", max_length=12)
    region_name = models.CharField("参保地名称", max_length=60)
    amount = MoneyField("政策范围内自付")
    earlier = MoneyField("上次推送的自付", null=True, blank=True)
    categories = ArrayField(models.CharField(max_length=30), verbose_name="已有困难身份", default=list, blank=True)

    jurisdiction = "push__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "推送人员"
        verbose_name_plural = "推送人员"
        ordering = ("push", "number")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["push", "number"], name="push_row_number_once"),
            models.UniqueConstraint(fields=["push", "person"], name="push_row_person_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="push_row_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.push_id}:{self.number}"


class PushFile(models.Model):
    """The bytes of a push in one form, kept under their digest."""

    class Form(models.TextChoices):
        XLSX = "xlsx", "Excel工作簿"
        CSV_GB = "csv_gb", "CSV（GB18030）"
        CSV_UTF8 = "csv_utf8", "CSV（UTF-8带BOM）"

    push = models.ForeignKey(Push, models.PROTECT, db_index=False, verbose_name="推送名单", related_name="files")
    form = models.CharField("格式", max_length=10, choices=Form.choices)
    name = models.CharField("文件名", max_length=80)
    sha256 = models.CharField("摘要", max_length=64)
    size = models.PositiveBigIntegerField("字节数")

    jurisdiction = "push__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "推送文件"
        verbose_name_plural = "推送文件"
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["push", "form"], name="push_file_once")]

    def __str__(self) -> str:
        return self.name
