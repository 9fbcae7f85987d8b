"""A person's year settled again from revised facts: what differs gets a new version, twice is once."""

from datetime import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from casework.errors import Refused
from claims import services as claims
from claims.models import Accumulator, Adjustment, Claim, LedgerEntry, Reversal, Settlement
from claims.services.reconsidering import preview, reconsider
from tests.claims.conftest import accumulators, violations
from tests.conftest import BUREAU

pytestmark = pytest.mark.django_db

WHY = {"reason": "依申请救助追溯", "rule": "BZ-REL-5.5"}


def relieved(category: str = "minimum_allowance", until: str = "2025-09-15"):
    """As relief looks back: an identity that only relief sees."""

    def revise(settlement: Settlement) -> dict:
        person = settlement.request["person"] | {
            "relief_tags": [{"tag": category, "from": "2025-01-01", "to": until}]
        }
        return settlement.request | {"person": person}

    return revise


def as_it_was(settlement: Settlement) -> dict:
    return settlement.request


def live(claim: Claim) -> Settlement:
    return Settlement.objects.live().get(claim=claim)


@pytest.fixture
def year(take, resident, stay):
    """A decided and an undecided claim of one resident."""
    first = take(resident, stay("2025-03-01", "2025-03-10", total="60000"), to="approved")
    second = take(resident, stay("2025-06-01", "2025-06-10", total="60000"), to="reviewed")
    return first, second


class TestPreview:
    def test_shows_every_bill_of_the_year_and_writes_nothing(self, year, resident):
        found = preview(resident.pk, 2025, relieved(until="2025-06-01"))

        assert [(each.day.isoformat(), each.difference) for each in found] == [
            ("2025-03-10", Decimal("12905.76")), ("2025-06-10", Decimal("0.00")),
        ]
        assert found[0].after["steps"]
        assert Settlement.objects.count() == 2
        assert not Reversal.objects.exists()

    def test_of_a_year_without_bills_is_empty(self, year, resident):
        assert preview(resident.pk, 2024, relieved()) == []


class TestReconsider:
    def test_gives_what_differs_a_new_version_in_its_old_place(self, year, resident, supervisor, at):
        gone = live(year[0])
        reconsider(resident.pk, 2025, relieved(), by=supervisor, at=at, **WHY)

        after = live(year[0])
        assert (after.supersedes, after.place) == (gone, gone.pk)
        assert after.fund_total - gone.fund_total == Decimal("12905.76")
        assert Reversal.objects.get(settlement=gone).reason == "依申请救助追溯（BZ-REL-5.5）"
        assert accumulators(resident)["A_RR"] == Decimal("19743.36")
        assert violations() == []

    def test_proposes_the_difference_of_a_decided_claim(self, year, resident, supervisor, at):
        made = reconsider(resident.pk, 2025, relieved(), by=supervisor, at=at, **WHY)

        adjustment = Adjustment.objects.get()
        assert made == [adjustment]
        assert (adjustment.claim, adjustment.kind, adjustment.amount) == (year[0], "supplement", Decimal("12905.76"))
        assert (adjustment.status, adjustment.registered_by) == ("proposed", supervisor)
        assert claims.paid_out(year[0]) == live(year[0]).fund_total

    def test_sends_an_undecided_claim_back_to_its_first_check(self, year, resident, supervisor, at):
        reconsider(resident.pk, 2025, relieved(), by=supervisor, at=at, **WHY)

        claim = Claim.objects.get(pk=year[1].pk)
        assert (claim.status, claim.reviewed_by, claim.returned) == ("settled", None, True)

    def test_changes_nothing_the_second_time(self, year, resident, supervisor, at):
        reconsider(resident.pk, 2025, relieved(), by=supervisor, at=at, **WHY)
        before = Settlement.objects.count(), LedgerEntry.objects.count(), Adjustment.objects.count()

        assert reconsider(resident.pk, 2025, relieved(), by=supervisor, at=at, **WHY) == []

        assert (Settlement.objects.count(), LedgerEntry.objects.count(), Adjustment.objects.count()) == before

    def test_taken_back_gives_the_year_as_it_was_and_a_recovery(self, year, resident, supervisor, at):
        before = accumulators(resident)
        reconsider(resident.pk, 2025, relieved(), by=supervisor, at=at, **WHY)

        def without(settlement):
            person = {key: value for key, value in settlement.request["person"].items() if key != "relief_tags"}
            return settlement.request | {"person": person}

        made = reconsider(resident.pk, 2025, without, by=supervisor, at=at, **WHY)

        assert accumulators(resident) == before
        assert [(row.kind, row.amount) for row in made] == [("recovery", Decimal("12905.76"))]
        assert violations() == []

    def test_leaves_unchanged_claims_alone(self, year, resident, supervisor, at):
        assert reconsider(resident.pk, 2025, as_it_was, by=supervisor, at=at, **WHY) == []
        assert Settlement.objects.count() == 2

    def test_carries_the_last_cap_of_the_year(self, take, person, stay, supervisor, at):
        """Two limits in one year: 10 000 before, 20 000 from the autumn on; the later bill keeps its amount."""
        poor = person("李四光")
        take(poor, stay("2025-03-01", "2025-03-10", total="60000"), to="approved")

        def later(settlement):
            tags = [{"tag": "minimum_allowance", "from": "2025-10-01", "to": None}]
            return settlement.request | {"person": settlement.request["person"] | {"tags": tags}}

        moment = datetime(2025, 12, 20, 9, 0, tzinfo=BUREAU)
        take(poor, stay("2025-11-01", "2025-11-10", total="30000"), to="approved", moment=moment)
        reconsider(poor.pk, 2025, later, by=supervisor, at=moment, **WHY)
        autumn = accumulators(poor)["A_RR"]

        def both(settlement):
            revised = later(settlement)
            tags = [{"tag": "margin", "from": "2025-01-01", "to": "2025-09-15"}]
            return revised | {"person": revised["person"] | {"relief_tags": tags}}

        reconsider(poor.pk, 2025, both, by=supervisor, at=moment, **WHY)

        relief = Accumulator.objects.get(person=poor, year=2025, name="A_RR")
        assert relief.amount > Decimal("10000.00") > autumn
        assert relief.cap == Decimal("20000.00")
        assert violations() == []

    def test_refuses_a_bill_that_the_rules_no_longer_pay(self, year, resident, supervisor, at):
        def uninsured(settlement):
            return settlement.request | {"person": settlement.request["person"] | {"scheme": []}}

        with pytest.raises(Refused, match="不能结算"):
            reconsider(resident.pk, 2025, uninsured, by=supervisor, at=at, **WHY)

        assert Settlement.objects.live().count() == 2
        assert not Reversal.objects.exists()

    def test_refuses_an_officer_of_another_county(self, year, resident, neighbour, at):
        with pytest.raises(Refused):
            reconsider(resident.pk, 2025, relieved(), by=neighbour, at=at, **WHY)

        assert not Reversal.objects.exists()

    def test_refuses_without_a_reason(self, year, resident, supervisor, at):
        with pytest.raises(Refused, match="原因"):
            reconsider(resident.pk, 2025, relieved(), reason=" ", rule="BZ-REL-5.5", by=supervisor, at=at)

        assert not Reversal.objects.exists()

    def test_of_the_same_year_can_be_proved_byte_by_byte(self, year, resident, supervisor, at):
        reconsider(resident.pk, 2025, relieved(), by=supervisor, at=at, **WHY)
        assert [proof.problem for proof in claims.replay_all() if not proof.same] == []

    def test_leaves_the_versions_unchangeable(self, year, resident, supervisor, at):
        reconsider(resident.pk, 2025, relieved(), by=supervisor, at=at, **WHY)
        with pytest.raises(IntegrityError), transaction.atomic():
            Settlement.objects.filter(ended="superseded").update(ended_at=None, ended="")


class TestBillsAcrossNewYear:
    def test_tie_the_years_together(self, take, person, stay, supervisor, at):
        """A claim with a stay of December and one of January: revising the one year carries into the other."""
        poor, moment = person("赵六", scheme="employee"), at.replace(month=3)
        take(
            poor, stay("2024-12-20", "2024-12-31", total="60000"), stay("2025-01-02", "2025-01-20", total="60000"),
            to="approved", moment=moment,
        )
        take(poor, stay("2025-02-02", "2025-02-09", total="60000"), to="approved", moment=moment)

        found = preview(poor.pk, 2025, relieved())
        reconsider(poor.pk, 2025, relieved(), by=supervisor, at=moment, **WHY)

        assert [each.day.isoformat() for each in found] == ["2025-01-20", "2025-02-09"]
        assert "A_RR" not in accumulators(poor, 2024)
        assert accumulators(poor)["A_RR"] == sum(each.difference for each in found)
        assert violations() == []
