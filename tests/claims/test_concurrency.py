"""Two claims of one person at the same moment, on two connections; and what happens where the lock is left out."""

import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError

from casework.errors import Refused
from claims import services as claims
from claims.models import Accumulator, Claim, LedgerEntry, Settlement, Visit
from claims.services import ledger
from tests.claims.conftest import TOWNSHIP, accumulators, violations

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def entered(take, resident, stay):
    """Entered claims of one resident, each big enough to fill what is left under the cap of 110,000."""

    def make(count: int, total: str = "150000") -> list[Claim]:
        return [
            take(resident, stay(f"2025-{month:02d}-01", f"2025-{month:02d}-20", total=total), to="entered")
            for month in range(2, 2 + count)
        ]

    return make


def settling(claim: Claim, by, at):
    return lambda: claims.settle(claim_id=claim.pk, by=by, at=at)


class TestWithTheLock:
    def test_two_claims_never_exceed_a_cap_and_lose_no_entry(self, entered, resident, window_officer, at, at_once):
        first, second = entered(2)

        results = at_once(settling(first, window_officer, at), settling(second, window_officer, at))

        assert all(isinstance(result, Settlement) for result in results)
        basic = Accumulator.objects.get(name="A_RB")
        assert basic.amount == basic.cap == Decimal("110000.00")
        assert sum(entry.delta for entry in LedgerEntry.objects.filter(name="A_RB")) == basic.amount
        assert violations() == []

    def test_the_year_is_that_of_one_after_the_other(
        self, entered, resident, person, take, stay, window_officer, at, at_once
    ):
        first, second = entered(2, total="60000")
        at_once(settling(first, window_officer, at), settling(second, window_officer, at))

        other = person("对照")
        for month in (2, 3):
            take(other, stay(f"2025-{month:02d}-01", f"2025-{month:02d}-20", total="60000"))
        assert accumulators(resident) == accumulators(other)

    def test_eight_claims_follow_each_other(self, entered, window_officer, at, at_once):
        made = entered(8, total="20000")

        results = at_once(*(settling(claim, window_officer, at) for claim in made))

        assert all(isinstance(result, Settlement) for result in results)
        assert LedgerEntry.objects.filter(name="A_RB").count() == 8
        assert violations() == []

    def test_one_claim_is_settled_once(self, entered, window_officer, second_window_officer, at, at_once):
        (claim,) = entered(1)

        results = at_once(settling(claim, window_officer, at), settling(claim, second_window_officer, at))

        assert sorted(type(result).__name__ for result in results) == ["Refused", "Settlement"]
        assert Settlement.objects.count() == 1
        assert violations() == []

    def test_settling_and_sending_back_do_not_cross(self, take, entered, reviewer, window_officer, at, at_once):
        first, second = entered(2)
        claims.settle(claim_id=first.pk, by=window_officer, at=at)

        results = at_once(
            lambda: claims.send_back(claim_id=first.pk, to="entered", reason="请核对", by=reviewer, at=at),
            settling(second, window_officer, at),
        )

        assert not [result for result in results if isinstance(result, Exception) and not isinstance(result, Refused)]
        assert violations() == []


class TestWithoutTheLock:
    """The control: the same race with the person-year lock left out."""

    @pytest.fixture
    def unlocked(self, monkeypatch):
        """Settlements read the ledger without locking the year, and both have read before either posts."""
        both_have_read = threading.Barrier(2)

        def unlocked(person_id, years, *, to_post):
            found = ledger.opening(person_id, years)
            both_have_read.wait(20)
            return found

        monkeypatch.setattr(ledger, "lock_years", unlocked)

    def test_both_see_the_same_room_and_the_database_refuses_the_second(
        self, take, resident, stay, entered, window_officer, at, at_once, request
    ):
        take(resident, stay("2025-01-05", "2025-01-20", total="20000"))
        before = Accumulator.objects.get(name="A_RB").amount
        first, second = entered(2)
        request.getfixturevalue("unlocked")

        results = at_once(settling(first, window_officer, at), settling(second, window_officer, at))

        refused = [result for result in results if isinstance(result, IntegrityError)]
        assert len(refused) == 1
        assert "accumulator_within_cap" in str(refused[0])
        basic = Accumulator.objects.get(name="A_RB")
        assert (before, basic.amount) == (Decimal("11580.00"), Decimal("101160.00"))
        assert violations() == []

    def test_below_the_cap_both_are_paid_from_the_same_band(
        self, take, resident, person, stay, entered, window_officer, at, at_once, request
    ):
        take(resident, stay("2025-01-05", "2025-01-20", total="2000"))
        first, second = entered(2, total="60000")
        request.getfixturevalue("unlocked")

        at_once(settling(first, window_officer, at), settling(second, window_officer, at))

        paid = [row.result["bills"][0]["catastrophic"] for row in Settlement.objects.order_by("pk")[1:]]
        assert paid[0] == paid[1], "without the lock the second claim does not see the first: this is the race"


class TestAtTheWindow:
    def test_an_invoice_is_registered_once(
        self, resident, person, stay, window_officer, second_window_officer, at, at_once
    ):
        other = person("另一人")
        one = stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, invoice_no="51000001")

        results = at_once(
            lambda: claims.register(person_id=resident.pk, reason="03", stays=[one], by=window_officer, at=at),
            lambda: claims.register(person_id=other.pk, reason="03", stays=[one], by=second_window_officer, at=at),
        )

        assert sorted(type(result).__name__ for result in results) == ["Claim", "Refused"]
        (refusal,) = [result for result in results if isinstance(result, Refused)]
        assert refusal.code == "DUPLICATE_INVOICE"
        assert Visit.objects.live().count() == 1

    def test_a_payment_is_batched_once(self, take, resident, stay, cashier, second_cashier, at, at_once):
        claim = take(resident, stay("2025-03-02", "2025-03-08", total="4500"), to="approved")
        ids = [claim.payments.get().pk]

        results = at_once(
            lambda: claims.batch_payments(payment_ids=ids, by=cashier, at=at),
            lambda: claims.batch_payments(payment_ids=ids, by=second_cashier, at=at),
        )

        assert sorted(type(result).__name__ for result in results) == ["PaymentBatch", "Refused"]
        assert violations() == []


class TestABirth:
    def test_claimed_at_two_counters_at_once_is_one_claim(
        self, mother, birth, stay, window_officer, second_window_officer, at, at_once
    ):
        """BZ-EMP-28.2"""
        bills = [
            stay("2025-03-08", "2025-03-10", benefit="maternity_medical", birth_event_id=birth.pk),
            stay("2025-03-10", "2025-03-14", benefit="maternity_medical", birth_event_id=birth.pk),
        ]

        results = at_once(*(
            lambda bill=bill, by=by: claims.register(person_id=mother.pk, reason="01", stays=[bill], by=by, at=at)
            for bill, by in zip(bills, (window_officer, second_window_officer), strict=True)
        ))

        (refusal,) = [result for result in results if isinstance(result, Refused)]
        assert refusal.code == "EVENT_PAID"
        assert Claim.objects.count() == Visit.objects.count() == 1
