"""JSON as a sender can get it wrong: each mistake has its code, and nothing is read kindly (Bad inputs 5-8, 40-58)."""
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.api import strictjson
from casework.api.faults import Problem, visible

BODIES = {
    "BOM": (b"\xef\xbb\xbf{}", 400, "BODY_BOM"),
    "UTF-16": ("{}".encode("utf-16"), 400, "BODY_BOM"),
    "nothing": (b" \n", 400, "BODY_EMPTY"),
    "GB18030": ('{"a":"张三"}'.encode("gb18030"), 400, "ENCODING"),
    "no JSON": (b"{'a':1}", 400, "JSON_SYNTAX"),
    "cut short": (b'{"a":"', 400, "JSON_SYNTAX"),
    "two values": (b"{}{}", 400, "JSON_SYNTAX"),
    "a list": (b"[]", 400, "BODY_SHAPE"),
    "one key twice": (b'{"a":1,"a":2}', 400, "KEY_DUPLICATE"),
    "one key twice below": (b'{"b":{"a":1,"\\u0061":2}}', 400, "KEY_DUPLICATE"),
    "100,000 brackets": (b"[" * 100_000, 400, "DEPTH"),
    "21 levels": (b'{"a":' * 21 + b"1" + b"}" * 21, 400, "DEPTH"),
    "5,000 digits": (b'{"a":' + b"9" * 5000 + b"}", 400, "NUMBER_LENGTH"),
    "exponent": (b'{"a":1e5}', 422, "AMOUNT_FORMAT"),
    "too large exponent": (b'{"a":1e999}', 422, "AMOUNT_FORMAT"),
    "not a number": (b'{"a":NaN}', 422, "AMOUNT_FORMAT"),
    "infinity": (b'{"a":-Infinity}', 422, "AMOUNT_FORMAT"),
    "lone surrogate": (b'{"a":"\\ud800"}', 400, "TEXT_SURROGATE"),
    "lone surrogate as key": (b'{"\\udfff":1}', 400, "TEXT_SURROGATE"),
    "NUL": (b'{"a":{"b":["\\u0000"]}}', 400, "CONTROL_CHAR"),
    "bidi override": ('{"a":"\u202e"}'.encode(), 422, "TEXT_INVISIBLE"),
    "zero width": ('{"a":"张\u200b三"}'.encode(), 422, "TEXT_INVISIBLE"),
}


class TestReading:
    @pytest.mark.parametrize(("body", "status", "code"), BODIES.values(), ids=BODIES)
    def test_refuses_with_its_code(self, body, status, code):
        with pytest.raises(Problem) as problem:
            strictjson.read_object(body)

        assert (problem.value.status, problem.value.first.code) == (status, code)

    def test_twenty_levels_are_read(self):
        assert strictjson.read_object(b'{"a":' * 20 + b"1" + b"}" * 20)

    def test_brackets_and_quotes_inside_text_are_text(self):
        assert strictjson.read_object(b'{"a":"[[[[[[[[[[[[[[[[[[[[[[[\\"{{{"}') == {"a": "[" * 23 + '"{{{'}

    def test_numbers_with_a_point_stay_exact(self):
        assert strictjson.read_object(b'{"a":7.20,"b":7}') == {"a": Decimal("7.20"), "b": 7}

    def test_says_where(self):
        with pytest.raises(Problem) as problem:
            strictjson.read_object(b'{"a/b":[{"c":"x\\u0001"}]}')

        assert problem.value.first.pointer == "/a~1b/0/c"

    @given(st.binary(max_size=200))
    def test_only_refuses_whatever_comes(self, body):
        with suppress(Problem):
            strictjson.read_object(body)


class TestWhatIsToldBack:
    def test_hides_long_numbers(self):
        assert visible("证件511902199001010010") == "证件******************"

    def test_writes_out_what_cannot_be_seen(self):
        assert visible("a\u202eb") == "a<U+202E>b"
