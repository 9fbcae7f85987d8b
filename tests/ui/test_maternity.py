"""The screens of maternity: counter, event, case, list, trial, papers; each as an officer uses it."""
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from casework.models import AuditEntry
from claims.models import Payment
from maternity import services as maternity
from maternity.models import BirthEvent, MaternityCase, MaternityItem
from tests.maternity.conftest import (  # noqa: F401  (fixtures)
    MOTHER,
    PAPERS,
    RESIDENT,
    birth,
    insured,
    january,
    mother,
    paid,
    payee,
    take,
    told,
)
from tests.ui.reading import read

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday_morning():
    """The first Monday on which the printed example may be claimed."""
    with time_machine.travel(datetime(2026, 1, 5, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai")), tick=True):
        yield


def url(name: str, *args) -> str:
    return reverse(f"admin:maternity_{name}", args=args)


def event_url(event) -> str:
    return url("birthevent_change", event.pk)


def case_url(case) -> str:
    return url("maternitycase_change", case.pk)


def deed(client, case, name: str, **given):
    case.refresh_from_db()
    address = url(f"maternitycase_{name}", case.pk)
    return client.post(f"{address}?version={case.version}", {"version": case.version, **given})


class TestTheCounter:
    def form(self, mother, **more) -> dict:  # noqa: F811
        return {
            "person": mother.pk, "event": "birth", "happened_on": "2025-01-20", "mode": "vaginal", "babies": "1",
            "kinds": ["antenatal", "allowance"], "payee_bank": "工商银行", "payee_account": "6222021234567890123",
            "received": PAPERS, **more,
        }

    def test_registers_event_and_benefits_in_one_visit(self, as_officer, window_officer, mother):  # noqa: F811
        client = as_officer(window_officer)
        answer = client.post(url("birthevent_add"), self.form(mother), follow=True)

        assert answer.redirect_chain[-1][0] == event_url(BirthEvent.objects.get())
        assert MaternityCase.objects.get().case_no in read(answer).text
        assert set(MaternityItem.objects.values_list("kind", flat=True)) == {"antenatal", "allowance"}

    def test_writes_neither_when_one_is_refused(self, as_officer, window_officer, mother):  # noqa: F811
        answer = as_officer(window_officer).post(url("birthevent_add"), self.form(mother, payee_account="12"))
        assert "账号" in read(answer).text
        assert (BirthEvent.objects.count(), MaternityCase.objects.count()) == (0, 0)

    def test_says_where_the_mothers_name_and_complications_belong(self, as_officer, window_officer, mother):  # noqa: F811
        page = read(as_officer(window_officer).get(url("birthevent_add"), {"person": mother.pk})).text
        assert "普通住院" in page
        assert mother.id_no not in page

    def test_is_closed_to_other_desks(self, as_officer, reviewer, mother):  # noqa: F811
        assert as_officer(reviewer).get(url("birthevent_add")).status_code == 403


class TestTheEvent:
    def test_shows_every_benefit_with_its_days(self, as_officer, window_officer, birth):  # noqa: F811
        text = read(as_officer(window_officer).get(event_url(birth))).text
        assert "自 2026-01-01" in text
        assert "至 2027-01-01" in text
        assert "连续 12 个月" in text

    def test_offers_the_newborn_with_its_last_day(self, as_officer, window_officer, birth):  # noqa: F811
        answer = as_officer(window_officer).get(event_url(birth))
        assert "2025-04-20" in read(answer).text
        address = reverse("admin:enrollment_register")
        assert f"{address}?kind=newborn&amp;birth_date=2025-01-20&amp;region_code=511902" in answer.content.decode()

    def test_prefills_the_newborns_registration(self, as_officer, window_officer):
        page = as_officer(window_officer).get(
            reverse("admin:enrollment_register"), {"kind": "newborn", "birth_date": "2025-01-20"}
        )
        assert 'value="2025-01-20"' in page.content.decode()

    def test_takes_an_application(self, as_officer, window_officer, birth, payee):  # noqa: F811
        answer = as_officer(window_officer).post(url("birthevent_apply", birth.pk), {
            "kinds": ["antenatal"], "materials": PAPERS, "payee_bank": payee.bank, "payee_account": payee.account,
        })
        assert answer.status_code == 302
        assert MaternityCase.objects.get().materials == sorted(PAPERS)

    def test_is_voided_with_a_reason(self, as_officer, window_officer, birth):  # noqa: F811
        as_officer(window_officer).post(url("birthevent_void", birth.pk), {"note": "日期有误"})
        assert BirthEvent.objects.get().voided
        assert AuditEntry.objects.filter(subject=f"birth:{birth.pk}", action="void_event").exists()

    def test_of_another_county_is_none(self, as_officer, neighbour, birth):  # noqa: F811
        assert as_officer(neighbour).get(event_url(birth)).status_code == 302


class TestTheCase:
    def test_goes_from_desk_to_desk_to_the_bank(
        self, as_officer, window_officer, reviewer, approver, cashier, take,  # noqa: F811
    ):
        case = take(to="registered")
        client = as_officer(window_officer)
        assert deed(client, case, "enter", monthly_base="3000.00").status_code == 302
        assert deed(client, case, "compute").status_code == 302
        assert deed(as_officer(reviewer), case, "review").status_code == 302
        assert deed(as_officer(approver), case, "approve").status_code == 302
        told()

        page = read(as_officer(cashier).get(reverse("admin:claims_paymentbatch_add"))).text
        assert "10,600.00" in page
        assert read(as_officer(cashier).get(case_url(case))).text.count("9,800.00") == 1

    def test_shows_steps_rules_and_who_did_what(self, as_officer, reviewer, take):  # noqa: F811
        text = read(as_officer(reviewer).get(case_url(take(to="computed")))).text
        assert "BZ-EMP-28.7" in text
        assert "BZ-EMP-28.1" in text
        assert "10,600.00" in text

    def test_greys_the_checks_for_whoever_made_it(self, as_officer, window_officer, reviewer, take):  # noqa: F811
        case = take(to="computed")
        window_officer.groups.add(*reviewer.groups.all())
        page = as_officer(window_officer).get(case_url(case)).content.decode()
        assert 'data-deed="review" disabled' in page

    def test_masks_personal_data(self, as_officer, approver, take, payee):  # noqa: F811
        page = as_officer(approver).get(case_url(take(to="computed"))).content.decode()
        assert MOTHER not in page
        assert payee.account not in page

    def test_is_refused_on_a_ground_with_a_notice(self, as_officer, reviewer, take):  # noqa: F811
        case = take(to="computed")
        client = as_officer(reviewer)
        assert deed(client, case, "refuse", ground="1", note="连续缴费11个月").status_code == 302
        page = client.get(case_url(case)).content.decode()
        assert "生育待遇不予支付决定书" in page
        assert MaternityCase.objects.get().status == "refused"

    def test_days_are_entered_by_the_supervisor_only(self, as_officer, supervisor, window_officer, take):  # noqa: F811
        case = take(to="registered")
        assert deed(as_officer(window_officer), case, "enter_days", days="128", basis="本局规定").status_code == 403
        assert deed(as_officer(supervisor), case, "enter_days", days="128", basis="本局规定").status_code == 302
        assert MaternityCase.objects.get().facts["leave_days"] == 128

    @pytest.mark.parametrize("name", ["enter", "compute", "review", "approve", "send_back", "refuse", "withdraw",
                                      "reverse", "receive_material", "ask_supplement", "enter_days", "approve_late"])
    def test_every_deed_opens_as_a_dialog_that_writes_nothing(self, name, as_officer, supervisor, take):  # noqa: F811
        case = take(to="registered")
        before = AuditEntry.objects.count()
        assert as_officer(supervisor).get(url(f"maternitycase_{name}", case.pk)).status_code == 200
        assert AuditEntry.objects.count() == before


class TestThePapers:
    def test_print_the_statement_and_record_it(self, as_officer, reviewer, take):  # noqa: F811
        case = take(to="computed")
        text = read(as_officer(reviewer).get(url("maternitycase_statement", case.pk, "html"))).text
        assert "壹万零陆佰元整" in text
        assert "尚未复核" in text
        assert AuditEntry.objects.filter(case_no=case.case_no, action="print").count() == 1

    def test_are_a_pdf(self, as_officer, reviewer, take):  # noqa: F811
        answer = as_officer(reviewer).get(url("maternitycase_statement", take(to="computed").pk, "pdf"))
        assert answer["Content-Type"] == "application/pdf"

    def test_print_both_notices(self, as_officer, window_officer, reviewer, birth, payee, january):  # noqa: F811
        case = maternity.register(event_id=birth.pk, kinds=["antenatal"], payee=payee, by=window_officer, at=january)
        notice = maternity.ask_supplement(case_id=case.pk, by=window_officer, at=january)
        client = as_officer(reviewer)
        text = read(client.get(url("maternitycase_notice", case.pk, notice.pk, "html"))).text
        assert "出生医学证明" in text
        deed(client, case, "refuse", ground="6", note="材料不实")
        refusal = case.case_no and AuditEntry.objects.filter(case_no=case.case_no, action="issue_notice").count()
        assert refusal == 2


class TestTheTrial:
    def test_answers_all_benefits_and_stores_nothing(self, as_officer, window_officer, mother):  # noqa: F811
        answer = as_officer(window_officer).post(url("trial"), {
            "person": mother.pk, "event": "birth", "happened_on": "2025-01-20", "mode": "vaginal", "babies": "1",
            "monthly_base": "3000", "eligible_cost": "4000",
        })
        text = read(answer).text
        assert "9,800.00" in text
        assert "3,500.00" in text
        assert "14,100.00" in text
        assert not BirthEvent.objects.exists()

    def test_supposes_days_that_are_not_printed(self, as_officer, window_officer, mother):  # noqa: F811
        given = {
            "person": mother.pk, "event": "birth", "happened_on": "2025-01-20", "mode": "caesarean", "babies": "1",
            "monthly_base": "3000",
        }
        client = as_officer(window_officer)
        assert "maternity.allowance.days" in read(client.post(url("trial"), given)).text
        assert "12,800.00" in read(client.post(url("trial"), {**given, "leave_days": "128"})).text


class TestTheFailedPayment:
    def test_is_corrected_and_paid_again_on_its_page(
        self, as_officer, window_officer, cashier, second_cashier, take, payee, january,  # noqa: F811
    ):
        from claims import services as claims
        from tests.claims.conftest import bank_answer

        take()
        told()
        payment = Payment.objects.get()
        batch = claims.batch_payments(payment_ids=[payment.pk], by=cashier, at=january)
        claims.confirm_batch(batch_id=batch.pk, by=second_cashier, at=january)
        claims.export_batch(batch_id=batch.pk, by=cashier, at=january)
        claims.record_bank_return(
            batch_id=batch.pk, content=bank_answer([(payment, "失败")]), file_name="回盘.csv", by=cashier, at=january
        )
        page = lambda name: reverse(f"admin:claims_payment_{name}", args=[payment.pk])  # noqa: E731
        account = {"payee_name": payee.name, "payee_bank": payee.bank, "payee_account": "6217009999000011112"}
        assert as_officer(window_officer).post(page("correct_account"), account).status_code == 302
        assert as_officer(cashier).get(page("change")).status_code == 200
        assert as_officer(cashier).post(page("pay_again"), {}).status_code == 302
        assert Payment.objects.get(state="pending").payee_account == "6217009999000011112"


class TestTheNumberOfQueries:
    def cost(self, client, address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    @pytest.fixture
    def second(self, window_officer, january):  # noqa: F811
        found = insured(window_officer, january, RESIDENT, name="刘小燕")
        paid(found, "flexible_month", date(2024, 1, 1), 24, window_officer, january)
        paid(found, "maternity", date(2025, 1, 1), 12, window_officer, january)
        return found

    @pytest.mark.parametrize("screen", ["maternitycase_changelist", "birthevent_changelist"])
    def test_of_a_list_does_not_depend_on_its_rows(
        self, screen, as_officer, window_officer, take, second, payee, january,  # noqa: F811
    ):
        take(to="registered")
        client = as_officer(window_officer)
        one = self.cost(client, url(screen))
        for day in (date(2025, 3, 1), date(2025, 11, 15)):
            event = maternity.record_event(
                mother_id=second.pk, happened=maternity.Happened(event="birth", happened_on=day, mode="vaginal"),
                by=window_officer, at=january,
            )
            account = maternity.Payee(name=second.name, bank=payee.bank, account=payee.account)
            maternity.register(
                event_id=event.pk, kinds=["antenatal"], payee=account, by=window_officer, at=january
            )
        assert self.cost(client, url(screen)) == one <= 20

    def test_of_event_and_case_does_not_depend_on_what_happened(self, as_officer, window_officer, take, birth):  # noqa: F811
        client = as_officer(window_officer)
        case = take(to="registered")
        first = [self.cost(client, event_url(birth)), self.cost(client, case_url(case))]
        case.refresh_from_db()
        deed(client, case, "enter", monthly_base="3000.00")
        deed(client, case, "enter", monthly_base="3000.00", note="更正")
        second = [self.cost(client, event_url(birth)), self.cost(client, case_url(case))]

        assert second == first
        assert max(first) <= 45
