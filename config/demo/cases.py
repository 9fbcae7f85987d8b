"""Some dozens of claims in every state, so that each queue of each office has work in it."""
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from random import Random

from django.db import transaction

from casework.clock import bureau_day, now
from claims.models import Claim, Payment
from claims.services import Line, Stay
from config.demo.city import OFFICE_OF, City, morning
from config.demo.desk import Desk, bank_answers, send_to_bank, working_day
from config.demo.people import SEED
from enrollment.models import Institution, Person

LAST_DAY = date(2026, 12, 15)
"""The demo's claims are never younger: the packs need not know later years."""

FATES = [
    "registered", "township", "supplement", "entered", "settled", "reviewed", "approved", "sent", "failed", "closed",
    "closed", "returned", "overdue", "withdrawn", "refused",
]
DAYS_AGO = {"closed": 26, "overdue": 70, "sent": 12, "failed": 18}
DIAGNOSES = [
    ("J18.900", "肺炎"), ("I63.900", "脑梗死"), ("K80.200", "胆囊结石"), ("S72.000", "股骨颈骨折"),
    ("I25.101", "冠心病"), ("M51.202", "腰椎间盘突出"), ("K35.800", "急性阑尾炎"),
    ("J44.100", "慢性阻塞性肺疾病急性加重"),
]
ITEMS = [
    ("A", "西药费", None), ("A", "化验费", None), ("B", "检查费", "0.10"), ("A", "护理费", None),
    ("B", "卫生材料费", "0.20"), ("C", "特需床位费", None),
]


@transaction.atomic
def open_all(city: City) -> int:
    """Open the claims if the database has none; returns how many."""
    if Claim.objects.exists():
        return 0
    random, serials = Random(SEED), count(1)  # noqa: S311
    today = min(bureau_day(now()) - timedelta(days=1), LAST_DAY)
    desks: dict[str, list[tuple[str, Desk]]] = defaultdict(list)
    for region_code in OFFICE_OF:
        if region_code == "511900":
            continue
        people = _applicants(region_code, today)
        for fate in FATES:
            desk = _desk(city, next(people), random, next(serials), fate, today)
            _play(desk, fate)
            desks[region_code].append((fate, desk))
    for region_code, played in desks.items():
        _pay(city, region_code, played, today)
    return sum(map(len, desks.values()))


def _applicants(region_code: str, today: date) -> Iterator[Person]:
    """Persons with an account who were insured all year, those with a hardship identity first."""
    year = date(today.year - 1, 1, 1)
    insured = Person.objects.filter(
        region_code=region_code, died_on=None, insurance_periods__starts_on__lte=year,
        insurance_periods__ends_on=None, birth_date__lt=year,
    ).exclude(bank_account="").order_by("id_no").distinct()
    poor = insured.filter(identities__category="minimum_allowance", identities__ends_on=None)
    yield from poor[:3]
    yield from insured.exclude(pk__in=poor)


def _desk(city: City, person: Person, random: Random, serial: int, fate: str, today: date) -> Desk:
    registered = working_day(today - timedelta(days=DAYS_AGO.get(fate, random.randint(4, 9))))
    discharged = registered - timedelta(days=random.randint(6, 40))
    hospital = _hospital(city, person, random)
    admitted = discharged - timedelta(days=random.randint(3, 18))
    code, diagnosis = random.choice(DIAGNOSES)
    lines = _lines(random)
    stay = Stay(
        institution_id=hospital.pk, admitted_on=admitted, discharged_on=discharged, invoice_code="51060126",
        invoice_no=f"{serial:010d}", diagnosis_code=code, diagnosis=diagnosis, lines=lines,
        emergency=random.random() < 0.2, total=sum(line.amount for line in lines),
    )
    return Desk(city, person, [stay], registered, today)


def _hospital(city: City, person: Person, random: Random) -> Institution:
    """Two in three at home, the others in another city: what is not settled at the hospital is often far away."""
    home = "511902" if person.region_code == "511999" else person.region_code
    hospitals = [house for house in city.institutions.values() if house.kind == Institution.Kind.HOSPITAL]
    near = [house for house in hospitals if house.region_id == home]
    far = [house for house in hospitals if not house.region_id.startswith("5119")]
    return random.choice(near if random.random() < 2 / 3 else far)


def _lines(random: Random) -> list[Line]:
    scale = random.choice([1, 1, 2, 4, 9])
    return [
        Line(line_class=kind, name=name, rate=rate, amount=Decimal(random.randint(20_000, 180_000) * scale) / 100)
        for kind, name, rate in ITEMS
    ]


def _play(desk: Desk, fate: str) -> None:
    """Bring the claim as far as its fate says; payment follows for all of an office at once."""
    far = any(not house.startswith("5119") for house in _regions(desk))
    desk.register("03" if far else "01", township=fate == "township")
    if fate == "township":
        return
    desk.collect(leave_out=1 if fate in {"supplement", "registered"} else 0)
    if fate == "supplement":
        desk.ask_supplement()
    if fate in {"registered", "supplement", "overdue"}:
        return
    desk.enter()
    if fate == "withdrawn":
        desk.withdraw("申请人要求撤回，改由就诊医院补记账结算。")
    elif fate == "refused":
        desk.refuse("2", "交警部门认定由第三人承担全部责任，费用应由第三人负担。")
    elif fate != "entered":
        _check(desk, fate)


def _check(desk: Desk, fate: str) -> None:
    desk.settle()
    if fate == "returned":
        desk.send_back("registered", "费用清单第3行与票据不符，请核对后重新录入。")
    elif fate != "settled":
        desk.review()
        if fate != "reviewed":
            desk.approve()


def _regions(desk: Desk) -> set[str]:
    asked = {stay.institution_id for stay in desk.stays}
    return {house.region_id for house in desk.city.institutions.values() if house.pk in asked}


def _pay(city: City, region_code: str, played: list[tuple[str, Desk]], today: date) -> None:
    """One batch that the bank has answered, and one that it has not."""
    for fates, answered in (({"closed", "failed"}, True), ({"sent"}, False)):
        wanted = {desk.claim.pk: fate for fate, desk in played if fate in fates}
        payments = list(Payment.objects.filter(claim__in=wanted).order_by("pk"))
        if not payments:
            continue
        batch = send_to_bank(city, region_code, payments, morning(working_day(today - timedelta(days=3))))
        if answered:
            failed = {claim for claim, fate in wanted.items() if fate == "failed"}
            bank_answers(city, region_code, batch, failed, morning(working_day(today)))
