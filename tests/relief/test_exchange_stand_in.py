"""The authorities as a process of their own, in each of their moods; over TLS; with the key that they are told."""

import ipaddress
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.management import CommandError, call_command

from config.demo.receiver_desk import Desk
from relief import exchange_tasks
from relief.models import PushDelivery, PushReply, ReturnList
from relief.services import exchange
from relief.services.exchange.channels import NotDelivered, channel_to
from tests.claims.conftest import *  # noqa: F403  (officers, persons, stays and claims as claims' own tests make them)
from tests.relief.exchange import *  # noqa: F403
from tests.relief.exchange import CITY, DECEMBER, HIGH, KEY, addresses, listening, receiver_of, run_jobs

pytestmark = pytest.mark.django_db
SEND = "relief.send_push"


@pytest.fixture
def three(person, spends, approved):
    """A list of three is approved; nobody has it yet."""
    for name in ("张三", "李四", "王五"):
        spends(person(name), HIGH)
    return approved()


def counts() -> set[tuple]:
    return set(PushDelivery.objects.values_list("state", "rows_accepted", "rows_failed", "rows_pending"))


class TestAnAuthority:
    @pytest.mark.parametrize(("mode", "rounds", "end"), [
        ("normal", [9, 0], ("answered", 3, 0, 0)),
        ("twice", [9, 0], ("answered", 3, 0, 0)),
        ("late", [0, 0, 9], ("answered", 3, 0, 0)),
        ("partial", [6, 3], ("answered", 2, 1, 0)),
        ("mute", [0, 0, 0], ("sent", 0, 0, 3)),
    ])
    def test_answers_once_whatever_its_mood(self, mode, rounds, end, three, stand_in):
        authorities = stand_in("--mode", mode)
        run_jobs(SEND)
        assert [exchange_tasks.collect() for _ in rounds] == rounds
        assert counts() == {end}
        assert {one["taken"] for one in authorities.pull("/got").values()} == {1}
        assert exchange.broken_exchange() == []

    def test_that_never_answers_leaves_its_rows_to_an_officer(self, three, stand_in, city_window):
        stand_in("--mode", "mute")
        run_jobs(SEND)
        exchange_tasks.collect()
        delivery = PushDelivery.objects.get(receiver__code="health")
        exchange.give_up_waiting(delivery_id=delivery.pk, reason="多次催办无回执", by=city_window, at=DECEMBER)
        assert PushReply.objects.filter(code="NO_ANSWER", settled_by=None).count() == 3

    def test_that_ends_the_connection_has_taken_the_list_once(self, three, stand_in):
        authorities = stand_in("--mode", "silent")
        run_jobs(SEND)
        assert counts() == {("waiting", 0, 0, 3)}
        authorities.pull("/mode", mode="normal")
        run_jobs(SEND)
        assert counts() == {("sent", 0, 0, 3)}
        assert {(one["taken"], one["repeats"]) for one in authorities.pull("/got").values()} == {(1, 1)}

    def test_sends_a_list_back_when_it_has_recognised(self, three, stand_in):
        stand_in("--recognise")
        run_jobs(SEND)
        exchange_tasks.collect()
        assert not ReturnList.objects.exists()
        exchange_tasks.collect()
        run_jobs("relief.read_list")

        found = ReturnList.objects.get(receiver__code="civil_affairs")
        assert (found.number, found.month, found.rows_read, found.rows_ready, found.state) == (
            1, "2025-11", 3, 3, "checked",
        )
        assert not ReturnList.objects.filter(receiver__code="health").exists()


class TestTheKey:
    def test_is_printed_for_one_authority_alone(self, settings):
        settings.EXCHANGE_KEY = KEY
        out = StringIO()
        call_command("exchange_key", f"{CITY}.civil_affairs", stdout=out)
        name = f"{CITY}.civil_affairs:1"
        assert f"EXCHANGE_KEY_NAME={name}" in out.getvalue()
        assert Desk(KEY).key(name).decode() in out.getvalue()
        assert KEY not in out.getvalue()

    @pytest.mark.parametrize(("secret", "receiver"), [("short", f"{CITY}.health"), (KEY, f"{CITY}.police")])
    def test_is_not_printed_without_a_secret_or_for_a_stranger(self, secret, receiver, settings):
        settings.EXCHANGE_KEY = secret
        with pytest.raises(CommandError):
            call_command("exchange_key", receiver)


class TestTls:
    """What leaves the house goes to whom it is meant for: certificates are checked, those of an own CA too."""

    @pytest.fixture
    def certificate(self, tmp_path) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        now, day = datetime.now().astimezone(), timedelta(days=1)
        asked = x509.CertificateBuilder(name, name, key.public_key(), 1, now - day, now + day)
        made = asked.add_extension(host, critical=False).sign(key, hashes.SHA256())
        path = tmp_path / "authority.pem"
        path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return path

    @pytest.fixture
    def port(self, certificate, settings) -> Iterator[int]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        settings.EXCHANGE_KEY = KEY
        with listening(tls=context) as (_, address):
            yield int(address.rpartition(":")[2])

    def lists(self, settings, host: str, port: int) -> list:
        settings.EXCHANGE_ADDRESSES = addresses(f"https://{host}:{port}")
        return channel_to(receiver_of("health")).lists(0)

    def test_is_spoken_with_whom_the_bureaus_ca_vouches_for(self, port, certificate, settings):
        settings.EXCHANGE_CA = str(certificate)
        assert self.lists(settings, "127.0.0.1", port) == []

    def test_is_refused_with_a_certificate_that_nobody_vouches_for(self, port, settings):
        with pytest.raises(NotDelivered, match="SSLError"):
            self.lists(settings, "127.0.0.1", port)

    def test_is_refused_under_another_name(self, port, certificate, settings):
        settings.EXCHANGE_CA = str(certificate)
        with pytest.raises(NotDelivered, match="SSLError"):
            self.lists(settings, "localhost", port)
