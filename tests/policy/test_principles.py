"""What the rule sets have in common, and what the national answers ask of every region's figures."""

from datetime import date

import pytest

import policy
from policy.pack import pack_for
from policy.premium import premium
from policy.retirement import retirement

from .settling import person, request, settled, shown, stay

GIVEN = {"deductible": 500, "ratio": "0.5", "income": 30000, "relief.ratio": "0.7", "relief.limit": 30000}


def national(who: dict, *bills: dict) -> list[dict]:
    return settled("national", who, *bills, parameters=GIVEN)


class TestFigures:
    def test_hold_from_their_day_until_a_later_rule_replaces_them(self):  # BZ-GEN-0.1
        pack = pack_for("bazhong")

        assert pack.figure("premium.fiscal", on=date(2025, 12, 31)).fen == 67_000
        assert pack.figure("premium.fiscal", on=date(2026, 1, 1)).fen == 70_000


class TestTheTwoSchemes:
    def test_are_kept_in_separate_accounts(self):  # BZ-GEN-2.1
        covers = [
            {"scheme": "employee", "from": "2020-01-01", "to": "2025-06-30"},
            {"scheme": "resident", "from": "2025-07-01", "to": None},
        ]
        stays = [stay("level3", "200000.00", "2025-03-10"), stay("level3", "10700.00", "2025-08-10")]
        answer = policy.settle(request("bazhong", person(covers), *stays))

        assert [each["basic"] for each in answer["bills"]] == ["140000.00", "6000.00"]
        assert shown(answer["accumulators"]["2025"], "A_EB", "A_RB") == ("140000.00", "6000.00")


class TestRelief:
    @pytest.mark.parametrize(("scheme", "relief"), [("employee", "1372.00"), ("resident", "2254.00")])
    def test_reaches_the_needy_of_either_scheme(self, scheme, relief):  # BZ-REL-1.1
        [each] = settled("bazhong", person(scheme, "minimum_allowance"), stay("level3", "7000.00"))

        assert each["relief"] == relief  # what basic left × 70%

    def test_does_not_reach_who_is_not_insured(self):  # BZ-REL-1.1
        gone = [{"scheme": "resident", "from": "2020-01-01", "to": "2024-12-31"}]
        [each] = settled("bazhong", person(gone, "minimum_allowance"), stay("level3", "7000.00"))

        assert shown(each, "relief", "personal") == ("0.00", "7000.00")

    def test_is_a_paid_premium_and_a_share_of_the_self_pay(self):  # BZ-GEN-14.2, BZ-GEN-16.1
        asked = {"pool": "bazhong", "year": 2026, "category": "adult", "tags": ["extremely_poor"]}
        [each] = settled("bazhong", person("resident", "extremely_poor"), stay("level3", "7000.00"))

        assert shown(premium(asked), "subsidy", "personal") == ("400.00", "0.00")
        assert shown(each, "basic", "relief", "personal") == ("3780.00", "3220.00", "0.00")


class TestRetirement:
    def test_counts_the_years_that_a_transfer_brought_along(self):  # BZ-EMP-21.4
        asked = {"pool": "bazhong", "sex": "female", "year": 2025, "total_years": 20, "province_years": 10}

        assert retirement(asked | {"local_years": 10})["entitled"] is True
        assert retirement(asked | {"local_years": 9})["missing_years"] == 1


class TestTheNationalAnswers:
    def test_finance_residents_by_a_premium_and_a_subsidy(self):  # NA-1.1
        answer = premium({"pool": "national", "year": 2019, "category": "adult"})

        assert shown(answer, "personal", "fiscal") == ("250.00", "520.00")

    def test_pay_again_above_a_line_of_their_own(self):  # NA-13.1
        [below, above] = national(person(), stay("level1", "30500.00", "2019-03-10"), stay("level1", 2, "2019-03-11"))

        assert shown(below, "basic", "catastrophic") == ("15000.00", "300.00")  # burden 15 500; 15 000 is the line
        assert shown(above, "basic", "catastrophic") == ("1.00", "0.60")

    @pytest.mark.parametrize(
        "tag", ["extremely_poor", "minimum_allowance", "returned_to_poverty", "risk_of_return"]
    )  # NA-40.1
    def test_protect_the_poor_in_three_layers(self, tag):  # NA-13.5, NA-38.3
        [each] = national(person("resident", tag), stay("level1", "80500.00", "2019-03-10"))

        assert shown(each, "basic", "catastrophic", "relief") == ("40000.00", "21450.00", "13335.00")
        assert [step["layer"] for step in each["steps"]] == ["basic", "catastrophic", "relief"]

    def test_give_others_no_relief(self):  # NA-40.1
        [each] = national(person("resident", "margin"), stay("level1", "80500.00", "2019-03-10"))

        assert each["relief"] == "0.00"

    @pytest.mark.parametrize("pool", ["bazhong", "chongqing", "changchun", "changzhi", "national"])
    def test_never_look_at_who_owns_the_hospital(self, pool):  # NA-15.1
        asked = request(pool, person(), stay("level3", "7000.00", ownership="private"))
        with pytest.raises(policy.PolicyError) as raised:
            policy.settle(asked)

        assert (raised.value.code, raised.value.path) == ("unknown_field", "bills[0].ownership")

    @pytest.mark.parametrize("admitted", ["2025-02-03", "2024-01-01"])
    def test_set_no_limit_to_the_days_of_a_stay(self, admitted):  # NA-20.1
        [each] = settled("bazhong", person(), stay("level3", "7000.00", "2025-03-10", admitted=admitted))

        assert each["refused"] is None


LEVELS = {
    "bazhong": ("2025-03-10", ["township", "level1", "level2", "level3"]),
    "changchun": ("2021-03-10", ["community", "district", "municipal", "provincial"]),
    "changzhi": ("2024-03-10", ["fee3", "fee2", "fee1"]),
}


class TestALowerInstitution:
    @pytest.mark.parametrize("pool", LEVELS)
    def test_costs_the_patient_less(self, pool):  # NA-21.1
        day, levels = LEVELS[pool]
        bills = [settled(pool, person(), stay(level, "10000.00", day))[0] for level in levels]

        deductibles = [float(each["deductible"]) for each in bills]
        ratios = [float(each["basic"]) / (10_000 - float(each["deductible"])) for each in bills]
        assert deductibles == sorted(deductibles)
        assert ratios == sorted(ratios, reverse=True)
