"""Registrations into the employee scheme, and of students by their school."""
from datetime import date, datetime

from casework import outbox
from casework.errors import Refused
from casework.models import Officer, get_visible
from enrollment.models import Employer, Person, PersonTag
from enrollment.models.relations import Scheme
from enrollment.services.employers import active_employer, employ, end_schooling, enrol_student
from enrollment.services.entering import (
    Act,
    check_type,
    enter_person,
    give_tag,
    insure,
    leave_scheme,
    open_period,
    person_faults,
)
from enrollment.services.facts import PERSON, Facts, Fault, choice, day, entries, flag, number, text
from enrollment.services.packs import pack_of
from enrollment.services.registering import Outcome, Subject

TRADER, PART_TIME, OTHER_FLEXIBLE, UNEMPLOYED = "sole_trader", "part_time", "other_flexible", "unemployed"
FLEXIBLE_CATEGORIES = (
    (TRADER, "无雇工的个体工商户"),
    (PART_TIME, "未在用人单位参保的非全日制从业人员"),
    (OTHER_FLEXIBLE, "其他灵活就业人员"),
    (UNEMPLOYED, "领取失业保险金人员"),
)
EMPLOYEE = {
    **PERSON,
    "person_type": text("职工人员类别", 4),
    "starts_on": day("参保日期"),
}
FLEXIBLE = {
    **PERSON,
    "region_code": text("参保地", 12),
    "category": choice("参保身份", FLEXIBLE_CATEGORIES),
    "starts_on": day("参保日期"),
    "maternity": flag("参加生育保险"),
    "large_amount": flag("参加大额医疗费用补助"),
}
STUDENT = {
    **PERSON,
    "person_type": choice("学生类别", (("1403", "中小学生"), ("1404", "大学生"))),
    "programme_years": number("学制年数", 1, 9, required=False),
    "prepaid": flag("按学制一次性趸缴"),
    "at_identity_place": flag("在困难身份认定地参保"),
}
STUDENTS = {"starts_on": day("入学参保日期"), "students": entries("学生", STUDENT, most=200)}


def joining_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    """What stands against the person himself; the rest is refused where it is done."""
    return person_faults(facts, by)


def register_employee(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Register an employee of a unit (BZ-EMP-1.1, BZ-GEN-3.1): roster, insurance, large-amount supplement
    (BZ-EMP-35.1), civil-servant supplement where a treasury budgets it (BZ-GEN-9.2).

    Resident insurance is suspended from that day, and the place concerned is told (BZ-GEN-18.5); a student leaves
    school's enrolment likewise.
    """
    assert subject.employer is not None
    employer = active_employer(subject.employer.pk, act.by, facts["starts_on"])
    person = enter_person(facts, employer.region_code, act)
    return take_on(person, employer, facts["person_type"], facts["starts_on"], "单位职工参保", act)


def register_flexible(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Register a flexible worker or a person drawing unemployment benefit (BZ-EMP-2.1, BZ-EMP-3.2, BZ-EMP-4.3).

    Maternity insurance is entered and left together with the medical one (BZ-EMP-13.2); drawing unemployment benefit
    brings it automatically (BZ-EMP-13.3).
    """
    person = enter_person(facts, facts["region_code"], act)
    starts_on, unemployed = facts["starts_on"], facts["category"] == UNEMPLOYED
    maternity = bool(unemployed or facts.get("maternity"))
    if maternity:
        _check_maternity(person, starts_on)
    left = change_over(person, starts_on, "以灵活就业人员身份参加职工医保", act)
    period = insure(person, "1103", starts_on, dict(FLEXIBLE_CATEGORIES)[facts["category"]], act)
    if unemployed:
        give_tag(person, PersonTag.Tag.UNEMPLOYED, starts_on, act)
    if facts.get("large_amount"):
        give_tag(person, PersonTag.Tag.LARGE_AMOUNT, starts_on, act)
    return Outcome(person=person, data={"period": period.pk, "maternity": maternity, "left": left})


def student_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    """Students one by one; the same number twice is a conflict."""
    faults, seen = [], set()
    for nth, student in enumerate(facts.get("students", []), 1):
        faults += person_faults(student, by, f"students.{nth}.")
        if student.get("id_no") in seen:
            faults.append(Fault(f"students.{nth}.id_no", "DUP_CONFLICT", "同一证件号码填写了不止一次。"))
        seen.add(student.get("id_no", nth))
        if student.get("prepaid") and "programme_years" not in student:
            faults.append(Fault(f"students.{nth}.programme_years", "FIELD_MISSING", "一次性趸缴须填写学制年数。"))
    return faults


def register_students(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Register students through their school, at the place of the school (BZ-GEN-18.1, BZ-RES-1.3). All or nothing.

    An older resident relation is terminated and its place told (BZ-GEN-18.4). Who pays for all programme years at
    once owes nothing more if the premium changes (BZ-GEN-18.2). Who holds a hardship identity may stay insured where
    it was recognised (BZ-GEN-18.3).
    """
    assert subject.employer is not None
    school = active_employer(subject.employer.pk, act.by, facts["starts_on"])
    enrolled = [enrol(student, school, facts["starts_on"], act) for student in facts["students"]]
    return Outcome(employer=school, data={"students": enrolled})


def _check_maternity(person: Person, starts_on: date) -> None:
    """Refuse maternity insurance of the two categories before the day from which there is one (BZ-EMP-13.1)."""
    opened = pack_of(person.region_code).figure("enrollment.maternity.flexible_from", on=starts_on).value
    if starts_on < opened:
        raise Refused("MATERNITY_EARLY", f"灵活就业等人员自{opened}起方可参加生育保险，请核对参保日期。")


def take_on(
    person: Person, employer: Employer, person_type: str, starts_on: date, reason: str, act: Act,
) -> Outcome:
    """Insure a person as an employee of a unit and put him on its roster, with the supplements that follow."""
    check_type(person_type, Scheme.EMPLOYEE, flexible=False)
    left = change_over(person, starts_on, "就业参加职工医保", act)
    period = insure(person, person_type, starts_on, reason, act)
    employ(person_id=person.pk, employer_id=employer.pk, starts_on=starts_on, by=act.by, at=act.at)
    give_tag(person, PersonTag.Tag.LARGE_AMOUNT, starts_on, act)
    if employer.treasury_paid:
        give_tag(person, PersonTag.Tag.CIVIL_SERVANT, starts_on, act)
    return Outcome(
        person=person, employer=employer,
        data={"period": period.pk, "scheme": Scheme.EMPLOYEE, "left": left},
    )


def change_over(person: Person, starts_on: date, reason: str, act: Act) -> str:
    """Leave what the person is insured in, and the school's roll where he stood on it; returns what was left."""
    schooling = person.schoolings.in_force(starts_on).select_related("school").first()
    left = leave_scheme(person, starts_on, reason, act)
    if schooling is not None and schooling.starts_on < starts_on:
        end_schooling(schooling_id=schooling.pk, ends_on=starts_on, reason=reason, by=act.by, at=act.at)
        outbox.publish(
            "enrollment.student_employed", f"{schooling.pk}",
            {"person_id": person.pk, "schooling_id": schooling.pk, "region_code": schooling.school.region_code},
        )
    return left.scheme if left else ""


def enrol(student: Facts, school: Employer, starts_on: date, act: Act) -> int:
    """Enrol one student, insured at the school unless he stays where he is; returns the person."""
    stays = bool(student.get("at_identity_place"))
    person = _staying(student, starts_on, act) if stays else enter_person(student, school.region_code, act)
    enrol_student(
        person_id=person.pk, school_id=school.pk, starts_on=starts_on, by=act.by, at=act.at,
        programme_years=student.get("programme_years"), prepaid=bool(student.get("prepaid")),
    )
    if not stays:
        period = open_period(person, starts_on)
        if period is None or period.person_type_id != student["person_type"] \
                or period.region_code != school.region_code:
            leave_scheme(person, starts_on, "入学，在学籍地参保", act)
            insure(person, student["person_type"], starts_on, "学生参保", act)
            return person.pk


def _staying(student: Facts, starts_on: date, act: Act) -> Person:
    """A student who stays insured where his hardship identity was recognised (BZ-GEN-18.3)."""
    person = _known(student, act.by)
    if not person.identities.in_force(starts_on).exists():
        raise Refused("IDENTITY_MISSING", "只有持困难身份的学生才能在身份认定地参保，请核对。")
    if open_period(person, starts_on) is None:
        raise Refused("NOT_INSURED", "该学生在身份认定地尚未参保，请先办理参保登记。")
    return person


def _known(facts: Facts, by: Officer) -> Person:
    return get_visible(Person, by, id_type=facts.get("id_type") or Person.IdType.CITIZEN, id_no=facts["id_no"])
