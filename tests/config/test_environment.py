"""What is read from the environment, and what follows from it."""
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from config.settings.environment import addresses, cache, database, overlays


class TestTheDatabase:
    def test_limits_every_connection(self):
        options = database("postgresql://app:secret@db.example:5433/casework")["OPTIONS"]["options"]

        assert "-c statement_timeout=30s" in options
        assert "-c lock_timeout=5s" in options
        assert "-c idle_in_transaction_session_timeout=60s" in options

    @pytest.mark.django_db
    def test_holds_these_limits_in_the_session(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
            assert cursor.fetchone() == ("30s", "5s")

    def test_reaches_a_socket_named_in_the_url(self):
        assert database("postgresql://casework@/casework?host=/run/sockets")["HOST"] == "/run/sockets"

    def test_keeps_options_that_the_url_brings(self):
        config = database("postgresql://app@pooler.example/casework?options=-c%20search_path%3Dcasework")

        assert config["OPTIONS"]["options"] == "-c search_path=casework"

    def test_pools_connections_only_when_asked(self, monkeypatch):
        assert "pool" not in database("postgresql://app@db.example/casework")["OPTIONS"]

        monkeypatch.setenv("DATABASE_POOL", "1")
        config = database("postgresql://app@db.example/casework")

        assert config["OPTIONS"]["pool"] == {"min_size": 1, "max_size": 8}
        assert "CONN_MAX_AGE" not in config


class TestTheCache:
    def test_is_shared_through_redis_where_there_is_one(self):
        assert cache("redis://r.example/0")["default"]["LOCATION"] == "redis://r.example/0"
        assert "locmem" in cache("")["default"]["BACKEND"]


class TestOverlays:
    def test_are_listed_by_pool_in_their_order(self):
        assert overlays("bazhong=/etc/a.yaml, bazhong=/etc/b.yaml,changzhi=/etc/c.yaml,") == {
            "bazhong": ["/etc/a.yaml", "/etc/b.yaml"], "changzhi": ["/etc/c.yaml"],
        }

    @pytest.mark.parametrize("text", ["bazhong", "=/etc/a.yaml", "bazhong="])
    def test_refuse_what_names_no_pool_or_no_file(self, text):
        with pytest.raises(ImproperlyConfigured, match="write pool=path"):
            overlays(text)


class TestTheAddressesOfTheExchange:
    def test_are_https_or_a_folder_or_this_machine(self):
        given = "511900.health=https://wjw.example/x, 511900.agriculture=file:///mnt/out,a=http://127.0.0.1:8020"

        assert addresses(given) == {
            "511900.health": "https://wjw.example/x", "511900.agriculture": "file:///mnt/out",
            "a": "http://127.0.0.1:8020",
        }

    @pytest.mark.parametrize("given", ["a", "a=", "a=http://example.org", "a=http://127.0.0.1.example.org", "a=ftp://x"])
    def test_are_nothing_else(self, given):
        with pytest.raises(ImproperlyConfigured, match="EXCHANGE_ADDRESSES"):
            addresses(given)
