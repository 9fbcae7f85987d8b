"""The client of docs/client against a running server, as a hospital would use it; and the command that prints a key."""

import importlib.util
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from chronic.models import ApiKey, Certification
from chronic.services import interface_webhooks as webhooks
from tests.api.conftest import CERTNO, DOCUMENTS, HOSPITAL, HYPERTENSION, NAME, disease, record
from tests.api.test_rest import PDF

SOURCE = Path(__file__).resolve().parents[2] / "docs" / "client" / "hospital.py"
spec = importlib.util.spec_from_file_location("hospital_client", SOURCE)
client = importlib.util.module_from_spec(spec)
spec.loader.exec_module(client)


def printed(*arguments, **options) -> dict[str, str]:
    """What the command prints, as a shell would read it."""
    out = StringIO()
    call_command("hospital_key", *arguments, stdout=out, **options)
    lines = [line for line in out.getvalue().splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def clock():
    """A real server has the real time; the fixtures' hospital is open today as well."""


@pytest.mark.django_db(transaction=True)
class TestTheClient:
    @pytest.fixture
    def key(self, hospital, patient):
        return printed(HOSPITAL)

    def test_files_by_rest(self, live_server, key):
        system = client.Hospital(live_server.url, key["CLIENT_ID"], key["CLIENT_SECRET"])
        paper = system.upload("病历.pdf", PDF)
        sent = {
            "certno": CERTNO, "name": NAME, "diseases": [disease()], "documents": DOCUMENTS,
            "attachments": [{"file": paper["id"], "kind": "medical_records"}],
        }

        told = system.submit("2025-000001", **sent)

        assert told["status"] == Certification.objects.get().status == "entered"
        assert system.submit("2025-000001", **sent) == told
        assert system.follow(told["id"])["diseases"] == told["diseases"]
        assert system.catalogue(HYPERTENSION)["opsp_dise_code"] == HYPERTENSION
        assert system.entitlements(CERTNO, NAME)["entitlements"] == []
        assert system.due() == []
        assert system.withdraw(told["id"], "2025-000002", "病人要求")["status"] == "withdrawn"
        with pytest.raises(client.Refusal) as refusal:
            system.submit("2025-000001", **sent | {"documents": []})
        assert (refusal.value.status, refusal.value.code) == (409, "SUBMISSION_CONFLICT")

    @pytest.mark.parametrize("scheme", ["tif", "hmac"])
    def test_files_by_the_envelope(self, live_server, hospital, patient, scheme):
        key = printed(HOSPITAL, scheme=scheme)
        system = client.Platform(
            live_server.url, key["CLIENT_ID"], key["SIGNING_KEY"], code=HOSPITAL, name="巴中市中心医院", scheme=scheme
        )
        asked = {"mdtrt_cert_type": "02", "mdtrt_cert_no": CERTNO, "psn_name": NAME}
        psn_no = system.call("1101", asked, area="511902")["output"]["baseinfo"]["psn_no"]

        told = system.call("2503", record(psn_no), area="511902")

        assert (told["infcode"], told["err_msg"]) == (0, "")
        assert Certification.objects.get().items.get().unit == HYPERTENSION


@pytest.mark.django_db
class TestTheCommand:
    def test_given_again_changes_the_key_with_an_overlap(self, hospital):
        first, second = printed(HOSPITAL), printed(HOSPITAL, overlap=1)

        assert first["CLIENT_ID"] != second["CLIENT_ID"]
        old = ApiKey.objects.get(name=first["CLIENT_ID"])
        assert 0 < (old.ends_at - timezone.now()).total_seconds() <= 3600
        assert ApiKey.objects.get(name=second["CLIENT_ID"]).ends_at is None

    def test_ends_a_key(self, hospital):
        name = printed(HOSPITAL)["CLIENT_ID"]
        printed(HOSPITAL, end=name)

        assert ApiKey.objects.get(name=name).ends_at <= timezone.now()

    def test_says_what_it_does_not_know(self, hospital):
        with pytest.raises(CommandError, match="not_found"):
            printed("H51190299999")

    def test_notices_are_verified_by_the_client(self, hospital, settings):
        printed(HOSPITAL)
        secret = printed(HOSPITAL, webhook="https://his.hospital.example/notices")["WEBHOOK_SECRET"]
        endpoint = webhooks.WebhookEndpoint.objects.get()
        row = webhooks.WebhookDelivery.objects.create(
            endpoint=endpoint, topic="diagnosis.changed", key="1", body={"topic": "x"}, created_at=timezone.now()
        )
        body, headers = webhooks.signed(row, timezone.now())

        assert client.notice_is_genuine(secret, headers, body)
        assert not client.notice_is_genuine(secret, headers, body + b" ")
        assert not client.notice_is_genuine(secret, headers, body, now=timezone.now().timestamp() + 301)
