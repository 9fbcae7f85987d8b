"""What the criteria say of given facts: met, not met, or still open; and the same tree as a form to fill in.

Nothing here is stored: the counter, the hospitals' interface and the confirming officer all see the same answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import policy
from casework.errors import Refused
from enrollment.services.packs import pack_of
from policy import Pack, PolicyError
from policy.catalogue import Catalogue, Unit
from policy.criteria import AtLeast, Leaf, Node, Not, Repeat, Score, Tri
from policy.criteria_reader import read_facts, repeated_facts

Json = dict[str, Any]
STATES: dict[Tri, str] = {True: "met", False: "not_met", None: "open"}
STATE_LABELS = {"met": "符合", "not_met": "不符合", "open": "待补充"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `policy.certify` answered, and the reasons in words."""

    unit: Unit
    answer: Json
    reasons: list[str]

    @property
    def state(self) -> str:
        return STATES[self.answer["met"]]

    @property
    def complete(self) -> bool:
        """Whether a doctor may sign it as met: criteria, papers and title (BZ-CHR-4.1, BZ-CHR-10.1)."""
        return bool(self.answer["met"] and self.answer["doctor_ok"] and not self.answer["materials_missing"])


@dataclass(frozen=True, slots=True)
class Criterion:
    """One node of the criteria as it is shown: what is asked, in which unit, against which threshold."""

    kind: str
    label: str
    state: str
    fact: str = ""
    input: str = ""
    unit: str = ""
    threshold: str = ""
    choices: list[tuple[str, int]] = field(default_factory=list)
    parts: list["Criterion"] = field(default_factory=list)

    @property
    def state_label(self) -> str:
        return STATE_LABELS[self.state]


def catalogue_of(region_code: str) -> Catalogue:
    """The disease catalogue that holds for the insured of a region; refuses where its pool prints none."""
    pack = pack_of(region_code)
    try:
        return policy.catalogue(pack.pool, pack)
    except PolicyError as error:
        raise Refused(error.code.upper(), f"{error.message}。") from error


def unit_of(known: Catalogue, code: str) -> Unit:
    """The certifiable unit of a code or alias (BZ-AMB-22); a parent disease is refused with its subtypes."""
    try:
        return known.find(code.strip())
    except PolicyError as error:
        raise Refused("UNKNOWN_DISEASE", f"{error.message}。") from error


def evaluate(
    known: Catalogue, unit: Unit, facts: Mapping[str, Any], *, materials: Sequence[str] = (),
    doctor_title: str | None = None,
) -> Verdict:
    """Judge facts by the criteria in force (BZ-CHR-4.1, BZ-CHR-6.1). A fact that is not given is open, not false."""
    request: Json = {"pool": known.pack.pool, "disease": unit.code, "facts": dict(facts)}
    request["materials"] = [kind for kind in materials if any(kind == one.type for one in unit.materials)]
    if doctor_title:
        request["doctor_title"] = doctor_title
    try:
        answer = dict(policy.certify(request, known.pack))
    except PolicyError as error:
        raise Refused(error.code.upper(), f"{unit.name}：{error.message}（{error.path}）。") from error
    return Verdict(unit, answer, _reasons(known, unit, answer))


def criteria_form(unit: Unit, facts: Mapping[str, Any] | None = None) -> Criterion | None:
    """The criteria of a unit as a tree of questions, each with its state under the facts given; None: none printed."""
    if unit.criteria is None:
        return None
    read = read_facts(facts or {}, unit.facts, unit.criteria)
    return _criterion(unit, unit.criteria, read, repeated_facts(unit.criteria))


def _criterion(unit: Unit, node: Node, facts: Mapping[str, Any], repeated: set[str]) -> Criterion:
    state = STATES[node.value(facts)]
    parts = [_criterion(unit, child, facts, repeated) for child in node.children()]
    if isinstance(node, Leaf):
        return _leaf(unit, node, state, repeated)
    if isinstance(node, Repeat):
        days = "不同日" if node.distinct_days else ""
        parts = [_leaf(unit, leaf, STATES[leaf.fact in facts or None], repeated) for leaf in node.of]
        return Criterion("repeat", f"以下合计至少{node.least}次{days}", state, parts=parts)
    if isinstance(node, Score):
        groups = [
            Criterion("score", unit.facts[name].label, STATES[True if name in facts else None], fact=name,
                      input="points", choices=sorted(unit.facts[name].points.items(), key=lambda pair: pair[1]))
            for name in node.of
        ]
        return Criterion("scores", f"以下评分合计 {node.test.sign} {node.test.limit}", state, parts=groups)
    if isinstance(node, Not):
        return Criterion("not", "不得有以下情形", state, parts=parts)
    assert isinstance(node, AtLeast)
    if node.least == len(node.of):
        return Criterion("all", "须同时具备", state, parts=parts)
    said = "具备其中之一" if node.least == 1 else f"具备其中至少{node.least}项"
    return Criterion("any", said, state, parts=parts)


def _leaf(unit: Unit, leaf: Leaf, state: str, repeated: set[str]) -> Criterion:
    spec = unit.facts[leaf.fact]
    if leaf.test is None:
        return Criterion("fact", spec.label, state, fact=leaf.fact, input="check")
    kind = "observations" if leaf.fact in repeated else "number"
    said = f"{leaf.test.sign} {leaf.test.limit}{spec.unit}"
    return Criterion("fact", spec.label, state, fact=leaf.fact, input=kind, unit=spec.unit, threshold=said)


def _reasons(known: Catalogue, unit: Unit, answer: Json) -> list[str]:
    """Why it is met, not met or open; what papers and which title are wanting."""
    said = []
    names = {True: ("satisfied_branch", "符合"), False: ("failed", "不符合"), None: ("open", "尚缺")}
    key, word = names[answer["met"]]
    said += [f"{word}：{_label(unit, name)}"[:400] for name in answer[key]]
    said += [f"缺材料：{known.material_label(kind)}"[:400] for kind in answer["materials_missing"]]
    if answer["met"] and not answer["doctor_ok"]:
        said.append("认定医师职称未达到要求")
    return said


def _label(unit: Unit, fact: str) -> str:
    spec = unit.facts.get(fact)
    return f"{spec.label}（{fact}）" if spec else fact


def pack_in_force(region_code: str) -> Pack:
    """The pack whose catalogue holds; stored with each decision."""
    return catalogue_of(region_code).pack
