"""PostgreSQL and Redis of our own, for a test run or the demo.

Where they come from, in this order:

- tests: DATABASE_URL and REDIS_URL if given; else installed programs; else apt, if we are root; else the wheels
- demo:  DATABASE_URL if given; else the wheels; else installed programs

SERVERS=installed, apt or wheels allows only that source. There is no run without servers: Failure says what is missing.
"""
import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import postgres
import redis_server
from host import ROOT, Account, Failure, apt_install, say

FOR_TESTS = ("installed", "apt", "wheels")
FOR_DEMO = ("wheels", "installed", "apt")
STATE_OF_ROOT = Path("/var/lib/medical-insurance-casework")


@contextlib.contextmanager
def for_tests() -> Iterator[dict[str, str]]:
    """Throw-away servers: yields DATABASE_URL and REDIS_URL, leaves nothing behind."""
    urls, used = {}, {}
    with contextlib.ExitStack() as stack:
        account = Account.unprivileged()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="casework-", ignore_cleanup_errors=True)))
        account.make_directory(folder, 0o700)
        if url := os.environ.get("DATABASE_URL"):
            urls["DATABASE_URL"], used["PostgreSQL"] = url, "DATABASE_URL"
        else:
            server = postgres.Server(_find_postgres(FOR_TESTS)[0], folder / "pg", account, durable=False)
            urls["DATABASE_URL"], used["PostgreSQL"] = _started(stack, server), _told(server.binaries)
        if url := os.environ.get("REDIS_URL"):
            urls["REDIS_URL"], used["Redis"] = url, "REDIS_URL"
        else:
            redis = _redis(FOR_TESTS, folder / "redis.log")
            urls["REDIS_URL"], used["Redis"] = _started(stack, redis), f"private, {redis.program}"
        say("services: " + "; ".join(f"{name} = {origin}" for name, origin in used.items()))
        yield urls


@contextlib.contextmanager
def for_demo(*, with_redis: bool) -> Iterator[dict[str, str]]:
    """A lasting database under var/ and, if asked for, a passing Redis."""
    with contextlib.ExitStack() as stack:
        urls = {}
        if url := os.environ.get("DATABASE_URL"):
            urls["DATABASE_URL"] = url
            say("database: DATABASE_URL")
        else:
            server = _demo_postgres()
            urls["DATABASE_URL"] = _started(stack, server)
            say(f"database: {_told(server.binaries)}, data in {server.data}")
        if with_redis:
            log = ROOT / "var" / "redis.log"
            urls["REDIS_URL"] = os.environ.get("REDIS_URL") or _started(stack, _redis(FOR_DEMO, log))
        yield urls


def _started(stack: contextlib.ExitStack, server: postgres.Server | redis_server.Server) -> str:
    server.start()
    stack.callback(server.stop)
    return server.url


def _told(binaries: postgres.Binaries) -> str:
    return f"private PostgreSQL {binaries.major} ({binaries.origin})"


def _demo_postgres() -> postgres.Server:
    """The demo's cluster; one that exists keeps its owner and its major version."""
    home = _demo_home()
    data = home / "data"
    candidates = _find_postgres(FOR_DEMO)
    if (version := data / "PG_VERSION").exists():
        major = int(version.read_text())
        candidates = [binaries for binaries in candidates if binaries.major == major]
        if not candidates:
            raise Failure(f"{data} needs PostgreSQL {major}, which is not here; remove {home} to start afresh")
    return postgres.Server(candidates[0], home, postgres.owner_of(data), durable=True)


def _demo_home() -> Path:
    """var/pg, unless the server's account can't enter the checkout (root's own home, say)."""
    if Account.unprivileged().can_read(ROOT):
        return ROOT / "var" / "pg"
    return STATE_OF_ROOT / hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:12] / "pg"


def _find_postgres(order: tuple[str, ...]) -> list[postgres.Binaries]:
    """All that can be had, the preferred first; apt only if there is nothing else before it."""
    return _find(order, f"PostgreSQL {postgres.MINIMUM} or later", "postgresql",
                 postgres.installed, postgres.from_wheel)


def _redis(order: tuple[str, ...], log: Path) -> redis_server.Server:
    programs = _find(order, "Redis", "redis-server", redis_server.installed, redis_server.from_wheel)
    return redis_server.Server(programs[0], log)


def _find(order: tuple[str, ...], what: str, package: str, installed: Callable, from_wheel: Callable) -> list:
    only = os.environ.get("SERVERS")
    found: list = []
    for source in order:
        if only and source != only:
            continue
        if source == "apt":
            if not found and apt_install([package], f"{what} for this run"):
                found += installed()
        else:
            found += installed() if source == "installed" else from_wheel()
    if not found:
        raise Failure(f"no {what}: install Debian's {package}, give DATABASE_URL and REDIS_URL, "
                      "or install requirements.txt, whose wheels bring both servers")
    return found
