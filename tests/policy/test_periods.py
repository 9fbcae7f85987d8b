"""Periods are half-open and days are strict."""

from datetime import date

import pytest

from policy.errors import PolicyError
from policy.periods import Period, add_days, add_months, age_on, first_of_month, parse_day


class TestPeriod:
    def test_contains_its_start_and_not_its_end(self):
        march = Period(date(2025, 3, 1), date(2025, 4, 1))

        assert not march.contains(date(2025, 2, 28))
        assert march.contains(date(2025, 3, 1))
        assert march.contains(date(2025, 3, 31))
        assert not march.contains(date(2025, 4, 1))

    def test_shows_the_inclusive_end(self):
        assert Period.year(2025).end == date(2026, 1, 1)
        assert Period.year(2025).last_day == date(2025, 12, 31)
        assert Period(date(2025, 1, 1)).last_day is None

    def test_adjacent_periods_do_not_overlap(self):
        first = Period(date(2025, 1, 1), date(2025, 7, 1))
        second = Period(date(2025, 7, 1))

        assert not first.overlaps(second)
        assert not second.overlaps(first)
        assert first.overlaps(Period(date(2025, 6, 30)))
        assert first.intersect(second) is None
        assert Period.year(2025).intersect(second) == Period(date(2025, 7, 1), date(2026, 1, 1))

    def test_an_inclusive_end_of_none_or_9999_is_open(self):
        assert Period.inclusive(date(2025, 1, 1), None).end is None
        assert Period.inclusive(date(2025, 1, 1), date(9999, 12, 31)).end is None
        assert Period.inclusive(date(2025, 1, 1), date(2025, 1, 1)).contains(date(2025, 1, 1))

    def test_refuses_an_end_before_the_start(self):
        with pytest.raises(PolicyError, match="不得早于"):
            Period(date(2025, 1, 1), date(2025, 1, 1))
        with pytest.raises(PolicyError, match="不得早于"):
            Period.inclusive(date(2025, 1, 2), date(2025, 1, 1))


class TestParseDay:
    def test_reads_an_iso_day(self):
        assert parse_day("2024-02-29") == date(2024, 2, 29)

    @pytest.mark.parametrize(
        "value",
        [
            *("2025-02-29", "2025-13-01", "0000-01-01", "2025-1-1", "20250101", "2025-W01-1", "2025-01-01T00:00:00"),
            *("\uff12\uff10\uff12\uff15-01-01", "\u0662025-01-01", "2025-01-01\n", " 2025-01-01", ""),
            *(None, 20250101, True, date(2025, 1, 1)),
        ],
    )
    def test_refuses_anything_else(self, value):
        with pytest.raises(PolicyError) as refusal:
            parse_day(value)

        assert refusal.value.code == "bad_date"


class TestDayArithmetic:
    @pytest.mark.parametrize(
        ("day", "months", "expected"),
        [
            (date(2025, 1, 31), 1, date(2025, 2, 28)),
            (date(2024, 1, 31), 1, date(2024, 2, 29)),
            (date(2025, 11, 30), 3, date(2026, 2, 28)),
            (date(2025, 3, 15), 3, date(2025, 6, 15)),
            (date(2025, 1, 15), -1, date(2024, 12, 15)),
        ],
    )
    def test_a_month_later_is_clamped_to_the_months_end(self, day, months, expected):
        assert add_months(day, months) == expected

    def test_leaving_the_calendar_is_refused(self):
        with pytest.raises(PolicyError):
            add_months(date(9999, 12, 31), 1)
        with pytest.raises(PolicyError):
            add_days(date(9999, 12, 31), 1)

    def test_age_is_reached_on_the_birthday(self):
        assert age_on(date(1945, 6, 1), date(2025, 5, 31)) == 79
        assert age_on(date(1945, 6, 1), date(2025, 6, 1)) == 80
        assert age_on(date(2004, 2, 29), date(2025, 2, 28)) == 20
        assert age_on(date(2004, 2, 29), date(2025, 3, 1)) == 21

    def test_first_of_month(self):
        assert first_of_month(date(2025, 3, 15)) == date(2025, 3, 1)
