"""Questions of the screens about hospitals' interfaces: keys, address, how each message stands. Nothing here writes."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from casework.models import AuditEntry, Job
from chronic.models import ApiClient, ApiKey, WebhookDelivery
from chronic.services.interface_webhooks import JOB

Json = dict[str, Any]
DELIVERED, DEAD, WAITING = "delivered", "dead", "waiting"
STATES = {DELIVERED: "已送达", WAITING: "待发送", DEAD: "发送失败"}
TOPICS = {"diagnosis.changed": "件有变化", "entitlement.ended": "待遇终止"}
SHOWN = 20


def clients(rows: QuerySet[ApiClient], at: datetime) -> QuerySet[ApiClient]:
    """Clients with the number of live keys, their last use, and how many notices were given up. One query."""
    live = Q(keys__ends_at=None) | Q(keys__ends_at__gt=at)
    own = WebhookDelivery.objects.filter(endpoint__client=OuterRef("pk"))
    failed = deliveries(own).filter(job_state=Job.State.DEAD)
    return rows.select_related("institution__region", "webhook").annotate(
        live_keys=Count("keys", filter=live), used_at=Max("keys__last_used_at"),
        failed=Subquery(
            failed.order_by().values("endpoint__client").annotate(number=Count("pk")).values("number")[:1]
        ),
    )


def keys_of(client: ApiClient) -> list[ApiKey]:
    """All keys of a client, the newest first. One query."""
    return list(client.keys.order_by("-pk"))


def deliveries(rows: QuerySet[WebhookDelivery]) -> QuerySet[WebhookDelivery]:
    """Messages with the state of the job that sends each, in the rows' own query."""
    job = Job.objects.filter(kind=JOB, key=OuterRef("handle"))
    return rows.annotate(
        job_state=Subquery(job.values("state")[:1]), job_message=Subquery(job.values("message")[:1]),
        next_at=Subquery(job.values("next_at")[:1]),
    )


def state_of(row: WebhookDelivery) -> str:
    """How a message of `deliveries` stands."""
    if row.delivered_at is not None:
        return DELIVERED
    return DEAD if row.job_state == Job.State.DEAD else WAITING  # type: ignore[attr-defined]


def error_of(row: WebhookDelivery) -> str:
    """Why a message did not arrive, in words; what the other side answered is never kept, so nothing of it is told."""
    words: str = row.job_message or ""  # type: ignore[attr-defined]
    if row.delivered_at is not None or not (row.attempts or words):
        return ""
    if not words.isascii():
        return words
    return f"对方系统未接收（HTTP {row.status}）" if row.status is not None else "未能连通对方系统"


def trail_of(client: ApiClient) -> list[AuditEntry]:
    """What was done about an institution's interface, oldest first. One query."""
    actions = (
        "open_client", "close_client", "issue_key", "end_key", "set_webhook", "stop_webhook", "send_again",
    )
    rows = AuditEntry.objects.filter(subject=f"institution:{client.institution.code}", action__in=actions)
    return list(rows.order_by("-pk")[:SHOWN])[::-1]
