"""Lists of hardship identities: what a line means, and what silence means on a complete list (BZ-REL-2.1)."""
from datetime import date

import pytest

from casework.errors import Refused
from enrollment import services as enrollment
from enrollment.models import HardshipIdentity
from enrollment.services.identity_lists import plan_row
from tests.enrollment.people import number

pytestmark = pytest.mark.django_db

POOR, MARGIN = "minimum_allowance", "margin"


def d(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def line(person, starts_on="2025-07-01", ends_on="", category=POOR, row_no=2):
    return enrollment.ListRow(person.id_no, category, d(starts_on), d(ends_on), "民发〔2025〕1号", row_no)


def held(person, category=POOR):
    rows = person.identities.filter(category=category, voided=False).order_by("starts_on")
    return [(f"{row.starts_on}", f"{row.ends_on or ''}") for row in rows]


@pytest.fixture
def take(window_officer, at):
    def apply(*rows, authority="civil_affairs", by=None, **more):
        return enrollment.apply_identity_list(rows, authority=authority, by=by or window_officer, at=at, **more)

    return apply


class TestALine:
    @pytest.mark.parametrize(("held", "line", "change", "add", "close"), [
        ([], ("2025-07-01", ""), "new", [("2025-07-01", "")], []),
        ([("2025-07-01", "")], ("2025-07-01", ""), "unchanged", [], []),
        ([("2025-01-01", "")], ("2025-07-01", ""), "unchanged", [], []),
        ([("2025-07-01", "")], ("2025-07-01", "2026-01-01"), "ended", [], ["2026-01-01"]),
        ([("2025-07-01", "2026-01-01")], ("2025-07-01", "2026-07-01"), "changed", [("2026-01-01", "2026-07-01")], []),
        ([("2025-07-01", "")], ("2025-05-01", ""), "changed", [("2025-05-01", "2025-07-01")], []),
        ([("2024-01-01", "2024-12-01")], ("2025-07-01", ""), "new", [("2025-07-01", "")], []),
        ([("2025-01-01", "2025-08-01"), ("2025-10-01", "")], ("2025-07-01", "2025-12-01"), "changed",
         [("2025-08-01", "2025-10-01")], ["2025-12-01"]),
    ])
    def test_adds_the_days_that_lack_and_closes_what_runs_on(self, held, line, change, add, close):
        rows = [HardshipIdentity(pk=nth, starts_on=d(a), ends_on=d(b)) for nth, (a, b) in enumerate(held)]

        plan = plan_row(rows, d(line[0]), d(line[1]))

        assert plan.change == change
        assert list(plan.add) == [(d(a), d(b)) for a, b in add]
        assert [ends_on for _, ends_on in plan.close] == [d(day) for day in close]


class TestAList:
    def test_reports_new_changed_ended_unchanged_and_unmatched(self, take, man, window_officer, at):
        stranger = enrollment.ListRow(number(date(1970, 1, 1), 17), POOR, date(2025, 7, 1), row_no=9)

        first = take(line(man), stranger)
        again = take(line(man), stranger)
        ended = take(line(man, ends_on="2026-01-01"))
        longer = take(line(man, ends_on="2026-07-01"))

        changes = [[row.change for row in report.rows] for report in (first, again, ended, longer)]
        assert changes == [["new", "unmatched"], ["unchanged", "unmatched"], ["ended"], ["changed"]]
        assert (first.rows[1].row_no, first.rows[1].code) == (9, "PERSON_UNKNOWN")
        assert stranger.id_no not in first.rows[1].message
        assert held(man) == [("2025-07-01", "2026-01-01"), ("2026-01-01", "2026-07-01")]

    def test_refuses_a_line_of_another_authority_and_takes_the_rest(self, take, man):
        report = take(line(man, category="monitored"), line(man))

        assert [row.change for row in report.rows] == ["refused", "new"]
        assert report.rows[0].code == "IDENTITY_AUTHORITY"
        assert not man.identities.filter(category="monitored").exists()

    @pytest.mark.parametrize(("starts_on", "ends_on", "code"), [
        ("2025-07-01", "2025-07-01", "PERIOD_REVERSED"), ("1989-12-31", "", "PERIOD_BEFORE_BIRTH"),
    ])
    def test_writes_nothing_of_a_line_that_is_wrong(self, starts_on, ends_on, code, take, man):
        report = take(line(man, starts_on, ends_on))

        assert (report.rows[0].change, report.rows[0].code) == ("refused", code)
        assert held(man) == []

    def test_that_is_complete_ends_who_is_no_longer_on_it(self, take, man, neighbour_officer, at):
        elsewhere = enrollment.register_person(
            id_no=number(date(1980, 1, 1), 19), name="某人", region_code="511903", by=neighbour_officer, at=at,
        )
        take(line(man), line(man, category=MARGIN))
        take(line(elsewhere), by=neighbour_officer)

        report = take(line(man), complete=True, listed_on=date(2025, 12, 1))

        assert len(report.ended_unlisted) == 1
        assert held(man) == [("2025-07-01", "")]
        assert held(man, MARGIN) == [("2025-07-01", "2025-12-01")]
        assert held(elsewhere) == [("2025-07-01", "")]

    def test_of_one_authority_leaves_the_others_identities_alone(self, take, man):
        take(line(man, category="monitored"), authority="agriculture")

        report = take(complete=True, listed_on=date(2025, 12, 1))

        assert report.ended_unlisted == []
        assert held(man, "monitored") == [("2025-07-01", "")]

    @pytest.mark.parametrize("more", [{"authority": "police"}, {"complete": True}])
    def test_needs_an_authority_and_a_complete_one_its_day(self, more, take, man):
        with pytest.raises(Refused):
            take(line(man), **more)

        assert held(man) == []

    def test_is_taken_by_who_may_keep_identities(self, take, man, auditor):
        with pytest.raises(Refused) as refusal:
            take(line(man), by=auditor)

        assert refusal.value.code == "forbidden"
        assert held(man) == []
