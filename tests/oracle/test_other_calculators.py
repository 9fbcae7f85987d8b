"""The calculators beside `settle` agree with the naive ones on random requests."""
import json
import os
import random
from datetime import date
from importlib import import_module

import pytest

from policy.errors import PolicyError
from tests.oracle import births, others
from tests.oracle.people import others as people

COUNT = int(os.environ.get("ORACLE_REQUESTS", "400"))
SEED = os.environ.get("ORACLE_SEED", "2025")
NAMES = ("coverage", "catastrophic_cap", "premium", "retirement", "maternity")


def engine(name: str, request: dict):
    try:
        return getattr(import_module(f"policy.{name}"), name)(request)
    except PolicyError:
        return others.ERROR


def naive(name: str, request: dict):
    return getattr(births if name == "maternity" else others, name)(request)


def plain(value):
    return value.isoformat() if isinstance(value, date) else value


def agrees(answer, expected) -> bool:
    """Every key that the naive calculator decides; of a refusal its fixed code, or only that there is one."""
    if others.ERROR in (answer, expected):
        return answer == expected
    for key, value in expected.items():
        if key == "refused" and value is not None:
            code = (answer["refused"] or {}).get("code")
            if code is None or (value != "refused" and code != value):
                return False
        elif answer[key] != plain(value):
            return False
    return True


@pytest.mark.parametrize("name", NAMES)
class TestEngineAndOracle:
    def test_agree_on_seeded_requests(self, name):
        for number in range(COUNT):
            seed = f"{name}:{SEED}:{number}"
            request = getattr(people, name)(random.Random(seed))
            answer, expected = engine(name, request), naive(name, request)
            assert agrees(answer, expected), f"{seed}\n{answer}\n{expected}\n{json.dumps(request)}"

    def test_requests_are_of_every_outcome(self, name):
        """What the generator never brings about is not compared."""
        outcomes = set()
        for number in range(400):
            expected = naive(name, getattr(people, name)(random.Random(f"{name}:reach:{number}")))
            outcomes.add(json.dumps(expected, default=str) if expected != others.ERROR else expected)
        assert others.ERROR in outcomes
        assert len(outcomes) > 8
