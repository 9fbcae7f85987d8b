"""The daily job: asked for twice it runs once, and its work does not grow with what is not due."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casework import clock, jobs
from casework.models import Job
from chronic import services as chronic
from chronic import tasks
from chronic.models import ReviewNotice
from tests.chronic.conftest import TUBERCULOSIS, insured_person
from tests.conftest import BUREAU

pytestmark = pytest.mark.django_db
DAY = date(2026, 12, 1)


@pytest.fixture
def on_the_day(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 1, 0, 0, tzinfo=UTC))


class TestTheDailyJob:
    def test_says_what_is_due_and_reports_it(self, held, patient, on_the_day):
        held(patient, TUBERCULOSIS)
        tasks.run_reviews()
        assert jobs.run(Job.objects.get(kind=tasks.REVIEWS).pk)

        assert Job.objects.get(kind=tasks.REVIEWS).message == "截至2026-12-01应发通知3份，随险种变更延续待遇0项。"
        assert ReviewNotice.objects.count() == 3

    def test_asked_for_twice_is_one_job(self, held, patient, on_the_day):
        held(patient, TUBERCULOSIS)
        tasks.run_reviews()
        tasks.run_reviews()
        job = Job.objects.get(kind=tasks.REVIEWS)
        assert [jobs.run(job.pk), jobs.run(job.pk)] == [True, False]
        assert ReviewNotice.objects.count() == 3

    def test_is_put_on_by_the_schedule(self, settings):
        entries = [entry for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"].startswith("chronic.")]
        assert [entry["task"] for entry in entries] == ["chronic.tasks.run_reviews"]

    def test_reads_nothing_of_what_is_not_due(self, held, patient, window_officer, at):
        """One query more than none for each chunk, whoever else is certified."""
        held(patient, TUBERCULOSIS)
        first = date(2026, 1, 1)
        chronic.run_reviews(day=first, at=datetime(2026, 1, 1, 10, tzinfo=BUREAU))
        alone = queries(first + timedelta(days=1))
        other = insured_person(window_officer, at, "511903198506150029", "职工甲")
        held(other, TUBERCULOSIS)
        chronic.run_reviews(day=first, at=datetime(2026, 1, 1, 10, tzinfo=BUREAU))
        assert queries(first + timedelta(days=1)) == alone


def queries(day):
    with CaptureQueriesContext(connection) as seen:
        chronic.run_reviews(day=day, at=datetime(day.year, day.month, day.day, 10, tzinfo=BUREAU))
    return len(seen)


class TestTheDueList:
    def test_is_one_query_with_all_that_it_shows(self, held, patient, hospital, clerk, django_assert_num_queries):
        held(patient, TUBERCULOSIS, house=hospital)
        with django_assert_num_queries(1):
            rows = chronic.reviews_due(clerk, on=date(2026, 6, 1), days=60, institution=hospital.code)
            shown = [(row.entitlement.person.masked_id, row.entitlement.institution.name, row.due_on) for row in rows]
        assert shown == [("511902********0010", hospital.name, date(2026, 7, 1))]
