"""Settlements: facts and pack in, amounts and steps out, kept as they were."""

import json
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import F, Q

from casework.fields import MoneyField
from casework.models import JurisdictionManager, JurisdictionQuerySet
from claims.models.columns import named, officer

PAYERS = ("basic", "civil_servant", "large_amount", "catastrophic", "relief", "relief_tilt")


class SettlementQuerySet(JurisdictionQuerySet):
    def live(self) -> "SettlementQuerySet":
        return self.filter(ended_at__isnull=True)

    def in_order(self) -> "SettlementQuerySet":
        """In settlement order: a later version stands in the place of the first."""
        return self.order_by(models.functions.Coalesce("origin_id", "id"), "id")


class Settlement(models.Model):
    """One settlement of one claim. The database lets nothing of it change but its end, once."""

    class Ended(models.TextChoices):
        VOIDED = "voided", "退回作废"
        REVERSED = "reversed", "冲销"
        SUPERSEDED = "superseded", "年度重算"

    claim = models.ForeignKey("claims.Claim", models.PROTECT, verbose_name="报销件", related_name="settlements")
    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="+")
    origin = models.ForeignKey(
        "self", models.PROTECT, verbose_name="首次结算", null=True, blank=True, related_name="versions",
        help_text="年度重算产生的新版本，仍排在首次结算的位置",
    )
    supersedes = models.OneToOneField(
        "self", models.PROTECT, verbose_name="取代", null=True, blank=True, related_name="superseded_by"
    )
    request_text = models.TextField("事实")
    result_text = models.TextField("结果")
    digest = models.CharField("摘要", max_length=64)
    release = named("casework.PackRelease", "规则包")
    engine_version = models.CharField("引擎版本", max_length=20)
    total = MoneyField("费用总额")
    fund_total = MoneyField("基金支付")
    personal = MoneyField("个人负担")
    settled_by = officer("结算人")
    settled_at = models.DateTimeField("结算时间")
    ended_at = models.DateTimeField("失效时间", null=True, blank=True)
    ended = models.CharField("失效原因", max_length=10, choices=Ended.choices, blank=True)

    jurisdiction = "claim__region_code"
    objects = models.Manager.from_queryset(SettlementQuerySet)()

    class Meta:
        verbose_name = "结算"
        verbose_name_plural = "结算"
        ordering = ("id",)
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["claim"], condition=Q(ended_at__isnull=True), name="settlement_one_live"
            ),
            models.CheckConstraint(
                condition=Q(total=F("fund_total") + F("personal"), fund_total__gte=0, personal__gte=0),
                name="settlement_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended="") | (Q(ended_at__isnull=False) & ~Q(ended="")),
                name="settlement_end_has_cause",
            ),
        ]

    def __str__(self) -> str:
        return f"结算{self.pk}"

    @cached_property
    def request(self) -> dict[str, Any]:
        """The facts that were settled, as the contract writes them."""
        return json.loads(self.request_text)

    @cached_property
    def result(self) -> dict[str, Any]:
        """What the rules gave, with its steps."""
        return json.loads(self.result_text)

    @property
    def place(self) -> int:
        """Its place in the person's settlement order."""
        return self.origin_id or self.pk


class SettlementItem(models.Model):
    """The amounts of one stay in a settlement."""

    settlement = models.ForeignKey(
        Settlement, models.PROTECT, db_index=False, verbose_name="结算", related_name="items"
    )
    visit = models.ForeignKey("claims.Visit", models.PROTECT, verbose_name="就诊记录", related_name="+")
    number = models.PositiveSmallIntegerField("序号")
    year = models.PositiveSmallIntegerField("年度")
    total = MoneyField("费用总额")
    own_expense = MoneyField("自费")
    first_self_pay = MoneyField("先行自付")
    eligible = MoneyField("政策范围内费用")
    deductible = MoneyField("起付线")
    basic = MoneyField("基本医保统筹")
    civil_servant = MoneyField("公务员补助")
    large_amount = MoneyField("大额补助")
    catastrophic = MoneyField("大病保险")
    relief = MoneyField("医疗救助")
    relief_tilt = MoneyField("倾斜救助")
    fund_total = MoneyField("基金支付")
    personal = MoneyField("个人负担")

    jurisdiction = "settlement__claim__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "结算金额"
        verbose_name_plural = "结算金额"
        ordering = ("settlement", "number")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["settlement", "number"], name="item_number_once"),
            models.UniqueConstraint(fields=["settlement", "visit"], name="item_visit_once"),
            models.CheckConstraint(
                condition=Q(
                    total=F("fund_total") + F("personal"),
                    fund_total=F("basic") + F("civil_servant") + F("large_amount") + F("catastrophic")
                    + F("relief") + F("relief_tilt"),
                ),
                name="item_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(
                    own_expense__gte=0, first_self_pay__gte=0, eligible__gte=0, deductible__gte=0, basic__gte=0,
                    civil_servant__gte=0, large_amount__gte=0, catastrophic__gte=0, relief__gte=0, relief_tilt__gte=0,
                    fund_total__gte=0, personal__gte=0,
                ),
                name="item_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.settlement_id}/{self.number}"


class Reversal(models.Model):
    """That a settlement was undone, by whom and why. Once; its ledger entries are in the same transaction."""

    settlement = models.OneToOneField(Settlement, models.PROTECT, verbose_name="结算", related_name="reversal")
    cause = models.ForeignKey(
        Settlement, models.PROTECT, verbose_name="起因", null=True, blank=True, related_name="+",
        help_text="年度重算时，为引起重算的那次结算",
    )
    reason = models.CharField("原因", max_length=500)
    by = officer("经办人")
    at = models.DateTimeField("时间")

    jurisdiction = "settlement__claim__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "冲销"
        verbose_name_plural = "冲销"
        ordering = ("id",)
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"冲销 {self.settlement_id}"
