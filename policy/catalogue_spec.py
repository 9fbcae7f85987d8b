"""How a pack writes its disease catalogue (`catalogue`) and what holds for all its units (`certify`)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from policy.calculator import Spec
from policy.criteria_reader import FactSpec
from policy.vocabulary import Scheme, Title


class Condition(Spec):
    """When a conditional material or doctor is needed: a named branch met the criteria, or a fact is true."""

    branch: str = ""
    fact: str = ""


class Material(Spec):
    """A paper that belongs to a unit."""

    type: str
    implied: bool = False
    when: Condition | None = None
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _plain_name(cls, data: Any) -> Any:
        return {"type": data} if isinstance(data, str) else data


class Doctor(Spec):
    """A doctor whose act a unit needs, over and above the rule for all (BZ-CHR-10.1)."""

    rank: Title | None = None
    count: int = 1
    specialty: str = ""
    act: str = ""
    employer: str = ""
    when: Condition | None = None


class UnitSpec(Spec):
    """A unit as the pack writes it."""

    name: str
    aliases: list[str] = Field(default_factory=list)
    review: str = ""
    stop: str = ""
    closed: bool = False
    rule: str = ""
    article: str = ""
    schemes: list[Scheme] = Field(default_factory=list)
    materials: list[Material] = Field(default_factory=list)
    doctors: list[Doctor] = Field(default_factory=list)
    facts: dict[str, FactSpec] = Field(default_factory=dict)
    criteria: Any = None


class DiseaseSpec(UnitSpec):
    """A disease as the pack writes it; with `units` it is their parent, and they inherit what they do not write."""

    category: str
    units: dict[str, UnitSpec] = Field(default_factory=dict)


class CategorySpec(Spec):
    """A kind of entitlement: from which day it holds, under which rules, and whether it is closed to new entrants."""

    label: str
    rule: str
    article: str
    starts: Literal["certification_date", "diagnosis_date", "recording_date", "none"] = "none"
    starts_rule: str = ""
    closed: bool = False


class Institution(Spec):
    """An institution that may certify, in one district."""

    name: str
    scope: Literal["all", "psychiatric"] = "all"

    @model_validator(mode="before")
    @classmethod
    def _plain_name(cls, data: Any) -> Any:
        return {"name": data} if isinstance(data, str) else data


class GroupLimit(Spec):
    """That persons with a tag may be certified for the diseases of one of the pack's lists alone."""

    tag: str
    diseases: str


class Recognised(Spec):
    """A certificate from elsewhere that stands without, or with, another look (BZ-CHR-16.1, BZ-CHR-16.2)."""

    within: Literal["province", "country"]
    criteria: bool = False
    rule: str


class Objection(Spec):
    """Who looks again when an applicant disagrees, and until when (BZ-CHR-11.2, CQ-9.1)."""

    by: Literal["agency", "another_institution"]
    days: int | None = None
    final: bool = False
    rule: str


class Review(Spec):
    """When those who are due for review are invited, and how long after the due day the benefit still runs.

    Days ahead are counted back from the due day; one that is not worked moves to the working day before
    (BZ-CHR-4.2, BZ-AMB-29)."""

    notice_days: list[int] = Field(default_factory=list)
    counted: Literal["calendar", "working"] = "calendar"
    grace_days: int = 0
    rule: str = ""


class SpotCheck(Spec):
    """From which day a check that finds the file wanting cancels the entitlement, and who owes the loss (CQ-10.1)."""

    cancels_from: Literal["decision_day", "any_day"] = "any_day"
    debtor: Literal["institution"] = "institution"
    rule: str = ""


class Grandfather(Spec):
    """That persons certified before the pack came into force keep a disease that its list has no more (CQ-31.1)."""

    rule: str


class CertifySpec(Spec):
    """The section `certify` of a pack: what holds for all its units."""

    rank: Title | None = None
    rank_rule: str = ""
    categories: dict[str, CategorySpec]
    documents: dict[str, str] = Field(default_factory=dict)
    documents_rule: str = ""
    materials: dict[str, str] = Field(default_factory=dict)
    psychiatric_material: str = ""
    institutions: dict[str, dict[str, list[Institution]]] = Field(default_factory=dict)
    institutions_rule: str = ""
    drug_institutions: dict[str, dict[str, list[Institution]]] = Field(default_factory=dict)
    drug_rules: dict[str, str] = Field(default_factory=dict)
    group_limits: list[GroupLimit] = Field(default_factory=list)
    entry_day: int | None = None
    entry_rule: str = ""
    objection: Objection | None = None
    recognition: list[Recognised] = Field(default_factory=list)
    review: Review = Field(default_factory=Review)
    spot_check: SpotCheck = Field(default_factory=SpotCheck)
    grandfather: Grandfather | None = None
    ends_with_insurance: str = ""
    carry_over_rule: str = ""
    voluntary_end_rule: str = ""
    list_rule: str = ""
    mode_choice: str = ""
    mode_choice_rule: str = ""
    upgrades: dict[str, list[str]] = Field(default_factory=dict)
