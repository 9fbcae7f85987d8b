"""The monthly push (BZ-REL-9.1, BZ-AMB-27): whom it names, under which threshold, and that it stays as it was."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from casework.errors import Refused
from casework.models import Job, WorkDay
from enrollment import services as enrollment
from relief import exchange_tasks
from relief.models import ExchangeRule, Push, PushDelivery, PushRow, Receiver
from relief.services import exchange
from tests.claims.conftest import *  # noqa: F403  (officers, persons, stays and claims as claims' own tests make them)
from tests.claims.conftest import accumulators
from tests.conftest import BUREAU
from tests.relief.exchange import *  # noqa: F403
from tests.relief.exchange import AT_THE_LIMIT, CITY, DECEMBER, HIGH, NOVEMBER, ONE_FEN_MORE, run_jobs

pytestmark = pytest.mark.django_db


def named(push: Push) -> list[tuple[str, Decimal]]:
    return [(row.name, row.amount) for row in push.lines.order_by("number")]


class TestTheList:
    def test_names_who_is_one_fen_above_the_threshold_and_not_who_is_at_it(self, person, spends, built):
        """BZ-REL-9.1: self-pay that exceeds half of the income per head, 14 448.00 in 2025."""
        spends(person("张三"), AT_THE_LIMIT)
        spends(person("李四"), ONE_FEN_MORE)

        push = built()

        assert named(push) == [("李四", Decimal("14448.01"))]
        assert (push.threshold, push.figure, push.rule) == (Decimal("14448.00"), "cii.deductible.2025", "BZ-REL-9.1")
        assert (push.state, push.rows, push.amount) == ("built", 1, Decimal("14448.01"))

    def test_counts_what_was_settled_before_the_month_ended(self, person, spends, built):
        last_moment = datetime(2025, 10, 31, 23, 59, tzinfo=BUREAU)
        spends(person("张三"), HIGH, moment=last_moment)
        spends(person("李四"), HIGH, moment=last_moment + timedelta(minutes=1))

        assert named(built()) == [("张三", Decimal("18436.80"))]

    def test_names_residents_only(self, person, spends, built):
        spends(person("张三", scheme="employee"), "200000.00")
        assert named(built()) == []

    def test_leaves_out_who_died_and_who_is_no_longer_insured(self, person, spends, built, window_officer):
        for name, act in (("张三", enrollment.record_death), ("李四", enrollment.close_insurance)):
            one = person(name)
            spends(one, HIGH)
            if act is enrollment.record_death:
                act(person_id=one.pk, died_on=date(2025, 10, 25), by=window_officer, at=NOVEMBER)
            else:
                act(period_id=one.insurance_periods.get().pk, ends_on=date(2025, 10, 31), reason="停保",
                    by=window_officer, at=NOVEMBER)
        assert named(built()) == []

    def test_flags_who_is_in_a_category_already(self, person, spends, built):
        spends(person("张三", identity="margin"), "500000.00")
        spends(person("李四"), HIGH)

        push = built()

        assert [row.categories for row in push.lines.order_by("number")] == [["margin"], []]
        assert push.known == 1

    def test_is_refused_by_the_name_of_the_figure_that_lacks(self, city_window):
        with pytest.raises(Refused, match=r"cii\.deductible\.2026"):
            exchange.ask_push(
                region_code=CITY, month="2026-01", by=city_window, at=datetime(2026, 2, 2, 9, tzinfo=BUREAU)
            )
        assert not Push.objects.exists()

    @pytest.mark.parametrize(("month", "code"), [("2025-11", "MONTH_OPEN"), ("2025-13", "MONTH_FORMAT")])
    def test_is_refused_for_a_month_that_has_not_ended(self, month, code, city_window):
        with pytest.raises(Refused) as refused:
            exchange.ask_push(region_code=CITY, month=month, by=city_window, at=NOVEMBER)
        assert (refused.value.code, Push.objects.exists()) == (code, False)

    def test_is_made_once_a_month(self, built, city_window):
        built()
        with pytest.raises(Refused, match="已经编制"):
            exchange.ask_push(region_code=CITY, month="2025-10", by=city_window, at=NOVEMBER)
        assert Push.objects.count() == 1

    def test_is_not_for_a_county(self, supervisor):
        with pytest.raises(Refused) as refused:
            exchange.ask_push(region_code=CITY, month="2025-10", by=supervisor, at=NOVEMBER)
        assert (refused.value.code, Push.objects.exists()) == ("out_of_jurisdiction", False)


class TestAPersonNamedBefore:
    """BZ-AMB-27: once a year, and again when the amount grew by what the bureau's rule says."""

    def test_is_not_named_again_while_nothing_grew(self, person, spends, approved, built):
        spends(person("张三"), HIGH)
        approved()
        assert named(built("2025-11", at=DECEMBER)) == []

    def test_is_named_again_with_the_earlier_amount_when_it_grew(self, person, spends, approved, built):
        one = person("张三")
        spends(one, HIGH)
        approved()
        spends(one, "10000.00", moment=NOVEMBER)

        row = built("2025-11", at=DECEMBER).lines.get()

        assert (row.earlier, row.amount > row.earlier) == (Decimal("18436.80"), True)

    @pytest.mark.parametrize(("growth", "named_again"), [("0.00", True), ("0.01", False)])
    def test_must_have_grown_by_the_rules_amount(self, growth, named_again, person, spends, approved, built):
        one = person("张三")
        spends(one, HIGH)
        approved()
        spends(one, "10000.00", moment=NOVEMBER)
        grown = Decimal(accumulators(one)["A_SP"]) - Decimal("18436.80")
        ExchangeRule.objects.update(repeat_growth=grown + Decimal(growth))
        assert built("2025-11", at=DECEMBER).lines.exists() is named_again

    def test_is_never_named_again_where_the_rule_says_so(self, person, spends, approved, built):
        one = person("张三")
        spends(one, HIGH)
        approved()
        spends(one, "10000.00", moment=NOVEMBER)
        ExchangeRule.objects.update(repeat_growth=None)
        assert named(built("2025-11", at=DECEMBER)) == []

    def test_counts_only_lists_that_were_approved(self, person, spends, built, city_window):
        spends(person("张三"), HIGH)
        first = built()
        exchange.withdraw_push(push_id=first.pk, reason="名单有误", by=city_window, at=NOVEMBER)
        assert len(named(built())) == 1


class TestTheDeadline:
    """BZ-REL-9.1: by the 5th of the next month; if that day is not worked, on the working day before it, if one is."""

    @pytest.mark.parametrize(("month", "due"), [
        ("2025-10", date(2025, 11, 5)), ("2025-09", date(2025, 10, 5)), ("2025-06", date(2025, 7, 4)),
    ])
    def test_is_the_last_working_day(self, month, due, city_window):
        WorkDay.objects.bulk_create(
            [WorkDay(day=date(2025, 10, day), is_workday=False, name="国庆节") for day in range(1, 9)]
        )
        push = exchange.ask_push(region_code=CITY, month=month, by=city_window, at=DECEMBER)
        assert push.due_on == due


class TestApproving:
    def test_gives_each_receiver_its_next_number(self, person, spends, approved):
        spends(person(), HIGH)
        approved()
        approved("2025-11", at=DECEMBER)

        numbers = PushDelivery.objects.order_by("receiver", "number").values_list("receiver__code", "number")
        assert list(numbers) == [(code, number) for code in Receiver.Code.values for number in (1, 2)]
        assert Job.objects.filter(kind="relief.send_push").count() == 6

    def test_is_refused_to_who_asked_for_the_list(self, built, city_manager):
        push = built(by=city_manager)
        with pytest.raises(Refused, match="不得为同一人"):
            exchange.approve_push(push_id=push.pk, by=city_manager, at=NOVEMBER)
        assert (Push.objects.get().state, PushDelivery.objects.exists()) == ("built", False)

    def test_is_refused_without_the_permission(self, built, city_window):
        with pytest.raises(Refused) as refused:
            exchange.approve_push(push_id=built(by=None).pk, by=city_window, at=NOVEMBER)
        assert (refused.value.code, PushDelivery.objects.exists()) == ("no_permission", False)

    def test_is_refused_twice(self, approved, second_manager):
        push = approved()
        with pytest.raises(Refused, match="已审批"):
            exchange.approve_push(push_id=push.pk, by=second_manager, at=NOVEMBER)
        assert PushDelivery.objects.count() == 3

    def test_is_refused_when_a_stored_file_was_changed(self, built, city_manager, settings):
        push = built()
        digest = push.files.get(form="xlsx").sha256
        (settings.DOCUMENT_ROOT / digest[:2] / digest[2:4] / digest).write_bytes(b"another")
        with pytest.raises(Refused, match="损坏"):
            exchange.approve_push(push_id=push.pk, by=city_manager, at=NOVEMBER)
        assert Push.objects.get().state == "built"


class TestTheSchedule:
    def test_asks_for_the_list_once_however_often_it_fires(self, monkeypatch, db):
        monkeypatch.setattr("casework.clock.now", lambda: NOVEMBER)
        exchange_tasks.monthly_push()
        exchange_tasks.monthly_push()
        run_jobs("relief.monthly_push")
        assert (Push.objects.get().month, Push.objects.get().asked_by) == ("2025-10", None)

    def test_leaves_a_list_that_an_officer_asked_for(self, monkeypatch, built):
        built()
        monkeypatch.setattr("casework.clock.now", lambda: NOVEMBER)
        exchange_tasks.monthly_push()
        run_jobs("relief.monthly_push")
        assert Job.objects.get(kind="relief.monthly_push").state == "done"
        assert Push.objects.count() == 1

    def test_says_which_figure_lacks(self, monkeypatch, db):
        monkeypatch.setattr("casework.clock.now", lambda: datetime(2026, 2, 2, 9, tzinfo=BUREAU))
        exchange_tasks.monthly_push()
        run_jobs("relief.monthly_push")
        assert "cii.deductible.2026" in Job.objects.get(kind="relief.monthly_push").message


ATTACKS = [
    "UPDATE relief_pushrow SET amount = amount + 1", "DELETE FROM relief_pushrow",
    "UPDATE relief_push SET amount = amount + 1", "UPDATE relief_push SET rows_sha256 = ''", "DELETE FROM relief_push",
    "UPDATE relief_push SET state = 'building'", "UPDATE relief_pushfile SET sha256 = ''",
    "DELETE FROM relief_pushfile",
    "UPDATE relief_pushdelivery SET number = number + 7", "UPDATE relief_pushdelivery SET manifest = ''",
    "UPDATE relief_pushdelivery SET rows_pending = 0", "DELETE FROM relief_pushdelivery",
    "UPDATE relief_push SET approved_by_id = asked_by_id", "TRUNCATE relief_pushrow CASCADE",
    "INSERT INTO relief_pushrow (push_id, number, person_id, id_type, id_no, name, birth_date, region_code,"
    " region_name, amount, categories) SELECT push_id, 99, (SELECT max(id) FROM enrollment_person), id_type, 'X', name,"
    " birth_date, region_code, region_name, 1, '{}' FROM relief_pushrow",
]


class TestASnapshot:
    @pytest.mark.parametrize("attack", ATTACKS)
    def test_cannot_be_changed_by_hand(self, attack, person, spends, approved):
        spends(person("张三"), HIGH)
        person("李四")
        approved()
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attack)
        assert named(Push.objects.get()) == [("张三", Decimal("18436.80"))]

    def test_stays_when_the_person_changes(self, person, spends, built, window_officer):
        one = person("张三")
        spends(one, HIGH)
        push = built()
        enrollment.amend_person(person_id=one.pk, name="张三丰", by=window_officer, at=NOVEMBER)
        assert named(push) == [("张三", Decimal("18436.80"))]

    def test_can_be_withdrawn_only_before_it_is_approved(self, approved, city_window):
        with pytest.raises(Refused, match="不能撤回"):
            exchange.withdraw_push(push_id=approved().pk, reason="有误", by=city_window, at=NOVEMBER)
        assert Push.objects.get().state == "approved"

    def test_agrees_with_itself_in_the_database(self, person, spends, approved):
        spends(person(), HIGH)
        approved()
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM relief_exchange_violation")
            assert cursor.fetchall() == []
        assert PushRow.objects.count() == 1
