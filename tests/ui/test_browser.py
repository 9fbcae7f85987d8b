"""The whole job by mouse and keyboard, each desk in its own browser session."""
import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from claims.models import Claim
from enrollment.models import Person
from tests.claims.conftest import TOWNSHIP, bank_answer

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
    # A refused deed answers 4xx on purpose, and Chromium logs that; nothing else is allowed.
    assert "\n".join(text for text in complaints if "status of 4" not in text) == ""


def do(page: Page, name: str, submit: str, **fields: str) -> None:
    """Open a deed's dialog, fill it in, send it, and wait until the page came back."""
    page.locator(f"[data-deed={name}]").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_be_visible()
    for label, value in fields.items():
        dialog.get_by_label(label).fill(value)
    dialog.get_by_role("button", name=submit, exact=True).click()
    expect(page.locator("#dialog")).to_be_hidden()


def status(page: Page):
    return page.locator(".cw-title .cw-chip").first


class TestTheMainJob:
    def test_goes_from_registration_to_payment_by_mouse_and_keyboard(
        self, desk, resident, hospitals, window_officer, reviewer, approver, cashier, second_cashier, tmp_path,
    ):
        with desk(window_officer) as page:
            register(page, resident)
            supplement(page)
            enter_by_keyboard(page)
            do(page, "settle", "结算")
            expect(status(page)).to_have_text("待初审")
            expect(page.locator("[data-deed=review]")).to_be_disabled()
            expect(page.get_by_text("3,690.00").first).to_be_visible()

        claim = Claim.objects.get()
        with desk(reviewer) as page:
            page.get_by_role("link", name=claim.case_no).click()
            expect(page.locator("[data-steps]")).to_contain_text("第三章第11问")
            do(page, "review", "初审通过", 意见="票据与清单相符")
            expect(status(page)).to_have_text("待复核")
        with desk(approver) as page:
            page.get_by_role("link", name=claim.case_no).click()
            do(page, "approve", "复核通过")
            expect(status(page)).to_have_text("待拨付")
        with desk(cashier) as page:
            page.goto("/claims/paymentbatch/add/")
            page.get_by_role("button", name="编制批次").click()
            expect(status(page)).to_have_text("待确认")
            batch_url = page.url
            expect(page.locator("[data-deed=confirm]")).to_be_disabled()
        with desk(second_cashier) as page:
            page.goto(batch_url)
            do(page, "confirm", "确认批次")
            with page.expect_download() as download:
                page.locator("[data-deed=export]").click()
            assert resident.bank_account in download.value.path().read_text(encoding="utf-8-sig")
            take_in_return(page, batch_url, claim, tmp_path)
        with desk(window_officer) as page:
            page.goto(f"/claims/claim/{claim.pk}/change/")
            expect(status(page)).to_have_text("已办结")
            look_at_statement(page, claim)


class TestABill:
    def test_shows_the_fields_that_its_benefit_has(self, desk, resident, hospitals, certify, window_officer):
        certify(resident, "M03911", "2025-01-01")
        with desk(window_officer) as page:
            page.goto(f"/claims/claim/add/?person={resident.pk}")
            expect(page.get_by_label("出院日期")).to_be_visible()
            expect(page.get_by_label("认定病种")).to_be_hidden()
            page.get_by_label("待遇类别").select_option(label="门诊慢性病")

            expect(page.get_by_label("就诊日期")).to_be_visible()
            expect(page.locator("[name=stay-0-discharged_on]")).to_be_hidden()
            expect(page.get_by_label("认定病种")).to_have_value("M03911")
            page.get_by_label("待遇类别").select_option(label="生育医疗费")
            expect(page.get_by_label("生育事件")).to_be_visible()
            expect(page.get_by_label("认定病种")).to_be_hidden()

    def test_takes_over_what_the_last_one_said(self, desk, resident, hospitals, certify, window_officer):
        certify(resident, "M03911", "2025-01-01")
        with desk(window_officer) as page:
            page.goto(f"/claims/claim/add/?person={resident.pk}")
            page.get_by_label("待遇类别").select_option(label="门诊慢性病")
            page.get_by_role("button", name="再加一次就诊").click()

            expect(page.locator("[name=stay-1-benefit]")).to_have_value("chronic")
            expect(page.locator("[name=stay-1-disease]")).to_have_value("M03911")
            expect(page.locator("[name=stay-1-discharged_on]")).to_be_hidden()


class TestAForm:
    def test_gives_back_what_was_typed_when_the_session_ended(self, desk, resident, hospitals, window_officer):
        with desk(window_officer) as page:
            form = f"/claims/claim/add/?person={resident.pk}"
            page.goto(form)
            page.get_by_label("手工报销原因").select_option(label="异地就诊")
            page.get_by_role("textbox", name="出院诊断").fill("急性阑尾炎")
            page.get_by_role("button", name="再加一次就诊").click()
            page.locator("[name=stay-1-invoice_no]").fill("0099")
            page.context.clear_cookies(name="sessionid")
            page.get_by_role("button", name="登记", exact=True).click()
            sign_in(page, window_officer)
            page.goto(form)
            page.get_by_role("button", name="恢复").click()

            expect(page.get_by_label("手工报销原因")).to_have_value("03")
            expect(page.locator("[name=stay-0-diagnosis]")).to_have_value("急性阑尾炎")
            expect(page.locator("[name=stay-1-invoice_no]")).to_have_value("0099")
            assert not Claim.objects.exists()


def sign_in(page: Page, officer) -> None:
    page.get_by_label("用户名").fill(officer.username)
    page.get_by_label("密码").fill("not-a-secret")
    page.keyboard.press("Enter")
    expect(page.locator("#nav-sidebar-apps")).to_be_visible()


def register(page: Page, person: Person) -> None:
    page.goto("/")
    page.locator("#nav-sidebar-apps a", has_text="新登记").click()
    page.get_by_label(re.compile("证件号码、姓名")).fill(person.id_no)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="选择").click()
    page.get_by_label("手工报销原因").select_option(label="异地就诊")
    expect(page.locator("#check")).to_contain_text("医院收费票据")
    page.get_by_label("就诊医院").fill(TOWNSHIP)
    page.get_by_label("入院日期").fill("20250301")
    page.keyboard.press("Tab")
    expect(page.get_by_label("入院日期")).to_have_value("2025-03-01")
    page.get_by_label("出院日期").fill("2025-03-08")
    page.get_by_role("textbox", name="出院诊断").fill("肺炎")
    page.get_by_label("票据号码").fill("0012345678")
    page.keyboard.press("Tab")
    expect(page.locator("#check")).to_contain_text("城乡居民医保")
    for name in ("社会保障卡", "医院收费票据", "费用清单"):
        page.locator("#check").get_by_label(re.compile(name)).check()
        expect(page.locator("#check").get_by_label(re.compile(name))).to_be_checked()
    page.get_by_role("button", name="登记", exact=True).click()
    expect(status(page)).to_have_text("待明细录入")
    page.wait_for_function("sessionStorage.length === 0")  # the draft of a saved form is forgotten


def supplement(page: Page) -> None:
    """The discharge paper is missing: asked for once, printed, brought, and the clock goes on."""
    page.locator("[data-deed=ask_supplement]").click()
    expect(page.locator("#dialog .cw-consequence")).to_contain_text("出院证明")
    page.locator("#dialog").get_by_role("button", name="出具告知书").click()
    expect(status(page)).to_have_text("待补正")
    do_refused(page, "receive_supplement", "收到补正", "仍缺")
    page.locator("[data-deed=receive_material]").click()
    page.locator("#dialog").get_by_label("影像").set_input_files(
        {"name": "出院证明.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 scan"}
    )
    page.locator("#dialog").get_by_role("button", name="收材料").click()
    expect(page.get_by_role("link", name="查看影像")).to_be_visible()
    do(page, "receive_supplement", "收到补正")
    expect(status(page)).to_have_text("待明细录入")


def do_refused(page: Page, name: str, submit: str, reason: str) -> None:
    """A refused deed leaves its dialog open with the reason."""
    page.locator(f"[data-deed={name}]").click()
    page.locator("#dialog").get_by_role("button", name=submit, exact=True).click()
    expect(page.locator("#dialog [role=alert]")).to_contain_text(reason)
    page.locator("#dialog [data-cancel]").click()
    expect(page.locator("#dialog")).to_be_hidden()


def enter_by_keyboard(page: Page) -> None:
    """Two lines without touching the mouse; a wrong sum is shown at once and refused by the server."""
    page.locator("[data-deed=enter]").click()
    page.get_by_label("票据总额").fill("4500")
    page.locator("[name=stay-0-lines-0-name]").focus()
    for keys in ("西药费", "Tab", "4100", "Enter"):
        page.keyboard.press(keys) if keys in {"Tab", "Enter"} else page.keyboard.insert_text(keys)
    expect(page.locator("[name=stay-0-lines-1-amount]")).to_be_focused()
    page.keyboard.insert_text("300")
    page.locator("[name=stay-0-lines-1-line_class]").select_option("C")
    expect(page.locator("[data-difference]")).to_have_text("与票据总额相差 -100.00")
    page.get_by_role("button", name="录入完成").click()
    expect(page.get_by_role("alert")).to_contain_text("相差100.00元")
    page.locator("[name=stay-0-lines-0-amount]").fill("4200")
    expect(page.locator("[data-difference]")).to_have_text("与票据一致")
    page.get_by_role("button", name="录入完成").click()
    expect(status(page)).to_have_text("待结算")


def take_in_return(page: Page, batch_url: str, claim: Claim, tmp_path) -> None:
    page.goto(batch_url)
    expect(status(page)).to_have_text("待银行回盘")
    answer = tmp_path / "回盘.csv"
    answer.write_bytes(bank_answer([(claim.payments.get(), "成功")]))
    page.locator("[data-deed=record_return]").click()
    page.locator("#dialog").get_by_label("回盘文件").set_input_files(answer)
    page.locator("#dialog").get_by_role("button", name="登记回盘").click()
    expect(status(page)).to_have_text("已办结")


def look_at_statement(page: Page, claim: Claim) -> None:
    with page.expect_popup() as popup:
        page.get_by_role("link", name="打印").first.click()
    statement = popup.value
    for text in ("结算单", "叁仟陆佰玖拾元整", "3,690.00", "510.00", "300.00", "BZ-RES-11.1"):
        expect(statement.locator("body")).to_contain_text(text)
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").first.click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
