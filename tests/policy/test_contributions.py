"""An employee's month: base, shares, personal account. The bureau's missing figures come with the request."""

import pytest

from policy.contributions import contributions
from policy.errors import PolicyError
from policy.pack import PACKS, Pack

MINIMUM = {"contributions.minimum_base.2025": "4000"}


def month(payer="employer", wage="6000", parameters=None, **facts):
    request = {"pool": "bazhong", "year": 2025, "payer": payer, "wage": wage} | facts
    return contributions(request | {"parameters": MINIMUM if parameters is None else parameters})


def shares(result):
    return {(line["fund"], line["payer"]): line["amount"] for line in result["lines"]}


class TestAnEmployeesMonth:
    """BZ-EMP-4.1, BZ-EMP-5.1, BZ-EMP-7.1, BZ-EMP-7.2, BZ-EMP-32.1, BZ-EMP-35.1; men and women alike: NA-37.1."""

    def test_is_seven_percent_of_the_employer_two_of_the_person_and_maternity(self):
        result = month()
        assert shares(result) == {
            ("basic", "employer"): "420.00", ("basic", "person"): "120.00", ("maternity", "employer"): "36.00",
        }
        assert (result["employer"], result["personal"], result["agency"]) == ("456.00", "120.00", "0.00")

    def test_adds_the_supplements_of_those_who_belong_to_them(self):
        result = month(joined=["civil_servant", "large_amount"])
        assert shares(result)["civil_servant", "employer"] == "120.00"
        assert shares(result)["large_amount", "employer"] == "80.00"

    @pytest.mark.parametrize(("wage", "base"), [
        ("3999.99", "4000.00"), ("4000", "4000.00"), ("4000.01", "4000.01"),
        ("11999.99", "11999.99"), ("12000", "12000.00"), ("12000.01", "12000.00"),
    ])
    def test_has_a_base_between_the_minimum_and_three_times_it(self, wage, base):
        result = month(wage=wage)
        assert (result["base"], result["base_rule"]) == (base, "BZ-EMP-7.2")

    def test_rounds_each_share_to_the_fen(self):
        result = month(wage="5555.55")
        assert shares(result) == {
            ("basic", "employer"): "388.89", ("basic", "person"): "111.11", ("maternity", "employer"): "33.33",
        }

    def test_needs_the_wage(self, refusal):
        assert refusal(month, wage=None) == "missing_field"


class TestWhoPaysAlone:
    """BZ-EMP-4.2, BZ-EMP-4.3, BZ-EMP-7.4, BZ-EMP-13.1, BZ-EMP-13.3, BZ-EMP-35.2."""

    def test_pays_nine_percent_of_the_minimum_base(self):
        result = month("flexible", wage=None)
        assert shares(result) == {("basic", "person"): "360.00"}
        assert (result["base"], result["base_rule"]) == ("4000.00", "BZ-EMP-7.4")

    def test_pays_maternity_and_large_amount_when_he_joins_them(self):
        result = month("flexible", wage=None, joined=["maternity", "large_amount"])
        assert shares(result)["maternity", "person"] == "24.00"
        assert shares(result)["large_amount", "person"] == "80.00"

    def test_has_it_paid_while_unemployed_but_for_the_large_amount(self):
        result = month("unemployed", wage=None, joined=["large_amount"])
        assert (result["agency"], result["personal"]) == ("384.00", "80.00")


class TestThePersonalAccount:
    """BZ-EMP-11.1, BZ-EMP-12.1, BZ-AMB-36."""

    def test_gets_two_percent_of_the_own_base(self):
        assert month(wage="6000")["account_credit"] == "120.00"
        assert month("flexible", wage=None)["account_credit"] == "80.00"

    def test_of_a_pensioner_gets_a_share_of_the_average_pension_that_the_bureau_supplies(self, refusal):
        supplied = {"contributions.pension.enterprise": "2500"}
        result = month("retired", wage=None, pension="enterprise", parameters=supplied)
        assert (result["account_credit"], result["base"], result["lines"]) == ("70.00", None, [])
        assert refusal(month, "retired", wage=None, pension="public", parameters=supplied) == "parameter_missing"
        assert refusal(month, "retired", wage=None) == "missing_field"


class TestTheMissingMinimumBase:
    """It is not printed: refused by name, or supplied by the bureau."""

    def test_is_refused_by_its_parameters_name(self):
        with pytest.raises(PolicyError) as raised:
            month(parameters={})
        assert raised.value.code == "parameter_missing"
        assert "contributions.minimum_base.2025" in raised.value.message

    def test_comes_with_the_bureaus_overlay(self, tmp_path):
        overlay = tmp_path / "own.yaml"
        overlay.write_text(
            "overlay: {pool: bazhong, title: 缴费基数, authority: 市医保局, document: 测试文, version: '1'}\n"
            "figures:\n  contributions.minimum_base:\n    article: 第一条\n"
            "    versions: [{from: 2025-01-01, to: 2026-01-01, value: 4000元}]\n",
            encoding="utf-8",
        )
        pack = Pack.load(PACKS / "bazhong", overlay)
        request = {"pool": "bazhong", "payer": "flexible"}
        assert contributions({**request, "year": 2025}, pack)["personal"] == "360.00"
        with pytest.raises(PolicyError):
            contributions({**request, "year": 2026}, pack)

    def test_is_no_matter_of_a_pool_without_such_rules(self, refusal):
        assert refusal(contributions, {"pool": "changchun", "year": 2021, "payer": "flexible"}) == "not_in_pool"
