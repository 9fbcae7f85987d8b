"""Applying for certification (认定申请): at the hospital, for oneself or another, several diseases at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from casework import outbox
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from chronic.models import Certification, CertificationItem, Entitlement
from chronic.services import judging, registers
from chronic.workflow import CERTIFICATION
from enrollment import services as enrollment
from enrollment.models import Institution, Person
from enrollment.services.spans import merged_numbers
from policy.catalogue import Catalogue, Unit

OPEN_ITEM = (CertificationItem.State.PENDING, CertificationItem.State.MET, CertificationItem.State.NOT_MET)


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """One disease that is applied for: the facts by their ID, and the kinds of papers that came with it."""

    unit: str
    diagnosed_on: date
    facts: Mapping[str, Any] = field(default_factory=dict)
    materials: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Applicant:
    """Through whom the application comes."""

    channel: str = Certification.Channel.HOSPITAL
    phone: str = ""
    agent_name: str = ""
    agent_id_no: str = ""
    documents: Sequence[str] = ()


@transaction.atomic
def apply(
    *, person_id: int, institution_id: int, claimed: Sequence[Claimed], by: Officer, at: datetime,
    applicant: Applicant | None = None,
) -> Certification:
    """Register an application at a certifying institution (BZ-CHR-7.1, BZ-CHR-9.1); it waits for the doctor.

    Refuses, having written nothing: no disease or one twice, an unknown one, a person who is not insured, has the
    entitlement already or an application for it in work, an institution that is not published for it, facts that
    the criteria don't know."""
    case, items = prepare(person_id, institution_id, claimed, applicant or Applicant(), by=by, at=at)
    return keep(case, items, "submit", by=by, at=at)


@transaction.atomic
def apply_review(
    *, person_id: int, institution_id: int, claimed: Sequence[Claimed], by: Officer, at: datetime,
    applicant: Applicant | None = None,
) -> Certification:
    """Register a review (复审) of entitlements by the same criteria, papers and form (BZ-CHR-4.2, BZ-CHR-9.1); from
    here it goes the way of an application. A benefit that rests may be reviewed as well, and is taken up again.

    Refuses what `apply` refuses, and a unit without live entitlement, without review or with a review in work."""
    review = Certification.Kind.REVIEW
    case, items = prepare(person_id, institution_id, claimed, applicant or Applicant(), review, by=by, at=at)
    return keep(case, items, "submit", by=by, at=at)


def prepare(
    person_id: int, institution_id: int, claimed: Sequence[Claimed], applicant: Applicant,
    kind: str = Certification.Kind.INITIAL, *, by: Officer, at: datetime,
) -> tuple[Certification, list[CertificationItem]]:
    """The application as unsaved rows, checked; the person is locked."""
    today = bureau_day(at)
    person = Person.objects.select_for_update().filter(pk=person_id, merged_into=None).first()
    if person is None:
        raise Refused("not_found", "未找到该参保人，请核对证件号码。")
    institution = _house(institution_id, by)
    cover = enrollment.coverage_on(person, today)
    if cover.period is None:
        raise Refused("NOT_INSURED", f"不能申请认定：{cover.reason}")
    if not claimed:
        raise Refused("LINES_EMPTY", "请至少选择一个病种。")
    case = Certification(
        person=person, scheme=cover.period.scheme, institution=institution, kind=kind, channel=applicant.channel,
        applied_on=today, phone=applicant.phone, agent_name=applicant.agent_name, agent_id_no=applicant.agent_id_no,
        region_code=person.region_code[:6], documents=sorted(set(applicant.documents)),
    )
    if applicant.channel == Certification.Channel.PROXY and not (applicant.agent_name and applicant.agent_id_no):
        raise Refused("AGENT_MISSING", "代办的，请填写代办人姓名和证件号码。")
    known = judging.catalogue_of(person.region_code)
    items = [_item(case, known, one, today) for one in claimed]
    if len({item.unit for item in items}) < len(items):
        raise Refused("UNIT_TWICE", "同一病种在申请中出现了两次。")
    return case, items


def keep(
    case: Certification, items: list[CertificationItem], step: str, *, by: Officer, at: datetime,
    detail: dict[str, Any] | None = None,
) -> Certification:
    """Number and insert the case with its items, and tell of it."""
    CERTIFICATION.move(case, step, by=by, at=at, detail={"units": [item.unit for item in items], **(detail or {})})
    for item in items:
        item.certification = case
    CertificationItem.objects.bulk_create(items)
    tell(case)
    return case


def tell(case: Certification) -> None:
    """Say that a case changed: for the institution's webhook. One message for each version."""
    outbox.publish(
        "chronic.case_changed", f"{case.case_no}:{case.version}",
        {"certification_id": case.pk, "case_no": case.case_no, "status": case.status},
    )


@transaction.atomic
def amend(
    *, item_id: int, facts: Mapping[str, Any], materials: Sequence[str], by: Officer, at: datetime,
    diagnosed_on: date | None = None, expected_version: int | None = None,
) -> CertificationItem:
    """Correct the facts and papers of one disease before the doctor's conclusion (更正申请)."""
    item: CertificationItem = get_visible(CertificationItem, by, pk=item_id)
    case: Certification = get_visible(Certification, by, lock=True, pk=item.certification_id)
    item.refresh_from_db()
    if item.state == CertificationItem.State.REFUSED:
        raise Refused("step_not_open", f"“{item.unit_name}”已不予认定，不能更正；条件变化的，请另行申请。")
    known = judging.catalogue_of(case.person.region_code)
    unit = judging.unit_of(known, item.unit)
    CERTIFICATION.move(case, "amend", by=by, at=at, expected_version=expected_version, detail={"unit": item.unit})
    _fill(item, known, unit, facts, materials)
    item.diagnosed_on = _diagnosed(diagnosed_on or item.diagnosed_on, bureau_day(at))
    item.save(update_fields=["facts", "materials", "verdict", "reasons", "diagnosed_on"])
    tell(case)
    return item


@transaction.atomic
def receive_documents(
    *, certification_id: int, documents: Sequence[str], by: Officer, at: datetime
) -> Certification:
    """Take in papers that every application needs: card, identity, form, records (BZ-CHR-9.1)."""
    case: Certification = get_visible(Certification, by, lock=True, pk=certification_id)
    if case.status != "submitted":
        raise Refused("step_not_open", "该件已有结论，不能再收材料。")
    known = judging.catalogue_of(case.person.region_code)
    unknown = set(documents) - set(known.rules.documents)
    if unknown:
        raise Refused("MATERIAL_UNKNOWN", "所收证件不在认定材料清单中，请核对。")
    case.documents = sorted({*case.documents, *documents})
    case.save(update_fields=["documents"])
    return case


def missing_documents(case: Certification, known: Catalogue) -> list[str]:
    """The papers of every application that have not come, in words."""
    return [label for kind, label in known.rules.documents.items() if kind not in case.documents]


def _house(institution_id: int, by: Officer) -> Institution:
    house = Institution.objects.filter(pk=institution_id).first()
    if house is None or (by.institution_code and house.code != by.institution_code):
        raise Refused("not_found", "未找到该医疗机构，或不是您所在的机构。")
    return house


def _item(case: Certification, known: Catalogue, one: Claimed, today: date) -> CertificationItem:
    unit = judging.unit_of(known, one.unit)
    live = Entitlement.objects.filter(
        person__in=merged_numbers(case.person), unit=unit.code, ended_on=None
    ).first()
    if case.kind == Certification.Kind.REVIEW:
        _refuse_unreviewable(unit, live)
    else:
        _refuse_newcomer(case, known, unit, live, today)
    registers.qualified(case.institution, known, unit, case.region_code, today)
    item = CertificationItem(
        reviewed=live, unit=unit.code, unit_name=unit.label, category=unit.category,
        diagnosed_on=_diagnosed(one.diagnosed_on, today),
    )
    _fill(item, known, unit, one.facts, one.materials)
    return item


def _refuse_unreviewable(unit: Unit, live: Entitlement | None) -> None:
    if live is None:
        raise Refused("NOT_ENTITLED", f"该参保人没有“{unit.label}”的待遇，请按认定申请。")
    if not live.review_months:
        raise Refused("NO_REVIEW", f"“{unit.label}”的待遇长期有效，无须复审。")
    if live.reviews.filter(state__in=OPEN_ITEM).exists():
        raise Refused("REVIEW_OPEN", f"“{unit.label}”已有在办的复审，请先办结。")


def _refuse_newcomer(
    case: Certification, known: Catalogue, unit: Unit, live: Entitlement | None, today: date
) -> None:
    if unit.closed:
        raise Refused("UNIT_CLOSED", f"“{unit.label}”不再受理新的认定申请。")
    _refuse_stranger(case, known, unit, today)
    if live is not None:
        raise Refused("ENTITLED_ALREADY", f"该参保人已有“{unit.label}”的待遇，无须重复认定。")
    in_work = CertificationItem.objects.filter(
        certification__person__in=merged_numbers(case.person), unit=unit.code, reviewed=None, state__in=OPEN_ITEM,
        certification__closed_at=None,
    )
    if in_work.exists():
        raise Refused("APPLICATION_OPEN", f"该参保人已有在办的“{unit.label}”认定申请，请先办结或撤回。")


def _refuse_stranger(case: Certification, known: Catalogue, unit: Unit, today: date) -> None:
    """Some diseases are for one scheme or for some groups alone, as the catalogue says (BZ-CHR-3.6, CQ-6.3)."""
    if unit.schemes and case.scheme not in unit.schemes:
        raise Refused("SCHEME_EXCLUDED", f"“{unit.label}”不适用于该参保人的险种（{unit.rule}）。")
    tags = {row["tag"] for row in enrollment.policy_person(case.person, [today])["tags"]}
    for tag in sorted(tags):
        if rule := known.excluded(tag, unit):
            raise Refused("GROUP_EXCLUDED", f"该参保人的人员类别不能申请“{unit.label}”（{rule}）。")


def _fill(
    item: CertificationItem, known: Catalogue, unit: Unit, facts: Mapping[str, Any], materials: Sequence[str]
) -> None:
    """Put in facts and papers with what the criteria say of them so far."""
    refuse_unknown_papers(unit, materials)
    verdict = judging.evaluate(known, unit, facts, materials=materials)
    item.facts, item.materials = dict(facts), sorted(set(materials))
    item.verdict, item.reasons = verdict.answer, verdict.reasons


def refuse_unknown_papers(unit: Unit, materials: Iterable[str]) -> None:
    unknown = set(materials) - {one.type for one in unit.materials}
    if unknown:
        raise Refused("MATERIAL_UNKNOWN", f"“{unit.name}”的认定材料中没有所收的种类，请核对。")


def _diagnosed(day: date, today: date) -> date:
    if day > today:
        raise Refused("DATE_FUTURE", f"确诊日期{day}晚于今日，请核对病历。")
    return day
