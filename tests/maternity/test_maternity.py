"""Maternity benefits: the printed example from the counter to the end, and each guard."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, OperationalError

from casework.errors import Refused
from casework.models import AuditEntry, OutboxMessage
from claims import news
from claims import services as claims
from claims.models import Payment
from claims.services.maternity_payments import keep_maternity_payment
from maternity import services as maternity
from maternity.models import BirthEvent, MaternityCase, MaternityItem
from maternity.services import Happened
from tests.conftest import BUREAU
from tests.maternity.conftest import PAPERS, RESIDENT, insured, told


def entered(birth, payee, by, at, *kinds, **facts):
    case = maternity.register(event_id=birth.pk, kinds=kinds, payee=payee, materials=PAPERS, by=by, at=at)
    return maternity.enter(case_id=case.pk, facts=facts, by=by, at=at)


class TestThePrintedExample:
    def test_is_paid_98_days_of_allowance_and_the_antenatal_amount(
        self, birth, payee, window_officer, reviewer, approver, january
    ):
        case = entered(birth, payee, window_officer, january, "antenatal", "allowance", monthly_base="3000.00")
        maternity.compute(case_id=case.pk, by=window_officer, at=january)
        maternity.review(case_id=case.pk, by=reviewer, at=january)
        approved = maternity.approve(case_id=case.pk, by=approver, at=january)

        amounts = dict(MaternityItem.objects.values_list("kind", "amount"))
        assert amounts == {"antenatal": Decimal("800.00"), "allowance": Decimal("9800.00")}
        assert (approved.total, approved.status) == (Decimal("10600.00"), "approved")
        assert OutboxMessage.objects.filter(topic="maternity.approved", payload__case_id=case.pk).count() == 1
        assert AuditEntry.objects.filter(case_no=case.case_no).count() == 5

    def test_is_not_claimable_a_month_earlier(self, birth, payee, window_officer):
        december = datetime(2025, 11, 30, 9, 30, tzinfo=BUREAU)
        case = entered(birth, payee, window_officer, december, "allowance", monthly_base="3000.00")

        with pytest.raises(Refused, match=r"BZ-EMP-16\.1"):
            maternity.compute(case_id=case.pk, by=window_officer, at=december)

        assert MaternityItem.objects.get().state == "asked"

    @pytest.mark.parametrize(("day", "late"), [(date(2027, 1, 1), False), (date(2027, 1, 2), True)])
    def test_may_be_claimed_for_12_months_from_when_the_right_arises(self, birth, payee, window_officer, day, late):
        at = datetime(day.year, day.month, day.day, 9, 30, tzinfo=BUREAU)
        case = entered(birth, payee, window_officer, at, "allowance", monthly_base="3000.00")

        if not late:
            assert maternity.compute(case_id=case.pk, by=window_officer, at=at).status == "computed"
            return
        with pytest.raises(Refused, match=r"BZ-EMP-17\.1"):
            maternity.compute(case_id=case.pk, by=window_officer, at=at)
        assert MaternityItem.objects.get().amount is None

    def test_passes_late_when_a_supervisor_says_so(self, birth, payee, window_officer, supervisor):
        at = datetime(2027, 3, 1, 9, 30, tzinfo=BUREAU)
        case = entered(birth, payee, window_officer, at, "allowance", monthly_base="3000.00")
        maternity.approve_late(case_id=case.pk, reason="住院治疗", by=supervisor, at=at)

        assert maternity.compute(case_id=case.pk, by=window_officer, at=at).total == Decimal("9800.00")


class TestOneEvent:
    def test_is_registered_once(self, birth, mother, window_officer, january):
        with pytest.raises(Refused, match="已经登记"):
            maternity.record_event(
                mother_id=mother.pk, happened=Happened(event="birth", happened_on=date(2025, 1, 20), mode="vaginal"),
                by=window_officer, at=january,
            )
        assert BirthEvent.objects.count() == 1

    def test_is_paid_once_for_each_kind(self, birth, payee, window_officer, january):
        maternity.register(event_id=birth.pk, kinds=["antenatal"], payee=payee, by=window_officer, at=january)
        with pytest.raises(Refused, match="只支付一次"):
            maternity.register(event_id=birth.pk, kinds=["antenatal"], payee=payee, by=window_officer, at=january)
        assert (MaternityCase.objects.count(), MaternityItem.objects.count()) == (1, 1)

    def test_may_be_asked_for_again_after_a_withdrawal(self, birth, payee, window_officer, january):
        case = maternity.register(event_id=birth.pk, kinds=["antenatal"], payee=payee, by=window_officer, at=january)
        maternity.withdraw(case_id=case.pk, reason="本人要求", by=window_officer, at=january)
        maternity.register(event_id=birth.pk, kinds=["antenatal"], payee=payee, by=window_officer, at=january)
        assert MaternityItem.objects.exclude(state="dropped").count() == 1


@pytest.mark.django_db(transaction=True)
class TestTwoCounters:
    def test_registering_one_event_at_once_make_one(self, mother, window_officer, january, at_once):
        def record():
            return maternity.record_event(
                mother_id=mother.pk, happened=Happened(event="birth", happened_on=date(2025, 1, 20), mode="vaginal"),
                by=window_officer, at=january,
            )

        results = at_once(record, record)
        assert sum(isinstance(result, BirthEvent) for result in results) == 1
        assert BirthEvent.objects.count() == 1

    def test_applying_at_once_for_one_event_give_one_payment(
        self, birth, payee, window_officer, reviewer, approver, january, at_once
    ):
        def ask():
            return maternity.register(
                event_id=birth.pk, kinds=["allowance"], payee=payee, materials=PAPERS, by=window_officer, at=january
            )

        results = at_once(ask, ask)
        assert sum(isinstance(result, MaternityCase) for result in results) == 1
        assert sum(isinstance(result, Refused | IntegrityError | OperationalError) for result in results) == 1
        assert MaternityItem.objects.count() == 1

        case = MaternityCase.objects.get()
        self._decide(case, window_officer, reviewer, approver, january)
        at_once(*[lambda: news.order_payment({"case_id": case.pk})] * 3)
        assert Payment.objects.get().amount == Decimal("9800.00")

    def test_batching_and_withdrawing_at_once_do_one_of_both(
        self, birth, payee, window_officer, reviewer, approver, cashier, january, at_once
    ):
        case = maternity.register(
            event_id=birth.pk, kinds=["allowance"], payee=payee, materials=PAPERS, by=window_officer, at=january
        )
        self._decide(case, window_officer, reviewer, approver, january)
        payment = keep_maternity_payment(case_id=case.pk, at=january)

        results = at_once(
            lambda: claims.batch_payments(payment_ids=[payment.pk], by=cashier, at=january),
            lambda: maternity.withdraw(case_id=case.pk, reason="本人要求", by=window_officer, at=january),
        )
        told()
        assert sum(isinstance(result, Refused) for result in results) == 1
        ended = (MaternityCase.objects.get().status, Payment.objects.get().state)
        assert ended in {("paying", "batched"), ("withdrawn", "cancelled")}

    def _decide(self, case, window_officer, reviewer, approver, at):
        maternity.enter(case_id=case.pk, facts={"monthly_base": "3000.00"}, by=window_officer, at=at)
        maternity.compute(case_id=case.pk, by=window_officer, at=at)
        maternity.review(case_id=case.pk, by=reviewer, at=at)
        maternity.approve(case_id=case.pk, by=approver, at=at)


class TestGuards:
    def test_refuse_leave_wages_and_allowance_together(self, birth, payee, window_officer, january):
        case = entered(
            birth, payee, window_officer, january, "allowance", monthly_base="3000.00", wages_drawn=True
        )
        with pytest.raises(Refused, match=r"BZ-EMP-30\.4"):
            maternity.compute(case_id=case.pk, by=window_officer, at=january)
        assert MaternityCase.objects.get().status == "entered"
        assert MaternityItem.objects.get().amount is None

    def test_refuse_a_mother_who_was_not_insured(self, mother, window_officer, january):
        with pytest.raises(Refused, match="不能享受待遇"):
            maternity.record_event(
                mother_id=mother.pk, happened=Happened(event="birth", happened_on=date(2023, 1, 20), mode="vaginal"),
                by=window_officer, at=january,
            )
        assert not BirthEvent.objects.exists()

    def test_refuse_an_account_of_somebody_else(self, birth, payee, window_officer, january):
        other = maternity.Payee(name="他人", bank=payee.bank, account=payee.account)
        with pytest.raises(Refused, match=r"BZ-EMP-30\.1"):
            maternity.register(event_id=birth.pk, kinds=["antenatal"], payee=other, by=window_officer, at=january)
        assert not MaternityCase.objects.exists()

    def test_refuse_the_same_officer_twice(self, birth, payee, window_officer, reviewer, january):
        case = entered(birth, payee, window_officer, january, "antenatal")
        maternity.compute(case_id=case.pk, by=window_officer, at=january)
        with pytest.raises(Refused):
            maternity.review(case_id=case.pk, by=window_officer, at=january)
        assert MaternityCase.objects.get().status == "computed"

    def test_refuse_the_approval_of_who_reviewed(self, birth, payee, window_officer, reviewer, january):
        case = entered(birth, payee, window_officer, january, "antenatal")
        maternity.compute(case_id=case.pk, by=window_officer, at=january)
        maternity.review(case_id=case.pk, by=reviewer, at=january)
        with pytest.raises(Refused, match="不得为同一人"):
            maternity.approve(case_id=case.pk, by=reviewer, at=january)
        assert MaternityCase.objects.get().status == "reviewed"
        assert not OutboxMessage.objects.filter(topic="maternity.approved").exists()

    def test_refuse_missing_papers_and_ask_for_them_once(self, birth, payee, window_officer, january):
        case = maternity.register(event_id=birth.pk, kinds=["antenatal"], payee=payee, by=window_officer, at=january)
        with pytest.raises(Refused, match=r"BZ-EMP-29\.1"):
            maternity.enter(case_id=case.pk, facts={}, by=window_officer, at=january)
        notice = maternity.ask_supplement(case_id=case.pk, by=window_officer, at=january)
        assert len(notice.body["missing"]) == 3
        maternity.receive_supplement(case_id=case.pk, materials=PAPERS, by=window_officer, at=january)
        assert MaternityCase.objects.get().status == "registered"

    def test_refuse_a_resident_the_allowance(self, window_officer, january):
        resident = insured(window_officer, january, RESIDENT, "resident", "1501")
        event = maternity.record_event(
            mother_id=resident.pk, happened=Happened(event="birth", happened_on=date(2025, 1, 20), mode="vaginal"),
            by=window_officer, at=january,
        )
        payee = maternity.Payee(name=resident.name, bank="工商银行", account="6222021234567890123")
        case = entered(event, payee, window_officer, january, "allowance", monthly_base="3000.00")
        with pytest.raises(Refused, match="居民医保没有生育津贴"):
            maternity.compute(case_id=case.pk, by=window_officer, at=january)
        assert MaternityItem.objects.get().amount is None
