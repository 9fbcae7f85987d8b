"""Jobs and messages: what waits, what failed and why, and a button to try again."""

from django.http import HttpRequest

from casework import services
from casework.admin_base import ModelAdmin, action, display, register, status_chip
from casework.clock import now
from casework.models import Job, OutboxMessage

TONES = {"pending": "blue", "running": "violet", "done": "green", "dead": "red"}


@register(Job)
class JobAdmin(ModelAdmin):
    scoped = False
    list_display = ("kind", "key", "chip", "done_of_total", "attempts", "next_at", "message", "created_at")
    list_filter = ("state", "kind")
    search_fields = ("=key",)
    actions_detail = ("retry",)

    @display(description="状态", ordering="state")
    def chip(self, job: Job) -> str:
        return status_chip(job.get_state_display(), TONES[job.state])

    @display(description="进度")
    def done_of_total(self, job: Job) -> str:
        return f"{job.progress}/{job.total}" if job.total else ""

    @action(
        description="重新运行",
        consequence="作业将从头计次重新运行；已完成的部分不会重复生效。",
        permissions=["casework.retry_job"],
    )
    def retry(self, request: HttpRequest, form: object, object_id: str) -> str:
        services.retry_job(job_id=int(object_id), by=request.user, at=now())
        return "已重新排入。"


@register(OutboxMessage)
class OutboxMessageAdmin(ModelAdmin):
    scoped = False
    list_display = ("topic", "key", "chip", "attempts", "next_at", "message", "created_at")
    list_filter = ("state", "topic")
    search_fields = ("=key",)
    actions_detail = ("retry",)

    @display(description="状态", ordering="state")
    def chip(self, message: OutboxMessage) -> str:
        return status_chip(message.get_state_display(), TONES[message.state])

    @action(
        description="重新投递",
        consequence="该消息将重新投递给尚未收到的接收方；已收到的不会重复。",
        permissions=["casework.retry_outboxmessage"],
    )
    def retry(self, request: HttpRequest, form: object, object_id: str) -> str:
        services.retry_message(message_id=int(object_id), by=request.user, at=now())
        return "已重新排入。"
