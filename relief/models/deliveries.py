"""One push on its way to one receiver: its number, the attempts, and the answer to each row."""

from django.db import models
from django.db.models import F, Q

from casework.models import JurisdictionManager
from relief.models.exchange import Push, Receiver, officer


class PushDelivery(models.Model):
    """One push for one receiver, under the receiver's next number: without gaps, and delivered in this order."""

    class State(models.TextChoices):
        WAITING = "waiting", "待送达"
        SENT = "sent", "已送达"
        ANSWERED = "answered", "已全部回执"

    push = models.ForeignKey(Push, models.PROTECT, verbose_name="推送名单", related_name="deliveries")
    receiver = models.ForeignKey(
        Receiver, models.PROTECT, db_index=False, verbose_name="接收部门", related_name="deliveries"
    )
    number = models.PositiveIntegerField("报送序号")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    form = models.CharField("文本格式", max_length=10, choices=Receiver.Form.choices)
    manifest = models.TextField("清单")
    manifest_sha256 = models.CharField("清单摘要", max_length=64)
    sent_at = models.DateTimeField("送达时间", null=True, blank=True)
    receipt = models.CharField("回执号", max_length=80, blank=True)
    rows_sent = models.PositiveIntegerField("报送行数")
    rows_accepted = models.PositiveIntegerField("已接收行数", default=0)
    rows_failed = models.PositiveIntegerField("例外行数", default=0)
    rows_pending = models.PositiveIntegerField("待回执行数")

    jurisdiction = "push__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "报送"
        verbose_name_plural = "报送"
        ordering = ("push", "pk")
        default_permissions = ("view",)
        permissions = [("settle_exceptions", "处理报送例外")]
        constraints = [
            models.UniqueConstraint(fields=["receiver", "number"], name="delivery_number_once"),
            models.UniqueConstraint(fields=["push", "receiver"], name="delivery_push_once"),
            models.CheckConstraint(
                condition=Q(rows_sent=F("rows_accepted") + F("rows_failed") + F("rows_pending")),
                name="delivery_rows_add_up",
            ),
            models.CheckConstraint(
                condition=~Q(state="answered") | Q(rows_pending=0), name="delivery_answered_leaves_nothing"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", sent_at__isnull=True) | (~Q(state="waiting") & Q(sent_at__isnull=False)),
                name="delivery_sent_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.receiver_id}:{self.number:06d}"


class DeliveryAttempt(models.Model):
    """One attempt at delivering; appended, whatever came of it."""

    delivery = models.ForeignKey(PushDelivery, models.PROTECT, verbose_name="报送", related_name="attempts")
    at = models.DateTimeField("时间")
    arrived = models.BooleanField("送达")
    message = models.CharField("结果", max_length=200)

    class Meta:
        verbose_name = "送达记录"
        verbose_name_plural = "送达记录"
        ordering = ("-pk",)
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["delivery"], condition=Q(arrived=True), name="delivery_arrives_once"),
        ]

    def __str__(self) -> str:
        return self.message


class Acknowledgement(models.Model):
    """One part of a receiver's answer, as it came; the same part again is nothing new."""

    delivery = models.ForeignKey(
        PushDelivery, models.PROTECT, db_index=False, verbose_name="报送", related_name="acknowledgements"
    )
    part = models.PositiveIntegerField("回执批次")
    sha256 = models.CharField("摘要", max_length=64)
    rows = models.PositiveIntegerField("行数")
    at = models.DateTimeField("收到时间")

    class Meta:
        verbose_name = "回执"
        verbose_name_plural = "回执"
        ordering = ("delivery", "part")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["delivery", "part"], name="acknowledgement_part_once")]

    def __str__(self) -> str:
        return f"{self.delivery_id}:{self.part}"


class PushReply(models.Model):
    """The answer to one row. What was not accepted stands on the exception list until an officer has settled it."""

    delivery = models.ForeignKey(
        PushDelivery, models.PROTECT, db_index=False, verbose_name="报送", related_name="replies"
    )
    row = models.ForeignKey("relief.PushRow", models.PROTECT, db_index=False, verbose_name="推送人员", related_name="+")
    accepted = models.BooleanField("已接收")
    code = models.CharField("代码", max_length=30, blank=True)
    message = models.CharField("说明", max_length=200, blank=True)
    at = models.DateTimeField("收到时间")
    settled_by = officer("处理人", null=True, blank=True)
    settled_at = models.DateTimeField("处理时间", null=True, blank=True)
    note = models.CharField("处理情况", max_length=200, blank=True)

    jurisdiction = "delivery__push__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "逐行回执"
        verbose_name_plural = "逐行回执"
        ordering = ("delivery", "row__number")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["delivery", "row"], name="push_reply_once"),
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True) | (~Q(note="") & Q(accepted=False)),
                name="push_reply_settled_with_note",
            ),
        ]
        indexes = [
            models.Index(
                fields=["delivery"], condition=Q(accepted=False, settled_by__isnull=True), name="push_reply_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id}:{self.row_id}"
