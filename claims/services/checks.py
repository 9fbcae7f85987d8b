"""What is asked of every bill before it is registered, entered or settled. Each finding names its rule and weight."""

from collections.abc import Iterable
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer
from claims.models import Claim, ClaimDeadline, Finding, Visit
from claims.services import conditions
from claims.services.found import Checked
from enrollment import services as enrollment

REFUSE, SUPERVISOR, WARN = Finding.Severity.REFUSE, Finding.Severity.SUPERVISOR, Finding.Severity.WARN

AT_ONCE = {
    "DATE_FUTURE", "DUPLICATE_INVOICE", "OVERLAPPING_STAY", "DIED_BEFORE", "EVENT_PAID", conditions.MIXED,
}
"""Findings that refuse registration already; the others may be decided on once the claim is a case."""

def check(asked: Checked) -> list[Finding]:
    """All findings about these bills, unsaved. The number of queries does not depend on the number of bills."""
    others = list(_other_visits(asked))
    deadlines = list(ClaimDeadline.objects.valid_on(asked.applied_on))
    conditions.check(asked)
    for visit in asked.visits:
        _dates(asked, visit)
        _death(asked, visit)
        _repeated(asked, visit, others)
        _cover(asked, visit, deadlines)
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
        if name == "visit_birth_event_once":
            raise Refused("EVENT_PAID", "该次生育的医疗费已登记报销，每次生育只支付一次（BZ-EMP-28.2）。") from error
        raise


def _other_visits(asked: Checked) -> Iterable[Visit]:
    """Live bills elsewhere of this person, with one of these invoices, or of one of these births: one query."""
    invoices = Q()
    for visit in asked.visits:
        invoices |= Q(invoice_code=visit.invoice_code, invoice_no=visit.invoice_no)
    births = [visit.birth_event_id for visit in asked.visits if visit.birth_event_id]
    mine = Q(person=asked.person) | invoices | Q(birth_event__in=births)
    rows = Visit.objects.live().filter(mine).select_related("claim", "birth_event")
    return rows.exclude(claim=asked.claim) if asked.claim else rows


def _dates(asked: Checked, visit: Visit) -> None:
    today = bureau_day(asked.at)
    if visit.discharged_on > today:
        said = f"{visit.kind.day_label}{visit.discharged_on}晚于今日，请核对票据和证明。"
        asked.say("DATE_FUTURE", REFUSE, said, "", visit)
    if visit.admitted_on.year != visit.discharged_on.year:
        said = f"{visit.kind.name}跨年度，按{visit.kind.day_label}计入{visit.discharged_on.year}年度。"
        asked.say("CROSSES_YEAR", WARN, said, "BZ-REL-5.10", visit)


def _death(asked: Checked, visit: Visit) -> None:
    died_on, kind = asked.person.died_on, visit.kind
    if died_on is None:
        return
    if died_on < visit.admitted_on:
        said = f"参保人已于{died_on}死亡，早于{kind.first_label}{visit.admitted_on}。"
        asked.say("DIED_BEFORE", REFUSE, said, "BZ-GEN-1.1", visit)
    elif died_on < visit.discharged_on:
        said = f"登记的死亡日期{died_on}早于{kind.day_label}{visit.discharged_on}，请核对并更正其一。"
        asked.say("DIED_DURING", REFUSE, said, "BZ-GEN-1.1", visit)


def _repeated(asked: Checked, visit: Visit, others: list[Visit]) -> None:
    for other in others:
        where = f"（件号{other.claim.case_no}）" if asked.by.sees(other.claim.region_code) else ""
        if (other.invoice_code, other.invoice_no) == (visit.invoice_code, visit.invoice_no):
            asked.say("DUPLICATE_INVOICE", REFUSE, f"票据{visit.invoice_no}已登记报销{where}。", "BZ-GEN-24.1", visit)
            continue
        if visit.birth_event_id and other.birth_event_id == visit.birth_event_id:
            said = f"该次生育的医疗费已登记报销{where}，每次生育只支付一次。"
            asked.say("EVENT_PAID", REFUSE, said, "BZ-EMP-28.2", visit)
        elif visit.birth_event_id and other.birth_event_id and other.birth_event.voided:
            said = f"按已作废的生育事件登记的医疗费尚未撤销或冲销{where}，请先办理。"
            asked.say("EVENT_PAID", REFUSE, said, "BZ-EMP-28.2", visit)
        if other.person_id == asked.person.pk:
            _overlap(asked, visit, other, where)


def _overlap(asked: Checked, visit: Visit, other: Visit, where: str) -> None:
    """Stays do not overlap; outpatient bills of one day are normal, also several, and one within a stay is told of."""
    within = visit.admitted_on < other.discharged_on and other.admitted_on < visit.discharged_on
    if visit.outpatient or other.outpatient:
        if within:
            day, stay = (visit, other) if visit.outpatient else (other, visit)
            said = f"{day}的门诊费用在住院期间（{stay}）{where}，请核对是否应计入住院费用。"
            asked.say("DURING_STAY", WARN, said, "BZ-GEN-24.1", visit)
    elif within:
        said = f"住院日期{visit}与另一次住院{other}重叠{where}。"
        asked.say("OVERLAPPING_STAY", REFUSE, said, "BZ-GEN-24.1", visit)
    elif visit.subject == other.subject:
        said = f"同一医院{visit.admitted_on}当日另有一次住院{where}，请核对是否重复。"
        asked.say("SAME_DAY_STAY", SUPERVISOR, said, "BZ-GEN-24.1", visit)


def _among_themselves(asked: Checked) -> None:
    for number, visit in enumerate(asked.visits):
        for other in asked.visits[:number]:
            if (other.invoice_code, other.invoice_no) == (visit.invoice_code, visit.invoice_no):
                said = f"票据{visit.invoice_no}在本件中填了两次。"
                asked.say("DUPLICATE_INVOICE", REFUSE, said, "BZ-GEN-24.1", visit)
            if visit.birth_event_id and visit.birth_event_id == other.birth_event_id:
                asked.say("EVENT_PAID", REFUSE, "同一次生育在本件中填了两次。", "BZ-EMP-28.2", visit)
            _overlap(asked, visit, other, "（同一件内）")


def _cover(asked: Checked, visit: Visit, deadlines: list[ClaimDeadline]) -> None:
    if asked.person.died_on and asked.person.died_on < visit.discharged_on:
        return
    left = enrollment.coverage_on(asked.person, visit.discharged_on)
    entered = enrollment.coverage_on(asked.person, visit.admitted_on)
    if not left.covered:
        day = "就诊当日" if visit.outpatient else visit.kind.day_label.removesuffix("期")
        asked.say("NOT_COVERED", REFUSE, f"{day}未参保：{left.reason}", left.rule, visit)
        return
    if not entered.covered:
        asked.say(
            "COVERAGE_LATER", REFUSE,
            f"{visit.kind.first_label.removesuffix('期')}{visit.admitted_on}尚未享受待遇：{entered.reason}"
            "跨待遇起始日的费用原则上不予支付。",
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
