"""Registration of residents (城乡居民参保登记): by household, alone, newborns; and the window's check of a form."""
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from casework.clock import bureau_day
from casework.models import Officer, get_visible
from enrollment.models import Employer, Household, HouseholdMember, Person, PersonType
from enrollment.models.relations import Scheme
from enrollment.services.entering import (
    Act,
    check_type,
    enter_person,
    insure,
    known_person,
    open_period,
    person_faults,
)
from enrollment.services.facts import PERSON, Facts, Fault, choice, day, entries, flag, read_facts, text
from enrollment.services.households import found_household, join_household
from enrollment.services.packs import pack_of

RELATION = HouseholdMember.Relation
REGISTERED_HERE, LIVING_HERE = "local", "living_here"
BASIS = ((REGISTERED_HERE, "本地户籍"), (LIVING_HERE, "非本地户籍常住且未参加基本医保"))


@dataclass(frozen=True)
class Subject:
    """What a matter is about, locked: a person, a unit, a household, or nothing yet."""

    person: Person | None = None
    employer: Employer | None = None
    household: Household | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a matter: whom the case is then about, and the facts that the officer is told."""

    person: Person | None = None
    employer: Employer | None = None
    household: Household | None = None
    data: dict[str, Any] = field(default_factory=dict)


MEMBER = {
    **PERSON,
    "relation": choice("与户主关系", RELATION.choices),
    "person_type": text("居民人员类别", 4, required=False),
}
HOUSEHOLD = {
    "region_code": text("参保地", 12),
    "address": text("住址", 200, required=False),
    "book_no": text("户口簿号", 30, required=False),
    "starts_on": day("参保日期"),
    "members": entries("家庭成员", MEMBER),
}
RESIDENT = {
    **PERSON,
    "region_code": text("参保地", 12),
    "basis": choice("参保条件", BASIS),
    "uninsured": flag("本人声明未参加其他基本医保"),
    "person_type": text("居民人员类别", 4),
    "starts_on": day("参保日期"),
}
NEWBORN = {
    **PERSON,
    "birth_date": day("出生日期"),
    "region_code": text("参保地", 12),
    "household_no": text("户编号", 30, required=False),
    "relation": choice("与户主关系", RELATION.choices, required=False),
}


def check_registration(facts: Mapping[str, Any], *, by: Officer, at: datetime) -> list[Fault]:
    """Say at once all that is missing or wrong in a household's registration form; an empty list is a good form.

    Writes nothing. Faults of a member are named `members.<place from 1>.<fact>`. What it finds in order can still be
    refused when it is registered, if the register changed meanwhile.
    """
    found, faults = read_facts(HOUSEHOLD, facts, today=bureau_day(at))
    return faults + household_faults(found, Subject(), by, at)


def household_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    """What stands against registering this household, member by member."""
    faults = _place_faults(facts, by)
    members = facts.get("members", [])
    heads = sum(member.get("relation") == RELATION.HEAD for member in members)
    if members and heads != 1:
        faults.append(Fault("members", "HOUSEHOLD_HEAD", "每户须有且只有一名户主，请核对与户主关系。"))
    seen = Counter(member["id_no"] for member in members if "id_no" in member)
    for nth, member in enumerate(members, 1):
        at_ = f"members.{nth}."
        if seen[member.get("id_no", "")] > 1:
            faults.append(Fault(f"{at_}id_no", "DUP_CONFLICT", "同一证件号码在本户中填写了不止一次。"))
        faults += person_faults(member, by, at_)
        faults += _member_faults(member, facts.get("starts_on"), at_)
    return faults


def register_household(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Register residents by household (BZ-RES-2.1): the household, its members, and insurance for those who are
    given a resident's person type. All or nothing. A member without a type only belongs to the household."""
    household = found_household(
        region_code=facts["region_code"], address=facts.get("address", ""), book_no=facts.get("book_no", ""),
        by=act.by, at=act.at,
    )
    insured, members, head = 0, [], None
    for member in facts["members"]:
        person = enter_person(member, facts["region_code"], act)
        # Born or written in after the household's day: he belongs to it from his birth on.
        joined = max(facts["starts_on"], person.birth_date)
        join_household(
            household_id=household.pk, person_id=person.pk, relation=member["relation"], starts_on=joined,
            by=act.by, at=act.at,
        )
        if member.get("person_type"):
            _insure_resident(person, member["person_type"], joined, act)
            insured += 1
        members.append(person.pk)
        head = person if member["relation"] == RELATION.HEAD else head
    return Outcome(
        person=head, household=household,
        data={"household": household.number, "members": members, "insured": insured},
    )


def resident_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    """Who lives here without being registered here may join only without other basic insurance (BZ-RES-1.2)."""
    faults = _place_faults(facts, by) + person_faults(facts, by) + _member_faults(facts, facts.get("starts_on"), "")
    if facts.get("basis") == LIVING_HERE and not facts.get("uninsured"):
        faults.append(Fault("uninsured", "INSURED_ELSEWHERE", "非本地户籍人员须声明未在户籍地参加基本医保，方可参保。"))
    return faults


def register_resident(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Register one resident (BZ-RES-1.1, BZ-RES-1.2). From when benefits may be drawn follows from the payment."""
    person = enter_person(facts, facts["region_code"], act)
    period = _insure_resident(person, facts["person_type"], facts["starts_on"], act)
    return Outcome(person=person, data={"period": period.pk})


def newborn_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    """A newborn registers in the year of birth or within the days that the pack gives for paying (BZ-RES-7.1); the
    birth certificate suffices as its paper (BZ-RES-7.3)."""
    faults = _place_faults(facts, by) + person_faults(facts, by)
    born, today = facts.get("birth_date"), bureau_day(at)
    if born and born > today:
        faults.append(Fault("birth_date", "DATE_FUTURE", "出生日期晚于今天，请核对。"))
    elif born and not faults and born.year != today.year and today > pay_by(facts["region_code"], born):
        faults.append(Fault("birth_date", "NOT_NEWBORN", "已过新生儿参保期，请按城乡居民参保登记办理。"))
    if ("household_no" in facts) != ("relation" in facts):
        faults.append(Fault("relation", "FIELD_MISSING", "随户登记须同时填写户编号和与户主关系。"))
    return faults


def register_newborn(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Register a newborn from the day of birth (BZ-RES-7.1, 7.2, 7.3); the outcome names the day by which the
    premium must be paid for benefits from birth. Before there is a number, the birth certificate's stands."""
    household = None
    if "household_no" in facts:
        household = get_visible(Household, act.by, number=facts["household_no"])
    person = enter_person(facts, facts["region_code"], act)
    period = _insure_resident(person, "1401", person.birth_date, act)
    if household is not None:
        join_household(
            household_id=household.pk, person_id=person.pk, relation=facts["relation"], starts_on=person.birth_date,
            by=act.by, at=act.at,
        )
    due = pay_by(facts["region_code"], person.birth_date)
    return Outcome(person=person, household=household, data={"period": period.pk, "pay_by": due.isoformat()})


def pay_by(region_code: str, born: date) -> date:
    """The last day on which paying covers a newborn from birth (BZ-RES-7.1)."""
    days: int = pack_of(region_code).figure("coverage.newborn.days", on=born).value
    return born + timedelta(days=days)


def _insure_resident(person: Person, person_type: str, starts_on: date, act: Act):
    check_type(person_type, Scheme.RESIDENT)
    return insure(person, person_type, starts_on, "城乡居民参保登记", act)


def _place_faults(facts: Facts, by: Officer) -> list[Fault]:
    code = facts.get("region_code")
    if code is None or by.sees(code):
        return []
    return [Fault("region_code", "jurisdiction", "参保地不在您的经办区划内，不能登记。")]


def _member_faults(facts: Facts, starts_on: date | None, at: str) -> list[Fault]:
    """A type that is no resident's, and insurance or a household that the person has already."""
    kind, faults = facts.get("person_type"), []
    if kind and not PersonType.objects.filter(pk=kind, scheme=Scheme.RESIDENT).exists():
        faults.append(Fault(f"{at}person_type", "PERSON_TYPE", "请选择城乡居民的人员类别。"))
    person = known_person(facts) if "id_no" in facts else None
    if person is None or starts_on is None:
        return faults
    if kind and person.insurance_periods.filter(voided=False).exclude(ends_on__lte=starts_on).exists():
        period = open_period(person, starts_on)
        what = f"现为{period.get_scheme_display()}参保" if period else "已登记此后的参保期间"
        faults.append(Fault(f"{at}id_no", "INSURED_ALREADY", f"该人员{what}，同一时间只能参加一种基本医保。"))
    if "relation" in facts and person.memberships.filter(voided=False).exclude(ends_on__lte=starts_on).exists():
        faults.append(Fault(f"{at}id_no", "MEMBER_ELSEWHERE", "该人员已属于另一家庭户，请先办理户内变动。"))
    return faults

