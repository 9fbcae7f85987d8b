"""What the institution does with an application: the doctor's conclusion, seal, entry into the platform."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from casework import services as casework
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer
from chronic.models import Certification, CertificationItem, Doctor
from chronic.services import judging, registers
from chronic.services.applying import missing_documents, tell
from chronic.services.deciding import for_applicant, for_bureau, grant_items, opened, refuse_items
from chronic.workflow import CERTIFICATION
from policy.catalogue import Catalogue

State = CertificationItem.State


@transaction.atomic
def sign(
    *, certification_id: int, doctors: Mapping[int, str], by: Officer, at: datetime, note: str = "",
    expected_version: int | None = None,
) -> Certification:
    """Record the doctors' conclusion (医师结论): `doctors` names by item the code of the doctor who concluded.

    The criteria decide what he may conclude: met, or not met. Refuses while facts are open, papers or documents
    are missing (BZ-CHR-4.1, BZ-CHR-9.1), or the doctor's title is too low for what was met (BZ-CHR-10.1)."""
    case, items, known = opened(certification_id, by)
    today = bureau_day(at)
    release = casework.keep_release(known.pack)
    missing = missing_documents(case, known)
    if missing:
        raise Refused("MATERIALS_MISSING", f"还缺少：{'、'.join(missing)}，不能作出结论。")
    for item in items:
        if item.state == State.REFUSED:  # decided before the bureau sent the file back; the database keeps it
            continue
        if item.pk not in doctors:
            raise Refused("DOCTOR_MISSING", f"请填写“{item.unit_name}”的认定医师。")
        doctor = registers.doctor_of(doctors[item.pk], case.institution, today)
        conclude(item, known, doctor, today)
        item.release = release
        item.save()
    case.signed_by = by
    case.save(update_fields=["signed_by"])
    CERTIFICATION.move(case, "sign", by=by, at=at, note=note, expected_version=expected_version, detail=_states(items))
    tell(case)
    return case


@transaction.atomic
def seal(
    *, certification_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> Certification:
    """Check the conclusion and seal it (审核盖章), not by who recorded it (BZ-CHR-10.2).

    Where no disease is met the case ends here: the institution tells the applicant why (BZ-CHR-11.1, CQ-8.4). A
    review that is not met goes on to the bureau: it ends a benefit."""
    case, items, _ = opened(certification_id, by)
    step = "seal" if for_bureau(case, items) else "seal_refused"
    CERTIFICATION.move(case, step, by=by, at=at, note=note, expected_version=expected_version, detail=_states(items))
    case.sealed_by, case.sealed_on = by, bureau_day(at)
    case.save(update_fields=["sealed_by", "sealed_on"])
    refuse_items(case, for_applicant(case, items), "", by=by, at=at)
    tell(case)
    return case


@transaction.atomic
def enter(
    *, certification_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> Certification:
    """Enter the sealed conclusion into the platform (录入), by the pool's day of the month (BZ-CHR-10.3).

    Where the benefit starts with the recording it opens at once (CQ-8.3); else the bureau confirms."""
    case, items, known = opened(certification_id, by)
    today = bureau_day(at)
    case.entered_on, case.entered_late = today, late(known, case.sealed_on, today)
    met = [item for item in items if item.state == State.MET]
    at_once = bool(met) and all(known.rules.categories[item.category].starts == "recording_date" for item in met)
    step = "open_at_once" if at_once else "enter"
    CERTIFICATION.move(case, step, by=by, at=at, note=note, expected_version=expected_version)
    case.save(update_fields=["entered_on", "entered_late"])
    if at_once:
        grant_items(case, met, known, at=at)
    tell(case)
    return case


def conclude(item: CertificationItem, known: Catalogue, doctor: Doctor, today: date) -> None:
    """Put the conclusion that the criteria give into an item; refuses while they leave it open."""
    unit = judging.unit_of(known, item.unit)
    verdict = judging.evaluate(known, unit, item.facts, materials=item.materials, doctor_title=doctor.title)
    item.verdict, item.reasons = verdict.answer, verdict.reasons
    if verdict.state == "open":
        raise Refused("FACTS_OPEN", f"“{unit.name}”的事实尚不能判定：{'；'.join(verdict.reasons[:5])}。")
    if verdict.state == "met" and verdict.answer["materials_missing"]:
        raise Refused("MATERIALS_MISSING", f"“{unit.name}”材料不全：{'；'.join(verdict.reasons[-5:])}。")
    if verdict.state == "met" and not verdict.answer["doctor_ok"]:
        raise Refused(
            "DOCTOR_RANK", f"认定“{unit.name}”的医师职称不够：{doctor}（{known.rules.rank_rule}）。"
        )
    item.state = State.MET if verdict.state == "met" else State.NOT_MET
    item.doctor, item.doctor_title, item.concluded_on = doctor, doctor.title, today


def late(known: Catalogue, sealed_on: date | None, today: date) -> bool:
    """Whether the entry comes after the pool's day of the month in which it was sealed (BZ-CHR-10.3)."""
    if known.rules.entry_day is None or sealed_on is None:
        return False
    return (today.year, today.month) > (sealed_on.year, sealed_on.month) or today.day > known.rules.entry_day


def _states(items: list[CertificationItem]) -> dict[str, str]:
    return {item.unit: item.state for item in items}
