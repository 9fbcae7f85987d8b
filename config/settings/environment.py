"""What the environment says, read strictly: a name that is needed and absent is told, never guessed."""
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def require(*names: str) -> dict[str, str]:
    """The values of `names`; refuses to start with the list of all that are absent or empty."""
    values = {name: env.str(name, default="").strip() for name in names}
    if absent := [name for name, value in values.items() if not value]:
        raise ImproperlyConfigured(f"set in the environment before starting: {', '.join(absent)}")
    return values


def database(url: str) -> dict[str, Any]:
    """Django's database settings for a libpq URL; `?host=/directory` names a socket.

    Every connection carries limits: a statement, a wait for a lock and an idle transaction all end, so that one
    stuck session can't hold the rows of others. A URL with its own `options` (a pooler that refuses ours) keeps them.
    """
    config: dict[str, Any] = dict(environ.Env.db_url_config(url))
    options = config.setdefault("OPTIONS", {})
    config["HOST"] = options.pop("host", "") or config.get("HOST", "")
    limits = {
        "statement_timeout": env.str("DATABASE_STATEMENT_TIMEOUT", default="30s"),
        "lock_timeout": env.str("DATABASE_LOCK_TIMEOUT", default="5s"),
        "idle_in_transaction_session_timeout": env.str("DATABASE_IDLE_TIMEOUT", default="60s"),
    }
    options.setdefault("options", " ".join(f"-c {name}={value}" for name, value in limits.items()))
    options.setdefault("connect_timeout", 5)
    if env.bool("DATABASE_POOL", default=False):
        options["pool"] = {"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", default=8)}
    else:
        config["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=0)
        config["CONN_HEALTH_CHECKS"] = True
    return config


def cache(redis_url: str) -> dict[str, dict[str, str]]:
    """Shared through Redis; without one, of this process alone."""
    if redis_url:
        return {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_url}}
    return {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


def overlays(text: str) -> dict[str, list[str]]:
    """The bureau's own figures by pool, e.g. `bazhong=/etc/casework/2026.yaml,bazhong=/etc/casework/2027.yaml`."""
    found: dict[str, list[str]] = {}
    for item in filter(None, map(str.strip, text.split(","))):
        pool, separator, path = item.partition("=")
        if not (pool and separator and path):
            raise ImproperlyConfigured(f"POLICY_OVERLAYS: write pool=path, not {item!r}")
        found.setdefault(pool, []).append(path)
    return found


def addresses(text: str) -> dict[str, str]:
    """Where each receiver of the exchange is reached, e.g. `511900.civil_affairs=https://…,511900.health=file:///…`.

    An address is HTTPS (plain HTTP only to this machine) or a folder; it comes from here alone, never from a screen.
    """
    found: dict[str, str] = {}
    for item in filter(None, map(str.strip, text.split(","))):
        name, separator, address = item.partition("=")
        parts = urlsplit(address)
        here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}
        if not (name and separator and (here or address.startswith(("https://", "file:///")))):
            raise ImproperlyConfigured(f"EXCHANGE_ADDRESSES: write receiver=https://… or file:///…, not {item!r}")
        found[name] = address
    return found
