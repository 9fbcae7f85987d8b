"""Packed bills replayed by the plain functions give what `settle` gives, to the fen, bills and accumulators alike."""

from datetime import date

import pytest

import policy
from policy import packed
from policy.accumulators import Ledger
from policy.errors import PolicyError

from .conftest import cases


def expressible():
    """The cases that settle; those with figures of their own or a refused bill keep their request instead."""
    for case in cases("settle"):
        try:
            yield case, policy.settle(case["request"], explained=False)
        except PolicyError:
            continue


SETTLED = list(expressible())


def pack(request: dict) -> list[packed.Packed]:
    return packed.pack_bills(request, policy.pack_for(request["pool"]))


def replay(request: dict, bills: list[packed.Packed], often: int, monkeypatch) -> tuple[list, dict]:
    """Each bill once the long way, then `often` says whether its facts have come often enough for a narrow function."""
    monkeypatch.setattr(packed, "OFTEN", often)
    of_pool = policy.pack_for(request["pool"])
    replayer = packed.Replayer(of_pool)
    ledger, courses, found = Ledger(of_pool, request.get("opening") or {}), {}, []
    for given, bill in zip(request["bills"], bills, strict=True):
        day = date.fromisoformat(given["date"])
        call = replayer.function(bill.facts, day)
        found.append(call(*bill.inputs, ledger.year(day.year), courses))
    return found, ledger.printed()


class TestReplay:
    @pytest.mark.parametrize("often", [0, 1], ids=["by the plan", "narrowed"])
    @pytest.mark.parametrize(("case", "result"), SETTLED, ids=lambda value: value.get("id", ""))
    def test_gives_the_amounts_and_accumulators_of_settle(self, case, result, often, monkeypatch):
        request = case["request"]
        bills = pack(request)
        assert all(bill.needs_request for bill, printed in zip(bills, result["bills"], strict=True)
                   if request.get("parameters"))
        if any(bill.needs_request for bill in bills) or any(printed["refused"] for printed in result["bills"]):
            return

        found, accumulators = replay(request, bills, often, monkeypatch)

        assert found == [packed.pack_result(printed) for printed in result["bills"]]
        assert accumulators == result["accumulators"]

    def test_is_proved_on_most_public_cases(self):
        packable = [
            case for case, result in SETTLED
            if not any(bill.needs_request for bill in pack(case["request"]))
        ]
        assert len(packable) > 100

    def test_narrows_once_the_facts_have_come_often(self, monkeypatch):
        monkeypatch.setattr(packed, "OFTEN", 3)
        request = next(case["request"] for case, _ in SETTLED if not pack(case["request"])[0].needs_request)
        bill, day = pack(request)[0], date.fromisoformat(request["bills"][0]["date"])
        replayer = packed.Replayer(policy.pack_for(request["pool"]))
        long = replayer.function(bill.facts, day)
        amounts = [long(*bill.inputs, {}, {}) for _ in range(4)]

        narrow = replayer.function(bill.facts, day)

        assert narrow != long
        assert {*amounts, narrow(*bill.inputs, {}, {})} == {amounts[0]}
