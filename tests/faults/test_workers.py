"""F1-F3 in short: workers, their children and Redis are killed; nothing is lost, nothing happens twice."""

import time

import pytest

from casework import jobs
from casework.models import Job
from tests.faults.effects import KIND
from tests.faults.machinery import Plant, done, effects, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def enqueue(count: int, seconds: float, first: int = 0) -> None:
    for number in range(first, first + count):
        jobs.enqueue(KIND, key=f"{number:04d}", payload={"seconds": seconds})


def drained(plant: Plant, count: int) -> None:
    """After the last fault: everything is done, each once."""
    wait_for(lambda: done(KIND) == count, "an empty queue", plant.sweep)
    assert effects() == {f"fault:{number:04d}": 1 for number in range(count)}
    assert not Job.objects.exclude(state=Job.State.DONE).exists()


class TestAWorker:
    def test_killed_with_its_group_loses_and_doubles_nothing(self, plant, chance):
        """F1; each bell is rung twice, as Redis does when an answer is late."""
        here = plant()
        here.start_worker()
        enqueue(150, 0.02)
        for share in (20, 60):
            wait_for(lambda share=share: done(KIND) >= share, "progress", here.sweep)
            time.sleep(chance.random() / 20)
            here.kill_worker()
            here.start_worker()
            for job_id in Job.objects.filter(kind=KIND).values_list("pk", flat=True)[:40]:
                here.ring(job_id)
        drained(here, 150)
        assert Job.objects.filter(attempts__gt=1).exists(), "no job was killed in the middle: the run proves nothing"

    def test_whose_child_is_killed_in_the_middle_of_a_task_does_it_again(self, plant, chance):
        """F2."""
        here = plant()
        here.start_worker()
        enqueue(60, 0.05)
        for share in (4, 12, 20, 28, 36):
            wait_for(lambda share=share: done(KIND) >= share, "progress", here.sweep)
            here.kill_child(chance.choice(here.children()))
        drained(here, 60)


class TestRedis:
    def test_killed_and_emptied_loses_nothing_that_was_accepted(self, plant):
        """F3: submitting never fails, whatever the broker does; the rows are the queue."""
        here = plant()
        here.start_worker()
        enqueue(40, 0.01)
        wait_for(lambda: done(KIND) > 5, "progress", here.sweep)
        here.kill_redis()
        enqueue(40, 0.01, first=40)
        here.start_redis_again()
        enqueue(40, 0.01, first=80)
        here.empty_redis()
        drained(here, 120)
