"""News to a hospital's system: once for each change, signed, tried again until it is taken, never elsewhere."""

import hmac
import json
from hashlib import sha256

import pytest
from django.utils import timezone

from casework import jobs
from casework import services as casework
from casework.api import sending
from casework.errors import Refused
from casework.models import Job
from chronic import services as chronic
from chronic.models import Certification, Entitlement, WebhookDelivery, WebhookEndpoint
from chronic.services import interface_webhooks as webhooks
from tests.api.conftest import filing

pytestmark = pytest.mark.django_db
URL = "https://his.hospital.example/notices"


class Receiver:
    """What was sent, and what the other side answers next."""

    def __init__(self):
        self.got, self.answers = [], []

    def post(self, url, body, headers):
        self.got.append((url, body, headers))
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def receiver(monkeypatch):
    made = Receiver()
    monkeypatch.setattr(sending, "post", made.post)
    return made


@pytest.fixture
def secret(system, at):
    return webhooks.set_webhook(client_id=system.key.client_id, url=URL, by=None, at=at)[1]


def sweep():
    """All that is due now, and what was put off."""
    Job.objects.filter(state=Job.State.PENDING).update(next_at=timezone.now())
    casework.run_due()


class TestAChange:
    def test_is_told_with_a_signature(self, system, secret, receiver, patient):
        handle = system.post("diagnoses", filing()).json()["id"]

        sweep()

        (url, body, headers), = receiver.got
        told = json.loads(body)
        assert (url, told["topic"], told["diagnosis"], told["status"]) == (URL, "diagnosis.changed", handle, "entered")
        text = f"{headers['X-Webhook-Timestamp']}.{headers['X-Webhook-Id']}.".encode() + body
        made = hmac.new(secret.encode(), text, sha256).hexdigest()
        assert headers["X-Webhook-Signature"] == f"v1={made}"
        assert headers["X-Webhook-Id"] == told["id"] == WebhookDelivery.objects.get().handle

    def test_says_nothing_of_the_person(self, system, secret, receiver, patient):
        system.post("diagnoses", filing())
        sweep()

        body = receiver.got[0][1].decode()
        assert patient.id_no not in body
        assert patient.name not in body

    def test_each_change_is_one_message(self, system, secret, receiver, patient, confirmer, at):
        system.post("diagnoses", filing())
        sweep()
        chronic.confirm(certification_id=Certification.objects.get().pk, by=confirmer, at=at)
        sweep()
        sweep()

        assert [json.loads(body)["status"] for _, body, _ in receiver.got] == ["entered", "confirmed"]

    def test_the_end_of_an_entitlement_is_told(self, system, secret, receiver, patient, confirmer, supervisor, at):
        system.post("diagnoses", filing())
        chronic.confirm(certification_id=Certification.objects.get().pk, by=confirmer, at=at)
        made = Entitlement.objects.get()
        chronic.cut(entitlement_id=made.pk, from_day=at.date(), reason="抽查不符", by=supervisor, at=at)
        sweep()

        told = json.loads(receiver.got[-1][1])
        assert (told["topic"], told["opsp_dise_code"], told["from"]) == ("entitlement.ended", made.unit, "2025-11-03")

    def test_of_a_case_that_no_system_filed_is_told_to_nobody(self, other_system, secret, receiver, patient):
        sweep()

        assert receiver.got == []


class TestNotTaken:
    @pytest.mark.parametrize("answer", [500, 302, 404, sending.Unsent("timeout")])
    def test_is_sent_again_under_the_same_id(self, system, secret, receiver, patient, answer):
        receiver.answers = [answer, answer]
        system.post("diagnoses", filing())
        for _ in range(3):
            sweep()

        assert len({headers["X-Webhook-Id"] for _, _, headers in receiver.got}) == 1
        row = WebhookDelivery.objects.get()
        assert (len(receiver.got), row.attempts, row.status) == (3, 3, 204)
        assert row.delivered_at is not None

    def test_for_long_waits_for_a_person(self, system, secret, receiver, patient):
        receiver.answers = [500] * 99
        system.post("diagnoses", filing())
        for _ in range(jobs.MAX_ATTEMPTS + 2):
            sweep()

        assert Job.objects.get(kind=webhooks.JOB).state == Job.State.DEAD
        assert len(receiver.got) == jobs.MAX_ATTEMPTS

    def test_a_private_address_is_not_tried_twice(self, system, secret, receiver, patient):
        receiver.answers = [Refused("URL_PRIVATE", "通知地址指向内部网络，不予发送。")]
        system.post("diagnoses", filing())
        sweep()
        sweep()

        assert (len(receiver.got), Job.objects.get(kind=webhooks.JOB).state) == (1, Job.State.DEAD)


class TestRegistering:
    def test_needs_the_right(self, system, window_officer, at):
        with pytest.raises(Refused) as refusal:
            webhooks.set_webhook(client_id=system.key.client_id, url=URL, by=window_officer, at=at)
        assert refusal.value.code == "no_permission"
        assert not WebhookEndpoint.objects.exists()

    def test_a_plain_http_address_is_refused(self, system, at):
        with pytest.raises(Refused) as refusal:
            webhooks.set_webhook(client_id=system.key.client_id, url="http://his.example/", by=None, at=at)
        assert refusal.value.code == "URL_FORMAT"

    def test_anew_makes_a_new_secret(self, system, secret, at):
        again = webhooks.set_webhook(client_id=system.key.client_id, url=URL, by=None, at=at)[1]

        assert again != secret
