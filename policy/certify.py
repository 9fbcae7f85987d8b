"""Does the evidence meet a disease's criteria (病种认定): facts, materials, doctor.

BZ-CHR-4.1, BZ-CHR-6.1, BZ-CHR-9.1, BZ-CHR-10.1; CZ-7.4 to CZ-7.6. Readings R-11, R-12 and O-38.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import Field
from typing_extensions import TypedDict

from policy.calculator import open_pack
from policy.catalogue import Catalogue, Unit, catalogue
from policy.catalogue_spec import Condition
from policy.criteria import Facts, failed_facts, open_facts, satisfied_facts
from policy.criteria_reader import read_facts
from policy.errors import PolicyError
from policy.pack import Pack
from policy.request import CalculatorRequest, Text, parse
from policy.vocabulary import Title

_RANK = {title: rank for rank, title in enumerate(get_args(Title))}


class CertifyRequest(CalculatorRequest):
    """Request of `certify`: facts by their ID, a fact that is not given is unknown."""

    disease: Text
    facts: dict[str, Any] = Field(default_factory=dict)
    materials: list[Text] = Field(default_factory=list)
    doctor_title: Title | None = None


class CertifyResult(TypedDict):
    """Result of `certify`."""

    case: str | None
    met: bool | None
    open: list[str]
    failed: list[str]
    satisfied_branch: list[str]
    materials_missing: list[str]
    doctor_ok: bool
    rule: str


def certify(request: Mapping[str, Any], pack: Pack | None = None) -> CertifyResult:
    """Decide whether a unit's criteria are met, and what is still needed (contract §6).

    `met` is null while the given facts cannot decide. `materials_missing` are the unit's own papers; a conditional
    one, and a stricter doctor's rank, count only under their condition. Raises PolicyError: `unknown_disease`,
    `unknown_field` for a fact that the unit does not have, `no_criteria` where the source prints none.
    """
    asked = parse(CertifyRequest, request)
    known = catalogue(asked.pool, open_pack("certify", asked.pool, pack))
    if not known.has_criteria:
        raise PolicyError("not_in_pool", "pool", f"{known.pack.title}没有病种认定标准")
    unit = known.find(asked.disease)
    if unit.criteria is None:
        raise PolicyError("no_criteria", "disease", f"政策原文未公布“{unit.label}”的认定标准")
    facts = read_facts(asked.facts, unit.facts, unit.criteria)
    needed = [one.type for one in unit.materials if _applies(one.when, unit, facts)]
    return {
        "case": asked.case,
        "met": unit.criteria.value(facts),
        "open": open_facts(unit.criteria, facts),
        "failed": failed_facts(unit.criteria, facts),
        "satisfied_branch": satisfied_facts(unit.criteria, facts),
        "materials_missing": [kind for kind in needed if kind not in asked.materials],
        "doctor_ok": _doctor_ok(asked.doctor_title, known, unit, facts),
        "rule": unit.rule,
    }


def _applies(when: Condition | None, unit: Unit, facts: Facts) -> bool:
    """Whether a condition holds: its fact is true; or the criteria are met, and would not be without its branch."""
    if when is None:
        return True
    if when.fact:
        return facts.get(when.fact) is True
    assert unit.criteria is not None
    return unit.criteria.value(facts) is True and unit.criteria.value(facts, without=when.branch) is not True


def _doctor_ok(title: Title | None, known: Catalogue, unit: Unit, facts: Facts) -> bool:
    """Whether the doctor's rank is enough: the highest of those that apply (BZ-CHR-10.1, table 8.3)."""
    if title is None:
        return False
    ranks = [known.rules.rank, *(one.rank for one in unit.doctors if _applies(one.when, unit, facts))]
    return all(_RANK[title] >= _RANK[rank] for rank in ranks if rank)

