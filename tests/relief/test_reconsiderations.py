"""A look back decided by two officers: what is applied is what was proposed, and each difference is an adjustment."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from casework.errors import Refused
from casework.models import Task
from claims import services as claims
from claims.models import Adjustment, Reversal, Settlement
from enrollment import services as enrollment
from enrollment.models import HardshipIdentity
from relief import services as relief
from relief.models import Reconsideration
from relief.workflow import RECONSIDERATION
from tests.claims.conftest import accumulators, violations

from .city import *  # noqa: F403
from .city import YEAR_END, deliver

pytestmark = pytest.mark.django_db

RECOGNISED = date(2025, 9, 1)


@pytest.fixture
def year(settled, resident):
    return settled(resident, "2025-03-10"), settled(resident, "2025-06-10")


@pytest.fixture
def found(year, resident, recognised) -> Reconsideration:
    recognised(resident, "minimum_allowance", RECOGNISED)
    return Reconsideration.objects.get()


@pytest.fixture
def proposed(found, reviewer) -> Reconsideration:
    return relief.propose(case_id=found.pk, by=reviewer, at=YEAR_END)


@pytest.fixture
def applied(proposed, approver) -> Reconsideration:
    relief.apply_reconsideration(case_id=proposed.pk, by=approver, at=YEAR_END)
    proposed.refresh_from_db()
    return proposed


class TestOpening:
    def test_follows_a_recognition_in_the_name_of_who_entered_it(self, found, resident, window_officer):
        assert (found.status, found.year, found.kind, found.rule) == ("found", 2025, "recognised", "BZ-REL-5.5")
        assert (found.person, found.registered_by) == (resident, window_officer)
        assert found.case_no.startswith("ZS511902")
        assert Task.objects.get(case_no=found.case_no).step == "propose"

    def test_is_not_for_a_person_without_bills(self, resident, recognised):
        recognised(resident, "minimum_allowance", RECOGNISED)
        assert not Reconsideration.objects.exists()

    def test_is_not_for_bills_of_another_year(self, year, resident, recognised):
        recognised(resident, "minimum_allowance", date(2024, 9, 1))
        assert [case.kind for case in Reconsideration.objects.all()] == ["withdrawn"]  # 2025 was settled without it

    def test_happens_once_though_the_news_comes_twice(self, found, window_officer, at):
        again = relief.open_lookbacks(identity_id=found.identity_id, by=window_officer, at=at)
        assert again == []
        assert Reconsideration.objects.count() == 1

    def test_follows_a_bill_that_is_decided_after_the_recognition(self, resident, recognised, settled):
        recognised(resident, "minimum_allowance", RECOGNISED)
        settled(resident, "2025-03-10")
        deliver("claims.")
        assert Reconsideration.objects.get().year == 2025

    def test_does_not_follow_a_later_bill_that_has_the_identity(self, resident, recognised, settled):
        recognised(resident, "minimum_allowance", RECOGNISED)
        settled(resident, "2025-10-10")
        deliver("claims.")
        assert not Reconsideration.objects.exists()


class TestApplying:
    def test_keeps_what_was_seen_bill_by_bill(self, proposed):
        # 18 436.80 × 70 % and 9 768.00 × 70 % (BZ-REL-5.1, BZ-REL-5.8)
        assert [(row["day"], row["after"]["relief"]) for row in proposed.seen] == [
            ("2025-03-10", "12905.76"), ("2025-06-10", "6837.60"),
        ]
        assert (proposed.supplement, proposed.recovery) == (Decimal("19743.36"), Decimal("0.00"))

    def test_settles_the_year_again_and_proposes_the_differences(self, applied, year, resident, approver):
        assert (applied.status, applied.decided_by) == ("applied", approver)
        assert sorted(row.signed_amount for row in Adjustment.objects.all()) == [
            Decimal("6837.60"), Decimal("12905.76"),
        ]
        assert accumulators(resident)["A_RR"] == Decimal("19743.36")
        assert violations() == []

    def test_is_paid_as_a_supplement_by_two_more_officers(
        self, applied, year, reviewer, supervisor, pay, at
    ):
        adjustment = Adjustment.objects.get(claim=year[0])
        pay(year[0], moment=YEAR_END)
        claims.review_adjustment(adjustment_id=adjustment.pk, by=reviewer, at=YEAR_END)
        claims.approve_adjustment(adjustment_id=adjustment.pk, by=supervisor, at=YEAR_END)
        pay(year[0], moment=YEAR_END)

        adjustment.refresh_from_db()
        assert adjustment.status == "closed"
        assert claims.paid_out(year[0], pending=False) == Settlement.objects.live().get(claim=year[0]).fund_total

    def test_leaves_nothing_to_look_back_at(self, applied, window_officer, at):
        assert relief.open_lookbacks(identity_id=applied.identity_id, by=window_officer, at=at) == []

    def test_gives_bills_after_the_recognition_the_identity_they_had(self, settled, resident, recognised):
        """Settled before the bureau knew: the whole chain runs with the identity held (BZ-REL-5.10)."""
        claim = settled(resident, "2025-10-10")
        recognised(resident, "minimum_allowance", RECOGNISED)

        [bill] = relief.differences(identity_id=HardshipIdentity.objects.get().pk, by=claim.registered_by)

        # 24 420 − 7 224 = 17 196 × 65 %; (24 420 − 11 177.40) × 70 %
        assert (bill.after["catastrophic"], bill.after["relief"]) == ("11177.40", "9269.82")


class TestTakingBack:
    @pytest.fixture
    def recovery(self, applied, resident, reviewer, approver, window_officer, at) -> Reconsideration:
        enrollment.void_identity(identity_id=applied.identity_id, reason="误登", by=window_officer, at=at)
        deliver("enrollment.")
        case = Reconsideration.objects.get(kind="withdrawn")
        relief.propose(case_id=case.pk, by=reviewer, at=YEAR_END)
        relief.apply_reconsideration(case_id=case.pk, by=approver, at=YEAR_END)
        case.refresh_from_db()
        return case

    def test_of_an_identity_proposes_the_recovery(self, recovery, resident):
        assert (recovery.supplement, recovery.recovery) == (Decimal("0.00"), Decimal("19743.36"))
        assert sum(row.signed_amount for row in Adjustment.objects.all()) == 0
        assert "A_RR" not in accumulators(resident)
        assert violations() == []

    def test_overwrites_nothing(self, recovery):
        assert Settlement.objects.count() == 6
        assert Settlement.objects.filter(ended="superseded").count() == Reversal.objects.count() == 4

    def test_by_an_end_in_the_past_is_looked_at_too(self, settled, resident, recognised, window_officer, at):
        identity = recognised(resident, "minimum_allowance", date(2025, 2, 1))
        settled(resident, "2025-06-10")
        enrollment.end_identity(
            identity_id=identity.pk, ends_on=date(2025, 6, 1), reason="收入超标", by=window_officer, at=at
        )
        deliver("enrollment.")
        assert Reconsideration.objects.get().kind == "withdrawn"

    def test_with_a_reversed_claim_is_the_reversal_itself(self, applied, year, supervisor):
        """What relief paid for the reversed claim is set off when it is decided again (BZ §10.7)."""
        before = claims.paid_out(year[0])
        claims.reverse(claim_id=year[0].pk, reason="票据有误", by=supervisor, at=YEAR_END)
        claims.refuse(claim_id=year[0].pk, ground="2", reason="对方全责", by=applied.proposed_by, at=YEAR_END)

        recovered = Adjustment.objects.filter(claim=year[0], kind="recovery").get()
        assert recovered.amount == claims.paid_out(year[0]) + recovered.amount
        assert before > 0
        assert violations() == []


class TestRefusals:
    def test_the_proposer_does_not_decide(self, found, supervisor):
        relief.propose(case_id=found.pk, by=supervisor, at=YEAR_END)
        with pytest.raises(Refused, match="同一人"):
            relief.apply_reconsideration(case_id=found.pk, by=supervisor, at=YEAR_END)
        self.assert_untouched()

    def test_whoever_entered_the_identity_does_not_decide(self, year, resident, supervisor, reviewer, at):
        enrollment.grant_identity(
            person_id=resident.pk, category="margin", starts_on=RECOGNISED, by=supervisor, at=at
        )
        deliver("enrollment.")
        case = Reconsideration.objects.get()
        relief.propose(case_id=case.pk, by=reviewer, at=YEAR_END)
        for verb in (relief.apply_reconsideration, relief.dismiss_reconsideration):
            more = {"note": "试"} if verb is relief.dismiss_reconsideration else {}
            with pytest.raises(Refused, match="同一人"):
                verb(case_id=case.pk, by=supervisor, at=YEAR_END, **more)
        self.assert_untouched()

    def test_in_the_database_neither(self, proposed):
        for officer in (proposed.registered_by_id, proposed.proposed_by_id):
            with pytest.raises(IntegrityError), transaction.atomic():
                Reconsideration.objects.filter(pk=proposed.pk).update(decided_by=officer)

    def test_a_year_that_has_changed_since_is_looked_at_again(self, proposed, settled, resident, approver):
        settled(resident, "2025-02-10")
        with pytest.raises(Refused) as refusal:
            relief.apply_reconsideration(case_id=proposed.pk, by=approver, at=YEAR_END)
        assert refusal.value.code == "CHECK_VOID"
        self.assert_untouched()

    def test_what_agrees_already_is_not_proposed(self, found, window_officer, reviewer, at):
        enrollment.void_identity(identity_id=found.identity_id, reason="误登", by=window_officer, at=at)
        with pytest.raises(Refused) as refusal:
            relief.propose(case_id=found.pk, by=reviewer, at=YEAR_END)
        assert refusal.value.code == "NOTHING_DIFFERS"
        assert Reconsideration.objects.get().seen == []

    def test_another_county_sees_nothing(self, found, neighbour):
        with pytest.raises(Refused):
            relief.propose(case_id=found.pk, by=neighbour, at=YEAR_END)
        assert Reconsideration.objects.get().proposed_by is None

    def test_a_dismissed_one_stays_dismissed(self, proposed, approver, window_officer, at):
        relief.dismiss_reconsideration(case_id=proposed.pk, note="非依申请认定", by=approver, at=YEAR_END)
        assert relief.open_lookbacks(identity_id=proposed.identity_id, by=window_officer, at=at) == []
        with pytest.raises(DatabaseError), transaction.atomic():
            Reconsideration.objects.update(recovery=1)
        self.assert_untouched()

    def test_sent_back_it_waits_for_a_new_look(self, proposed, approver):
        relief.send_back_reconsideration(case_id=proposed.pk, note="请核对六月费用", by=approver, at=YEAR_END)
        case = Reconsideration.objects.get()
        assert (case.status, case.proposed_by, case.returned) == ("found", None, True)

    def assert_untouched(self):
        assert not Reversal.objects.exists()
        assert not Adjustment.objects.exists()


def test_the_table_of_steps_is_that_of_the_rules():
    assert RECONSIDERATION.transitions() == [
        ("open", "", "found", ()),
        ("propose", "found", "proposed", ()),
        ("send_back", "proposed", "found", ()),
        ("apply", "proposed", "applied", ("open", "propose")),
        ("dismiss", "found", "dismissed", ("open", "propose")),
        ("dismiss", "proposed", "dismissed", ("open", "propose")),
    ]
