"""What every answer carries, and what stays closed."""
import pytest


@pytest.mark.django_db
class TestAnswers:
    def test_name_what_a_page_may_load(self, client):
        policy = client.get("/login/").headers["Content-Security-Policy"]

        assert "script-src 'self' 'unsafe-eval';" in policy + ";"
        assert "frame-ancestors 'none'" in policy
        assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]

    @pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/"])
    def test_the_interface_is_described_to_officers_only(self, client, path):
        assert client.get(path).status_code in {401, 403}

    def test_unknown_addresses_lead_to_the_login(self, client):
        assert client.get("/no-such-page/").status_code in {302, 404}
