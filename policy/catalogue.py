"""The disease catalogue of a pool: certifiable units (认定单元) with criteria, materials, doctors, review and end.

Units and categories BZ-CHR-2.1, BZ-CHR-3.1, BZ-CHR-5.1, review and end BZ-CHR-4.2, BZ-CHR-4.3, institutions
BZ-CHR-7.2, first day BZ-CHR-12.1, BZ-CHR-12.2; CZ-7.1, CZ-8.5. Lists of other pools hold what their sources print.
Read once per pack; a mistake is a PackError with its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from pydantic import ValidationError

from policy.calculator import plain, spec
from policy.catalogue_spec import CertifySpec, DiseaseSpec, Doctor, Material, UnitSpec
from policy.criteria import Node
from policy.criteria_reader import FactSpec, read_criteria
from policy.errors import PackError, PolicyError
from policy.pack import Pack, pack_for
from policy.pack_values import parse


@dataclass(frozen=True, slots=True)
class Unit:
    """A certifiable unit: what certificates, bills and reviews name."""

    code: str
    name: str
    category: str
    parent: str
    parent_name: str
    aliases: tuple[str, ...]
    schemes: tuple[str, ...]
    facts: Mapping[str, FactSpec]
    criteria: Node | None
    materials: tuple[Material, ...]
    doctors: tuple[Doctor, ...]
    review_months: int | None
    stop: str
    closed: bool
    rule: str
    article: str

    @property
    def label(self) -> str:
        """Name with the disease it belongs to."""
        return f"{self.parent_name}（{self.name}）" if self.parent else self.name


class Catalogue:
    """All units of one pack. Build with `catalogue`."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.rules = spec(pack, "certify", CertifySpec)
        self.units: dict[str, Unit] = {}
        self.parents: dict[str, str] = {}
        self._aliases: dict[str, str] = {}
        for code in pack.section("catalogue"):
            for unit in self._read(code):
                self._add(unit)
        self._add_listed()

    @property
    def has_criteria(self) -> bool:
        """Whether the pool's source prints criteria at all."""
        return any(unit.criteria is not None for unit in self.units.values())

    def find(self, code: str) -> Unit:
        """Return the unit of a code or alias. Raises PolicyError `unknown_disease`, also for a parent (BZ-AMB-22)."""
        unit = self.units.get(self._aliases.get(code, code))
        if unit is not None:
            return unit
        if code in self.parents:
            below = "、".join(one.code for one in self.units.values() if one.parent == code)
            raise PolicyError("unknown_disease", "disease", f"{self.parents[code]}分有亚型，请写明具体亚型：{below}")
        raise PolicyError("unknown_disease", "disease", f"{self.pack.title}的病种目录没有“{code[:30]}”")

    def in_category(self, category: str) -> list[Unit]:
        return [unit for unit in self.units.values() if unit.category == category]

    def excluded(self, tag: str, unit: Unit) -> str:
        """Return the rule that keeps persons with a tag from a unit, or nothing (CQ-6.3)."""
        for limit in self.rules.group_limits:
            listed = self.pack.section("lists")[limit.diseases]
            if limit.tag == tag and unit.code not in plain(listed)["items"]:
                return str(listed["rule"])
        return ""

    def psychiatric(self, unit: Unit) -> bool:
        """Whether a psychiatric institution may certify the unit."""
        wanted = self.rules.psychiatric_material
        return bool(wanted) and any(material.type == wanted for material in unit.materials)

    def institutions(self, district: str, unit: Unit) -> list[str]:
        """Return who may certify the unit for the insured of a district (BZ-CHR-7.2)."""
        listed = self.rules.institutions.get(district, {}).get(unit.category, [])
        return [one.name for one in listed if one.scope == "all" or self.psychiatric(unit)]

    def material_label(self, kind: str) -> str:
        """How officers call a material."""
        return self.rules.materials.get(kind) or self.rules.documents.get(kind, kind)

    def _add(self, unit: Unit) -> None:
        for code in (unit.code, *unit.aliases):
            if code in self.units or code in self._aliases or code in self.parents:
                raise self._error(unit.parent or unit.code, code, "the code is given twice")
        self.units[unit.code] = unit
        self._aliases |= dict.fromkeys(unit.aliases, unit.code)

    def _add_listed(self) -> None:
        """Put in what the section `diseases` lists without criteria; what stands in both must agree."""
        for code, raw in plain(self.pack.section("diseases")).items():
            known = self.units.get(code)
            name, category, aliases = raw["name"], raw["class"], raw.get("aliases", [])
            if known is None and category in self.rules.categories:
                plainly = DiseaseSpec(name=name, category=category, aliases=aliases)
                self._add(self._unit(code, plainly, plainly, ""))
            if known and (category, tuple(aliases)) != (known.category, known.aliases):
                raise self._error(known.parent or code, code, f"other class or aliases in the list of diseases: {raw}")
            if known and name not in (known.name, known.label):
                raise self._error(known.parent or code, code, f"another name in the list of diseases: {name}")

    def _read(self, code: str) -> Iterator[Unit]:
        try:
            disease = DiseaseSpec.model_validate(plain(self.pack.section("catalogue")[code]))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise self._error(code, ".".join(map(str, first["loc"])), first["msg"]) from None
        if disease.category not in self.rules.categories:
            raise self._error(code, "category", f"{disease.category!r} is not declared in `certify`")
        if not disease.units:
            yield self._unit(code, disease, disease, "")
            return
        self.parents[code] = disease.name
        for below, own in disease.units.items():
            yield self._unit(below, own, disease, code)

    def _unit(self, code: str, own: UnitSpec, disease: DiseaseSpec, parent: str) -> Unit:
        """Put a unit together; what it does not write is its disease's."""

        def written(name: str) -> Any:
            return getattr(own, name) or getattr(disease, name)

        category = self.rules.categories[disease.category]
        facts, tree, review = written("facts"), written("criteria"), written("review")
        try:
            criteria = read_criteria(tree, facts) if tree is not None else None
            months = _months(review) if review else None
        except ValueError as problem:
            raise self._error(parent or code, code, str(problem)) from None
        unit = Unit(
            code=code,
            name=own.name,
            category=disease.category,
            parent=parent,
            parent_name=disease.name if parent else "",
            aliases=tuple(own.aliases),
            schemes=tuple(written("schemes")),
            facts=facts,
            criteria=criteria,
            materials=tuple(written("materials")),
            doctors=tuple(written("doctors")),
            review_months=months,
            stop=written("stop"),
            closed=written("closed") or category.closed,
            rule=written("rule") or category.rule,
            article=written("article") or category.article,
        )
        self._check(unit)
        return unit

    def _check(self, unit: Unit) -> None:
        """Conditions speak of a branch or fact that is there; materials have a label."""
        branches = {node.branch for node in unit.criteria.walk()} if unit.criteria else set()
        for when in [*(one.when for one in unit.materials), *(one.when for one in unit.doctors)]:
            if when and not (when.fact in unit.facts or (when.branch and when.branch in branches)):
                raise self._error(unit.parent or unit.code, unit.code, f"a condition names nothing there: {when}")
        for material in unit.materials:
            if material.type not in self.rules.materials:
                raise self._error(unit.parent or unit.code, unit.code, f"unknown material {material.type!r}")

    def _error(self, entry: str, key: str, message: str) -> PackError:
        return PackError(self.pack.place("catalogue", entry), "catalogue", key, message)


_read: WeakKeyDictionary[Pack, Catalogue] = WeakKeyDictionary()


def catalogue(pool: str, pack: Pack | None = None) -> Catalogue:
    """Return a pool's disease catalogue. Raises PolicyError: `unknown_pool`, `not_in_pool` if it has none."""
    opened = pack_for(pool) if pack is None else pack
    if not opened.section("certify"):
        raise PolicyError("not_in_pool", "pool", f"{opened.title}没有病种目录")
    if opened not in _read:
        _read[opened] = Catalogue(opened)
    return _read[opened]


def _months(review: str) -> int:
    value = parse(review)
    if value.kind != "count" or value.unit != "个月":
        raise ValueError(f"a review period is written in months: {review!r}")
    return int(value.number)
