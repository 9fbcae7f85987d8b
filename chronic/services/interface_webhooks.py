"""Telling a hospital's system that a case of its changed. The message says which; what became of it is asked for."""

import hmac
import json
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from casework import jobs, outbox
from casework.api import sending
from casework.api.signing import derived_secret
from casework.errors import Refused
from casework.models import Job, Officer
from chronic.models import ApiSubmission, Entitlement, WebhookDelivery, WebhookEndpoint
from chronic.services.interface_keys import locked_client, record
from chronic.services.interface_submissions import DIAGNOSIS

JOB = "chronic.webhook"


class NotTaken(Exception):
    """The hospital's system did not take the message; it is sent again."""


@transaction.atomic
def set_webhook(*, client_id: int, url: str, by: Officer | None, at: datetime) -> tuple[WebhookEndpoint, str]:
    """Register where a system is told of changes; returns the endpoint and the secret of its signatures.

    Set by an officer or the installation, never by a request. Each change makes a new secret."""
    client = locked_client(client_id, by)
    sending.check_url(url)
    endpoint = WebhookEndpoint.objects.filter(client=client).first()
    if endpoint is None:
        endpoint = WebhookEndpoint.objects.create(client=client, url=url)
    else:
        endpoint.url, endpoint.active, endpoint.generation = url, True, endpoint.generation + 1
        endpoint.save(update_fields=["url", "active", "generation"])
    record("set_webhook", "登记通知地址", client, by, at, {"url": url})
    return endpoint, secret_of(endpoint)


@transaction.atomic
def stop_webhook(*, client_id: int, reason: str, by: Officer, at: datetime) -> WebhookEndpoint:
    """Tell a system of nothing more (停用通知地址); what waits to be sent fails and says so. Registering an address
    again takes it up with a new secret. Refuses without reason, and where nothing is told."""
    client = locked_client(client_id, by)
    if not reason.strip():
        raise Refused("note_required", "请写明停用通知地址的原因。")
    endpoint = WebhookEndpoint.objects.filter(client=client, active=True).first()
    if endpoint is None:
        raise Refused("ENDED_ALREADY", "该机构没有在用的通知地址。")
    endpoint.active = False
    endpoint.save(update_fields=["active"])
    record("stop_webhook", "停用通知地址", client, by, at, {"url": endpoint.url}, reason)
    return endpoint


@transaction.atomic
def send_again(*, delivery_id: int, by: Officer, at: datetime) -> WebhookDelivery:
    """Send a message again that was given up (重新发送), under its own number, so that who took it once knows it.

    Refuses one that arrived, one that is still tried by itself, and one whose address or system is shut off."""
    row = WebhookDelivery.objects.select_related("endpoint__client__institution").filter(pk=delivery_id).first()
    if row is None:
        raise Refused("not_found", "未找到该通知。")
    client = locked_client(row.endpoint.client_id, by)
    row = WebhookDelivery.objects.select_for_update().get(pk=delivery_id)
    if row.delivered_at is not None:
        raise Refused("DELIVERED_ALREADY", "该通知已送达，不再重发。")
    endpoint = WebhookEndpoint.objects.get(pk=row.endpoint_id)
    if not (endpoint.active and client.active):
        raise Refused("CLIENT_CLOSED", "该机构的接口或通知地址已停用，请先恢复。")
    job = Job.objects.filter(kind=JOB, key=row.handle).first()
    if job is None or job.state != Job.State.DEAD:
        raise Refused("not_dead", "该通知正在自动重发，无须办理。")
    jobs.retry(job.pk)
    record("send_again", "重新发送通知", client, by, at, {"delivery": row.handle, "topic": row.topic})
    return row


def secret_of(endpoint: WebhookEndpoint) -> str:
    return derived_secret("webhook", endpoint.client.institution.code, endpoint.generation)


@outbox.subscribe("chronic.case_changed")
def tell_of_case(payload: dict[str, Any]) -> None:
    """A certification moved: the institution that filed it is told."""
    filed = ApiSubmission.objects.filter(certification_id=payload["certification_id"], verb=DIAGNOSIS).first()
    if filed is not None and filed.certification is not None:
        case = filed.certification
        _queue(filed, "diagnosis.changed", f"{case.case_no}:{case.version}", {"status": case.status})


@outbox.subscribe("chronic.entitlement_cut")
def tell_of_cut(payload: dict[str, Any]) -> None:
    """An entitlement that came of a filed diagnosis ended."""
    cut = Entitlement.objects.filter(pk=payload["entitlement_id"]).select_related("item").first()
    if cut is None or cut.item is None:
        return
    filed = ApiSubmission.objects.filter(certification_id=cut.item.certification_id, verb=DIAGNOSIS).first()
    if filed is not None:
        told = {"opsp_dise_code": payload["unit"], "from": payload["from"]}
        _queue(filed, "entitlement.ended", f"{cut.pk}:{payload['from']}", told)


def _queue(filed: ApiSubmission, topic: str, key: str, told: dict[str, Any]) -> None:
    endpoint = WebhookEndpoint.objects.filter(
        client__institution=filed.institution_id, client__active=True, active=True
    ).first()
    if endpoint is None:
        return
    row, is_new = WebhookDelivery.objects.get_or_create(
        endpoint=endpoint, topic=topic, key=key,
        defaults={"body": {"topic": topic, "diagnosis": filed.handle, **told}, "created_at": timezone.now()},
    )
    if is_new:
        jobs.enqueue(JOB, key=row.handle, payload={"delivery_id": row.pk})


@jobs.handler(JOB, atomic=False)
def deliver(run: jobs.Run) -> None:
    """Send one message. Anything but 2xx is tried again with growing pauses; then it waits for a person."""
    row = WebhookDelivery.objects.select_related("endpoint__client__institution").get(pk=run.payload["delivery_id"])
    if row.delivered_at is not None:
        return
    if not row.endpoint.active or not row.endpoint.client.active:
        raise jobs.Hopeless("该通知地址已停用。")
    now = timezone.now()
    body, headers = signed(row, now)
    row.attempts += 1
    try:
        row.status = sending.post(row.endpoint.url, body, headers)
    except Refused as refusal:
        _keep(row)
        raise jobs.Hopeless(refusal.message) from refusal
    except sending.Unsent:
        row.status = None
        _keep(row)
        raise
    if not 200 <= row.status < 300:
        _keep(row)
        raise NotTaken(str(row.status))
    row.delivered_at = now
    _keep(row)


def signed(row: WebhookDelivery, at: datetime) -> tuple[bytes, dict[str, str]]:
    """The body and its headers: HMAC-SHA256 over `timestamp.id.body`; the id stays the same over all tries."""
    body = json.dumps(
        {"id": row.handle, "created_at": row.created_at.isoformat(), **row.body}, ensure_ascii=False, sort_keys=True
    ).encode()
    stamp = str(int(at.timestamp()))
    text = stamp.encode() + b"." + row.handle.encode() + b"." + body
    made = hmac.new(secret_of(row.endpoint).encode(), text, sha256).hexdigest()
    return body, {
        "Content-Type": "application/json", "X-Webhook-Id": row.handle, "X-Webhook-Timestamp": stamp,
        "X-Webhook-Signature": f"v1={made}",
    }


def _keep(row: WebhookDelivery) -> None:
    row.save(update_fields=["attempts", "status", "delivered_at"])
