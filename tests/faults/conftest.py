"""Fault runs kill processes of their own only, are seeded, print the seed, and end by themselves."""

import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from casework import jobs
from tests.claims.conftest import *  # noqa: F403  (officers, persons, stays and claims as claims' own tests make them)
from tests.faults.machinery import Plant
from tests.relief.exchange import *  # noqa: F403

SEED = 20251105
SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
STARTERS = ("host", "postgres", "redis_server", "services")


@pytest.fixture
def chance() -> random.Random:
    print(f"seed {SEED}")  # noqa: T201  (shown when the test fails)
    return random.Random(SEED)


@pytest.fixture
def plant(transactional_db, tmp_path, monkeypatch) -> Iterator[Callable[..., Plant]]:
    """A Redis of our own on a spare port, and workers on the test's database when they are wanted."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    made: list[Plant] = []

    def make(**environment: str) -> Plant:
        found = Plant(tmp_path, environment)
        made.append(found)
        monkeypatch.setattr(jobs, "_ring", found.ring)
        return found

    yield make
    for one in made:
        one.stop()
    for name in STARTERS:
        sys.modules.pop(name, None)
