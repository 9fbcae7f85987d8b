"""Retirement (退休人员参保登记): the years that are needed, making missing ones up, retiree insurance from the day."""
from datetime import datetime

from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer
from enrollment.models import Contribution, Person, PersonTag, PersonType
from enrollment.models.relations import Scheme
from enrollment.services.entering import Act, end_tags, open_period
from enrollment.services.facts import Facts, Fault, day, flag, text
from enrollment.services.leaving import change_type
from enrollment.services.registering import Outcome, Subject
from enrollment.services.retirement import pay_make_up, retirement_entitlement

RETIRE = {
    "retired_on": day("退休（达到法定退休年龄）日期"),
    "person_type": text("退休人员类别", 4),
    "make_up": flag("一次性补缴不足年限"),
}


def retire_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    """Insured as an employee on that day, and given the type of a retiree."""
    faults = []
    if "retired_on" in facts:
        period = open_period(_person(subject), facts["retired_on"])
        if facts["retired_on"] > bureau_day(at):
            faults.append(Fault("retired_on", "DATE_FUTURE", "退休日期晚于今天，请届时办理。"))
        elif period is None or period.scheme != Scheme.EMPLOYEE:
            faults.append(Fault("retired_on", "NOT_INSURED", f"{facts['retired_on']}未参加职工医保，请核对日期。"))
    if "person_type" in facts:
        kind = PersonType.objects.filter(pk=facts["person_type"], scheme=Scheme.EMPLOYEE).first()
        if kind is None or PersonTag.Tag.RETIRED not in kind.tags:
            faults.append(Fault("person_type", "PERSON_TYPE", "请选择退休人员的类别。"))
    return faults


def retire(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Give retiree insurance from the day of retirement, without further contributions (BZ-EMP-18.1).

    Refuses where the years do not suffice and are not made up (BZ-EMP-19.1, BZ-EMP-20.2, BZ-EMP-20.3), and, naming
    the parameter, a year whose minimum the bureau has not supplied (BZ-EMP-19.2, BZ-AMB-31).
    """
    person, retired_on = _person(subject), facts["retired_on"]
    for fault in retire_faults(facts, subject, act.by, act.at):
        raise Refused(fault.code, fault.message)
    answer = retirement_entitlement(person, retired_on.year)
    if answer["refused"]:
        raise Refused(answer["refused"]["code"].upper(), f"{answer['refused']['message']}。")
    paid = None
    if answer["missing_years"]:
        if not facts.get("make_up"):
            short = answer["missing_years"]
            raise Refused("YEARS_SHORT", f"缴费年限还差{short}年：可一次性补缴、继续缴费至规定年限，或终止参保关系。")
        paid = pay_make_up(
            person_id=person.pk, year=retired_on.year, paid_on=bureau_day(act.at),
            source=Contribution.Source.COUNTER, source_no=act.case_no, by=act.by, at=act.at,
        )
    change_type(person, facts["person_type"], retired_on, act)
    end_tags(person, retired_on, act, (PersonTag.Tag.UNEMPLOYED,))
    return Outcome(person=person, data={
        "missing_years": answer["missing_years"], "made_up": str(paid.personal_amount) if paid else "0.00",
    })


def _person(subject: Subject) -> Person:
    assert subject.person is not None
    return subject.person
