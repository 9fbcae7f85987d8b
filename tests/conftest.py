"""Fixtures that every test folder shares; what only one app needs lies beside its tests."""
import gc
import threading
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

BUREAU = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def at() -> datetime:
    """A Monday morning at the window."""
    return datetime(2025, 11, 3, 9, 30, tzinfo=BUREAU)


@pytest.fixture(autouse=True)
def private_documents(request, tmp_path):
    """Each test has its own document store: no blob outlives the test that wrote it.

    The policy tests also run without Django (`-p no:django`); there is nothing to store then.
    """
    if request.config.pluginmanager.has_plugin("django"):
        request.getfixturevalue("settings").DOCUMENT_ROOT = tmp_path / "documents"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, django_db_keepdb, django_db_createdb):
    """Tests that commit leave the database as it was migrated."""
    from tests import emptying

    with django_db_blocker.unblock():
        if django_db_keepdb and not django_db_createdb:
            emptying.seed_anew()
        undo = emptying.restore_after_tests_that_commit(emptying.Seeds())
    yield
    undo()


def pytest_collection_finish():
    """What a run has loaded lives as long as it does: the collector need not walk it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture
def at_once() -> Callable[..., list[object]]:
    """Runs functions at the same moment, each on its own connection; their results or exceptions, in order."""
    from django.db import connections

    def run(*functions: Callable[[], object]) -> list[object]:
        results: list[object] = [None] * len(functions)
        barrier = threading.Barrier(len(functions))

        def body(place: int, function: Callable[[], object]) -> None:
            try:
                barrier.wait(10)
                results[place] = function()
            except Exception as error:
                results[place] = error
            finally:
                connections.close_all()

        threads = [threading.Thread(target=body, args=pair) for pair in enumerate(functions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return results

    return run
