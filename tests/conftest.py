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
