"""Registering a claim, the township's precheck, the county's acceptance."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import TypedDict, Unpack

from django.db import transaction

from casework import rows
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from claims.models import Claim, ClaimBenefit, ClaimReason, Visit
from claims.services import rules
from claims.services.benefits import benefit_of, benefits_on, disease_of, event_of
from claims.services.checks import Checked, check, keep_findings, no_second_use, refuse_at_once
from claims.services.elsewhere import read_elsewhere, refuse_wrong_reason
from claims.services.entries import Stay, day, read_stay, words
from claims.workflow import CLAIM
from enrollment import services as enrollment
from enrollment.models import Institution, Person
from maternity.models import BirthEvent
from policy import idnumber
from policy.errors import PolicyError

_ACCOUNT = re.compile(r"[0-9]{8,32}")


class Terms(TypedDict, total=False):
    """What a registration may say beside person, reason and stays. The payee defaults to the person's own account."""

    applied_on: date | str
    late_reason: str
    injury: bool
    township: bool
    phone: str
    agent_name: str
    agent_id_no: str
    agent_relation: str
    payee_name: str
    payee_bank: str
    payee_account: str
    note: str


@transaction.atomic
def register(
    *, person_id: int, reason: str, stays: Sequence[Stay], by: Officer, at: datetime, **terms: Unpack[Terms]
) -> Claim:
    """Register a claim (登记) with the headings of its stays; costs follow when its details are entered.

    `reason` is a code of manl_reim_rea. A claim taken in at a township office (`township=True`) waits for the
    precheck of its papers (BZ-GEN-42.4). Refuses at once an invoice that is reimbursed already, a stay that
    overlaps another of the person, an admission after death and a discharge in the future; also a late claim
    without `late_reason`. Other findings are stored with the claim. `by` must see the person.
    """
    person = _person(person_id, by)
    claim = _claim(person, reason, by=by, at=at, terms=terms)
    visits = read_stays(stays, person, by=by, at=at, costs=False)
    refuse_wrong_reason(claim.reason, visits, costs=False)
    findings = check(
        Checked(person=person, visits=visits, by=by, at=at, applied_on=claim.applied_on, late_reason=claim.late_reason)
    )
    refuse_at_once(findings)
    if not claim.late_reason and any(finding.code == "PAST_DEADLINE" for finding in findings):
        raise Refused("LATE_REASON_MISSING", "已超过申报期限，请填写逾期申报原因，登记后由主管审批。")
    claim.scheme = _scheme(person, visits)
    step = "register_township" if claim.township else "register"
    CLAIM.move(claim, step, by=by, at=at, note=terms.get("note", ""), detail={"stays": len(visits)})
    with no_second_use():
        store_stays(claim, visits)
    keep_findings(claim, findings, by=by, at=at)
    return claim


@transaction.atomic
def precheck(*, claim_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None) -> Claim:
    """The township office has checked the papers (乡镇资料初审, BZ-GEN-42.2); the county may accept the claim."""
    claim = locked_claim(claim_id, by)
    CLAIM.move(claim, "precheck", by=by, at=at, note=note, expected_version=expected_version)
    return claim


@transaction.atomic
def accept(*, claim_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None) -> Claim:
    """The county or city office accepts a claim that a township office has prechecked (县级受理)."""
    claim = locked_claim(claim_id, by)
    CLAIM.move(claim, "accept", by=by, at=at, note=note, expected_version=expected_version)
    return claim


def locked_claim(claim_id: int, by: Officer) -> Claim:
    """The claim with its person, its row locked. A claim outside the officer's territory does not exist for him."""
    found, persons = rows.read_all(
        rows.Question(Claim, "id = %s FOR UPDATE", [claim_id]),
        rows.Question(Person, "id = (SELECT person_id FROM claims_claim WHERE id = %s)", [claim_id]),
    )
    if not found or not by.sees(found[0].region_code):
        raise Refused("not_found", "未找到该手工报销件，或不在您的经办区划内。请核对编号。")
    (claim,), (claim.person,) = found, persons
    return claim


def refuse_closed(claim: Claim, step: str) -> None:
    """Refuse a step that is not open from the claim's status, before any work is done for it."""
    if claim.status not in CLAIM.steps[step].sources:
        present, label = claim.get_status_display(), CLAIM.steps[step].label
        raise Refused("step_not_open", f"该件现为“{present}”，不能办理“{label}”。")


def read_stays(stays: Sequence[Stay], person: Person, *, by: Officer, at: datetime, costs: bool) -> list[Visit]:
    """The bills as unsaved rows with what follows from hospital, filing and rules; their lines on `visit.entered`,
    their benefit on `visit.kind`. Three queries whatever their number, one more for births."""
    if not stays:
        raise Refused("LINES_EMPTY", "请至少填写一次就诊。")
    known = benefits_on(bureau_day(at))
    asked = {stay.institution_id for stay in stays}
    institutions = {row.pk: row for row in Institution.objects.filter(pk__in=asked)}
    events = _events(stays, person)
    pack = rules.pack_of(person.region_code)
    visits = []
    for number, stay in enumerate(stays, 1):
        benefit = benefit_of(stay.benefit, known, "")
        place = f"第{number}{benefit.one}" if len(stays) > 1 else ""
        visit, lines = read_stay(stay, benefit, place, costs=costs)
        read_elsewhere(visit, stay, place)
        visit.disease = disease_of(words(stay.disease, f"{place}病种", 30), benefit, pack, place)
        visit.birth_event = event_of(stay.birth_event_id, benefit, events, place)
        visit.institution = _institution(institutions.get(stay.institution_id), benefit, place)
        visit.person, visit.entered = person, lines
        visit.level, visit.place = visit.institution.benefit_level, enrollment.place_of(visit.institution)
        visit.filing = _filing(person, visit)
        visit.entered_by, visit.entered_at = by, at
        visits.append(visit)
    return sorted(visits, key=lambda visit: (visit.discharged_on, visit.admitted_on))


def _institution(found: Institution | None, benefit: ClaimBenefit, place: str) -> Institution:
    kinds = [Institution.Kind.HOSPITAL, *([Institution.Kind.PHARMACY] if benefit.pharmacy else [])]
    if found is None or found.kind not in kinds:
        where = "医疗机构或定点零售药店" if benefit.pharmacy else "医疗机构"
        raise Refused("INSTITUTION_UNKNOWN", f"{place}请从{where}目录中选择就诊机构。")
    return found


def _events(stays: Sequence[Stay], person: Person) -> dict[int, BirthEvent]:
    asked = {stay.birth_event_id for stay in stays if stay.birth_event_id is not None}
    if not asked:
        return {}
    return {row.pk: row for row in BirthEvent.objects.filter(pk__in=asked, mother=person, voided=False)}


def store_stays(claim: Claim, visits: list[Visit]) -> None:
    """Write the stays and their lines: two queries whatever their number."""
    for visit in visits:
        visit.claim = claim
    Visit.objects.bulk_create(visits)
    lines = [line for visit in visits for line in visit.entered]
    for visit in visits:
        for line in visit.entered:
            line.visit = visit
    if lines:
        type(lines[0]).objects.bulk_create(lines)


def _person(person_id: int, by: Officer) -> Person:
    get_visible(Person, by, pk=person_id)
    return enrollment.with_history(Person.objects.filter(pk=person_id)).get()


def _claim(person: Person, reason: str, *, by: Officer, at: datetime, terms: Terms) -> Claim:
    today = bureau_day(at)
    applied_on = day(terms.get("applied_on") or today, "申请日期")
    if applied_on > today:
        raise Refused("DATE_FUTURE", "申请日期晚于今日。")
    found = ClaimReason.objects.valid_on(applied_on).filter(code=reason).first()
    if found is None:
        raise Refused("REASON_UNKNOWN", "手工报销原因不在代码表内或已停用，请重新选择。")
    claim = Claim(
        person=person, reason=found, applied_on=applied_on, region_code=person.region_code[:6],
        injury=terms.get("injury", False), township=terms.get("township", False), maker_ids=[by.pk],
    )
    limits = {
        "late_reason": ("逾期申报原因", 200), "phone": ("联系电话", 20), "agent_name": ("代办人", 50),
        "agent_relation": ("代办人关系", 1), "payee_name": ("收款户名", 50), "payee_bank": ("收款银行", 100),
    }
    for name, (what, limit) in limits.items():
        setattr(claim, name, words(terms.get(name, ""), what, limit))
    claim.agent_id_no = _id_no(terms.get("agent_id_no", ""))
    if claim.agent_relation and claim.agent_relation not in Claim.AgentRelation.values:
        raise Refused("AGENT_RELATION", "代办人关系不在代码表内。")
    claim.payee_account = read_account(terms.get("payee_account", ""))
    if not claim.payee_account:
        claim.payee_name = person.bank_account_name or person.name
        claim.payee_bank, claim.payee_account = person.bank_name, person.bank_account
    return claim


def read_account(text: str) -> str:
    """A bank account number: 8 to 32 digits, blanks removed; empty stays empty."""
    account = "".join(text.split())
    if account and not _ACCOUNT.fullmatch(account):
        raise Refused("ACCOUNT_FORMAT", "银行账号应为8至32位数字，请核对。")
    return account


def _id_no(text: str) -> str:
    if not text:
        return ""
    try:
        return idnumber.check(text)
    except PolicyError as error:
        raise Refused(error.code.upper(), f"代办人证件号码有误：{error.message}") from error


def _filing(person: Person, visit: Visit) -> str:
    """The filing word of the contract; an emergency counts as filed without a record (BZ-GEN-29.2)."""
    if visit.place == "local":
        return "emergency" if visit.emergency else "none"
    filed = enrollment.filing_on(person, visit.discharged_on, visit.institution.region_id)
    if filed == "long_term":
        return filed
    return "emergency" if visit.emergency else filed


def _scheme(person: Person, visits: list[Visit]) -> str:
    return enrollment.coverage_on(person, visits[-1].discharged_on).scheme
