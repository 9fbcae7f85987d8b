"""Packed bills replayed by the plain functions give what `settle` gives, to the fen, bills and accumulators alike."""

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


def replay(request: dict, bills: list[packed.Packed]) -> tuple[list[bytes], dict]:
    pack = policy.pack_for(request["pool"])
    cache = packed.Cache(lambda _: pack)
    ledger, courses, found = Ledger(pack, request.get("opening") or {}), {}, []
    for given, bill in zip(request["bills"], bills, strict=True):
        day = given["date"]
        call, prepared = cache.read(f"1\t{bill.facts}\t{day}".encode())
        found.append(packed.settled(call, prepared, bill.inputs.encode(), ledger.year(int(day[:4])), courses))
    return found, ledger.printed()


class TestReplay:
    @pytest.mark.parametrize(("case", "result"), SETTLED, ids=lambda value: value.get("id", ""))
    def test_gives_the_amounts_and_accumulators_of_settle(self, case, result):
        request = case["request"]
        bills = packed.pack_bills(request, policy.pack_for(request["pool"]))
        assert all(not bill.facts for bill, printed in zip(bills, result["bills"], strict=True)
                   if request.get("parameters"))
        if not all(bill.facts for bill in bills) or any(printed["refused"] for printed in result["bills"]):
            return

        found, accumulators = replay(request, bills)

        assert found == [packed.pack_result(printed).encode() for printed in result["bills"]]
        assert accumulators == result["accumulators"]

    def test_is_proved_on_most_public_cases(self):
        packable = [
            case for case, result in SETTLED
            if all(bill.facts for bill in packed.pack_bills(case["request"], policy.pack_for(case["request"]["pool"])))
        ]
        assert len(packable) > 100
