"""Jobs: the row is the truth; Celery carries only its id."""

from django.db import models
from django.utils import timezone


class Job(models.Model):
    """Work to be done once per (kind, key), by whichever worker holds the lease with the latest fencing number."""

    class State(models.TextChoices):
        PENDING = "pending", "待运行"
        RUNNING = "running", "运行中"
        DONE = "done", "完成"
        DEAD = "dead", "失败"

    kind = models.CharField("种类", max_length=60)
    key = models.CharField("键", max_length=120)
    payload = models.JSONField("参数", default=dict, blank=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    next_at = models.DateTimeField("下次时间", default=timezone.now)
    rung_at = models.DateTimeField("上次唤起", null=True, blank=True)
    lease_until = models.DateTimeField("租约至", null=True, blank=True)
    fence = models.PositiveIntegerField("栅栏号", default=0)
    progress = models.PositiveIntegerField("已完成", default=0)
    total = models.PositiveIntegerField("总数", default=0)
    message = models.CharField("说明", max_length=300, blank=True)
    created_at = models.DateTimeField("产生时间", default=timezone.now)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = "后台作业"
        verbose_name_plural = "后台作业"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [("retry_job", "重新运行")]
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="job_kind_key")]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(state="pending"), name="job_due"),
            models.Index(fields=["lease_until"], condition=models.Q(state="running"), name="job_leased"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
