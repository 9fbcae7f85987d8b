"""Groups with rules of their own: soldiers who left service, released prisoners, residents of Hong Kong, Macao and
Taiwan, foreigners."""
from datetime import date, datetime

from casework.errors import Refused
from casework.models import Officer, get_visible
from enrollment.models import Contribution, Employer, Person, WaitingExemption
from enrollment.models.relations import Scheme
from enrollment.services.contributions import record_contribution
from enrollment.services.employers import active_employer
from enrollment.services.entering import (
    Act,
    check_type,
    enter_person,
    insure,
    person_faults,
)
from enrollment.services.facts import PERSON, Facts, Fault, choice, day, number, text
from enrollment.services.joining import change_over, enrol, take_on
from enrollment.services.registering import Outcome, Subject
from enrollment.services.windows import exempt_from_waiting
from policy.periods import add_months, first_of_month

RETURNED = {
    **PERSON,
    "region_code": text("户籍地", 12),
    "left_on": day("退役或释放日期"),
    "starts_on": day("参保日期"),
    "employer_code": text("就业单位统一社会信用代码", 18, required=False),
    "person_type": text("人员类别", 4),
}
SOLDIER = {**RETURNED, "service_months": number("军龄（月）", 1, 600, required=False)}
STATUS = (("trader", "个体工商户"), ("employed", "已就业"), ("not_employed", "未就业"), ("student", "在校大学生"))
OUTSIDER = {
    **PERSON,
    "region_code": text("居住地或登记地", 12),
    "standing": choice("就业状况", STATUS),
    "starts_on": day("参保日期"),
    "unit_code": text("用人单位或学校统一社会信用代码", 18, required=False),
    "person_type": text("居民人员类别（未就业的填写）", 4, required=False),
}
HONG_KONG_MACAO_TAIWAN = ("04", "05", "06", "17")


def register_soldier(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Register a soldier who left service (BZ-GEN-19.1, 19.2); months of service count as paid (BZ-EMP-22.1)."""
    outcome = _register_returned(facts, WaitingExemption.Kind.EX_SOLDIER, "退役军人参保", act)
    assert outcome.person is not None
    if "service_months" in facts:
        if outcome.data["scheme"] != Scheme.EMPLOYEE:
            raise Refused("SERVICE_MONTHS", "军龄视同职工医保缴费年限，未参加职工医保的暂不登记。")
        _count_service(outcome.person, facts["service_months"], facts["left_on"], act)
    return outcome


def register_released(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Register a released prisoner (BZ-GEN-19.1, 19.2)."""
    return _register_returned(facts, WaitingExemption.Kind.RELEASED, "刑满释放人员参保", act)


def returned_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    faults = person_faults(facts, by)
    if facts.get("left_on") and facts.get("starts_on") and facts["starts_on"] < facts["left_on"]:
        faults.append(Fault("starts_on", "DATE_ORDER", "参保日期早于退役或释放日期，请核对。"))
    return faults


def outsider_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    """Residents of Hong Kong, Macao and Taiwan by their own papers; who works or lives here without trade needs the
    residence permit (BZ-GEN-20.1, BZ-GEN-20.2); students need their university only (BZ-GEN-20.3)."""
    faults = person_faults(facts, by)
    kind = facts.get("id_type", "")
    if kind not in HONG_KONG_MACAO_TAIWAN:
        faults.append(Fault("id_type", "ID_TYPE", "港澳台居民须以港澳台居民居住证或来往内地（大陆）通行证参保。"))
    elif facts.get("standing") in ("employed", "not_employed") and kind != Person.IdType.RESIDENCE_PERMIT:
        faults.append(Fault("id_type", "RESIDENCE_PERMIT", "在居住地就业或未就业的港澳台居民，须持居住证参保。"))
    return faults + _unit_faults(facts)


def foreigner_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    """Foreign students may not enrol (BZ-GEN-21.1); others need the permanent residence card (BZ-GEN-22.1)."""
    if facts.get("standing") == "student":
        return [Fault("standing", "FOREIGN_STUDENT", "外国留学生不能参加基本医疗保险，应当参加商业医疗保险。")]
    faults = person_faults(facts, by)
    if facts.get("id_type") != Person.IdType.FOREIGN_RESIDENT:
        faults.append(Fault("id_type", "PERMANENT_RESIDENCE", "外国人须持外国人永久居留证参保，请核对证件。"))
    if facts.get("standing") == "trader":
        told = "持永久居留证的外国人，已就业的参加职工医保，未就业的可参加居民医保。"
        faults.append(Fault("standing", "CHOICE", told))
    return faults + _unit_faults(facts)


def register_outsider(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Register by standing: traders and the employed as employees, others as residents, students at the university
    (BZ-GEN-20.1 to 20.3, BZ-GEN-22.1)."""
    standing, starts_on = facts["standing"], facts["starts_on"]
    if standing == "employed":
        employer = _unit(facts["unit_code"], act.by)
        person = enter_person(facts, employer.region_code, act)
        return take_on(person, employer, "1101", starts_on, "单位职工参保", act)
    if standing == "student":
        school = active_employer(_unit(facts["unit_code"], act.by).pk, act.by, starts_on)
        enrolled = enrol({**facts, "person_type": "1404"}, school, starts_on, act)
        return Outcome(person=Person.objects.get(pk=enrolled), employer=school, data={"scheme": Scheme.RESIDENT})
    person = enter_person(facts, facts["region_code"], act)
    if standing == "trader":
        left = change_over(person, starts_on, "以个体工商户身份参加职工医保", act)
        insure(person, "1103", starts_on, "无雇工的个体工商户", act)
        return Outcome(person=person, data={"scheme": Scheme.EMPLOYEE, "left": left})
    check_type(facts["person_type"], Scheme.RESIDENT)
    insure(person, facts["person_type"], starts_on, "城乡居民参保登记", act)
    return Outcome(person=person, data={"scheme": Scheme.RESIDENT})


def _register_returned(facts: Facts, kind: str, reason: str, act: Act) -> Outcome:
    """In work: an employee from his first day (BZ-GEN-19.1). Else a resident at the place of household registration,
    with benefits from the payment (BZ-GEN-19.2)."""
    if "employer_code" in facts:
        employer = _unit(facts["employer_code"], act.by)
        person = enter_person(facts, employer.region_code, act)
        return take_on(person, employer, facts["person_type"], facts["starts_on"], reason, act)
    person = enter_person(facts, facts["region_code"], act)
    check_type(facts["person_type"], Scheme.RESIDENT)
    # The exemption first: opening insurance already asks from when benefits may be drawn.
    exempt_from_waiting(
        person_id=person.pk, kind=kind, basis=reason, starts_on=facts["left_on"], by=act.by, at=act.at,
    )
    period = insure(person, facts["person_type"], facts["starts_on"], reason, act)
    return Outcome(person=person, data={"period": period.pk, "scheme": Scheme.RESIDENT})


def _count_service(person: Person, months: int, left_on: date, act: Act) -> None:
    """Months of military service, up to the one before he left, count as paid here (BZ-EMP-22.1)."""
    first = add_months(first_of_month(left_on), -months)
    record_contribution(
        person_id=person.pk, kind=Contribution.Kind.MILITARY, for_year=first.year, for_month=first.month, months=months,
        paid_on=left_on, source=Contribution.Source.COUNTER, source_no=act.case_no, by=act.by, at=act.at,
        reason="军龄视同缴费",
    )


def _unit(code: str, by: Officer) -> Employer:
    return get_visible(Employer, by, credit_code=code.strip().upper())


def _unit_faults(facts: Facts) -> list[Fault]:
    if facts.get("standing") == "not_employed" and "person_type" not in facts:
        return [Fault("person_type", "FIELD_MISSING", "请选择城乡居民的人员类别。")]
    if facts.get("standing") in ("employed", "student") and "unit_code" not in facts:
        return [Fault("unit_code", "FIELD_MISSING", "请填写用人单位或学校的统一社会信用代码。")]
    return []
