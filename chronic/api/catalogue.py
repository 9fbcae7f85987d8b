"""The catalogue of diseases as it is told to hospitals: what may be certified, and what the criteria ask."""

from typing import Any

from chronic.services import judging
from policy.catalogue import Catalogue, Unit
from policy.criteria import AtLeast, Leaf, Node, Not, Repeat, Score
from policy.criteria_reader import FactSpec, repeated_facts

Json = dict[str, Any]


def overview(known: Catalogue, category: str = "") -> Json:
    return {
        "pool": known.pack.pool, "version": str(known.pack.ref.version), "documents": dict(known.rules.documents),
        "units": [short(known, unit) for unit in known.units.values() if category in ("", unit.category)],
    }


def short(known: Catalogue, unit: Unit) -> Json:
    return {
        "opsp_dise_code": unit.code, "opsp_dise_name": unit.label, "category": unit.category,
        "category_label": known.rules.categories[unit.category].label, "aliases": list(unit.aliases),
        "schemes": list(unit.schemes), "review_months": unit.review_months, "closed": unit.closed, "rule": unit.rule,
    }


def full(known: Catalogue, code: str) -> Json:
    """A unit with its criteria. Refuses an unknown code and a parent disease."""
    unit = judging.unit_of(known, code)
    repeated = repeated_facts(unit.criteria) if unit.criteria else set()
    ranks = [one.rank for one in unit.doctors if one.rank and one.when is None]
    return {
        **short(known, unit), "article": unit.article, "stop": unit.stop,
        "facts": [_fact(name, spec, name in repeated) for name, spec in unit.facts.items()],
        "criteria": _tree(unit.criteria) if unit.criteria else None,
        "materials": [
            {"kind": one.type, "label": known.material_label(one.type), "conditional": one.when is not None}
            for one in unit.materials
        ],
        "doctor_title": ranks[0] if ranks else known.rules.rank or "",
    }


def _fact(name: str, spec: FactSpec, repeated: bool) -> Json:
    kind = "points" if spec.points else "number" if spec.unit else "check"
    return {
        "id": name, "label": spec.label, "kind": spec.kind, "input": "observations" if repeated else kind,
        "unit": spec.unit, "points": dict(spec.points),
    }


def _tree(node: Node) -> Json:
    """The criteria as a tree of plain words: at_least with its parts, not, repeat, score, and facts with their test."""
    named = {"branch": node.branch} if node.branch else {}
    if isinstance(node, Leaf):
        test = {"test": f"{node.test.sign} {node.test.limit}"} if node.test else {}
        return {"fact": node.fact, **test, **named}
    if isinstance(node, Not):
        return {"not": _tree(node.of), **named}
    if isinstance(node, Repeat):
        return {
            "repeat": node.least, "distinct_days": node.distinct_days, "of": [_tree(one) for one in node.of], **named
        }
    if isinstance(node, Score):
        return {"score": f"{node.test.sign} {node.test.limit}", "of": list(node.of), **named}
    assert isinstance(node, AtLeast)
    return {"at_least": node.least, "of": [_tree(one) for one in node.of], **named}
