"""The reference calculator passes every published case of `settle`."""
import json
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

from tests.oracle import settle

CASES = Path(__file__).parents[1] / "policy" / "cases"


def published_cases():
    for path in sorted(CASES.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            if case["calculator"] == "settle" and "error" not in case["expect"]:
                yield pytest.param(case, id=case["id"])


def as_number(value):
    try:
        return Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return None


def assert_matches(expected, actual, path=""):
    """Every expected key must match; further keys are allowed; bills are matched by id, numbers as decimals."""
    if path.endswith(".refused") and expected is True:
        assert actual is not None, path
    elif isinstance(expected, dict):
        assert isinstance(actual, dict), path
        for key, value in expected.items():
            default = "0" if path.startswith(".accumulators") else None
            assert_matches(value, actual.get(key, default), f"{path}.{key}")
    elif isinstance(expected, list):
        by_id = {item["id"]: item for item in actual}
        for item in expected:
            assert_matches(item, by_id[item["id"]], f"{path}[{item['id']}]")
    elif as_number(expected) is not None:
        assert as_number(expected) == as_number(actual), (path, expected, actual)
    else:
        assert expected == actual, (path, expected, actual)


@pytest.mark.parametrize("case", list(published_cases()))
def test_agrees_with_the_published_case(case):
    assert_matches(case["expect"], settle(case["request"]))


def test_there_are_cases_of_every_pool():
    pools = {case.values[0]["request"]["pool"] for case in published_cases()}
    assert pools == {"bazhong", "chongqing", "changchun", "changzhi", "national"}
