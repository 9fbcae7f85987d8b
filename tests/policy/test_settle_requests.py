"""Wrong requests: each is a coded refusal with its place, none a traceback, nothing guessed."""

import pytest

import policy
from policy.errors import PolicyError

from .settling import bill, person, request, stay

GOOD = stay("level2", "100.00")


def refused(asked: dict) -> tuple[str, str]:
    with pytest.raises(PolicyError) as raised:
        policy.settle(asked)
    assert raised.value.message
    return raised.value.code, raised.value.path


def with_bill(**changes: object) -> dict:
    return request("bazhong", person("employee"), GOOD | changes)


class TestMoney:
    @pytest.mark.parametrize(
        ("total", "code"),
        [
            (100.5, "money_is_float"),
            (1e5, "money_is_float"),
            (float("nan"), "money_is_float"),
            ("-1.00", "bad_money"),
            ("1.001", "bad_money"),
            ("1,000.00", "bad_money"),
            ("", "bad_money"),
            (True, "bad_money"),
            ("\uff11\uff10\uff10", "bad_money"),
            ("1e5", "bad_money"),
            ("NaN", "bad_money"),
            (10**30, "bad_money"),
            ("9" * 40, "bad_money"),
            ([], "bad_money"),
        ],
    )
    def test_that_cannot_be_read_exactly(self, total, code):
        assert refused(with_bill(total=total)) == (code, "bills[0].total")

    def test_parts_above_the_total(self):
        assert refused(with_bill(own_expense="60.00", first_self_pay="40.01")) == ("bad_value", "bills[0].own_expense")

    def test_no_amount_at_all(self):
        assert refused(with_bill(total=None)) == ("missing_field", "bills[0].total")

    def test_total_and_lines(self):
        assert refused(with_bill(lines=[{"class": "A", "amount": "1.00"}])) == ("bad_value", "bills[0].total")

    def test_a_float_in_a_parameter_or_opening(self):
        asked = request("bazhong", person(), GOOD, parameters={"cii.deductible.2026": 1.5})
        assert refused(asked) == ("money_is_float", "parameters.cii.deductible.2026")
        asked = request("bazhong", person(), GOOD, opening={"2025": {"A_RB": 1.5}})
        assert refused(asked) == ("money_is_float", "opening.2025.A_RB")


class TestLines:
    @pytest.mark.parametrize(
        ("line", "code", "place"),
        [
            ({"class": "A", "amount": "1.00", "rate": "0.1"}, "bad_value", "rate"),
            ({"class": "high_value", "amount": "1.00", "rate": "0.1"}, "bad_value", "rate"),  # its share is printed
            ({"class": "B", "amount": "1.00", "rate": "1.1"}, "bad_ratio", "rate"),
            ({"class": "B", "amount": "1.00", "rate": 0.1}, "bad_ratio", "rate"),
            ({"class": "D", "amount": "1.00"}, "bad_value", "class"),
            ({"class": "A"}, "missing_field", "amount"),
        ],
    )
    def test_that_are_wrong(self, line, code, place):
        asked = with_bill(total=None, lines=[{"class": "A", "amount": "1.00"}, line])
        assert refused(asked) == (code, f"bills[0].lines[1].{place}")

    def test_single_line_drugs_exist_in_bazhong_only(self):
        asked = request(
            "changzhi",
            person(),
            bill("special", None, "2024-03-01", disease="CZ-01", lines=[{"class": "single_line", "amount": "1.00"}]),
        )
        assert refused(asked) == ("bad_value", "bills[0].lines[0].class")

    def test_none_is_not_a_bill(self):
        assert refused(with_bill(total=None, lines=[]))[0] == "bad_value"

    def test_a_share_that_nobody_printed_refuses_the_bill_not_the_request(self):
        result = policy.settle(with_bill(total=None, lines=[{"class": "item", "amount": "9.00"}]))

        assert result["bills"][0]["refused"]["code"] == "parameter_missing"
        assert "first_self_pay.item" in result["bills"][0]["refused"]["message"]


class TestDays:
    @pytest.mark.parametrize(
        "date",
        [
            "2025-02-30",
            "2025-3-1",
            "2025-W01-1",
            "20250301",
            "\uff12\uff10\uff12\uff15-03-01",
            20250301,
            None,
            "1975-05-19",
        ],
    )
    def test_that_do_not_exist_or_lie_before_birth(self, date):
        assert refused(with_bill(date=date))[0] in {"bad_date", "missing_field"}

    def test_admission_after_discharge(self):
        assert refused(with_bill(admitted="2025-03-11")) == ("bad_date", "bills[0].admitted")

    def test_a_spell_that_ends_before_it_begins(self):
        who = person("employee") | {"tags": [{"tag": "retired", "from": "2025-01-02", "to": "2025-01-01"}]}
        assert refused(request("bazhong", who, GOOD)) == ("bad_date", "person.tags[0].to")

    def test_two_schemes_on_one_day(self):  # BZ-GEN-24.1
        who = person(
            [
                {"scheme": "employee", "from": "2025-01-01", "to": "2025-06-30"},
                {"scheme": "resident", "from": "2025-06-30", "to": None},
            ]
        )
        assert refused(request("bazhong", who, GOOD)) == ("two_schemes", "person.scheme[1]")


class TestWords:
    @pytest.mark.parametrize(
        ("changes", "code", "path"),
        [
            ({"benefit": "dental"}, "bad_value", "bills[0].benefit"),
            ({"level": "level9"}, "bad_value", "bills[0].level"),
            ({"level": "pharmacy"}, "bad_value", "bills[0].level"),
            ({"level": None}, "missing_field", "bills[0].level"),
            ({"place": "county"}, "bad_value", "bills[0].place"),
            ({"filing": "maybe"}, "bad_value", "bills[0].filing"),
            ({"disease": "M99999"}, "unknown_disease", "bills[0].disease"),
            ({"disease": "M01700"}, "unknown_disease", "bills[0].disease"),  # a disease with subtypes is no unit
            ({"own_expence": "1.00"}, "unknown_field", "bills[0].own_expence"),
            ({"benefit": "special", "level": None}, "missing_field", "bills[0].disease"),
            ({"benefit": "maternity_medical"}, "missing_field", "bills[0].maternity"),
            (
                {"benefit": "maternity_medical", "maternity": {"event": "birth"}},
                "missing_field",
                "bills[0].maternity.mode",
            ),
            ({"days": 0}, "bad_value", "bills[0].days"),
            ({"id": "a\x00b"}, "bad_text", "bills[0].id"),
        ],
    )
    def test_that_nobody_knows(self, changes, code, path):
        assert refused(with_bill(**changes)) == (code, path)

    @pytest.mark.parametrize(
        ("changes", "code", "path"),
        [
            ({"tags": [{"tag": "rich", "from": "2025-01-01", "to": None}]}, "bad_value", "person.tags[0].tag"),
            (
                {"certificates": [{"disease": "X1", "from": "2025-01-01", "to": None}]},
                "unknown_disease",
                "person.certificates[0].disease",
            ),
            (
                {"choices": [{"disease": "X1", "mode": "ordinary", "year": 2025}]},
                "unknown_disease",
                "person.choices[0].disease",
            ),
            ({"scheme": "nobody"}, "bad_value", "person.scheme"),
            ({"birth_date": None}, "missing_field", "person.birth_date"),
        ],
    )
    def test_about_the_person(self, changes, code, path):
        assert refused(request("bazhong", person("employee") | changes, GOOD)) == (code, path)

    def test_two_modes_for_one_disease_and_year(self):  # CQ-17.10
        modes = [{"disease": "CQ-I-03-CML", "mode": mode, "year": 2025} for mode in ("ordinary", "single_disease")]
        asked = request(
            "chongqing", person("employee", choices=modes), bill("inpatient", "1.00", "2025-07-01", level="level1")
        )
        assert refused(asked) == ("bad_value", "person.choices[1].mode")

    def test_a_level_that_the_benefit_does_not_have(self):
        asked = request("changchun", person(), stay("village", "1.00", "2021-03-01"))
        assert refused(asked) == ("bad_value", "bills[0].level")

    def test_a_level_that_the_rule_needs(self):
        asked = request("chongqing", person("employee"), bill("inpatient", "1.00", "2025-07-01"))
        assert refused(asked) == ("missing_field", "bills[0].level")

    def test_a_bill_id_twice(self):
        asked = request("bazhong", person("employee"), GOOD, GOOD | {"id": "b0"})
        assert refused(asked) == ("duplicate_id", "bills[1].id")


class TestTheWhole:
    @pytest.mark.parametrize(
        ("asked", "code", "path"),
        [
            ({}, "missing_field", "pool"),
            ({"pool": "atlantis", "person": person(), "bills": []}, "unknown_pool", "pool"),
            ({"pool": "../bazhong", "person": person(), "bills": []}, "unknown_pool", "pool"),
            ({"pool": "bazhong", "person": person()}, "missing_field", "bills"),
            ({"pool": "bazhong", "person": [], "bills": []}, "bad_value", "person"),
        ],
    )
    def test_that_is_no_request(self, asked, code, path):
        assert refused(asked) == (code, path)

    def test_a_pack_of_another_pool(self):
        with pytest.raises(PolicyError) as raised:
            policy.settle(request("bazhong", person(), GOOD), policy.pack_for("national"))
        assert raised.value.code == "other_pool"

    @pytest.mark.parametrize(
        ("opening", "code", "path"),
        [
            ({"2025": {"A_XX": "1.00"}}, "unknown_field", "opening.2025.A_XX"),
            ({"25": {}}, "bad_value", "opening.25"),
            ({"2025": {"A_RB": "-1.00"}}, "bad_money", "opening.2025.A_RB"),
        ],
    )
    def test_an_opening_that_nobody_printed(self, opening, code, path):
        assert refused(request("bazhong", person(), GOOD, opening=opening)) == (code, path)

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("employee.osd_level_max", "level9", "bad_value"),
            ("employee.dis_cost[CQ-X]", "1.00", "unknown_field"),
            ("nobody.pool_paid", "1.00", "unknown_field"),
        ],
    )
    def test_an_opening_with_keyed_names(self, name, value, code):
        asked = request(
            "chongqing",
            person("employee"),
            bill("inpatient", "1.00", "2025-07-01", level="level1"),
            opening={"2025": {name: value}},
        )
        assert refused(asked)[0] == code

    @pytest.mark.parametrize(
        ("pool", "name", "value", "code"),
        [
            ("bazhong", "cii.deductible.2025", "1.00", "unknown_field"),
            ("bazhong", "cii.deductble.2026", "1.00", "unknown_field"),
            ("changzhi", "large_amount.ratio", "1.5", "bad_ratio"),
            ("changzhi", "large_amount.ratio", 1, "bad_ratio"),
            ("changchun", "chronic.limit.CC-CH-99", "1.00", "unknown_field"),
            ("changchun", "care.ratio.resident", "0.5", "unknown_field"),
            ("chongqing", "single.ratio", "0.5", "unknown_field"),
        ],
    )
    def test_a_parameter_that_cannot_be_supplied(self, pool, name, value, code):
        day = {"bazhong": "2025-03-10", "changzhi": "2024-03-10", "changchun": "2021-03-10", "chongqing": "2025-07-10"}[
            pool
        ]
        assert refused(request(pool, person(), bill("outpatient", "1.00", day), parameters={name: value})) == (
            code,
            f"parameters.{name}",
        )

    def test_null_is_not_given(self):
        asked = request(
            "bazhong",
            person("employee"),
            GOOD | {"own_expense": None, "course": None, "filing": None, "place": None},
            parameters={"cii.deductible.2026": None},
            opening={"2025": {"A_EB": None}},
        )
        assert policy.settle(asked)["bills"][0]["refused"] is None
