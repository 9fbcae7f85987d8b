"""The screens of the hospitals' interfaces: keys, addresses, messages, for who keeps them and for nobody else."""
import pytest
from django.urls import reverse
from django.utils import timezone

from casework import jobs
from casework.models import AuditEntry, Job
from chronic.models import ApiClient, ApiKey, WebhookDelivery, WebhookEndpoint
from chronic.services import interface_keys as keys
from chronic.services import interface_webhooks as webhooks
from chronic.services.interface_webhooks import JOB
from tests.chronic.conftest import HOSPITAL, make_officer
from tests.ui.reading import read
from tests.ui.test_queries import cost

pytestmark = pytest.mark.django_db
URL = "https://his.hospital.example/notices"


@pytest.fixture
def keeper(db):
    return make_officer("系统管理", "S001", "511900")


@pytest.fixture
def client_of(hospital, at) -> ApiClient:
    return keys.open_client(institution_code=HOSPITAL, by=None, at=at, scheme="hmac")


@pytest.fixture
def key(client_of, at) -> ApiKey:
    return keys.issue_key(client_id=client_of.pk, by=None, at=at).key


@pytest.fixture
def dead(client_of, at):
    """A message that was given up after the other side answered 500."""

    def make(number: int = 1) -> WebhookDelivery:
        endpoint = WebhookEndpoint.objects.filter(client=client_of).first() or webhooks.set_webhook(
            client_id=client_of.pk, url=URL, by=None, at=at)[0]
        row = WebhookDelivery.objects.create(
            endpoint=endpoint, topic="diagnosis.changed", key=f"MT{number}", body={}, created_at=at, attempts=8,
            status=500,
        )
        Job.objects.create(
            kind=JOB, key=row.handle, payload={"delivery_id": row.pk}, state=Job.State.DEAD, message="NotTaken",
            attempts=jobs.MAX_ATTEMPTS,
        )
        return row

    return make


def address(name: str, *given) -> str:
    return reverse(f"admin:chronic_{name}", args=given)


def kept_texts() -> str:
    return "".join(f"{entry.note}{entry.detail}" for entry in AuditEntry.objects.all())


class TestTheList:
    def test_says_who_has_which_key_since_when(self, as_officer, keeper, key, at):
        keys.note_use(key, at)
        client = as_officer(keeper)

        for name, words in (("apiclient", "巴中市中心医院"), ("apikey", key.name)):
            text = read(client.get(address(f"{name}_changelist"))).text
            assert words in text
            assert "2025-11-03 09:30" in text

    def test_of_another_county_holds_nothing(self, as_officer, key, dead):
        row = dead()
        client = as_officer(make_officer("系统管理", "S009", "511921"))
        for name, secret in (("apiclient", "巴中市中心医院"), ("apikey", key.name), ("webhookdelivery", row.handle)):
            assert secret not in client.get(address(f"{name}_changelist")).content.decode()

    @pytest.mark.parametrize("role", ["主管", "复核", "窗口经办", "认定医院"])
    def test_is_closed_to_whoever_does_not_keep_it(self, as_officer, key, role):
        client = as_officer(make_officer(role, "X001", "511900", HOSPITAL if role == "认定医院" else ""))
        for name in ("apiclient", "apikey", "webhookdelivery"):
            assert client.get(address(f"{name}_changelist")).status_code == 403


class TestAKey:
    def test_is_shown_once_when_it_is_issued(self, as_officer, keeper, client_of):
        client = as_officer(keeper)
        answer = client.post(address("apiclient_issue", client_of.pk), {"hours": "24"})

        shown = dict(answer.context["secrets"])
        assert shown["CLIENT_SECRET"] in answer.content.decode()
        assert "no-store" in answer.headers["Cache-Control"]
        page = client.get(address("apiclient_change", client_of.pk)).content.decode()
        assert shown["CLIENT_ID"] in page
        for secret in (shown["CLIENT_SECRET"], shown["SIGNING_KEY"]):
            assert secret not in page
            assert secret not in kept_texts()

    def test_is_changed_and_the_former_ends_after_the_hours(self, as_officer, keeper, client_of, key):
        as_officer(keeper).post(address("apiclient_issue", client_of.pk), {"hours": "0"})

        assert [ends is None for ends in client_of.keys.values_list("ends_at", flat=True)] == [True, False]
        assert keys.live_key(timezone.now(), name=key.name) is None

    def test_is_ended_with_the_reason(self, as_officer, keeper, key):
        client = as_officer(keeper)
        refused = client.post(address("apikey_end", key.pk), {"note": " "})
        assert refused.status_code == 422
        assert ApiKey.objects.get().ends_at is None

        client.post(address("apikey_end", key.pk), {"note": "密钥泄露"})
        assert keys.live_key(timezone.now(), name=key.name) is None
        entry = AuditEntry.objects.get(action="end_key")
        assert (entry.officer, entry.note, entry.detail) == (keeper, "密钥泄露", {"key": key.name})

    def test_of_another_county_is_gone(self, as_officer, key):
        client = as_officer(make_officer("系统管理", "S009", "511921"))
        rows = [("apikey_end", key.pk), ("apiclient_issue", key.client_id), ("apiclient_close", key.client_id)]
        for name, row in rows:
            assert client.post(address(name, row), {"note": "试", "hours": "1"}).status_code == 404
        assert ApiKey.objects.get().ends_at is None
        assert not AuditEntry.objects.filter(action__in=["end_key", "close_client"]).exists()


class TestAnInterface:
    def test_is_opened_and_shut_and_opened_again(self, as_officer, keeper, hospital):
        client = as_officer(keeper)
        client.post(address("apiclient_open"), {"institution": HOSPITAL, "scheme": "hmac", "networks": "10.1.0.0/16"})
        made = ApiClient.objects.get()
        assert (made.active, made.networks) == (True, ["10.1.0.0/16"])

        client.post(address("apiclient_close", made.pk), {"note": "协议终止"})
        assert not ApiClient.objects.get().active
        assert client.post(address("apiclient_issue", made.pk), {"hours": "1"}).status_code == 409
        client.post(address("apiclient_change_terms", made.pk), {"scheme": "tif", "networks": ""})
        assert ApiClient.objects.get().active

    def test_is_not_opened_for_a_network_that_is_none(self, as_officer, keeper, hospital):
        given = {"institution": HOSPITAL, "scheme": "hmac", "networks": "10.1.0.0/16\n10.1"}
        answer = as_officer(keeper).post(address("apiclient_open"), given)

        assert answer.status_code == 409
        assert "“10.1”不是网段" in read(answer).text
        assert not ApiClient.objects.exists()


class TestItsAddress:
    def test_is_registered_with_a_secret_that_is_shown_once(self, as_officer, keeper, client_of):
        client = as_officer(keeper)
        answer = client.post(address("apiclient_set_webhook", client_of.pk), {"url": URL})

        secret = dict(answer.context["secrets"])["WEBHOOK_SECRET"]
        page = client.get(address("apiclient_change", client_of.pk)).content.decode()
        assert URL in page
        assert secret not in page
        assert secret not in kept_texts()

    @pytest.mark.parametrize("url", ["http://his.hospital.example/", "https://a:b@his.hospital.example/", "x"])
    def test_is_refused_where_nothing_may_be_sent(self, as_officer, keeper, client_of, url):
        answer = as_officer(keeper).post(address("apiclient_set_webhook", client_of.pk), {"url": url})

        assert answer.status_code == 409
        assert not WebhookEndpoint.objects.exists()

    def test_is_given_up_with_the_reason(self, as_officer, keeper, client_of, dead):
        dead()
        as_officer(keeper).post(address("apiclient_stop_webhook", client_of.pk), {"note": "对方更换系统"})

        assert not WebhookEndpoint.objects.get().active
        assert AuditEntry.objects.get(action="stop_webhook").note == "对方更换系统"


class TestAMessage:
    def test_is_shown_with_its_state_and_why_it_did_not_arrive(self, as_officer, keeper, dead):
        row = dead()
        text = read(as_officer(keeper).get(address("webhookdelivery_changelist"), {"state": "dead"})).text

        assert row.handle in text
        assert "对方系统未接收（HTTP 500）" in text
        assert "NotTaken" not in text

    def test_is_sent_again_by_a_person(self, as_officer, keeper, dead):
        row = dead()
        as_officer(keeper).post(address("webhookdelivery_send_again", row.pk))

        assert Job.objects.get(kind=JOB).state == Job.State.PENDING
        assert AuditEntry.objects.get(action="send_again").detail == {
            "delivery": row.handle, "topic": "diagnosis.changed",
        }

    def test_that_arrived_is_not_sent_again(self, as_officer, keeper, dead):
        row = dead()
        WebhookDelivery.objects.update(delivered_at=timezone.now(), status=204)
        answer = as_officer(keeper).post(address("webhookdelivery_send_again", row.pk))

        assert answer.status_code == 409
        assert "已送达" in read(answer).text

    def test_that_is_still_tried_is_not_sent_again(self, as_officer, keeper, dead):
        row = dead()
        Job.objects.update(state=Job.State.PENDING)

        assert as_officer(keeper).post(address("webhookdelivery_send_again", row.pk)).status_code == 409
        assert not AuditEntry.objects.filter(action="send_again").exists()

    def test_to_an_address_that_was_given_up_is_not_sent_again(self, as_officer, keeper, dead):
        row = dead()
        WebhookEndpoint.objects.update(active=False)

        assert as_officer(keeper).post(address("webhookdelivery_send_again", row.pk)).status_code == 409
        assert Job.objects.get(kind=JOB).state == Job.State.DEAD


class TestTheNumberOfQueries:
    @pytest.mark.parametrize(
        "name", ["apiclient_changelist", "apikey_changelist", "webhookdelivery_changelist", "page"]
    )
    def test_depends_on_neither_keys_nor_messages(self, as_officer, keeper, client_of, key, dead, at, name):
        url = address("apiclient_change", client_of.pk) if name == "page" else address(name)
        client = as_officer(keeper)
        dead()
        one = cost(client, url)
        for number in range(2, 6):
            dead(number)
            keys.issue_key(client_id=client_of.pk, by=None, at=at)

        assert cost(client, url) == one <= 20
