"""Processes of our own to kill: a Redis and Celery workers. They end with the test, or with us."""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
from celery import Celery
from django.db import connection
from django.utils import timezone
from kombu import Connection

from casework import services
from casework.models import Counter, Job

PATIENCE = 180
"""Seconds that a busy machine may take; an idle one takes few."""
CELERY = [sys.executable, "-m", "celery", "-A"]
WORKER = [
    "worker", "--pool", "prefork", "-c", "2", "--loglevel", "ERROR", "--without-gossip", "--without-mingle",
    "--without-heartbeat",
]


def test_database() -> str:
    """The URL of the database that this test uses."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


test_database.__test__ = False  # type: ignore[attr-defined]


def wait_for(ready: Callable[[], bool], what: str, act: Callable[[], object] = lambda: None) -> None:
    """Wait until it is so, doing something meanwhile."""
    end = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < end, f"{what} did not come about within {PATIENCE} s"
        act()
        time.sleep(0.1)


AT_ONCE = {"socket_timeout": 2, "max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
"""A bell that can't be rung is not tried for long: the row is there."""


class Plant:
    """Redis and a worker, started through scripts/ and killed by their own process numbers."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        import host
        import redis_server
        import services as starter

        self.host, self.folder, self.environment = host, folder, environment
        program = starter._redis(starter.FOR_TESTS, folder / "redis.log").program
        self.redis = redis_server.Server(program, folder / "redis.log")
        self.redis.start()
        self.worker: host.Child | None = None
        self.beats: list[host.Child] = []
        self.app = Celery("faults", broker=self.redis.url, set_as_current=False)

    def start_worker(self, app: str = "config", include: str = "tests.faults.effects") -> None:
        self.command = [*CELERY, app, *WORKER, "-I", include]
        self.worker = self._child(self.command, "worker")

    def look_after_worker(self) -> None:
        """What a host's process manager does: kombu ends a worker that loses Redis while it confirms a task."""
        if self.worker is not None and self.worker.ended:
            self.worker = self._child(self.command, "worker")

    def start_beat(self, app: str) -> None:
        """Each beat has a schedule file of its own: they know nothing of each other."""
        name = f"beat{len(self.beats)}"
        self.beats.append(self._child([*CELERY, app, "beat", "--loglevel", "ERROR", "--max-interval", "1", "--schedule",
                                       str(self.folder / name), "--pidfile", ""], name))

    def _child(self, command: list[str], name: str) -> Any:
        env = {**os.environ, **self.environment, "REDIS_URL": self.redis.url, "DATABASE_URL": test_database(),
               "DJANGO_SETTINGS_MODULE": "config.settings.dev", "VAR_DIR": str(self.folder)}
        return self.host.Child(command, name=name, env=env, log=self.folder / f"{name}.log")

    def kill_worker(self) -> None:
        """SIGKILL to the whole group: the parent and its children."""
        assert self.worker is not None
        os.killpg(self.worker.process.pid, signal.SIGKILL)
        self.worker.process.wait()

    def children(self) -> list[int]:
        assert self.worker is not None
        listed = Path(f"/proc/{self.worker.process.pid}/task/{self.worker.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def kill_child(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)

    def kill_redis(self) -> None:
        self.redis.child.process.kill()
        self.redis.child.process.wait()

    def start_redis_again(self) -> None:
        self.redis.start(self.redis.port)

    def empty_redis(self) -> None:
        """FLUSHALL: every bell that nobody has heard yet is gone."""
        redis.Redis.from_url(self.redis.url).flushall()

    def ring(self, job_id: int) -> None:
        """What the bell does after a commit: it may fail, and nobody minds."""
        with suppress(Exception), Connection(self.redis.url, transport_options=AT_ONCE) as broker:
            self.app.send_task("casework.tasks.run_job", (job_id,), retry=False, connection=broker)

    def sweep(self) -> None:
        """What the beat does every few seconds, faster; and a worker that has ended is started again."""
        self.look_after_worker()
        for job_id in services.due_work(now=timezone.now(), ring_again=timedelta(seconds=1)).jobs:
            self.ring(job_id)

    def stop(self) -> None:
        for beat in self.beats:
            beat.stop()
        if self.worker is not None and not self.worker.ended:
            self.kill_worker()
        self.app.close()
        self.redis.stop()


def done(kind: str) -> int:
    return Job.objects.filter(kind=kind, state=Job.State.DONE).count()


def effects() -> dict[str, int]:
    """How often each job took effect."""
    return dict(Counter.objects.filter(name__startswith="fault:").values_list("name", "value"))


def an_hour_later(kind: str) -> None:
    """What waits for its next attempt is due now."""
    past: datetime = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(kind=kind, state=Job.State.PENDING).update(next_at=past, rung_at=None)
