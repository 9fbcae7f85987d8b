"""What holds for every person-year of every pool, tried on random ones.

Random requests come from the made-up lives of `tests.oracle.generate`; here nothing is compared with another
calculator, only with the rules that every settlement must keep.
"""

import random
from copy import deepcopy
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import policy
from tests.oracle.generate import person_year

from .settling import PAYERS, bill, check_sound, person, settled

POOLS = ["bazhong", "changchun", "changzhi", "chongqing", "national"]
CAPS = {  # accumulator, the most it may ever hold: BZ-EMP-37.1, BZ-RES-16.1, CC-1.1, CC-8.2, CZ-3.3, CZ-9.7, CQ-14.2 …
    "bazhong": {"A_EB": 140000, "A_EC": 20000, "A_C1": 1500, "A_EL": 500000, "A_OP": 1000, "A_OC": 700, "A_OL": 600,
                "A_RB": 110000, "A_SD": 400, "A_CH": 2000, "A_2D": 500, "A_RR": 30000, "A_RT": 10000},
    "changchun": {"inp_paid": 200000, "op_paid": 1000, "chr_paid": 6500},
    "changzhi": {"employee.basic_paid": 80000, "resident.basic_paid": 70000, "large_paid": 500000, "op_paid": 300,
                 "op_ded_paid": 80, "tilt_paid": 30000},
    "chongqing": {"employee.pool_paid": 47000, "resident.acc_paid": 1000},
    "national": {},
}  # fmt: skip
trying = settings(
    max_examples=40, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


def lives(pool: str):
    """Person-years, each from a seed that a failing example names."""
    return st.integers(0, 10**6).map(lambda seed: person_year(pool, random.Random(f"{pool}:{seed}")))


def without(asked: dict, *names: str) -> dict:
    made = deepcopy(asked)
    for name in names:
        made.pop(name, None)
    for each in made["bills"]:
        each.pop("course", None)
    return made


def fund(bills: list[dict]) -> Decimal:
    return sum((Decimal(each["fund_total"]) for each in bills), Decimal(0))


@pytest.mark.parametrize("pool", POOLS)
class TestEveryPersonYear:
    def test_is_sound(self, pool):
        """total = fund total + personal to the fen, nothing negative, the steps sum to each payer."""

        @trying
        @given(lives(pool))
        def holds(asked):
            for each in policy.settle(asked)["bills"]:
                check_sound(each)

        holds()

    def test_exceeds_no_cap(self, pool):
        @trying
        @given(lives(pool))
        def holds(asked):
            result = policy.settle(without(asked, "opening"))
            for year in result["accumulators"].values():
                for name, cap in CAPS[pool].items():
                    assert Decimal(year.get(name, "0")) <= cap, (name, year)

        holds()

    def test_in_two_parts_is_the_same_as_in_one(self, pool):
        """O-2, R-1.6: between two bills nothing is carried but the printed accumulators."""

        @trying
        @given(lives(pool), st.integers(0, 10))
        def holds(asked, cut):
            whole = without(asked)
            first = policy.settle(whole | {"bills": whole["bills"][:cut]})
            second = policy.settle(whole | {"bills": whole["bills"][cut:], "opening": first["accumulators"]})
            both = policy.settle(whole)

            assert first["bills"] + second["bills"] == both["bills"]
            assert second["accumulators"] == both["accumulators"]

        holds()

    def test_a_further_bill_changes_no_earlier_one(self, pool):
        """And so never lowers the year's fund total."""

        @trying
        @given(lives(pool))
        def holds(asked):
            whole = policy.settle(asked)["bills"]
            shorter = policy.settle(asked | {"bills": asked["bills"][:-1]})["bills"]

            assert whole[:-1] == shorter
            assert fund(whole) >= fund(shorter)

        holds()

    def test_a_refused_bill_changes_nothing(self, pool):
        @trying
        @given(lives(pool))
        def holds(asked):
            result = policy.settle(asked)
            kept = [each["id"] for each in result["bills"] if each["refused"] is None]
            again = policy.settle(asked | {"bills": [each for each in asked["bills"] if each["id"] in kept]})

            assert again["bills"] == [each for each in result["bills"] if each["refused"] is None]

        holds()


class TestABillInTheMiddle:
    """Inserting a bill can lower the year's fund total only by rounding, at most half a fen for each payment after it.

    Where a deductible follows the highest level of the year (Chongqing, Changchun's pooling) or the course of
    treatment (Bazhong) this is not so: a cheap visit to a high level makes later ones pay the difference. Those
    are left out here; `test_settle_other_pools` shows the effect.
    """

    @pytest.mark.parametrize("pool", ["bazhong", "changzhi", "national"])
    def test_never_lowers_the_fund_total_but_for_rounding(self, pool):
        @trying
        @given(lives(pool), st.integers(0, 10))
        def holds(asked, at):
            asked = without(asked)
            shorter = asked | {"bills": asked["bills"][:at] + asked["bills"][at + 1:]}
            whole, less = policy.settle(asked)["bills"], policy.settle(shorter)["bills"]
            if [each["refused"] for each in whole[:at] + whole[at + 1:]] != [each["refused"] for each in less]:
                return  # a figure that is missing was needed only in one of the two
            payments = sum(Decimal(each[payer]) > 0 for each in whole[at:] for payer in PAYERS)
            assert fund(whole) >= fund(less) - Decimal("0.01") * payments

        holds()

    def test_lowers_it_where_the_deductible_follows_the_highest_level(self):  # CQ-13.2
        figures = {"inpatient.deductible.employee.level1": 200, "inpatient.deductible.employee.level3": 880}
        who = person("employee", holds=("CQ-I-05",))

        def total(*visits: tuple[str, str]) -> Decimal:
            bills = [bill("special", cost, "2025-07-01", level=level, disease="CQ-I-05") for level, cost in visits]
            return fund(settled("chongqing", who, *bills, parameters=figures))

        assert total(("level1", "1000.00")) == Decimal("640.00")
        assert total(("level3", "10.00"), ("level1", "1000.00")) == Decimal("104.00")  # (1000 − 870) × 80%
