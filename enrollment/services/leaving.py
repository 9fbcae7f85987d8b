"""Changes of a relation: leaving an employer, suspension, termination, death, another scheme, another place within
the city; and changes of what is known of a person."""
from datetime import date, datetime
from typing import Any

from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer
from enrollment.models import InsurancePeriod, Person
from enrollment.models.relations import Scheme
from enrollment.services.accounts import balance_of
from enrollment.services.employers import current_employment, end_employment, end_schooling
from enrollment.services.entering import Act, check_type, end_tags, insure, leave_scheme, open_period, place
from enrollment.services.facts import Facts, Fault, choice, day, text
from enrollment.services.insuring import close_insurance
from enrollment.services.persons import amend_person, record_death
from enrollment.services.registering import Outcome, Subject
from policy import regions
from policy.periods import ONE_DAY

LEFT_WORK = (("resigned", "离职"), ("contract_ended", "劳动合同终止"), ("transferred", "调出"), ("other", "其他"))
SUSPENSIONS = (
    ("unpaid", "暂停缴费"),
    ("employed_elsewhere", "在外地就业参保"),
    ("military", "应征入伍"),
    ("imprisoned", "服刑"),
    ("other", "其他"),
)
TERMINATIONS = (
    ("voluntary", "自愿终止职工医保关系"),
    ("settled_abroad", "出国（境）定居"),
    ("insured_elsewhere", "已在外地参保"),
    ("other", "其他"),
)

LEAVE_EMPLOYER = {"last_day": day("在职最后一日"), "reason": choice("停保原因", LEFT_WORK)}
SUSPEND = {"last_day": day("参保最后一日"), "reason": choice("暂停原因", SUSPENSIONS)}
TERMINATE = {"last_day": day("参保最后一日"), "reason": choice("终止原因", TERMINATIONS)}
DEATH = {"died_on": day("死亡日期")}
CHANGE_SCHEME = {"person_type": text("新的人员类别", 4), "starts_on": day("新险种参保日期")}
MOVE = {"region_code": text("新参保地", 12), "starts_on": day("变更日期")}
AMEND = {
    "name": text("姓名", required=False),
    "phone": text("联系电话", 20, required=False, secret=True),
    "address": text("联系地址", 200, required=False),
    "person_type": text("人员类别", 4, required=False),
    "starts_on": day("人员类别变更日期", required=False),
}


def leave_employer(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Take an employee off the roster and suspend his insurance with it (职工停保)."""
    person = _person(subject)
    employment = current_employment(person, facts["last_day"])
    if employment is None:
        raise Refused("NOT_EMPLOYED", f"该人员{facts['last_day']}未在单位参保，请核对日期。")
    period = _end(person, facts["last_day"], f"单位停保：{dict(LEFT_WORK)[facts['reason']]}", act)
    return Outcome(person=person, employer=employment.employer, data={"period": period.pk})


def suspend(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Suspend a relation (暂停参保); it may be taken up again by a new registration."""
    person = _person(subject)
    period = _end(person, facts["last_day"], f"暂停参保：{dict(SUSPENSIONS)[facts['reason']]}", act)
    return Outcome(person=person, data={"period": period.pk, "premium_returned": False})


def terminate(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Terminate a relation (终止参保). Ending the employee relation of one's own will lets the account's balance be
    paid out once, on a matter of its own (BZ-EMP-26.1)."""
    person, voluntary = _person(subject), facts["reason"] == "voluntary"
    period = open_period(person, facts["last_day"])
    if voluntary and period is not None and period.scheme != Scheme.EMPLOYEE:
        raise Refused("SCHEME", "“自愿终止职工医保关系”只适用于职工医保，请另选终止原因。")
    period = _end(person, facts["last_day"], f"终止参保：{dict(TERMINATIONS)[facts['reason']]}", act)
    return Outcome(
        person=person, data={"period": period.pk, "account_payable": period.scheme == Scheme.EMPLOYEE},
    )


def die(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Record a death: all relations end the day after, and the account's balance becomes payable (BZ-EMP-26.1)."""
    person = record_death(person_id=_person(subject).pk, died_on=facts["died_on"], by=act.by, at=act.at)
    return Outcome(person=person, data={"account_payable": str(balance_of(person))})


def change_scheme(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Change between the schemes (BZ-GEN-26.1, 26.2): one ends on the day the other begins, never both
    (BZ-GEN-24.1). From when the new one's benefits may be drawn follows from the payments."""
    person, starts_on = _person(subject), facts["starts_on"]
    period = open_period(person, starts_on)
    if period is None:
        raise Refused("NOT_INSURED", f"该人员{starts_on}未参保，请办理参保登记。")
    target = Scheme.RESIDENT if period.scheme == Scheme.EMPLOYEE else Scheme.EMPLOYEE
    check_type(facts["person_type"], target, flexible=True if target == Scheme.EMPLOYEE else None)
    if current_employment(person, starts_on):
        raise Refused("STILL_EMPLOYED", "该人员仍在单位名册中，请先办理单位停保。")
    leave_scheme(person, starts_on, f"转入{target.label}", act)
    _end_schooling(person, starts_on, f"转入{target.label}", act)
    opened = insure(person, facts["person_type"], starts_on, f"由{period.get_scheme_display()}转入", act)
    return Outcome(person=person, data={"period": opened.pk, "from": period.scheme, "to": target.value})


def move(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Move a person's insurance to another county of the same city, without a gap (市内参保地变更)."""
    person, starts_on, code = _person(subject), facts["starts_on"], facts["region_code"]
    if not regions.same_city(person.region_code, code):
        raise Refused("NOT_SAME_CITY", "新参保地不在本市，请办理转移接续。")
    if person.region_code == code:
        raise Refused("NOTHING_CHANGED", "新参保地与现参保地相同，无须变更。")
    if current_employment(person, starts_on):
        raise Refused("STILL_EMPLOYED", "该人员随单位参保，参保地随单位，不能单独变更。")
    period = open_period(person, starts_on)
    if period is not None:
        leave_scheme(person, starts_on, "市内参保地变更", act)
    place(person, code, act)
    data: dict[str, Any] = {"region_code": code}
    if period is not None:
        data["period"] = insure(person, period.person_type_id, starts_on, "市内参保地变更", act).pk
    return Outcome(person=person, data=data)


def amend_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    faults = [] if facts else [Fault("name", "NOTHING_CHANGED", "没有填写要变更的内容。")]
    if ("person_type" in facts) != ("starts_on" in facts):
        faults.append(Fault("starts_on", "FIELD_MISSING", "变更人员类别须同时填写类别和变更日期。"))
    return faults


def amend(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Change name, telephone, address, or from a day on the person type within the scheme (参保信息变更)."""
    person = _person(subject)
    changes = {name: facts[name] for name in ("name", "phone", "address") if name in facts}
    changed = bool(changes) and amend_person(person_id=person.pk, by=act.by, at=act.at, **changes)
    if "person_type" in facts:
        changed = change_type(person, facts["person_type"], facts["starts_on"], act)
    if not changed:
        raise Refused("NOTHING_CHANGED", "填写的内容与登记信息一致，无须变更。")
    return Outcome(person=person, data={"changed": sorted(facts)})


def end_relation(person: Person, last_day: date, reason: str, act: Act) -> InsurancePeriod:
    """End the insurance after `last_day`, with the roster entry, the school's roll and the tags that hang on it."""
    period = open_period(person, last_day)
    if period is None:
        raise Refused("NOT_INSURED", f"该人员{last_day}未参保，请核对日期。")
    ends_on = last_day + ONE_DAY
    close_insurance(period_id=period.pk, ends_on=ends_on, reason=reason, by=act.by, at=act.at)
    employment = current_employment(person, last_day)
    if employment is not None and (employment.ends_on is None or employment.ends_on > ends_on):
        end_employment(employment_id=employment.pk, ends_on=ends_on, reason=reason, by=act.by, at=act.at)
    _end_schooling(person, ends_on, reason, act)
    end_tags(person, ends_on, act)
    return period


def _end(person: Person, last_day: date, reason: str, act: Act) -> InsurancePeriod:
    if last_day > _end_of_next_month(bureau_day(act.at)):
        raise Refused("DATE_FUTURE", "最后一日晚于下月末，请届时再办理。")
    return end_relation(person, last_day, reason, act)


def _end_of_next_month(today: date) -> date:
    month = today.month + 2
    return date(today.year + (month - 1) // 12, (month - 1) % 12 + 1, 1) - ONE_DAY


def _end_schooling(person: Person, ends_on: date, reason: str, act: Act) -> None:
    for row in person.schoolings.in_force(ends_on).filter(starts_on__lt=ends_on):
        end_schooling(schooling_id=row.pk, ends_on=ends_on, reason=reason, by=act.by, at=act.at)


def change_type(person: Person, person_type: str, starts_on: date, act: Act) -> bool:
    """Go on under another person type of the same scheme from a day on; False if it is that type already."""
    period = open_period(person, starts_on)
    if period is None:
        raise Refused("NOT_INSURED", f"该人员{starts_on}未参保，请核对日期。")
    if period.person_type_id == person_type:
        return False
    check_type(person_type, period.scheme)
    close_insurance(period_id=period.pk, ends_on=starts_on, reason="人员类别变更", by=act.by, at=act.at)
    insure(person, person_type, starts_on, "人员类别变更", act)
    return True


def _person(subject: Subject) -> Person:
    assert subject.person is not None
    return subject.person
