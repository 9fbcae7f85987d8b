"""The 85 certifiable units of Bazhong: each can be met, not met and left open, and is shown as a form."""

import pytest

from chronic import services as chronic
from tests.chronic import examples

KNOWN = chronic.catalogue_of("511902")
UNITS = sorted(KNOWN.units.values(), key=lambda unit: unit.code)
CERTIFIABLE = [unit for unit in UNITS if unit.criteria is not None]


def judged(unit, facts, **more):
    more.setdefault("materials", [one.type for one in unit.materials])
    return chronic.evaluate(KNOWN, unit, facts, doctor_title="chief", **more)


def leaves(criterion):
    return [criterion] if criterion.input else [leaf for part in criterion.parts for leaf in leaves(part)]


def test_there_are_eighty_five():
    assert len(CERTIFIABLE) == 85


@pytest.mark.parametrize("unit", CERTIFIABLE, ids=lambda unit: unit.code)
class TestEachUnit:
    def test_is_met_by_facts_that_meet_it(self, unit):
        verdict = judged(unit, examples.meeting(unit))

        assert verdict.state == "met"
        assert verdict.complete
        assert all(reason.startswith("符合：") for reason in verdict.reasons)

    def test_is_not_met_by_facts_that_fail_it_and_says_which(self, unit):
        verdict = judged(unit, examples.failing(unit))

        assert verdict.state == "not_met"
        assert not verdict.complete
        assert any(reason.startswith("不符合：") for reason in verdict.reasons)

    def test_is_open_without_facts_and_says_what_is_wanting(self, unit):
        verdict = judged(unit, {})

        assert verdict.state == "open"
        assert any(reason.startswith("尚缺：") for reason in verdict.reasons)

    def test_is_a_form_that_asks_for_every_fact(self, unit):
        form = chronic.criteria_form(unit, examples.meeting(unit))

        assert form.state == "met"
        assert {leaf.fact for leaf in leaves(form)} == set(unit.facts)
        assert all(leaf.label and (leaf.input != "number" or leaf.threshold) for leaf in leaves(form))


class TestPapersAndTitle:
    @pytest.mark.parametrize("unit", CERTIFIABLE[:3], ids=lambda unit: unit.code)
    def test_criteria_alone_are_not_enough(self, unit):
        verdict = judged(unit, examples.meeting(unit), materials=[])

        assert (verdict.state, verdict.complete) == ("met", False)
        assert any(reason.startswith("缺材料：") for reason in verdict.reasons)

    def test_a_resident_physician_may_not_certify(self):
        unit = KNOWN.find("M03911")
        materials = [one.type for one in unit.materials]

        verdict = chronic.evaluate(
            KNOWN, unit, examples.meeting(unit), materials=materials, doctor_title="resident_physician"
        )

        assert verdict.state == "met"
        assert not verdict.complete
        assert "认定医师职称未达到要求" in verdict.reasons


def test_an_alias_is_the_same_disease():
    assert chronic.unit_of(KNOWN, "M03802") is KNOWN.find("M04500")
