"""The screens of the register: person page, payments, quick registration, matters, units."""
from datetime import date, datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment import services as enrollment
from enrollment.models import (
    AccountEntry,
    BenefitWindow,
    Contribution,
    EnrollmentCase,
    Household,
    Person,
)
from tests.enrollment.conftest import wide
from tests.enrollment.people import EMPLOYER_CODE
from tests.people import id_number
from tests.ui.reading import read

pytestmark = pytest.mark.django_db

HEAD, CHILD = id_number("511902", date(1980, 3, 1), 11), id_number("511902", date(2015, 6, 1), 22)
SECRETS = (HEAD, CHILD)


def url(name: str, *args) -> str:
    return reverse(f"admin:enrollment_{name}", args=args)


def person_page(client, person) -> str:
    answer = client.get(url("person_change", person.pk))
    assert answer.status_code == 200
    return answer.content.decode()


def cost(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.fixture
def adult(window_officer, at):
    found = enrollment.register_person(
        id_no=id_number("511902", date(1980, 6, 1), 33), name="单小明", region_code="511902", by=window_officer, at=at,
    )
    return found


def insure(client, person, first: str):
    given = {"scheme": "resident", "person_type": "1501", "starts_on": first}
    assert client.post(url("person_insure", person.pk), given).status_code == 302


def pay(client, person, year: int, paid_on: str, number: str, *, kind: str = "resident_year", amount: str = "400"):
    return client.post(url("person_pay_resident", person.pk), {
        "kind": kind, "for_year": year, "paid_on": paid_on, "personal_amount": amount, "source": "counter",
        "source_no": number,
    })


class TestThePaymentDialog:
    """Two of the handbook's printed examples (BZ-GOLD-10, BZ-GOLD-13), entered as an officer enters them."""

    @pytest.fixture(autouse=True)
    def after_all_payments(self):
        with time_machine.travel(datetime.fromisoformat("2027-01-04T09:00+08:00")):
            yield

    def test_shows_the_printed_date_of_a_gap_of_a_year_paid_in_february(self, as_officer, window_officer, adult):
        client = as_officer(window_officer)
        insure(client, adult, "2026-01-01")
        assert pay(client, adult, 2026, "2026-02-28", "P1").status_code == 302

        window = BenefitWindow.objects.get(person=adult, voided=False)
        shown = read(client.get(url("person_change", adult.pk)))
        assert (window.starts_on, window.last_day) == (date(2026, 5, 28), date(2026, 12, 31))
        for words in ("2026年5月28日", "2026年12月31日", window.reason, window.rule):
            assert words in shown.text
        assert shown.english() == []

    def test_shows_the_printed_date_of_a_gap_of_two_years_and_after_a_repair(self, as_officer, window_officer, adult):
        client = as_officer(window_officer)
        insure(client, adult, "2027-01-01")
        pay(client, adult, 2027, "2026-12-10", "P1")
        before = person_page(client, adult)
        pay(client, adult, 2027, "2026-12-10", "P2", kind="repair")
        after = person_page(client, adult)

        assert "2027年5月1日" in before
        assert "2027年4月1日" in after
        assert "2027年5月1日" not in after
        useless = pay(client, adult, 2027, "2026-12-10", "P3", kind="repair")
        assert useless.status_code == 409
        assert "不能缩短等待期" in useless.content.decode()

    def test_computes_the_premium_where_no_amount_is_given(self, as_officer, window_officer, adult):
        answer = pay(as_officer(window_officer), adult, 2025, "2024-12-10", "P1", amount="")

        assert answer.status_code == 302
        assert Contribution.objects.get().personal_amount > 0

    def test_refuses_a_year_paid_twice_and_writes_nothing(self, as_officer, window_officer, adult):
        client = as_officer(window_officer)
        pay(client, adult, 2026, "2025-12-10", "P1")
        answer = pay(client, adult, 2026, "2025-12-11", "P2")

        assert answer.status_code == 409
        assert "已缴纳" in answer.content.decode()
        assert Contribution.objects.count() == 1

    @pytest.mark.parametrize("amount", ["1,234.50", wide("400"), "400.005", "-1", "4e2"])
    def test_refuses_what_is_no_amount(self, amount, as_officer, window_officer, adult):
        assert pay(as_officer(window_officer), adult, 2026, "2025-12-10", "P1", amount=amount).status_code in {409, 422}
        assert not Contribution.objects.exists()

    def test_reverses_a_payment_and_the_window_goes(self, as_officer, window_officer, adult):
        client = as_officer(window_officer)
        pay(client, adult, 2026, "2025-12-10", "P1")
        row = Contribution.objects.get()
        answer = client.post(url("person_reverse_payment", adult.pk), {"row": row.pk, "reason": "重复缴费"})

        assert answer.status_code == 302
        assert "已冲销" in person_page(client, adult)
        assert not BenefitWindow.objects.filter(person=adult, voided=False, entitled=True).exists()

    def test_is_shut_to_the_auditor_and_to_another_county(self, client, auditor, neighbour, adult):
        client.force_login(auditor)
        assert pay(client, adult, 2026, "2025-12-10", "P1").status_code == 403
        client.force_login(neighbour)
        assert pay(client, adult, 2026, "2025-12-10", "P1").status_code == 404
        assert not Contribution.objects.exists()


class TestThePersonPage:
    def test_draws_the_wait_and_the_window_on_a_timeline(self, as_officer, window_officer, adult):
        client = as_officer(window_officer)
        with time_machine.travel(datetime.fromisoformat("2026-03-04T09:00+08:00")):
            client.force_login(window_officer)
            insure(client, adult, "2026-01-01")
            pay(client, adult, 2026, "2026-02-28", "P1")
            html = person_page(client, adult)

        assert 'class="en-resident"' in html
        assert 'class="en-window"' in html
        assert 'class="en-wait"' in html

    def test_shows_the_account_line_by_line_with_the_balance(self, as_officer, window_officer, person, at):
        owner = person("孙小明", scheme="employee")
        for month in (1, 2):
            enrollment.record_contribution(
                person_id=owner.pk, kind="employee_month", for_year=2025, for_month=month,
                paid_on=date(2025, month, 10), source="employer_roster", source_no=f"R{month}",
                by=window_officer, at=at,
                base="5000.00", personal_amount="100.00", employer_amount="350.00", account_credit="100.00",
            )
        text = read(as_officer(window_officer).get(url("person_change", owner.pk))).text

        assert AccountEntry.objects.count() == 2
        assert "200.00" in text
        assert "按月划入" in text

    def test_costs_the_same_for_one_payment_and_for_forty(self, as_officer, window_officer, person, at):
        owner, client = person("孙小明", scheme="employee"), as_officer(window_officer)
        address, costs = url("person_change", owner.pk), []
        for first, last in ((0, 1), (1, 40)):
            for step in range(first, last):
                year, month = 2020 + step // 12, step % 12 + 1
                enrollment.record_contribution(
                    person_id=owner.pk, kind="employee_month", for_year=year, for_month=month,
                    paid_on=date(year, month, 10), source="employer_roster", source_no=f"R{step}", by=window_officer,
                    at=at, personal_amount="100.00", account_credit="100.00",
                )
            costs.append(cost(client, address))

        assert costs[0] == costs[1] <= 40

    def test_of_another_county_is_not_shown(self, client, neighbour, adult):
        client.force_login(neighbour)

        answer = client.get(url("person_change", adult.pk), follow=True)
        assert adult.masked_id not in answer.content.decode()


def household(**changes) -> dict:
    given = {
        "region_code": "511902", "starts_on": "2025-11-01", "channel": "counter",
        "member-TOTAL_FORMS": "2", "member-INITIAL_FORMS": "0",
        "member-0-relation": "head", "member-0-id_no": HEAD, "member-0-name": "单大明", "member-0-person_type": "1501",
        "member-0-id_type": "01",
        "member-1-relation": "child", "member-1-id_no": CHILD, "member-1-name": "单小明",
        "member-1-person_type": "1501", "member-1-id_type": "01",
    }
    return {**given, **changes}


def papers(kind: str) -> list[str]:
    return [row.code for row in enrollment.item_on(kind, date(2025, 11, 3)).materials.all()]


class TestQuickRegistration:
    PAGE = "register"

    def test_says_at_once_what_is_missing_and_writes_nothing(self, as_officer, window_officer):
        client = as_officer(window_officer)
        answer = client.post(
            url("register_check") + "?kind=household_new",
            household(**{"member-1-id_no": CHILD[:-1] + "9" if CHILD[-1] != "9" else CHILD[:-1] + "8",
                         "member-0-relation": "spouse", "starts_on": ""}),
        )
        text = read(answer).text

        assert "请填写参保日期" in text
        assert "须有且只有一名户主" in text
        assert "第2人" in text
        assert not Person.objects.exists()
        assert not EnrollmentCase.objects.exists()

    def test_says_nothing_before_anything_is_filled_in(self, as_officer, window_officer):
        assert "开始填写后" in read(as_officer(window_officer).get(url(self.PAGE))).text

    def test_registers_a_household_whole(self, as_officer, window_officer):
        client = as_officer(window_officer)
        answer = client.post(
            url(self.PAGE) + "?kind=household_new", household(received=papers("household_new")), follow=True,
        )

        assert Household.objects.count() == 1
        assert Person.objects.filter(id_no__in=SECRETS).count() == 2
        case = EnrollmentCase.objects.get()
        assert answer.redirect_chain[-1][0] == url("enrollmentcase_change", case.pk)
        assert read(answer).english() == []
        assert not [secret for secret in SECRETS if secret in answer.content.decode()]

    def test_keeps_what_was_typed_when_it_is_refused(self, as_officer, window_officer):
        given = household(received=papers("household_new"), **{"member-0-relation": "spouse"})
        answer = as_officer(window_officer).post(url(self.PAGE) + "?kind=household_new", given)

        html = answer.content.decode()
        assert "没有登记" in html
        assert "单大明" in html
        assert not Person.objects.exists()

    @pytest.mark.parametrize(("kind", "facts"), [
        ("resident_new", {"basis": "local", "person_type": "1501", "starts_on": "2025-11-01"}),
        ("flexible_new", {"category": "other_flexible", "starts_on": "2025-11-01"}),
    ])
    def test_registers_one_person(self, kind, facts, as_officer, window_officer):
        given = {"id_no": HEAD, "name": "单大明", "id_type": "01", "region_code": "511902", "channel": "counter",
                 "received": papers(kind), **facts}
        as_officer(window_officer).post(url(self.PAGE) + f"?kind={kind}", given)

        case = EnrollmentCase.objects.get()
        assert (case.kind, case.status, case.person.id_no) == (kind, "done", HEAD)

    def test_registers_a_newborn_with_the_day_to_pay_by(self, as_officer, window_officer):
        number = id_number("511902", date(2025, 10, 20), 44)
        given = {"id_no": number, "name": "单小宝", "id_type": "01", "birth_date": "2025-10-20",
                 "region_code": "511902", "channel": "counter", "received": papers("newborn")}
        answer = as_officer(window_officer).post(url(self.PAGE) + "?kind=newborn", given, follow=True)

        assert "缴费截止" in read(answer).text

    @pytest.mark.parametrize("kind", ["household_new", "resident_new", "flexible_new", "newborn"])
    def test_speaks_chinese(self, kind, as_officer, window_officer):
        answer = as_officer(window_officer).get(url(self.PAGE), {"kind": kind})

        assert answer.status_code == 200
        assert read(answer).english() == []

    def test_is_shut_without_the_permission(self, as_officer, auditor):
        client = as_officer(auditor)

        assert client.get(url(self.PAGE)).status_code == 403
        assert client.post(url("register_check") + "?kind=newborn", {}).status_code == 403


@pytest.fixture
def registered(as_officer, window_officer):
    client = as_officer(window_officer)
    client.post(url("register") + "?kind=household_new", household(received=papers("household_new")))
    return EnrollmentCase.objects.get()


@pytest.fixture
def reviewed(adult, window_officer, at):
    """A reviewed matter that waits, with all its papers: moving to another area."""
    enrollment.open_insurance(
        person_id=adult.pk, scheme="resident", person_type="1501", starts_on=date(2025, 1, 1), by=window_officer, at=at,
    )
    return enrollment.handle_matter(
        kind="transfer_out", person_id=adult.pk, by=window_officer, at=at, materials=papers("transfer_out"),
        facts={"to_region": "510100", "scheme": "resident", "last_day": "2025-10-31", "contact_no": "LX1"},
    )


class TestMatters:
    def test_are_listed_and_found_within_the_territory_only(self, client, window_officer, neighbour, registered):
        for officer, seen in ((window_officer, True), (neighbour, False)):
            client.force_login(officer)
            answer = client.get(url("enrollmentcase_changelist"), {"q": registered.case_no})
            assert (registered.case_no in read(answer).text) is seen
            page = client.get(url("enrollmentcase_change", registered.pk), follow=True)
            assert ("城乡居民" in read(page).text and registered.case_no in read(page).text) is seen

    def test_cost_the_same_for_one_and_for_many(self, as_officer, window_officer, registered, at):
        client = as_officer(window_officer)
        one = cost(client, url("enrollmentcase_changelist"))
        for order in range(55, 60):
            enrollment.handle_matter(
                kind="resident_new", by=window_officer, at=at, materials=papers("resident_new"), facts={
                    "id_no": id_number("511902", date(1990, 1, 1), order), "name": "同名人", "region_code": "511902",
                    "basis": "local", "person_type": "1501", "starts_on": "2025-11-01",
                },
            )

        assert cost(client, url("enrollmentcase_changelist")) == one <= 20


class TestTheStepsOfAMatter:
    def test_are_offered_with_the_reason_to_who_may_not_take_them(self, client, all_roles, approver, reviewed):
        case = reviewed
        client.force_login(approver)
        page = client.get(url("enrollmentcase_change", case.pk)).content.decode()

        assert 'data-deed="approve"' in page
        assert "成都市" in page or "510100" in page

    def test_approve_by_a_second_officer(self, as_officer, approver, reviewed):
        client = as_officer(approver)
        answer = client.post(url("enrollmentcase_approve", reviewed.pk), {"version": reviewed.version, "note": ""})

        reviewed.refresh_from_db()
        assert answer.status_code == 302
        assert (reviewed.status, reviewed.decided_by) == ("done", approver)
        assert read(client.get(url("enrollmentcase_change", reviewed.pk))).english() == []

    def test_are_refused_on_a_page_that_was_overtaken(self, as_officer, approver, reviewed):
        client = as_officer(approver)
        stale = {"version": reviewed.version - 1, "note": "不符"}
        answer = client.post(url("enrollmentcase_refuse", reviewed.pk), stale)

        assert answer.status_code == 409
        reviewed.refresh_from_db()
        assert reviewed.status == "registered"

    def test_ask_for_a_supplement_once_and_take_it_in(self, as_officer, window_officer, reviewed):
        client = as_officer(window_officer)
        given = {"version": reviewed.version, "missing": "身份证复印件\n委托书"}
        assert client.post(url("enrollmentcase_ask_supplement", reviewed.pk), given).status_code == 302
        text = read(client.get(url("enrollmentcase_change", reviewed.pk))).text
        assert "一次性告知书" in text
        assert "停止计时" in text
        reviewed.refresh_from_db()
        back = client.post(url("enrollmentcase_receive_supplement", reviewed.pk), {"version": reviewed.version})

        assert back.status_code == 302
        reviewed.refresh_from_db()
        assert reviewed.status == "registered"

    def test_withdraw_wants_a_reason(self, as_officer, window_officer, reviewed):
        client, given = as_officer(window_officer), {"version": reviewed.version}
        withdraw = url("enrollmentcase_withdraw", reviewed.pk)
        assert client.post(withdraw, {**given, "note": ""}).status_code == 422
        assert client.post(withdraw, {**given, "note": "申请人撤回"}).status_code == 302

        reviewed.refresh_from_db()
        assert reviewed.status == "withdrawn"


class TestHouseholdsAndUnits:
    def test_a_household_shows_its_members_masked(self, as_officer, window_officer, registered):
        client = as_officer(window_officer)
        home = Household.objects.get()
        page = client.get(url("household_change", home.pk))

        text = read(page).text
        assert "户主" in text
        assert "子女" in text
        assert "城乡居民医保" in text
        assert read(page).english() == []
        assert not [secret for secret in SECRETS if secret in page.content.decode()]
        assert home.number in read(client.get(url("household_changelist"), {"q": HEAD})).text

    def test_a_household_of_another_county_is_not_shown(self, client, neighbour, registered):
        client.force_login(neighbour)
        answer = client.get(url("household_change", Household.objects.get().pk), follow=True)

        assert "户主" not in read(answer).text
        assert "单大明" not in answer.content.decode()

    def test_an_employer_shows_its_staff(self, as_officer, window_officer, person, all_roles, at):
        unit = enrollment.register_employer(
            credit_code=EMPLOYER_CODE, name="巴中市明日机械有限公司", region_code="511902",
            kind="enterprise", insured_from=date(2024, 1, 1), by=window_officer, at=at,
        )
        client = as_officer(window_officer)
        empty = cost(client, url("employer_change", unit.pk))
        for name in ("赵小明", "钱小明"):
            enrollment.employ(
                employer_id=unit.pk, person_id=person(name, scheme="employee").pk, starts_on=date(2024, 1, 1),
                by=window_officer, at=at,
            )
        page = client.get(url("employer_change", unit.pk))

        assert "赵小明" in read(page).text
        assert read(page).english() == []
        assert cost(client, url("employer_change", unit.pk)) <= empty + 1
        assert "巴中市明日机械有限公司" in read(client.get(url("employer_changelist"), {"q": "bzsmr"})).text


class TestTheListOfServiceItems:
    def test_speaks_chinese(self, as_officer, supervisor):
        client = as_officer(supervisor)
        page = client.get(url("serviceitem_changelist"))

        assert "新生儿" in read(page).text
        assert read(page).english() == []

    def test_gives_the_time_limits_their_words(self, as_officer, supervisor):
        page = as_officer(supervisor).get(reverse("admin:casework_timelimit_changelist"))

        assert read(page).english() == []
