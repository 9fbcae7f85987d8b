"""Employers (参保单位): registering, changing, suspending, ending; their rosters; schools and their students."""
from datetime import date, datetime
from typing import TypedDict, Unpack

from django.db import transaction

from casework import audit
from casework.errors import Refused
from casework.models import Officer, get_visible
from enrollment.models import Employer, Employment, Person, Schooling
from enrollment.services import names
from enrollment.services.persons import PHONE, clean_text
from enrollment.services.regions import known_region
from enrollment.services.spans import (
    authorise,
    check_days,
    check_free,
    locked_person,
    note_act,
    own_row,
    require_reason,
    shorten,
)
from policy import idnumber
from policy.errors import PolicyError
from policy.periods import ONE_DAY


class EmployerDetails(TypedDict, total=False):
    """What may be said of a unit beside code, name, kind and place; what is given to `amend_employer` changes."""

    name: str
    kind: str
    school: bool
    treasury_paid: bool
    legal_representative: str
    contact: str
    phone: str
    address: str


TEXTS = {
    "name": ("单位名称", 100),
    "legal_representative": ("法定代表人", 50),
    "contact": ("经办人", 50),
    "address": ("地址", 200),
}


@transaction.atomic
def register_employer(
    *, credit_code: str, region_code: str, insured_from: date, by: Officer, at: datetime,
    **details: Unpack[EmployerDetails],
) -> Employer:
    """Register a unit (单位参保登记, BZ-EMP-1.1, BZ-EMP-3.1) that is insured from `insured_from`.

    Refuses a credit code that fails its check digit (GB 32100) or is registered already, an unknown kind, and a
    place outside the officer's territory.
    """
    authorise(by, "register_person")
    if not by.sees(region_code):
        raise Refused("jurisdiction", "参保地不在您的经办区划内，不能登记。")
    try:
        code = idnumber.check_credit_code(credit_code)
    except PolicyError as error:
        raise Refused(error.code.upper(), error.message) from error
    if Employer.objects.filter(credit_code=code).exists():
        raise Refused("EMPLOYER_KNOWN", "该统一社会信用代码已登记，请直接查询；查不到的，属其他经办区划。")
    employer = Employer(
        credit_code=code, region_code=known_region(region_code), insured_from=insured_from, registered_at=at,
    )
    _set(employer, {"name": "", "kind": "", **details})
    employer.save(force_insert=True)
    _note(employer, "register_employer", "单位参保登记", by, at, credit_code=code)
    return employer


@transaction.atomic
def amend_employer(*, employer_id: int, by: Officer, at: datetime, **changes: Unpack[EmployerDetails]) -> Employer:
    """Change what is known of a unit (单位参保信息变更). Code and place stay. Refuses a unit that has ended, and a
    change that changes nothing."""
    employer = locked_employer(employer_id, by)
    if employer.state == Employer.State.ENDED:
        raise Refused("EMPLOYER_ENDED", f"该单位已于{employer.ended_on}注销，不能变更。")
    before = {name: getattr(employer, name) for name in changes}
    _set(employer, changes)
    changed = [name for name in changes if getattr(employer, name) != before[name]]
    if not changed:
        raise Refused("NOTHING_CHANGED", "填写的内容与登记信息一致，无须变更。")
    employer.save()
    _note(employer, "amend_employer", "单位信息变更", by, at, changed=changed)
    return employer


@transaction.atomic
def suspend_employer(*, employer_id: int, reason: str, by: Officer, at: datetime) -> Employer:
    """Suspend a unit (暂停参保): nobody is added to its roster until it resumes; those on it stay."""
    employer = locked_employer(employer_id, by)
    reason = require_reason(reason, "暂停原因")
    if employer.state != Employer.State.ACTIVE:
        raise Refused("EMPLOYER_STATE", f"该单位现为“{employer.get_state_display()}”，不能暂停。")
    return _put(employer, Employer.State.SUSPENDED, "suspend_employer", "单位暂停参保", by, at, reason=reason)


@transaction.atomic
def resume_employer(*, employer_id: int, by: Officer, at: datetime) -> Employer:
    """Take a suspended unit up again (恢复参保)."""
    employer = locked_employer(employer_id, by)
    if employer.state != Employer.State.SUSPENDED:
        raise Refused("EMPLOYER_STATE", f"该单位现为“{employer.get_state_display()}”，无须恢复。")
    return _put(employer, Employer.State.ACTIVE, "resume_employer", "单位恢复参保", by, at)


@transaction.atomic
def end_employer(*, employer_id: int, ended_on: date, reason: str, by: Officer, at: datetime) -> Employer:
    """End a unit (单位参保注销); `ended_on` is its last day. Refuses while anyone is on the roster beyond that day."""
    employer = locked_employer(employer_id, by)
    reason = require_reason(reason, "注销原因")
    if employer.state == Employer.State.ENDED:
        raise Refused("EMPLOYER_ENDED", f"该单位已于{employer.ended_on}注销，无须重复办理。")
    if ended_on < employer.insured_from:
        raise Refused("DATE_ORDER", f"注销日期早于参保日期{employer.insured_from}，请核对。")
    left = employer.employments.filter(voided=False).exclude(ends_on__lte=ended_on + ONE_DAY).count()
    if left:
        raise Refused("EMPLOYER_HAS_STAFF", f"该单位尚有{left}名在册职工，请先办理停保。")
    employer.ended_on = ended_on
    return _put(employer, Employer.State.ENDED, "end_employer", "单位参保注销", by, at, reason=reason, day=ended_on)


@transaction.atomic
def employ(*, person_id: int, employer_id: int, starts_on: date, by: Officer, at: datetime) -> Employment:
    """Put a person on a unit's roster from `starts_on`. One unit a day; the unit must be active and insured by then."""
    authorise(by, "register_person")
    person = locked_person(person_id, by)
    employer = active_employer(employer_id, by, starts_on)
    check_days(person, starts_on, None)
    check_free(
        person.employments.filter(voided=False).select_related("employer"), starts_on, None, "单位参保关系",
    )
    row = Employment.objects.create(person=person, employer=employer, starts_on=starts_on)
    note_act(person, "employ", "列入单位名册", by=by, at=at, employer=employer.pk, starts_on=starts_on)
    return row


@transaction.atomic
def end_employment(*, employment_id: int, ends_on: date, reason: str, by: Officer, at: datetime) -> Employment:
    """Take a person off a roster; `ends_on` is the first day off it."""
    authorise(by, "register_person")
    row = own_row(Employment, employment_id, by)
    shorten(row, ends_on, require_reason(reason, "停保原因"))
    note_act(row.person, "end_employment", "移出单位名册", by=by, at=at, employer=row.employer_id, ends_on=ends_on)
    return row


@transaction.atomic
def enrol_student(
    *, person_id: int, school_id: int, starts_on: date, by: Officer, at: datetime,
    programme_years: int | None = None, prepaid: bool = False,
) -> Schooling:
    """Enrol a person as a student of a school (BZ-GEN-18.1). `prepaid`: all programme years are paid at once, which
    needs their number (BZ-GEN-18.2)."""
    authorise(by, "register_person")
    person = locked_person(person_id, by)
    school = active_employer(school_id, by, starts_on)
    if not school.school:
        raise Refused("NOT_A_SCHOOL", f"“{school.name}”未登记为学校，不能按学校办理学生参保。")
    if prepaid and not programme_years:
        raise Refused("FIELD_MISSING", "按学制一次性趸缴须填写学制年数。")
    check_days(person, starts_on, None)
    check_free(person.schoolings.filter(voided=False).select_related("school"), starts_on, None, "学籍")
    row = Schooling.objects.create(
        person=person, school=school, starts_on=starts_on, programme_years=programme_years, prepaid=prepaid,
    )
    note_act(person, "enrol_student", "学籍登记", by=by, at=at, school=school.pk, starts_on=starts_on)
    return row


@transaction.atomic
def end_schooling(*, schooling_id: int, ends_on: date, reason: str, by: Officer, at: datetime) -> Schooling:
    """End a schooling; `ends_on` is the first day without it."""
    authorise(by, "register_person")
    row = own_row(Schooling, schooling_id, by)
    shorten(row, ends_on, require_reason(reason))
    note_act(row.person, "end_schooling", "学籍终止", by=by, at=at, school=row.school_id, ends_on=ends_on)
    return row


def locked_employer(employer_id: int, by: Officer) -> Employer:
    """Lock and return a unit in the officer's territory; else answer as if it did not exist."""
    authorise(by, "register_person")
    return get_visible(Employer, by, lock=True, pk=employer_id)


def active_employer(employer_id: int, by: Officer, day: date) -> Employer:
    """Return a unit to whose roster somebody may be added on `day`."""
    employer = get_visible(Employer, by, pk=employer_id)
    if employer.state != Employer.State.ACTIVE:
        raise Refused("EMPLOYER_STATE", f"该单位现为“{employer.get_state_display()}”，不能增加参保人员。")
    if day < employer.insured_from:
        raise Refused("DATE_ORDER", f"日期早于单位参保日期{employer.insured_from}，请核对。")
    return employer


def current_employment(person: Person, day: date) -> Employment | None:
    """Return the roster entry of a person on a day."""
    return person.employments.in_force(day).select_related("employer").first()


def _set(employer: Employer, given: EmployerDetails) -> None:
    for name, (label, limit) in TEXTS.items():
        if name in given:
            setattr(employer, name, clean_text(given[name], label, limit, required=name == "name"))
    if "name" in given:
        employer.name_initials = names.initials(employer.name)[:100]
    if "kind" in given:
        if given["kind"] not in Employer.Kind.values:
            raise Refused("EMPLOYER_KIND", "单位类型不在列表中，请核对。")
        employer.kind = given["kind"]
    if "phone" in given:
        employer.phone = idnumber.normalise(given["phone"])
        if employer.phone and PHONE.fullmatch(employer.phone) is None:
            raise Refused("PHONE_FORMAT", "联系电话应为11位手机号或带区号的固定电话，请核对。")
    for name in ("school", "treasury_paid"):
        if name in given:
            setattr(employer, name, given[name])


def _put(employer: Employer, state: str, action: str, label: str, by: Officer, at: datetime, **detail) -> Employer:
    employer.state = state
    employer.save(update_fields=["state", "ended_on"])
    _note(employer, action, label, by, at, **detail)
    return employer


def _note(employer: Employer, action: str, label: str, by: Officer, at: datetime, **detail) -> None:
    shown = {key: value.isoformat() if isinstance(value, date) else value for key, value in detail.items()}
    audit.record(
        action=f"enrollment.{action}", label=label, by=by, at=at, subject=employer.subject,
        region_code=employer.region_code, detail=shown,
    )
