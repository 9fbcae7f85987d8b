"""Every settle case of the contract, and what must hold besides what the case expects."""

from decimal import Decimal, InvalidOperation

import pytest

import policy
from policy.errors import PolicyError

from .conftest import cases
from .settling import check_sound

SETTLE = cases("settle")


def agrees(expected: object, found: object) -> bool:
    """The contract's comparison: `true` is anything but null, numbers are compared as decimals."""
    if expected is True:
        return found is not None
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(agrees(value, found.get(key, "0")) for key, value in expected.items())
    if expected == found:
        return True
    try:
        return Decimal(str(expected)) == Decimal(str(found))
    except InvalidOperation:
        return False


class TestEveryCase:
    @pytest.mark.parametrize("case", SETTLE, ids=lambda case: case["id"])
    def test_is_settled_as_it_expects_and_soundly(self, case):
        expect = case["expect"]
        if "error" in expect:
            with pytest.raises(PolicyError) as raised:
                policy.settle(case["request"])
            assert agrees(expect["error"], raised.value.as_dict())
            return

        result = policy.settle(case["request"])

        by_id = {bill["id"]: bill for bill in result["bills"]}
        assert all(agrees(bill, by_id[bill["id"]]) for bill in expect["bills"]), result
        assert agrees(expect.get("accumulators", {}), result["accumulators"])
        for bill in result["bills"]:
            check_sound(bill)

    def test_there_are_201_of_them_in_five_pools(self):
        assert len(SETTLE) == 201
        assert {case["request"]["pool"] for case in SETTLE} > {
            "bazhong",
            "chongqing",
            "changchun",
            "changzhi",
            "national",
        }
