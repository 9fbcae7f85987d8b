"""Certifications in every state: what the hospitals of each county sent in, what the bureau made of it."""
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any

from django.db import transaction

from casework.clock import bureau_day, now
from chronic import services as chronic
from chronic.models import Certification
from chronic.services import Applicant, Claimed
from config.demo.cases import LAST_DAY
from config.demo.city import City, morning
from config.demo.desk import working_day
from config.demo.hospitals import House
from config.demo.officers import OFFICES
from config.demo.people import SEED
from enrollment.models import Person

Facts = dict[str, Any]

DOCUMENTS = ["ss_card_or_e_code", "identity_document", "application_form", "medical_records"]
READINGS = [
    {"value": 168, "on": "2026-09-02"}, {"value": 171, "on": "2026-09-09"}, {"value": 165, "on": "2026-09-16"},
]
MET: dict[str, Facts] = {
    "M03911": {"M03911.1a": READINGS, "M03911.1b": []},
    "M01603": {"M01603.1": True, "M01603.2a": 13, "M01603.4a": True},
    "M04600": {"M04600.0": True, "M04600.1": True},
    "M05300": {"M05300.0": True, "M05300.1a": 64, "M05300.1b": True},
    "M06900": {"M06900.1": True, "M06900.2a": True},
    "M02300": {"M02300.1a": True, "M02300.1b": True, "M02300.2": True},
    "M00500": {"M00500.0": True, "M00500.1": True},
    "M07801": {"M07801.1a": True, "M07801.1b": True, "M07801.1c": True},
    "M07807": {"M07807.1": 48},
    "M00104": {"M00104.1": True, "M00104.2a": True, "M00104.2c": True},
}
NOT_MET: dict[str, Facts] = {
    "M07807": {"M07807.1": 72, "M07807.2": False},
    "M06900": {"M06900.1": False, "M06900.2a": False, "M06900.2b": False},
}
FATES = [
    "submitted", "signed", "sealed", "entered", "entered", "confirmed", "confirmed", "confirmed", "partly", "refused",
    "withdrawn", "returned", "not_confirmed",
]


@transaction.atomic
def open_all(city: City, houses: dict[str, House]) -> int:
    """Open the certifications if the database has none; returns how many."""
    if Certification.objects.exists():
        return 0
    random, serial = Random(SEED), count()  # noqa: S311
    today = min(bureau_day(now()) - timedelta(days=1), LAST_DAY)
    for office, house in houses.items():
        region_code = OFFICES[office][0]
        patients = _patients(region_code, today)
        for fate in FATES:
            applied = working_day(today - timedelta(days=random.randint(6, 40)))
            unit = list(MET)[next(serial) % len(MET)]
            _play(city, house, next(patients), unit, fate, applied)
    return Certification.objects.count()


def _patients(region_code: str, today: date) -> Iterator[Person]:
    """Grown-up residents and employees of the county, insured for years."""
    year = date(today.year - 1, 1, 1)
    insured = Person.objects.filter(
        region_code=region_code, died_on=None, birth_date__lt=date(2005, 1, 1), insurance_periods__ends_on=None,
        insurance_periods__starts_on__lte=year,
    )
    yield from insured.order_by("birth_date", "id_no").distinct()


def _claimed(unit: str, facts: Facts, applied: date) -> Claimed:
    known = chronic.catalogue_of("511900")
    papers = [one.type for one in known.find(unit).materials]
    return Claimed(unit=unit, diagnosed_on=applied - timedelta(days=5), facts=facts, materials=papers)


def _wanted(unit: str, fate: str, applied: date) -> list[Claimed]:
    if fate == "refused":
        return [_claimed("M07807", NOT_MET["M07807"], applied)]
    wanted = [_claimed(unit, MET[unit], applied)]
    if fate == "partly":
        other = "M06900" if unit != "M06900" else "M07807"
        wanted.append(_claimed(other, NOT_MET[other], applied))
    return wanted


def _play(city: City, house: House, person: Person, unit: str, fate: str, applied: date) -> None:
    """Bring the certification as far as its fate says: the hospital's steps on one day, the bureau's days later."""
    at = morning(applied)
    case = chronic.apply(
        person_id=person.pk, institution_id=house.institution.pk, claimed=_wanted(unit, fate, applied),
        applicant=Applicant(documents=DOCUMENTS, phone=person.phone), by=house.clerk, at=at,
    )
    if fate == "submitted":
        return
    if fate == "withdrawn":
        chronic.withdraw(certification_id=case.pk, reason="患者要求改到市级医院认定。", by=house.clerk, at=at)
        return
    doctors = dict.fromkeys(case.items.values_list("pk", flat=True), house.doctor)
    chronic.sign(certification_id=case.pk, doctors=doctors, by=house.clerk, at=at + timedelta(hours=1))
    if fate == "signed":
        return
    case = chronic.seal(certification_id=case.pk, by=house.seal, at=at + timedelta(hours=2))
    if fate == "sealed" or case.status != "sealed":
        return
    chronic.enter(certification_id=case.pk, by=house.clerk, at=at + timedelta(hours=3))
    _decide(city, case, fate, working_day(applied + timedelta(days=4)))


def _decide(city: City, case: Certification, fate: str, day: date) -> None:
    by = city.officer(case.region_code, "approve")
    at = max(morning(day), morning(bureau_day(case.registered_at)) + timedelta(hours=4))
    if fate in ("confirmed", "partly"):
        chronic.confirm(certification_id=case.pk, by=by, at=at)
    elif fate == "returned":
        chronic.send_back(certification_id=case.pk, reason="检验报告单日期不清，请补传清晰影像。", by=by, at=at)
    elif fate == "not_confirmed":
        chronic.refuse(certification_id=case.pk, reason="病历中无符合认定标准的检查结果。", by=by, at=at)
