"""The command line: one answer a line, one error in its place, never a traceback."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from policy.__main__ import CALCULATORS, calculator, main, respond, run

from .conftest import cases, contains

ROOT = Path(__file__).parents[2]
GOOD = {"case": "good", "pool": "bazhong", "year": 2026, "category": "adult", "tags": []}


def answers(*lines: bytes, name: str = "premium") -> list[dict]:
    out = io.BytesIO()
    run(calculator(name), io.BytesIO(b"\n".join(lines) + b"\n"), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def written(request: dict) -> bytes:
    return json.dumps(request, ensure_ascii=False).encode()


def python(*arguments: str, text: bytes = b"", **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "policy", *arguments],
        input=text, capture_output=True, cwd=ROOT, check=False, timeout=60,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")} | environment,
    )  # fmt: skip


class TestEveryCaseOfTheContract:
    @pytest.mark.parametrize("case", cases(*CALCULATORS), ids=lambda case: case["id"])
    def test_gives_what_it_expects(self, case):
        answer = respond(calculator(case["calculator"]), written(case["request"]))
        assert expected_in(answer, case["expect"])


def expected_in(answer: dict, expect: dict) -> bool:
    """The contract's containment, with lists of bills matched by their id."""
    bills = {bill["id"]: bill for bill in answer.get("bills", [])}
    rest = {key: value for key, value in expect.items() if key != "bills"}
    return contains(answer, rest) and all(contains(bills.get(bill["id"]), bill) for bill in expect.get("bills", []))


BAD_LINES = {
    "empty": (b"", "not_json"),
    "word": (b"hello", "not_json"),
    "cut off": (b'{"case": "x", "pool"', "not_json"),
    "list": (b"[]", "not_json"),
    "number": (b"12", "not_json"),
    "null": (b"null", "not_json"),
    "deep list": (b"[" * 100_000, "too_deep"),
    "deep object": (b'{"a":' * 100_000, "too_deep"),
    "bom": (b"\xef\xbb\xbf" + written(GOOD), "bom"),
    "not utf-8": ('{"case": "张三"}'.encode("gb18030"), "bad_encoding"),
    "utf-16": ('{"case": 1}'.encode("utf-16"), "bad_encoding"),
    "duplicate key": (b'{"case": "c", "year": 2025, "year": 2026}', "duplicate_key"),
    "long integer": (b'{"case": "c", "year": ' + b"9" * 5000 + b"}", "bad_number"),
    "long fraction": (b'{"case": "c", "year": 0.' + b"9" * 5000 + b"}", "bad_number"),
    "infinite": (b'{"case": "c", "year": 1e999}', "bad_number"),
    "NaN": (b'{"case": "c", "year": NaN}', "bad_number"),
    "Infinity": (b'{"case": "c", "year": -Infinity}', "bad_number"),
    "lone surrogate": (b'{"case": "c", "pool": "\\ud800"}', "bad_text"),
    "surrogate in a key": (b'{"case": "c", "\\udfff": 1}', "bad_text"),
    "NUL": (b'{"case": "c", "pool": "a\\u0000b"}', "bad_text"),
    "raw control character": (b'{"case": "c", "pool": "a\x01b"}', "not_json"),
    "trailing text": (written(GOOD) + b" x", "not_json"),
    "unknown key": (written(GOOD | {"yaer": 1}), "unknown_field"),
    "wrong pool type": (written(GOOD | {"pool": 5}), "bad_value"),
    "path as pool": (written(GOOD | {"pool": "../bazhong"}), "unknown_pool"),
    "case is no text": (written(GOOD | {"case": 5}), "bad_value"),
}


class TestABadLine:
    @pytest.mark.parametrize(("line", "code"), BAD_LINES.values(), ids=BAD_LINES)
    def test_gets_one_error_in_its_place(self, line, code):
        before, bad, after = answers(written(GOOD), line, written(GOOD))

        assert set(bad) == {"case", "error"}
        assert set(bad["error"]) == {"code", "path", "message"}
        assert bad["error"]["code"] == code
        assert before["personal"] == after["personal"] == "400.00"

    @pytest.mark.parametrize("name", [name for name, (line, _) in BAD_LINES.items() if b'"case": "c"' in line])
    def test_names_its_case_where_that_can_be_read(self, name):
        line = BAD_LINES[name][0]
        if b"\x01" not in line:
            assert answers(line)[0]["case"] == "c"

    @pytest.mark.parametrize("name", CALCULATORS)
    def test_is_an_error_for_every_calculator(self, name):
        for line in (b"{}", b'{"pool": null}', b'{"pool": "bazhong"}', b'{"pool": "bazhong", "case": {"a": [1]}}'):
            assert "error" in answers(line, name=name)[0]

    def test_over_long_is_skipped_in_bounded_memory(self, monkeypatch):
        monkeypatch.setattr("policy.jsonlines.MAX_LINE", 1000)
        first, second = answers(b"x" * 50_000, written(GOOD))
        assert first["error"]["code"] == "line_too_long"
        assert second["case"] == "good"

    def test_a_fault_of_the_program_is_reported_without_a_traceback(self, capsys):
        def broken(request):
            raise ZeroDivisionError("x")

        answer = respond(broken, written(GOOD))
        assert answer["error"]["code"] == "internal"
        assert "Traceback" not in capsys.readouterr().err


class Slow(io.BytesIO):
    """A stream that notes, each time a line is asked for, how many answers stand on `out`."""

    def __init__(self, lines: list[bytes], out: io.BytesIO) -> None:
        super().__init__(b"\n".join(lines) + b"\n")
        self.out, self.answered = out, []

    def readline(self, *size: int) -> bytes:
        self.answered.append(self.out.getvalue().count(b"\n"))
        return super().readline(*size)


class TestLines:
    def test_are_answered_one_by_one(self):
        out = io.BytesIO()
        source = Slow([written(GOOD)] * 3, out)
        run(calculator("premium"), source, out)

        assert source.answered == [0, 1, 2, 3]

    def test_the_last_line_needs_no_end_and_may_end_like_windows(self):
        out = io.BytesIO()
        assert run(calculator("premium"), io.BytesIO(written(GOOD) + b"\r\n" + written(GOOD)), out) == 0
        assert len(out.getvalue().splitlines()) == 2

    def test_any_text_may_be_the_case(self):
        for case in ("a\nb\tc", "“引号”", "\U00020bb7", "", "null"):
            assert answers(written(GOOD | {"case": case}))[0]["case"] == case

    def test_a_line_separator_inside_text_does_not_split_it(self):
        assert answers(written(GOOD | {"case": "a\u2028b\u0085c"}))[0]["case"] == "a\u2028b\u0085c"

    def test_no_lines_give_no_answers(self):
        out = io.BytesIO()
        assert run(calculator("premium"), io.BytesIO(b""), out) == 0
        assert out.getvalue() == b""

    def test_results_are_chinese_text_in_utf_8(self):
        assert "预".encode() not in answers(written(GOOD)).__repr__().encode("ascii", "ignore")
        assert answers(written(GOOD | {"case": "参保"}))[0]["case"] == "参保"


class TestExitStatus:
    def test_is_0_when_all_were_computed(self, tmp_path):
        file = tmp_path / "requests.jsonl"
        file.write_bytes(written(GOOD) + b"\n")
        done = python("premium", str(file))
        assert (done.returncode, done.stderr) == (0, b"")
        assert json.loads(done.stdout)["case"] == "good"

    def test_is_1_when_one_was_an_error(self):
        done = python("premium", text=written(GOOD) + b"\n{\n")
        assert done.returncode == 1
        assert len(done.stdout.splitlines()) == 2
        assert done.stderr == b""

    @pytest.mark.parametrize("arguments", [[], ["premiums"], ["premium", "a", "b"], ["--version"]])
    def test_is_2_for_a_wrong_command_line(self, arguments):
        done = python(*arguments)
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr.startswith(b"usage:")

    def test_is_2_for_a_file_that_cannot_be_read(self, tmp_path):
        for path in (tmp_path / "none.jsonl", tmp_path):
            done = python("premium", str(path))
            assert (done.returncode, done.stdout) == (2, b"")
            assert b"Traceback" not in done.stderr

    def test_help_is_no_error(self, capsys):
        assert main(["--help"]) == 0
        assert "usage" in capsys.readouterr().out

    def test_a_closed_pipe_ends_quietly(self):
        line = written(GOOD) + b"\n"
        command = f"{sys.executable} -m policy premium | head -n 1"
        done = subprocess.run(
            command, shell=True, input=line * 5000, capture_output=True, cwd=ROOT, check=False, timeout=60
        )
        assert len(done.stdout.splitlines()) == 1
        assert b"Traceback" not in done.stderr


class TestRepeatability:
    def test_the_answer_is_the_same_in_every_process_and_zone(self):
        text = b"\n".join(written(case["request"]) for case in cases("certify", "coverage")[:40])
        places = [("0", "UTC", "C"), ("7", "Asia/Shanghai", "C.UTF-8"), ("99", "America/New_York", "C")]
        runs = {
            python("coverage", text=text, PYTHONHASHSEED=seed, TZ=zone, LC_ALL=locale).stdout
            for seed, zone, locale in places
        }
        assert len(runs) == 1


class TestWithoutDjango:
    def test_the_package_asks_for_no_settings(self):
        load = "import sys, policy.__main__ as m; [m.calculator(n) for n in m.CALCULATORS]"
        code = f"{load}; print('django' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=True, timeout=60)
        assert done.stdout.strip() == b"False"
