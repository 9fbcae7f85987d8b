"""Production says what it lacks and does not start without it."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GIVEN = {
    "SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-0123456789-abcd",
    "DATABASE_URL": "postgresql://app@db.example/casework",
    "REDIS_URL": "redis://redis.example/0",
    "ALLOWED_HOSTS": "ybj.example,.inner.example",
    "HOME_AREA": "511900",
}


def start(**environment: str) -> subprocess.CompletedProcess:
    """Load the production settings in a process of their own and print some of them."""
    code = (
        "import django; from django.conf import settings; django.setup();"
        "from django.core.checks import run_checks, Tags;"
        "print(settings.DEBUG, settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.ALLOWED_HOSTS,"
        " settings.CSRF_TRUSTED_ORIGINS, settings.SECURE_HSTS_SECONDS,"
        " getattr(settings, 'CELERY_TASK_ALWAYS_EAGER', False));"
        "print(*run_checks(tags=[Tags.security], include_deployment_checks=True), sep='\\n')"
    )
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings.production", **environment},
    )


class TestProduction:
    def test_starts_with_its_secrets_and_passes_the_deployment_checks(self):
        started = start(**GIVEN)

        assert started.returncode == 0, started.stderr
        lines = started.stdout.strip().splitlines()
        assert lines[0] == (
            "False True True ['ybj.example', '.inner.example'] "
            "['https://ybj.example', 'https://*.inner.example'] 31536000 False"
        )
        assert lines[1:] == []

    @pytest.mark.parametrize("absent", sorted(GIVEN))
    def test_refuses_to_start_without(self, absent):
        started = start(**{name: value for name, value in GIVEN.items() if name != absent})

        assert started.returncode != 0
        assert f"ImproperlyConfigured: set in the environment before starting: {absent}" in started.stderr

    def test_names_all_that_is_absent_at_once(self):
        started = start(SECRET_KEY=GIVEN["SECRET_KEY"], DATABASE_URL=" ")

        assert "DATABASE_URL, REDIS_URL, ALLOWED_HOSTS, HOME_AREA" in started.stderr

    @pytest.mark.parametrize("key", ["short", "dev-only-not-a-secret-and-refused-by-production-" + "x" * 20])
    def test_refuses_a_key_that_is_no_secret(self, key):
        started = start(**{**GIVEN, "SECRET_KEY": key})

        assert started.returncode != 0
        assert "SECRET_KEY must be at least 50 random characters" in started.stderr

    def test_refuses_an_exchange_without_its_key(self):
        exchange = {"EXCHANGE_ADDRESSES": "511900.civil_affairs=https://exchange.example/medical"}

        assert "set in the environment before starting: EXCHANGE_KEY" in start(**GIVEN, **exchange).stderr
        short = start(**GIVEN, **exchange, EXCHANGE_KEY="x" * 31)
        assert short.returncode != 0
        assert "EXCHANGE_KEY must be at least 32 random characters" in short.stderr
        assert start(**GIVEN, **exchange, EXCHANGE_KEY="x" * 32).returncode == 0

    def test_refuses_to_answer_for_any_host(self):
        assert "ALLOWED_HOSTS must name the hosts" in start(**{**GIVEN, "ALLOWED_HOSTS": "*"}).stderr
