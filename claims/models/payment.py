"""Paying out: instructions, batches, the bank's returns."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from casework.fields import MoneyField
from casework.models import CaseRecord, JurisdictionManager
from claims import workflow
from claims.models.columns import officer
from policy import masking


class PaymentBatch(CaseRecord):
    """A list of instructions for the bank. Made by one officer, confirmed by another."""

    matter = "BF"
    matter_label = "拨付批次"

    status = models.CharField(
        "状态", max_length=40, db_index=True, editable=False, choices=workflow.BatchStatus.choices
    )
    total = MoneyField("总金额")
    count = models.PositiveIntegerField("笔数")
    confirmed_by = officer("确认人", null=True, blank=True)
    file_sha256 = models.CharField("银行文件摘要", max_length=64, blank=True)
    exported_at = models.DateTimeField("首次导出时间", null=True, blank=True)

    class Meta:
        verbose_name = "拨付批次"
        verbose_name_plural = "拨付批次"
        ordering = ("-id",)
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(confirmed_by=F("registered_by")), name="batch_maker_not_checker",
                violation_error_message="编制人与确认人不得为同一人。",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["confirmed", "sent", "closed"]) | Q(confirmed_by__isnull=False),
                name="batch_confirmed_by_somebody",
            ),
        ]


class Payment(models.Model):
    """One instruction to pay one decision to one account. A failed one stays; paying again is a new one.

    The decision is a claim's settlement, an adjustment of it, or a maternity case: exactly one of them."""

    class State(models.TextChoices):
        PENDING = "pending", "待拨付"
        BATCHED = "batched", "已列入批次"
        PAID = "paid", "已到账"
        FAILED = "failed", "拨付失败"
        CANCELLED = "cancelled", "已取消"

    LIVE = (State.PENDING, State.BATCHED, State.PAID)

    number = models.CharField("拨付单号", max_length=32, unique=True)
    region_code = models.CharField("经办区划", max_length=12, db_index=True)
    claim = models.ForeignKey(
        "claims.Claim", models.PROTECT, verbose_name="报销件", null=True, blank=True, related_name="payments"
    )
    settlement = models.ForeignKey(
        "claims.Settlement", models.PROTECT, verbose_name="结算", null=True, blank=True, related_name="payments"
    )
    adjustment = models.ForeignKey(
        "claims.Adjustment", models.PROTECT, verbose_name="补支付", null=True, blank=True, related_name="payments"
    )
    maternity_case = models.ForeignKey(
        "maternity.MaternityCase", models.PROTECT, verbose_name="生育待遇件", null=True, blank=True,
        related_name="payments",
    )
    amount = MoneyField("金额")
    payee_name = models.CharField("收款户名", max_length=50)
    payee_bank = models.CharField("收款银行", max_length=100)
    payee_account = models.CharField("收款账号", max_length=32)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.PENDING, db_index=True)
    batch = models.ForeignKey(
        PaymentBatch, models.PROTECT, verbose_name="批次", null=True, blank=True, related_name="payments"
    )
    approved_by = officer("复核人")
    batched_by = officer("拨付人", null=True, blank=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, verbose_name="重付", null=True, blank=True, related_name="replaced_by"
    )
    failure = models.CharField("失败原因", max_length=200, blank=True)
    made_at = models.DateTimeField("产生时间")
    done_at = models.DateTimeField("到账或失败时间", null=True, blank=True)

    jurisdiction = "region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "拨付单"
        verbose_name_plural = "拨付单"
        ordering = ("-id",)
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(
                    claim__isnull=False, settlement__isnull=False, adjustment__isnull=True, maternity_case__isnull=True
                )
                | Q(claim__isnull=False, settlement__isnull=True, adjustment__isnull=False, maternity_case__isnull=True)
                | Q(claim__isnull=True, settlement__isnull=True, adjustment__isnull=True, maternity_case__isnull=False),
                name="payment_of_one_decision",
            ),
            models.UniqueConstraint(
                fields=["settlement"], condition=Q(state__in=["pending", "batched", "paid"]),
                name="payment_one_live_per_settlement",
            ),
            models.UniqueConstraint(
                fields=["adjustment"], condition=Q(state__in=["pending", "batched", "paid"]),
                name="payment_one_live_per_adjustment",
            ),
            models.UniqueConstraint(
                fields=["maternity_case"], condition=Q(state__in=["pending", "batched", "paid"]),
                name="payment_one_live_per_maternity_case",
            ),
            models.CheckConstraint(
                condition=~Q(batched_by=F("approved_by")), name="payment_batcher_not_approver",
                violation_error_message="复核人与拨付人不得为同一人。",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "cancelled"])
                | Q(batch__isnull=False, batched_by__isnull=False),
                name="payment_goes_through_a_batch",
            ),
            models.CheckConstraint(
                condition=~Q(state="pending") | Q(batch__isnull=True), name="payment_pending_is_free"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def case(self):
        """The case whose decision this pays: a claim, or a maternity case."""
        return self.claim or self.maternity_case

    @property
    def masked_account(self) -> str:
        return masking.mask_account(self.payee_account)


class AccountCorrection(models.Model):
    """A corrected account for a failed payment: entered by one officer, confirmed by another when paying again."""

    payment = models.OneToOneField(Payment, models.PROTECT, verbose_name="失败的拨付单", related_name="correction")
    payee_name = models.CharField("收款户名", max_length=50)
    payee_bank = models.CharField("收款银行", max_length=100)
    payee_account = models.CharField("收款账号", max_length=32)
    entered_by = officer("更正人")
    entered_at = models.DateTimeField("更正时间")
    confirmed_by = officer("确认人", null=True, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)

    jurisdiction = "payment__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "账户更正"
        verbose_name_plural = "账户更正"
        ordering = ("-id",)
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(confirmed_by=F("entered_by")), name="correction_maker_not_checker",
                violation_error_message="更正人与确认人不得为同一人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} {masking.mask_account(self.payee_account)}"

    @property
    def masked_account(self) -> str:
        return masking.mask_account(self.payee_account)


class BankReturn(models.Model):
    """One return file of the bank (回盘). The same bytes are taken once."""

    batch = models.ForeignKey(PaymentBatch, models.PROTECT, verbose_name="批次", related_name="returns")
    file_name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("摘要", max_length=64, unique=True)
    rows_read = models.PositiveIntegerField("读入")
    paid = models.PositiveIntegerField("成功")
    failed = models.PositiveIntegerField("失败")
    payment_numbers = ArrayField(models.CharField(max_length=32), verbose_name="拨付单号", default=list)
    recorded_by = officer("登记人")
    recorded_at = models.DateTimeField("登记时间")

    jurisdiction = "batch__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "银行回盘"
        verbose_name_plural = "银行回盘"
        ordering = ("-id",)
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(condition=Q(rows_read=F("paid") + F("failed")), name="return_rows_add_up"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.file_name}"
