"""The months of premium around an event."""

from datetime import date, datetime

import pytest

from casework.errors import Refused
from maternity import services as maternity
from maternity.models import MaternityItem
from maternity.services import Happened
from tests.conftest import BUREAU
from tests.maternity.conftest import PAPERS, insured, paid


class TestMonths:
    def test_of_the_printed_example(self, mother):
        months = maternity.months_of(mother, date(2025, 1, 20), date(2026, 1, 5), 12)
        assert (months.at_event, months.now, months.medical) == (1, 12, 13)
        assert (months.reached_on, months.until) == (date(2026, 1, 1), date(2025, 12, 1))

    @pytest.mark.parametrize(("day", "counted"), [(date(2025, 12, 1), 12), (date(2025, 11, 30), 11)])
    def test_count_what_was_paid_by_the_day_asked(self, mother, day, counted):
        assert maternity.months_of(mother, date(2025, 1, 20), day, 12).now == counted

    def test_stop_at_a_gap(self, window_officer, january):
        person = insured(window_officer, january)
        paid(person, "maternity", date(2024, 1, 1), 5, window_officer, january)
        paid(person, "maternity", date(2024, 7, 1), 8, window_officer, january)
        assert maternity.months_of(person, date(2025, 2, 10), date(2026, 1, 5), 12).at_event == 8


class TestABirthIn2026:
    @pytest.mark.parametrize(("first", "amount"), [(date(2025, 3, 1), None), (date(2025, 2, 1), "9800.00")])
    def test_needs_12_months_at_the_event(self, window_officer, first, amount):
        """11 and 12 maternity months at a birth of January 2026; the transition no longer helps (BZ-EMP-16.2)."""
        at = datetime(2026, 7, 1, 9, 30, tzinfo=BUREAU)
        person = insured(window_officer, at)
        paid(person, "flexible_month", date(2025, 1, 1), 18, window_officer, at)
        paid(person, "maternity", first, 17, window_officer, at)
        event = maternity.record_event(
            mother_id=person.pk, happened=Happened(event="birth", happened_on=date(2026, 1, 20), mode="vaginal"),
            by=window_officer, at=at,
        )
        payee = maternity.Payee(name=person.name, bank="工商银行", account="6222021234567890123")
        case = maternity.register(
            event_id=event.pk, kinds=["allowance"], payee=payee, materials=PAPERS, by=window_officer, at=at
        )
        maternity.enter(case_id=case.pk, facts={"monthly_base": "3000.00"}, by=window_officer, at=at)

        if amount is None:
            with pytest.raises(Refused, match="BZ-EMP"):
                maternity.compute(case_id=case.pk, by=window_officer, at=at)
            assert MaternityItem.objects.get().amount is None
        else:
            maternity.compute(case_id=case.pk, by=window_officer, at=at)
            assert str(MaternityItem.objects.get().amount) == amount
