"""The same facts under the same pack give the same bytes, in any process, time zone and hash seed."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import policy

from .conftest import CASES, cases

ROOT = Path(__file__).parents[2]


def lines() -> bytes:
    requests = [case["request"] for case in cases("settle")]
    return "".join(json.dumps(request, ensure_ascii=False) + "\n" for request in requests).encode()


def digest(**environment: str) -> str:
    answer = subprocess.run(
        [sys.executable, "-m", "policy", "settle"],
        input=lines(), capture_output=True, cwd=ROOT, check=False, timeout=120,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")} | environment,
    )  # fmt: skip
    assert answer.returncode == 1, answer.stderr  # the cases hold errors too
    assert not answer.stderr
    return hashlib.sha256(answer.stdout).hexdigest()


class TestTheSameBytes:
    def test_across_processes_time_zones_locales_and_hash_seeds(self):
        found = {
            digest(PYTHONHASHSEED="0", TZ="Asia/Shanghai"),
            digest(PYTHONHASHSEED="1", TZ="America/Los_Angeles", LC_ALL="C"),
            digest(PYTHONHASHSEED="4242", TZ="Pacific/Kiritimati", LC_ALL="C.UTF-8"),
        }
        assert len(found) == 1

    def test_again_in_one_process(self):
        for case in cases("settle"):
            if "error" not in case["expect"]:
                first, again = policy.settle(case["request"]), policy.settle(case["request"])
                assert json.dumps(first, ensure_ascii=False) == json.dumps(again, ensure_ascii=False)

    def test_the_request_is_not_changed(self):
        for case in cases("settle"):
            if "error" not in case["expect"]:
                before = json.dumps(case["request"])
                policy.settle(case["request"])
                assert json.dumps(case["request"]) == before

    def test_the_cases_are_here(self):
        assert len(list(CASES.glob("*.jsonl"))) == 5
