"""Publication of an application for relief, where a county's rules ask for it."""

from datetime import date, datetime

import pytest

from casework.errors import Refused
from relief import services as relief
from relief.models import PublicationObjection, PublicationRule, ReliefApplication
from tests.conftest import BUREAU

LAST_DAY = datetime(2025, 9, 8, 10, 0, tzinfo=BUREAU)  # Monday 1 September and five working days
DAY_AFTER = datetime(2025, 9, 9, 10, 0, tzinfo=BUREAU)


@pytest.fixture
def rule(db):
    return PublicationRule.objects.create(
        region_code="511900", working_days=5, valid_from=date(2025, 1, 1), article="市级公示规定（示例）"
    )


@pytest.fixture
def published(rule, applied, window_officer, at):
    return relief.publish(application_id=applied().pk, by=window_officer, at=at)


class TestPublishing:
    def test_runs_for_the_working_days_of_the_rule(self, published):
        assert (published.status, published.publication_last_day) == ("published", date(2025, 9, 8))
        assert published.publication_article == "市级公示规定（示例）"

    def test_is_not_asked_for_without_a_rule(self, applied, window_officer, at):
        case = applied()

        with pytest.raises(Refused, match="无须公示"):
            relief.publish(application_id=case.pk, by=window_officer, at=at)

        assert ReliefApplication.objects.get().published_on is None

    @pytest.mark.parametrize("days", [
        {"valid_from": date(2025, 9, 2)}, {"valid_from": date(2025, 1, 1), "valid_to": date(2025, 9, 1)},
    ])
    def test_is_not_asked_for_outside_the_days_of_the_rule(self, applied, window_officer, at, days):
        PublicationRule.objects.create(region_code="511902", working_days=5, article="示例", **days)

        assert relief.send(application_id=applied().pk, by=window_officer, at=at).status == "sent"


class TestSending:
    def test_waits_for_a_publication_that_is_asked_for(self, rule, applied, window_officer, at):
        case = applied()

        with pytest.raises(Refused, match="先公示"):
            relief.send(application_id=case.pk, by=window_officer, at=at)

        assert ReliefApplication.objects.get().status == "registered"

    def test_is_refused_on_the_last_day_and_open_on_the_day_after(self, published, window_officer):
        with pytest.raises(Refused, match="期满后"):
            relief.send(application_id=published.pk, by=window_officer, at=LAST_DAY)
        assert ReliefApplication.objects.get().status == "published"

        assert relief.send(application_id=published.pk, by=window_officer, at=DAY_AFTER).status == "sent"


class TestAnObjection:
    def test_holds_the_application_until_another_officer_answers(self, published, window_officer, supervisor):
        made = relief.record_objection(
            application_id=published.pk, content="家庭有两套住房", by=window_officer, at=LAST_DAY
        )
        with pytest.raises(Refused, match="未答复"):
            relief.send(application_id=published.pk, by=window_officer, at=DAY_AFTER)
        with pytest.raises(Refused):
            relief.answer_objection(objection_id=made.pk, answer="已核实", by=window_officer, at=DAY_AFTER)
        assert PublicationObjection.objects.get().answered_on is None

        relief.answer_objection(objection_id=made.pk, answer="已核实，不属实", by=supervisor, at=DAY_AFTER)

        assert relief.send(application_id=published.pk, by=window_officer, at=DAY_AFTER).status == "sent"

    def test_is_not_taken_after_the_last_day(self, published, window_officer):
        with pytest.raises(Refused, match="期满"):
            relief.record_objection(application_id=published.pk, content="迟到", by=window_officer, at=DAY_AFTER)

        assert not PublicationObjection.objects.exists()
