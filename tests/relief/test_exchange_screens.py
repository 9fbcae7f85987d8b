"""The exchange's screens: masked, in Chinese, at a fixed cost; deeds name their consequence."""

import io
from datetime import date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from casework.errors import Refused
from casework.models import AuditEntry
from relief import exchange_tasks
from relief.models import ExchangeRule, Push, PushDelivery, PushReply, Receiver, ReturnList
from relief.services import exchange
from tests.claims.conftest import *  # noqa: F403  (officers, persons, stays and claims as claims' own tests make them)
from tests.conftest import BUREAU
from tests.enrollment.bulk import csv_file
from tests.people import make_officer
from tests.relief.exchange import *  # noqa: F403
from tests.relief.exchange import CITY, HIGH, NOVEMBER, receiver_of, run_jobs
from tests.relief.test_exchange_returns import HEAD, bring, line, release  # noqa: F401  (fixtures)
from tests.ui.reading import read

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday_morning():
    with time_machine.travel(NOVEMBER, tick=True):
        yield


@pytest.fixture
def signed_in(client):
    def act(officer):
        client.force_login(officer)
        return client

    return act


def url(name: str, *args) -> str:
    return reverse(f"admin:relief_{name}", args=args)


def cost(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


class TestThePageOfAList:
    def test_shows_rows_masked_with_terms_and_files(self, signed_in, person, spends, built, city_manager):
        one = person("张三丰")
        spends(one, HIGH)
        push = built()
        answer = signed_in(city_manager).get(url("push_change", push.pk))
        page = read(answer)

        for words in ("18,436.80", "14,448.00", "第六章第9问", "巴州区", "张**", "2025-11-05", "待审批"):
            assert words in page.text
        assert one.id_no not in answer.content.decode()
        assert one.name not in answer.content.decode()
        digests = {file.sha256[:16] for file in push.files.all()}
        spoken = [word for word in page.english() if not any(word in digest for digest in digests)]
        assert set(spoken) <= {"UTF", "BOM", "cii", "deductible"}

    def test_is_approved_in_a_dialog_that_names_the_consequence(self, signed_in, person, spends, built, city_manager):
        spends(person(), HIGH)
        push = built()
        client = signed_in(city_manager)
        dialog = client.get(url("push_approve", push.pk)).content.decode()
        assert "1 人（自付合计 18,436.80 元）报送巴中市民政局、巴中市农业农村局、巴中市卫生健康委员会" in dialog
        assert client.post(url("push_approve", push.pk), {"note": ""}).status_code == 302
        assert Push.objects.get().state == "approved"

    def test_tells_who_built_it_why_he_can_not_approve(self, signed_in, built, city_manager):
        push = built(by=city_manager)
        client = signed_in(city_manager)
        assert "编制人与审批人不得为同一人" in read(client.get(url("push_change", push.pk))).text
        assert client.post(url("push_approve", push.pk), {"note": ""}).status_code == 403
        assert Push.objects.get().state == "built"

    def test_is_asked_for_in_a_dialog(self, signed_in, city_window):
        client = signed_in(city_window)
        assert "2025-10" in client.get(url("push_build")).content.decode()
        answer = client.post(url("push_build"), {"month": "2025-10"})
        assert answer["Location"] == url("push_change", Push.objects.get().pk)

    def test_gives_its_files_on_record_to_who_may(self, signed_in, person, spends, built, city_manager, reviewer):
        spends(person(), HIGH)
        push = built()
        file = push.files.get(form="xlsx")
        answer = signed_in(city_manager).get(url("push_file", push.pk, file.pk))
        assert load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.max_row == 2
        assert AuditEntry.objects.filter(action="relief.push_downloaded").count() == 1
        assert signed_in(reviewer).get(url("push_file", push.pk, file.pk)).status_code in {403, 404}

    def test_shows_deliveries_answers_and_exceptions(
        self, signed_in, person, spends, approved, office, city_window,
    ):
        for name in ("张三", "李四", "王五"):
            spends(person(name), HIGH)
        push = approved()
        office[0].mode = "down"
        run_jobs("relief.send_push")
        client = signed_in(city_window)
        assert "巴中市民政局拒收（503 DOWN）" in read(client.get(url("push_change", push.pk))).text
        office[0].mode = "partial"
        run_jobs("relief.send_push")
        exchange_tasks.collect()
        exchange_tasks.collect()

        page = read(client.get(url("push_change", push.pk)))
        assert "户籍系统查无此人" in page.text
        assert "2 / 3" in page.text
        reply = PushReply.objects.filter(accepted=False).first()
        assert client.post(url("pushreply_settle", reply.pk), {"note": "已核对，下月更正"}).status_code == 302
        assert "已核对，下月更正" in read(client.get(url("push_change", push.pk))).text
        assert client.get(url("pushreply_changelist")).status_code == 200

    def test_costs_the_same_whatever_it_shows(self, signed_in, person, spends, built, city_manager):
        spends(person("张三0"), HIGH)
        client = signed_in(city_manager)
        first = built()
        small = cost(client, url("push_change", first.pk))
        exchange.withdraw_push(push_id=first.pk, reason="重编", by=city_manager, at=NOVEMBER)
        for number in range(1, 5):
            spends(person(f"张三{number}"), HIGH)
        push = built()
        exchange.withdraw_push(push_id=push.pk, reason="重编", by=city_manager, at=NOVEMBER)

        assert cost(client, url("push_change", push.pk)) == small <= 25

    @pytest.mark.parametrize("role", ["supervisor", "neighbour", "window_officer"])
    def test_is_not_for_a_county(self, role, signed_in, person, spends, approved, request):
        spends(person(), HIGH)
        push = approved()
        client = signed_in(request.getfixturevalue(role))
        assert push.push_no not in read(client.get(url("push_change", push.pk), follow=True)).text
        assert push.push_no not in read(client.get(url("push_changelist"))).text
        assert client.get(url("push_file", push.pk, push.files.first().pk)).status_code == 404
        assert client.post(url("push_withdraw", push.pk), {"reason": "试"}).status_code in {403, 404}


class TestTheCalendar:
    def test_shows_months_receivers_states_and_receipts(
        self, signed_in, person, spends, approved, office, city_manager,
    ):
        spends(person(), HIGH)
        approved()
        run_jobs("relief.send_push")
        exchange_tasks.collect()
        page = read(signed_in(city_manager).get(url("push_calendar")))
        for words in ("2025-10", "巴中市卫生健康委员会", "已全部回执", "回执 1/1", "没有编制"):
            assert words in page.text
        assert page.english() == []

    def test_costs_the_same_whatever_it_shows(self, signed_in, person, spends, approved, city_manager, bring):  # noqa: F811
        client = signed_in(city_manager)
        empty = cost(client, url("push_calendar"))
        one = person()
        spends(one, HIGH)
        approved()
        bring(line(one))
        assert cost(client, url("push_calendar")) <= empty + 1 <= 18


class TestWhoIsNear:
    def test_shows_the_share_and_the_curve(self, signed_in, person, spends, city_manager):
        one, above, far = person("张三"), person("李四"), person("王五")
        spends(one, "30000.00", moment=datetime(2025, 9, 20, 9, tzinfo=BUREAU))
        spends(above, HIGH)
        spends(far, "2000.00")
        answer = signed_in(city_manager).get(url("push_near"), {"month": "2025-10"})
        page = read(answer)
        assert [near["near"].person for near in answer.context["people"]] == [above, one]
        assert answer.context["people"][1]["near"].curve[-2:] == [
            ("2025-09", Decimal("12420.00")), ("2025-10", Decimal("12420.00")),
        ]
        assert "已超过" in page.text
        assert "<polyline" in answer.content.decode()
        assert one.id_no not in answer.content.decode()

    @pytest.mark.parametrize(("month", "words"), [("2026-01", "cii.deductible.2026"), ("abc", "请填写所属月份")])
    def test_says_what_lacks(self, month, words, signed_in, city_manager):
        assert words in read(signed_in(city_manager).get(url("push_near"), {"month": month})).text

    def test_shows_a_county_its_own(self, signed_in, person, spends, supervisor, neighbour):
        spends(person("张三"), HIGH)
        for officer, count in ((supervisor, 1), (neighbour, 0)):
            assert len(signed_in(officer).get(url("push_near"), {"month": "2025-10"}).context["people"]) == count

    def test_costs_the_same_whatever_it_shows(self, signed_in, person, spends, city_manager):
        client, address = signed_in(city_manager), f"{url('push_near')}?month=2025-10"
        spends(person("张三0"), HIGH)
        one = cost(client, address)
        for number in range(1, 4):
            spends(person(f"张三{number}", identity="margin"), "500000.00")
        assert cost(client, address) == one <= 20


class TestThePageOfAReturnedList:
    def test_shows_differences_and_what_holds_it(self, signed_in, person, bring, city_manager):  # noqa: F811
        one, other = person("张三丰"), person("李四", identity="margin")
        found = bring(line(one), line(other, "终止", "低保边缘家庭成员", "", "2025-10-31"), number=4)
        answer = signed_in(city_manager).get(url("returnlist_change", found.pk))
        page = read(answer)
        for words in ("此前的没有收到", "新增", "终止", "没有登记", "2024-01-01 至 今", "至 2025-10-31"):
            assert words in page.text
        assert one.id_no not in answer.content.decode()
        assert one.name not in answer.content.decode()

    def test_is_released_with_a_reason_when_it_is_held(self, signed_in, person, bring, city_manager):  # noqa: F811
        found = bring(line(person()), number=4)
        client = signed_in(city_manager)
        assert client.post(url("returnlist_release", found.pk), {"note": ""}).status_code == 409
        assert client.post(url("returnlist_release", found.pk), {"note": "民政来函"}).status_code == 302
        assert ReturnList.objects.get().state == "released"

    def test_is_brought_in_a_dialog(self, signed_in, person, city_window):
        file = SimpleUploadedFile("名单.csv", csv_file(HEAD, line(person())), content_type="text/csv")
        given = {"receiver": receiver_of("civil_affairs").pk, "file": file, "number": 1, "month": "2025-10"}
        answer = signed_in(city_window).post(url("returnlist_bring"), given)
        assert answer["Location"] == url("returnlist_change", ReturnList.objects.get().pk)

    def test_has_the_matching_desk(self, signed_in, person, bring, city_manager):  # noqa: F811
        one = person("张三")
        found = bring(line(one, name="张叁"))
        client, row = signed_in(city_manager), found.lines.get()
        dialog = client.get(url("returnrow_match", row.pk)).content.decode()
        assert "证件号码一致" in dialog
        assert "随名单一并写入" in dialog
        assert client.post(url("returnrow_match", row.pk), {"person": one.pk}).status_code == 302
        assert found.lines.get().state == "ready"

    def test_gives_its_errors_on_record(self, signed_in, person, bring, city_window):  # noqa: F811
        found = bring(line(person(), starts_on="x"))
        answer = signed_in(city_window).get(url("returnlist_faults", found.pk))
        rows = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)
        assert rows[1][2] == "DATE_FORMAT"
        assert AuditEntry.objects.filter(action="relief.list_faults_read").exists()

    def test_costs_the_same_whatever_it_shows(self, signed_in, person, bring, city_manager):  # noqa: F811
        client, costs = signed_in(city_manager), []
        for count, number in ((1, 1), (4, 2)):
            people = [person(f"张三{number}{place}") for place in range(2 * count)]
            found = bring(*[line(one) for one in people[:count]],
                          *[line(one, name="某某") for one in people[count:]], line(people[0], starts_on="x"),
                          number=number)
            costs.append(cost(client, url("returnlist_change", found.pk)))
        assert costs[0] == costs[1] <= 25

    @pytest.mark.parametrize("role", ["supervisor", "neighbour"])
    def test_is_not_for_a_county(self, role, signed_in, person, bring, request):  # noqa: F811
        found = bring(line(person("张三"), name="张叁"))
        client = signed_in(request.getfixturevalue(role))
        assert found.list_no not in read(client.get(url("returnlist_change", found.pk), follow=True)).text
        assert client.get(url("returnlist_faults", found.pk)).status_code == 404
        assert client.get(url("returnrow_match", found.lines.get().pk)).status_code in {302, 404}


class TestTheAlarm:
    """On the start page, before the deadline: three working days by the bureau's rule."""

    @pytest.mark.parametrize(("day", "words"), [
        (date(2025, 10, 31), None), (date(2025, 11, 1), "还有 4 天"), (date(2025, 11, 3), "还有 2 天"),
        (date(2025, 11, 5), "今天到期"), (date(2025, 11, 6), "已超期 1 天"),
    ])
    def test_sounds_until_the_list_has_arrived(self, day, words, signed_in, city_manager):
        with time_machine.travel(datetime(day.year, day.month, day.day, 9, 30, tzinfo=BUREAU)):
            text = read(signed_in(city_manager).get("/")).text
        if words is None:
            assert "2025-10的高额自付名单" not in text
        else:
            assert "2025-10的高额自付名单尚未编制" in text
            assert words in text

    def test_is_silent_when_all_have_it(self, signed_in, approved, office, city_manager):
        push = approved()
        client = signed_in(city_manager)
        assert "还有3个部门未送达" in read(client.get("/")).text
        run_jobs("relief.send_push")
        assert push.month not in read(client.get("/")).text
        assert PushDelivery.objects.filter(state="waiting").count() == 0

    def test_names_a_list_that_is_held(self, signed_in, person, bring, city_manager):  # noqa: F811
        bring(line(person()), number=4)
        assert "巴中市民政局2025-10的返回名单挂起" in read(signed_in(city_manager).get("/")).text

    @pytest.mark.parametrize("role", ["supervisor", "reviewer"])
    def test_is_not_for_others(self, role, signed_in, request):
        assert "高额自付名单" not in read(signed_in(request.getfixturevalue(role)).get("/")).text


class TestTheRules:
    def test_are_kept_on_the_screen(self, signed_in, city_manager):
        client, receiver = signed_in(city_manager), receiver_of("health")
        answer = client.post(url("receiver_change", receiver.pk), {
            "name": "巴中市卫健委", "form": "csv_gb", "key_version": 2, "active": "on",
        })
        assert answer.status_code == 302
        assert Receiver.objects.get(pk=receiver.pk).key_version == 2
        assert AuditEntry.objects.filter(action="relief.set_receiver").exists()
        answer = client.post(url("receiver_change", receiver.pk), {
            "name": "巴中市卫健委", "form": "csv_gb", "key_version": 1, "active": "on",
        })
        assert "密钥版本只能增加" in answer.content.decode()

    def test_that_are_in_force_are_followed_not_edited(self, city_manager):
        rule = ExchangeRule.objects.get()
        rule.hold_percent = 50
        with pytest.raises(Refused, match="另登记一条"):
            exchange.set_exchange_rule(rule=rule, by=city_manager, at=NOVEMBER)
        assert ExchangeRule.objects.get().hold_percent == 10
        rule = ExchangeRule.objects.get()
        rule.valid_to = date(2026, 1, 1)
        exchange.set_exchange_rule(rule=rule, by=city_manager, at=NOVEMBER)
        assert ExchangeRule.objects.get().valid_to == date(2026, 1, 1)

    def test_are_not_for_a_county(self, signed_in):
        officer = make_officer("主管", "Z555", "511902")
        assert CITY not in read(signed_in(officer).get(url("exchangerule_changelist"))).text
