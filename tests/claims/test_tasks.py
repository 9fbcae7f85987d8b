"""The nightly proof of the ledger."""

import pytest
from django.db import connection

from casework import jobs
from casework.models import Job
from claims import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def settled(take, resident, stay):
    return take(resident, stay("2025-03-02", "2025-03-08", total="4500"))


def prove() -> Job:
    tasks.prove_ledger()
    job = Job.objects.get(kind="claims.prove_ledger")
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


class TestProof:
    def test_says_what_it_went_through(self, settled):
        job = prove()
        assert (job.state, job.message) == ("done", "台账一致，1次结算重算全部相符。")

    def test_is_asked_for_once_a_day(self, settled):
        tasks.prove_ledger()
        tasks.prove_ledger()
        assert Job.objects.filter(kind="claims.prove_ledger").count() == 1

    def test_dies_in_sight_of_a_fault(self, settled):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("UPDATE claims_accumulator SET amount = amount + 1 WHERE name = 'A_RB'")
            cursor.execute("SET LOCAL session_replication_role = origin")
        job = prove()
        assert job.state == "dead"
        assert "台账与累计不一致" in job.message
