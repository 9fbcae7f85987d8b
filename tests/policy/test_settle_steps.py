"""The explanation: a person with only the notice at hand can follow every amount."""

import pytest

import policy

from .settling import bill, person, request, settled, shown, stay


def only(pool: str, who: dict, each: dict, **more: object) -> list[dict]:
    [answer] = settled(pool, who, each, **more)
    return answer["steps"]


class TestStep:
    def test_names_the_rule_the_article_the_figures_and_the_sum(self):
        [basic, large] = only("bazhong", person("employee", "large_amount"), stay("level3", "20000.00"))

        assert shown(basic, "layer", "rule", "article") == ("basic", "BZ-EMP-27.1", "第二章第27问")
        assert shown(basic, "base", "deductible", "ratio", "cap_left", "amount") == (
            "20000.00",
            "700.00",
            "0.80",
            "140000.00",
            "15440.00",
        )
        assert basic["label"] == "基本医疗保险统筹基金（市内或已办长期备案、三级医疗机构）"
        assert basic["formula"] == "（20000.00 − 700.00）× 80% = 15440.00"
        assert [source["label"] for source in basic["sources"]] == [
            "住院报销比例",
            "住院起付线",
            "基本医疗保险统筹基金年度支付限额",
        ]
        assert basic["accumulators"] == [
            {"name": "A_EB", "label": "职工基本统筹基金已支付", "before": "0.00", "after": "15440.00"}
        ]
        assert large["rule"] == "BZ-EMP-36.1"

    def test_stands_for_each_ratio_band_that_paid(self):
        steps = only("bazhong", person(), stay("level3", "524448.00"))

        bands = [
            shown(step, "base", "deductible", "ratio", "amount") for step in steps if step["layer"] == "catastrophic"
        ]
        assert bands == [
            ("114448.00", "14448.00", "0.60", "60000.00"),
            ("100000.00", "0.00", "0.70", "70000.00"),
            ("200000.00", "0.00", "0.85", "170000.00"),
        ]

    @pytest.mark.parametrize(
        ("scheme", "holds", "limit"),
        [("resident", ("M03911",), "600元"), ("resident", ("M03911", "M04600"), "800元"),
         ("employee", ("M03911",), "1000元")],
    )
    def test_quotes_the_limit_of_the_diseases_that_are_held(self, scheme, holds, limit):
        cost = bill("chronic", "5000.00", disease="M03911")
        [basic, *_] = only("bazhong", person(scheme, holds=holds), cost)  # BZ-CHR-3.3, BZ-CHR-3.4

        quoted = next(source for source in basic["sources"] if source["rule"] == "BZ-CHR-3.3")
        assert quoted["value"] == limit
        assert basic["cap_left"] == limit.replace("元", ".00")

    def test_of_a_band_that_a_cap_cuts_shows_what_was_left(self):
        steps = only("bazhong", person("employee", "large_amount"), stay("level3", "1000000.00"))

        assert steps[-1]["formula"].endswith("超过限额余额，按余额支付 415000.00")

    def test_says_why_a_layer_pays_nothing(self):
        steps = only("bazhong", person(), stay("level2", "5000.00"))
        assert steps[1]["formula"] == "年度累计由 0.00 至 1780.00，未超过起付标准 14448.00"

        steps = only("bazhong", person("employee", "orphan"), stay("level2", "5000.00", referred=False))
        assert shown(steps[-1], "layer", "label", "rule", "amount") == (
            "relief",
            "医疗救助：未按规定转诊，原则上不予救助",
            "BZ-REL-5.2",
            "0.00",
        )

        steps = only("bazhong", person("employee"), stay("level3", "700.00"))
        assert steps[0]["formula"] == "700.00 未超过起付线余额，由起付线承担"

    def test_of_a_tier_turns_the_payment_threshold_into_cost(self):  # CQ-14.1, CQ-14.2
        who = person("employee", "employer", holds=("CQ-I-01",))
        steps = only(
            "chongqing",
            who,
            bill("special", "5000.00", "2025-09-08", level="level3", disease="CQ-I-01"),
            parameters={"inpatient.deductible.employee.level3": 0},
            opening={"2025": {"employee.pool_paid": "36000.00"}},
        )

        assert [shown(step, "base", "ratio", "amount", "rule") for step in steps] == [
            ("1111.11", "0.90", "1000.00", "CQ-14.1"),
            ("3888.89", "1.00", "3888.89", "CQ-14.2"),
        ]

    def test_shows_points_that_lowered_the_ratio(self):  # CZ-9.8
        steps = only("changzhi", person(), stay("fee1", "50000.00", "2024-03-15", place="out_of_province"))

        assert steps[0]["ratio"] == "0.45"
        assert [source["value"] for source in steps[0]["sources"]][:2] == ["55%", "-10个百分点"]

    def test_marks_a_figure_that_the_request_supplied(self):
        steps = only(
            "bazhong", person(), stay("level3", "40000.00", "2026-03-10"), parameters={"cii.deductible.2026": 15000}
        )

        assert ("15000.00元", "supplied") in [(source["value"], source["status"]) for source in steps[1]["sources"]]

    def test_amounts_of_bands_carry_the_rounding_in_the_last(self):  # CC-T2
        steps = only("changchun", person(), stay("provincial", "60000.01", "2021-03-01"))

        assert [step["amount"] for step in steps if step["layer"] == "basic"] == ["15840.00", "18000.00", "0.01"]


class TestWithoutExplanation:
    @pytest.mark.parametrize("pool", ["bazhong", "national"])
    def test_the_amounts_are_the_same(self, pool):
        parameters = {"deductible": 100, "ratio": "0.5", "income": 20000} if pool == "national" else {}
        asked = request(pool, person(), stay("level2", "100000.00"), stay("level3", "50000.00"), parameters=parameters)

        explained, plain = policy.settle(asked), policy.settle(asked, explained=False)

        assert [each | {"steps": []} for each in explained["bills"]] == plain["bills"]
        assert explained["accumulators"] == plain["accumulators"]
