"""From the counter to the entitlement by mouse and keyboard, each desk in its own browser session."""
import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from chronic import services as chronic
from chronic.models import Certification, EntitlementPeriod
from chronic.services import Applicant, Filed
from tests.chronic.conftest import DOCTOR, DOCUMENTS, HYPERTENSION, claimed
from tests.chronic.conftest import system as system
from tests.ui.test_browser import do, sign_in, status

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(browser, browser_context_args, live_server):
    """Opens an officer's own session; whatever the browser complains of fails the test."""
    complaints: list[str] = []

    @contextmanager
    def open_desk(officer):
        context = browser.new_context(**browser_context_args, base_url=live_server.url)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error.stack or error}"))
        page.goto("/")
        sign_in(page, officer)
        yield page
        context.close()

    yield open_desk
    assert "\n".join(text for text in complaints if "status of 4" not in text) == ""


class TestTheMainJob:
    def test_goes_from_the_counter_to_the_entitlement(
        self, desk, patient, hospital, window_officer, clerk, sealer, confirmer,
    ):
        with desk(window_officer) as page:
            fill_in(page, patient)
        case = Certification.objects.get()
        with desk(clerk) as page:
            page.get_by_role("link", name="待医师结论").click()
            page.get_by_role("link", name=case.case_no).click()
            scan(page)
            page.locator("[data-deed=sign]").click()
            page.locator("#dialog").get_by_label(re.compile("认定医师")).select_option(DOCTOR)
            page.locator("#dialog").get_by_role("button", name="医师结论", exact=True).click()
            expect(status(page)).to_have_text("待审核盖章")
            expect(page.locator("[data-deed=seal]")).to_be_disabled()
        with desk(sealer) as page:
            page.goto(f"/chronic/certification/{case.pk}/change/")
            do(page, "seal", "审核盖章")
            do(page, "enter", "录入平台")
            expect(status(page)).to_have_text("待确认")
        with desk(confirmer) as page:
            page.get_by_role("link", name=case.case_no).click()
            look_at_document(page)
            expect(page.locator(f"[data-item={HYPERTENSION}]")).to_contain_text("动态血压监测符合2级及以上高血压")
            do(page, "confirm", "确认")
            expect(status(page)).to_have_text("已确认")
            page.get_by_role("link", name="待遇页面").click()
            expect(status(page)).to_have_text("有效")

        period = EntitlementPeriod.objects.get()
        assert (period.person, period.unit, f"{period.starts_on}") == (patient, HYPERTENSION, "2025-11-03")


@pytest.fixture
def left_open(patient, hospital, system, at) -> Certification:
    """What a hospital's system filed without any facts or papers of the disease."""
    return chronic.file_diagnosis(
        Filed(
            submission_no="S-0001", person_id=patient.pk, institution_id=hospital.pk,
            claimed=[claimed(HYPERTENSION, {}, materials=[])], doctors={HYPERTENSION: DOCTOR},
            applicant=Applicant(documents=DOCUMENTS),
        ),
        by=system, at=at,
    )


class TestAHospitalWithoutASystem:
    def test_supplies_what_was_left_open_and_is_told_all_mistakes_at_once(
        self, desk, left_open, clerk, sealer,
    ):
        with desk(clerk) as page:
            page.get_by_role("link", name=re.compile("其中待补事实")).click()
            page.get_by_role("link", name=left_open.case_no).click()
            page.locator("[data-deed=supply]").click()
            supply(page)
            expect(page.locator("[data-deed=supply]")).to_have_count(0)
            page.locator("[data-deed=sign]").click()
            page.locator("#dialog").get_by_label(re.compile("认定医师")).select_option(DOCTOR)
            page.locator("#dialog").get_by_role("button", name="医师结论", exact=True).click()
            expect(status(page)).to_have_text("待审核盖章")
            expect(page.locator("[data-deed=seal]")).to_be_disabled()
        with desk(sealer) as page:
            page.goto(f"/chronic/certification/{left_open.pk}/change/")
            do(page, "seal", "审核盖章")
            expect(status(page)).to_have_text("待录入平台")


def supply(page: Page) -> None:
    """Two mistakes first; what was typed is still there, and the state follows what is typed."""
    systolic = page.locator(f"[name='{HYPERTENSION}:M03911.1a']")
    diastolic = page.locator(f"[name='{HYPERTENSION}:M03911.1b']")
    systolic.first.fill("高")
    diastolic.first.fill("低")
    page.get_by_role("button", name="保存补充内容").click()
    expect(page.get_by_role("alert")).to_contain_text("有 2 处须更正")
    expect(systolic.first).to_have_value("高")
    diastolic.first.fill("")
    for number, value in enumerate(("165", "170", "160")):
        systolic.nth(number).fill(value)
        page.locator(f"[name='{HYPERTENSION}:M03911.1a:on']").nth(number).fill(f"2025-10-0{number + 1}")
    for paper in page.locator(f"[name='{HYPERTENSION}:material']").all():
        paper.check()
    expect(page.locator(f"#s-{HYPERTENSION}")).to_have_text("符合标准")
    page.get_by_role("button", name="保存补充内容").click()
    expect(status(page)).to_have_text("待医师结论")


def fill_in(page: Page, person) -> None:
    """The criteria answered by keyboard: the state of each node changes while one types, without a reload."""
    page.locator("#nav-sidebar-apps a", has_text="认定申请").click()
    page.get_by_label(re.compile("证件号码、姓名")).fill(person.id_no)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="选择").click()
    page.get_by_label("病种名称或编码").fill(HYPERTENSION)
    page.keyboard.press("Enter")
    state = page.locator(f"#s-{HYPERTENSION}")
    expect(state).to_have_text("尚不能判定")
    expect(page.locator("#check")).to_contain_text("尚缺：动态血压监测")
    page.get_by_label("确诊日期").fill("20251020")
    systolic = page.locator(f"[name='{HYPERTENSION}:M03911.1a']")
    for number, value in enumerate(("165", "170", "159")):
        systolic.nth(number).fill(value)
        page.locator(f"[name='{HYPERTENSION}:M03911.1a:on']").nth(number).fill(f"2025-10-0{number + 1}")
    expect(page.locator(f"#n-{HYPERTENSION}-0")).to_have_text("待补充")
    systolic.nth(2).fill("160")
    expect(page.locator(f"#n-{HYPERTENSION}-0")).to_have_text("符合")
    page.get_by_role("radiogroup", name="动态血压监测符合2级及以上高血压").get_by_label("是", exact=True).check()
    expect(state).to_have_text("符合标准")
    expect(page.locator("#check")).to_contain_text("缺材料：检查报告")
    for paper in page.locator(f"[name='{HYPERTENSION}:material'], [name=document]").all():
        paper.check()
    expect(page.locator("#check")).not_to_contain_text("缺材料")
    page.get_by_role("button", name="提交申请").click()
    expect(status(page)).to_have_text("待医师结论")


def scan(page: Page) -> None:
    page.locator("[data-deed=receive]").click()
    page.locator("#dialog").get_by_label("材料").select_option("medical_records")
    page.locator("#dialog").get_by_label("影像").set_input_files(
        {"name": "病历.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n scan"}
    )
    page.locator("#dialog").get_by_role("button", name="收材料", exact=True).click()
    expect(page.get_by_role("link", name="查看")).to_be_visible()


def look_at_document(page: Page) -> None:
    """The paper opens beside the criteria, in the page itself."""
    with page.expect_response(re.compile("/document/")) as opened:
        page.get_by_role("link", name="查看", exact=True).click()
    assert opened.value.status == 200
    expect(page.locator("iframe[name=document]")).to_be_visible()
