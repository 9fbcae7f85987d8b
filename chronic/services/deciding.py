"""The bureau's word on an application: confirmed in whole or in part, refused, sent back; and taking it back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from casework import services as casework
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from chronic.models import Certification, CertificationItem, Entitlement
from chronic.services import judging
from chronic.services.applying import tell
from chronic.services.granting import Grant, end, grant, renew
from chronic.workflow import CERTIFICATION, CertificationStatus
from enrollment.models import Person
from policy.catalogue import Catalogue
from policy.periods import ONE_DAY

State = CertificationItem.State
Status = CertificationStatus


@transaction.atomic
def confirm(
    *, certification_id: int, by: Officer, at: datetime, refused: Mapping[int, str] | None = None, note: str = "",
    expected_version: int | None = None,
) -> Certification:
    """Confirm what the institution entered (确认): benefits may be used from now on, reaching back to their first
    day (BZ-CHR-10.4, BZ-CHR-12.1, BZ-CHR-12.2). `refused` names by item the reason why one is not confirmed;
    granted in part is normal, with every disease refused the case is refused.

    In a review what is met goes on from its conclusion (`renew`), what is not met ends the day after this word.
    Refuses an officer who had a hand in it before, and criteria that no longer give what was entered."""
    case, items, known = opened(certification_id, by)
    reasons = {pk: text.strip() for pk, text in (refused or {}).items()}
    if any(not text for text in reasons.values()):
        raise Refused("note_required", "不予确认的病种须写明原因。")
    waiting = for_bureau(case, items)
    kept = [item for item in waiting if item.pk not in reasons]
    if not kept and case.status == Status.ENTERED:
        raise Refused("LINES_EMPTY", "没有可以确认的病种；全部不予确认的，请办理不予确认。")
    granted = [item for item in kept if item.state == State.MET]
    for item in granted:
        _check_still_met(item, known)
    CERTIFICATION.move(
        case, "confirm", by=by, at=at, note=note, expected_version=expected_version,
        detail={"granted": [item.unit for item in granted], "refused": [i.unit for i in waiting if i.pk in reasons]},
    )
    case.decided_by, case.decided_on = by, bureau_day(at)
    case.save(update_fields=["decided_by", "decided_on"])
    grant_items(case, granted, known, at=at)
    _lapse_items(case, [item for item in kept if item.state == State.NOT_MET], known, by=by, at=at)
    for item in waiting:
        if item.pk in reasons:
            refuse_items(case, [item], reasons[item.pk], by=by, at=at)
    tell(case)
    return case


@transaction.atomic
def refuse(
    *, certification_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> Certification:
    """Confirm none of the diseases (不予确认), with the reason that the notice carries."""
    case, items, _ = opened(certification_id, by)
    CERTIFICATION.move(case, "refuse", by=by, at=at, note=reason, expected_version=expected_version)
    case.decided_by, case.decided_on = by, bureau_day(at)
    case.save(update_fields=["decided_by", "decided_on"])
    refuse_items(case, for_bureau(case, items), reason, by=by, at=at)
    tell(case)
    return case


@transaction.atomic
def send_back(
    *, certification_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> Certification:
    """Send an entered file back to the institution (退回医院): conclusion and seal are to be made again."""
    case, items, _ = opened(certification_id, by)
    CERTIFICATION.move(case, "send_back", by=by, at=at, note=reason, expected_version=expected_version)
    case.signed_by = case.sealed_by = case.sealed_on = case.entered_on = None
    case.save(update_fields=["signed_by", "sealed_by", "sealed_on", "entered_on"])
    for item in for_bureau(case, items):
        item.state, item.doctor, item.concluded_on = State.PENDING, None, None
        item.save(update_fields=["state", "doctor", "concluded_on"])
    tell(case)
    return case


@transaction.atomic
def withdraw(
    *, certification_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> Certification:
    """Take an application back before it is decided (撤回)."""
    case, items, _ = opened(certification_id, by)
    CERTIFICATION.move(case, "withdraw", by=by, at=at, note=reason, expected_version=expected_version)
    for item in items:
        if item.state in (State.PENDING, State.MET, State.NOT_MET):
            item.state = State.WITHDRAWN
            item.save(update_fields=["state"])
    tell(case)
    return case


def for_bureau(case: Certification, items: Sequence[CertificationItem]) -> list[CertificationItem]:
    """What the bureau decides on: what is met, and in a review also what is not, since it ends a benefit."""
    states = (State.MET, State.NOT_MET) if case.kind == Certification.Kind.REVIEW else (State.MET,)
    return [item for item in items if item.state in states]


def for_applicant(case: Certification, items: Sequence[CertificationItem]) -> list[CertificationItem]:
    """What the institution itself refuses (BZ-CHR-11.1): in an application, what is not met."""
    decided = for_bureau(case, items)
    return [item for item in items if item.state == State.NOT_MET and item not in decided]


def grant_items(case: Certification, items: Sequence[CertificationItem], known: Catalogue, *, at: datetime) -> None:
    """Make the entitlements of what was met, each from the first day that its category names; renew the reviewed."""
    person = Person.objects.select_for_update().get(pk=case.person_id)
    for item in items:
        item.state = State.GRANTED
        item.save(update_fields=["state"])
        if item.reviewed_id is not None:
            made = Entitlement.objects.select_for_update().get(pk=item.reviewed_id)
            renew(made, item.concluded_on, case.case_no, at=at)
            continue
        unit = judging.unit_of(known, item.unit)
        category = known.rules.categories[unit.category]
        given = Grant(
            starts_on=first_day(category.starts, item, case), certified_on=item.concluded_on, item_id=item.pk,
            reason=category.starts_rule, case_no=case.case_no, institution=case.institution,
        )
        grant(person, unit, given, at=at)


def _lapse_items(
    case: Certification, items: Sequence[CertificationItem], known: Catalogue, *, by: Officer, at: datetime
) -> None:
    """End what a review found no longer met, from the day after the bureau's word (BZ-CHR-4.2: the same criteria)."""
    refuse_items(case, items, "", by=by, at=at)
    for item in items:
        made = Entitlement.objects.select_for_update().get(pk=item.reviewed_id)
        if made.ended_on is None:
            reason = f"复审不合格：{item.refusal_reason}"
            end(made, bureau_day(at) + ONE_DAY, reason[:200], by=by, at=at, rule=known.rules.review.rule)


def first_day(starts: str, item: CertificationItem, case: Certification) -> date:
    """From which day the benefit may be drawn: certification, diagnosis or recording, as the category says."""
    days = {
        "certification_date": item.concluded_on, "diagnosis_date": item.diagnosed_on,
        "recording_date": case.entered_on,
    }
    if days.get(starts) is None:
        raise Refused("START_UNKNOWN", f"“{item.unit_name}”的待遇起始日尚不能确定，请核对认定日期。")
    return days[starts]


def refuse_items(
    case: Certification, items: Sequence[CertificationItem], reason: str, *, by: Officer, at: datetime
) -> None:
    """Refuse diseases, each with its reason, by one notice; the papers go back to the applicant (CQ-8.4)."""
    if not items:
        return
    for item in items:
        item.state = State.REFUSED
        item.refusal_reason = (reason or "；".join(item.reasons) or "不符合认定标准")[:500]
        item.save(update_fields=["state", "refusal_reason"])
    kind, title = ("review_failed", "门诊慢特病复审不合格告知书") if case.kind == Certification.Kind.REVIEW else (
        "certification_refused", "门诊慢特病不予认定告知书"
    )
    casework.issue_notice(
        case_no=case.case_no, kind=kind, title=title, by=by, at=at,
        region_code=case.region_code, body={
            "case_no": case.case_no, "name": case.person.name, "institution": case.institution.name,
            "applied_on": case.applied_on.isoformat(),
            "diseases": [{"name": item.unit_name, "reason": item.refusal_reason} for item in items],
            "returned": "申请材料退还申请人", "objection": _objection(case),
        },
    )


def _objection(case: Certification) -> str:
    """How the applicant may object, by the rules of his pool."""
    known = judging.catalogue_of(case.person.region_code)
    told = known.rules.objection
    if told is None:
        return ""
    until = f"自收到结论之日起{told.days}日内，" if told.days else ""
    return f"对结论有异议的，可{until}向参保地医疗保障经办机构申请复核（{told.rule}）。"


def _check_still_met(item: CertificationItem, known: Catalogue) -> None:
    unit = judging.unit_of(known, item.unit)
    verdict = judging.evaluate(
        known, unit, item.facts, materials=item.materials, doctor_title=item.doctor_title or None
    )
    if not verdict.complete:
        raise Refused(
            "CHECK_VOID", f"按现行标准，“{unit.name}”的结论不再成立：{'；'.join(verdict.reasons[:5])}，请退回医院。"
        )


def opened(certification_id: int, by: Officer) -> tuple[Certification, list[CertificationItem], Catalogue]:
    """A certification locked, with its items and the catalogue that holds for it."""
    case: Certification = get_visible(Certification, by, lock=True, pk=certification_id)
    items = list(case.items.select_for_update().order_by("pk"))
    return case, items, judging.catalogue_of(case.person.region_code)
