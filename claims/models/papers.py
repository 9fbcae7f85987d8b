"""What was handed in with a claim, and what the checks found about it."""

from django.db import models
from django.db.models import F, Q

from casework.models import JurisdictionManager
from claims.models.claim import Claim
from claims.models.columns import officer


class MaterialReceived(models.Model):
    """That a material was handed in, on paper or with a scanned file."""

    claim = models.ForeignKey(Claim, models.PROTECT, verbose_name="报销件", related_name="materials")
    kind = models.CharField("材料代码", max_length=4)
    name = models.CharField("材料名称", max_length=80)
    document = models.ForeignKey(
        "casework.Document", models.PROTECT, verbose_name="影像", null=True, blank=True, related_name="+"
    )
    received_by = officer("收件人")
    received_at = models.DateTimeField("收件时间")
    voided = models.BooleanField("已退还", default=False)

    jurisdiction = "claim__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "收到的材料"
        verbose_name_plural = "收到的材料"
        ordering = ("id",)
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.name


class Finding(models.Model):
    """Something a check found about a claim; with the supervisor's reason where he lets it go on (主管审批)."""

    class Severity(models.TextChoices):
        REFUSE = "refuse", "不能结算"
        SUPERVISOR = "supervisor", "须主管审批"
        WARN = "warn", "提醒"

    claim = models.ForeignKey(Claim, models.PROTECT, verbose_name="报销件", related_name="findings")
    code = models.CharField("疑点代码", max_length=30)
    subject = models.CharField("对象", max_length=90, blank=True)
    severity = models.CharField("程度", max_length=10, choices=Severity.choices)
    message = models.CharField("说明", max_length=500)
    rule = models.CharField("规则", max_length=20, blank=True)
    found_by = officer("录入人")
    found_at = models.DateTimeField("发现时间")
    approved_by = officer("审批人", null=True, blank=True)
    approved_at = models.DateTimeField("审批时间", null=True, blank=True)
    approval_reason = models.CharField("审批意见", max_length=500, blank=True)
    cleared = models.BooleanField("已消除", default=False)

    jurisdiction = "claim__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "疑点"
        verbose_name_plural = "疑点"
        ordering = ("id",)
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "code", "subject"], condition=Q(cleared=False), name="finding_once"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | (Q(severity="supervisor") & ~Q(approval_reason="")),
                name="finding_approval_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(approved_by=F("found_by")), name="finding_maker_not_checker",
                violation_error_message="审批人不得为该件的经手人。",
            ),
        ]

    def __str__(self) -> str:
        return self.message

    @property
    def blocks(self) -> bool:
        """Whether the claim can't be settled while this stands."""
        return not self.cleared and (
            self.severity == self.Severity.REFUSE
            or (self.severity == self.Severity.SUPERVISOR and self.approved_by_id is None)
        )
