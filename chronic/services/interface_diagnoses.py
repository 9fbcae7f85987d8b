"""A hospital's diagnosis through either door: filed, completed, withdrawn, and how it is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.errors import Refused
from chronic.models import ApiClient, ApiSubmission, Certification, CertificationItem
from chronic.services import deciding, filing
from chronic.services.applying import Applicant, Claimed
from chronic.services.interface_files import attach_files
from chronic.services.interface_submissions import DIAGNOSIS, Answered, Done, once, submission_of
from enrollment.models import Person

Json = dict[str, Any]
VERDICTS = {True: "met", False: "not_met", None: "open"}


@dataclass(frozen=True, kw_only=True)
class Diagnosed:
    """What a hospital says of a person, read from either door."""

    person: Person
    claimed: Sequence[Claimed]
    doctors: Mapping[str, str]
    documents: Sequence[str] = ()
    phone: str = ""
    kind: str = Certification.Kind.INITIAL
    files: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, kw_only=True)
class Supplied:
    """What is supplied to an open case, by unit."""

    facts: Mapping[str, Mapping[str, Any]]
    doctors: Mapping[str, str]
    materials: Mapping[str, Sequence[str]]
    files: Sequence[tuple[str, str]] = ()


def submit(
    *, client: ApiClient, number: str, content: Json, read: Callable[[], Diagnosed], at: datetime
) -> Answered:
    """File a diagnosis under a number. `read` is asked only if the number is new: what was answered once does not
    depend on what the person, the catalogue or the doctors have become since."""

    def act(handle: str) -> Done:
        told = read()
        case = filing.file_diagnosis(
            filing.Filed(
                submission_no=number, person_id=told.person.pk, institution_id=client.institution_id,
                claimed=told.claimed, doctors=told.doctors,
                applicant=Applicant(phone=told.phone, documents=told.documents), kind=told.kind,
            ),
            by=client.officer, at=at,
        )
        attach_files(case, told.files, client=client, at=at)
        return Done(answer=shown(case, handle, number), certification=case)

    return once(client=client, number=number, verb=DIAGNOSIS, content=content, at=at, act=act)


def supply(
    *, client: ApiClient, handle: str, number: str, content: Json, read: Callable[[Certification], Supplied],
    at: datetime,
) -> Answered:
    """Supply the facts that were open. Refuses a disease that the case does not hold."""

    def act(_: str) -> Done:
        filed, case = _case(client, handle)
        told = read(case)
        case = filing.complete(
            certification_id=case.pk, facts=told.facts, doctors=told.doctors, materials=told.materials,
            by=client.officer, at=at,
        )
        attach_files(case, told.files, client=client, at=at)
        return Done(answer=shown(case, filed.handle, filed.number), certification=case)

    content = {"id": handle, **content}
    return once(client=client, number=number, verb="supply", content=content, at=at, act=act)


def withdraw(
    *, client: ApiClient, handle: str, number: str, reason: str, at: datetime, person: Person | None = None
) -> Answered:
    """Take a diagnosis back before it is decided; with `person`, only if it is about him."""

    def act(_: str) -> Done:
        filed, case = _case(client, handle)
        if person is not None and case.person_id != person.pk:
            raise Refused("not_found", "未找到该报送，请核对编号和人员编号。")
        case = deciding.withdraw(certification_id=case.pk, reason=reason, by=client.officer, at=at)
        return Done(answer=shown(case, filed.handle, filed.number), certification=case)

    content = {"id": handle, "reason": reason}
    return once(client=client, number=number, verb="withdraw", content=content, at=at, act=act)


def follow(client: ApiClient, handle: str) -> Json:
    """How a diagnosis stands now."""
    filed, case = _case(client, handle)
    return shown(case, filed.handle, filed.number)


def shown(case: Certification, handle: str, number: str) -> Json:
    """A diagnosis as both doors tell it, with the same reasons that the officer sees."""
    return {
        "id": handle, "submission_no": number, "case_no": case.case_no, "status": case.status,
        "status_label": case.get_status_display(), "kind": case.kind, "version": case.version,
        "diseases": [_shown_item(item) for item in sorted(case.items.all(), key=lambda one: one.pk)],
    }


def _shown_item(item: CertificationItem) -> Json:
    granted = getattr(item, "entitlement", None)
    return {
        "opsp_dise_code": item.unit, "opsp_dise_name": item.unit_name, "state": item.state,
        "state_label": item.get_state_display(), "verdict": VERDICTS[item.verdict.get("met")],
        "reasons": list(item.reasons), "open": list(item.verdict.get("open") or []),
        "materials_missing": list(item.verdict.get("materials_missing") or []),
        "refusal_reason": item.refusal_reason,
        "granted_on": granted.granted_on.isoformat() if granted else "",
    }


def _case(client: ApiClient, handle: str) -> tuple[ApiSubmission, Certification]:
    filed = submission_of(client, handle)
    assert filed.certification is not None
    return filed, filed.certification
