"""Handling a matter: applied for, checked, done at once or reviewed by a second officer; the register changes in the
same transaction or not at all."""
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction

from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from casework.services import issue_notice
from enrollment.models import Employer, EnrollmentCase, Household, Person, ServiceItem
from enrollment.services.entering import Act
from enrollment.services.facts import Facts, Fault, read_facts, refuse, stored
from enrollment.services.matters.items import check_received, item_on, lacking
from enrollment.services.matters.kinds import KINDS, MatterKind
from enrollment.services.registering import Outcome, Subject
from enrollment.services.spans import locked_person
from enrollment.workflow import MATTER

MODELS: dict[str, type[Employer] | type[Household]] = {"employer": Employer, "household": Household}


class Application(TypedDict, total=False):
    """What an application may say beside kind and facts: whom it is about, the papers seen, how it came."""

    person_id: int
    employer_id: int
    household_id: int
    materials: Sequence[str]
    channel: str
    note: str


@transaction.atomic
def handle_matter(
    *, kind: str, facts: Mapping[str, Any], by: Officer, at: datetime, **application: Unpack[Application],
) -> EnrollmentCase:
    """Register a matter; an immediate kind is done with it (即时办结), a reviewed one waits for a second officer.

    Refuses with everything that is missing or wrong at once; a channel that the kind is not open to (BZ-GEN-42.2,
    42.3); and, for an immediate kind, missing papers. A reviewed kind with missing papers is registered and asks for
    them once, with a notice; its clock stands meanwhile.
    """
    item, about = item_on(kind, bureau_day(at)), _about(kind)
    channel = _channel(item, application.get("channel") or EnrollmentCase.Channel.COUNTER)
    subject = _subject(about, application, by)
    found = _read(about, facts, subject, by, at)
    received = check_received(item, application.get("materials", ()))
    missing = lacking(item, received)
    if missing and not item.reviewed:
        raise Refused("MATERIALS_MISSING", f"还缺少材料：{'、'.join(missing)}。请一次性告知申请人补齐。")
    case = EnrollmentCase(
        item=item, kind=kind, region_code=_region(subject, found, by), channel=channel, materials=received,
        facts=stored(about.fields, found), person=subject.person, employer=subject.employer,
        household=subject.household,
    )
    note = application.get("note", "")
    if item.reviewed:
        MATTER.move(case, "register", by=by, at=at, note=note, detail={"kind": kind})
        if missing:
            _ask(case, missing, by, at)
        return case
    MATTER.move(case, "finish_at_once", by=by, at=at, note=note, detail={"kind": kind})
    _carry_out(case, about, found, subject, Act(by, at, case.case_no))
    return case


def check_matter(
    *, kind: str, facts: Mapping[str, Any], by: Officer, at: datetime, **application: Unpack[Application],
) -> list[Fault]:
    """Say all that is missing or wrong in an application, its papers included, without writing anything."""
    item, about = item_on(kind, bureau_day(at)), _about(kind)
    subject = _subject(about, application, by)
    found, faults = read_facts(about.fields, facts, today=bureau_day(at))
    missing = lacking(item, check_received(item, application.get("materials", ())))
    papers = [Fault("materials", "MATERIALS_MISSING", f"还缺少材料：{name}。") for name in missing]
    return faults + about.check(found, subject, by, at) + papers


def register_resident_household(
    *, facts: Mapping[str, Any], by: Officer, at: datetime, materials: Sequence[str] = (),
    channel: str = EnrollmentCase.Channel.COUNTER,
) -> EnrollmentCase:
    """Register a household's residents from the window's form, all of them or none (BZ-RES-2.1).

    `check_registration` says beforehand what is missing in the form, `check_matter` also which papers."""
    return handle_matter(kind="household_new", facts=facts, by=by, at=at, materials=materials, channel=channel)


@transaction.atomic
def approve_matter(
    *, case_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None,
) -> EnrollmentCase:
    """Approve a reviewed matter (审核通过): the facts are checked again as they are today, and take effect."""
    case = _locked(case_id, by)
    about = KINDS[case.kind]
    missing = lacking(case.item, case.materials)
    if missing:
        raise Refused("MATERIALS_MISSING", f"还缺少材料：{'、'.join(missing)}。请先告知补正。")
    MATTER.move(case, "approve", by=by, at=at, note=note, expected_version=expected_version)
    subject = _subject(about, _application(case), by)
    found = _read(about, case.facts, subject, by, at)
    case.decided_by = by
    _carry_out(case, about, found, subject, Act(by, at, case.case_no, case.registered_by))
    return case


@transaction.atomic
def refuse_matter(
    *, case_id: int, note: str, by: Officer, at: datetime, expected_version: int | None = None,
) -> EnrollmentCase:
    """Refuse a reviewed matter (不予办理) with the reason, which the notice to the applicant carries."""
    case = _locked(case_id, by)
    MATTER.move(case, "refuse", by=by, at=at, note=note, expected_version=expected_version)
    case.decided_by = by
    case.save(update_fields=["decided_by"])
    _notify(case, "matter_refused", "不予办理告知书", {"reason": note.strip()}, by, at)
    return case


@transaction.atomic
def withdraw_matter(
    *, case_id: int, note: str, by: Officer, at: datetime, expected_version: int | None = None,
) -> EnrollmentCase:
    """Take a matter back before it is decided (撤销); the register was not touched."""
    case = _locked(case_id, by)
    MATTER.move(case, "withdraw", by=by, at=at, note=note, expected_version=expected_version)
    return case


@transaction.atomic
def ask_supplement(*, case_id: int, missing: Sequence[str], by: Officer, at: datetime) -> EnrollmentCase:
    """Ask once for everything that is missing (一次性告知), with a notice; the clock stands until it comes."""
    case = _locked(case_id, by)
    asked = [name.strip() for name in missing if name.strip()]
    if not asked:
        raise Refused("LINES_EMPTY", "请列明须补正的材料或内容。")
    _ask(case, asked, by, at)
    return case


@transaction.atomic
def receive_supplement(
    *, case_id: int, materials: Sequence[str], by: Officer, at: datetime, note: str = "",
) -> EnrollmentCase:
    """Take in what was asked for (收到补正); refuses while required papers are still missing."""
    case = _locked(case_id, by)
    received = check_received(case.item, [*case.materials, *materials])
    missing = lacking(case.item, received)
    if missing:
        raise Refused("MATERIALS_MISSING", f"还缺少材料：{'、'.join(missing)}。")
    MATTER.move(case, "receive_supplement", by=by, at=at, note=note)
    case.materials = received
    case.save(update_fields=["materials"])
    return case


def _about(kind: str) -> MatterKind:
    if kind not in KINDS:
        raise Refused("MATTER_UNKNOWN", "该事项不在服务事项清单中，或尚未施行。")
    return KINDS[kind]


def _channel(item: ServiceItem, channel: str) -> str:
    """The township and the village take the items of their lists only (BZ-GEN-42.2, BZ-GEN-42.3)."""
    if channel not in item.channels:
        label = dict(EnrollmentCase.Channel.choices).get(channel, "该")
        raise Refused("CHANNEL", f"“{item.name}”不能通过{label}渠道办理，请到经办窗口办理。")
    return channel


def _subject(about: MatterKind, application: Application, by: Officer) -> Subject:
    """Lock whom or what the matter is about; it must lie in the officer's territory."""
    if not about.about:
        return Subject()
    key = application.get(f"{about.about}_id")
    if key is None:
        raise Refused("SUBJECT_MISSING", "请先选择参保人、单位或家庭户。")
    if about.about == "person":
        return Subject(person=locked_person(key, by))
    return Subject(**{about.about: get_visible(MODELS[about.about], by, lock=True, pk=key)})


def _read(about: MatterKind, given: Mapping[str, Any], subject: Subject, by: Officer, at: datetime) -> Facts:
    found, faults = read_facts(about.fields, given, today=bureau_day(at))
    refuse(faults or about.check(found, subject, by, at))
    return found


def _region(subject: Subject, facts: Facts, by: Officer) -> str:
    """Where the case lies: with whom it is about, else at the place that it names."""
    about: Person | Employer | Household | None = subject.person or subject.employer or subject.household
    return (about.region_code if about else facts.get("region_code", by.region_code))[:6]


def _carry_out(case: EnrollmentCase, about: MatterKind, facts: Facts, subject: Subject, act: Act) -> None:
    outcome: Outcome = about.effect(facts, subject, act)
    case.outcome = outcome.data
    for name in ("person", "employer", "household"):
        found = getattr(outcome, name)
        if found is not None:
            setattr(case, name, found)
    case.save(update_fields=["outcome", "person", "employer", "household", "decided_by"])


def _ask(case: EnrollmentCase, missing: Sequence[str], by: Officer, at: datetime) -> None:
    MATTER.move(case, "ask_supplement", by=by, at=at, note=f"须补正：{'、'.join(missing)}")
    _notify(case, "supplement", "一次性告知书", {"missing": list(missing)}, by, at)


def _notify(
    case: EnrollmentCase, kind: str, title: str, body: dict[str, Any], by: Officer, at: datetime,
) -> None:
    issue_notice(
        case_no=case.case_no, kind=kind, title=title, by=by, at=at, region_code=case.region_code, body={
            "matter": case.item.name, "case_no": case.case_no, "applied_on": bureau_day(case.registered_at).isoformat(),
            "name": case.person.name if case.person else case.employer.name if case.employer else "", **body,
        },
    )


def _locked(case_id: int, by: Officer) -> EnrollmentCase:
    return get_visible(EnrollmentCase, by, lock=True, pk=case_id)


def _application(case: EnrollmentCase) -> Application:
    keys = {"person_id": case.person_id, "employer_id": case.employer_id, "household_id": case.household_id}
    return {name: key for name, key in keys.items() if key is not None}  # type: ignore[return-value]
