"""A certificate granted today changes tomorrow's claim; cut from a past day, what was paid on it is to come back."""

from datetime import date
from decimal import Decimal

import pytest

from casework import outbox
from casework.errors import Refused
from casework.models import OutboxMessage
from chronic import services as chronic
from claims import services as claims
from claims.models import Adjustment, Settlement, SettlementItem
from claims.services.cuts import without_cut_days
from claims.services.reconsidering import preview
from tests.claims.conftest import accumulators, violations

pytestmark = pytest.mark.django_db

HYPERTENSION, LUNG = "M03911", "M05300"


@pytest.fixture
def cut(supervisor, at):
    """Ends an entitlement from a day on, and brings the news to claims."""

    def run(entitlement, day: str) -> list[Adjustment]:
        chronic.cut(
            entitlement_id=entitlement.pk, from_day=date.fromisoformat(day), reason="复核不符合认定标准", by=supervisor,
            at=at,
        )
        message = OutboxMessage.objects.get(topic="chronic.entitlement_cut")
        assert outbox.deliver(message.pk)
        return list(Adjustment.objects.order_by("pk"))

    return run


class TestACertificate:
    def test_of_today_changes_tomorrows_claim(self, take, resident, visit, certify, at):
        before = take(resident, visit("chronic", "2025-11-02", disease=HYPERTENSION, total="500"), to="entered")
        certify(resident, HYPERTENSION, "2025-11-03")
        after = take(
            resident, visit("chronic", "2025-11-04", disease=HYPERTENSION, total="500"), moment=at.replace(day=4)
        )

        assert [row.code for row in before.findings.filter(cleared=False)] == ["CHR-1"]
        assert after.settlements.get().fund_total == Decimal("450.00")


class TestACut:
    def test_from_a_past_day_proposes_exactly_what_was_paid(self, take, resident, visit, certify, cut):
        held = certify(resident, HYPERTENSION, "2025-01-01")
        claim = take(
            resident, visit("chronic", "2025-05-10", disease=HYPERTENSION, total="500"), to="approved"
        )
        assert SettlementItem.objects.get().fund_total == Decimal("450.00")

        (proposed,) = cut(held, "2025-05-10")

        assert (proposed.claim, proposed.kind, proposed.amount) == (claim, "recovery", Decimal("450.00"))
        assert (proposed.before.fund_total, proposed.after.fund_total) == (Decimal("450.00"), Decimal("0.00"))
        assert proposed.after.result["bills"][0]["refused"]["rule"] == "BZ-CHR-15.1"
        assert claims.replay(proposed.before).same
        assert claims.replay(proposed.after).same
        assert accumulators(resident) == {}
        assert violations() == []

    def test_from_a_later_day_proposes_nothing(self, take, resident, visit, certify, cut):
        held = certify(resident, HYPERTENSION, "2025-01-01")
        take(resident, visit("chronic", "2025-05-10", disease=HYPERTENSION, total="500"), to="approved")

        assert cut(held, "2025-05-11") == []
        assert Settlement.objects.get().fund_total == Decimal("450.00")

    def test_leaves_the_bills_of_before(self, take, resident, visit, certify, cut):
        held = certify(resident, HYPERTENSION, "2025-01-01")
        bills = [visit("chronic", day, disease=HYPERTENSION, total="300") for day in ("2025-04-10", "2025-05-10")]
        take(resident, *bills, to="approved")

        (proposed,) = cut(held, "2025-05-01")

        assert proposed.amount == Decimal("270.00")
        assert [bill["fund_total"] for bill in proposed.after.result["bills"]] == ["270.00", "0.00"]
        assert accumulators(resident)["A_CH"] == Decimal("270.00")

    def test_lowers_the_common_limit_of_other_diseases(self, take, resident, visit, certify, cut):
        """BZ-CHR-3.4: 900 yuan of the other disease were paid up to 800, the limit of COPD; without it up to 600."""
        certify(resident, HYPERTENSION, "2025-01-01")
        held = certify(resident, LUNG, "2025-01-01")
        take(resident, visit("chronic", "2025-05-10", disease=HYPERTENSION, total="1000"), to="approved")

        (proposed,) = cut(held, "2025-03-01")

        assert proposed.amount == Decimal("200.00")

    def test_sends_an_undecided_claim_back_to_its_first_check(self, take, resident, visit, certify, cut):
        held = certify(resident, HYPERTENSION, "2025-01-01")
        claim = take(resident, visit("chronic", "2025-05-10", disease=HYPERTENSION, total="500"), to="reviewed")

        assert cut(held, "2025-05-01") == []
        claim.refresh_from_db()
        assert (claim.status, claim.settlements.live().get().fund_total) == ("settled", Decimal("0.00"))

    def test_is_shown_bill_by_bill_before_it_is_proposed(self, take, resident, visit, certify, supervisor, at):
        held = certify(resident, HYPERTENSION, "2025-01-01")
        bills = [visit("chronic", day, disease=HYPERTENSION, total="300") for day in ("2025-04-10", "2025-05-10")]
        take(resident, *bills, to="approved")
        chronic.cut(
            entitlement_id=held.pk, from_day=date(2025, 5, 1), reason="病情缓解", by=supervisor, at=at
        )

        shown = preview(resident.pk, 2025, without_cut_days(resident, HYPERTENSION))

        assert [(row.day.isoformat(), row.difference) for row in shown] == [
            ("2025-04-10", Decimal("0.00")), ("2025-05-10", Decimal("-270.00")),
        ]
        assert not Adjustment.objects.exists()

    def test_told_twice_is_proposed_once(self, take, resident, visit, certify, cut, supervisor, at):
        held = certify(resident, HYPERTENSION, "2025-01-01")
        take(resident, visit("chronic", "2025-05-10", disease=HYPERTENSION, total="500"), to="approved")
        cut(held, "2025-05-10")

        again = claims.propose_after_cut(
            person_id=resident.pk, unit=HYPERTENSION, from_day=date(2025, 5, 10), reason="复核不符合认定标准",
            by=supervisor, at=at,
        )

        assert again == []
        assert Adjustment.objects.count() == 1

    def test_is_decided_by_others_than_who_cut(self, take, resident, visit, certify, cut, supervisor, at):
        held = certify(resident, HYPERTENSION, "2025-01-01")
        take(resident, visit("chronic", "2025-05-10", disease=HYPERTENSION, total="500"), to="approved")
        (proposed,) = cut(held, "2025-05-10")

        with pytest.raises(Refused, match="提出调整的人员"):
            claims.review_adjustment(adjustment_id=proposed.pk, by=supervisor, at=at)
