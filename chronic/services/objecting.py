"""Objections to a conclusion: who looks again, until when, and what follows (BZ-CHR-11.2, CQ-9.1, CQ-9.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from casework import services as casework
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from chronic.models import CertificationItem, Objection
from chronic.services import judging, registers
from chronic.services.deciding import first_day
from chronic.services.granting import Grant, grant
from chronic.services.steps import take
from chronic.workflow import OBJECTION
from enrollment.models import Institution, Person
from policy.catalogue_spec import Objection as Rules

Route = Objection.Route


@dataclass(frozen=True, kw_only=True)
class Reexamined:
    """What was found on looking again: the facts, the papers, the doctor; `met` where the pool prints no criteria."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    materials: Sequence[str] = ()
    doctor: str = ""
    met: bool | None = None


@transaction.atomic
def object_to(*, item_id: int, received_on: date, reason: str, by: Officer, at: datetime) -> Objection:
    """Register an objection (异议) to a refused disease, within the pool's days from the day on which the conclusion
    was received; the last of them still counts (CQ-9.1: 60). Refuses what was not refused, a second one in work, and
    any further one where the conclusion is final (CQ-9.2)."""
    item: CertificationItem = get_visible(CertificationItem, by, lock=True, pk=item_id)
    case, today = item.certification, bureau_day(at)
    if item.state != CertificationItem.State.REFUSED:
        raise Refused("NOT_REFUSED", "只能对不予认定的结论提出异议。")
    if not reason.strip():
        raise Refused("note_required", "请写明异议理由。")
    rules = _rules(case.person)
    _refuse_late(rules, received_on, today)
    made = Objection(
        item=item, person=case.person, route=rules.by, final=rules.final, rule=rules.rule, received_on=received_on,
        reason=reason.strip()[:500], region_code=case.region_code,
    )
    if item.objections.filter(final=True).exclude(status="withdrawn").exists():
        raise Refused("FINAL", f"该结论已经复核，复核结论为终局结论（{rules.rule}）。")
    try:
        with transaction.atomic():
            OBJECTION.move(made, "object", by=by, at=at, note=reason, detail={"unit": item.unit})
    except IntegrityError as error:
        raise Refused("OBJECTION_OPEN", "该结论已有在办的复核，请先办结。") from error
    return made


@transaction.atomic
def arrange(
    *, objection_id: int, by: Officer, at: datetime, institution_id: int | None = None,
    expected_version: int | None = None,
) -> Objection:
    """Say who looks again (安排复核). Where the pool wants another institution it is a qualified one that is not the
    first (CQ-9.2); else the agency may name one or have its own experts look."""
    case: Objection = get_visible(Objection, by, lock=True, pk=objection_id)
    house = Institution.objects.filter(pk=institution_id).first() if institution_id else None
    first = case.item.certification
    if case.route == Route.INSTITUTION:
        if house is None:
            raise Refused("INSTITUTION_MISSING", "请选择另一家认定机构复核。")
        if house.pk == first.institution_id:
            raise Refused("SAME_INSTITUTION", "复核须由原认定机构以外的认定机构进行，请另选。")
        known = judging.catalogue_of(case.person.region_code)
        registers.qualified(
            house, known, judging.unit_of(known, case.item.unit), case.region_code[:6], bureau_day(at)
        )
    take(OBJECTION, case, "arrange", by=by, at=at, expected_version=expected_version, institution=house)
    return case


@transaction.atomic
def conclude_objection(
    *, objection_id: int, found: Reexamined, by: Officer, at: datetime, expected_version: int | None = None
) -> Objection:
    """Record what was found: the same criteria decide; where the pool prints none, the doctor's word (`met`).

    Refuses facts that leave it open."""
    case: Objection = get_visible(Objection, by, lock=True, pk=objection_id)
    known = judging.catalogue_of(case.person.region_code)
    unit = judging.unit_of(known, case.item.unit)
    verdict, reasons, met = {}, [], found.met
    if unit.criteria is not None:
        judged = judging.evaluate(known, unit, found.facts, materials=found.materials)
        verdict, reasons, met = judged.answer, judged.reasons, judged.answer["met"]
    if met is None:
        raise Refused("FACTS_OPEN", f"复核事实尚不能判定：{'；'.join(reasons[:5]) or '请填写复核结论'}。")
    take(
        OBJECTION, case, "conclude", by=by, at=at, expected_version=expected_version, facts=dict(found.facts),
        verdict=verdict, reasons=reasons, met=met, doctor=found.doctor.strip()[:80], concluded_on=bureau_day(at),
        concluded_by=by, detail={"met": met},
    )
    return case


@transaction.atomic
def decide_objection(
    *, objection_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> Objection:
    """Decide by the second conclusion, and give notice of the result (BZ-CHR-11.2): upheld, or overturned, which
    gives the entitlement. Not by who recorded that conclusion, nor by anyone who had a hand in the first."""
    case: Objection = get_visible(Objection, by, lock=True, pk=objection_id)
    first = case.item.certification
    if by.pk in (first.signed_by_id, first.sealed_by_id, first.decided_by_id):
        raise Refused("same_officer", "作出原结论的人员不得决定复核，请转由他人办理。")
    take(
        OBJECTION, case, "overturn" if case.met else "uphold", by=by, at=at, note=note,
        expected_version=expected_version, hands=(case.concluded_by_id,), decided_by=by,
    )
    if case.met:
        _grant(case, at)
    _notify(case, by, at)
    return case


@transaction.atomic
def withdraw_objection(
    *, objection_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> Objection:
    """Take it back before there is a second conclusion."""
    case: Objection = get_visible(Objection, by, lock=True, pk=objection_id)
    OBJECTION.move(case, "withdraw_objection", by=by, at=at, note=reason, expected_version=expected_version)
    return case


def _rules(person: Person) -> Rules:
    rules = judging.catalogue_of(person.region_code).rules.objection
    if rules is None:
        raise Refused("NO_OBJECTION", "本统筹区的政策没有规定异议复核。")
    return rules


def _refuse_late(rules: Rules, received_on: date, today: date) -> None:
    if received_on > today:
        raise Refused("DATE_FUTURE", "收到结论的日期晚于今天，请核对。")
    if rules.days is not None and today > received_on + timedelta(days=rules.days):
        raise Refused("OBJECTION_LATE", f"自收到结论之日起已超过{rules.days}日，不能申请复核（{rules.rule}）。")


def _grant(case: Objection, at: datetime) -> None:
    """The entitlement by the second conclusion, from the first day that its category names; what a review had ended
    goes on from the day it ended."""
    person = Person.objects.select_for_update(of=("self",)).get(pk=case.person_id)
    known, item = judging.catalogue_of(person.region_code), case.item
    unit = judging.unit_of(known, item.unit)
    starts = known.rules.categories[unit.category]
    if item.reviewed_id is not None and item.reviewed.ended_on is not None:
        day = item.reviewed.ended_on
    else:
        day = case.concluded_on if starts.starts == "certification_date" else _day(starts.starts, case, at)
    given = Grant(
        starts_on=day, certified_on=case.concluded_on, reason=case.rule, case_no=case.case_no,
        institution=case.institution or item.certification.institution,
    )
    grant(person, unit, given, at=at)


def _day(starts: str, case: Objection, at: datetime) -> date:
    if starts == "recording_date":
        return bureau_day(at)
    return first_day(starts, case.item, case.item.certification)


def _notify(case: Objection, by: Officer, at: datetime) -> None:
    casework.issue_notice(
        case_no=case.case_no, kind="objection_decided", title="门诊慢特病认定复核结果告知书", by=by, at=at,
        region_code=case.region_code, body={
            "case_no": case.case_no, "name": case.person.name, "disease": case.item.unit_name,
            "first": case.item.refusal_reason, "result": case.get_status_display(), "reasons": list(case.reasons),
            "final": case.final, "rule": case.rule,
        },
    )
