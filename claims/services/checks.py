"""What is asked of every stay before it is registered, entered or settled. Each finding names its rule and weight."""

from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer
from claims.models import Claim, ClaimDeadline, Finding, Visit
from claims.services import rules
from enrollment import services as enrollment
from enrollment.models import Person

REFUSE, SUPERVISOR, WARN = Finding.Severity.REFUSE, Finding.Severity.SUPERVISOR, Finding.Severity.WARN

AT_ONCE = {"DATE_FUTURE", "DUPLICATE_INVOICE", "OVERLAPPING_STAY", "DIED_BEFORE"}
"""Findings that refuse registration already; the others may be decided on once the claim is a case."""

NOMINAL = "100000.00"
"""A bill that shows which deductible and ratio would apply, where no cost is known yet."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the checks know: the person, the stays, who asks and when."""

    person: Person
    visits: list[Visit]
    by: Officer
    at: datetime
    applied_on: date
    late_reason: str = ""
    claim: Claim | None = None
    found: list[Finding] = field(default_factory=list)

    def say(self, code: str, severity: str, message: str, rule: str, visit: Visit | None = None) -> None:
        subject = visit.subject if visit else ""
        self.found.append(Finding(code=code, severity=severity, message=message, rule=rule, subject=subject))


def check(asked: Checked) -> list[Finding]:
    """All findings about these stays, unsaved. The number of queries does not depend on the number of stays."""
    others = list(_other_visits(asked))
    deadlines = list(ClaimDeadline.objects.valid_on(asked.applied_on))
    for visit in asked.visits:
        _dates(asked, visit)
        _death(asked, visit)
        _repeated(asked, visit, others)
        _cover(asked, visit, deadlines)
        _place(asked, visit)
    _among_themselves(asked)
    return asked.found


def refuse_at_once(findings: Iterable[Finding]) -> None:
    """Refuse if any finding makes the claim impossible from the start."""
    hard = [finding for finding in findings if finding.severity == REFUSE and finding.code in AT_ONCE]
    if hard:
        raise Refused(hard[0].code, "；".join(finding.message.rstrip("。") for finding in hard) + "。")


def keep_findings(claim: Claim, findings: list[Finding], *, by: Officer, at: datetime) -> None:
    """Store what was found. A finding that still stands word for word keeps its approval; what is gone is cleared."""
    standing = {(row.code, row.subject): row for row in claim.findings.filter(cleared=False)}
    kept = {
        row.pk for finding in findings
        if (row := standing.get((finding.code, finding.subject))) and row.message == finding.message
    }
    claim.findings.filter(cleared=False).exclude(pk__in=kept).update(cleared=True)
    new = [
        finding for finding in findings
        if not ((row := standing.get((finding.code, finding.subject))) and row.pk in kept)
    ]
    for finding in new:
        finding.claim, finding.found_by, finding.found_at = claim, by, at
    Finding.objects.bulk_create(new)


@contextmanager
def no_second_use():
    """Turn the database's refusal of a doubled invoice or overlapping stay into words: another officer was faster."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if name == "visit_invoice_once":
            raise Refused("DUPLICATE_INVOICE", "该票据已登记报销，不能重复报销，请核对票据号码。") from error
        if name == "visit_no_overlap":
            raise Refused("OVERLAPPING_STAY", "住院日期与该参保人另一次已登记的住院重叠，请核对出入院日期。") from error
        raise


def _other_visits(asked: Checked) -> Iterable[Visit]:
    """Live stays elsewhere of this person, or with one of these invoices: one query."""
    invoices = Q()
    for visit in asked.visits:
        invoices |= Q(invoice_code=visit.invoice_code, invoice_no=visit.invoice_no)
    rows = Visit.objects.live().filter(Q(person=asked.person) | invoices).select_related("claim")
    return rows.exclude(claim=asked.claim) if asked.claim else rows


def _dates(asked: Checked, visit: Visit) -> None:
    today = bureau_day(asked.at)
    if visit.discharged_on > today:
        asked.say("DATE_FUTURE", REFUSE, f"出院日期{visit.discharged_on}晚于今日，请核对出院证明。", "", visit)
    if visit.admitted_on.year != visit.discharged_on.year:
        asked.say(
            "CROSSES_YEAR", WARN, f"住院跨年度，按出院日期计入{visit.discharged_on.year}年度。", "BZ-REL-5.10", visit
        )


def _death(asked: Checked, visit: Visit) -> None:
    died_on = asked.person.died_on
    if died_on is None:
        return
    if died_on < visit.admitted_on:
        said = f"参保人已于{died_on}死亡，早于入院日期{visit.admitted_on}。"
        asked.say("DIED_BEFORE", REFUSE, said, "BZ-GEN-1.1", visit)
    elif died_on < visit.discharged_on:
        said = f"登记的死亡日期{died_on}早于出院日期{visit.discharged_on}，请核对并更正其一。"
        asked.say("DIED_DURING", REFUSE, said, "BZ-GEN-1.1", visit)


def _repeated(asked: Checked, visit: Visit, others: list[Visit]) -> None:
    for other in others:
        where = f"（件号{other.claim.case_no}）" if asked.by.sees(other.claim.region_code) else ""
        if (other.invoice_code, other.invoice_no) == (visit.invoice_code, visit.invoice_no):
            asked.say("DUPLICATE_INVOICE", REFUSE, f"票据{visit.invoice_no}已登记报销{where}。", "BZ-GEN-24.1", visit)
        elif other.person_id == asked.person.pk:
            _overlap(asked, visit, other, where)


def _overlap(asked: Checked, visit: Visit, other: Visit, where: str) -> None:
    if visit.admitted_on < other.discharged_on and other.admitted_on < visit.discharged_on:
        asked.say(
            "OVERLAPPING_STAY", REFUSE,
            f"住院日期{visit}与另一次住院{other}重叠{where}。", "BZ-GEN-24.1", visit,
        )
    elif visit.subject == other.subject:
        asked.say(
            "SAME_DAY_STAY", SUPERVISOR, f"同一医院{visit.admitted_on}当日另有一次住院{where}，请核对是否重复。",
            "BZ-GEN-24.1", visit,
        )


def _among_themselves(asked: Checked) -> None:
    for number, visit in enumerate(asked.visits):
        for other in asked.visits[:number]:
            if (other.invoice_code, other.invoice_no) == (visit.invoice_code, visit.invoice_no):
                said = f"票据{visit.invoice_no}在本件中填了两次。"
                asked.say("DUPLICATE_INVOICE", REFUSE, said, "BZ-GEN-24.1", visit)
            _overlap(asked, visit, other, "（同一件内）")


def _cover(asked: Checked, visit: Visit, deadlines: list[ClaimDeadline]) -> None:
    if asked.person.died_on and asked.person.died_on < visit.discharged_on:
        return
    left = enrollment.coverage_on(asked.person, visit.discharged_on)
    entered = enrollment.coverage_on(asked.person, visit.admitted_on)
    if not left.covered:
        asked.say("NOT_COVERED", REFUSE, f"出院日未参保：{left.reason}", left.rule, visit)
        return
    if not entered.covered:
        asked.say(
            "COVERAGE_LATER", REFUSE,
            f"入院日{visit.admitted_on}尚未享受待遇：{entered.reason}跨待遇起始日的费用原则上不予支付。",
            "BZ-GEN-24.1", visit,
        )
    for deadline in deadlines:
        if (deadline.scheme, deadline.benefit) == (left.scheme, visit.benefit):
            _deadline(asked, visit, deadline)


def _deadline(asked: Checked, visit: Visit, deadline: ClaimDeadline) -> None:
    last = deadline.last_day(visit.discharged_on)
    if asked.applied_on > last:
        why = f"，申请人说明：{asked.late_reason}" if asked.late_reason else ""
        asked.say(
            "PAST_DEADLINE", SUPERVISOR, f"费用应于{last}前申报，申请日为{asked.applied_on}，已逾期{why}。",
            deadline.rule, visit,
        )


def _place(asked: Checked, visit: Visit) -> None:
    institution = visit.institution
    if not institution.active_on(visit.discharged_on):
        asked.say(
            "NOT_DESIGNATED", SUPERVISOR, f"{institution.name}在{visit.discharged_on}没有有效的定点协议。",
            "BZ-GEN-5.1", visit,
        )
    if visit.place != "local" and visit.filing == "none":
        asked.say(
            "NOT_FILED", WARN,
            f"在{institution.name}就医未办理异地就医备案，也未登记为急诊抢救。{_effect(asked.person, visit)}",
            "BZ-GEN-30.3", visit,
        )


def _effect(person: Person, visit: Visit) -> str:
    """What the missing filing costs, as the rules in force answer for a nominal bill."""
    try:
        without, filed = (_terms(person, visit, filing) for filing in ("none", "long_term"))
    except (Refused, LookupError):
        return ""
    return f"按未备案计算：{without}；若已办理长期备案：{filed}。"


def _terms(person: Person, visit: Visit, filing: str) -> str:
    bill = {
        "id": "1", "benefit": visit.benefit, "date": visit.discharged_on.isoformat(), "level": visit.level,
        "admitted": visit.admitted_on.isoformat(), "place": visit.place, "filing": filing, "total": NOMINAL,
    }
    pack = rules.pack_of(person.region_code)
    facts = enrollment.policy_person(person, [visit.admitted_on, visit.discharged_on])
    (answer,) = rules.compute({"pool": pack.pool, "person": facts, "bills": [bill]}, pack)["bills"]
    step = next(step for step in answer["steps"] if step["layer"] == "basic")
    return f"起付线{answer['deductible']}元、支付比例{step['ratio']}"
