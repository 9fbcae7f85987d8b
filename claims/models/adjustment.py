"""What a replay of a year, or a reversal, leaves to pay or to recover."""

from django.db import models
from django.db.models import F, Q

from casework.fields import MoneyField
from casework.models import CaseRecord, JurisdictionManager
from claims import workflow
from claims.models.columns import officer


class Adjustment(CaseRecord):
    """What is to be paid in addition, or to be recovered, after a decided claim came out differently; what is to be
    recovered of a maternity case that was reversed; and what an institution owes for what a spot check found (CQ-10.2):
    `source_no` is that check's number."""

    matter = "TZ"
    matter_label = "补支付与追回"

    class Kind(models.TextChoices):
        SUPPLEMENT = "supplement", "补支付"
        RECOVERY = "recovery", "追回"

    status = models.CharField(
        "状态", max_length=40, db_index=True, editable=False, choices=workflow.AdjustmentStatus.choices
    )
    claim = models.ForeignKey(
        "claims.Claim", models.PROTECT, verbose_name="报销件", null=True, blank=True, related_name="adjustments"
    )
    maternity_case = models.ForeignKey(
        "maternity.MaternityCase", models.PROTECT, verbose_name="生育待遇件", null=True, blank=True,
        related_name="adjustments",
    )
    institution = models.ForeignKey(
        "enrollment.Institution", models.PROTECT, verbose_name="追回机构", null=True, blank=True, related_name="+"
    )
    source_no = models.CharField("来源件号", max_length=30, blank=True, help_text="向机构追回：所依据的抽查件号")
    kind = models.CharField("种类", max_length=10, choices=Kind.choices)
    amount = MoneyField("金额")
    reason = models.CharField("原因", max_length=500)
    before = models.ForeignKey(
        "claims.Settlement", models.PROTECT, verbose_name="原结算", null=True, blank=True, related_name="+"
    )
    after = models.ForeignKey(
        "claims.Settlement", models.PROTECT, verbose_name="新结算", null=True, blank=True, related_name="+"
    )
    reviewed_by = officer("审核人", null=True, blank=True)
    approved_by = officer("复核人", null=True, blank=True)

    class Meta:
        verbose_name = "补支付与追回"
        verbose_name_plural = "补支付与追回"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [("review_adjustment", "审核调整"), ("approve_adjustment", "复核调整")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="adjustment_amount_positive"),
            models.CheckConstraint(
                condition=Q(claim__isnull=False, maternity_case__isnull=True, institution__isnull=True)
                | Q(claim__isnull=True, maternity_case__isnull=False, institution__isnull=True, kind="recovery")
                | Q(claim__isnull=True, maternity_case__isnull=True, institution__isnull=False, kind="recovery"),
                name="adjustment_of_one_case", violation_error_message="调整须属于一件报销、一件生育待遇或一个机构",
            ),
            models.CheckConstraint(
                condition=Q(institution__isnull=True, source_no="")
                | Q(institution__isnull=False) & ~Q(source_no=""),
                name="adjustment_source_of_institution", violation_error_message="向机构追回须写明来源件号",
            ),
            models.UniqueConstraint(
                fields=["source_no"], condition=Q(institution__isnull=False) & ~Q(status="dropped"),
                name="adjustment_one_per_source", violation_error_message="该抽查已提出向机构追回",
            ),
            models.UniqueConstraint(
                fields=["maternity_case"], condition=~Q(status="dropped"), name="adjustment_one_per_maternity_case",
            ),
            models.CheckConstraint(
                condition=~Q(reviewed_by=F("registered_by")) & ~Q(approved_by=F("registered_by"))
                & ~Q(approved_by=F("reviewed_by")),
                name="adjustment_three_hands",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["paying", "recovering", "closed"]) | Q(approved_by__isnull=False),
                name="adjustment_approved_by_somebody",
            ),
        ]

    @property
    def case(self):
        """The decided case that this follows from; none of what an institution owes."""
        return self.claim or self.maternity_case

    @property
    def origin_no(self) -> str:
        """The number of the case that this follows from."""
        return self.case.case_no if self.case else self.source_no

    @property
    def signed_amount(self):
        """Positive to the person, negative back to the fund."""
        return self.amount if self.kind == self.Kind.SUPPLEMENT else -self.amount


class RecoveredBill(models.Model):
    """One bill of what an institution owes: what the funds paid of it, and what they would have without its
    certificate. The database lets these change no more, and their differences add up to the amount."""

    adjustment = models.ForeignKey(
        Adjustment, models.PROTECT, db_index=False, verbose_name="追回", related_name="bills"
    )
    item = models.ForeignKey("claims.SettlementItem", models.PROTECT, verbose_name="结算明细", related_name="+")
    before = MoneyField("基金支付")
    after = MoneyField("无此认定时基金支付")

    jurisdiction = "adjustment__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "追回明细"
        verbose_name_plural = "追回明细"
        ordering = ("id",)
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["adjustment", "item"], name="recovered_bill_once"),
            models.CheckConstraint(condition=Q(before__gte=0, after__gte=0), name="recovered_bill_not_negative"),
        ]

    def __str__(self) -> str:
        return f"追回明细{self.pk}"

    @property
    def loss(self):
        """What the funds paid too much; negative where they would have paid more."""
        return self.before - self.after
