"""What a resident pays for a year."""

import pytest

from policy.premium import premium

from .conftest import cases, contains


def ask(pool="bazhong", year=2026, category="adult", tags=(), **more):
    return premium({"pool": pool, "year": year, "category": category, "tags": list(tags)} | more)


COMPUTED = [case for case in cases("premium") if "error" not in case["expect"]]


@pytest.mark.parametrize("case", COMPUTED, ids=lambda case: case["id"])
def test_the_contracts_cases(case):
    assert contains(premium(case["request"]), case["expect"])


class TestPremium:
    """BZ-RES-4.1, BZ-RES-8.1, CC-32.4, NA-1.2."""

    @pytest.mark.parametrize(("year", "fiscal"), [(2025, "670.00"), (2026, "700.00")])
    def test_has_a_figure_for_each_printed_year(self, year, fiscal):
        assert ask(year=year)["fiscal"] == fiscal

    @pytest.mark.parametrize("year", [2024, 2027, 9998])
    def test_refuses_a_year_that_is_not_printed(self, year, refusal):
        assert refusal(ask, year=year) == "parameter_missing"

    @pytest.mark.parametrize("category", ["adult", "minor", "student", "newborn"])
    def test_is_the_same_for_all_in_bazhong(self, category):
        assert ask(category=category)["personal"] == "400.00"

    def test_differs_by_age_in_changchun(self):
        amounts = [ask("changchun", 2021, category)["premium"] for category in ("adult", "minor", "newborn")]
        assert amounts == ["320.00", "200.00", "200.00"]


class TestSubsidy:
    """BZ-RES-6.1, BZ-RES-6.2, BZ-REL-4.1, NA-38.1, NA-38.2."""

    @pytest.mark.parametrize(
        ("tags", "personal"),
        [
            (["extremely_poor", "minimum_allowance"], "0.00"),
            (["minimum_allowance", "monitored_risk_open"], "100.00"),
            (["monitored"], "400.00"),
            (["margin", "impoverished_by_illness"], "400.00"),
            (["retired", "tier2"], "400.00"),
        ],
    )
    def test_is_the_highest_of_the_identities_once(self, tags, personal):
        assert ask(tags=tags)["personal"] == personal

    def test_that_is_not_printed_is_asked_for(self, refusal):
        assert refusal(ask, "national", 2019, tags=["minimum_allowance"]) == "parameter_missing"
        given = ask("national", 2019, tags=["risk_of_return"], parameters={"premium.subsidy": "150"})
        assert given["personal"] == "100.00"

    def test_is_not_asked_for_where_all_is_paid_anyway(self):
        assert ask("national", 2019, tags=["extremely_poor", "minimum_allowance"])["personal"] == "0.00"

    def test_never_exceeds_the_premium(self):
        result = ask("national", 2019, tags=["minimum_allowance"], parameters={"premium.subsidy": 300})
        assert (result["subsidy"], result["personal"]) == ("250.00", "0.00")

    def test_of_a_student_in_changchun_can_be_supplied(self, refusal):
        assert refusal(ask, "changchun", 2021, "student") == "parameter_missing"
        given = ask("changchun", 2021, "student", parameters={"premium.student": "180.00"})
        assert (given["personal"], given["subsidy"], given["fiscal"]) == ("180.00", "0.00", None)


class TestRefusals:
    def test_of_wrong_requests(self, refusal):
        assert refusal(ask, "chongqing") == "not_in_pool"
        assert refusal(ask, category="child") == "bad_value"
        assert refusal(ask, tags=["poor"]) == "bad_value"
        assert refusal(ask, year="2026") == "bad_value"
        assert refusal(ask, year=True) == "bad_value"
        assert refusal(ask, parameters={"premium.personal": 1}) == "unknown_field"
        assert refusal(ask, "changchun", 2021, parameters={"premium.adult": 1}) == "unknown_field"
        assert refusal(ask, "changchun", 2021, "student", parameters={"premium.student": 180.5}) == "money_is_float"
