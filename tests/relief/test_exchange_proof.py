"""The nightly proof of the exchange."""

import pytest
from django.db import connection

from casework import jobs
from casework.models import Job
from relief import exchange_tasks
from relief.services import exchange
from tests.claims.conftest import *  # noqa: F403  (officers, persons, stays and claims as claims' own tests make them)
from tests.relief.exchange import *  # noqa: F403
from tests.relief.exchange import HIGH

pytestmark = pytest.mark.django_db


@pytest.fixture
def push(person, spends, built):
    spends(person("张三"), HIGH)
    return built()


def prove() -> Job:
    exchange_tasks.prove_exchange()
    job = Job.objects.get(kind=exchange_tasks.PROOF)
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def plant(push) -> None:
    """A list that says another sum than its rows, past all triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE relief_push SET amount = amount + 0.01 WHERE id = %s", [push.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")


class TestProof:
    def test_says_that_the_exchange_is_whole(self, push):
        job = prove()
        assert (job.state, job.message) == ("done", "数据交换与其明细一致。")

    def test_is_asked_for_once_a_day(self, push):
        exchange_tasks.prove_exchange()
        exchange_tasks.prove_exchange()
        assert Job.objects.filter(kind=exchange_tasks.PROOF).count() == 1

    def test_names_a_planted_violation_and_dies_in_sight(self, push):
        plant(push)

        assert exchange.broken_exchange() == [("push_says_its_rows", str(push.pk))]
        job = prove()
        assert job.state == "dead"
        assert f"共1处，首处：push_says_its_rows {push.pk}" in job.message
