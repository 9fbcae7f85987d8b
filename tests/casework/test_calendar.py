"""Working days, due dates, and who may change the calendar."""
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from casework import calendar, seeding
from casework.errors import Refused
from casework.models import AuditEntry, TimeLimit, WorkDay
from casework.services import load_workdays, set_time_limit, set_workday

pytestmark = pytest.mark.django_db


class TestAddingWorkingDays:
    @pytest.mark.parametrize(
        ("day", "n", "due"),
        [
            (date(2025, 9, 26), 0, date(2025, 9, 26)),
            (date(2025, 9, 26), 1, date(2025, 9, 28)),  # the Sunday is worked
            (date(2025, 9, 26), 3, date(2025, 9, 30)),
            (date(2025, 9, 26), 4, date(2025, 10, 9)),  # over the holiday
            (date(2025, 9, 30), 1, date(2025, 10, 9)),
            (date(2025, 10, 4), 1, date(2025, 10, 9)),  # from within the holiday
            (date(2025, 10, 10), 1, date(2025, 10, 11)),  # the Saturday is worked
            (date(2025, 10, 10), 2, date(2025, 10, 13)),
        ],
    )
    def test_follows_the_calendar(self, day, n, due, holidays):
        assert calendar.add_working_days(day, n) == due

    def test_follows_the_week_where_no_calendar_is_published(self):
        assert calendar.add_working_days(date(2027, 2, 5), 1) == date(2027, 2, 8)
        assert calendar.add_working_days(date(2027, 2, 5), 60) == date(2027, 4, 30)

    def test_is_not_counted_backward(self):
        with pytest.raises(ValueError, match="forward"):
            calendar.add_working_days(date(2025, 9, 26), -1)

    def test_costs_one_query(self, holidays, django_assert_num_queries):
        with django_assert_num_queries(1):
            calendar.add_working_days(date(2025, 9, 26), 250)


class TestWorkingDaysBetween:
    @pytest.mark.parametrize(
        ("a", "b", "days"),
        [
            (date(2025, 9, 30), date(2025, 10, 8), 0),
            (date(2025, 9, 30), date(2025, 10, 9), 1),
            (date(2025, 9, 26), date(2025, 9, 26), 0),
            (date(2025, 9, 26), date(2025, 9, 30), 3),
            (date(2025, 10, 9), date(2025, 9, 30), 0),
        ],
    )
    def test_counts_after_the_first_up_to_the_second(self, a, b, days, holidays):
        assert calendar.working_days_between(a, b) == days

    @pytest.mark.parametrize("n", [1, 5, 10, 30])
    def test_undoes_adding(self, n, holidays):
        start = date(2025, 9, 24)
        assert calendar.working_days_between(start, calendar.add_working_days(start, n)) == n


class TestOneDay:
    def test_is_worked_by_the_table_else_by_the_week(self, holidays):
        assert not calendar.is_workday(date(2025, 10, 1))
        assert calendar.is_workday(date(2025, 10, 11))
        assert calendar.is_workday(date(2027, 2, 5))
        assert not calendar.is_workday(date(2027, 2, 6))

    def test_is_provisional_until_published(self, holidays):
        assert not calendar.is_provisional(date(2025, 10, 1))
        assert calendar.is_provisional(date(2027, 2, 5))


class TestTheNextYear:
    @pytest.mark.parametrize(
        ("on", "year"), [(date(2026, 11, 16), None), (date(2026, 11, 17), 2027), (date(2026, 12, 31), 2027)]
    )
    def test_is_missed_in_the_last_forty_five_days(self, on, year):
        assert calendar.missing_year(on) == year

    def test_is_not_missed_once_it_is_known(self):
        WorkDay.objects.create(day=date(2027, 1, 1), is_workday=False, name="元旦")
        assert calendar.missing_year(date(2026, 12, 31)) is None


class TestDueDates:
    @pytest.fixture
    def limits(self):
        for region_code, valid_from, days in [
            ("", date(2020, 1, 1), 30), ("510000", date(2022, 1, 1), 20), ("511900", date(2025, 7, 1), 10),
            ("511902", date(2026, 1, 1), 5),
        ]:
            TimeLimit.objects.create(
                matter="ZZ", region_code=region_code, valid_from=valid_from, working_days=days, article="样例依据"
            )

    @pytest.mark.parametrize(
        ("region_code", "day", "due"),
        [
            ("511902", date(2025, 6, 30), date(2025, 7, 28)),  # the province's 20: the city's is not yet in force
            ("511902", date(2025, 7, 1), date(2025, 7, 15)),  # the city's 10
            ("511921", date(2026, 1, 5), date(2026, 1, 19)),  # another county: the city's
            ("511902", date(2026, 1, 5), date(2026, 1, 12)),  # the county's own 5
            ("500101", date(2025, 7, 1), date(2025, 8, 12)),  # elsewhere: the national 30
            ("511902", date(2019, 12, 31), None),
        ],
    )
    def test_take_the_smallest_area_and_what_is_in_force(self, region_code, day, due, limits):
        assert calendar.due_dates("ZZ", "settle", region_code, day).case == due

    def test_of_a_step_are_its_own(self, limits):
        TimeLimit.objects.create(
            matter="ZZ", step="review", valid_from=date(2020, 1, 1), working_days=3, article="样例依据"
        )
        found = calendar.due_dates("ZZ", "review", "511902", date(2025, 7, 1))
        assert (found.case, found.step) == (date(2025, 7, 15), date(2025, 7, 4))

    def test_of_an_unknown_matter_are_none(self):
        assert calendar.due_dates("XX", "", "511902", date(2025, 7, 1)) == calendar.DueDates()


class TestTheOfficialCalendar:
    def test_is_loaded_as_far_as_it_is_published(self):
        out = StringIO()
        call_command("load_workdays", stdout=out)
        assert WorkDay.objects.get(day=date(2025, 10, 1)).is_workday is False
        assert WorkDay.objects.get(day=date(2025, 9, 28)).name == "国庆节调休上班"
        assert WorkDay.objects.filter(day__year=2024).count() == 366
        assert "已载入" in out.getvalue()

    def test_agrees_with_the_published_national_day_of_2025(self, holidays):
        published = {row.day: row.is_workday for row in WorkDay.objects.all()}
        load_workdays()
        assert {row.day: row.is_workday for row in WorkDay.objects.filter(day__in=published)} == published

    def test_loads_twice_without_harm_and_spares_what_an_officer_set(self, supervisor, at):
        load_workdays()
        set_workday(day=date(2025, 11, 5), is_workday=False, name="暴雨停工", by=supervisor, at=at)
        before = WorkDay.objects.count()

        load_workdays()

        assert WorkDay.objects.count() == before
        assert WorkDay.objects.get(day=date(2025, 11, 5)).name == "暴雨停工"


class TestChangingTheCalendar:
    def test_moves_later_due_dates_and_is_recorded(self, supervisor, at):
        set_workday(day=date(2025, 11, 4), is_workday=False, name="停电", by=supervisor, at=at)
        assert calendar.add_working_days(date(2025, 11, 3), 1) == date(2025, 11, 5)
        assert AuditEntry.objects.get().detail["after"] == {"is_workday": False, "name": "停电"}

    def test_is_the_supervisors_alone(self, clerk, at):
        with pytest.raises(Refused, match="请由主管办理"):
            set_workday(day=date(2025, 11, 4), is_workday=False, by=clerk, at=at)
        assert not WorkDay.objects.exists()
        assert not AuditEntry.objects.exists()

    def limit(self, by, at, **extra):
        values = {
            "matter": "ZZ", "step": "", "region_code": "511900", "valid_from": date(2026, 1, 1), "working_days": 10,
            "article": "巴医保发〔2026〕1号",
        }
        return set_time_limit(by=by, at=at, **(values | extra))

    def test_sets_a_limit_with_its_article(self, supervisor, at):
        self.limit(supervisor, at)
        self.limit(supervisor, at, working_days=12)
        assert TimeLimit.objects.get(matter="ZZ").working_days == 12

    @pytest.mark.parametrize("change", [{"working_days": 0}, {"working_days": 251}, {"article": " "}])
    def test_refuses_a_limit_that_is_none(self, change, supervisor, at):
        with pytest.raises(Refused):
            self.limit(supervisor, at, **change)
        assert not TimeLimit.objects.filter(matter="ZZ").exists()


class TestTheFirstLimits:
    def test_give_manual_reimbursement_thirty_working_days(self):
        assert calendar.due_dates("LX", "", "511902", date(2025, 3, 3)).case == date(2025, 4, 14)

    def test_are_not_written_over_what_the_bureau_set(self):
        TimeLimit.objects.filter(matter="LX").update(working_days=20)
        seeding.seed_time_limits()
        assert TimeLimit.objects.get(matter="LX").working_days == 20
