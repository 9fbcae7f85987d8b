"""Matters (参保事项): the list of service items as dated data, each handled matter as a case, and what other areas
certify."""
from datetime import date
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from casework.fields import MoneyField
from casework.models import CaseRecord, JurisdictionQuerySet, four_eyes
from enrollment.models.relations import Scheme
from enrollment.workflow import MATTER, MatterStatus


class ServiceItemQuerySet(models.QuerySet):
    def in_force(self, day: date) -> Self:
        """Each kind as it stands on `day`: its latest row from that day or before."""
        return self.filter(valid_from__lte=day).order_by("kind", "-valid_from").distinct("kind")


class ServiceItem(models.Model):
    """One kind of matter from `valid_from` on: decided at once or reviewed, through which channels, by which rules.
    How many working days it may take stands in casework's table of time limits, under `CB:` and the kind."""

    kind = models.CharField("事项代码", max_length=17)
    valid_from = models.DateField("施行日期")
    name = models.CharField("事项名称", max_length=60)
    reviewed = models.BooleanField("须审核", default=False, help_text="否则即时办结")
    channels = ArrayField(models.CharField(max_length=10), verbose_name="办理渠道")
    rules = ArrayField(models.CharField(max_length=20), verbose_name="规则", default=list, blank=True)
    article = models.CharField("依据", max_length=200)

    objects = ServiceItemQuerySet.as_manager()

    class Meta:
        verbose_name = "参保服务事项"
        verbose_name_plural = "参保服务事项"
        ordering = ["pk"]
        default_permissions = ("view", "add", "change")
        constraints = [models.UniqueConstraint(fields=["kind", "valid_from"], name="service_item_once_a_day")]

    def __str__(self) -> str:
        return self.name


class ItemMaterial(models.Model):
    """A paper that an item asks for. Those of one `choice` stand for each other: one of them is enough."""

    item = models.ForeignKey(ServiceItem, models.CASCADE, verbose_name="事项", related_name="materials")
    code = models.CharField("材料代码", max_length=30)
    name = models.CharField("材料名称", max_length=80)
    choice = models.CharField("择一组", max_length=10, blank=True)
    required = models.BooleanField("必备", default=True)

    class Meta:
        verbose_name = "事项材料"
        verbose_name_plural = "事项材料"
        ordering = ["pk"]
        default_permissions = ("view", "add", "change")
        constraints = [models.UniqueConstraint(fields=["item", "code"], name="item_material_once")]

    def __str__(self) -> str:
        return self.name


class EnrollmentCase(CaseRecord):
    """One handled matter. `facts` is what was applied for, read and checked, with numbers of documents masked;
    `outcome` names the rows that came of it."""

    class Channel(models.TextChoices):
        COUNTER = "counter", "经办窗口"
        TOWNSHIP = "township", "乡镇（街道）便民服务中心"
        VILLAGE = "village", "村（社区）"
        ONLINE = "online", "线上渠道"

    matter = MATTER.matter
    matter_label = MATTER.label

    item = models.ForeignKey(ServiceItem, models.PROTECT, verbose_name="事项", related_name="cases")
    kind = models.CharField("事项代码", max_length=17, db_index=True)
    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="matters", null=True, blank=True,
    )
    employer = models.ForeignKey(
        "enrollment.Employer", models.PROTECT, verbose_name="参保单位", related_name="matters", null=True, blank=True,
    )
    household = models.ForeignKey(
        "enrollment.Household", models.PROTECT, verbose_name="家庭户", related_name="matters", null=True, blank=True,
    )
    channel = models.CharField("办理渠道", max_length=10, choices=Channel.choices, default=Channel.COUNTER)
    facts = models.JSONField("申请内容", default=dict)
    outcome = models.JSONField("办理结果", default=dict)
    materials = ArrayField(models.CharField(max_length=30), verbose_name="已收材料", default=list, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="审核人", related_name="+", null=True, blank=True,
    )

    class Meta:
        verbose_name = "参保事项件"
        verbose_name_plural = "参保事项件"
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [("handle_matter", "办理参保事项"), ("review_matter", "审核参保事项")]
        constraints = [four_eyes("registered_by", "decided_by")]

    @property
    def limit_matter(self) -> str:
        """Each kind has its own time limit."""
        return f"{self.matter}:{self.kind}"

    def get_status_display(self) -> str:
        return MatterStatus(self.status).label


class TransferRecord(models.Model):
    """A relation that moved between areas (转移接续): what the other area certified, or what was certified to it.

    Years and account move with the person (BZ-EMP-21.1); of one certificate number once."""

    class Direction(models.TextChoices):
        IN = "in", "转入"
        OUT = "out", "转出"

    jurisdiction = "person__region_code"

    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="transfers")
    direction = models.CharField("方向", max_length=3, choices=Direction.choices)
    scheme = models.CharField("险种", max_length=10, choices=Scheme.choices)
    other_region = models.CharField("外地统筹区", max_length=12)
    certificate_no = models.CharField("参保凭证号", max_length=40)
    insured_from = models.DateField("参保开始月", null=True, blank=True)
    paid_until = models.DateField("缴费截止月", null=True, blank=True)
    months = models.PositiveSmallIntegerField("缴费月数", default=0)
    account_amount = MoneyField("个人账户金额", default=0)
    day = models.DateField("办理日期")
    case_no = models.CharField("件号", max_length=32, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登记人", related_name="+")
    recorded_at = models.DateTimeField("登记时间")

    objects = JurisdictionQuerySet.as_manager()

    class Meta:
        verbose_name = "转移接续记录"
        verbose_name_plural = "转移接续记录"
        ordering = ["person", "-day"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["direction", "other_region", "certificate_no"], name="transfer_certificate_once",
                violation_error_message="该参保凭证已办理",
            ),
            models.CheckConstraint(
                name="transfer_amounts", condition=Q(account_amount__gte=0, months__lte=840),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_direction_display()} {self.certificate_no}"
