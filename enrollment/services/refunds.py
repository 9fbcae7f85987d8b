"""Money back: a resident premium paid twice (BZ-GEN-23.1, 23.2), and an account paid out once (BZ-EMP-26.1)."""
from datetime import date, datetime

from casework import outbox
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer
from casework.services import issue_notice
from enrollment.models import Contribution, Person
from enrollment.models.relations import Scheme
from enrollment.services.accounts import balance_of, pay_out
from enrollment.services.contributions import reverse_contribution
from enrollment.services.entering import Act
from enrollment.services.facts import Facts, Fault, choice, number, text
from enrollment.services.insuring import close_insurance, void_insurance
from enrollment.services.registering import Outcome, Subject

DUPLICATES = (
    ("paid_twice", "同一年度居民保费重复缴纳"), ("employee", "已参加职工医保"), ("elsewhere", "已在外地参加居民医保"),
)
REFUND = {
    "for_year": number("所属年度", 2000, 2100),
    "duplicate": choice("重复缴费情形", DUPLICATES),
    "contribution_id": number("要退的缴费记录编号", 1, 2**62, required=False),
    "elsewhere": text("外地参保地及凭证", 100, required=False),
}
PAY_OUT_REASONS = (("ended", "自愿终止职工医保关系"), ("died", "参保人死亡"))
PAY_OUT = {
    "reason": choice("支取原因", PAY_OUT_REASONS),
    "recipient": text("领取人（死亡的填写继承人）", 50, required=False),
}


def refund_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    if "for_year" not in facts or "duplicate" not in facts:
        return []
    try:
        check_refund(facts, _person(subject), bureau_day(at))
    except Refused as refusal:
        return [Fault("for_year", refusal.code, refusal.message)]
    return []


def check_refund(facts: Facts, person: Person, today: date) -> Contribution:
    """Return the premium that may be refunded. Refuses what was not paid twice because of duplicate enrolment, and
    a year whose benefit period has begun (BZ-GEN-23.2)."""
    year = facts["for_year"]
    paid = list(
        person.contributions.standing().filter(kind=Contribution.Kind.RESIDENT_YEAR, for_year=year).order_by("pk")
    )
    if not paid:
        raise Refused("NOT_PAID", f"该参保人没有{year}年度有效的居民医保缴费记录，请核对年度。")
    _check_duplicate(facts, person, paid)
    begun = benefits_begin(person, year)
    if begun <= today:
        raise Refused("BENEFITS_BEGUN", f"{year}年度待遇享受期已自{begun}开始，按规定不予退费。")
    asked = facts.get("contribution_id")
    chosen = paid[-1] if asked is None else next((row for row in paid if row.pk == asked), None)
    if chosen is None:
        raise Refused("NOT_PAID", "要退的缴费记录不属于该参保人该年度，或已冲销，请核对。")
    return chosen


def benefits_begin(person: Person, year: int) -> date:
    """The first day of resident benefits that the premium of `year` pays for: of the window decided for that year,
    else the first insured day of the year."""
    window = person.benefit_windows.filter(
        voided=False, entitled=True, scheme=Scheme.RESIDENT, for_year=year,
    ).order_by("starts_on").first()
    if window is not None:
        return max(window.starts_on, date(year, 1, 1)) if person.birth_date.year != year else window.starts_on
    period = person.insurance_periods.filter(voided=False, scheme=Scheme.RESIDENT).order_by("starts_on").last()
    return max(date(year, 1, 1), period.starts_on) if period else date(year, 1, 1)


def refund(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Refund a resident premium paid twice (BZ-GEN-23.1): the payment is reversed, and unless another one stands for
    the year the resident relation is terminated. A notice names the amount and the account it goes to."""
    person = _person(subject)
    chosen = check_refund(facts, person, bureau_day(act.at))
    label = dict(DUPLICATES)[facts["duplicate"]]
    reverse_contribution(contribution_id=chosen.pk, reason=f"退费：{label}", by=act.by, at=act.at)
    rest = person.contributions.standing().filter(
        kind=Contribution.Kind.RESIDENT_YEAR, for_year=facts["for_year"],
    ).exists()
    terminated = [] if rest else _terminate(person, facts["for_year"], act)
    notice = issue_notice(
        case_no=act.case_no, kind="premium_refund", title="城乡居民基本医疗保险个人缴费退费告知书", by=act.by,
        at=act.at, region_code=person.region_code, body={
            "name": person.name, "id_no": person.masked_id, "year": facts["for_year"], "reason": label,
            "amount": str(chosen.personal_amount), "account": person.masked_account,
            "relation_terminated": bool(terminated),
        },
    )
    outbox.publish(
        "enrollment.premium_refunded", f"{chosen.pk}",
        {"person_id": person.pk, "contribution_id": chosen.pk, "amount": str(chosen.personal_amount)},
    )
    return Outcome(person=person, data={
        "contribution": chosen.pk, "amount": str(chosen.personal_amount), "notice": notice.number,
        "terminated": terminated,
    })


def pay_out_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    person, faults = _person(subject), []
    if facts.get("reason") == "died":
        if person.died_on is None:
            faults.append(Fault("reason", "NOT_DEAD", "尚未登记死亡，请先办理死亡登记。"))
        if "recipient" not in facts:
            faults.append(Fault("recipient", "FIELD_MISSING", "请填写领取人（继承人）姓名。"))
    if not balance_of(person):
        faults.append(Fault("reason", "ACCOUNT_EMPTY", "个人账户没有余额，无须支取。"))
    return faults


def pay_account_out(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Pay the account's balance out once: the employee relation was ended of one's own will, or by death
    (BZ-EMP-26.1)."""
    person = _person(subject)
    if facts["reason"] == "died" and person.died_on is None:
        raise Refused("NOT_DEAD", "尚未登记死亡，请先办理死亡登记。")
    entry = pay_out(
        person_id=person.pk, reason=dict(PAY_OUT_REASONS)[facts["reason"]], day=bureau_day(act.at), by=act.by,
        at=act.at,
    )
    return Outcome(person=person, data={"entry": entry.pk, "amount": str(-entry.amount)})


def _check_duplicate(facts: Facts, person: Person, paid: list[Contribution]) -> None:
    kind, year = facts["duplicate"], facts["for_year"]
    if kind == "paid_twice" and len(paid) < 2:
        raise Refused("NOT_TWICE", f"{year}年度居民医保费只缴纳过一次，不属于重复缴费。")
    if kind == "employee" and not person.insurance_periods.filter(
        voided=False, scheme=Scheme.EMPLOYEE, starts_on__lte=date(year, 12, 31),
    ).exclude(ends_on__lte=date(year, 1, 1)).exists():
        raise Refused("NOT_TWICE", f"该参保人{year}年度没有职工医保参保记录，不属于重复参保。")
    if kind == "elsewhere" and not facts.get("elsewhere"):
        raise Refused("FIELD_MISSING", "请填写外地参保地及参保凭证，以证明重复参保。")


def _terminate(person: Person, year: int, act: Act) -> list[int]:
    """End the resident relation before the year whose premium went back; what would begin only then is voided."""
    first, ended = date(year, 1, 1), []
    periods = person.insurance_periods.filter(voided=False, scheme=Scheme.RESIDENT).exclude(ends_on__lte=first)
    for period in periods:
        if period.starts_on >= first:
            void_insurance(period_id=period.pk, reason="重复参保退费", by=act.by, at=act.at)
        else:
            close_insurance(period_id=period.pk, ends_on=first, reason="重复参保退费", by=act.by, at=act.at)
        ended.append(period.pk)
    return ended


def _person(subject: Subject) -> Person:
    assert subject.person is not None
    return subject.person

