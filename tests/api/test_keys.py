"""Keys: scopes, changing over with an overlap, ending at once, limits; threats "Hospital client", "Stolen key"."""

from datetime import timedelta

import pytest
import time_machine
from oauth2_provider.models import AccessToken

from casework.errors import Refused
from casework.models import AuditEntry
from chronic.models import ApiClient, ApiKey
from chronic.services import interface_keys as keys
from enrollment import services as enrollment
from tests.api.conftest import HOSPITAL, Platform, System, urlencoded
from tests.people import make_officer

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"


def ask(client, body, **headers):
    return client.post("/api/oauth/token", body, content_type=FORM, headers=headers)


def granted(system: System, **more) -> dict:
    form = {"grant_type": "client_credentials", "client_id": system.key.name, "client_secret": system.secret} | more
    return ask(system.web, urlencoded(**form)).json()


class TestAToken:
    def test_carries_what_was_asked_for_alone(self, system):
        system.token = granted(system, scope="catalogue")["access_token"]

        assert system.get("catalogue").status_code == 200
        answer = system.get("diagnoses")
        assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_MISSING")

    def test_is_not_given_for_a_scope_that_the_key_lacks(self, system):
        system.key.scopes = ["catalogue"]
        system.key.save(update_fields=["scopes"])

        assert granted(system, scope="diagnosis")["error"] == "invalid_scope"
        assert granted(system)["scope"] == "catalogue"

    def test_ends_after_half_an_hour(self, system, at):
        assert system.get("catalogue").status_code == 200

        with time_machine.travel(at + timedelta(minutes=31)):
            answer = system.get("catalogue")
        assert (answer.status_code, answer.json()["code"]) == (401, "AUTH_MISSING")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'

    def test_that_has_run_out_is_forgotten_with_the_next(self, system, at):
        granted(system)
        with time_machine.travel(at + timedelta(minutes=31)):
            granted(system)

        assert AccessToken.objects.count() == 1

    @pytest.mark.parametrize("header", ["Bearer x", "Bearer ", "Basic eDp5", "x", "Bearer \u00ff"])
    def test_that_is_none_opens_nothing(self, system, header):
        assert system.web.get("/api/v1/catalogue", headers={"Authorization": header}).status_code == 401

    def test_in_the_address_opens_nothing(self, system):
        system.headers()

        assert system.web.get("/api/v1/catalogue", {"access_token": system.token}).status_code == 401

    @pytest.mark.parametrize(("body", "status"), [
        ("x", 400), ("grant_type=password&username=a&password=b", 400), ("grant_type=authorization_code&code=x", 400),
        ("grant_type=client_credentials", 401), ("grant_type=client_credentials&client_id=a&client_secret=b", 401),
        ("grant_type=client_credentials&client_id=%00&client_secret=b", 400),
        ("grant_type=client_credentials&grant_type=x", 400), ("x=" + "y" * 9000, 413), ("a=%ff%fe", 400),
        (b"\xff", 400),
    ])
    def test_is_not_given_for_strange_forms(self, system, body, status):
        assert ask(system.web, body).status_code == status

    @pytest.mark.parametrize("given", ["Basic AAA=", "Basic YQA6Yg==", "Basic %%", "Basic", "Basic //8="])
    def test_is_not_given_for_strange_headers(self, system, given):
        answer = ask(system.web, "grant_type=client_credentials", Authorization=given)

        assert answer.status_code == 401

    def test_is_not_given_by_other_methods_and_types(self, system):
        assert system.web.get("/api/oauth/token").status_code == 405
        assert system.web.post("/api/oauth/token", "{}", content_type="application/json").status_code == 415


class TestChangingAKey:
    def test_the_old_one_works_beside_the_new_for_a_while(self, system, at):
        issued = keys.issue_key(client_id=system.key.client_id, by=None, at=at, overlap=timedelta(hours=1))
        new = System(system.institution, issued.key, issued.secret, issued.signing_key)

        assert system.get("catalogue").status_code == new.get("catalogue").status_code == 200
        assert Platform(system).call("9001", {"opter_no": "1", "ip": "1"}, "signIn")["infcode"] == 0
        with time_machine.travel(at + timedelta(hours=1, seconds=1)):
            assert granted(system)["error"] == "invalid_client"
            assert "access_token" in granted(new)
            late = Platform(system).send(Platform(system).message("9001", {"opter_no": "1", "ip": "1"}, "signIn"))
            assert late.status_code == 401

    def test_an_ended_key_stops_at_the_next_request(self, system):
        """Stolen key: ended within five seconds; here, with the next request."""
        assert system.get("catalogue").status_code == 200

        keys.end_key(name=system.key.name, by=None, at=keys.timezone.now())

        assert system.get("catalogue").status_code == 401
        assert Platform(system).send(Platform(system).message("9001", {}, "signIn")).status_code == 401
        assert AuditEntry.objects.filter(action="end_key", subject=f"institution:{HOSPITAL}").exists()

    def test_a_closed_account_and_a_closed_institution_stop_it_too(self, system, city_manager, at):
        system.headers()
        officer = system.key.client.officer
        type(officer).objects.filter(pk=officer.pk).update(is_active=False)
        assert system.get("catalogue").status_code == 401
        type(officer).objects.filter(pk=officer.pk).update(is_active=True)
        assert system.get("catalogue").status_code == 200

        enrollment.close_institution(code=HOSPITAL, ends_on=at.date(), by=city_manager, at=at)
        assert system.get("catalogue").status_code == 401

    def test_nobody_logs_in_with_the_systems_account(self, system):
        assert not system.key.client.officer.has_usable_password()

    def test_secrets_stand_nowhere(self, system):
        stored = str(list(ApiKey.objects.values())) + str(list(type(system.key.application).objects.values()))

        assert system.secret not in stored
        assert system.signing_key not in stored

    def test_needs_the_right_to_it(self, system, window_officer, at):
        with pytest.raises(Refused) as refusal:
            keys.issue_key(client_id=system.key.client_id, by=window_officer, at=at)
        assert refusal.value.code == "no_permission"
        assert ApiKey.objects.count() == 1

    def test_an_administrator_of_the_region_has_it(self, system, at):
        admin = make_officer("系统管理", "A001", "511900")

        assert keys.issue_key(client_id=system.key.client_id, by=admin, at=at).key.client == system.key.client

    @pytest.mark.parametrize("network", ["10.1.0.0/33", "everywhere", "10.1.0.1/16"])
    def test_a_network_must_be_one(self, hospital, at, network):
        with pytest.raises(Refused) as refusal:
            keys.open_client(institution_code=HOSPITAL, by=None, at=at, networks=(network,))
        assert refusal.value.code == "NETWORK_FORMAT"
        assert not ApiClient.objects.exists()


class TestLimits:
    def test_one_request_too_many_is_told_when_to_come_back(self, system, other_system, settings):
        settings.API_RATES = {**settings.API_RATES, "default": 3}
        statuses = [system.get("catalogue").status_code for _ in range(4)]

        assert statuses == [200, 200, 200, 429]
        last = system.get("catalogue")
        assert 1 <= int(last.headers["Retry-After"]) <= 60
        assert last.json()["code"] == "RATE_LIMIT"
        assert other_system.get("catalogue").status_code == 200

    def test_hold_for_the_envelope_too(self, platform, settings):
        settings.API_RATES = {**settings.API_RATES, "default": 1}
        node = {"opter_no": "1", "ip": "1"}
        assert platform.call("9001", node, "signIn")["infcode"] == 0

        answer = platform.send(platform.message("9001", node, "signIn"))
        assert (answer.status_code, answer.json()["infcode"]) == (429, -1)
        assert answer.headers["Retry-After"]

    def test_guessing_secrets_is_slow(self, system, settings):
        settings.API_RATES = {**settings.API_RATES, "token": 2}
        wrong = urlencoded(grant_type="client_credentials", client_id=system.key.name, client_secret="x")

        assert [ask(system.web, wrong).status_code for _ in range(3)] == [401, 401, 429]


class TestUnknownAddresses:
    @pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v1/nothing", "/api/v1/diagnoses/1", "/api/v2/x"])
    def test_are_answered_in_the_interfaces_words(self, client, path):
        answer = client.get(path)

        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


class TestItsUse:
    def test_is_kept_to_the_quarter_of_an_hour(self, system, at):
        noted = []
        for minutes in (0, 14, 16):
            with time_machine.travel(at + timedelta(minutes=minutes)):
                system.get("catalogue")
            noted.append(ApiKey.objects.get(pk=system.key.pk).last_used_at)

        assert [round((one - at).total_seconds() / 60) for one in noted] == [0, 0, 16]


class TestAnInterfaceThatIsShut:
    def test_is_refused_from_the_next_request_on_until_it_is_opened_again(self, system, at):
        assert system.get("catalogue").status_code == 200
        keys.close_client(client_id=system.key.client_id, reason="协议终止", by=None, at=at)
        assert system.get("catalogue").status_code == 401

        keys.open_client(institution_code=HOSPITAL, by=None, at=at, scheme=system.key.client.scheme)
        assert system.get("catalogue").status_code == 200

    def test_gets_no_new_key(self, system, at):
        keys.close_client(client_id=system.key.client_id, reason="协议终止", by=None, at=at)
        for act in (
            lambda: keys.issue_key(client_id=system.key.client_id, by=None, at=at),
            lambda: keys.close_client(client_id=system.key.client_id, reason="再次", by=None, at=at),
        ):
            with pytest.raises(Refused, match="已停用"):
                act()
        assert ApiKey.objects.filter(client=system.key.client).count() == 1
