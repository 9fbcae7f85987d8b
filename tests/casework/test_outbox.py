"""The outbox: a message exists exactly if its deed does, and each subscriber takes it once."""
import time
from collections import defaultdict

import pytest
from django.db import transaction
from django.utils import timezone

from casework import outbox, services, tasks
from casework.errors import Refused
from casework.models import Counter, Delivery, OutboxMessage
from casework.numbering import next_value

TOPIC = "example.closed"


@pytest.fixture
def subscribers(monkeypatch):
    """The subscribers of this test only."""
    monkeypatch.setattr(outbox, "SUBSCRIBERS", defaultdict(dict))
    return outbox.SUBSCRIBERS


@pytest.fixture
def bells(monkeypatch):
    rung: list[int] = []
    monkeypatch.setattr(tasks.deliver_message, "apply_async", lambda args, **_: rung.append(args[0]))
    return rung


@pytest.fixture
def counted(subscribers):
    @outbox.subscribe(TOPIC)
    def count(payload):
        next_value("effects")

    return count


def effects(name: str = "effects") -> int:
    return sum(Counter.objects.filter(name=name).values_list("value", flat=True))


def publish(key: str = "1", **payload) -> OutboxMessage:
    with transaction.atomic():
        return outbox.publish(TOPIC, key, payload)


@pytest.mark.django_db
class TestPublishing:
    def test_says_one_thing_once(self, bells):
        first, again = publish(amount="1.00"), publish(amount="2.00")
        assert first == again
        assert OutboxMessage.objects.get().payload == {"amount": "1.00"}

    def test_rings_only_after_the_commit(self, bells, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            message = publish()
            assert bells == []
        assert bells == [message.pk]


@pytest.mark.django_db(transaction=True)
class TestPublishingAndTheDeed:
    def test_stand_or_fall_together(self, bells):
        with transaction.atomic():
            outbox.publish(TOPIC, "1")
            transaction.set_rollback(True)
        assert not OutboxMessage.objects.exists()
        assert bells == []

    def test_is_refused_outside_a_transaction(self):
        with pytest.raises(RuntimeError):
            outbox.publish(TOPIC, "1")

    def test_a_crash_between_commit_and_bell_loses_nothing(self, counted, monkeypatch):
        monkeypatch.setattr(outbox, "_ring", lambda message_id: None)
        publish()
        assert services.run_due() == 1
        assert effects() == 1

    def test_with_celery_in_process_delivers_after_the_commit(self, counted):
        with transaction.atomic():
            outbox.publish(TOPIC, "1")
            assert effects() == 0
        assert effects() == 1


@pytest.mark.django_db
class TestDelivering:
    def test_has_one_effect_however_often_the_bell_rings(self, counted, bells):
        message = publish()
        assert [outbox.deliver(message.pk) for _ in range(3)] == [True, False, False]
        message.refresh_from_db()
        assert (message.state, effects(), Delivery.objects.count()) == (OutboxMessage.State.DONE, 1, 1)

    def test_gives_each_subscriber_the_payload(self, subscribers, bells):
        seen = []
        outbox.subscribe(TOPIC)(lambda payload: seen.append(("one", payload)))

        @outbox.subscribe(TOPIC)
        def two(payload):
            seen.append(("two", payload))

        @outbox.subscribe("another.topic")
        def other(payload):
            seen.append(("other", payload))

        outbox.deliver(publish(case="ZZ1").pk)
        assert seen == [("one", {"case": "ZZ1"}), ("two", {"case": "ZZ1"})]

    def test_is_done_at_once_where_nobody_listens(self, subscribers, bells):
        message = publish()
        assert outbox.deliver(message.pk) is True
        assert not Delivery.objects.exists()

    def test_repeats_only_for_the_subscriber_that_failed(self, counted, bells):
        broken = [True]

        @outbox.subscribe(TOPIC)
        def fails_once(payload):
            next_value("second")
            if broken.pop() if broken else False:
                raise ZeroDivisionError

        message = publish()
        assert outbox.deliver(message.pk) is False
        message.refresh_from_db()
        assert (message.state, message.attempts, effects(), effects("second")) == ("pending", 1, 1, 0)
        assert "ZeroDivisionError" in message.message

        OutboxMessage.objects.update(next_at=timezone.now())
        assert outbox.deliver(message.pk) is True
        assert (effects(), effects("second")) == (1, 1)

    def test_gives_up_in_the_end_until_a_person_retries(self, subscribers, bells, django_capture_on_commit_callbacks):
        @outbox.subscribe(TOPIC)
        def fails(payload):
            raise ZeroDivisionError

        message = publish()
        for _ in range(outbox.MAX_ATTEMPTS):
            OutboxMessage.objects.update(next_at=timezone.now())
            outbox.deliver(message.pk)
        assert OutboxMessage.objects.get().state == OutboxMessage.State.DEAD

        subscribers.clear()
        bells.clear()
        with django_capture_on_commit_callbacks(execute=True):
            outbox.retry(message.pk)
        assert bells == [message.pk]
        assert outbox.deliver(message.pk) is True

    def test_retries_only_what_is_dead(self, bells):
        with pytest.raises(Refused, match="未处于投递失败"):
            outbox.retry(publish().pk)


@pytest.mark.django_db(transaction=True)
class TestWithRealConcurrency:
    def test_two_workers_have_one_effect(self, subscribers, bells, at_once):
        @outbox.subscribe(TOPIC)
        def slow(payload):
            time.sleep(0.1)
            next_value("effects")

        message = publish()
        results = at_once(*[lambda: outbox.deliver(message.pk)] * 6)
        assert results.count(True) == 1
        assert (effects(), Delivery.objects.count()) == (1, 1)

    def test_the_same_news_at_once_is_one_message(self, bells, at_once):
        assert len(set(at_once(*[lambda: publish().pk] * 6))) == 1
