"""The engine and the reference calculator agree to the fen on random person-years.

`ORACLE_REQUESTS` sets how many for each pool, `ORACLE_SEED` which: a failure names its seed.
"""
import json
import os
import random
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

import policy
from tests.oracle import POOLS, settle
from tests.oracle.common import PAYERS
from tests.oracle.compare import differences
from tests.oracle.generate import person_year, requests
from tests.oracle.people.rows import rows

COUNT = int(os.environ.get("ORACLE_REQUESTS", "150"))
SEED = os.environ.get("ORACLE_SEED", "2025")


def disagreement(request: dict) -> str:
    found = differences(policy.settle(request), settle(request))
    return "\n".join([*found, json.dumps(request, ensure_ascii=False)]) if found else ""


@pytest.mark.parametrize("pool", POOLS)
class TestEngineAndOracle:
    def test_agree_on_seeded_person_years(self, pool):
        for number in range(COUNT):
            seed = f"{pool}:{SEED}:{number}"
            found = disagreement(person_year(pool, random.Random(seed)))
            assert not found, f"{seed}\n{found}"

    def test_agree_on_every_row_of_the_tables(self, pool):
        for request in rows(pool):
            found = disagreement(request)
            assert not found, found

    def test_agree_on_what_hypothesis_tries(self, pool):
        @hypothesis_settings(
            max_examples=30, deadline=None, derandomize=True, database=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
        )
        @given(requests(pool))
        def agree(request):
            assert not disagreement(request)

        agree()


@pytest.mark.parametrize("pool", POOLS)
class TestYearInTwoParts:
    def test_the_printed_accumulators_carry_the_whole_state(self, pool):
        """O-2, R-1.6: the first part's `accumulators` as `opening` of the second gives the same bills."""
        for number in range(COUNT // 10):
            source = random.Random(f"{pool}:parts:{SEED}:{number}")
            request = person_year(pool, source)
            for bill in request["bills"]:
                bill.pop("course", None)  # a course is settled in one request
            cut = source.randint(0, len(request["bills"]))
            whole = policy.settle(request)
            first = policy.settle(request | {"bills": request["bills"][:cut]})
            second = policy.settle(request | {"bills": request["bills"][cut:], "opening": first["accumulators"]})
            assert first["bills"] + second["bills"] == whole["bills"], json.dumps(request, ensure_ascii=False)
            assert second["accumulators"] == whole["accumulators"], json.dumps(request, ensure_ascii=False)


@pytest.mark.parametrize("pool", POOLS)
class TestSteps:
    def test_add_up_to_what_each_payer_pays(self, pool):
        for number in range(COUNT // 10):
            request = person_year(pool, random.Random(f"{pool}:steps:{SEED}:{number}"))
            for bill in policy.settle(request)["bills"]:
                explained = dict.fromkeys(PAYERS, Decimal(0))
                for step in bill["steps"]:
                    explained[step["layer"]] += Decimal(step["amount"])
                assert explained == {name: Decimal(bill[name]) for name in PAYERS}, json.dumps([request, bill["id"]])
