"""A worker's view of a November day on which writing a row takes a moment: there is a middle to be killed in."""

import time
from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from casework import clock
from relief import exchange_tasks
from relief.services.exchange import building
from tests.faults import effects  # noqa: F401  (counts what is heard)

NOVEMBER = datetime(2025, 11, 3, 9, 30, tzinfo=clock.BUREAU_ZONE)
_rows = building._rows


def slow_rows(push: Any) -> Iterator[Any]:
    for row in _rows(push):
        time.sleep(0.4)
        yield row


building._rows = slow_rows
exchange_tasks.clock = SimpleNamespace(now=lambda: NOVEMBER, bureau_day=clock.bureau_day)
