"""F8 in short: two beats, a task that outlives the broker's patience, a worker killed in the middle of a long one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import timezone

from casework import jobs
from casework.models import Counter, Job
from relief.models import Push, PushDelivery
from relief.services import exchange
from tests.faults.effects import LONG
from tests.faults.machinery import effects, test_database, wait_for
from tests.faults.test_push import OFFICES, reach, violations
from tests.relief.exchange import CITY, HIGH, KEY, NOVEMBER, run_jobs

pytestmark = pytest.mark.django_db(transaction=True)
BUILD = "relief.build_push"


def fired() -> list[int]:
    """How often each beat has asked for the month's list."""
    return list(Counter.objects.filter(name__startswith="fired:").values_list("value", flat=True))


def bytes_of(push: Push) -> tuple:
    push.refresh_from_db()
    return push.rows, push.amount, push.rows_sha256, *push.files.order_by("form").values_list("form", "sha256", "size")


@pytest.fixture
def two_on_the_list(person, spends, tmp_path, settings):
    """Documents lie where the workers of the test have theirs."""
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    for name in ("张三", "李四"):
        spends(person(name), HIGH)


class TestTwoBeats:
    def test_firing_at_once_send_one_file(self, plant, stand_in, two_on_the_list, city_manager):
        authorities = stand_in()
        here = plant(EXCHANGE_KEY=KEY, EXCHANGE_ADDRESSES=reach(authorities.address))
        here.start_worker(include="tests.faults.slowly")
        for _ in range(2):
            here.start_beat("tests.faults.beating")
        wait_for(lambda: Push.objects.filter(state="built").exists(), "a list")
        wait_for(lambda: len(fired()) == 2 and min(fired()) > 2, "both beats")
        exchange.approve_push(push_id=Push.objects.get().pk, by=city_manager, at=NOVEMBER)
        wait_for(lambda: not PushDelivery.objects.exclude(state="sent").exists(), "delivery")
        before = min(fired())
        wait_for(lambda: min(fired()) > before + 1, "both beats again")

        got = authorities.pull("/got")
        assert Push.objects.count() == 1
        assert {name: (one["taken"], one["repeats"]) for name, one in got.items()} == {
            f"{CITY}.{code}": (1, 0) for code in OFFICES
        }
        assert violations() == []


class TestATaskLongerThanTheBrokerWaits:
    def test_takes_effect_once_though_it_is_handed_out_again(self, plant):
        here = plant()
        here.start_worker(app="tests.faults.impatient")
        job = jobs.enqueue(LONG, key="long", payload={"steps": 12})
        wait_for(lambda: Job.objects.get().state == Job.State.DONE, "the long task")

        assert Counter.objects.get(name=f"heard:{job.pk}").value > 1, "the broker was patient: the run proves nothing"
        assert (effects(), Job.objects.get().attempts) == ({"fault:long": 1}, 1)


class TestAWorker:
    def test_killed_in_the_middle_of_a_long_build_leaves_the_same_list(
        self, plant, two_on_the_list, city_window, monkeypatch,
    ):
        here = plant()
        here.start_worker(include="tests.faults.slowly")
        push = exchange.ask_push(region_code=CITY, month="2025-10", by=city_window, at=NOVEMBER)
        wait_for(lambda: Job.objects.get(kind=BUILD).progress > 1, "a first file", here.sweep)
        here.kill_worker()
        assert not push.files.exists()
        Job.objects.filter(kind=BUILD).update(lease_until=timezone.now(), rung_at=None)  # ten minutes later
        here.start_worker(include="tests.faults.slowly")
        wait_for(lambda: Push.objects.get().state == "built", "the list", here.sweep)
        wait_for(lambda: Job.objects.get(kind=BUILD).state == Job.State.DONE, "the mark")
        assert Job.objects.get(kind=BUILD).attempts == 2
        killed = bytes_of(push)
        exchange.withdraw_push(push_id=push.pk, reason="再编一次", by=city_window, at=NOVEMBER)

        monkeypatch.setattr(jobs, "_ring", lambda job_id: None)
        again = exchange.ask_push(region_code=CITY, month="2025-10", by=city_window, at=NOVEMBER)
        run_jobs(BUILD)
        assert bytes_of(again) == killed
        assert violations() == []


RUN = """
import sys, django
django.setup()
from casework import jobs
jobs.run(int(sys.argv[1]))
"""
STRANGE = {
    "TZ": "America/St_Johns", "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "7", "PYTHONUTF8": "0",
    "PGTZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1", "PYTHONOPTIMIZE": "1",
}


class TestAListBuiltOnAnotherMachine:
    def test_is_the_same_bytes(self, two_on_the_list, city_window, monkeypatch, tmp_path):
        """The whole job, from the selection on, with its own documents and under another clock, zone and locale."""
        monkeypatch.setattr(jobs, "_ring", lambda job_id: None)
        here = exchange.ask_push(region_code=CITY, month="2025-10", by=city_window, at=NOVEMBER)
        run_jobs(BUILD)
        exchange.withdraw_push(push_id=here.pk, reason="再编一次", by=city_window, at=NOVEMBER)
        there = exchange.ask_push(region_code=CITY, month="2025-10", by=city_window, at=NOVEMBER)
        env = {**os.environ, **STRANGE, "DATABASE_URL": test_database(), "VAR_DIR": str(tmp_path / "elsewhere"),
               "DJANGO_SETTINGS_MODULE": "config.settings.dev"}
        command = [sys.executable, "-c", RUN, str(Job.objects.get(key=there.push_no).pk)]
        subprocess.run(command, check=True, env=env, cwd=Path(__file__).resolve().parents[2])

        assert bytes_of(there) == bytes_of(here)
        assert bytes_of(there)[0] == 2
