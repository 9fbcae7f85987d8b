"""Fields that take only what they mean; all mistakes of a request at once, each with its place."""
from datetime import date

import pytest
from rest_framework import serializers

from casework.api.faults import Problem
from casework.api.fields import Day, Flag, Moment, Rows, Strict, Text, Word, checked


class Paper(Strict):
    kind = Text(length=5)


class Form(Strict):
    name = Text(length=10, secret=True)
    day = Day()
    at = Moment(required=False, allow_null=True)
    yes = Flag(required=False)
    word = Word(choices=["a", "b"], required=False)
    papers = Rows(child=Paper(), most=2, required=False)
    until = Day(required=False, allow_null=True)
    level = serializers.CharField(required=False, default="none")


GOOD = {"name": "张三", "day": "2025-11-03"}


def refused(**more):
    body = {key: value for key, value in {**GOOD, **more}.items() if value is not KeyError}
    with pytest.raises(Problem) as problem:
        checked(Form, body)
    assert problem.value.status == 422
    return problem.value.faults


class TestAForm:
    def test_is_read(self):
        read = checked(Form, {**GOOD, "at": "2025-11-03 09:30:00", "yes": True, "papers": [{"kind": "x"}], "until": ""})

        assert read["day"] == date(2025, 11, 3)
        assert read["at"].isoformat() == "2025-11-03T09:30:00+08:00"
        assert (read["papers"], read["until"], read["level"]) == ([{"kind": "x"}], None, "none")

    @pytest.mark.parametrize(("given", "code", "pointer"), [
        ({"day": "2025-W01-1"}, "DATE_FORMAT", "/day"),
        ({"day": "2025-1-1"}, "DATE_FORMAT", "/day"),
        ({"day": "20250101"}, "DATE_FORMAT", "/day"),
        ({"day": "\uff12\uff10\uff12\uff15-01-01"}, "DATE_FORMAT", "/day"),
        ({"day": "2025-02-30"}, "DATE_FORMAT", "/day"),
        ({"day": 20250101}, "DATE_FORMAT", "/day"),
        ({"day": ""}, "DATE_FORMAT", "/day"),
        ({"day": None}, "FIELD_NULL", "/day"),
        ({"day": KeyError}, "FIELD_MISSING", "/day"),
        ({"at": "2025-11-03T09:30:00"}, "TEXT_FORMAT", "/at"),
        ({"at": "2025-11-03 25:30:00"}, "DATE_FORMAT", "/at"),
        ({"name": "一" * 11}, "TEXT_LENGTH", "/name"),
        ({"name": " "}, "FIELD_BLANK", "/name"),
        ({"name": 5}, "TEXT_TYPE", "/name"),
        ({"name": ["张三"]}, "TEXT_TYPE", "/name"),
        ({"yes": "true"}, "BOOLEAN", "/yes"),
        ({"yes": 1}, "BOOLEAN", "/yes"),
        ({"word": "c"}, "CODE_UNKNOWN", "/word"),
        ({"papers": {}}, "LIST", "/papers"),
        ({"papers": [{"kind": "x"}] * 3}, "LINES_LIMIT", "/papers"),
        ({"papers": [None]}, "FIELD_NULL", "/papers/0"),
        ({"papers": [[]]}, "OBJECT", "/papers/0"),
        ({"papers": [{"kind": "x"}, {"kind": "123456"}]}, "TEXT_LENGTH", "/papers/1/kind"),
    ])
    def test_names_the_mistake_and_its_place(self, given, code, pointer):
        fault = refused(**given)[0]

        assert (fault.code, fault.pointer) == (code, pointer)

    def test_offers_the_near_name_of_an_unknown_field(self):
        fault = refused(naem="张三")[0]

        assert (fault.code, fault.pointer, fault.todo) == ("FIELD_UNKNOWN", "/naem", "是否为 name？")

    def test_tells_all_mistakes_at_once(self):
        codes = [fault.code for fault in refused(day="x", yes="yes", strange=1)]

        assert codes == ["FIELD_UNKNOWN", "DATE_FORMAT", "BOOLEAN"]

    def test_never_tells_a_secret_back(self):
        assert "李" not in refused(name="李" * 11)[0].got
