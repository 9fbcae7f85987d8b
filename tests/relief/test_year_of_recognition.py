"""A year with the recognition in any month is the year that BZ-REL-5.5 gives by hand, and balances at every step."""

from datetime import date
from decimal import Decimal

import pytest

import policy
from casework.errors import Refused
from claims.models import Accumulator, Adjustment, LedgerEntry, Settlement, SettlementItem
from relief import services as relief
from relief.models import Reconsideration
from relief.services.lookback import looking_back
from tests.claims.conftest import accumulators, violations
from tests.policy.conftest import cases

from .city import *  # noqa: F403
from .city import YEAR_END

GROUPS = {  # deductible, percent, yearly limit (BZ-REL-5.1), in fen
    "extremely_poor": (0, 100, 3_000_000, 100), "minimum_allowance": (0, 70, 2_000_000, 50),
    "monitored": (144_480, 65, 2_000_000, 50), "margin": (288_960, 50, 1_000_000, 50),
    "impoverished_by_illness": (722_400, 50, 1_000_000, 50),
}
LINE, TILT_LIMIT = 850_000, 1_000_000
MONTHS = [(month, list(GROUPS)[month % len(GROUPS)]) for month in range(1, 13)]


def fen(amount: Decimal) -> int:
    return int(amount * 100)


def by_hand(items: list[SettlementItem], group: str) -> list[tuple[int, int]]:
    """Relief and tilted relief bill by bill, on what the layers before them left (BZ-REL-5.8, BZ-REL-5.9)."""
    deductible, percent, limit, tilt_percent = GROUPS[group]
    paid = base = tilted = 0
    found = []
    for item in items:
        left = fen(item.eligible - item.basic - item.civil_servant - item.large_amount - item.catastrophic)
        used = min(deductible, left)
        deductible -= used
        regular = min(((left - used) * percent + 50) // 100, limit - paid)
        paid, base = paid + regular, base + left - regular
        earned = (max(0, base - LINE) * tilt_percent + 50) // 100
        tilt = max(0, min(earned - tilted, TILT_LIMIT - tilted, left - regular))
        tilted += tilt
        found.append((regular, tilt))
    return found


@pytest.mark.django_db
class TestRecognitionInAnyMonth:
    @pytest.mark.parametrize(("month", "group"), MONTHS)
    def test_gives_the_year_of_the_rule(self, month, group, resident, settled, recognised, reviewer, approver):
        for days in (range(1, 5), range(5, 9), range(9, 13)):
            settled(resident, *(f"2025-{each:02d}-10" for each in days), total=str(8000 + 4000 * days.start))
        recognised(resident, group, date(2025, month, 15))
        assert violations() == []

        [case] = Reconsideration.objects.all()
        relief.propose(case_id=case.pk, by=reviewer, at=YEAR_END)
        assert violations() == []
        relief.apply_reconsideration(case_id=case.pk, by=approver, at=YEAR_END)

        live = Settlement.objects.live().in_order()
        items = [item for row in live for item in row.items.order_by("number")]
        assert [(fen(each.relief), fen(each.relief_tilt)) for each in items] == by_hand(items, group)
        self.balances(resident, items)

    def balances(self, person, items):
        assert violations() == []
        year = accumulators(person)
        assert year.get("A_RR", 0) == sum(item.relief for item in items)
        assert year.get("A_RT", 0) == sum(item.relief_tilt for item in items)
        for row in Accumulator.objects.filter(person=person):
            own = LedgerEntry.objects.filter(person=person, year=row.year, name=row.name)
            assert row.amount == sum(entry.delta for entry in own)
        case = Reconsideration.objects.get()
        assert sum(row.signed_amount for row in Adjustment.objects.all()) == case.supplement - case.recovery


ALIKE = [
    case for case in cases("settle")
    if case["request"]["pool"] == "bazhong" and "bills" in case["expect"] and "error" not in case["expect"]
    and {tag["tag"] for tag in case["request"]["person"].get("tags", ())} & set(GROUPS)
    and len(case["request"]["person"]["tags"]) == 1
    and (case["request"]["person"]["scheme"] == "employee"
         or case["request"]["person"]["tags"][0]["tag"] not in ("extremely_poor", "orphan", "minimum_allowance"))
    and all(bill["date"].startswith("2025") for bill in case["request"]["bills"])
    and case["request"]["person"]["tags"][0]["from"] < "2025"
]
"""Golden cases in which the identity changes nothing before relief: recognised on the last day, they are the same."""


class TestTheGoldenCases:
    @pytest.mark.parametrize("case", ALIKE, ids=lambda case: case["id"])
    def test_of_an_identity_held_all_year_are_those_of_one_recognised_at_its_end(self, case):
        request = case["request"]
        [tag] = request["person"]["tags"]
        stored = Settlement(request_text=policy_text(request | {"person": request["person"] | {"tags": []}}))

        revised = looking_back(tag["tag"], date(2025, 12, 31))(stored)

        held, back = policy.settle(request)["bills"], policy.settle(revised)["bills"]
        names = ("basic", "catastrophic", "relief", "relief_tilt", "fund_total", "personal")
        assert [[bill[name] for name in names] for bill in back] == [[bill[name] for name in names] for bill in held]

    def test_are_enough_to_mean_something(self):
        assert len(ALIKE) >= 5


def policy_text(request: dict) -> str:
    import json

    return json.dumps(request)


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_apply_one_look_back_once(
        self, resident, settled, recognised, reviewer, approver, supervisor, at_once
    ):
        settled(resident, "2025-03-10")
        recognised(resident, "minimum_allowance", date(2025, 9, 1))
        case = relief.propose(case_id=Reconsideration.objects.get().pk, by=reviewer, at=YEAR_END)

        results = at_once(*(
            lambda by=by: relief.apply_reconsideration(case_id=case.pk, by=by, at=YEAR_END)
            for by in (approver, supervisor)
        ))

        assert sorted(type(each).__name__ for each in results) == ["Refused", "list"]
        assert Adjustment.objects.count() == 1
        assert violations() == []

    def test_of_two_identities_follow_each_other(
        self, resident, settled, recognised, reviewer, approver, supervisor, at_once
    ):
        settled(resident, "2025-03-10")
        settled(resident, "2025-06-10")
        recognised(resident, "margin", date(2025, 8, 1))
        recognised(resident, "minimum_allowance", date(2025, 9, 1))
        both = [relief.propose(case_id=case.pk, by=reviewer, at=YEAR_END) for case in Reconsideration.objects.all()]

        results = at_once(*(
            lambda case=case, by=by: relief.apply_reconsideration(case_id=case.pk, by=by, at=YEAR_END)
            for case, by in zip(both, (approver, supervisor), strict=True)
        ))

        kinds = sorted(type(each).__name__ for each in results)
        assert kinds == ["Refused", "list"], results
        refused = next(each for each in results if isinstance(each, Refused))
        assert refused.code in ("CHECK_VOID", "BUSY")
        assert violations() == []
