"""The same submission fifty times at once is one case, with one answer (invariant 8b; Bad inputs 65)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from chronic.models import ApiSubmission, Certification, CertificationItem
from tests.api.conftest import Platform, filing, record

pytestmark = pytest.mark.django_db(transaction=True)
TIMES, THREADS = 50, 10


def together(act):
    """Call `act` fifty times on ten threads that start together; each thread closes its connection."""
    barrier = threading.Barrier(THREADS)

    def some(_):
        try:
            barrier.wait(timeout=30)
            return [act() for _ in range(TIMES // THREADS)]
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return [one for found in pool.map(some, range(THREADS)) for one in found]


def stored():
    return [model.objects.count() for model in (Certification, CertificationItem, ApiSubmission)]


def test_by_rest(system, patient):
    system.headers()

    answers = together(lambda: system.post("diagnoses", filing()))

    done = [answer for answer in answers if answer.status_code == 201]
    waited = [answer for answer in answers if answer.status_code != 201]
    assert stored() == [1, 1, 1]
    assert len({answer.content for answer in done}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in done) == 1
    assert all(answer.json()["code"] == "BUSY" and answer.headers["Retry-After"] for answer in waited)


def test_by_the_envelope(system, patient):
    platform = Platform(system)
    message = platform.message("2503", record(platform.psn_no()))
    before = ApiSubmission.objects.count()

    answers = together(lambda: platform.send(message))

    numbers = {
        answer.json()["output"]["result"]["trt_dcla_detl_sn"] for answer in answers if answer.json()["infcode"] == 0
    }
    assert len(numbers) == 1
    assert stored() == [1, 1, before + 1]
    assert all(answer.status_code in (200, 409) for answer in answers)
