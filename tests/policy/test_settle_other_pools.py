"""Chongqing, Changchun, Changzhi and the national principles at their boundaries and in their own shapes."""

from decimal import Decimal

import pytest

import policy

from .settling import bill, person, request, settled, shown, stay

CQ = {
    f"inpatient.deductible.{scheme}.level{n}": figure
    for scheme, figures in {"employee": (200, 440, 880), "resident": (100, 300, 800)}.items()
    for n, figure in enumerate(figures, 1)
}
CQ |= {f"inpatient.ratio.employee.level{n}": ratio for n, ratio in enumerate(("0.90", "0.87", "0.85"), 1)}
CQ |= {f"inpatient.ratio.resident.tier1.level{n}": ratio for n, ratio in enumerate(("0.80", "0.60", "0.40"), 1)}


def osd(total: object, disease: str, level: str = "level3", date: str = "2025-07-01", **more: object) -> dict:
    return bill("special", total, date, level=level, disease=disease, **more)


def chongqing(who: dict, *bills: dict, **more: object) -> list[dict]:
    return settled("chongqing", who, *bills, **{"parameters": CQ} | more)


class TestChongqing:
    @pytest.mark.parametrize(
        ("pool_paid", "basic", "large"),
        [
            ("36999.99", "100.00", "0.00"),
            ("46999.99", "0.01", "99.99"),
            ("47000.00", "0.00", "100.00"),
            ("36910.00", "90.00", "0.00"),
            ("36910.01", "90.00", "0.00"),
        ],
    )
    def test_the_three_diseases_change_ratio_and_payer_at_payments(
        self, pool_paid, basic, large
    ):  # CQ-14.1, CQ-14.2, CQ-14.5
        opening = {
            "2025": {"employee.pool_paid": pool_paid, "employee.osd_ded_paid": 880, "employee.osd_level_max": "level3"}
        }
        [each] = chongqing(person("employee", holds=("CQ-I-01",)), osd("100.00", "CQ-I-01"), opening=opening)

        assert shown(each, "basic", "large_amount") == (basic, large)

    def test_the_deductible_is_that_of_the_highest_level_of_the_year(self):  # CQ-13.2, reading O-16
        who = person("employee", holds=("CQ-I-05",))
        bills = chongqing(
            who,
            osd("100.00", "CQ-I-05", "level1"),
            osd("100.00", "CQ-I-05", "level3"),
            osd("1000.00", "CQ-I-05", "level1"),
            osd("100.00", "CQ-I-05", "level2"),
        )

        assert [each["deductible"] for each in bills] == ["100.00", "100.00", "680.00", "0.00"]

    def test_a_limited_disease_is_limited_on_cost_and_still_counts_its_level(self):  # CQ-16.2, CQ-16.3
        who = person("employee", holds=("CQ-II-29", "CQ-I-05"))
        bills = chongqing(
            who,
            osd("5000.00", "CQ-II-29", "level1"),
            osd("10.00", "CQ-II-29", "level3"),
            osd("2000.00", "CQ-I-05", "level1"),
        )

        assert [shown(each, "deductible", "basic") for each in bills] == [
            ("200.00", "640.00"),
            ("0.00", "0.00"),
            ("680.00", "1056.00"),
        ]

    @pytest.mark.parametrize(
        ("tags", "holds", "fund"), [((), 1, "1000.00"), ((), 2, "1200.00"), (("student",), 3, "2800.00")]
    )
    def test_class_two_of_residents_shares_a_limit(self, tags, holds, fund):  # CQ-13.4, CQ-15.5, CQ-15.6, CQ-15.7
        diseases = ("CQ-II-05", "CQ-II-06", "CQ-II-15")[:holds]
        [each] = chongqing(person("resident", "tier1", *tags, holds=diseases), osd("9000.00", "CQ-II-05", "level1"))

        assert shown(each, "deductible", "basic") == ("0.00", fund)

    def test_a_cap_from_outside_limits_only_where_it_is_given(self):  # CQ-15.3, CQ-16.4, reading O-11
        who, each = person("resident", "tier1", holds=("CQ-I-05",)), osd("1000000.00", "CQ-I-05", "level1")
        [free], [capped], [overall] = (
            chongqing(who, each, parameters=CQ | caps)
            for caps in (
                {},
                {"cap.resident.tier1": 80000},
                {"cap.resident.tier1": 80000, "cap.overall.resident": 70000},
            )
        )

        assert [free["basic"], capped["basic"], overall["basic"]] == ["799920.00", "80000.00", "70000.00"]

    @pytest.mark.parametrize(
        ("tags", "fund"), [(("child",), "100000.00"), (("student",), "100000.00"), ((), "80000.00")]
    )
    def test_a_child_or_student_with_class_one_has_its_own_cap(self, tags, fund):  # CQ-15.3, CQ-15.4
        who = person("resident", "tier1", *tags, holds=("CQ-I-05",))
        [each] = chongqing(who, osd("1000000.00", "CQ-I-05", "level1"), parameters=CQ | {"cap.resident.tier1": 80000})

        assert each["basic"] == fund

    @pytest.mark.parametrize(
        ("disease", "first", "second"), [("CQ-I-12", "7000.00", "2800.00"), ("CQ-II-18", "4800.00", "0.00")]
    )
    def test_a_single_disease_is_paid_whatever_the_catalogue_says(
        self, disease, first, second
    ):  # CQ-17.1, CQ-17.5, CQ-17.6
        who = person("employee", holds=(disease,))
        one, two = chongqing(
            who, osd("10000.00", disease, own_expense="9000.00"), osd("10000.00", disease), parameters={}
        )

        assert shown(one, "own_expense", "eligible", "deductible", "basic") == ("0.00", "10000.00", "0.00", first)
        assert two["basic"] == second

    def test_payments_of_all_kinds_fill_one_pool(self):  # CQ-13.1, CQ-15.1, CQ-17.2
        who = person("employee", holds=("CQ-I-12", "CQ-II-15"))
        bills = [
            osd("1000.00", "CQ-I-12"),
            osd("1880.00", "CQ-II-15", own_expense="100.00"),
            bill("inpatient", "1880.00", "2025-07-02", level="level3"),
            bill("rescue", "100.00", "2025-07-03", level="level3"),  # CQ-28.1, CQ-28.2
        ]
        result = policy.settle(request("chongqing", who, *bills, parameters=CQ))

        assert [each["basic"] for each in result["bills"]] == ["700.00", "720.00", "850.00", "85.00"]
        assert result["accumulators"]["2025"]["employee.pool_paid"] == "2355.00"

    def test_tuberculosis_below_its_limit_needs_no_other_figure(self):  # CQ-17.8, CQ-17.9
        who = person("resident", holds=("CQ-I-11",))
        [below, at] = (chongqing(who, osd(total, "CQ-I-11"), parameters={})[0] for total in ("55555.55", "55555.56"))
        [above] = chongqing(who, osd("55555.57", "CQ-I-11"), parameters={})

        assert below["basic"] == "50000.00"  # 49 999.995, rounded
        assert at["basic"] == "50000.00"  # 50 000.004: a cap applies to the rounded amount (reading O-3)
        assert above["refused"]["code"] in {"parameter_missing", "not_in_category"}

    def test_tuberculosis_in_hospital_goes_on_as_a_stay(self):  # CQ-17.8, reading O-15
        stays = [bill("inpatient", "60000.00", "2025-07-01", level="level2", disease="CQ-I-11")]
        [certified] = chongqing(person("employee", holds=("CQ-I-11",)), *stays)
        [ordinary] = chongqing(person("employee"), *stays)

        # 54 000 → 50 000: pool 47 000, large 3 000; the rest 4 444.44 − 440 = 4 004.44 would need the large ratio
        assert certified["refused"]["code"] == "parameter_missing"
        assert ordinary["refused"]["code"] == "parameter_missing"
        [certified] = chongqing(
            person("employee", holds=("CQ-I-11",)), *stays, parameters=CQ | {"large_amount.ratio.inpatient": "0.9"}
        )
        assert shown(certified, "basic", "large_amount") == ("47000.00", "6604.00")  # 3000 + 4004.444 × 90%

    @pytest.mark.parametrize(
        ("who", "each", "code"),
        [
            (
                person("employee", "individual_tier1", holds=("CQ-II-05",)),
                osd("1.00", "CQ-II-05"),
                "not_in_category",
            ),  # CQ-6.3
            (person("employee"), osd("1.00", "CQ-II-05"), "not_certified"),  # CQ-19.1
            (
                person("employee", holds=("CQ-II-05",)),
                osd("1.00", "CQ-II-05", place="out_of_province"),
                "not_filed",
            ),  # CQ-25.1
            (
                person("employee", holds=("CQ-II-05",)),
                osd("1.00", "CQ-II-05", date="2025-05-31"),
                "not_in_force",
            ),  # CQ-32.1
            (
                person("employee"),
                bill("rescue", "1.00", "2025-07-04", admitted="2025-07-01", level="level1"),
                "rescue_days",
            ),  # CQ-28.4
            (person("resident"), bill("accident", "1.00", "2025-07-04"), "not_in_category"),  # CQ-30.1
            (person("employee"), bill("accident", "1.00", "2025-07-04"), "not_in_scheme"),
            (person("employee"), bill("chronic", "1.00", "2025-07-04"), "not_in_pool"),  # CQ-1.1
            (
                person([{"scheme": "employee", "from": "2026-01-01", "to": None}]),
                osd("1.00", "CQ-II-05"),
                "not_covered",
            ),  # CQ-11.1
            (person("resident"), bill("inpatient", "1.00", "2025-07-04", level="level1"), "not_in_category"),
        ],
    )
    def test_refusals(self, who, each, code):
        [answer] = chongqing(who, each)

        assert answer["refused"]["code"] == code

    def test_a_tumour_follows_the_mode_of_the_year(self):  # CQ-17.10, CQ-17.11, CQ-17.12
        choices = [{"disease": "CQ-I-03-CML", "mode": "single_disease", "year": 2025}]
        who = person("employee", holds=("CQ-I-03",), choices=choices)
        single, ordinary = chongqing(
            who, osd("70000.00", "CQ-I-03-CML"), osd("10000.00", "CQ-I-03-CML", date="2026-01-05")
        )

        assert shown(single, "eligible", "basic", "large_amount") == ("70000.00", "47000.00", "4000.00")  # 60 000 × 85%
        assert shown(ordinary, "deductible", "basic") == ("880.00", "8208.00")


def cc(level: str, total: object, benefit: str = "inpatient", date: str = "2021-03-01", **more: object) -> dict:
    return bill(benefit, total, date, level=level, **more)


class TestChangchun:
    @pytest.mark.parametrize(
        ("before", "basic"),
        [
            ("0", "600.00"),
            ("28200.00", "600.00"),
            ("28200.20", "600.01"),
            ("28700.00", "625.00"),
            ("29200.00", "650.00"),
        ],
    )
    def test_bands_lie_on_the_years_cost_with_the_deductible_inside(self, before, basic):  # CC-4.3, CC-A01
        opening = {"2021": {"inp_cost": before}}
        [each] = settled("changchun", person(), cc("municipal", "1800.00"), opening=opening)

        assert each["basic"] == basic  # 1 000 from the position `before` + 800: 60% up to 30 000, 65% above

    @pytest.mark.parametrize(
        ("where", "basic"),
        [
            ({}, "550.00"),
            ({"place": "in_province"}, "200.00"),
            ({"place": "in_province", "filing": "temporary"}, "200.00"),
            ({"place": "out_of_province", "filing": "referred"}, "550.00"),
            ({"place": "out_of_province", "filing": "long_term"}, "450.00"),
            ({"place": "out_of_province", "filing": "referred", "own_fault": True}, "450.00"),
            ({"place": "out_of_province", "filing": "long_term", "own_fault": True}, "350.00"),
            ({"place": "local", "filing": "long_term", "own_fault": True}, "550.00"),
            ({"place": "in_province", "own_fault": True}, "200.00"),
        ],
    )
    def test_off_site(self, where, basic):  # CC-22.1, CC-22.2, CC-22.3, CC-24.2, CC-24.3, CC-19.3
        [each] = settled("changchun", person(), cc("provincial", "2200.00", **where))

        assert each["basic"] == basic

    @pytest.mark.parametrize(
        ("born", "tags", "deductible"),
        [
            ("1990-01-01", (), "800.00"),
            ("2003-03-01", (), "800.00"),
            ("2003-03-02", (), "400.00"),
            ("1990-01-01", ("student",), "400.00"),
        ],
    )
    def test_students_and_minors_pay_half(self, born, tags, deductible):  # CC-2.1, CC-2.2
        [each] = settled("changchun", person("resident", *tags, born=born), cc("municipal", "1000.00"))

        assert each["deductible"] == deductible

    def test_one_deductible_a_year_for_special_drugs_by_this_bills_level(self):  # CC-14.1, reading O-21
        bills = settled(
            "changchun",
            person(),
            cc("community", "150.00", "special_drug"),
            cc("provincial", "2000.00", "special_drug"),
            cc("municipal", "100.00", "special_drug"),
        )

        assert [each["deductible"] for each in bills] == ["150.00", "1050.00", "0.00"]

    @pytest.mark.parametrize(
        ("base", "paid"), [("10000.00", "0.00"), ("10000.01", "0.01"), ("20000.00", "6000.00"), ("20001.00", "6000.70")]
    )
    def test_large_illness_starts_above_10_000_of_cash(self, base, paid):  # CC-5.1
        opening = {"2021": {"inp_paid": "200000.00"}}
        [each] = settled("changchun", person(), cc("community", base), opening=opening)

        assert each["catastrophic"] == paid

    def test_class_b_bears_ten_percent_and_counts_as_cash(self):  # CC-3.1
        lines = [{"class": "B", "amount": "1000.00"}, {"class": "C", "amount": "50.00"}]
        result = policy.settle(
            request(
                "changchun",
                person(),
                {"benefit": "inpatient", "date": "2021-03-01", "level": "community", "lines": lines},
            )
        )

        assert shown(result["bills"][0], "own_expense", "first_self_pay", "basic") == ("50.00", "100.00", "560.00")
        assert result["accumulators"]["2021"]["cash_base"] == "440.00"

    @pytest.mark.parametrize(
        ("age", "degree", "paid"),
        [
            ("1990-01-01", "severe", "856.00"),
            ("1990-01-01", "moderate", "599.20"),
            ("1936-03-01", "none", "250.00"),
            ("1931-03-01", "none", "599.20"),
        ],
    )
    def test_care_by_degree_and_age(self, age, degree, paid):  # CC-30.1, CC-30.2, CC-30.3, CC-30.4
        [each] = settled("changchun", person(born=age), bill("care", "2000.00", "2021-03-01", disease=degree, days=10))

        assert each["basic"] == paid

    @pytest.mark.parametrize(
        ("who", "each", "code"),
        [
            (
                person(born="1936-03-02"),
                bill("care", "9.00", "2021-03-01", disease="none", days=1),
                "not_in_category",
            ),  # CC-30.5
            (
                person("employee"),
                bill("care", "9.00", "2021-03-01", disease="severe", days=1),
                "parameter_missing",
            ),  # CC-28.1
            (person(), cc("municipal", "9.00", "outpatient"), "institution"),  # CC-12.1
            (person(), cc("municipal", "9.00", disease="CC-DH-01"), "institution"),  # CC-36.1
            (person(), cc("provincial", "9.00", disease="CC-LS-02"), "parameter_missing"),  # CC-34.1
            (person(), bill("accident", "9.00", "2021-03-01"), "not_in_category"),  # CC-18.1
            (person("resident", "margin"), cc("municipal", "9.00"), "parameter_missing"),  # CC-38.1
            (person("employee"), cc("municipal", "9.00"), "not_in_scheme"),
            (person(), cc("municipal", "9.00", date="2020-12-31"), "not_in_force"),
            (person(), bill("two_diseases", "9.00", "2021-03-01"), "not_in_pool"),
        ],
    )
    def test_refusals(self, who, each, code):
        [answer] = settled("changchun", who, each)

        assert answer["refused"]["code"] == code

    def test_chronic_and_pooling_share_6500(self):  # CC-8.2
        who = person(holds=("CC-CH-03",))
        bills = settled(
            "changchun",
            who,
            bill("chronic", "10000.00", "2021-03-01", disease="CC-CH-03"),
            cc("village", "2000.00", "outpatient"),
            parameters={"chronic.limit.CC-CH-03": 9000},
        )

        assert [each["basic"] for each in bills] == ["6000.00", "500.00"]


class TestChangzhi:
    @pytest.mark.parametrize(
        ("level", "place", "deductible", "basic"),
        [
            ("fee3", "local", "100.00", "8415.00"),
            ("fee3", "city", "100.00", "8415.00"),
            ("fee2", "local", "500.00", "6650.00"),
            ("fee2", "county", "400.00", "7200.00"),
            ("fee1", "local", "1000.00", "5400.00"),
        ],
    )
    def test_a_stay_follows_fee_class_and_place(
        self, level, place, deductible, basic
    ):  # CZ-9.1, CZ-9.2, CZ-9.3, CZ-9.4
        [each] = settled("changzhi", person(), stay(level, "10000.00", "2024-03-01", place=place))

        assert shown(each, "deductible", "basic") == (deductible, basic)

    def test_employees_bring_their_tables(self):  # CZ-3.1, CZ-3.2, CZ-3.6
        figures = {
            "inpatient.deductible.employee.fee1.out_of_province": 1000,
            "inpatient.ratio.employee.fee1.out_of_province": "0.80",
        }
        unfiled, filed = settled(
            "changzhi",
            person("employee"),
            stay("fee1", "11000.00", "2024-03-01", place="out_of_province"),
            stay("fee1", "11000.00", "2024-03-01", place="out_of_province", filing="emergency"),
            parameters=figures,
        )

        assert [unfiled["basic"], filed["basic"]] == ["6500.00", "8000.00"]

    @pytest.mark.parametrize(
        ("used", "basic", "large"),
        [("79999.99", "0.01", "764.99"), ("79150.00", "850.00", "0.00"), ("80000.00", "0.00", "765.00")],
    )
    def test_above_the_basic_cap_the_large_amount_fund_pays_on(self, used, basic, large):  # CZ-3.3, CZ-3.4
        opening = {"2024": {"employee.basic_paid": used}}
        [each] = settled(
            "changzhi",
            person("employee", holds=("CZ-01",)),
            bill("special", "1000.00", "2024-03-01", disease="CZ-01"),
            opening=opening,
            parameters={"large_amount.ratio": "0.9"},
        )

        assert shown(each, "basic", "large_amount") == (basic, large)

    @pytest.mark.parametrize(
        ("tags", "cat_paid", "paid"), [((), "399999.99", "0.01"), (("orphan",), "399999.99", "900.00")]
    )
    def test_the_catastrophic_cap_is_not_for_the_poorest(self, tags, cat_paid, paid):  # CZ-10.3, CZ-10.5
        opening = {"2024": {"resident.basic_paid": "70000.00", "selfpay": "600000.00", "cat_paid": cat_paid}}
        who = person("resident", *tags, holds=("CZ-01",))
        [each] = settled("changzhi", who, bill("special", "1000.00", "2024-03-01", disease="CZ-01"), opening=opening)

        assert each["catastrophic"] == paid  # above both lines: 80% and 50% of the other 20% are 90%

    @pytest.mark.parametrize(("start", "settled_"), [("2021-03-31", True), ("2021-04-01", False)])
    def test_class_three_is_closed(self, start, settled_):  # CZ-8.4, CZ-8.5
        who = person() | {"certificates": [{"disease": "CZ-46", "from": start, "to": None}]}
        [each] = settled("changzhi", who, bill("chronic", "100.00", "2024-03-01", disease="CZ-46"))

        assert (each["refused"] is None) is settled_

    def test_relief_thresholds_run_through_the_year(self):  # CZ-11.8, reading O-36
        who = person("employee", "sudden_hardship")
        figures = {"inpatient.deductible.employee.fee1.city": 0, "inpatient.ratio.employee.fee1.city": "0.5"}
        bills = settled("changzhi", who, *(stay("fee1", "4000.00", "2024-03-01") for _ in range(2)), parameters=figures)

        assert [each["relief"] for each in bills] == ["0.00", "635.60"]  # (4000 − 3092) × 70%

    def test_relief_comes_after_the_other_layers(self):  # CZ-11.4
        [each] = settled("changzhi", person("resident", "minimum_allowance"), stay("fee1", "20000.00", "2024-03-01"))

        # 11 400; left 8 600: (8600 − 5000) × 80% = 2 880; left 5 720 × 70%
        assert shown(each, "basic", "catastrophic", "relief") == ("11400.00", "2880.00", "4004.00")

    @pytest.mark.parametrize(("own", "relief"), [("0.00", "3600.00"), ("3000.00", "6150.00"), ("6000.00", "7680.00")])
    def test_outside_the_catalogue_within_the_control_ratio(self, own, relief):  # CZ-11.7, reading O-37
        total = Decimal(own) + 10000
        who = person("resident", "returned_to_poverty")
        [each] = settled("changzhi", who, stay("fee1", str(total), "2024-03-01", own_expense=own))

        assert each["relief"] == relief  # 90% of 10 000 in the catalogue; 85% of the smaller of own and 30% of the bill

    @pytest.mark.parametrize(
        ("who", "each", "code"),
        [
            (person(), stay("fee1", "9.00", "2024-03-01", place="county"), "parameter_missing"),
            (person("employee"), bill("outpatient", "9.00", "2024-03-01", level="fee1"), "parameter_missing"),
            (person(), bill("special_drug", "9.00", "2024-03-01"), "parameter_missing"),
            (
                person("employee", holds=("CZ-46",)),
                bill("chronic", "9.00", "2024-03-01", disease="CZ-46"),
                "disease_not_listed",
            ),
            (person(holds=("CZ-15",)), bill("special", "9.00", "2024-03-01", disease="CZ-15"), "disease_not_listed"),
            (person(), bill("two_diseases", "9.00", "2024-03-01", disease="CZ-2D-DM1"), "not_certified"),
            (person(), bill("care", "9.00", "2024-03-01"), "not_in_pool"),
            (person(), stay("fee1", "9.00", "2023-12-31"), "not_in_force"),
        ],
    )
    def test_refusals(self, who, each, code):
        [answer] = settled("changzhi", who, each)

        assert answer["refused"]["code"] == code

    def test_maternity_is_a_fixed_amount_never_above_the_cost(self):  # CZ-9.6
        event = {"event": "birth", "mode": "caesarean"}
        bills = [bill("maternity_medical", total, "2024-03-01", maternity=event) for total in ("5000.00", "2000.00")]

        assert [each["basic"] for each in settled("changzhi", person(), *bills)] == ["3000.00", "2000.00"]


class TestNational:
    GIVEN = {"deductible": 500, "ratio": "0.70", "income": "28000.01"}

    def test_the_example_of_the_source(self):  # NA-33.3
        lines = [{"class": "A", "amount": "5000.00"}, {"class": "B", "amount": "5000.00"}]
        [each] = settled("national", person("employee"), {"benefit": "inpatient", "date": "2019-05-06", "lines": lines})

        assert shown(each, "first_self_pay", "eligible", "basic") == ("500.00", "9500.00", "6560.00")

    def test_stays_and_visits_share_the_deductible_of_the_year(self):  # NA-33.2, reading O-43
        bills = settled(
            "national",
            person("employee"),
            bill("outpatient", "1000.00", "2019-05-06"),
            bill("inpatient", "1000.00", "2019-06-06"),
            bill("inpatient", "1000.00", "2020-01-01"),
        )

        assert [each["deductible"] for each in bills] == ["1000.00", "300.00", "1000.00"]

    @pytest.mark.parametrize(
        ("tag", "base", "paid"),
        [("margin", "14000.00", "0.00"), ("margin", "14000.02", "0.01"), ("risk_of_return", "7000.00", "0.00")],
    )
    def test_the_line_is_a_share_of_income_not_rounded(self, tag, base, paid):  # NA-13.3, NA-13.4
        given = self.GIVEN | {"ratio": "0", "deductible": 0, "relief.ratio": "0.7", "relief.limit": 1}
        [each] = settled("national", person("resident", tag), bill("inpatient", base, "2019-05-06"), parameters=given)

        assert each["catastrophic"] == paid  # 50% of 28 000.01 is 14 000.005: 0.015 × 60% = 0.009

    @pytest.mark.parametrize(
        ("tag", "cap", "paid"), [("margin", "5.00", "5.00"), ("minimum_allowance", "5.00", "8450.00")]
    )
    def test_a_persons_cap_limits_ordinary_residents(self, tag, cap, paid):  # reading O-41
        given = self.GIVEN | {"ratio": "0", "deductible": 0, "relief.ratio": "0.7", "relief.limit": 1}
        [each] = settled(
            "national",
            person("resident", tag, catastrophic_cap=cap),
            bill("inpatient", "20000.00", "2019-05-06"),
            parameters=given,
        )

        assert each["catastrophic"] == paid

    @pytest.mark.parametrize("missing", ["deductible", "ratio", "income"])
    def test_residents_need_their_figures(self, missing):  # NA-6.1, NA-14.1
        given = {name: value for name, value in self.GIVEN.items() if name != missing}
        [each] = settled("national", person(), bill("inpatient", "20000.00", "2019-05-06"), parameters=given)

        assert each["refused"]["code"] == "parameter_missing"
        assert f"（{missing}）" in each["refused"]["message"]

    @pytest.mark.parametrize("benefit", ["special", "chronic", "maternity_medical"])
    def test_what_it_names_without_figures_is_missing(self, benefit):  # NA-6.3, NA-36.1
        [each] = settled("national", person("employee"), bill(benefit, "9.00", "2019-05-06"))

        assert each["refused"]["code"] == "parameter_missing"


def test_a_payment_that_rounds_to_the_monthly_limit_is_not_cut_by_it():  # CZ-8.3, CZ-10.1, readings O-3 and O-35
    """914.29 × 70% = 640.003 is 640.00, the limit: the whole rest of 274.29 enters 大病, × 75% = 205.72."""
    holder = person("resident", holds=("CZ-16a",))
    opening = {"2024": {"selfpay": "39617.98"}}
    [each] = settled("changzhi", holder, bill("chronic", "914.29", "2024-07-01", disease="CZ-16a"), opening=opening)

    assert shown(each, "basic", "catastrophic") == ("640.00", "205.72")
