"""A drug's certification that is ended from a past day on: what was paid without it is proposed for recovery."""

from datetime import date
from decimal import Decimal

import pytest

from casework import outbox
from casework.errors import Refused
from casework.models import OutboxMessage
from chronic import services as chronic
from chronic.services import Drug
from claims import services as claims
from claims.models import Adjustment, Settlement, SettlementItem
from tests.claims.benefits import certify_drug
from tests.claims.conftest import LEVEL3, accumulators, violations

pytestmark = pytest.mark.django_db
DRUG = "XL01EDA202A001"


@pytest.fixture
def certified_drug(resident, hospitals, window_officer, approver, city_manager, at):
    """Holds in October 2025, supplied by the third-level hospital."""
    return certify_drug(
        resident, DRUG, hospitals[LEVEL3], (date(2025, 10, 1), date(2025, 11, 1)), filer=window_officer,
        confirmer=approver, manager=city_manager, at=at,
    )


@pytest.fixture
def bought(take, resident, visit, certified_drug):
    """A claim for the drug on these days, 10000 yuan each: residents are paid 60% (BZ-DRG-2.1)."""

    def make(*days: str, to: str = "approved", **facts):
        bills = [visit("single_line_drug", day, drug=DRUG, total="10000", **facts) for day in days]
        return take(resident, *bills, to=to)

    return make


@pytest.fixture
def end(certified_drug, approver, at):
    """Ends the certification from a day on, and brings the news to claims."""

    def run(day: str, meanwhile=lambda: None) -> list[Adjustment]:
        chronic.end_drug(
            drug_certification_id=certified_drug.pk, from_day=date.fromisoformat(day), reason="停药", by=approver, at=at
        )
        meanwhile()
        assert outbox.deliver(OutboxMessage.objects.get(topic="chronic.drug_ended").pk)
        return list(Adjustment.objects.order_by("pk"))

    return run


class TestTheEndOfACertification:
    def test_from_a_past_day_proposes_exactly_what_was_paid(self, bought, resident, end):
        """BZ-DRG-3.1: without certification nothing is reimbursed."""
        claim = bought("2025-10-20")
        assert SettlementItem.objects.get().fund_total == Decimal("6000.00")

        (proposed,) = end("2025-10-20")

        assert (proposed.claim, proposed.kind, proposed.amount) == (claim, "recovery", Decimal("6000.00"))
        assert (proposed.before.fund_total, proposed.after.fund_total) == (Decimal("6000.00"), Decimal("0.00"))
        assert "BZ-DRG-3.1" in proposed.reason
        assert claims.replay(proposed.after).same
        assert accumulators(resident) == {}
        assert violations() == []

    def test_from_the_day_after_proposes_nothing(self, bought, end):
        bought("2025-10-20")

        assert end("2025-10-21") == []
        assert Settlement.objects.get().fund_total == Decimal("6000.00")

    def test_leaves_the_bills_of_before(self, bought, end):
        bought("2025-10-10", "2025-10-20")

        (proposed,) = end("2025-10-15")

        assert proposed.amount == Decimal("6000.00")
        assert [bill["fund_total"] for bill in proposed.after.result["bills"]] == ["6000.00", "0.00"]

    def test_leaves_what_a_new_certification_covers(
        self, bought, end, resident, certified_drug, window_officer, approver, at,
    ):
        bought("2025-10-20")

        def renew():
            fixed = certified_drug.institution_id
            filed = chronic.file_drug(person_id=resident.pk, by=window_officer, at=at, drug=Drug(
                drug_code=DRUG, drug_name="奥希替尼", drug_class="single_line", disease="肺癌", institution_id=fixed,
                treating_id=fixed, supplying_id=fixed, doctor="D511902000009", real_name=True,
                valid_from=date(2025, 10, 15), valid_until=date(2026, 10, 15),
            ))
            chronic.confirm_drug(drug_certification_id=filed.pk, by=approver, at=at)

        assert end("2025-10-15", meanwhile=renew) == []

    def test_sends_an_undecided_claim_back_to_its_first_check(self, bought, end):
        claim = bought("2025-10-20", to="reviewed")

        assert end("2025-10-20") == []
        claim.refresh_from_db()
        assert (claim.status, claim.settlements.live().get().fund_total) == ("settled", Decimal("0.00"))

    def test_told_twice_is_proposed_once(self, bought, end, resident, approver, at):
        bought("2025-10-20")
        end("2025-10-20")

        again = claims.propose_after_drug_end(
            person_id=resident.pk, drug=DRUG, from_day=date(2025, 10, 20), reason="停药", by=approver, at=at
        )

        assert again == []
        assert Adjustment.objects.count() == 1

    def test_is_decided_by_others_than_who_ended_it(self, bought, end, approver, at):
        bought("2025-10-20")
        (proposed,) = end("2025-10-20")

        with pytest.raises(Refused):
            claims.review_adjustment(adjustment_id=proposed.pk, by=approver, at=at)
        proposed.refresh_from_db()
        assert proposed.status == "proposed"
