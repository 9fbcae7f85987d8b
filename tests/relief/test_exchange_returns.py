"""Lists that come back (BZ-REL-9.2): matched, held, released, written through the register's own services."""

import io
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from openpyxl import load_workbook

from casework.errors import Refused
from casework.models import AuditEntry, OutboxMessage
from enrollment.models import HardshipIdentity
from relief import exchange_tasks
from relief.models import ExchangeRule, ReturnList, ReturnRow
from relief.services import exchange
from tests.claims.conftest import *  # noqa: F403  (officers, persons, stays and claims as claims' own tests make them)
from tests.enrollment.bulk import csv_file
from tests.people import id_number
from tests.relief.exchange import *  # noqa: F403
from tests.relief.exchange import NOVEMBER, receiver_of, run_jobs

pytestmark = pytest.mark.django_db
HEAD = ["证件号码", "姓名", "困难身份", "变动", "开始日期", "结束日期"]


def line(person, change="认定", category="低保对象", starts_on="2025-10-01", ends_on="", **given) -> list[str]:
    return [given.get("id_no", person.id_no), given.get("name", person.name), category, change, starts_on, ends_on]


@pytest.fixture
def bring(city_window):
    """A list of civil affairs brought by hand and read; the first is number 1 of October."""
    def act(*rows, number=1, month="2025-10", read=True, **covering) -> ReturnList:
        data = csv_file(HEAD, *rows)
        taken = exchange.take_list(
            receiver_id=receiver_of("civil_affairs").pk, file=io.BytesIO(data), name="名单.csv",
            covering=exchange.Covering(number, month, **covering), by=city_window, at=NOVEMBER,
        )
        if read:
            run_jobs("relief.read_list")
        taken.list.refresh_from_db()
        return taken.list

    return act


@pytest.fixture
def release(city_manager):
    def act(found: ReturnList, note: str = "", by=city_manager) -> ReturnList:
        exchange.release_list(list_id=found.pk, by=by, at=NOVEMBER, note=note)
        run_jobs("relief.apply_list")
        found.refresh_from_db()
        return found

    return act


def codes(found: ReturnList) -> list[str]:
    return [why["code"] for why in found.held]


def counts(found: ReturnList) -> dict[str, int]:
    names = ("read", "ready", "matching", "applied", "unchanged", "rejected")
    return {name: count for name in names if (count := getattr(found, f"rows_{name}"))}


class TestAList:
    def test_grants_changes_and_ends_with_news_for_the_apps_above(self, person, bring, release):
        poor, shortened, ended = person("张三"), person("李四", identity="margin"), person("王五", identity="margin")
        found = bring(
            line(poor), line(shortened, "变更", "低保边缘家庭成员", "2024-01-01", "2025-12-31"),
            line(ended, "终止", "低保边缘家庭成员", "", "2025-10-31"),
        )
        assert (found.state, counts(found)) == ("checked", {"read": 3, "ready": 3})

        release(found)

        assert (found.state, counts(found)) == ("applied", {"read": 3, "applied": 3})
        held = HardshipIdentity.objects.order_by("person__id_no").values_list("category", "starts_on", "ends_on")
        assert list(held) == [
            ("minimum_allowance", date(2025, 10, 1), None), ("margin", date(2024, 1, 1), date(2026, 1, 1)),
            ("margin", date(2024, 1, 1), date(2025, 11, 1)),
        ]
        topics = set(OutboxMessage.objects.values_list("topic", flat=True))
        assert {"enrollment.identity_granted", "enrollment.identity_ended"} <= topics

    def test_that_says_what_is_known_changes_nothing(self, person, bring, release):
        one = person(identity="minimum_allowance")
        release(bring(line(one, starts_on="2024-01-01")))
        assert counts(ReturnList.objects.get()) == {"read": 1, "unchanged": 1}

    def test_that_ends_what_nobody_holds_says_so(self, person, bring, release):
        release(bring(line(person(), "终止", ends_on="2025-10-31", starts_on="")))
        row = ReturnRow.objects.get()
        assert (row.state, row.code) == ("rejected", "NOT_HELD")

    def test_that_is_complete_ends_whom_it_no_longer_names(self, person, bring, release):
        stays, gone = person("张三", identity="minimum_allowance"), person("李四", identity="minimum_allowance")
        found = release(bring(line(stays, starts_on="2024-01-01"), complete=True))
        assert found.report == {"ended_unlisted": 1}
        assert gone.identities.get().ends_on == date(2025, 10, 1)
        assert stays.identities.get().ends_on is None

    def test_that_is_complete_ends_nobody_while_a_row_is_not_matched(self, person, bring, release):
        one, gone = person("张三"), person("李四", identity="minimum_allowance")
        found = release(bring(line(one), line(one, name="张冠李"), complete=True))
        assert found.report == {"ended_unlisted": 0, "unread_rows": 1}
        assert gone.identities.get().ends_on is None

    def test_is_the_same_list_whoever_brings_it_again(self, person, bring):
        one = person()
        assert bring(line(one)) == bring(line(one))
        assert ReturnList.objects.count() == 1

    def test_comes_by_itself_signed(self, person, office, release):
        one = person()
        office[0].offer("511900.civil_affairs", {
            "file": "list-1.csv", "number": 1, "month": "2025-10", "complete": False, "rows": 1,
        }, csv_file(HEAD, line(one)))
        exchange_tasks.collect()
        exchange_tasks.collect()
        run_jobs("relief.read_list")
        found = ReturnList.objects.get()
        assert (found.way, found.taken_by, found.state) == ("https", None, "checked")
        assert release(found).rows_applied == 1

    def test_with_other_bytes_than_it_was_signed_for_is_not_taken(self, person, office):
        office[0].offer("511900.civil_affairs", {
            "file": "list-1.csv", "number": 1, "month": "2025-10", "rows": 1,
        }, csv_file(HEAD, line(person())))
        office[0].offices["511900.civil_affairs"].contents["list-1.csv"] = b"swapped"
        exchange_tasks.collect()
        assert not ReturnList.objects.exists()

    def test_of_health_is_refused_since_it_recognises_nobody(self, city_window):
        with pytest.raises(Refused, match="不认定困难身份"):
            exchange.take_list(
                receiver_id=receiver_of("health").pk, file=io.BytesIO(b"x"), name="x.csv",
                covering=exchange.Covering(1, "2025-10"), by=city_window, at=NOVEMBER,
            )
        assert not ReturnList.objects.exists()


class TestWhatHoldsAList:
    """Bad inputs 33-36; the limit of changes is the bureau's dated rule."""

    @pytest.fixture
    def first(self, person, bring, release):
        self.one = person("张三")
        return release(bring(line(self.one)))

    @pytest.mark.parametrize(("number", "month", "code"), [
        (1, "2025-10", "PERIOD_CLOSED"), (2, "2025-09", "PERIOD_CLOSED"), (3, "2025-10", "SEQUENCE_GAP"),
        (2, "2025-12", "SEQUENCE_GAP"), (2, "2025-10", None), (2, "2025-11", None),
    ])
    def test_an_old_one_or_one_with_a_gap_before_it(self, number, month, code, first, bring):
        found = bring(line(self.one, starts_on="2025-10-02"), number=number, month=month)
        assert codes(found) == ([code] if code else [])
        assert found.state == ("held" if code else "checked")

    def test_the_first_one_with_another_number_than_one(self, person, bring):
        assert codes(bring(line(person()), number=4)) == ["SEQUENCE_GAP"]

    @pytest.mark.parametrize(("rows", "held"), [(1, []), (2, ["TRAILER_MISMATCH"])])
    def test_another_number_of_rows_than_it_says(self, rows, held, person, bring):
        assert codes(bring(line(person()), rows=rows)) == held
        assert codes(bring(line(person()), ["合计", str(rows), "", "", "", ""])) == held

    @pytest.mark.parametrize(("ended", "held"), [(1, []), (2, ["DELTA_LIMIT"])])
    def test_more_changes_than_the_rule_lets_pass(self, ended, held, person, bring):
        """Ten holders: one change is ten per cent and passes, two are more."""
        poor = [person(f"张三{number}", identity="minimum_allowance") for number in range(10)]
        found = bring(*[line(one, "终止", starts_on="", ends_on="2025-10-31") for one in poor[:ended]])
        assert codes(found) == held

    def test_a_complete_one_that_names_far_fewer(self, person, bring):
        poor = [person(f"张三{number}", identity="minimum_allowance") for number in range(10)]
        found = bring(*[line(one, starts_on="2024-01-01") for one in poor[:4]], complete=True)
        assert codes(found) == ["DELTA_LIMIT"]
        assert "现有10人，名单变动6人" in found.held[0]["words"]

    def test_nothing_below_the_number_of_holders_that_the_rule_names(self, person, bring):
        poor = [person(f"张三{number}", identity="minimum_allowance") for number in range(10)]
        ExchangeRule.objects.update(hold_from=11)
        assert codes(bring(*[line(one, "终止", starts_on="", ends_on="2025-10-31") for one in poor])) == []

    def test_is_said_again_before_it_is_released(self, first, bring, city_manager, release):
        found = bring(line(self.one, starts_on="2025-10-02"), number=3)
        with pytest.raises(Refused, match="写明理由") as refused:
            exchange.release_list(list_id=found.pk, by=city_manager, at=NOVEMBER)
        assert (refused.value.code, ReturnList.objects.get(pk=found.pk).state) == ("SEQUENCE_GAP", "held")
        assert release(found, note="民政书面说明第2号作废").state == "applied"

    def test_a_number_that_was_written_is_never_written_again(self, first, bring, city_manager):
        found = bring(line(self.one, starts_on="2025-10-02"), number=1)
        with pytest.raises(Refused, match="改号"):
            exchange.release_list(list_id=found.pk, by=city_manager, at=NOVEMBER, note="再来一次")
        with pytest.raises(IntegrityError), transaction.atomic():
            ReturnList.objects.filter(pk=found.pk).update(state="applied", decided_by=city_manager)


class TestReleasing:
    def test_is_refused_to_who_brought_the_list(self, person, bring, city_window, city_manager):
        city_window.groups.set(city_manager.groups.all())
        found = bring(line(person()))
        with pytest.raises(Refused, match="不得为同一人"):
            exchange.release_list(list_id=found.pk, by=city_window, at=NOVEMBER)
        assert not HardshipIdentity.objects.exists()
        with pytest.raises(IntegrityError), transaction.atomic():
            ReturnList.objects.update(decided_by=city_window)

    @pytest.mark.parametrize("role", ["supervisor", "neighbour"])
    def test_is_refused_to_a_county(self, role, person, bring, request):
        found = bring(line(person()))
        with pytest.raises(Refused, match="未找到"):
            exchange.release_list(list_id=found.pk, by=request.getfixturevalue(role), at=NOVEMBER)
        assert ReturnList.objects.get().state == "checked"

    def test_is_refused_when_there_is_nothing_to_write(self, bring, person, city_manager):
        found = bring(line(person(), category="五保户"))
        with pytest.raises(Refused, match="没有可写入的行"):
            exchange.release_list(list_id=found.pk, by=city_manager, at=NOVEMBER)

    def test_a_rejected_list_writes_nothing_and_may_come_again(self, person, bring, city_manager, release):
        one = person()
        found = bring(line(one))
        with pytest.raises(Refused, match="退回原因"):
            exchange.reject_list(list_id=found.pk, reason="", by=city_manager, at=NOVEMBER)
        exchange.reject_list(list_id=found.pk, reason="缺少文号", by=city_manager, at=NOVEMBER)
        assert not HardshipIdentity.objects.exists()
        assert release(bring(line(one))).rows_applied == 1


class TestTheMatchingDesk:
    def test_has_who_is_not_found_with_those_of_the_same_name_and_birth_date(self, person, bring, city_manager):
        one = person("张三", born=date(1975, 5, 20))
        person("张三", born=date(1980, 1, 1))
        wrong = id_number("511902", date(1975, 5, 20), 811)
        found = bring(line(one, id_no=wrong))
        row = found.lines.get()
        assert (row.state, row.code, row.person) == ("matching", "PERSON_NOT_FOUND", None)
        assert exchange.candidates([row], city_manager)[row.pk] == [one]

    def test_has_who_is_named_otherwise(self, person, bring, city_manager):
        one = person("张三")
        row = bring(line(one, name="张叁")).lines.get()
        assert (row.state, row.code) == ("matching", "NAME_MISMATCH")
        assert exchange.candidates([row], city_manager)[row.pk] == [one]

    def test_writes_a_row_with_its_list(self, person, bring, release, city_window):
        one = person("张三")
        found = bring(line(one, name="张叁"))
        exchange.match_row(row_id=found.lines.get().pk, person_id=one.pk, by=city_window, at=NOVEMBER)
        found.refresh_from_db()
        assert counts(found) == {"read": 1, "ready": 1}
        assert counts(release(found)) == {"read": 1, "applied": 1}

    def test_writes_a_row_at_once_when_the_list_is_written_already(self, person, bring, release, city_manager):
        one, other = person("张三"), person("李四")
        found = release(bring(line(one, name="张叁"), line(other)))
        assert counts(found) == {"read": 2, "matching": 1, "applied": 1}
        exchange.match_row(
            row_id=found.lines.get(state="matching").pk, person_id=one.pk, by=city_manager, at=NOVEMBER
        )
        found.refresh_from_db()
        assert counts(found) == {"read": 2, "applied": 2}
        assert one.identities.count() == 1

    def test_refuses_a_person_who_can_not_be_meant(self, person, bring, city_manager):
        one, stranger = person("张三"), person("李四")
        row = bring(line(one, name="张叁")).lines.get()
        with pytest.raises(Refused) as refused:
            exchange.match_row(row_id=row.pk, person_id=stranger.pk, by=city_manager, at=NOVEMBER)
        assert (refused.value.code, ReturnRow.objects.get().state) == ("NOT_A_CANDIDATE", "matching")

    def test_lets_a_row_go_with_a_reason(self, person, bring, city_manager):
        row = bring(line(person("张三"), name="张叁")).lines.get()
        with pytest.raises(Refused, match="原因"):
            exchange.dismiss_row(row_id=row.pk, reason="", by=city_manager, at=NOVEMBER)
        exchange.dismiss_row(row_id=row.pk, reason="查无此人", by=city_manager, at=NOVEMBER)
        assert counts(ReturnList.objects.get()) == {"read": 1, "rejected": 1}


class TestWrongRows:
    """Bad inputs 1-39: all of a file at once, masked, the good rows go on."""

    @pytest.mark.parametrize(("given", "code"), [
        ({"category": "五保户"}, "CODE_UNKNOWN"), ({"category": "防止返贫监测对象"}, "IDENTITY_AUTHORITY"),
        ({"starts_on": "2025-02-30"}, "DATE_FORMAT"), ({"starts_on": "20251001"}, "DATE_FORMAT"),
        ({"starts_on": "2025-10-01", "ends_on": "2025-09-30"}, "PERIOD_REVERSED"), ({"starts_on": ""}, "FIELD_MISSING"),
        ({"change": "终止"}, "FIELD_MISSING"), ({"change": "撤回"}, "CODE_UNKNOWN"),
        ({"id_no": "511902197505200012"}, "ID_CHECKSUM"), ({"id_no": "511902197502300013"}, "ID_BIRTHDATE"),
        ({"id_no": "511902750520001"}, "ID_15_DIGITS"), ({"id_no": "5.11902E+17"}, "ID_AS_NUMBER"),
        ({"name": ""}, "FIELD_MISSING"), ({"name": "张\u202e三"}, "TEXT_INVISIBLE"),
    ])
    def test_are_named_by_their_code(self, given, code, person, bring):
        one, good = person("张三"), person("李四")
        found = bring(line(one, **given), line(good))
        assert [fault.code for fault in found.faults.all()] == [code]
        assert counts(found) == {"read": 2, "ready": 1, "rejected": 1}

    def test_that_say_the_same_count_once(self, person, bring):
        one = person()
        found = bring(line(one), line(one))
        assert counts(found) == {"read": 2, "ready": 1, "unchanged": 1}

    def test_that_contradict_each_other_all_stay_out(self, person, bring):
        one = person()
        found = bring(line(one), line(one, ends_on="2025-12-31"))
        assert counts(found) == {"read": 2, "rejected": 2}
        assert [fault.code for fault in found.faults.all()] == ["DUP_CONFLICT"] * 2

    @pytest.mark.parametrize(("data", "code"), [
        ("证件号码,姓名,困难身份\r\n".encode(), "NO_ROWS"),
        ("姓名,困难身份\r\n张三,低保对象\r\n".encode(), "COLUMN_MISSING"),
        ("证件号码,姓名,姓名,困难身份\r\n1,2,3,4\r\n".encode(), "COLUMN_DUPLICATE"),
        ("证件号码,姓名,困难身份\r\n".encode("utf-16"), "ENCODING"),
    ])
    def test_of_a_file_that_is_wrong_as_a_whole_refuse_it_with_a_record(self, data, code, office):
        office[0].offer("511900.civil_affairs", {
            "file": "list-1.csv", "number": 1, "month": "2025-10", "rows": 1,
        }, data)
        exchange_tasks.collect()
        run_jobs("relief.read_list")
        found = ReturnList.objects.get()
        assert (found.state, [fault.code for fault in found.faults.all()]) == ("refused", [code])

    def test_are_downloaded_masked_and_on_record(self, person, bring, city_window):
        one = person("张三")
        found = bring(line(one, starts_on="x"), line(one, name="张叁"))
        book = load_workbook(exchange.list_fault_workbook(list_id=found.pk, by=city_window, at=NOVEMBER))
        rows = list(book.active.values)
        assert [row[2] for row in rows[1:]] == ["DATE_FORMAT", "NAME_MISMATCH"]
        assert one.id_no not in str(rows)
        assert AuditEntry.objects.filter(action="relief.list_faults_read").exists()

    def test_leave_no_number_in_the_audit_trail(self, person, bring, release):
        one = person("张三")
        release(bring(line(one)))
        written = " ".join(f"{entry.detail}{entry.note}" for entry in AuditEntry.objects.all())
        assert one.id_no not in written
