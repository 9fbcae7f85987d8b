"""Certification: three-valued criteria, conditional materials, the doctor's rank, the catalogue itself."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.catalogue import catalogue
from policy.certify import certify
from policy.criteria import AtLeast, Leaf, Node, Not
from policy.criteria_reader import FactSpec, read_criteria

from .conftest import cases, contains

PAPERS = [
    "cert_designated", "cert_certifier", "lab_report", "exam_report", "history_docs", "case_record_docs",
    "bmd_and_or_fracture_imaging",
]  # fmt: skip


def ask(disease, facts, title="attending", materials=PAPERS, pool="bazhong"):
    request = {"pool": pool, "disease": disease, "facts": facts, "materials": materials, "doctor_title": title}
    return certify(request)


@pytest.mark.parametrize("case", cases("certify"), ids=lambda case: case["id"])
def test_the_contracts_cases(case):
    assert contains(certify(case["request"]), case["expect"])


class TestThreeValues:
    """On M01701: thyroid function low, and long replacement therapy."""

    @pytest.mark.parametrize(
        ("facts", "met", "open_facts", "failed"),
        [
            ({}, None, ["M01701.1", "M01701.2"], []),
            ({"M01701.1": None, "M01701.2": True}, None, ["M01701.1"], []),
            ({"M01701.2": False}, False, [], ["M01701.2"]),
            ({"M01701.1": True, "M01701.2": True}, True, [], []),
        ],
    )
    def test_unknown_is_not_false(self, facts, met, open_facts, failed):
        result = ask("M01701", facts)
        assert (result["met"], result["open"], result["failed"]) == (met, open_facts, failed)

    def test_one_branch_is_enough(self):
        result = ask("M06200", {"M06200.3a": True})
        assert (result["met"], result["satisfied_branch"]) == (True, ["M06200.3a"])

    def test_what_is_open_leaves_out_decided_branches(self):
        facts = {"M02300.1a": False, "M02300.2": True}
        assert ask("M02300", facts)["open"] == ["M02300.3"]

    def test_a_negation_turns_known_values_only(self):
        facts = {"M10800.0": True, "M10800.2": -3.0}
        assert ask("M10800", facts)["met"] is None
        assert ask("M10800", facts | {"M10800.1": False})["met"] is True
        assert ask("M10800", facts | {"M10800.1": True, "M10800.1-1": -2.4, "M10800.1-2": 80})["met"] is False


class TestMeasures:
    @pytest.mark.parametrize(("value", "met"), [(59, True), (59.99, True), (60, None), (60.5, None)])
    def test_are_compared_exactly_at_the_boundary(self, value, met):
        assert ask("M07807", {"M07807.1": value})["met"] is met

    def test_a_float_is_what_is_written(self):
        facts = {"CZ-2D-DM2.1a": True, "CZ-2D-DM2.4": 7.0}
        assert ask("CZ-2D-DM2", facts | {"CZ-2D-DM2.1b": 11.1}, pool="changzhi")["met"] is True
        assert ask("CZ-2D-DM2", facts | {"CZ-2D-DM2.1b": 11.09}, pool="changzhi")["met"] is None

    @pytest.mark.parametrize("value", [True, "60", [60], {"value": 60}, float("nan"), float("inf")])
    def test_anything_but_a_number_is_refused(self, value, refusal):
        assert refusal(ask, "M07807", {"M07807.1": value}) == "bad_value"


class TestRepeats:
    """Blood pressure on three different days: M03911 (BZ-CHR-4.1) and the two diseases of Changzhi (CZ-7.4)."""

    REST = {f"M03911.{n}": False for n in ("2", "3a", "3b", "3c", "3d", "3e", "3f", "3g", "3h")}

    def met(self, systolic, diastolic=()):
        readings = {"M03911.1a": list(systolic), "M03911.1b": list(diastolic)}
        return ask("M03911", self.REST | readings)["met"]

    @staticmethod
    def on(day, value):
        return {"value": value, "on": f"2025-03-{day:02d}"}

    def test_count_the_hits_of_all_measures_together(self):
        assert self.met([self.on(1, 160), self.on(5, 172)], [self.on(9, 100)]) is True

    def test_two_hits_on_one_day_count_once(self):
        assert self.met([self.on(1, 160), self.on(5, 172)], [self.on(5, 100)]) is False

    def test_a_value_below_the_line_is_no_hit(self):
        assert self.met([self.on(1, 160), self.on(5, 172), self.on(9, 159)]) is False

    def test_a_list_not_given_may_hold_hits(self):
        result = ask("M03911", self.REST | {"M03911.1a": [self.on(1, 160)]})
        assert (result["met"], result["open"]) == (None, ["M03911.1b"])

    def test_an_observation_without_a_day_decides_only_what_it_can(self):
        assert self.met([165, 170, 175]) is None
        assert self.met([self.on(1, 165), self.on(2, 165), self.on(3, 165), 175]) is True
        assert self.met([165]) is False

    def test_the_list_given_is_complete(self):
        assert self.met([]) is False

    def test_without_distinct_days_each_observation_counts(self):
        facts = {"M07000.0": True, "M07000.1a": True, "M07000.1c": True, "M07000.1d": True}
        assert ask("M07000", facts | {"M07000.1b": [420, 421]})["met"] is True
        assert ask("M07000", facts | {"M07000.1b": [420, 419.9], "M07000.2a": False})["met"] is False

    @pytest.mark.parametrize("value", [165, True, [True], ["165"], [{"value": None}], [{"on": "2025-03-01"}]])
    def test_anything_but_observations_is_refused(self, value, refusal):
        assert refusal(ask, "M03911", {"M03911.1a": value}) == "bad_value"

    def test_faults_inside_an_observation_are_named(self, refusal):
        assert refusal(ask, "M03911", {"M03911.1a": [{"value": 1, "on": "2025-3-1"}]}) == "bad_date"
        assert refusal(ask, "M03911", {"M03911.1a": [{"value": 1, "day": "2025-03-01"}]}) == "unknown_field"

    def test_of_changzhi_need_drugs_too(self):
        readings = {"CZ-2D-HYP.1a": [self.on(n, 140) for n in (1, 2, 3)], "CZ-2D-HYP.1b": []}
        assert ask("CZ-2D-HYP", readings, pool="changzhi")["open"] == ["CZ-2D-HYP.2"]
        assert ask("CZ-2D-HYP", readings | {"CZ-2D-HYP.2": True}, pool="changzhi")["met"] is True


class TestScores:
    """M07105: nine points of eight groups."""

    def met(self, **points):
        return ask("M07105", {f"M07105.{group[1:]}": value for group, value in points.items()})["met"]

    def test_a_sum_that_reaches_the_line_decides(self):
        assert self.met(g1=9) is True
        assert self.met(g2=4, g3=2, g7=3) is True

    def test_a_sum_that_cannot_reach_it_decides(self):
        assert self.met(g1=0, g2=0, g3=2, g4=0, g5=0, g7=3) is None  # groups 6 and 8 may add 5
        assert self.met(g1=0, g2=0, g3=2, g4=0, g5=0, g6=0, g7=3) is False  # group 8 may add 3

    @pytest.mark.parametrize("points", [1, 3, 9, -2, True, "2"])
    def test_a_group_has_its_own_points_only(self, points, refusal):
        assert refusal(ask, "M07105", {"M07105.2": points}) == "bad_value"


class TestMaterials:
    def test_own_papers_are_always_needed_the_implied_ones_too(self):
        assert ask("M01702", {}, materials=[])["materials_missing"] == ["cert_designated", "lab_report", "exam_report"]

    @pytest.mark.parametrize(
        ("facts", "needed"),
        [
            ({"M00201.4a": True, "M00201.4b": True, "M00201.4c": True, "M00201.4d": True, "M00201.4e": True}, True),
            ({"M00201.4a": True, "M00201.4b": True, "M00201.4c": True, "M00201.4d": True}, False),
            (
                {"M00201.4a": True, "M00201.4b": True, "M00201.4c": True, "M00201.4d": True, "M00201.4e": True}
                | {"M00201.3a": True, "M00201.3b": True, "M00201.3c": True},
                False,
            ),
        ],
        ids=["only by its branch", "not met", "met without it too"],
    )
    def test_a_branchs_paper_only_where_the_branch_decides(self, facts, needed):
        materials = [paper for paper in PAPERS if paper != "case_record_docs"]
        missing = ask("M00201", facts, materials=materials)["materials_missing"]
        assert ("case_record_docs" in missing) is needed

    def test_a_facts_paper_where_the_fact_is_true(self):
        papers = ["cert_designated", "bmd_and_or_fracture_imaging"]
        assert ask("M10800", {"M10800.1": True}, materials=papers)["materials_missing"] == ["history_docs"]
        assert ask("M10800", {"M10800.1": False}, materials=papers)["materials_missing"] == []
        assert ask("M10800", {}, materials=papers)["materials_missing"] == []


class TestTheDoctor:
    @pytest.mark.parametrize(
        ("title", "enough"),
        [("resident_physician", False), ("attending", True), ("associate_chief", True), ("chief", True), (None, False)],
    )
    def test_is_attending_physician_or_above(self, title, enough):
        assert ask("M01701", {}, title=title)["doctor_ok"] is enough

    def test_ranks_higher_where_a_branch_asks_for_it(self):
        by_branch = {"M00500.0": True, "M00500.2a": True, "M00500.2b": True, "M00500.2c": True}
        assert ask("M00500", by_branch, title="attending")["doctor_ok"] is False
        assert ask("M00500", by_branch, title="associate_chief")["doctor_ok"] is True
        assert ask("M00500", by_branch | {"M00500.1": True}, title="attending")["doctor_ok"] is True

    def test_an_unknown_title_is_refused(self, refusal):
        assert refusal(ask, "M01701", {}, title="主任") == "bad_value"


class TestTheCatalogue:
    """BZ-CHR-2.1, BZ-CHR-3.1, BZ-CHR-4.2, BZ-CHR-4.3, BZ-CHR-5.1, BZ-CHR-7.2, BZ-CHR-12.1, BZ-CHR-12.2."""

    known = property(lambda self: catalogue("bazhong"))

    def test_has_85_units_of_62_diseases(self):
        assert len(self.known.in_category("chronic")) == 45
        assert len(self.known.in_category("special")) == 40
        units = self.known.in_category("chronic") + self.known.in_category("special")
        assert len({unit.parent or unit.code for unit in units}) == 62

    def test_reviews_five_units(self):
        reviewed = {unit.code: unit.review_months for unit in self.known.units.values() if unit.review_months}
        assert reviewed == {"M00100": 12, "M00202": 12, "M00406": 12, "M07300": 24, "M00104": 24}

    def test_ends_two_units_on_a_condition(self):
        assert {unit.code for unit in self.known.units.values() if unit.stop} == {"M07900", "M03600"}

    def test_starts_chronic_on_certification_and_special_on_diagnosis(self):
        categories = self.known.rules.categories
        assert categories["chronic"].starts == "certification_date"
        assert categories["special"].starts == "diagnosis_date"

    def test_knows_who_may_certify(self):
        schizophrenia, gout = self.known.find("M02101"), self.known.find("M07000")
        depression = self.known.find("M02202")
        assert "二医院" not in self.known.institutions("市本级", gout)
        assert "二医院" in self.known.institutions("市本级", depression)
        assert self.known.institutions("平昌县", schizophrenia)[-1] == "平昌县第二人民医院"
        assert self.known.institutions("nowhere", gout) == []

    def test_accepts_aliases_and_refuses_parents_and_strangers(self, refusal):
        assert self.known.find("M03802").code == "M04500"
        assert self.known.find("M0710").code == "M07110"
        for code in ("M01700", "M08300", "M99999", ""):
            assert refusal(self.known.find, code) == "unknown_disease"

    def test_names_a_subtype_with_its_disease(self):
        assert self.known.find("M02400").label == "其他精神类疾病（阿尔茨海默病）"

    def test_every_unit_can_be_met_and_can_fail(self):
        for unit in self.known.units.values():
            if unit.criteria is not None:
                assert unit.criteria.value({}) is None

    def test_has_no_materials_and_no_criteria_for_the_two_diseases(self):
        """BZ-CHR-17.1, BZ-CHR-20.1: the health authority lists the patients."""
        for unit in self.known.in_category("two_diseases"):
            assert (unit.materials, unit.criteria, unit.rule) == ((), None, "BZ-CHR-17.1")

    def test_names_the_common_documents(self):
        """BZ-CHR-9.1; they are no unit's own materials."""
        assert list(self.known.rules.documents) == [
            "ss_card_or_e_code", "identity_document", "application_form", "medical_records",
        ]  # fmt: skip
        assert self.known.material_label("identity_document") == "有效身份证件"
        assert self.known.material_label("lab_report") == "检验报告"

    def test_of_other_pools_holds_what_they_print(self):
        """CQ-6.5, CQ-6.6, CQ-8.2, CQ-8.3, CC-6.1, CC-7.1, CC-9.1, CZ-7.1, CZ-7.2, CZ-8.1, CZ-8.5."""
        chongqing, changchun, changzhi = (catalogue(pool) for pool in ("chongqing", "changchun", "changzhi"))
        assert (len(chongqing.in_category("I")), len(chongqing.in_category("II"))) == (14 + 3, 39)
        assert chongqing.rules.categories["I"].starts == "recording_date"
        assert "history_docs" in chongqing.rules.documents
        assert (len(changchun.in_category("special")), len(changchun.in_category("chronic"))) == (43, 18)
        assert len(changchun.institutions("长春市", changchun.find("CC-CH-01"))) == 7
        assert [len(changzhi.in_category(name)) for name in ("I", "II", "III", "two_diseases")] == [9, 36 + 2, 6, 3]
        assert {unit.category for unit in changzhi.units.values() if unit.closed} == {"III"}
        assert changzhi.rules.categories["two_diseases"].starts_rule == "CZ-7.2"

    def test_lists_without_criteria_say_so(self, refusal):
        assert refusal(ask, "BZ-2D-HYP", {}) == "no_criteria"


class TestRefusals:
    def test_of_wrong_requests(self, refusal):
        assert refusal(ask, "M99999", {}) == "unknown_disease"
        assert refusal(ask, "M01700", {}) == "unknown_disease"
        assert refusal(ask, "M01701", {"M01702.1": True}) == "unknown_field"
        assert refusal(ask, "M01701", {"M01701.1": 1}) == "bad_value"
        assert refusal(ask, "M01701", {"M01701.1": "true"}) == "bad_value"
        assert refusal(ask, "M01701", {}, pool="chongqing") == "not_in_pool"
        assert refusal(ask, "M01701", {}, pool="national") == "not_in_pool"


NAMES = ["a", "b", "c", "d"]
TREES = st.recursive(
    st.sampled_from(NAMES).map(lambda name: Leaf(fact=name)),
    lambda below: st.one_of(
        below.map(lambda node: Not(of=node)),
        st.lists(below, min_size=1, max_size=3).flatmap(
            lambda of: st.integers(1, len(of)).map(lambda n: AtLeast(least=n, of=tuple(of)))
        ),
    ),
    max_leaves=8,
)


class TestKleene:
    @given(TREES, st.dictionaries(st.sampled_from(NAMES), st.booleans()))
    def test_a_decision_stands_whatever_else_becomes_known(self, tree: Node, facts: dict):
        decided = tree.value(facts)
        for later in ({}, dict.fromkeys(NAMES, True), dict.fromkeys(NAMES, False)):
            if decided is not None:
                assert tree.value(later | facts) is decided


class TestReadingCriteria:
    FACTS = {
        "x": FactSpec(kind="lab", label="x", unit="g"),
        "y": FactSpec(kind="history", label="y"),
        "s": FactSpec(kind="scale", label="s", points={"p": 3}),
    }

    @pytest.mark.parametrize(
        ("tree", "message"),
        [
            ("z", "not defined"),
            ("x", "comparison"),
            ("y > 1", "comparison"),
            ("x => 1", "comparison"),
            ({"all": []}, "list"),
            ({"some": ["y"]}, "exactly one"),
            ({"all": ["y"], "any": ["y"]}, "exactly one"),
            ({"all": ["y"], "of": ["y"]}, "unknown key"),
            ({"at_least": "2", "of": ["y"]}, "at least"),
            ({"repeat": "2", "of": ["y"]}, "measures"),
            ({"all": [{"repeat": "2", "of": ["x > 1"]}, "x > 1", "y", {"score": ">= 3", "of": ["s"]}]}, "repeat"),
            ({"score": ">= 3", "of": ["x"]}, "points"),
            ("y", "not used"),
        ],
    )
    def test_names_what_is_wrong(self, tree, message):
        with pytest.raises(ValueError, match=message):
            read_criteria(tree, self.FACTS)

    def test_keeps_decimals_exact(self):
        tree = read_criteria({"all": ["x >= 11.1", "y", {"score": ">= 3", "of": ["s"]}]}, self.FACTS)
        assert tree.value({"x": Decimal("11.1"), "y": True, "s": Decimal(3)}) is True
