"""Births and their benefits: the handbook's flexible worker who gave birth in January 2025, once a county and fate."""
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from django.db import transaction

from casework.clock import bureau_day, now
from config.demo.cases import LAST_DAY
from config.demo.city import City, Clerk, morning
from config.demo.desk import working_day
from config.demo.numbers import account, citizen_number, phone
from config.demo.officers import OFFICES
from config.demo.people import Citizen, Insured
from enrollment import services as enrollment
from enrollment.models import Person
from maternity import services as maternity
from maternity.models import BirthEvent
from maternity.services import Happened, Payee

PAPERS = ["identity", "bank_card", "birth_proof"]
BIRTH = date(2025, 1, 20)
BASE = "3600.00"
FATES = {"bazhou": "approved", "enyang": "registered", "tongjiang": "computed", "nanjiang": "reviewed",
         "pingchang": "event"}
NAMES = ["单小红", "苟小兰", "向小梅", "冉小燕", "蒲小琴"]


@dataclass(frozen=True)
class Mother:
    """A flexible worker with a year of maternity premium (GOLD-02)."""

    citizen: Citizen
    office: str
    region_code: str


def open_all(city: City) -> int:
    """Register the births if the database has none; returns how many."""
    if BirthEvent.objects.exists():
        return 0
    clerk = Clerk(city.officers, city.institutions)
    with transaction.atomic():
        for serial, office in enumerate(FATES):
            mother = _mother(serial, office)
            _play(city, mother, clerk.enter(mother.citizen))
    return BirthEvent.objects.count()


def _mother(serial: int, office: str) -> Mother:
    region_code = OFFICES[office][0]
    born = date(1994, 3, 8) + timedelta(days=29 * serial)
    citizen = Citizen(
        id_no=citizen_number(region_code, born, 900 + 2 * serial), name=NAMES[serial], region_code=region_code,
        born=born, phone=phone(800_000 + serial), address="示例路8号", bank_name="中国工商银行",
        bank_account=account(800_000 + serial), periods=[Insured("employee", "1103", date(2024, 1, 1))],
    )
    return Mother(citizen, office, region_code)


def _play(city: City, mother: Mother, person: Person) -> None:
    """Two years of medical premium, one of maternity premium, the birth, and the application a year later."""
    today = working_day(min(bureau_day(now()) - timedelta(days=1), LAST_DAY) - timedelta(days=9))
    window, at = city.officer(mother.region_code, "window"), morning(today)
    for kind, first, months in (("flexible_month", date(2024, 1, 1), 24), ("maternity", date(2025, 1, 1), 12)):
        enrollment.record_months(
            person_id=person.pk, kind=kind, first=first, months=months, source="tax_file",
            source_no=f"D-{person.pk}-{kind}", area_code=mother.region_code, base=3600, by=window, at=at,
        )
    event = maternity.record_event(
        mother_id=person.pk, happened=Happened(event="birth", happened_on=BIRTH, mode="vaginal"), by=window, at=at,
    )
    if FATES[mother.office] != "event":
        _apply(city, mother, event, at)


def _apply(city: City, mother: Mother, event: BirthEvent, at: datetime) -> None:
    """One visit for both benefits; each deed by the desk it belongs to."""
    fate, by = FATES[mother.office], partial(city.officer, mother.region_code)
    payee = Payee(name=mother.citizen.name, bank=mother.citizen.bank_name, account=mother.citizen.bank_account)
    case = maternity.register(
        event_id=event.pk, kinds=["antenatal", "allowance"], payee=payee, materials=PAPERS, by=by("window"), at=at
    )
    if fate == "registered":
        return
    given = {"case_id": case.pk}
    maternity.enter(**given, facts={"monthly_base": BASE}, by=by("window"), at=at + timedelta(hours=1))
    maternity.compute(**given, by=by("window"), at=at + timedelta(hours=2))
    if fate in ("reviewed", "approved"):
        maternity.review(**given, by=by("review"), at=at + timedelta(days=1))
    if fate == "approved":
        maternity.approve(**given, by=by("approve"), at=at + timedelta(days=2))
