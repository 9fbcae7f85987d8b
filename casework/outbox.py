"""News, written in the transaction of the deed it tells of, and taken by each subscriber exactly once.

    outbox.publish("enrollment.identity_ended", key=f"identity:{identity.pk}", payload={"person_id": person.pk})

    @outbox.subscribe("enrollment.identity_ended")          # in a module that AppConfig.ready() imports
    def replay_year(payload: dict[str, Any]) -> None: ...

A subscriber runs in the transaction that writes its delivery row: its effect and the proof of it stand or fall
together. Payloads carry ids and figures, never an identity number or a name.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from casework.errors import Refused
from casework.models import Delivery, OutboxMessage

Subscriber = Callable[[dict[str, Any]], None]

MAX_ATTEMPTS = 10
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
SUBSCRIBERS: dict[str, dict[str, Subscriber]] = defaultdict(dict)

log = logging.getLogger(__name__)


def subscribe(topic: str) -> Callable[[Subscriber], Subscriber]:
    """Have the function called with the payload of every message of the topic. Its dotted name is its identity."""

    def add(subscriber: Subscriber) -> Subscriber:
        SUBSCRIBERS[topic][f"{subscriber.__module__}.{subscriber.__qualname__}"] = subscriber
        return subscriber

    return add


def publish(topic: str, key: str, payload: dict[str, Any] | None = None) -> OutboxMessage:
    """Say one thing once. Said again with the same topic and key, it is the first message that counts."""
    if not connection.in_atomic_block:
        raise RuntimeError("a message is published inside the transaction of its deed")
    message, is_new = OutboxMessage.objects.get_or_create(
        topic=topic, key=key, defaults={"payload": payload or {}, "next_at": timezone.now()}
    )
    if is_new:
        transaction.on_commit(lambda: _ring(message.pk), robust=True)
    return message


def deliver(message_id: int) -> bool:
    """Bring one due message to all its subscribers; True if it is done with. Safe to call twice or at once.

    Each subscriber has its own transaction, in which the message row is locked; a second worker passes by.
    """
    failures = []
    for name in _owing(message_id):
        try:
            if not _deliver_to(message_id, name):
                return False
        except Exception as error:
            log.exception("subscriber %s failed on message %s", name, message_id)
            failures.append(f"{name}: {describe(error)}")
    return _settle(message_id, failures)


def retry(message_id: int) -> None:
    """Put a dead message back into the queue; the officer's door to this is `services.retry_message`."""
    with transaction.atomic():
        changed = OutboxMessage.objects.filter(pk=message_id, state=OutboxMessage.State.DEAD).update(
            state=OutboxMessage.State.PENDING, attempts=0, next_at=timezone.now(), rung_at=None
        )
        if not changed:
            raise Refused("not_dead", "该发件未处于投递失败状态，无需重新投递。")
        transaction.on_commit(lambda: _ring(message_id), robust=True)


def describe(error: BaseException) -> str:
    """What may be shown of an error: a refusal's own words, else only its kind, since others may quote data."""
    return error.message if isinstance(error, Refused) else type(error).__name__


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many failures: 10 s, doubling, at most an hour."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(max(attempts - 1, 0), 12)
    return min(doubled, LONGEST_PAUSE)


def _owing(message_id: int) -> list[str]:
    topic = OutboxMessage.objects.filter(pk=message_id).values_list("topic", flat=True).first()
    return list(SUBSCRIBERS[topic]) if topic in SUBSCRIBERS else []


def _deliver_to(message_id: int, name: str) -> bool:
    """Run one subscriber unless it has run. False: another worker holds the message, or it is not due."""
    with transaction.atomic():
        message = _locked(message_id)
        if message is None:
            return False
        if not message.deliveries.filter(subscriber=name).exists():
            SUBSCRIBERS[message.topic][name](message.payload)
            Delivery.objects.create(message=message, subscriber=name)
    return True


def _settle(message_id: int, failures: list[str]) -> bool:
    with transaction.atomic():
        message = _locked(message_id)
        if message is None:
            return False
        message.attempts += 1
        message.message = "；".join(failures)[:300]
        if not failures:
            message.state, message.done_at = OutboxMessage.State.DONE, timezone.now()
        elif message.attempts >= MAX_ATTEMPTS:
            message.state = OutboxMessage.State.DEAD
        else:
            message.next_at = timezone.now() + pause_after(message.attempts)
        message.save(update_fields=["attempts", "message", "state", "done_at", "next_at"])
    return not failures


def _locked(message_id: int) -> OutboxMessage | None:
    return (
        OutboxMessage.objects.select_for_update(skip_locked=True)
        .filter(pk=message_id, state=OutboxMessage.State.PENDING, next_at__lte=timezone.now())
        .first()
    )


def _ring(message_id: int) -> None:
    # The task module needs this one; the bell is looked up when it is rung.
    from casework.tasks import deliver_message

    deliver_message.apply_async((message_id,), retry=False)
