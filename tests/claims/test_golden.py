"""Every golden case of Bazhong whose facts the database can hold: registered, entered, settled, to the fen."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import transaction

from casework.errors import Refused
from chronic import services as chronic
from claims import services as claims
from claims.models import Accumulator, SettlementItem
from tests.claims import golden
from tests.claims.conftest import violations
from tests.policy.conftest import cases

pytestmark = pytest.mark.django_db

NOT_HERE = {
    "BZ-P-16b": "figures that the request brings itself are the bureau's overlay here",
    "BZ-P-31": "an opening that no settlement wrote", "BZ-P-40b": "an opening that no settlement wrote",
    "BZ-P-90": "a number is never a float here", "BZ-P-91": "a form has no unknown field",
    "BZ-P-95": "the pool follows from the place of insurance",
}
"""Cases that are no facts of a register, and why."""

CASES = [case for case in cases("settle") if case["id"].startswith("BZ-")]
ASKED = [case for case in CASES if case["id"] not in NOT_HERE]
PAYERS = ("eligible", "deductible", "basic", "civil_servant", "large_amount", "catastrophic", "relief", "relief_tilt")
AMOUNTS = ("total", "own_expense", "first_self_pay", *PAYERS, "fund_total", "personal")


@pytest.fixture
def desk(city_manager, window_officer, approver):
    """The case's person with his certificates, and where his bills are entered."""

    def open_desk(case) -> golden.Desk:
        at = golden.morning_after(case)
        person = golden.enter_person(case, by=window_officer, at=at)
        known = golden.diseases()
        for disease, grant in golden.certificates_of(case):
            unit = SimpleNamespace(
                code=disease, label=disease, category=known[disease], review_months=None, stop="", rule=""
            )
            with transaction.atomic():
                chronic.grant(person, unit, grant, at=at)
        return golden.Desk(person, manager=city_manager, confirmer=approver, by=window_officer, at=at)

    return open_desk


def settle(desk: golden.Desk, bills) -> list[SettlementItem]:
    stays = [desk.stay(bill) for bill in bills]
    act = {"by": desk.by, "at": desk.at}
    claim = claims.register(person_id=desk.person.pk, reason="01", stays=stays, **act)
    claims.enter_details(claim_id=claim.pk, stays=stays, **act)
    settlement = claims.settle(claim_id=claim.pk, **act)
    assert claims.replay(settlement).same
    return list(settlement.items.order_by("number"))


def shown(item: SettlementItem, names) -> dict[str, Decimal]:
    return {name: getattr(item, name) for name in names}


class TestEveryCase:
    @pytest.mark.parametrize("case", ASKED, ids=lambda case: case["id"])
    def test_is_settled_to_the_fen(self, case, desk):
        at_desk = desk(case)
        for bills in golden.claims_of(case):
            wanted = [golden.expected(case, bill) for bill in bills]
            if wanted[0].get("refused"):
                with pytest.raises(Refused), transaction.atomic():
                    settle(at_desk, bills)
                continue
            for item, want in zip(settle(at_desk, bills), wanted, strict=True):
                names = [name for name in AMOUNTS if name in want]
                assert shown(item, names) == {name: Decimal(want[name]) for name in names}

        for year, totals in case["expect"].get("accumulators", {}).items():
            found = dict(Accumulator.objects.filter(year=year).values_list("name", "amount"))
            assert {name: found.get(name, 0) for name in totals} == {name: Decimal(totals[name]) for name in totals}
        assert violations() == []

    def test_that_is_left_out_is_no_fact_of_a_register(self):
        assert set(NOT_HERE) <= {case["id"] for case in CASES}
        assert len(ASKED) == 79
