"""A division contains itself and what lies below it, nothing else."""

import pytest

from policy.regions import contains, same_city, same_province


class TestContains:
    @pytest.mark.parametrize(
        ("area", "code"),
        [
            ("511900", "511900"),
            ("511900", "511902"),
            ("511900", "511999"),
            ("511900", "511902001"),
            ("511902", "511902"),
            ("511902", "511902001"),
            ("511902", "511902001002"),
            ("511902001", "511902001002"),
            ("511902000000", "511902001002"),
            ("510000", "511902"),
            ("510000", "510100"),
        ],
    )
    def test_what_lies_within(self, area, code):
        assert contains(area, code)

    @pytest.mark.parametrize(
        ("area", "code"),
        [
            ("511902", "511900"),
            ("511902", "511903"),
            ("511900", "510000"),
            ("511900", "510100"),
            ("511902001", "511902"),
            ("511902001", "511902002"),
            ("000000", "511902"),
            ("", "511902"),
            ("511900", ""),
            ("5119", "511902"),
            ("511900", "5119"),
            ("\uff15\uff11\uff11\uff19\uff10\uff10", "511902"),
            (None, "511902"),
        ],
    )
    def test_what_does_not(self, area, code):
        assert not contains(area, code)


class TestSame:
    def test_city_and_province(self):
        assert same_city("511902", "511999")
        assert not same_city("511902", "510107")
        assert not same_city("510000", "510000")
        assert same_province("511902", "510107")
        assert not same_province("511902", "500103")
        assert not same_province("", "500103")
