"""The worklist: one open task per open case."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from casework.models.jurisdiction import JurisdictionManager


class Task(models.Model):
    """What is to be done next on a case, by whoever holds `permission` in the region and is not `barred`."""

    case_no = models.CharField("件号", max_length=32, db_index=True)
    matter = models.CharField("事项", max_length=20)
    step = models.CharField("待办步骤", max_length=60)
    permission = models.CharField("所需权限", max_length=120, blank=True)
    region_code = models.CharField("经办区划", max_length=12)
    title = models.CharField("待办", max_length=60)
    due_on = models.DateField("时限", null=True, blank=True, help_text="停止计时或没有规定时限时为空")
    stopped = models.BooleanField("停止计时", default=False)
    returned = models.BooleanField("被退回", default=False)
    barred = ArrayField(models.BigIntegerField(), verbose_name="不得办理的人员", default=list, blank=True)
    assignee = models.ForeignKey(
        "casework.Officer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tasks",
        verbose_name="领取人",
    )
    taken_at = models.DateTimeField("领取时间", null=True, blank=True)
    opened_at = models.DateTimeField("产生时间")
    closed_at = models.DateTimeField("完成时间", null=True, blank=True)
    closed_by = models.ForeignKey(
        "casework.Officer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="完成人",
    )

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "待办"
        verbose_name_plural = "待办"
        ordering = ("due_on", "id")
        default_permissions = ("view",)
        permissions = [("reassign_task", "退回他人待办")]
        constraints = [
            models.UniqueConstraint(
                fields=["case_no"], condition=models.Q(closed_at=None), name="task_one_open_per_case"
            ),
        ]
        indexes = [
            models.Index(
                "region_code", "permission", "due_on", condition=models.Q(closed_at=None), name="task_open_queue"
            ),
            models.Index("assignee", condition=models.Q(closed_at=None), name="task_open_assignee"),
        ]

    def __str__(self) -> str:
        return f"{self.case_no} {self.title}"
