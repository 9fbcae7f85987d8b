"""Moving a relation between areas (转移接续): the certificate (参保凭证), the way out, the way in with its years."""
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from casework import outbox
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer
from casework.services import issue_notice
from enrollment.models import Contribution, Person, TransferRecord, YearRecord
from enrollment.models.relations import Scheme
from enrollment.services.accounts import balance_of, pay_out
from enrollment.services.contributions import record_contribution
from enrollment.services.entering import Act, check_type, insure, open_period
from enrollment.services.facts import Facts, Fault, amount, choice, day, number, text
from enrollment.services.leaving import end_relation
from enrollment.services.regions import known_region, region_name
from enrollment.services.registering import Outcome, Subject
from enrollment.services.retirement import contribution_years
from enrollment.services.windows import refresh
from policy import money, regions
from policy.periods import ONE_DAY, add_months, first_of_month

CERTIFICATE: dict[str, Any] = {}
OUT = {
    "to_region": text("转入地统筹区", 12),
    "scheme": choice("险种", Scheme.choices),
    "last_day": day("参保最后一日"),
    "contact_no": text("转入地联系函号", 40),
}
IN = {
    "from_region": text("转出地统筹区", 12),
    "certificate_no": text("参保凭证号", 40),
    "scheme": choice("险种", Scheme.choices),
    "insured_from": day("参保开始月（该月任一日）"),
    "paid_until": day("缴费截止月（该月任一日）"),
    "months": number("缴费月数", 1, 840),
    "account_amount": amount("个人账户转入金额", required=False),
    "person_type": text("人员类别（尚未在本地参保的填写）", 4, required=False),
    "starts_on": day("本地参保日期", required=False),
}


def issue_certificate(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Issue the certificate of insurance (出具参保凭证): schemes and days, contribution years, account balance, as
    they stand. It changes nothing; the other area works with it."""
    person = _person(subject)
    periods = [
        {"scheme": row.get_scheme_display(), "from": row.starts_on.isoformat(), "to": row.last_day and
         row.last_day.isoformat()}
        for row in person.insurance_periods.filter(voided=False).order_by("starts_on")
    ]
    if not periods:
        raise Refused("NOT_INSURED", "该人员在本地没有参保记录，不能出具参保凭证。")
    years = contribution_years(person)
    notice = issue_notice(
        case_no=act.case_no, kind="certificate", title="基本医疗保险参保凭证", by=act.by, at=act.at,
        region_code=person.region_code, body={
            "name": person.name, "id_no": person.masked_id, "area": region_name(person.region_code), "periods": periods,
            "contribution_years": years.total, "local_years": years.local, "account_balance": str(balance_of(person)),
            "issued_on": bureau_day(act.at).isoformat(),
        },
    )
    return Outcome(person=person, data={"notice": notice.number})


def out_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    faults = _other_area(facts.get("to_region"), "to_region", _person(subject))
    if "scheme" in facts and "last_day" in facts:
        period = open_period(_person(subject), facts["last_day"])
        if period is None or period.scheme != facts["scheme"]:
            faults.append(Fault("last_day", "NOT_INSURED", f"{facts['last_day']}未参加该险种，请核对险种和日期。"))
    return faults


def transfer_out(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Let a relation go to another area (转出): it ends here, the account's balance goes with it (BZ-EMP-21.1)."""
    person = _person(subject)
    years = contribution_years(person)
    period = open_period(person, facts["last_day"])
    if period is None or period.scheme != facts["scheme"]:
        raise Refused("NOT_INSURED", f"{facts['last_day']}未参加该险种，请核对险种和日期。")
    area = region_name(facts["to_region"])
    end_relation(person, facts["last_day"], f"关系转出至{area}", act)
    balance = balance_of(person) if facts["scheme"] == Scheme.EMPLOYEE else Decimal(0)
    if balance:
        pay_out(
            person_id=person.pk, reason=f"随关系转出至{area}", day=max(facts["last_day"] + ONE_DAY, bureau_day(act.at)),
            by=act.by, at=act.at,
        )
    record = TransferRecord.objects.create(
        person=person, direction=TransferRecord.Direction.OUT, scheme=facts["scheme"], other_region=facts["to_region"],
        certificate_no=facts["contact_no"], insured_from=period.starts_on, paid_until=facts["last_day"],
        months=min(years.total * 12, 840), account_amount=balance, day=bureau_day(act.at), case_no=act.case_no,
        recorded_by=act.by, recorded_at=act.at,
    )
    outbox.publish("enrollment.transferred_out", f"{record.pk}", {"person_id": person.pk, "transfer_id": record.pk})
    return Outcome(person=person, data={"transfer": record.pk, "account_amount": money.text(money.fen(balance))})


def in_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    """The other area is another one, the months fit between their ends, the certificate is new."""
    person = _person(subject)
    faults = _other_area(facts.get("from_region"), "from_region", person)
    if {"insured_from", "paid_until", "months"} <= facts.keys():
        span = _months_between(facts["insured_from"], facts["paid_until"])
        if span < facts["months"]:
            told = f"起止月之间至多{max(span, 0)}个月，缴费月数不能更多，请核对参保凭证。"
            faults.append(Fault("months", "MONTHS", told))
        if facts["paid_until"] > bureau_day(at):
            faults.append(Fault("paid_until", "DATE_FUTURE", "缴费截止月晚于今天，请核对。"))
    if {"from_region", "certificate_no"} <= facts.keys() and TransferRecord.objects.filter(
        direction=TransferRecord.Direction.IN, other_region=facts["from_region"],
        certificate_no=facts["certificate_no"],
    ).exists():
        faults.append(Fault("certificate_no", "CERTIFICATE_USED", "该参保凭证已办理转入，不能重复办理。"))
    if ("person_type" in facts) != ("starts_on" in facts):
        faults.append(Fault("starts_on", "FIELD_MISSING", "在本地参保须同时填写人员类别和参保日期。"))
    if facts.get("scheme") == Scheme.RESIDENT and facts.get("account_amount"):
        faults.append(Fault("account_amount", "SCHEME", "居民医保没有个人账户，请核对险种和金额。"))
    return faults


def transfer_in(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Take a relation over from another area (转入, BZ-EMP-21.1): its months count with those here, its account is
    credited; insurance here begins if it has not yet. From when benefits may be drawn follows from the gap
    (BZ-EMP-21.2, 21.3)."""
    person = _person(subject)
    for fault in in_faults(facts, subject, act.by, act.at):
        raise Refused(fault.code, fault.message)
    today, moved = bureau_day(act.at), facts.get("account_amount") or Decimal(0)
    record = TransferRecord.objects.create(
        person=person, direction=TransferRecord.Direction.IN, scheme=facts["scheme"], other_region=facts["from_region"],
        certificate_no=facts["certificate_no"], insured_from=facts["insured_from"], paid_until=facts["paid_until"],
        months=facts["months"], account_amount=moved, day=today, case_no=act.case_no, recorded_by=act.by,
        recorded_at=act.at,
    )
    if facts["scheme"] == Scheme.EMPLOYEE:
        _count_months(person, facts, moved, act)
    else:
        _know_years(person, facts, act)
    if "person_type" in facts:
        check_type(facts["person_type"], facts["scheme"])
        insure(person, facts["person_type"], facts["starts_on"], f"由{region_name(facts['from_region'])}转入", act)
    refresh(person, by=act.by, at=act.at)
    return Outcome(person=person, data={"transfer": record.pk, "months": facts["months"]})


def _count_months(person: Person, facts: Facts, moved: Decimal, act: Act) -> None:
    """Contribution months of the other area, up to the last that was paid. Recorded as paid when they were due: the
    gap that decides the wait runs from there (BZ-EMP-21.2)."""
    months, last = facts["months"], first_of_month(facts["paid_until"])
    first = add_months(last, 1 - months)
    record_contribution(
        person_id=person.pk, kind=Contribution.Kind.EMPLOYEE_MONTH, for_year=first.year, for_month=first.month,
        months=months, area_code=known_region(facts["from_region"]), paid_on=facts["paid_until"],
        source=Contribution.Source.TRANSFER_IN, source_no=f"{facts['from_region']}:{facts['certificate_no']}",
        account_credit=moved, by=act.by, at=act.at, reason=f"参保凭证{facts['certificate_no']}",
    )


def _know_years(person: Person, facts: Facts, act: Act) -> None:
    """Resident years of the other area: whole years of insurance, for the count of missed ones (BZ-AMB-20)."""
    years = range(facts["insured_from"].year, facts["paid_until"].year + 1)
    YearRecord.objects.bulk_create(
        [
            YearRecord(
                person=person, year=year, source=YearRecord.Source.ELSEWHERE, scheme=Scheme.RESIDENT,
                recorded_at=act.at,
            )
            for year in years
        ],
        update_conflicts=True, unique_fields=["person", "year", "source"], update_fields=["scheme", "recorded_at"],
    )


def _other_area(code: str | None, field: str, person: Person) -> list[Fault]:
    if code is None:
        return []
    try:
        known_region(code)
    except Refused as refusal:
        return [Fault(field, refusal.code, refusal.message)]
    if regions.same_city(code, person.region_code):
        return [Fault(field, "SAME_AREA", "外地统筹区在本市内，请办理市内参保地变更。")]
    return []


def _months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _person(subject: Subject) -> Person:
    assert subject.person is not None
    return subject.person

