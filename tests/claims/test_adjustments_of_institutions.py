"""A spot check cancels a certificate: what it cost until then the institution owes, and not the insured (CQ-10.2)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from casework.errors import Refused
from claims import services as claims
from claims.models import Adjustment, RecoveredBill, Settlement
from tests.claims.checked import *  # noqa: F403  (fixtures)
from tests.claims.checked import HYPERTENSION, LUNG, TOPICS
from tests.claims.conftest import LEVEL3, accumulators, violations

pytestmark = pytest.mark.django_db

def owed() -> Adjustment:
    return Adjustment.objects.exclude(institution=None).get()


def reckoned(adjustment: Adjustment) -> list[tuple[str, str, str]]:
    rows = adjustment.bills.select_related("item__visit")
    return [(f"{row.item.visit.discharged_on}", f"{row.before}", f"{row.after}") for row in rows]


def refused(act, **given) -> str:
    with pytest.raises(Refused) as refusal, transaction.atomic():
        act(**given)
    return refusal.value.code


class TestTheLoss:
    def test_is_what_the_funds_paid_on_the_certificate(
        self, take, resident, certified, bill, cancelled, hospitals, supervisor
    ):
        held = certified(resident)
        take(resident, bill("2025-05-10"), to="approved")

        check = cancelled(held)

        found = Adjustment.objects.get()
        assert (found.institution, found.source_no) == (hospitals[LEVEL3], check.case_no)
        assert (found.claim, found.kind, found.amount) == (None, "recovery", Decimal("450.00"))
        assert (found.status, found.registered_by, found.region_code) == ("proposed", supervisor, "511902")
        assert reckoned(found) == [("2025-05-10", "450.00", "0.00")]

    def test_leaves_the_settlements_of_the_person_as_they_are(self, take, resident, certified, bill, cancelled):
        """CQ-A17."""
        held = certified(resident)
        claim = take(resident, bill("2025-05-10"), to="approved")
        before = accumulators(resident)

        cancelled(held)

        settlement = Settlement.objects.get()
        assert (settlement.ended_at, settlement.fund_total) == (None, Decimal("450.00"))
        assert claims.paid_out(claim) == Decimal("450.00")
        assert accumulators(resident) == before
        assert violations() == []

    @pytest.mark.parametrize("topics", [TOPICS, TOPICS[::-1]])
    def test_ends_the_day_before_the_cancellation(self, take, resident, certified, bill, cancelled, topics):
        """From that day on it is the insured's; in whichever order the news comes."""
        held = certified(resident)
        days = ("2025-05-09", "2025-05-10")
        claim = take(resident, *(bill(day, "300") for day in days), to="approved")

        cancelled(held, "2025-05-10", topics)

        assert reckoned(owed()) == [("2025-05-09", "270.00", "0.00")]
        assert owed().amount == Decimal("270.00")
        assert Adjustment.objects.get(claim=claim).amount == Decimal("270.00")
        assert Settlement.objects.live().get().fund_total == Decimal("270.00")

    @pytest.mark.parametrize("topics", [TOPICS, TOPICS[::-1]])
    def test_counts_what_the_cut_leaves_to_earlier_days(
        self, take, resident, certified, bill, cancelled, topics, reviewer, at
    ):
        """The yearly limit of 600 was drawn first by the later bill, which is the insured's to give back."""
        held = certified(resident)
        take(resident, bill("2025-06-10"), to="approved")
        take(resident, bill("2025-05-10"), to="approved")

        cancelled(held, "2025-06-01", topics)

        assert reckoned(owed()) == [("2025-05-10", "450.00", "0.00")]
        assert claims.review_adjustment(adjustment_id=owed().pk, by=reviewer, at=at).status == "reviewed"

    def test_is_also_what_the_certificate_raised_for_another_disease(
        self, take, resident, certified, certify, bill, cancelled
    ):
        """BZ-CHR-3.4: 900 yuan of the other disease were paid up to 800, the limit of COPD; without it up to 600."""
        certify(resident, HYPERTENSION, "2025-01-01")
        held = certified(resident, LUNG)
        take(resident, bill("2025-05-10", "1000"), to="approved")

        cancelled(held)

        assert reckoned(owed()) == [("2025-05-10", "800.00", "600.00")]
        assert owed().amount == Decimal("200.00")

    def test_adds_up_over_claims(self, take, resident, certified, bill, cancelled):
        held = certified(resident)
        for day in ("2025-03-10", "2025-05-10"):
            take(resident, bill(day, "300"), to="approved")
        cancelled(held)
        assert owed().amount == Decimal("540.00")

    def test_of_nothing_is_not_proposed(self, take, resident, certified, certify, bill, cancelled):
        """The other disease's 450 yuan are below its own limit."""
        certify(resident, HYPERTENSION, "2025-01-01")
        held = certified(resident, LUNG)
        take(resident, bill("2025-05-10"), to="approved")

        cancelled(held)

        assert not Adjustment.objects.exists()

    def test_told_again_is_proposed_once(self, take, resident, certified, bill, cancelled, approver, at):
        held = certified(resident)
        take(resident, bill("2025-05-10"), to="approved")
        check = cancelled(held)
        again = {"spot_check_id": check.pk, "from_day": date(2025, 1, 1), "at": at}

        assert claims.propose_from_institution(**again) == owed()
        claims.drop_adjustment(adjustment_id=owed().pk, reason="机构已自行退回", by=approver, at=at)
        assert claims.propose_from_institution(**again).status == "dropped"
        assert (Adjustment.objects.count(), RecoveredBill.objects.count()) == (1, 1)


class TestTheDecision:
    @pytest.fixture
    def proposed(self, take, resident, certified, bill, cancelled) -> Adjustment:
        held = certified(resident)
        take(resident, bill("2025-05-10"), to="approved")
        cancelled(held)
        return owed()

    def test_is_of_two_officers_and_the_money_closes_it(self, proposed, reviewer, approver, cashier, at):
        terms = {"adjustment_id": proposed.pk, "at": at}
        claims.review_adjustment(by=reviewer, **terms)
        assert claims.approve_adjustment(by=approver, **terms).status == "recovering"
        assert claims.receive_recovery(note="回单0001", by=cashier, **terms).status == "closed"

    def test_is_not_of_who_cancelled(self, proposed, supervisor, reviewer, at):
        terms = {"adjustment_id": proposed.pk, "by": supervisor, "at": at}
        assert refused(claims.review_adjustment, **terms) == "same_officer"
        assert refused(claims.drop_adjustment, reason="不追", **terms) == "same_officer"
        claims.review_adjustment(adjustment_id=proposed.pk, by=reviewer, at=at)
        assert refused(claims.approve_adjustment, **terms) == "same_officer"
        assert owed().status == "reviewed"

    def test_is_not_of_another_county(self, proposed, neighbour, at):
        assert refused(claims.review_adjustment, adjustment_id=proposed.pk, by=neighbour, at=at) == "not_found"

    def test_waits_until_the_claim_is_decided(self, take, resident, certified, bill, cancelled, reviewer, approver, at):
        held = certified(resident)
        claim = take(resident, bill("2025-05-10"), to="settled")
        cancelled(held)
        terms = {"adjustment_id": owed().pk, "by": reviewer, "at": at}

        assert refused(claims.review_adjustment, **terms) == "CLAIM_OPEN"
        assert (owed().status, owed().reviewed_by) == ("proposed", None)
        claims.review(claim_id=claim.pk, by=reviewer, at=at)
        claims.approve(claim_id=claim.pk, by=approver, at=at)
        assert claims.review_adjustment(**terms).status == "reviewed"

    def test_is_refused_once_the_claim_was_settled_otherwise(self, proposed, second_supervisor, reviewer, approver, at):
        claims.review_adjustment(adjustment_id=proposed.pk, by=reviewer, at=at)
        claim = Settlement.objects.get().claim
        claims.reverse(claim_id=claim.pk, reason="票据有误", by=second_supervisor, at=at)

        assert refused(claims.approve_adjustment, adjustment_id=proposed.pk, by=approver, at=at) == "LOSS_CHANGED"
        assert (owed().status, owed().approved_by) == ("reviewed", None)


class TestReckoningAgain:
    @pytest.fixture
    def dropped(self, take, resident, certified, bill, cancelled, approver, at) -> Adjustment:
        held = certified(resident)
        take(resident, bill("2025-05-10"), to="approved")
        cancelled(held)
        return claims.drop_adjustment(adjustment_id=owed().pk, reason="结算有变", by=approver, at=at)

    def test_proposes_what_is_lost_now(self, dropped, take, resident, bill, approver, at):
        take(resident, bill("2025-06-10", "100"), to="approved")

        made = claims.reckon_again(adjustment_id=dropped.pk, by=approver, at=at)

        assert (made.amount, made.source_no, made.registered_by) == (Decimal("540.00"), dropped.source_no, approver)
        assert refused(claims.review_adjustment, adjustment_id=made.pk, by=approver, at=at) == "same_officer"

    def test_is_refused_while_a_proposal_stands(self, dropped, approver, reviewer, at):
        assert refused(claims.reckon_again, adjustment_id=dropped.pk, by=reviewer, at=at) == "no_permission"
        made = claims.reckon_again(adjustment_id=dropped.pk, by=approver, at=at)

        for one, code in ((dropped, "PROPOSED_ALREADY"), (made, "NOT_DROPPED")):
            assert refused(claims.reckon_again, adjustment_id=one.pk, by=approver, at=at) == code
        assert Adjustment.objects.count() == 2

    def test_of_nothing_is_refused(self, dropped, second_supervisor, approver, at):
        claims.reverse(claim_id=Settlement.objects.get().claim_id, reason="票据有误", by=second_supervisor, at=at)
        assert refused(claims.reckon_again, adjustment_id=dropped.pk, by=approver, at=at) == "NO_LOSS"
        assert Adjustment.objects.count() == 1


def copied(change: dict[str, str]) -> str:
    """The statement that adds the adjustment once more under another number."""
    names = [field.column for field in Adjustment._meta.concrete_fields if field.column != "id"]
    values = [{"case_no": "case_no || 'x'", **change}.get(name, name) for name in names]
    return f"INSERT INTO claims_adjustment ({', '.join(names)}) SELECT {', '.join(values)} FROM claims_adjustment"


class TestTheDatabase:
    @pytest.fixture(autouse=True)
    def proposed(self, take, resident, certified, bill, cancelled) -> Adjustment:
        held = certified(resident)
        take(resident, bill("2025-05-10"), to="approved")
        cancelled(held)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return owed()

    @pytest.mark.parametrize(("change", "constraint"), [
        ("claim_id = (SELECT min(id) FROM claims_claim)", "adjustment_of_one_case"),
        ("institution_id = NULL", "adjustment_of_one_case"),
        ("source_no = ''", "adjustment_source_of_institution"),
        ("kind = 'supplement'", "adjustment_of_one_case"),
        ("amount = 450.01", "recovery_is_its_bills"),
        ("reviewed_by_id = registered_by_id", "adjustment_three_hands"),
    ])
    def test_keeps_it_of_one_institution_with_its_source(self, change, constraint):
        assert self.breaks(f"UPDATE claims_adjustment SET {change}") == constraint

    @pytest.mark.parametrize(("change", "constraint"), [
        ({}, "adjustment_one_per_source"), ({"region_code": "'511903'"}, "territory_of_the_case"),
        ({"source_no": "'CC511902202511000099'"}, "territory_of_the_case"),
    ])
    def test_keeps_one_of_a_source_in_its_territory(self, change, constraint):
        assert self.breaks(copied(change)) == constraint

    @pytest.mark.parametrize("statement", [
        "UPDATE claims_recoveredbill SET after = 1", "DELETE FROM claims_recoveredbill",
    ])
    def test_keeps_the_bills(self, statement):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    def breaks(self, statement: str) -> str:
        with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        return error.value.__cause__.diag.constraint_name or str(error.value)
