"""The calendar's deadline, asking the authorities now, and who counts as near."""

from datetime import date, datetime

import pytest
import time_machine

from casework.errors import Refused
from casework.models import AuditEntry, Job
from enrollment import services as enrollment
from relief import exchange_tasks
from relief.models import PushDelivery, PushReply
from relief.services import exchange
from tests.claims.conftest import *  # noqa: F403  (officers, persons, stays and claims as claims' own tests make them)
from tests.conftest import BUREAU
from tests.relief.exchange import *  # noqa: F403
from tests.relief.exchange import CITY, HIGH, NOVEMBER, OCTOBER, run_jobs
from tests.relief.test_exchange_returns import bring, line  # noqa: F401  (fixture)
from tests.relief.test_exchange_screens import cost, signed_in, url  # noqa: F401  (fixture)
from tests.ui.reading import read

pytestmark = pytest.mark.django_db


class TestTheCalendar:
    """BZ-REL-9.1: until when, whether or not there is a list yet."""

    @pytest.mark.parametrize(("day", "late"), [(5, False), (6, True)])
    def test_says_until_when_before_there_is_a_list(self, day, late, signed_in, city_manager):  # noqa: F811
        with time_machine.travel(datetime(2025, 11, day, 9, 30, tzinfo=BUREAU)):
            page = read(signed_in(city_manager).get(url("push_calendar")))
        assert "11-05" in page.text
        assert ("已超期" in page.text) is late

    def test_says_when_the_month_that_runs_is_due(self, signed_in, city_manager):  # noqa: F811
        with time_machine.travel(NOVEMBER):
            page = read(signed_in(city_manager).get(url("push_calendar")))
        assert "月末后编制" in page.text
        assert "12-05" in page.text

    def test_says_what_was_late_until_everybody_has_it(self, signed_in, city_manager, approved, office):  # noqa: F811
        approved()
        run_jobs("relief.send_push")
        with time_machine.travel(datetime(2025, 11, 6, 9, 30, tzinfo=BUREAU)):
            assert "已超期" not in read(signed_in(city_manager).get(url("push_calendar"))).text


class TestAskingNow:
    def test_takes_answers_and_lists_on_record(self, person, spends, approved, office, city_window):
        spends(person(), HIGH)
        approved()
        run_jobs("relief.send_push")

        assert exchange.ask_collect(region_code=CITY, by=city_window, at=NOVEMBER) == 3
        run_jobs("relief.collect")

        assert PushReply.objects.filter(accepted=True).count() == 3
        assert set(PushDelivery.objects.values_list("state", flat=True)) == {"answered"}
        assert set(Job.objects.filter(kind="relief.collect").values_list("message", flat=True)) == {
            "收到回执1行，名单0份。",
        }
        assert AuditEntry.objects.get(action="relief.collect_asked").officer == city_window

    def test_twice_in_a_moment_is_once(self, office, city_window):
        for _ in range(2):
            exchange.ask_collect(region_code=CITY, by=city_window, at=NOVEMBER)
        assert Job.objects.filter(kind="relief.collect").count() == 3

    @pytest.mark.parametrize("role", ["window_officer", "reviewer", "neighbour"])
    def test_is_not_for_others(self, role, request):
        officer = request.getfixturevalue(role)
        with pytest.raises(Refused):
            exchange.ask_collect(region_code=CITY, by=officer, at=NOVEMBER)
        assert not Job.objects.filter(kind="relief.collect").exists()


class TestTheAlarm:
    @pytest.mark.parametrize(("day", "sounds"), [(6, False), (7, True)])
    def test_sounds_when_a_list_is_not_answered_for_longer_than_three_working_days(
        self, day, sounds, person, spends, approved, city_manager, office,
    ):
        """Sent on Monday the 3rd, three working days are over on Thursday the 6th."""
        spends(person(), HIGH)
        office[0].mode = "mute"
        approved()
        for delivery in PushDelivery.objects.all():
            exchange.send_delivery(delivery.pk, at=NOVEMBER)
        words = [one.words for one in exchange.alarms(by=city_manager, today=date(2025, 11, day))]
        offices = ("巴中市民政局", "巴中市农业农村局", "巴中市卫生健康委员会") if sounds else ()
        assert words == [f"{name}收到2025-10的名单已4个工作日，尚有1行未回执" for name in offices]

    def test_is_silent_when_all_rows_are_answered(self, person, spends, approved, city_manager, office):
        spends(person(), HIGH)
        approved()
        run_jobs("relief.send_push")
        exchange_tasks.collect()
        assert exchange.alarms(by=city_manager, today=date(2025, 11, 28)) == []


class TestWhoIsNear:
    def test_is_insured_when_the_month_ends(self, person, spends, city_manager, window_officer):
        """As the list that follows: whose insurance ended before is not near anything (BZ-AMB-27)."""
        stays, goes = person("张三"), person("李四")
        for one in (stays, goes):
            spends(one, HIGH)
        enrollment.close_insurance(
            period_id=goes.insurance_periods.get().pk, ends_on=date(2025, 10, 31), reason="迁出", by=window_officer,
            at=NOVEMBER,
        )
        found = exchange.near_threshold(month="2025-10", by=city_manager)
        assert [near.person for near in found.people] == [stays]


class TestTheNumberOfQueries:
    @pytest.mark.parametrize("screen", ["push_changelist", "pushreply_changelist", "returnlist_changelist"])
    def test_of_a_list_does_not_depend_on_its_rows(
        self, screen, signed_in, person, spends, approved, office, city_manager, bring,  # noqa: F811
    ):
        client = signed_in(city_manager)
        months(person("张三0"), spends, approved, office, bring, number=1)
        one = cost(client, url(screen))
        for number in (2, 3):
            months(person(f"张三{number}"), spends, approved, office, bring, number=number)
        assert cost(client, url(screen)) == one <= 20


def months(one, spends, approved, office, bring, *, number: int) -> None:  # noqa: F811
    """A month more: a list of one or two, refused by all, and one that came back."""
    spends(one, HIGH, moment=NOVEMBER if number > 1 else OCTOBER)
    month = f"2025-{9 + number:02d}"
    push = approved(month, at=datetime(2026, 1, 2, 9, tzinfo=BUREAU))
    run_jobs("relief.send_push")
    for delivery in push.deliveries.all():
        part = {"part": 1, "rows": [{"number": 1, "accepted": False, "code": "NOT_FOUND"}]}
        exchange.take_answers(delivery.pk, [part], at=NOVEMBER)
    bring(line(one), number=number, month=month)
