"""Bazhong's figures at their boundaries: rows from the handbook, one fen either side, the day before a change."""

import pytest

from .settling import bill, person, settled, shown, stay

LOCAL = {"place": "local"}
FILED = {"place": "in_province", "filing": "long_term"}
REFERRED = {"place": "out_of_province", "filing": "referred"}
OTHER = {"place": "in_province", "filing": "temporary"}
STAYS = [  # BZ-EMP-27.1, BZ-EMP-27.2, BZ-RES-11.1, BZ-RES-11.2: 10 000 yuan
    (
        "employee",
        LOCAL,
        {
            "township": ("100.00", "8910.00"),
            "ungraded": ("300.00", "8245.00"),
            "level1": ("300.00", "8245.00"),
            "level2": ("400.00", "7872.00"),
            "level3": ("700.00", "7440.00"),
        },
    ),
    (
        "employee",
        FILED,
        {
            "township": ("100.00", "8910.00"),
            "ungraded": ("300.00", "8245.00"),
            "level1": ("300.00", "8245.00"),
            "level2": ("400.00", "7872.00"),
            "level3": ("700.00", "7440.00"),
        },
    ),
    (
        "employee",
        REFERRED,
        {
            "township": ("1000.00", "7650.00"),
            "ungraded": ("1000.00", "7200.00"),
            "level1": ("1000.00", "7200.00"),
            "level2": ("1000.00", "6930.00"),
            "level3": ("1000.00", "6750.00"),
        },
    ),
    (
        "employee",
        OTHER,
        {
            "township": ("1000.00", "7200.00"),
            "ungraded": ("1000.00", "6750.00"),
            "level1": ("1000.00", "6750.00"),
            "level2": ("1000.00", "6480.00"),
            "level3": ("1000.00", "6300.00"),
        },
    ),
    (
        "resident",
        LOCAL,
        {
            "township": ("100.00", "8910.00"),
            "ungraded": ("300.00", "7760.00"),
            "level1": ("300.00", "7760.00"),
            "level2": ("400.00", "6720.00"),
            "level3": ("700.00", "5580.00"),
        },
    ),
    (
        "resident",
        FILED,
        {
            "township": ("100.00", "8910.00"),
            "ungraded": ("300.00", "7760.00"),
            "level1": ("300.00", "7760.00"),
            "level2": ("400.00", "6720.00"),
            "level3": ("700.00", "5580.00"),
        },
    ),
    (
        "resident",
        REFERRED,
        {
            "township": ("1000.00", "7650.00"),
            "ungraded": ("1000.00", "6750.00"),
            "level1": ("1000.00", "6750.00"),
            "level2": ("1000.00", "5850.00"),
            "level3": ("1000.00", "4950.00"),
        },
    ),
    (
        "resident",
        OTHER,
        {
            "township": ("1000.00", "7200.00"),
            "ungraded": ("1000.00", "6300.00"),
            "level1": ("1000.00", "6300.00"),
            "level2": ("1000.00", "5400.00"),
            "level3": ("1000.00", "4500.00"),
        },
    ),
]
ROWS = [(scheme, where, level, *paid) for scheme, where, rows in STAYS for level, paid in rows.items()]


class TestStay:
    @pytest.mark.parametrize(("scheme", "where", "level", "deductible", "basic"), ROWS)
    def test_pays_the_row_of_the_handbook(self, scheme, where, level, deductible, basic):
        [each] = settled("bazhong", person(scheme), stay(level, "10000.00", **where))

        assert shown(each, "deductible", "basic") == (deductible, basic)

    @pytest.mark.parametrize(
        ("total", "basic"), [("699.99", "0.00"), ("700.00", "0.00"), ("700.01", "0.01"), ("700.02", "0.02")]
    )
    def test_starts_to_pay_one_fen_above_the_deductible(self, total, basic):
        [each] = settled("bazhong", person("employee"), stay("level3", total))

        assert each["basic"] == basic  # 0.01 × 80% = 0.008

    @pytest.mark.parametrize(
        ("used", "basic"),
        [("139999.99", "0.01"), ("139999.98", "0.02"), ("140000.00", "0.00"), ("130000.00", "7440.00")],
    )
    def test_stops_at_the_cap_of_the_year(self, used, basic):  # BZ-EMP-37.1
        [each] = settled("bazhong", person("employee"), stay("level3", "10000.00"), opening={"2025": {"A_EB": used}})

        assert each["basic"] == basic

    def test_charges_every_admission_in_full(self):  # BZ-EMP-27.4
        both = settled("bazhong", person("employee"), stay("level2", "1000.00"), stay("level2", "1000.00"))

        assert [each["deductible"] for each in both] == ["400.00", "400.00"]

    def test_a_single_line_drug_is_paid_out_of_what_the_stay_left_of_the_cap(self):  # BZ-DRG-2.1, reading R-3
        lines = [{"class": "A", "amount": "10700.00"}, {"class": "single_line", "amount": "1000.00"}]
        [each] = settled(
            "bazhong",
            person("employee"),
            {"benefit": "inpatient", "date": "2025-03-10", "level": "level3", "lines": lines},
            opening={"2025": {"A_EB": "131500.00"}},
        )

        assert shown(each, "eligible", "basic", "personal") == ("10700.00", "8500.00", "3200.00")


class TestTheParts:
    def test_of_a_bill_are_fund_self_pay_and_own_expense(self):
        """BZ-GEN-43.1 to BZ-GEN-43.5: 4 500 = 3 690 paid + 510 self-pay + 300 own expense."""
        [each] = settled("bazhong", person(), stay("township", "4500.00", own_expense="300.00"))

        # BZ-GEN-43.2 the fund's, BZ-GEN-43.4 outside the catalogue, BZ-GEN-43.3 what is left of the rest
        assert shown(each, "fund_total", "own_expense", "personal") == ("3690.00", "300.00", "810.00")

    def test_nothing_outside_the_catalogue_enters_any_layer(self):  # BZ-GEN-5.3
        who = person("employee", "civil_servant", "large_amount", "extremely_poor")
        plain, more = settled(
            "bazhong", who, stay("level3", "700.00"), stay("level3", "9700.00", own_expense="9000.00")
        )

        assert plain["fund_total"] == more["fund_total"] == "700.00"


class TestBenefits:
    """Each scheme has the benefits of the handbook, paid by its layers and no others (BZ-GEN-4.1)."""

    EMPLOYEE = (
        "inpatient",
        "rescue",
        "day_surgery",
        "special",
        "chronic",
        "outpatient",
        "two_diseases",
        "single_line_drug",
    )
    RESIDENT = ("inpatient", "special", "chronic", "outpatient", "two_diseases", "single_line_drug")
    DISEASE = {"special": "M00500", "chronic": "M03911", "two_diseases": "BZ-2D-DM"}

    def paid(self, scheme: str, benefit: str) -> dict:
        who = person(scheme, "civil_servant", "large_amount", holds=tuple(self.DISEASE.values()))
        [each] = settled("bazhong", who, bill(benefit, "2000.00", level="level1", disease=self.DISEASE.get(benefit)))
        return each

    @pytest.mark.parametrize("benefit", EMPLOYEE)
    def test_of_employees(self, benefit):  # BZ-GEN-9.1, BZ-GEN-11.1
        each = self.paid("employee", benefit)

        assert each["refused"] is None
        assert shown(each, "catastrophic", "relief", "relief_tilt") == ("0.00", "0.00", "0.00")

    @pytest.mark.parametrize("benefit", RESIDENT)
    def test_of_residents(self, benefit):  # BZ-GEN-13.1, BZ-GEN-15.1
        each = self.paid("resident", benefit)

        assert each["refused"] is None
        assert shown(each, "civil_servant", "large_amount") == ("0.00", "0.00")

    def test_employees_in_hardship_have_relief_too(self):  # BZ-GEN-9.3
        [each] = settled("bazhong", person("employee", "orphan"), stay("level3", "1700.00"))

        assert shown(each, "basic", "relief") == ("800.00", "900.00")


class TestCourse:
    def test_of_residents_charges_the_difference_to_what_was_charged(self):  # BZ-RES-12.1, BZ-RES-12.2
        bills = settled(
            "bazhong",
            person(),
            stay("level1", "1000.00", course="c"),
            stay("level2", "1000.00", course="c"),
            stay("level2", "1000.00", course="c"),
            stay("level3", "1000.00", course="c"),
        )

        assert [each["deductible"] for each in bills] == ["300.00", "100.00", "0.00", "300.00"]

    def test_is_not_changed_by_a_refused_stay(self):
        who = person([{"scheme": "resident", "from": "2025-02-01", "to": None}])
        bills = settled(
            "bazhong",
            who,
            stay("level3", "1000.00", "2025-01-20", course="c"),
            stay("level1", "1000.00", "2025-02-10", course="c"),
        )

        assert [each["deductible"] for each in bills] == ["0.00", "300.00"]

    def test_ungraded_ranks_as_level_1(self):
        bills = settled(
            "bazhong", person(), stay("ungraded", "1000.00", course="c"), stay("level1", "1000.00", course="c")
        )

        assert [each["deductible"] for each in bills] == ["300.00", "0.00"]


class TestLargeAmount:
    @pytest.mark.parametrize(
        ("born", "tags", "holds", "large"),
        [
            ("1975-05-20", (), (), "3536.00"),  # ordinary: (4560 - 400) × 85%
            ("1975-05-20", ("retired",), (), "3876.00"),
            ("1975-05-20", (), ("M00300",), "3876.00"),
            ("1945-03-11", (), (), "3536.00"),  # 79 on the day
            ("1945-03-10", ("retired",), ("M00300",), "4104.00"),  # 80 on the day: 90% before all else, BZ-EMP-36.3
        ],
    )
    def test_follows_the_group_of_the_day(self, born, tags, holds, large):  # BZ-EMP-36.1
        who = person("employee", "large_amount", *tags, born=born, holds=holds)
        [each] = settled("bazhong", who, stay("level3", "20000.00"))

        assert each["large_amount"] == large

    @pytest.mark.parametrize(
        ("base", "large"), [("100399.99", "900.00"), ("99400.00", "850.00"), ("99900.00", "875.00")]
    )
    def test_counts_only_the_new_part_of_the_bands(self, base, large):  # BZ-EMP-36.2
        who = person("employee", "large_amount")
        [each] = settled(
            "bazhong", who, stay("township", "1000.00"), opening={"2025": {"A_EB": "140000.00", "A_ELB": base}}
        )

        assert each["large_amount"] == large  # of 1 000: what lies above 100 400 of the base at 90%

    def test_is_for_members_only(self):
        [each] = settled("bazhong", person("employee"), stay("level3", "20000.00"))

        assert each["large_amount"] == "0.00"


class TestCatastrophic:
    @pytest.mark.parametrize(
        ("tags", "base", "paid"),
        [
            ((), "14448.00", "0.00"),
            ((), "14448.01", "0.01"),
            (("minimum_allowance",), "7224.00", "0.00"),
            (("orphan",), "7224.01", "0.01"),
            (("margin",), "7224.01", "0.00"),
        ],
    )
    def test_starts_one_fen_above_the_line(self, tags, base, paid):  # BZ-RES-22.1, BZ-RES-24.1
        opening = {"2025": {"A_RB": "110000.00"}}
        [each] = settled("bazhong", person("resident", *tags), stay("township", base), opening=opening)

        assert each["catastrophic"] == paid

    @pytest.mark.parametrize(
        ("tags", "cap", "paid"), [((), None, "0.01"), ((), "304000.00", "600.00"), (("orphan",), "1.00", "650.00")]
    )
    def test_stops_at_the_cap_but_never_for_the_poorest(self, tags, cap, paid):  # BZ-RES-26.1, BZ-RES-26.2
        who = person("resident", *tags) | ({"catastrophic_cap": cap} if cap else {})
        opening = {"2025": {"A_RB": "110000.00", "A_CB": "20000.00", "A_CII": "299999.99"}}
        [each] = settled("bazhong", who, stay("township", "1000.00"), opening=opening)

        assert each["catastrophic"] == paid

    def test_pays_nothing_in_a_year_whose_line_is_not_printed(self):  # BZ-RES-22.1, reading R-13
        last, first = settled(
            "bazhong", person(), stay("level2", "5400.00", "2025-12-31"), stay("level2", "5400.00", "2026-01-01")
        )

        assert last["refused"] is None
        assert (first["refused"]["code"], first["refused"]["rule"]) == ("parameter_missing", "BZ-RES-22.1")
        assert "cii.deductible.2026" in first["refused"]["message"]


class TestRelief:
    GROUPS = [  # BZ-REL-5.1: of 20 000 left, deductible, ratio
        ("extremely_poor", "20000.00"),
        ("orphan", "20000.00"),
        ("minimum_allowance", "14000.00"),
        ("monitored", "12060.88"),
        ("monitored_risk_open", "12060.88"),
        ("margin", "8555.20"),
        ("impoverished_by_illness", "6388.00"),
    ]

    @pytest.mark.parametrize(("tag", "relief"), GROUPS)
    def test_follows_the_category(self, tag, relief):
        opening = {"2025": {"A_EB": "140000.00"}}
        [each] = settled("bazhong", person("employee", tag), stay("township", "20000.00"), opening=opening)

        assert each["relief"] == relief  # (20000 - share of 28 896) × ratio

    def test_takes_the_best_of_several(self):  # BZ-REL-5.7
        who = person("employee", "impoverished_by_illness", "margin", "minimum_allowance")
        [each] = settled("bazhong", who, stay("level3", "20000.00"))

        assert each["relief"] == "3192.00"

    @pytest.mark.parametrize(
        ("where", "relief", "tilt"),
        [
            ({}, "30000.00", "1500.00"),
            ({"referred": False}, "0.00", "0.00"),
            ({"referred": False, "filing": "emergency"}, "30000.00", "1500.00"),
            ({"referred": False, "filing": "long_term"}, "30000.00", "1500.00"),
            ({"place": "out_of_province", "filing": "long_term"}, "30000.00", "0.00"),
            ({"place": "out_of_province", "filing": "long_term", "referred": False}, "30000.00", "0.00"),
        ],
    )
    def test_asks_for_referral_and_tilt_for_the_province(self, where, relief, tilt):  # BZ-REL-5.2, BZ-REL-5.4
        opening = {"2025": {"A_EB": "140000.00"}}
        [each] = settled(
            "bazhong", person("employee", "orphan"), stay("township", "40000.00", **where), opening=opening
        )

        assert shown(each, "relief", "relief_tilt") == (relief, tilt)

    @pytest.mark.parametrize(
        ("benefit", "more"), [("outpatient", {"level": "level2"}), ("two_diseases", {"disease": "BZ-2D-DM"})]
    )
    def test_is_not_for_small_outpatient_benefits(self, benefit, more):  # reading
        who = person("resident", "extremely_poor", holds=("BZ-2D-DM",))
        [each] = settled("bazhong", who, bill(benefit, "100.00", **more))

        assert shown(each, "basic", "relief") == ("50.00", "0.00")

    def test_pays_the_persons_share_of_a_single_line_drug_whatever_the_benefit(self):  # reading R-3
        lines = [{"class": "A", "amount": "100.00"}, {"class": "single_line", "amount": "1000.00"}]
        who = person("resident", "minimum_allowance")
        [each] = settled("bazhong", who, {"benefit": "outpatient", "date": "2025-03-10", "lines": lines})

        assert shown(each, "basic", "relief", "personal") == ("650.00", "280.00", "170.00")


class TestOutpatientPool:
    @pytest.mark.parametrize(
        ("tags", "level", "basic"),
        [
            ((), "level3", "150.00"),
            ((), "level2", "180.00"),
            ((), "pharmacy", "180.00"),
            (("retired",), "level3", "210.00"),
            (("retired",), "township", "245.00"),
        ],
    )
    def test_of_employees_follows_level_and_retirement(self, tags, level, basic):  # BZ-EMP-39.1, BZ-EMP-39.2
        [each] = settled("bazhong", person("employee", *tags), bill("outpatient", "500.00", level=level))

        assert each["basic"] == basic

    def test_supplements_follow_in_order(self):  # BZ-EMP-39.3
        who = person("employee", "civil_servant", "large_amount")
        [each] = settled("bazhong", who, bill("outpatient", "5000.00", level="level3"))

        assert shown(each, "basic", "civil_servant", "large_amount") == ("800.00", "700.00", "600.00")

    def test_of_residents_ends_at_100_a_year(self):  # BZ-RES-18.1
        bills = settled(
            "bazhong",
            person(),
            bill("outpatient", "199.98"),
            bill("outpatient", "100.00"),
            bill("outpatient", "100.00", "2026-01-01"),
        )

        assert [each["basic"] for each in bills] == ["99.99", "0.01", "50.00"]


class TestChronicAndSpecial:
    def test_the_highest_limit_of_the_certified_counts(self):  # BZ-CHR-3.3, BZ-CHR-3.4
        who = person("employee", holds=("M03911", "M02400", "M02202"))
        one, two = settled(
            "bazhong", who, bill("chronic", "1666.67", disease="M03911"), bill("chronic", "5000.00", disease="M02400")
        )

        assert (one["basic"], two["basic"]) == ("1500.00", "500.00")

    def test_one_deductible_a_year_for_all_special_diseases(self):  # BZ-CHR-5.3
        who = person(holds=("M00500", "M01200"))
        bills = settled(
            "bazhong", who, bill("special", "399.99", disease="M00500"), bill("special", "0.02", disease="M01200")
        )

        assert [shown(each, "deductible", "basic") for each in bills] == [("399.99", "0.00"), ("0.01", "0.01")]

    def test_an_alias_is_its_disease(self):  # reading
        who = person(holds=("M03802",))
        [each] = settled("bazhong", who, bill("chronic", "100.00", disease="M04500"))

        assert each["basic"] == "90.00"

    @pytest.mark.parametrize(
        ("who", "each", "code", "rule"),
        [
            (person(), bill("chronic", "1.00", disease="M03911"), "not_certified", "BZ-CHR-15.1"),
            (person(holds=("M03911",)), bill("special", "1.00", disease="M03911"), "disease_not_listed", "BZ-CHR-15.1"),
            (
                person("employee", holds=("M02220",)),
                bill("chronic", "1.00", disease="M02220"),
                "not_in_scheme",
                "BZ-CHR-3.6",
            ),
            (person(), bill("rescue", "1.00", level="level1"), "not_in_scheme", "BZ-RES-15.1"),
            (person(), bill("day_surgery", "1.00", level="level1"), "not_in_scheme", "BZ-EMP-31.1"),
            (person(), bill("accident", "1.00"), "not_in_pool", "BZ-GEN-5.1"),
            (person(), bill("care", "1.00", days=1), "not_in_pool", "BZ-GEN-17.1"),
        ],
    )
    def test_refusals_name_their_rule(self, who, each, code, rule):
        [answer] = settled("bazhong", who, each)

        assert (answer["refused"]["code"], answer["refused"]["rule"]) == (code, rule)
        assert answer["personal"] == answer["total"]


class TestMaternity:
    def test_pays_up_to_the_limit_within_the_years_cap(self):  # BZ-EMP-28.2, BZ-EMP-37.1
        event = {"event": "birth", "mode": "vaginal", "babies": 2}
        bills = settled(
            "bazhong",
            person("employee"),
            bill("maternity_medical", "5000.00", maternity=event),
            bill("maternity_medical", "4000.00", maternity=event),
            opening={"2025": {"A_EB": "134000.00"}},
        )

        assert [each["basic"] for each in bills] == ["4300.00", "1700.00"]


class TestCover:
    def test_a_stay_needs_cover_on_admission_too(self):  # BZ-RES-3.2, BZ-AMB-24
        who = person([{"scheme": "resident", "from": "2025-04-01", "to": "2025-12-31"}])
        out, late, covered = settled(
            "bazhong",
            who,
            stay("level2", "5400.00", "2025-03-31"),
            stay("level2", "5400.00", "2025-04-05", admitted="2025-03-31"),
            stay("level2", "5400.00", "2025-04-05", admitted="2025-04-01"),
        )

        assert out["refused"]["code"] == late["refused"]["code"] == "not_covered"
        assert covered["refused"] is None

    def test_admission_under_the_other_scheme_is_cover(self):  # reading R-2
        who = person(
            [
                {"scheme": "resident", "from": "2024-01-01", "to": "2025-06-30"},
                {"scheme": "employee", "from": "2025-07-01", "to": None},
            ]
        )
        [each] = settled("bazhong", who, stay("level3", "10000.00", "2025-07-02", admitted="2025-06-28"))

        assert each["basic"] == "7440.00"
