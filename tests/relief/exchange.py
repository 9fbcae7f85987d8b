"""What the tests of the exchange share: officers of the city, persons with self-pay, a receiver to talk to."""

import json
import os
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from casework import jobs
from casework.models import Job, Officer
from config.demo.receiver import serve
from config.demo.receiver_desk import Desk
from relief.models import Push, Receiver
from relief.services import exchange
from tests.conftest import BUREAU
from tests.people import make_officer

CITY = "511900"
KEY = "k" * 40
OCTOBER = datetime(2025, 10, 20, 9, 30, tzinfo=BUREAU)
NOVEMBER = datetime(2025, 11, 3, 9, 30, tzinfo=BUREAU)
DECEMBER = datetime(2025, 12, 2, 9, 30, tzinfo=BUREAU)

AT_THE_LIMIT, ONE_FEN_MORE, HIGH = "35070.00", "35070.05", "60000.00"
"""Cost at the third-level hospital that leaves a resident 14 448.00, 14 448.01 and 18 436.80 yuan of self-pay."""


@pytest.fixture
def city_window(db) -> Officer:
    return make_officer("窗口经办", "W900", region_code=CITY)


@pytest.fixture
def second_manager(db) -> Officer:
    return make_officer("主管", "Z008", region_code=CITY)


@pytest.fixture
def spends(take, stay) -> Callable[..., None]:
    """A person has a stay of this cost settled, in October unless another moment is given."""
    days = iter(range(1, 28))

    def act(person, total: str, *, moment: datetime = OCTOBER) -> None:
        day = next(days)
        take(person, stay(f"2025-09-{day:02d}", f"2025-09-{day + 1:02d}", total=total, own_expense="0.00",
                          first_self_pay="0.00"), moment=moment)

    return act


@pytest.fixture
def built(city_window) -> Callable[..., Push]:
    """The list of a month, built by its job."""

    def make(month: str = "2025-10", *, at: datetime = NOVEMBER, by: Officer | None = city_window) -> Push:
        push = exchange.ask_push(region_code=CITY, month=month, by=by, at=at)
        run_jobs("relief.build_push")
        push.refresh_from_db()
        return push

    return make


@pytest.fixture
def approved(built, city_manager) -> Callable[..., Push]:
    def make(month: str = "2025-10", *, at: datetime = NOVEMBER) -> Push:
        return exchange.approve_push(push_id=built(month, at=at).pk, by=city_manager, at=at)

    return make


def run_jobs(kind: str) -> None:
    """Do the jobs of a kind that wait, whenever they are due."""
    for job in Job.objects.filter(kind=kind, state="pending").order_by("pk"):
        Job.objects.filter(pk=job.pk).update(next_at=NOVEMBER)
        jobs.run(job.pk)


def receiver_of(code: str) -> Receiver:
    return Receiver.objects.get(region_code=CITY, code=code)


@contextmanager
def listening(
    mode: str = "normal", port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[tuple[Desk, str]]:
    """The authorities' side on a thread of this process; its desk and address."""
    desk = Desk(KEY, mode)
    server = serve(desk, port)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield desk, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class StandIn:
    """The authorities' side as a process of its own. Killed and started again it is at its address, and remembers."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.options, self.port = folder, options, 0
        self.start()

    def start(self) -> None:
        told = self.folder / "port"
        told.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.demo.receiver", "--port", str(self.port), "--port-file", str(told),
             "--keep", str(self.folder / "authorities.json"), *self.options],
            cwd=Path(__file__).resolve().parents[2], env={**os.environ, "EXCHANGE_KEY": KEY},
        )
        end = time.monotonic() + 60
        while not told.exists():
            assert self.process.poll() is None, "the stand-in ended at once"
            assert time.monotonic() < end, "the stand-in did not start"
            time.sleep(0.05)
        self.port = int(told.read_text())

    def kill(self) -> None:
        """SIGKILL: nothing is said to anybody."""
        self.process.kill()
        self.process.wait()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def pull(self, path: str, **said: object) -> dict:
        return lever(self.address, path, **said)


@pytest.fixture
def stand_in(tmp_path, settings) -> Iterator[Callable[..., StandIn]]:
    """Starts the authorities' side, and the settings lead to it."""
    started: list[StandIn] = []

    def start(*options: str) -> StandIn:
        started.append(StandIn(tmp_path, *options))
        settings.EXCHANGE_KEY, settings.EXCHANGE_ADDRESSES = KEY, addresses(started[-1].address)
        return started[-1]

    yield start
    for one in started:
        one.kill()


def addresses(address: str) -> dict[str, str]:
    return {f"{CITY}.{code}": address for code in Receiver.Code.values}


@pytest.fixture
def office(settings) -> Iterator[tuple[Desk, str]]:
    """A receiver that the settings lead to."""
    with listening() as (desk, address):
        settings.EXCHANGE_KEY, settings.EXCHANGE_ADDRESSES = KEY, addresses(address)
        yield desk, address


def lever(address: str, path: str, **said: object) -> dict:
    """Pull a lever of a stand-in that runs as its own process."""
    asked = urllib.request.Request(f"{address}{path}", json.dumps(said).encode(), method="POST")
    with urllib.request.urlopen(asked, timeout=10) as answer:
        found: dict = json.load(answer)
    return found
