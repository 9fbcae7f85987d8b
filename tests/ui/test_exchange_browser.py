"""The month's exchange as officers see it: built, approved, answered, and what comes back decided, by mouse."""
from datetime import timedelta

import pytest
import time_machine
from playwright.sync_api import Page, expect

from enrollment.models import HardshipIdentity
from relief.models import PushReply, ReturnList
from tests.relief.exchange import CITY, HIGH, StandIn, city_window, spends, stand_in  # noqa: F401  (fixtures)
from tests.ui.conftest import MORNING
from tests.ui.test_browser import desk, do, status  # noqa: F401  (fixture)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HEAD = "证件号码,姓名,出生日期,困难身份,变动,开始日期"


@pytest.fixture
def authorities(stand_in) -> StandIn:  # noqa: F811
    """In a process of its own, whose clock shows the morning of these tests; it refuses each third row."""
    off = MORNING.timestamp() - time_machine.escape_hatch.time.time()
    return stand_in("--clock-off", str(off), "--mode", "partial")


@pytest.fixture
def people(person, spends):  # noqa: F811
    found = [person(name) for name in ("张三丰", "李四光", "王五一")]
    for one in found:
        spends(one, HIGH)
    return found


def fetch(page: Page, minutes: int) -> None:
    """Have the authorities asked, some minutes after nine thirty."""
    with time_machine.travel(MORNING + timedelta(minutes=minutes), tick=True):
        page.goto("/relief/push/calendar/")
        do(page, "fetch", "收取")


def offer(authorities: StandIn, people: list) -> None:
    """A list of two, one of them under another name, that says it has three rows."""
    rows = [f"{one.id_no},{name},{one.birth_date},低保对象,认定,2025-11-01"
            for one, name in zip(people, ("张三丰", "李思光"), strict=False)]
    authorities.pull("/offer", to=f"{CITY}.civil_affairs", number=1, month="2025-11", complete=False, rows=3,
                     file="list-1.csv", content="\n".join([HEAD, *rows, ""]))


class TestTheMonth:
    def test_is_built_by_one_officer_approved_by_another_and_answered(
        self, desk, people, authorities, city_window, city_manager,  # noqa: F811
    ):
        with desk(city_window) as page:
            page.goto("/")
            page.get_by_role("alert").filter(has_text="2025-10的高额自付名单尚未编制").get_by_role("link").click()
            page.goto("/relief/push/calendar/")
            page.locator("[data-deed=build]").click()
            page.locator("#dialog").get_by_role("button", name="编制", exact=True).click()
            expect(status(page)).to_have_text("待审批")
            expect(page.locator("[data-deed=approve]")).to_have_count(0)
        with desk(city_manager) as page:
            page.get_by_role("alert").filter(has_text="待审批").get_by_role("link").click()
            page.locator("[data-deed=approve]").click()
            expect(page.locator("#dialog .cw-consequence")).to_contain_text("3 人（自付合计 55,310.40 元）")
            page.locator("#dialog").get_by_role("button", name="审批报送", exact=True).click()
            expect(status(page)).to_have_text("已审批")
            expect(page.get_by_role("row", name="巴中市民政局")).to_contain_text("RC000001-")
            where = page.url
            fetch(page, 1)
            expect(page.get_by_text("回执 2/3").first).to_be_visible()
            fetch(page, 2)
            expect(page.get_by_text("已全部回执")).to_have_count(3)
            page.goto(where)
            settle_the_first(page)
        assert PushReply.objects.filter(settled_by=city_manager, note="已电话核对，下月更正").count() == 1
        assert {one["taken"] for one in authorities.pull("/got").values()} == {1}


class TestAListThatCameBack:
    def test_is_held_matched_by_name_and_written_with_a_reason(
        self, desk, people, authorities, city_manager,  # noqa: F811
    ):
        offer(authorities, people)
        with desk(city_manager) as page:
            fetch(page, 1)
            page.get_by_role("link", name="第 1 号").click()
            expect(status(page)).to_have_text("挂起")
            expect(page.get_by_text("写明3行，实有2行")).to_be_visible()
            page.locator("[data-deed=match]").click()
            expect(page.locator("#dialog .cw-consequence")).to_contain_text("李思光")
            page.locator("#dialog").get_by_label("李四光").check()
            page.locator("#dialog").get_by_role("button", name="匹配", exact=True).click()
            expect(page.locator("[data-deed=match]")).to_have_count(0)
            page.locator("[data-deed=release]").click()
            page.locator("#dialog").get_by_role("button", name="确认写入", exact=True).click()
            expect(page.locator("#dialog [role=alert]")).to_contain_text("确认须写明理由")
            page.locator("#dialog").get_by_label("说明").fill("已与市民政局核对，第三行重复")
            page.locator("#dialog").get_by_role("button", name="确认写入", exact=True).click()
            expect(status(page)).to_have_text("已写入")
        assert ReturnList.objects.get().rows_applied == 2
        held = HardshipIdentity.objects.order_by("person__name").values_list("person__name", flat=True)
        assert sorted(held) == ["张三丰", "李四光"]


def settle_the_first(page: Page) -> None:
    """The first of three exceptions is settled with a word; it goes to the end of the list."""
    expect(page.get_by_text("户籍系统查无此人")).to_have_count(3)
    page.locator("[data-deed=settle]").first.click()
    page.locator("#dialog").get_by_label("处理情况").fill("已电话核对，下月更正")
    page.locator("#dialog").get_by_role("button", name="处理例外", exact=True).click()
    expect(page.locator("[data-deed=settle]")).to_have_count(2)
    expect(page.get_by_text("已电话核对，下月更正").first).to_be_visible()
