"""Fixtures that every test folder shares; what only one app needs lies beside its tests."""
import gc
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
