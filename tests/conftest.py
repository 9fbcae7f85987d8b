"""Fixtures that every test folder shares; what only one app needs lies beside its tests."""
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


@pytest.fixture(scope="session", autouse=True)
def flush_past_guards(request):
    """Transactional tests empty the tables afterwards; append-only ones refuse that, so their triggers sleep for it."""
    if not request.config.pluginmanager.has_plugin("django"):
        yield
        return
    from django.db.backends.postgresql.operations import DatabaseOperations

    refused = DatabaseOperations.execute_sql_flush

    def flush(operations, sql_list):
        with operations.connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            try:
                refused(operations, sql_list)
            finally:
                cursor.execute("SET session_replication_role = origin")

    DatabaseOperations.execute_sql_flush = flush
    yield
    DatabaseOperations.execute_sql_flush = refused


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
