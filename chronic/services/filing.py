"""What a hospital's own system files (医院报送): facts in, a case and its reasons out, once for each number."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction

from casework import services as casework
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from chronic.models import Certification, CertificationItem, Doctor
from chronic.services import judging, registers
from chronic.services.applying import Applicant, Claimed, keep, prepare, refuse_unknown_papers, tell
from chronic.services.concluding import late
from chronic.services.deciding import for_applicant, for_bureau, opened, refuse_items
from chronic.workflow import CERTIFICATION, FILE, CertificationStatus
from policy.catalogue import Catalogue

State = CertificationItem.State


@dataclass(frozen=True, kw_only=True)
class Filed:
    """What came under a submission number: the diseases, each with the code of the doctor who concluded."""

    submission_no: str
    person_id: int
    institution_id: int
    claimed: Sequence[Claimed]
    doctors: Mapping[str, str]
    applicant: Applicant = field(default_factory=Applicant)
    kind: str = Certification.Kind.INITIAL

    @property
    def digest(self) -> str:
        """SHA-256 of the content: the same number with other content is a conflict."""
        claimed = [
            [one.unit, one.diagnosed_on.isoformat(), dict(one.facts), sorted(one.materials)] for one in self.claimed
        ]
        content = [
            self.person_id, self.institution_id, sorted(self.doctors.items()), sorted(self.applicant.documents),
            claimed, *([self.kind] if self.kind != Certification.Kind.INITIAL else []),
        ]
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()


def file_diagnosis(filed: Filed, *, by: Officer, at: datetime) -> Certification:
    """Register what a hospital files, concluded by its doctor and sealed by its system.

    Facts that meet the criteria wait for the bureau's confirmation, facts that don't are refused at once with the
    reasons (in a review they wait as well: it ends a benefit), facts that leave it open wait for more (`complete`).
    The same number with the same content is the same case for ever, also when fifty come at once; with other content
    it is refused `SUBMISSION_CONFLICT`."""
    known = _earlier(filed)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return _file(filed, by=by, at=at)
    except IntegrityError as error:
        known = _earlier(filed)
        if known is None:
            raise Refused("BUSY", "同一报送正在处理，请稍后重试。") from error
        return known
    except Refused:
        known = _earlier(filed)
        if known is None:
            raise
        return known


def _earlier(filed: Filed) -> Certification | None:
    """The case of this number, if there is one."""
    found = Certification.objects.filter(
        institution_id=filed.institution_id, submission_no=filed.submission_no
    ).first()
    if found is not None and found.submission_digest != filed.digest:
        raise Refused("SUBMISSION_CONFLICT", f"流水号{filed.submission_no[:40]}已报送过不同的内容，请换用新的流水号。")
    return found


def _file(filed: Filed, *, by: Officer, at: datetime) -> Certification:
    case, items = prepare(
        filed.person_id, filed.institution_id, filed.claimed, filed.applicant, filed.kind, by=by, at=at
    )
    known = judging.catalogue_of(case.person.region_code)
    case.submission_no, case.submission_digest = filed.submission_no, filed.digest
    release = casework.keep_release(known.pack)
    for item in items:
        item.release = release
        _conclude(item, known, case, filed.doctors.get(item.unit, ""), at)
    return _place(case, items, known, ("file", "file_refused", "file_open"), by=by, at=at)


@transaction.atomic
def complete(
    *, certification_id: int, facts: Mapping[str, Mapping[str, Any]], doctors: Mapping[str, str] | None = None,
    materials: Mapping[str, Sequence[str]], by: Officer, at: datetime, expected_version: int | None = None,
) -> Certification:
    """Supply the facts and papers that were open (补报事实), by unit; what was given before stays.

    The hospital's system speaks for its doctor and its seal: what it completes goes straight to the bureau. A person
    at a screen speaks for himself alone: his facts wait for the doctor's conclusion and for the seal of another
    (BZ-CHR-10.1, BZ-CHR-10.2), and who gave them does not confirm. Refuses a disease that the case does not hold
    (`UNIT_NOT_IN_CASE`); of a person also papers that the disease does not ask for, and nothing new at all."""
    case, items, known = opened(certification_id, by)
    pending = [item for item in items if item.state == State.PENDING]
    _refuse_strangers(items, {*facts, *(doctors or {}), *materials})
    if by.may(FILE):
        for item in pending:
            _add(item, facts, materials)
            code = (doctors or {}).get(item.unit, "") or (item.doctor.code if item.doctor else "")
            _conclude(item, known, case, code, at)
            item.save()
        steps = ("complete", "complete_refused", "complete_open")
        return _place(case, items, known, steps, by=by, at=at, expected_version=expected_version)
    return _supply(case, pending, known, facts, materials, by=by, at=at, expected_version=expected_version)


def _supply(
    case: Certification, pending: list[CertificationItem], known: Catalogue,
    facts: Mapping[str, Mapping[str, Any]], materials: Mapping[str, Sequence[str]], *, by: Officer, at: datetime,
    expected_version: int | None,
) -> Certification:
    """What a person supplies: judged again, concluded by nobody yet."""
    for item in pending:
        refuse_unknown_papers(judging.unit_of(known, item.unit), materials.get(item.unit, ()))
    given = [item for item in pending if _add(item, facts, materials)]
    if not given and case.status == CertificationStatus.SUBMITTED:
        raise Refused("LINES_EMPTY", "没有填写所缺的事实，也没有收到所缺的材料。")
    CERTIFICATION.move(
        case, "supply", by=by, at=at, expected_version=expected_version,
        detail={"units": [item.unit for item in given]},
    )
    for item in given:
        _judge(item, known, item.doctor)
        item.save(update_fields=["facts", "materials", "verdict", "reasons"])
    tell(case)
    return case


def _refuse_strangers(items: list[CertificationItem], units: set[str]) -> None:
    strangers = sorted(units - {item.unit for item in items})
    if strangers:
        raise Refused("UNIT_NOT_IN_CASE", f"该件中没有病种{'、'.join(strangers)[:100]}，请另行报送。")


def _add(
    item: CertificationItem, facts: Mapping[str, Mapping[str, Any]], materials: Mapping[str, Sequence[str]]
) -> bool:
    """Put to what was given before what is supplied; whether that is anything new."""
    before = item.facts, item.materials
    item.facts = {**item.facts, **facts.get(item.unit, {})}
    item.materials = sorted({*item.materials, *materials.get(item.unit, ())})
    return before != (item.facts, item.materials)


def _conclude(item: CertificationItem, known: Catalogue, case: Certification, code: str, at: datetime) -> None:
    """What the criteria say with this doctor. Incomplete papers or too low a title leave it open, with the reason."""
    today = bureau_day(at)
    doctor = registers.doctor_of(code, case.institution, today) if code else None
    verdict = _judge(item, known, doctor)
    item.doctor = doctor
    if verdict.state == "not_met":
        item.state = State.NOT_MET
    elif verdict.complete:
        item.state = State.MET
    else:
        return
    item.doctor_title, item.concluded_on = (doctor.title if doctor else ""), today


def _judge(item: CertificationItem, known: Catalogue, doctor: Doctor | None) -> judging.Verdict:
    """Put in what the criteria say of the item's facts and papers, with this doctor or without one."""
    verdict = judging.evaluate(
        known, judging.unit_of(known, item.unit), item.facts, materials=item.materials,
        doctor_title=doctor.title if doctor else None,
    )
    item.verdict, item.reasons = verdict.answer, verdict.reasons
    return verdict


def _place(
    case: Certification, items: list[CertificationItem], known: Catalogue, steps: tuple[str, str, str], *, by: Officer,
    at: datetime, expected_version: int | None = None,
) -> Certification:
    """Move the case to where its items put it: entered, refused, or waiting for facts."""
    states = {item.state for item in items}
    today = bureau_day(at)
    if State.PENDING in states:
        return _go(case, items, steps[2], by=by, at=at, expected_version=expected_version)
    step = steps[0] if for_bureau(case, items) else steps[1]
    case.sealed_on = case.entered_on = today
    case.entered_late = late(known, case.sealed_on, today)
    if not case._state.adding:
        case.save(update_fields=["sealed_on", "entered_on", "entered_late"])
    _go(case, items, step, by=by, at=at, expected_version=expected_version)
    refuse_items(case, for_applicant(case, items), "", by=by, at=at)
    return case


def _go(
    case: Certification, items: list[CertificationItem], step: str, *, by: Officer, at: datetime,
    expected_version: int | None,
) -> Certification:
    if case._state.adding:
        return keep(case, items, step, by=by, at=at)
    CERTIFICATION.move(case, step, by=by, at=at, expected_version=expected_version)
    tell(case)
    return case


def by_number(submission_no: str, institution_id: int, by: Officer) -> Certification:
    """The case that a hospital filed under a number."""
    found: Certification = get_visible(
        Certification, by, submission_no=submission_no, institution_id=institution_id
    )
    return found
