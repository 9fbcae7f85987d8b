"""F10 for lists that come back: a worker that dies at any statement, and the end is as if it had not."""

import io
import random
from hashlib import sha256

import pytest

from casework import jobs
from casework.models import AuditEntry, Job, OutboxMessage
from enrollment.models import HardshipIdentity
from relief.models import ReturnList, ReturnRow
from relief.services import exchange
from relief.services.exchange import applying, reading
from tests.enrollment import bulk
from tests.enrollment.bulk import csv_file, name, number
from tests.enrollment.test_bulk_kills import run_with_kills
from tests.relief.exchange import NOVEMBER, receiver_of

pytestmark = pytest.mark.django_db(transaction=True)
HEAD = ["证件号码", "姓名", "困难身份", "变动", "开始日期", "结束日期"]
PERSONS = 40
EXPECTED: dict[str, str] = {}
"""The first, undisturbed run's end, which all others must equal."""


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Bells are not rung, and chunks are small: a short list has as many commits as a long one."""
    monkeypatch.setattr(jobs, "_ring", lambda job_id: None)
    monkeypatch.setattr(reading, "CHUNK", 8)
    monkeypatch.setattr(applying, "CHUNK", 8)


def rows() -> list[list[str]]:
    good = [[number(serial), name(serial), "低保对象", "认定", "2025-10-01", ""] for serial in range(PERSONS)]
    faulty = [[number(1), name(1), "低保边缘家庭成员", "认定", "2025-02-30", ""],
              [number(2), "另一人", "特困人员", "认定", "2025-10-01", ""],
              [number(900), name(900), "低保对象", "认定", "2025-10-01", ""]]
    mixed = good + faulty
    random.Random(3).shuffle(mixed)
    return mixed


def end_state(found: ReturnList) -> str:
    found.refresh_from_db()
    state = [
        sorted(HardshipIdentity.objects.values_list("person__id_no", "category", "starts_on", "ends_on")),
        sorted(ReturnRow.objects.values_list("row_no", "state", "code")),
        sorted(found.faults.values_list("row_no", "code")), found.state, found.rows_read, found.rows_applied,
        found.rows_rejected, found.rows_matching, found.applied_to,
        OutboxMessage.objects.filter(topic="enrollment.identity_granted").count(),
        AuditEntry.objects.filter(action__contains="grant_identity").count(),
    ]
    return sha256(repr(state).encode()).hexdigest()


class TestAKilledList:
    @pytest.mark.parametrize(("seed", "kills"), [(0, 0), (41, 2), (42, 6)])
    def test_ends_as_if_it_had_not_been_killed(self, seed, kills, city_window, city_manager, at):
        print(f"seed {seed}")  # noqa: T201  (shown when the test fails)
        bulk.register(PERSONS, at)
        found = exchange.take_list(
            receiver_id=receiver_of("civil_affairs").pk, file=io.BytesIO(csv_file(HEAD, *rows())), name="名单.csv",
            covering=exchange.Covering(1, "2025-10"), by=city_window, at=NOVEMBER,
        ).list
        run_with_kills("relief.read_list", found.list_no, seed, kills, reach=40)
        exchange.release_list(list_id=found.pk, by=city_manager, at=NOVEMBER)
        run_with_kills("relief.apply_list", found.list_no, seed + 1, kills, reach=120)

        assert end_state(found) == EXPECTED.setdefault("end", end_state(found))
        assert (found.rows_applied, found.rows_matching) == (PERSONS, 2)
        assert not Job.objects.filter(kind__startswith="relief.", state="dead").exists()
