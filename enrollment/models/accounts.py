"""The employee's personal account (个人账户) as a ledger, and the relatives who may use it (家庭共济)."""
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Q

from casework.fields import MoneyField
from casework.models import JurisdictionQuerySet
from enrollment.models.spans import DAYS, Span, ends_after_start, same_number


class AccountEntry(models.Model):
    """One movement of a personal account, in yuan: positive in, negative out. Never edited; reversed once."""

    class Kind(models.TextChoices):
        CREDIT = "credit", "按月划入"
        TRANSFER_IN = "transfer_in", "转移划入"
        PREMIUM = "premium", "支付近亲属居民保费"
        SELF_PAY = "self_pay", "支付医疗费自付"
        PAYOUT = "payout", "一次性支取"
        REVERSAL = "reversal", "冲销"

    IN = (Kind.CREDIT, Kind.TRANSFER_IN)
    OUT = (Kind.PREMIUM, Kind.SELF_PAY, Kind.PAYOUT)

    jurisdiction = "person__region_code"

    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="账户所有人", related_name="account_entries",
    )
    kind = models.CharField("种类", max_length=20, choices=Kind.choices)
    amount = MoneyField("金额")
    day = models.DateField("日期")
    reference = models.CharField("业务流水号", max_length=80)
    contribution = models.ForeignKey(
        "enrollment.Contribution", models.PROTECT, verbose_name="缴费记录", null=True, blank=True, related_name="+",
    )
    beneficiary = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="使用人", null=True, blank=True, related_name="+",
    )
    reverses = models.OneToOneField(
        "self", models.PROTECT, verbose_name="冲销", null=True, blank=True, related_name="reversed_by",
    )
    note = models.CharField("说明", max_length=100, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登记人", related_name="+")
    recorded_at = models.DateTimeField("登记时间")

    objects = JurisdictionQuerySet.as_manager()

    class Meta:
        verbose_name = "个人账户明细"
        verbose_name_plural = "个人账户明细"
        ordering = ["person", "-pk"]
        default_permissions = ("view",)
        permissions = [("keep_account", "办理个人账户和家庭共济")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "reference"], name="account_reference_once", violation_error_message="该流水号已记账",
            ),
            models.CheckConstraint(
                name="account_entry_sign",
                condition=Q(kind__in=["credit", "transfer_in"], amount__gt=0, reverses__isnull=True)
                | Q(kind__in=["premium", "self_pay", "payout"], amount__lt=0, reverses__isnull=True)
                | Q(~Q(amount=0), kind="reversal", reverses__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


class AccountBalance(models.Model):
    """What is left in a personal account: the sum of its entries, kept by the database and never below zero."""

    jurisdiction = "person__region_code"

    person = models.OneToOneField(
        "enrollment.Person", models.PROTECT, verbose_name="账户所有人", primary_key=True, related_name="account",
    )
    amount = MoneyField("余额", default=0)

    objects = JurisdictionQuerySet.as_manager()

    class Meta:
        verbose_name = "个人账户余额"
        verbose_name_plural = "个人账户余额"
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                name="account_never_overdrawn", condition=Q(amount__gte=0), violation_error_message="个人账户余额不足",
            ),
        ]

    def __str__(self) -> str:
        return f"余额 {self.amount}"


class FamilyBinding(Span):
    """A close relative who may use an employee's personal account from one day to another (BZ-EMP-25.1, 25.2)."""

    class Relation(models.TextChoices):
        SPOUSE = "spouse", "配偶"
        PARENT = "parent", "父母"
        CHILD = "child", "子女"
        SIBLING = "sibling", "兄弟姐妹"
        GRANDPARENT = "grandparent", "祖父母、外祖父母"
        GRANDCHILD = "grandchild", "孙子女、外孙子女"

    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="账户所有人", related_name="family_bindings",
    )
    relative = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="近亲属", related_name="bound_to",
    )
    relation = models.CharField("亲属关系", max_length=20, choices=Relation.choices)
    end_reason = models.CharField("终止原因", max_length=100, blank=True)

    class Meta:
        verbose_name = "家庭共济绑定"
        verbose_name_plural = "家庭共济绑定"
        ordering = ["person", "starts_on"]
        default_permissions = ("view",)
        constraints = [
            ends_after_start("binding_ends_after_start"),
            models.CheckConstraint(name="binding_not_to_oneself", condition=~Q(person=F("relative"))),
            models.CheckConstraint(
                name="binding_close_relative",
                condition=Q(relation__in=["spouse", "parent", "child", "sibling", "grandparent", "grandchild"]),
                violation_error_message="家庭共济限于近亲属",
            ),
            ExclusionConstraint(
                name="binding_once_a_day",
                expressions=[
                    (same_number("person_id"), "&&"), (same_number("relative_id"), "&&"), (DAYS, "&&"),
                ],
                condition=Q(voided=False),
                violation_error_message="该近亲属已绑定",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_relation_display()} {self.starts_on} 至 {self.last_day or '今'}"
