"""What a replay of a year, or a reversal, leaves to pay or to recover."""

from django.db import models
from django.db.models import F, Q

from casework.fields import MoneyField
from casework.models import CaseRecord
from claims import workflow
from claims.models.columns import officer


class Adjustment(CaseRecord):
    """What is to be paid in addition, or to be recovered, after a decided claim came out differently; and what is to be
    recovered of a maternity case that was reversed."""

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
                condition=Q(claim__isnull=False, maternity_case__isnull=True)
                | Q(claim__isnull=True, maternity_case__isnull=False, kind="recovery"),
                name="adjustment_of_one_case",
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
        """The decided case that this follows from."""
        return self.claim or self.maternity_case

    @property
    def signed_amount(self):
        """Positive to the person, negative back to the fund."""
        return self.amount if self.kind == self.Kind.SUPPLEMENT else -self.amount
