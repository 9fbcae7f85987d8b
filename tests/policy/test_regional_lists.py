"""Lists and small rules of Chongqing, Changchun and Changzhi that no figure carries."""

import pytest

import policy
from policy.certify import certify
from policy.pack import pack_for

from .settling import bill, person, request, settled, shown, stay
from .test_settle_other_pools import CQ, osd

ANNEX = [*(f"CQ-I-{n:02d}" for n in range(1, 15)), *(f"CQ-II-{n:02d}" for n in range(1, 40))]


class TestChongqing:
    def test_lists_14_and_39_diseases(self):  # CQ-2.1, CQ-6.1
        classes = pack_for("chongqing").disease_classes
        tumours = {"CQ-I-03-NSCLC", "CQ-I-03-CML", "CQ-I-03-GIST"}

        assert sorted(set(classes["I"]) - tumours) == ANNEX[:14]
        assert sorted(classes["II"]) == ANNEX[14:]

    @pytest.mark.parametrize(
        ("scheme", "tags"),
        [
            ("employee", ("employer",)),  # CQ-6.2
            ("employee", ("individual_tier2",)),  # CQ-6.2
            ("resident", ("tier1",)),  # CQ-6.4
        ],
    )
    def test_has_one_list_for_both_schemes(self, scheme, tags):  # CQ-5.1
        who = person(scheme, *tags, holds=tuple(ANNEX))
        bills = settled("chongqing", who, *(osd(100, disease, "level1") for disease in ANNEX), parameters=CQ)

        assert [each["refused"] for each in bills] == [None] * len(ANNEX)

    def test_counts_a_consultation_fee_that_is_paid_by_ratio(self):  # CQ-18.2
        who = person("resident", "tier1", holds=("CQ-II-05",))
        fee = {"lines": [{"class": "A", "amount": "50.00"}, {"class": "A", "amount": "8.00"}]}
        [each] = settled("chongqing", who, osd(None, "CQ-II-05", "level2", **fee), parameters=CQ)

        assert shown(each, "eligible", "basic") == ("58.00", "34.80")

    def test_charges_a_rescue_and_the_stay_after_it_one_deductible(self):  # CQ-28.3
        rescue = bill("rescue", "1000.00", "2025-07-01", level="level3")
        bills = settled("chongqing", person("employee"), rescue, stay("level3", "5000.00", "2025-07-09"), parameters=CQ)

        assert [each["deductible"] for each in bills] == ["880.00", "0.00"]


class TestChangchun:
    @pytest.mark.parametrize(
        ("level", "first", "last"),
        [("provincial", "550.00", "650.00"), ("municipal", "600.00", "700.00"), ("district", "700.00", "800.00")],
    )
    def test_pays_adults_within_the_printed_range(self, level, first, last):  # CC-4.1
        visit = bill("day_surgery", "1000.00", "2021-03-10", level=level)
        [low] = settled("changchun", person(), visit)
        [high] = settled("changchun", person(), visit, opening={"2021": {"inp_cost": "60000.00"}})

        assert (low["basic"], high["basic"]) == (first, last)

    def test_pays_special_drugs_out_of_the_same_pool(self):  # CC-13.1
        lines = [{"class": "high_value", "amount": "20000.00"}]
        drug = bill("special_drug", None, "2021-03-10", level="provincial", lines=lines)
        answer = policy.settle(request("changchun", person(), drug))

        assert answer["bills"][0]["basic"] == "6490.00"  # (13 000 − 1 200) × 55%
        assert answer["accumulators"]["2021"]["inp_paid"] == "6490.00"

    @pytest.mark.parametrize(("own_fault", "basic"), [(False, "4840.00"), (True, "3960.00")])
    def test_pays_an_emergency_elsewhere_that_the_patient_advanced(self, own_fault, basic):  # CC-21.1, CC-22.3
        abroad = {"place": "out_of_province", "filing": "emergency", "direct": False, "own_fault": own_fault}
        [each] = settled("changchun", person(), stay("provincial", "10000.00", "2021-03-10", **abroad))

        assert each["basic"] == basic


CLASS_I = {
    "CZ-01": "恶性肿瘤门诊治疗", "CZ-02": "器官移植抗排异治疗", "CZ-03": "尿毒症透析", "CZ-04": "血友病",
    "CZ-05": "再生障碍性贫血（慢性）", "CZ-06": "真性红细胞增多症", "CZ-07": "原发性血小板增多症",
    "CZ-08": "系统性硬化症", "CZ-09": "干燥综合征（舍格伦）",
}  # fmt: skip
IDENTITIES = {
    "extremely_poor": "5800.00", "orphan": "5800.00", "minimum_allowance": "4060.00", "margin": "3544.80",
    "impoverished_by_illness": "761.40",  # CZ-11.1
    "returned_to_poverty": "4060.00", "risk_of_return": "4135.60", "monitored": "4135.60",
    "monitored_risk_open": "4135.60", "sudden_hardship": "4135.60",  # CZ-11.2
}  # fmt: skip


def changzhi(who: dict, *bills: dict, **more: object) -> list[dict]:
    return settled("changzhi", who, *bills, **more)


class TestChangzhi:
    def test_has_nine_diseases_of_class_i(self):  # CZ-4.2
        pack = pack_for("changzhi")

        assert {code: pack.section("diseases")[code]["name"] for code in pack.disease_classes["I"]} == CLASS_I

    def test_settles_an_unfiled_stay_elsewhere_in_the_province(self):  # CZ-3.5
        given = {"inpatient.deductible.employee.fee2.province": 900, "inpatient.ratio.employee.fee2.province": "0.8"}
        away = stay("fee2", "10900.00", "2024-03-10", place="province")
        [each] = changzhi(person("employee"), away, parameters=given)

        assert (each["refused"], each["basic"]) == (None, "6500.00")

    def test_has_no_limit_for_a_single_visit(self):  # CZ-6.2
        [each] = changzhi(person(), bill("outpatient", "400.00", "2024-03-10", level="fee3"))

        assert each["basic"] == "240.00"

    @pytest.mark.parametrize(
        ("place", "filing", "basic"),
        [
            ("local", "long_term", "110.00"),  # CZ-6.4: at home
            ("out_of_province", "long_term", "110.00"),  # CZ-6.4: and where they live
            ("province", "none", "110.00"),  # CZ-6.5
            ("out_of_province", "temporary", "90.00"),  # CZ-6.6
        ],
    )
    def test_pools_outpatient_cost_elsewhere(self, place, filing, basic):
        visit = bill("outpatient", "200.00", "2024-03-10", level="fee2", place=place, filing=filing)
        [each] = changzhi(person(), visit)

        assert each["basic"] == basic

    def test_takes_no_deductible_for_the_two_diseases(self):  # CZ-7.7
        visit = bill("two_diseases", "100.00", "2024-03-10", disease="CZ-2D-HYP")
        [each] = changzhi(person(holds=("CZ-2D-HYP",)), visit)

        assert shown(each, "deductible", "basic") == ("0.00", "60.00")

    @pytest.mark.parametrize(
        ("disease", "papers"),
        [
            ("CZ-2D-HYP", ["secondary_hospital_record", "ss_card"]),
            ("CZ-2D-DM2", ["secondary_hospital_record", "ss_card", "lab_report"]),
        ],
    )
    def test_asks_for_the_printed_papers(self, disease, papers):  # CZ-7.3
        answer = certify({"pool": "changzhi", "disease": disease})

        assert answer["materials_missing"] == papers

    @pytest.mark.parametrize(("tag", "relief"), IDENTITIES.items(), ids=IDENTITIES)
    def test_relieves_every_identity(self, tag, relief):
        [each] = changzhi(person("resident", tag), stay("fee1", "21000.00", "2024-03-10"))

        assert shown(each, "basic", "relief") == ("12000.00", relief)

    def test_relieves_stays_and_outpatient_cost_and_tilts(self):  # CZ-11.3
        who = person("resident", "minimum_allowance", holds=("CZ-15",))
        visit = bill("chronic", "500.00", "2024-03-10", disease="CZ-15")
        [stayed, visited] = changzhi(who, stay("fee1", "633333.33", "2024-03-09"), visit)

        assert shown(stayed, "relief", "relief_tilt") == ("58333.33", "6678.00")
        assert visited["relief"] != "0.00"
