"""What the tests of the calculators share: the cases of the contract, and acts that must be refused."""

import json
from pathlib import Path

import pytest

from policy.errors import PolicyError

CASES = Path(__file__).parent / "cases"


def cases(*calculators: str) -> list[dict]:
    """The contract's cases of these calculators."""
    lines = [line for path in sorted(CASES.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]
    return [case for case in map(json.loads, lines) if case["calculator"] in calculators]


def contains(result: object, expected: object) -> bool:
    """Whether the result holds what is expected: further keys are allowed, `True` is anything but null."""
    if expected is True:
        return result is not None and result is not False
    if isinstance(expected, dict):
        return isinstance(result, dict) and all(contains(result.get(key), value) for key, value in expected.items())
    return result == expected


@pytest.fixture
def refusal():
    """Call a calculator and return the code of its refusal."""

    def call(act, *args, **kwargs) -> str:
        with pytest.raises(PolicyError) as raised:
            act(*args, **kwargs)
        assert raised.value.message
        return raised.value.code

    return call
