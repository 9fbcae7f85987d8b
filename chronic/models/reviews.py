"""Reviews (复审): the due days of an entitlement, one after the other, and what was said of each."""

from django.db import models
from django.db.models import F, Q

from casework.models import JurisdictionManager


class ReviewDue(models.Model):
    """One due day of an entitlement. It is known from `opened_on`, and settled by a review or the entitlement's end.

    The benefit runs out by itself the day before `suspends_on` (BZ-CHR-4.2, BZ-AMB-29): nobody has to act for it."""

    class Outcome(models.TextChoices):
        RENEWED = "renewed", "复审合格"
        ENDED = "ended", "待遇终止"

    jurisdiction = "entitlement__person__region_code"
    institution_scope = "entitlement__institution__code"

    entitlement = models.ForeignKey(
        "chronic.Entitlement", models.PROTECT, verbose_name="待遇", related_name="review_dues"
    )
    due_on = models.DateField("复审到期日")
    suspends_on = models.DateField("暂停日", help_text="到期未复审的，自该日起暂停待遇")
    opened_on = models.DateField("建立日期")
    settled_on = models.DateField("了结日期", null=True, blank=True)
    outcome = models.CharField("结果", max_length=10, choices=Outcome.choices, blank=True)
    next_on = models.DateField("下次查看日", null=True, blank=True, editable=False, help_text="空为无须再通知")

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "复审到期"
        verbose_name_plural = "复审到期"
        ordering = ("due_on", "id")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["next_on"], name="review_due_next")]
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement"], condition=Q(settled_on__isnull=True), name="review_due_one_open",
                violation_error_message="该待遇已有未了结的复审",
            ),
            models.CheckConstraint(
                condition=Q(suspends_on__gt=F("due_on")), name="review_due_before_suspension",
                violation_error_message="暂停日须晚于复审到期日",
            ),
            models.CheckConstraint(
                condition=Q(settled_on__isnull=True, outcome="") | (Q(settled_on__isnull=False) & ~Q(outcome="")),
                name="review_due_settled_with_outcome", violation_error_message="了结的复审须有结果",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entitlement} {self.due_on}"


class ReviewNotice(models.Model):
    """What is said of a due day: invitations ahead of it (预约), and that the benefit rests since (暂停).

    `planned_on` follows from the due day, the pack and the calendar, whenever the job ran. One that came too late to
    be of use, since the review was done meanwhile, is on record without number and text (`overtaken`)."""

    class Kind(models.TextChoices):
        INVITATION = "invitation", "复审通知"
        SUSPENSION = "suspension", "暂停待遇通知"

    jurisdiction = "due__entitlement__person__region_code"
    institution_scope = "due__entitlement__institution__code"

    due = models.ForeignKey(ReviewDue, models.PROTECT, verbose_name="复审到期", related_name="notices")
    kind = models.CharField("种类", max_length=10, choices=Kind.choices)
    ahead = models.PositiveSmallIntegerField("提前天数", default=0)
    planned_on = models.DateField("应发日期")
    number = models.CharField("文号", max_length=40, blank=True)
    body = models.JSONField("内容", default=dict)
    issued_on = models.DateField("发出日期", null=True, blank=True)
    region_code = models.CharField("经办区划", max_length=12)

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "复审通知"
        verbose_name_plural = "复审通知"
        ordering = ("-planned_on", "-id")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["due", "kind", "ahead"], name="review_notice_once",
                violation_error_message="该通知已发出",
            ),
            models.UniqueConstraint(
                fields=["number"], condition=~Q(number=""), name="review_notice_number",
                violation_error_message="文号已使用",
            ),
            models.CheckConstraint(
                condition=Q(number="", issued_on__isnull=True) | (~Q(number="") & Q(issued_on__isnull=False)),
                name="review_notice_numbered_when_issued", violation_error_message="发出的通知须有文号",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    @property
    def overtaken(self) -> bool:
        """Whether it was no longer needed when its turn came."""
        return self.issued_on is None
