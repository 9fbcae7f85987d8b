"""Fixtures that every test folder shares; what only one app needs lies beside its tests."""
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
