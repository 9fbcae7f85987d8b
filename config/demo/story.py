"""The main job told once, through the services: the printed example of the handbook, from bill to bank (GOLD-01)."""
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import TextIO

from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import AuditEntry
from claims import services as claims
from claims.models import Claim, Visit
from config.demo import institutions, officers
from config.demo.city import City, Clerk, morning
from config.demo.desk import Desk, bank_answers, send_to_bank
from config.demo.numbers import account, citizen_number
from config.demo.people import Citizen, Insured
from enrollment.models import Institution, Person

REGION = "511902"
ZHANG_SAN = Citizen(
    id_no=citizen_number(REGION, date(1968, 4, 12), 901), name="张三", region_code=REGION, born=date(1968, 4, 12),
    address="示例村1组", bank_name="四川农村商业联合银行", bank_account=account(900_001),
    periods=[Insured("resident", "1501", date(2016, 1, 1))],
)
HOSPITAL = "巴州区清江镇中心卫生院"
INVOICE = "STORY-0001"
STARTS = date(2025, 11, 3)
ENDS = date(2025, 11, 14)


def run(stdout: TextIO) -> None:
    """Run the story if it has not run in this database, and print a short account of it."""
    visit = Visit.objects.filter(invoice_no=INVOICE, voided=False).select_related("claim").first()
    refusal = ""
    if visit is None:
        claim, refusal = _play()
    else:
        claim = visit.claim
    _tell(claim, refusal, stdout)


def _play() -> tuple[Claim, str]:
    at = morning(STARTS)
    staff = officers.appoint_all(at)
    city = City(staff, institutions.register_all(by=staff["city.lead"], at=at), 0)
    person = Person.objects.filter(id_no=ZHANG_SAN.id_no).first() or \
        Clerk(staff, city.institutions).enter(ZHANG_SAN)
    desk = Desk(city, person, [_stay(city.institutions[HOSPITAL])], STARTS, ENDS)
    claim = desk.register("01")
    desk.collect()
    desk.enter()
    desk.settle()
    refusal = _refused_to_the_same_officer(desk)
    desk.review()
    desk.approve()
    at = desk.now()
    batch = send_to_bank(city, REGION, list(claim.payments.all()), at)
    bank_answers(city, REGION, batch, set(), desk.now())
    claim.refresh_from_db()
    return claim, refusal


def _stay(hospital: Institution) -> claims.Stay:
    return claims.Stay(
        institution_id=hospital.pk, admitted_on=date(2025, 10, 20), discharged_on=date(2025, 10, 28),
        invoice_code="51060125", invoice_no=INVOICE, diagnosis_code="J18.900", diagnosis="肺炎",
        total=Decimal("4500.00"), own_expense=Decimal("300.00"),
    )


def _refused_to_the_same_officer(desk: Desk) -> str:
    """Whoever settled may not review: the service says so and writes nothing."""
    try:
        claims.review(claim_id=desk.claim.pk, by=desk.by("window"), at=morning(desk.today))
    except Refused as refusal:
        return refusal.message
    raise AssertionError("the officer who settled the claim could review it")


def _tell(claim: Claim, refusal: str, stdout: TextIO) -> None:
    told = claims.statement(claim)
    totals = told["totals"]
    stdout.write(f"the main job, as it ran in this database: {told['matter']}{claim}，{told['name']}，{HOSPITAL}")
    entries = AuditEntry.objects.filter(case_no=claim.case_no).order_by("at", "pk")
    for (day, label, officer), deeds in groupby(entries, _deed):
        times = len(list(deeds))
        stdout.write(f"  {day}  {label}{f'×{times}' if times > 1 else ''}  {officer}")
        if label == "结算":
            _explain(told, stdout)
            if refusal:
                stdout.write(f"              {officer}试办初审，被拒绝：{refusal}")
    stdout.write(
        f"  {claim.get_status_display()}：总费用{totals['total']}，基金支付{totals['fund_total']}，"
        f"自付{totals['self_pay']}，自费{totals['own_expense']}；付至{told['payee_bank']}{told['payee_account']}"
    )


def _deed(entry: AuditEntry) -> tuple[date, str, str]:
    return bureau_day(entry.at), entry.label, entry.officer_name


def _explain(told: dict, stdout: TextIO) -> None:
    """Each step that paid, with its rule and article."""
    for stay in told["stays"]:
        for step in stay["steps"]:
            if Decimal(step["amount"]):
                stdout.write(f"              {step['label']} {step['amount']}  {step['rule']}  {step['article']}")
