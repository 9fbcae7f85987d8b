"""Closing a year: what must be done first, what a closed year refuses, and who opens it again."""

from datetime import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from casework import jobs
from casework.errors import Refused
from casework.models import Job
from claims import services as claims
from claims.models import LedgerEntry, Settlement, YearClosing
from claims.services import years as ledger_years
from relief import services as relief
from relief.models import Reconsideration
from relief.services import recompute
from relief.services import years as relief_years
from relief.services.recompute import running
from tests.claims.conftest import violations
from tests.conftest import BUREAU
from tests.people import make_officer

from .city import *  # noqa: F403
from .city import YEAR_END

pytestmark = pytest.mark.django_db

NEW_YEAR = datetime(2026, 1, 5, 9, 0, tzinfo=BUREAU)


@pytest.fixture
def second_city_manager(db):
    return make_officer("主管", "Z008", region_code="511900")


def close(by, year: int = 2025, at=NEW_YEAR) -> YearClosing:
    return ledger_years.close_year(year=year, region_code="511902", by=by, at=at)


def recomputed(by) -> None:
    recompute.start_recompute(year=2025, by=by, at=NEW_YEAR)
    for job in Job.objects.filter(kind=running.JOB, state="pending"):
        jobs.run(job.pk)


class TestClosing:
    def test_is_of_the_whole_pool(self, city_manager):
        assert str(close(city_manager).region_code) == "511900"

    def test_waits_for_the_end_of_the_year(self, city_manager):
        with pytest.raises(Refused, match="尚未结束"):
            close(city_manager, at=YEAR_END)
        assert not YearClosing.objects.exists()

    def test_is_not_a_countys(self, supervisor, window_officer):
        for officer in (supervisor, window_officer):
            with pytest.raises(Refused):
                close(officer)
        assert not YearClosing.objects.exists()

    def test_happens_once(self, city_manager):
        close(city_manager)
        with pytest.raises(Refused, match="已经关账"):
            close(city_manager)
        with pytest.raises(IntegrityError), transaction.atomic():
            YearClosing.objects.create(year=2025, region_code="511900", closed_by=city_manager, closed_at=NEW_YEAR)

    def test_names_what_is_open(self, settled, resident, city_manager):
        settled(resident, "2025-03-10", to="settled")
        with pytest.raises(Refused, match="1件报销已结算未复核；尚无完成的全市年度重算"):
            relief.close_year(year=2025, region_code="511900", by=city_manager, at=NEW_YEAR)
        assert not YearClosing.objects.exists()

    def test_follows_a_clean_recompute(self, settled, resident, city_manager):
        settled(resident, "2025-03-10")
        recomputed(city_manager)
        relief.close_year(year=2025, region_code="511900", by=city_manager, at=NEW_YEAR)
        assert YearClosing.objects.get().closed_by == city_manager


class TestAClosedYear:
    def test_takes_no_settlement(self, settled, resident, take, stay, city_manager, window_officer):
        claim = settled(resident, "2025-12-10", to="entered")
        close(city_manager)
        with pytest.raises(Refused, match="2025年度已关账"):
            claims.settle(claim_id=claim.pk, by=window_officer, at=NEW_YEAR)
        assert not Settlement.objects.exists()
        assert violations() == []

    def test_takes_no_reversal(self, settled, resident, city_manager, supervisor):
        claim = settled(resident, "2025-12-10")
        close(city_manager)
        with pytest.raises(Refused, match="2025年度已关账"):
            claims.reverse(claim_id=claim.pk, reason="票据有误", by=supervisor, at=NEW_YEAR)
        assert Settlement.objects.live().count() == 1

    def test_takes_no_look_back(self, settled, resident, recognised, city_manager, reviewer, approver):
        from datetime import date

        settled(resident, "2025-03-10")
        recognised(resident, "margin", date(2025, 9, 1))
        case = relief.propose(case_id=Reconsideration.objects.get().pk, by=reviewer, at=NEW_YEAR)
        close(city_manager)
        with pytest.raises(Refused, match="2025年度已关账"):
            relief.apply_reconsideration(case_id=case.pk, by=approver, at=NEW_YEAR)
        assert Reconsideration.objects.get().status == "proposed"

    def test_is_that_of_the_discharge(self, take, person, stay, city_manager):
        """A stay across New Year belongs to the year of its discharge: the closed one takes it on its last day only."""
        first, second = person("赵六", scheme="employee"), person("钱七", scheme="employee")
        close(city_manager)
        moment = NEW_YEAR.replace(month=2)
        with pytest.raises(Refused, match="2025年度已关账"):
            take(first, stay("2025-12-20", "2025-12-31", total="6000"), moment=moment)
        take(second, stay("2025-12-28", "2026-01-02", total="6000"), moment=moment)
        assert set(LedgerEntry.objects.values_list("year", flat=True)) == {2026}

    def test_is_closed_in_the_database_too(self, settled, resident, city_manager):
        settled(resident, "2025-12-10")
        close(city_manager)
        entry = LedgerEntry.objects.first()
        with pytest.raises(IntegrityError, match="closed year"), transaction.atomic():
            LedgerEntry.objects.create(
                person=entry.person, year=2025, name="A_ZZ", delta=1, settlement=entry.settlement, posted_at=NEW_YEAR
            )

    def test_opens_again_for_a_reason_by_another(
        self, settled, resident, city_manager, second_city_manager, supervisor
    ):
        claim = settled(resident, "2025-12-10")
        close(city_manager)
        for officer, reason in ((city_manager, "更正"), (second_city_manager, " ")):
            with pytest.raises(Refused):
                ledger_years.reopen_year(year=2025, region_code="511900", reason=reason, by=officer, at=NEW_YEAR)

        ledger_years.reopen_year(
            year=2025, region_code="511900", reason="审计要求更正", by=second_city_manager, at=NEW_YEAR
        )
        claims.reverse(claim_id=claim.pk, reason="票据有误", by=supervisor, at=NEW_YEAR)
        assert close(second_city_manager).pk != YearClosing.objects.last().pk


class TestWhatWasSpent:
    def test_is_counted_by_county_and_category(self, settled, resident, person, recognised, city_manager):
        poor = person("李四光", identity="minimum_allowance")
        settled(poor, "2025-03-10")
        settled(resident, "2025-03-10")

        [row] = relief_years.spent(2025, city_manager)

        # 24 420 − 7 224 = 17 196 × 65 % = 11 177.40; (24 420 − 11 177.40) × 70 % = 9 269.82
        assert (row.region_code, row.category, row.total) == ("511902", "minimum_allowance", Decimal("9269.82"))
        assert relief_years.year_totals(2025, city_manager)["relief"] == Decimal("9269.82")

    def test_is_not_shown_to_another_county(self, settled, person, neighbour):
        settled(person("李四光", identity="minimum_allowance"), "2025-03-10")
        assert relief_years.spent(2025, neighbour) == []
        assert relief_years.year_totals(2025, neighbour)["bills"] == 0

    def test_of_a_person_shows_bills_in_order_and_accumulators_with_caps(self, settled, resident, window_officer):
        settled(resident, "2025-06-10")
        settled(resident, "2025-03-10")

        year = relief_years.person_year(person_id=resident.pk, year=2025, by=window_officer)

        assert [item.visit.discharged_on.month for item in year.bills] == [6, 3]
        assert {row.name: row.cap for _, row in year.accumulators}["A_RB"] == Decimal("110000.00")
