"""The people of the screens: the county's officers as the claims tests know them, at a browser or Django's client."""
import os
import shutil
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests.claims.conftest import (  # noqa: F401  (fixtures)
    all_roles,
    approver,
    birth,
    cashier,
    certify,
    city_manager,
    hospitals,
    mother,
    neighbour,
    pay,
    person,
    pharmacy,
    resident,
    reviewer,
    second_cashier,
    stay,
    supervisor,
    take,
    visit,
    window_officer,
)
from tests.people import make_officer

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--lang=zh-CN",
]
MORNING = datetime(2025, 11, 3, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def monday_morning():
    """The doors take the time from the clock; here it is the morning that the other tests name."""
    with time_machine.travel(MORNING, tick=True):
        yield


@pytest.fixture(scope="session", autouse=True)
def synchronous_orm_beside_a_browser():
    """Playwright runs an event loop in this thread; Django would refuse to touch the database beside it."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    yield
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")


@pytest.fixture(scope="session")
def browser_type_launch_args():
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.fail("no Chromium: name one in CHROMIUM, or leave these tests out with -m 'not browser'")
    return {"executable_path": found, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args():
    return {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": {"width": 1440, "height": 900}}


@pytest.fixture
def auditor(db):
    return make_officer("审计", "S001")


@pytest.fixture
def administrator(db):
    return make_officer("系统管理", "X001")


@pytest.fixture
def as_officer(client):
    """Sign an officer in at Django's client."""

    def sign_in(officer):
        client.force_login(officer)
        return client

    return sign_in
