"""The year's limit of 大病保险: rewards for staying, a penalty for gaps, each within a fifth."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.catastrophic_cap import catastrophic_cap

from .conftest import cases, contains


def cap(year, history, *tags):
    """`history`: one letter a year from 2025 on: r resident, z resident without a claim, e employee, - none."""
    schemes = {"r": "resident", "z": "resident", "e": "employee", "-": "none"}
    listed = [
        {"year": 2025 + n, "scheme": schemes[letter], "zero_claim": letter == "z"} for n, letter in enumerate(history)
    ]
    return catastrophic_cap({"pool": "bazhong", "year": year, "tags": list(tags), "history": listed})


@pytest.mark.parametrize("case", cases("catastrophic_cap"), ids=lambda case: case["id"])
def test_the_contracts_cases(case):
    assert contains(catastrophic_cap(case["request"]), case["expect"])


class TestRewards:
    """BZ-GEN-25.1, BZ-RES-9.1, BZ-RES-9.2, BZ-RES-9.3, BZ-RES-9.5."""

    @pytest.mark.parametrize(
        ("year", "history", "expected"),
        [
            (2025, "", "300000.00"),
            (2028, "rrr", "300000.00"),
            (2029, "rrrr", "304000.00"),
            (2030, "rrrrr", "308000.00"),
            (2030, "rrerr", "304000.00"),
            (2030, "rrrrz", "312000.00"),
            (2026, "e", "300000.00"),
        ],
    )
    def test_begin_with_the_fifth_resident_year(self, year, history, expected):
        assert cap(year, history)["cap"] == expected

    def test_of_a_claim_free_year_belong_to_the_year_before_only(self):
        assert cap(2028, "zzr")["cap"] == "300000.00"
        assert cap(2028, "rrz")["cap"] == "304000.00"

    def test_of_claim_free_years_in_a_row_are_not_saved_up(self):  # BZ-RES-9.4
        assert cap(2028, "zzz")["rewards"] == "4000.00"
        assert cap(2029, "zzzr")["rewards"] == "4000.00"  # the fifth year's; those of the three are gone

    def test_only_a_resident_year_is_claim_free(self):
        history = [{"year": 2025, "scheme": "employee", "zero_claim": True}]
        result = catastrophic_cap({"pool": "bazhong", "year": 2026, "history": history})
        assert result["cap"] == "300000.00"

    def test_stop_at_a_fifth(self):
        assert cap(2043, "r" * 18)["rewards"] == "60000.00"
        assert cap(2043, "r" * 17 + "z")["rewards"] == "60000.00"


class TestPenalties:
    def test_count_each_year_without_insurance(self):
        assert cap(2027, "r-")["cap"] == "296000.00"
        assert cap(2028, "-r-")["cap"] == "292000.00"

    def test_a_year_that_is_not_listed_is_missed(self):
        assert cap(2028, "r")["penalty"] == "8000.00"

    def test_stop_at_a_fifth(self):
        assert cap(2040, "-" * 15)["cap"] == "240000.00"
        assert cap(2041, "-" * 16)["cap"] == "240000.00"

    def test_a_gap_restarts_the_count_and_stays(self):
        assert cap(2035, "-" + "r" * 9)["cap"] == "320000.00"  # ten years in a row: 6 × 4000, less 4000

    def test_nothing_before_2025_counts(self):
        history = [{"year": 2024, "scheme": "none"}, {"year": 2025, "scheme": "resident"}]
        assert catastrophic_cap({"pool": "bazhong", "year": 2026, "history": history})["penalty"] == "0.00"


class TestAnyHistory:
    @given(st.text("rze-", max_size=30))
    def test_stays_within_a_fifth(self, history):
        result = cap(2025 + len(history), history)
        assert 240000 <= Decimal(result["cap"]) <= 360000
        assert Decimal(result["cap"]) == 300000 + Decimal(result["rewards"]) - Decimal(result["penalty"])

    @given(st.text("rze-", max_size=20))
    def test_one_more_resident_year_never_lowers_it_by_more_than_a_claim_free_one_gave(self, history):
        now, later = cap(2025 + len(history), history), cap(2026 + len(history), history + "r")
        assert Decimal(later["cap"]) >= Decimal(now["cap"]) - 4000


class TestThePoorest:
    @pytest.mark.parametrize("tag", ["extremely_poor", "orphan", "minimum_allowance"])
    def test_have_no_limit(self, tag):
        assert cap(2027, "--", tag)["cap"] is None

    @pytest.mark.parametrize("tag", ["margin", "monitored", "impoverished_by_illness", "civil_servant", "tier1"])
    def test_others_do(self, tag):
        assert cap(2027, "--", tag)["cap"] == "292000.00"


class TestRefusals:
    def test_of_wrong_requests(self, refusal):
        base = {"pool": "bazhong", "year": 2027, "history": []}
        twice = [{"year": 2025, "scheme": "resident"}, {"year": 2025, "scheme": "none"}]
        assert refusal(catastrophic_cap, base | {"history": twice}) == "bad_value"
        assert refusal(catastrophic_cap, base | {"history": [{"year": 2027, "scheme": "resident"}]}) == "bad_value"
        assert refusal(catastrophic_cap, base | {"tags": ["rich"]}) == "bad_value"
        assert refusal(catastrophic_cap, base | {"year": 2024}) == "parameter_missing"
        assert refusal(catastrophic_cap, base | {"pool": "changzhi"}) == "not_in_pool"
