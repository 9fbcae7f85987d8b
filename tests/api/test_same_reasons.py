"""For every certifiable unit: granted, refused and undecided by REST and by 2503 give the same reasons as the screen
shows. Both doors file the same facts; what they tell is what stands in the case."""

import pytest

from chronic import services as chronic
from chronic.models import Certification
from policy.catalogue import Unit
from tests.api.conftest import disease, filing, record
from tests.chronic import examples

pytestmark = pytest.mark.django_db
TOLD = ("opsp_dise_code", "verdict", "state", "reasons", "open", "materials_missing", "refusal_reason")


def units() -> list[str]:
    return [code for code, unit in chronic.catalogue_of("511902").units.items() if unit.criteria and not unit.closed]


def kinds(unit: Unit) -> list[tuple[str, dict]]:
    found = [("met", examples.meeting(unit)), ("not_met", examples.failing(unit)), ("open", {})]
    return [(wanted, {name: plausible(unit, value) for name, value in facts.items()}) for wanted, facts in found]


def plausible(unit: Unit, value: object) -> object:
    """The examples step one below a threshold; of an eyesight of 0.05 that is nothing anybody measures."""
    scores = {"M10800", "M01902"}  # T-scores and standard deviations may be negative
    return 0 if type(value) in (int, float) and value < 0 and unit.code not in scores else value


def told(one: dict) -> dict:
    return {name: one[name] for name in TOLD}


def on_screen(handle_number: str) -> dict:
    case = Certification.objects.get(submission_no=handle_number)
    item = case.items.get()
    return {"reasons": item.reasons, "refusal_reason": item.refusal_reason, "state": item.state}


def make_room(system, case: str) -> None:
    """A disease has one application in work at a time: one that is not decided is taken back."""
    system.post(f"diagnoses/{case}/withdrawal", {"submission_no": f"W-{case}", "reason": "另行报送"})


def test_there_are_85_units():
    assert len(units()) == 85


@pytest.mark.parametrize("code", units())
def test_both_doors_and_the_screen_give_the_same_reasons(system, platform, patient, code):
    unit = chronic.catalogue_of("511902").find(code)
    psn_no = platform.psn_no()
    for wanted, facts in kinds(unit):
        first = system.post("diagnoses", filing(f"R-{wanted}", disease(code, facts))).json()
        by_rest, seen = first["diseases"][0], on_screen(f"R-{wanted}")
        make_room(system, first["id"])
        message = platform.message("2503", record(psn_no, code, facts))
        result = platform.send(message).json()["output"]["result"]
        by_2503 = result["exContent"]

        assert by_rest["verdict"] == wanted
        assert told(by_rest) == told(by_2503)
        assert seen == on_screen(message["msgid"]) == {name: by_rest[name] for name in seen}
        assert by_rest["reasons"]
        make_room(system, result["trt_dcla_detl_sn"])
