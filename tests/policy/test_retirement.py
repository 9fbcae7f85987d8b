"""Contribution years at retirement age."""

import pytest

from policy.retirement import retirement

from .conftest import cases, contains


def ask(sex, year, total, local, province):
    years = {"total_years": total, "local_years": local, "province_years": province}
    return retirement({"pool": "bazhong", "sex": sex, "year": year} | years)


@pytest.mark.parametrize("case", cases("retirement"), ids=lambda case: case["id"])
def test_the_contracts_cases(case):
    assert contains(retirement(case["request"]), case["expect"])


class TestRetirement:
    """BZ-EMP-18.1, BZ-EMP-19.1, BZ-EMP-19.2, BZ-EMP-20.4."""

    @pytest.mark.parametrize(
        ("sex", "year", "years", "missing"),
        [
            ("male", 2025, (20, 10, 0), 0),
            ("male", 2025, (19, 10, 10), 1),
            ("male", 2025, (20, 9, 20), 1),
            ("male", 2025, (18, 5, 5), 5),
            ("male", 2035, (30, 0, 15), 0),
            ("male", 2035, (29, 0, 15), 1),
            ("female", 2035, (25, 0, 15), 0),
            ("female", 2035, (24, 24, 24), 1),
            ("female", 2040, (25, 0, 12), 3),
        ],
    )
    def test_counts_the_larger_shortfall(self, sex, year, years, missing):
        result = ask(sex, year, *years)
        assert (result["missing_years"], result["entitled"]) == (missing, missing == 0)
        assert result["make_up_base_rate"] == ("0.07" if missing else None)

    @pytest.mark.parametrize("year", [2024, 2026, 2034])
    def test_a_year_that_is_not_printed_is_refused_and_not_interpolated(self, year):
        result = ask("male", year, 40, 40, 40)
        assert result["refused"]["code"] == "parameter_missing"
        assert (result["entitled"], result["missing_years"], result["make_up_base_rate"]) == (None, None, None)

    def test_wrong_requests(self, refusal):
        assert refusal(ask, "x", 2025, 20, 10, 10) == "bad_value"
        assert refusal(ask, "male", 2025, -1, 10, 10) == "bad_value"
        assert refusal(ask, "male", 2025, 19.5, 10, 10) == "bad_value"
        assert refusal(ask, "male", 99999, 20, 10, 10) == "bad_value"
