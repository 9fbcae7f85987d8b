"""Whatever stays are settled, sent back and reversed in whatever order: nothing is lost and no cap exceeded."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims import services as claims
from claims.models import Accumulator, Claim, LedgerEntry, SettlementItem
from claims.services import Line
from tests.claims.conftest import violations

pytestmark = pytest.mark.django_db

CLASSES = ["A", "B", "C", "item", "high_value"]
AMOUNTS = st.integers(1, 20_000_000).map(lambda fen: Decimal(fen).scaleb(-2))
FEW = settings(
    max_examples=12, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def line(draw) -> Line:
    kind = draw(st.sampled_from(CLASSES))
    rate = draw(st.sampled_from(["0", "0.05", "0.1", "0.3333"])) if kind in {"B", "item"} else None
    return Line(line_class=kind, amount=draw(AMOUNTS), rate=rate)


@st.composite
def act(draw) -> tuple[str, int]:
    return draw(st.sampled_from(["settle", "settle", "send_back", "reverse"])), draw(st.integers(0, 3))


class TestAnyBill:
    @FEW
    @given(rows=st.lists(line(), min_size=1, max_size=8))
    def test_is_divided_to_the_fen(self, rows, person, take, stay):
        total = sum(row.amount for row in rows)
        claim = take(_anybody(person), stay("2025-03-02", "2025-03-08", total=total, lines=rows))

        item = SettlementItem.objects.get(settlement__claim=claim)
        assert item.total == total == item.fund_total + item.personal
        assert violations() == []


class TestAnyOrder:
    @FEW
    @given(acts=st.lists(act(), min_size=1, max_size=8), total=st.sampled_from(["4500", "60000", "150000"]))
    def test_of_acts_leaves_a_true_ledger(
        self, acts, total, person, take, stay, window_officer, reviewer, approver, supervisor, at
    ):
        someone = _anybody(person)
        made = [
            take(someone, stay(f"2025-0{month}-01", f"2025-0{month}-20", total=total), to="entered")
            for month in (2, 3, 4, 5)
        ]
        for what, which in acts:
            _do(what, Claim.objects.get(pk=made[which].pk), window_officer, reviewer, approver, supervisor, at)

        assert violations() == []
        for row in Accumulator.objects.filter(person=someone):
            entries = LedgerEntry.objects.filter(person=someone, year=row.year, name=row.name)
            assert row.amount == sum(entry.delta for entry in entries)
            assert row.cap is None or 0 <= row.amount <= row.cap


def _do(what, claim, window_officer, reviewer, approver, supervisor, at) -> None:
    if what == "settle" and claim.status == "entered":
        claims.settle(claim_id=claim.pk, by=window_officer, at=at)
    elif what == "send_back" and claim.status == "settled":
        claims.send_back(claim_id=claim.pk, to="entered", reason="请核对", by=reviewer, at=at)
    elif what == "reverse" and claim.status == "settled":
        claims.review(claim_id=claim.pk, by=reviewer, at=at)
        claims.approve(claim_id=claim.pk, by=approver, at=at)
        claims.reverse(claim_id=claim.pk, reason="冲销重办", by=supervisor, at=at)


def _anybody(person):
    """A new person for each example: the fixture's database holds those of the examples before."""
    return person("某人")


