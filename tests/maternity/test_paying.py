"""An approved case is paid through the payment list of claims, to the person's own account, once."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from casework.errors import Refused
from casework.models import AuditEntry, OutboxMessage
from claims import services as claims
from claims import subscribers as news
from claims.models import Adjustment, Payment, PaymentBatch
from maternity import services as maternity
from maternity.models import MaternityCase, MaternityItem
from tests.claims.conftest import bank_answer, violations
from tests.maternity.conftest import told

pytestmark = pytest.mark.django_db
NEW_ACCOUNT = "6217009999000011112"


@pytest.fixture
def case(take):
    found = take()
    told()
    return found


@pytest.fixture
def payment(case):
    return Payment.objects.get()


@pytest.fixture
def answer(payment, cashier, second_cashier, january):
    """Has the bank answer for the payment."""

    def run(result: str = "成功", row: Payment = payment) -> MaternityCase:
        batch = claims.batch_payments(payment_ids=[row.pk], by=cashier, at=january)
        claims.confirm_batch(batch_id=batch.pk, by=second_cashier, at=january)
        claims.export_batch(batch_id=batch.pk, by=cashier, at=january)
        claims.record_bank_return(
            batch_id=batch.pk, content=bank_answer([(row, result)]), file_name="回盘.csv", by=cashier, at=january
        )
        return MaternityCase.objects.get()

    return run


def states() -> list[str]:
    return list(Payment.objects.order_by("pk").values_list("state", flat=True))


class TestAnApprovedCase:
    def test_is_ordered_to_be_paid_to_the_account_of_the_mother(self, case, payment, payee, approver):
        assert (payment.amount, payment.state, payment.maternity_case) == (Decimal("10600.00"), "pending", case)
        assert (payment.payee_name, payment.payee_account) == (payee.name, payee.account)
        assert (payment.region_code, payment.approved_by, payment.claim) == ("511902", approver, None)

    def test_is_paid_once_however_often_the_news_comes(self, case):
        OutboxMessage.objects.update(state="pending", done_at=None)
        told()
        news.order_payment({"case_id": case.pk, "case_no": case.case_no})
        assert states() == ["pending"]

    def test_is_closed_when_the_bank_has_paid(self, answer):
        assert answer().status == "closed"
        assert states() == ["paid"]
        assert violations() == []

    def test_says_in_the_banks_file_what_it_is_for(self, payment, cashier, second_cashier, january):
        batch = claims.batch_payments(payment_ids=[payment.pk], by=cashier, at=january)
        assert MaternityCase.objects.get().status == "paying"
        claims.confirm_batch(batch_id=batch.pk, by=second_cashier, at=january)
        assert "生育待遇" in claims.export_batch(batch_id=batch.pk, by=cashier, at=january).content.decode("utf-8-sig")

    def test_waits_again_when_the_list_is_given_up(self, payment, cashier, january):
        batch = claims.batch_payments(payment_ids=[payment.pk], by=cashier, at=january)
        claims.cancel_batch(batch_id=batch.pk, reason="漏列一笔", by=cashier, at=january)
        assert (MaternityCase.objects.get().status, states()) == ("approved", ["pending"])

    def test_is_no_news_twice_for_one_decision(self, case, window_officer, january):
        assert OutboxMessage.objects.filter(topic="maternity.approved").count() == 1


class TestAFailedPayment:
    @pytest.fixture
    def failed(self, answer, payment):
        answer("失败")
        payment.refresh_from_db()
        return payment

    def correct(self, failed, payee, by, at, name=None):
        return claims.correct_account(
            payment_id=failed.pk, payee_name=name or payee.name, payee_bank=payee.bank, payee_account=NEW_ACCOUNT,
            by=by, at=at,
        )

    def test_waits_for_a_right_account(self, failed):
        assert (failed.state, MaternityCase.objects.get().status) == ("failed", "payment_failed")

    def test_is_paid_again_to_the_corrected_account(self, failed, payee, window_officer, cashier, answer, january):
        self.correct(failed, payee, window_officer, january)
        again = claims.pay_again(payment_id=failed.pk, by=cashier, at=january)
        assert (again.number, again.payee_account, again.replaces) == (f"{failed.number[:-1]}2", NEW_ACCOUNT, failed)
        assert MaternityCase.objects.get().payee_account == NEW_ACCOUNT
        assert answer(row=again).status == "closed"
        assert states() == ["failed", "paid"]

    def test_is_not_corrected_to_somebody_elses_account(self, failed, payee, window_officer, january):
        with pytest.raises(Refused, match=r"BZ-EMP-30\.1"):
            self.correct(failed, payee, window_officer, january, name="他人")
        assert not hasattr(Payment.objects.get(pk=failed.pk), "correction")

    def test_is_not_paid_again_by_who_corrected_the_account(self, failed, payee, cashier, january):
        self.correct(failed, payee, cashier, january)
        with pytest.raises(Refused, match="不得为同一人"):
            claims.pay_again(payment_id=failed.pk, by=cashier, at=january)
        assert states() == ["failed"]

    def test_survives_late_news_of_the_approval(self, failed, case):
        news.order_payment({"case_id": case.pk})
        assert states() == ["failed"]

    def test_of_a_reversed_case_is_not_paid_again(self, failed, payee, case, window_officer, cashier, supervisor,
                                                  january):
        maternity.reverse(case_id=case.pk, reason="材料不实", by=supervisor, at=january)
        told()
        with pytest.raises(Refused, match="已冲销"):
            self.correct(failed, payee, window_officer, january)
        assert not Adjustment.objects.exists()


class TestAReturnFromPayment:
    @pytest.mark.parametrize(("to", "state"), [("reviewed", "computed"), ("entered", "asked"), ("registered", "asked")])
    def test_cancels_the_payment_that_waits(self, case, cashier, january, to, state):
        maternity.send_back(case_id=case.pk, to=to, reason="金额存疑", by=cashier, at=january)
        told()
        assert (MaternityCase.objects.get().status, states()) == (to, ["cancelled"])
        assert set(MaternityItem.objects.values_list("state", flat=True)) == {state}

    def test_pays_the_second_decision_even_if_the_news_of_the_return_is_late(self, case, cashier, approver, january):
        maternity.send_back(case_id=case.pk, to="reviewed", reason="金额存疑", by=cashier, at=january)
        maternity.approve(case_id=case.pk, by=approver, at=january)
        told("maternity.approved")
        told("maternity.stopped")
        assert states() == ["pending"]
        assert MaternityCase.objects.get().status == "approved"

    def test_before_the_news_of_the_approval_leaves_no_payment(self, take, cashier, january):
        case = take()
        maternity.send_back(case_id=case.pk, to="computed", reason="金额存疑", by=cashier, at=january)
        told()
        assert states() == []

    def test_stops_the_payment_even_before_its_news_is_brought(self, case, payment, window_officer, cashier, january):
        maternity.withdraw(case_id=case.pk, reason="本人要求", by=window_officer, at=january)
        with pytest.raises(Refused, match="已撤销"):
            claims.batch_payments(payment_ids=[payment.pk], by=cashier, at=january)
        assert (states(), PaymentBatch.objects.count()) == (["pending"], 0)
        told()
        assert states() == ["cancelled"]


class TestAReversal:
    def test_cancels_a_payment_that_waits(self, case, supervisor, january):
        maternity.reverse(case_id=case.pk, reason="重复登记", by=supervisor, at=january)
        told()
        assert (MaternityCase.objects.get().status, states()) == ("reversed", ["cancelled"])
        assert not Adjustment.objects.exists()

    def test_is_refused_while_the_bank_has_the_payment(self, case, payment, cashier, supervisor, january):
        claims.batch_payments(payment_ids=[payment.pk], by=cashier, at=january)
        with pytest.raises(Refused, match="银行回盘"):
            maternity.reverse(case_id=case.pk, reason="重复登记", by=supervisor, at=january)
        assert MaternityCase.objects.get().status == "paying"

    def test_proposes_to_recover_what_arrived_once(self, case, answer, supervisor, reviewer, approver, january):
        answer()
        maternity.reverse(case_id=case.pk, reason="产假期间已领工资", by=supervisor, at=january)
        told()
        news.cancel_or_recover({"case_id": case.pk, "officer_id": supervisor.pk, "reason": "再次送达"})

        found = Adjustment.objects.get()
        assert (found.kind, found.amount, found.status) == ("recovery", Decimal("10600.00"), "proposed")
        claims.review_adjustment(adjustment_id=found.pk, by=reviewer, at=january)
        assert claims.approve_adjustment(adjustment_id=found.pk, by=approver, at=january).status == "recovering"

    def test_lets_the_benefits_be_asked_for_with_the_right_facts(self, case, answer, take, supervisor, january):
        answer()
        maternity.reverse(case_id=case.pk, reason="月基数有误", by=supervisor, at=january)
        told()
        again = take()
        told()
        assert Payment.objects.get(state="pending").maternity_case == again
        assert MaternityItem.objects.filter(state="approved").count() == 2


class TestTerritory:
    def test_hides_the_payment_from_the_neighbours(self, payment, neighbour, january):
        assert not Payment.objects.visible_to(neighbour).exists()
        with pytest.raises(Refused, match="未找到"):
            claims.batch_payments(payment_ids=[payment.pk], by=neighbour, at=january)
        assert states() == ["pending"]

    def test_of_payment_and_case_are_one_by_the_database(self, case, approver, january):
        Payment.objects.update(state="cancelled")
        with pytest.raises(IntegrityError, match="territory"), transaction.atomic():
            Payment.objects.create(
                number="x-1", region_code="511903", maternity_case=case, amount=1, payee_name="单", payee_bank="行",
                payee_account="1", approved_by=approver, made_at=january,
            )


class TestTheDatabase:
    @pytest.mark.parametrize(
        "text",
        [
            "INSERT INTO claims_payment (number, region_code, maternity_case_id, amount, payee_name, payee_bank,"
            " payee_account, state, approved_by_id, failure, made_at) SELECT number || 'x', region_code,"
            " maternity_case_id, amount, payee_name, payee_bank, payee_account, 'pending', approved_by_id, '', made_at"
            " FROM claims_payment",
            "INSERT INTO claims_payment (number, region_code, amount, payee_name, payee_bank, payee_account, state,"
            " approved_by_id, failure, made_at) SELECT number || 'x', region_code, amount, payee_name, payee_bank,"
            " payee_account, 'pending', approved_by_id, '', made_at FROM claims_payment",
            "UPDATE claims_payment SET amount = 1",
            "UPDATE claims_payment SET region_code = '511903'",
            "UPDATE maternity_maternityitem SET amount = 1",
            "UPDATE maternity_maternityitem SET state = 'dropped'",
            "UPDATE maternity_maternitycase SET reviewed_by_id = maker_ids[1]",
            "UPDATE maternity_maternitycase SET maker_ids = '{}'",
            "UPDATE maternity_maternitycase SET status = 'closed'",
            "UPDATE maternity_birthevent SET happened_on = '2025-02-01'",
        ],
    )
    def test_refuses_what_no_service_would_do(self, text, payment):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(text)

    def test_keeps_every_step_of_paying_in_the_trail(self, answer, case):
        answer()
        steps = AuditEntry.objects.filter(case_no=case.case_no).order_by("pk").values_list("action", flat=True)
        assert list(steps) == ["register", "enter", "compute", "review", "approve", "batch", "close"]
