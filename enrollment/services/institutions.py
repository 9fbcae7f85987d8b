"""Institutions: registering and amending them, with the policy key that follows from their levels."""
import re
from datetime import date, datetime
from typing import Any, TypedDict, Unpack

from django.conf import settings
from django.db import transaction

from casework import audit
from casework.errors import Refused
from casework.models import Officer
from enrollment.models import HospitalLevel, Institution
from enrollment.models.institutions import BenefitLevel
from enrollment.services.names import initials
from enrollment.services.regions import known_region
from enrollment.services.spans import authorise
from policy import idnumber, regions
from policy.errors import PolicyError


class InstitutionFacts(TypedDict, total=False):
    name: str
    credit_code: str
    region_code: str
    kind: str
    primary_care: bool
    hospital_level: str
    price_cap_level: str
    deductible_level: str
    in_network: bool
    starts_on: date
    ends_on: date | None


CODE = re.compile(r"[HP][0-9]{11}")
LEVELS = ("hospital_level", "price_cap_level", "deductible_level")


@transaction.atomic
def register_institution(*, code: str, by: Officer, at: datetime, **facts: Unpack[InstitutionFacts]) -> Institution:
    """Enter a designated institution, in the city or elsewhere.

    Levels are codes of the national list 01 to 11; the price-cap and deductible levels default to its own. The
    benefit level follows from the deductible level. Refuses a code or credit code that is wrong, a code that is
    taken, an unknown division or level, and a hospital without a level.
    """
    authorise(by, "add_institution")
    code = idnumber.normalise(code).upper()
    if Institution.objects.filter(code=code).exists():
        raise Refused("INSTITUTION_KNOWN", f"机构编号{code}已登记，如需更改请办理变更。")
    institution = Institution(code=code)
    _apply(institution, facts, by)
    institution.save(force_insert=True)
    _note(institution, "register_institution", "登记定点医药机构", by=by, at=at, facts=facts)
    return institution


@transaction.atomic
def amend_institution(*, code: str, by: Officer, at: datetime, **facts: Unpack[InstitutionFacts]) -> Institution:
    """Change facts of an institution; decided claims keep the level that they were decided with."""
    authorise(by, "change_institution")
    institution = Institution.objects.select_for_update().filter(code=code).first()
    if institution is None:
        raise Refused("not_found", "未找到该定点医药机构，请核对编号。")
    _check_territory(institution.region_id, by)
    _apply(institution, facts, by)
    institution.save()
    _note(institution, "amend_institution", "变更定点医药机构", by=by, at=at, facts=facts)
    return institution


def close_institution(*, code: str, ends_on: date, by: Officer, at: datetime) -> Institution:
    """End the institution's agreement; `ends_on` is the first day without it."""
    return amend_institution(code=code, ends_on=ends_on, by=by, at=at)


def _apply(institution: Institution, facts: InstitutionFacts, by: Officer) -> None:
    values: dict[str, Any] = dict(facts)
    region_code = values.pop("region_code", institution.region_id)
    if not region_code or values.get("starts_on", institution.starts_on) is None:
        raise Refused("FIELD_MISSING", "请填写机构所在地和协议开始日期。")
    _check_territory(region_code, by)
    institution.region_id = known_region(region_code)
    if values.get("credit_code"):
        values["credit_code"] = _credit_code(values["credit_code"])
    for level in LEVELS:
        if level in values:
            values[f"{level}_id"] = values.pop(level) or None
    for field, value in values.items():
        setattr(institution, field, value)
    institution.name = institution.name.strip()
    institution.name_initials = initials(institution.name)[:200]
    _complete(institution)


def _complete(institution: Institution) -> None:
    """Derive what follows from the facts, and refuse what cannot be."""
    if not institution.name:
        raise Refused("FIELD_MISSING", "请填写机构名称。")
    if institution.ends_on is not None and institution.ends_on <= institution.starts_on:
        raise Refused("PERIOD_REVERSED", "协议结束日期不得早于开始日期，请核对。")
    pharmacy = institution.kind == Institution.Kind.PHARMACY
    prefix = "P" if pharmacy else "H"
    if not CODE.fullmatch(institution.code) or institution.code[0] != prefix:
        raise Refused("INSTITUTION_CODE", f"{institution.get_kind_display()}的编号应为{prefix}加11位数字，请核对。")
    institution.price_cap_level_id = institution.price_cap_level_id or institution.hospital_level_id
    institution.deductible_level_id = institution.deductible_level_id or institution.hospital_level_id
    institution.benefit_level = BenefitLevel.PHARMACY if pharmacy else _hospital_benefit(institution)


def _hospital_benefit(institution: Institution) -> str:
    """The policy key of a hospital: of its kind for primary care, else what the list of levels says."""
    known = dict(HospitalLevel.objects.values_list("code", "benefit_level"))
    if not {getattr(institution, f"{level}_id") for level in LEVELS} <= known.keys():
        raise Refused("LEVEL_UNKNOWN", "医院等级、限价等级、起付线等级应为国家代码01至11，请核对。")
    return BenefitLevel.TOWNSHIP if institution.primary_care else known[institution.deductible_level_id]


def _credit_code(text: str) -> str:
    try:
        return idnumber.check_credit_code(text)
    except PolicyError as error:
        raise Refused(error.code.upper(), error.message) from error


def _check_territory(region_code: str, by: Officer) -> None:
    """Institutions elsewhere are kept by officers of the whole pooling area."""
    keeper = region_code if regions.contains(settings.HOME_AREA, region_code) else settings.HOME_AREA
    if not by.sees(keeper):
        raise Refused("jurisdiction", "该机构不在您的经办区划内，不能办理。")


def _note(institution: Institution, action: str, label: str, *, by: Officer, at: datetime, facts: Any) -> None:
    shown = {key: value.isoformat() if isinstance(value, date) else value for key, value in facts.items()}
    audit.record(
        action=f"enrollment.{action}", label=label, by=by, at=at, subject=f"institution:{institution.code}",
        region_code=institution.region_id, detail=shown,
    )
