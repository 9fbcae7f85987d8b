"""Messages for other apps and for the outside, written in the transaction of the deed they tell of."""

from django.db import models
from django.utils import timezone


class OutboxMessage(models.Model):
    """One piece of news. It exists exactly if the deed does; (topic, key) says it once."""

    class State(models.TextChoices):
        PENDING = "pending", "待投递"
        DONE = "done", "已投递"
        DEAD = "dead", "投递失败"

    topic = models.CharField("主题", max_length=60)
    key = models.CharField("键", max_length=120)
    payload = models.JSONField("内容", default=dict)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    next_at = models.DateTimeField("下次时间", default=timezone.now)
    rung_at = models.DateTimeField("上次唤起", null=True, blank=True)
    created_at = models.DateTimeField("产生时间", default=timezone.now)
    done_at = models.DateTimeField("完成时间", null=True, blank=True)
    message = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = "发件"
        verbose_name_plural = "发件箱"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [("retry_outboxmessage", "重新投递")]
        constraints = [models.UniqueConstraint(fields=["topic", "key"], name="outbox_topic_key")]
        indexes = [models.Index(fields=["next_at"], condition=models.Q(state="pending"), name="outbox_due")]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"


class Delivery(models.Model):
    """That one subscriber has taken one message; written with the effect, so that there is one effect."""

    message = models.ForeignKey(OutboxMessage, on_delete=models.PROTECT, related_name="deliveries", verbose_name="发件")
    subscriber = models.CharField("订阅者", max_length=160)
    at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        verbose_name = "投递"
        verbose_name_plural = "投递"
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["message", "subscriber"], name="delivery_once")]

    def __str__(self) -> str:
        return self.subscriber
