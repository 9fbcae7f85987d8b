"""Certificates from elsewhere (互认, BZ-CHR-16.1, BZ-CHR-16.2) and from before the present list (CQ-31.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from chronic.models import Entitlement, Recognition
from chronic.services import judging
from chronic.services.granting import Grant, grant
from chronic.services.steps import take
from chronic.workflow import RECOGNITION
from enrollment import services as enrollment
from enrollment.models import Person
from enrollment.services.spans import merged_numbers
from policy.catalogue import Catalogue, Unit
from policy.periods import add_months

Kind = Recognition.Kind
GRANDFATHERED = "grandfathered"


@dataclass(frozen=True, kw_only=True)
class Former:
    """What was certified elsewhere or before: the disease, when, where; for a kept one its name and own standard."""

    kind: str
    unit: str
    certified_on: date
    former_place: str
    former_no: str = ""
    unit_name: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    materials: Sequence[str] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def claim_recognition(*, person_id: int, former: Former, by: Officer, at: datetime) -> Recognition:
    """Register a certificate from elsewhere, for another officer to confirm.

    From within the province it stands as it is where the disease is on the local list; from outside the criteria must
    be met as well. One from before the present list is kept with its own disease code and standard, which must not be
    on the list now; there are no new entrants. Refuses, having written nothing, a pool without such a rule, a day to
    come, a certificate whose review is overdue, a person who is not insured or has the entitlement."""
    person: Person = get_visible(Person, by, lock=True, pk=person_id)
    known, today = judging.catalogue_of(person.region_code), bureau_day(at)
    if former.certified_on > today:
        raise Refused("DATE_FUTURE", "原认定日期晚于今天，请核对。")
    cover = enrollment.coverage_on(person, today)
    if cover.period is None:
        raise Refused("NOT_INSURED", f"不能办理互认：{cover.reason}")
    unit, rule = _unit(known, former), _rule(known, former)
    if Entitlement.objects.filter(person__in=merged_numbers(person), unit=unit.code, ended_on=None).exists():
        raise Refused("ENTITLED_ALREADY", f"该参保人已有“{unit.label}”的待遇，无须办理。")
    if unit.review_months and add_months(former.certified_on, unit.review_months) < today:
        raise Refused("REVIEW_OVERDUE", f"“{unit.label}”的原认定已过复审到期日，请按认定重新申请。")
    case = Recognition(
        person=person, kind=former.kind, unit=unit.code, unit_name=unit.label, category=unit.category,
        certified_on=former.certified_on, former_place=former.former_place.strip(), former_no=former.former_no.strip(),
        facts=dict(former.facts), materials=sorted(set(former.materials)), parameters=dict(former.parameters),
        rule=rule, starts_on=max(former.certified_on, cover.period.starts_on), region_code=person.region_code[:6],
    )
    _judge(case, known, unit)
    try:
        with transaction.atomic():
            RECOGNITION.move(case, "claim_recognition", by=by, at=at, detail={"unit": unit.code, "kind": former.kind})
    except IntegrityError as error:
        raise Refused("RECOGNITION_OPEN", "该病种已有在办的互认，请先办结。") from error
    return case


@transaction.atomic
def recognise(
    *, recognition_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> Recognition:
    """Confirm: the entitlement runs from the former certification, but not from before the present insurance, and is
    reviewed by the former certification's day. Refuses criteria that are needed and not met (BZ-CHR-16.1)."""
    case: Recognition = get_visible(Recognition, by, lock=True, pk=recognition_id)
    person = Person.objects.select_for_update(of=("self",)).get(pk=case.person_id)
    known = judging.catalogue_of(person.region_code)
    unit = _kept_unit(case) if case.kind == Kind.GRANDFATHER else judging.unit_of(known, case.unit)
    _take(case, "recognise", by, at, note, expected_version)
    if _by_criteria(known, case.kind) and case.verdict.get("met") is not True:
        raise Refused("NOT_MET", f"省外转入须符合本地认定标准：{'；'.join(case.reasons[:5]) or '事实尚不能判定'}。")
    origin = Entitlement.Origin.GRANDFATHER if case.kind == Kind.GRANDFATHER else Entitlement.Origin.RECOGNITION
    given = Grant(
        starts_on=case.starts_on, certified_on=case.certified_on, origin=origin, reason=case.rule,
        case_no=case.case_no, parameters=case.parameters,
    )
    grant(person, unit, given, at=at)
    return case


@transaction.atomic
def refuse_recognition(
    *, recognition_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> Recognition:
    """Do not confirm (不予确认), with the reason; the way of certification stays open."""
    case: Recognition = get_visible(Recognition, by, lock=True, pk=recognition_id)
    _take(case, "refuse_recognition", by, at, reason, expected_version)
    return case


@transaction.atomic
def withdraw_recognition(
    *, recognition_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> Recognition:
    """Take it back before it is decided (撤回)."""
    case: Recognition = get_visible(Recognition, by, lock=True, pk=recognition_id)
    RECOGNITION.move(
        case, "withdraw_recognition", by=by, at=at, note=reason, expected_version=expected_version
    )
    return case


def _take(case: Recognition, step: str, by: Officer, at: datetime, note: str, version: int | None) -> None:
    take(
        RECOGNITION, case, step, by=by, at=at, note=note, expected_version=version, hands=(case.registered_by_id,),
        decided_by=by,
    )


def _rule(known: Catalogue, former: Former) -> str:
    """The rule under which this kind is taken over; refuses where the pool has none."""
    if former.kind == Kind.GRANDFATHER:
        return _grandfather_rule(known, former)
    if not former.former_place.strip() or not former.former_no.strip():
        raise Refused("FIELD_MISSING", "请填写原认定地和原认定凭证号，并收取原认定材料。")
    for row in known.rules.recognition:
        if row.within == former.kind:
            return row.rule
    raise Refused("NO_RECOGNITION", "本统筹区没有此种互认规定，请按认定办理。")


def _grandfather_rule(known: Catalogue, former: Former) -> str:
    since = known.pack.in_force
    if known.rules.grandfather is None or since is None:
        raise Refused("NO_GRANDFATHER", "本统筹区没有保留原待遇的规定。")
    if former.certified_on >= since:
        raise Refused("GRANDFATHER_CLOSED", f"原待遇保留只限{since}以前认定的人员，不再新增。")
    if not former.parameters:
        raise Refused("FIELD_MISSING", "请填写锁定的原待遇标准。")
    return known.rules.grandfather.rule


def _unit(known: Catalogue, former: Former) -> Unit:
    if former.kind not in Kind.values:
        raise Refused("CHOICE", "种类应为省内互认、省外转入或原待遇保留。")
    if former.kind != Kind.GRANDFATHER:
        return judging.unit_of(known, former.unit)
    if former.unit in known.units:
        raise Refused("LISTED_ALREADY", f"“{former.unit}”在现行病种目录内，请按现行规定办理。")
    return kept_unit(former.unit, former.unit_name)


def _kept_unit(case: Recognition) -> Unit:
    return kept_unit(case.unit, case.unit_name)


def kept_unit(code: str, name: str) -> Unit:
    """A disease that the present list does not have: kept for its holders alone (锁病种)."""
    if not code.strip() or not name.strip():
        raise Refused("FIELD_MISSING", "请填写原病种的编码和名称。")
    return Unit(
        code=code.strip()[:30], name=name.strip()[:120], category=GRANDFATHERED, parent="", parent_name="", aliases=(),
        schemes=(), facts={}, criteria=None, materials=(), doctors=(), review_months=None, stop="", closed=True,
        rule="", article="",
    )


def _by_criteria(known: Catalogue, kind: str) -> bool:
    return any(row.within == kind and row.criteria for row in known.rules.recognition)


def _judge(case: Recognition, known: Catalogue, unit: Unit) -> None:
    if _by_criteria(known, case.kind):
        verdict = judging.evaluate(known, unit, case.facts, materials=case.materials)
        case.verdict, case.reasons = verdict.answer, verdict.reasons
