"""The certifying hospitals at work: who may certify where (BZ-CHR-7.2), their doctors, and the staff who sign in."""
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from casework import services as casework
from casework.models import Officer
from chronic import services as chronic
from chronic.models import Doctor, Qualification
from config.demo.names import full_name
from config.demo.officers import PASSWORD
from config.demo.people import SEED
from enrollment.models import Institution

CITY = "511900"
QUALIFIED_FROM = date(2025, 1, 1)
HOUSES = {
    "bazhou": "巴中市中心医院", "enyang": "四川友好医院", "tongjiang": "通江县人民医院", "nanjiang": "南江县人民医院",
    "pingchang": "平昌县人民医院",
}
"""The hospital of each county whose staff have accounts in the demo."""

STAFF = {"clerk": ("录入", "认定医院"), "seal": ("盖章", "认定医院")}
DOCTORS = [
    ("chief", "心血管内科"), ("chief", "肾脏病"), ("associate_chief", "神经内科"), ("associate_chief", "精神科"),
    ("attending", "内分泌科"),
]


@dataclass(frozen=True)
class House:
    """A certifying hospital with the people who act for it."""

    institution: Institution
    clerk: Officer
    seal: Officer
    doctor: str


def open_all(houses: dict[str, Institution], by: Officer, at: datetime) -> dict[str, House]:
    """Enter qualifications, doctors and accounts that are missing; returns the hospitals by county office."""
    if not Qualification.objects.exists():
        chronic.load_qualifications(region_code=CITY, starts_on=QUALIFIED_FROM, by=by, at=at)
    known = set(Doctor.objects.values_list("code", flat=True))
    for code, doctor in _doctors(houses):
        if code not in known:
            chronic.register_doctor(code=code, starts_on=QUALIFIED_FROM, by=by, at=at, **doctor)
    return {office: _house(office, houses[name], at) for office, name in HOUSES.items()}


def chief_of(institution: Institution) -> str:
    """The code of the doctor whose title suffices for every disease."""
    return f"D{institution.code[1:]}01"


def _doctors(houses: dict[str, Institution]) -> Iterator[tuple[str, dict]]:
    random = Random(SEED)  # noqa: S311
    certifying = Institution.objects.filter(qualifications__isnull=False).distinct().order_by("code")
    for house in certifying:
        for number, (title, specialty) in enumerate(DOCTORS, 1):
            name = full_name(random, male=random.random() < 0.5, born=date(1975, 1, 1))
            yield f"D{house.code[1:]}{number:02d}", {
                "name": name, "institution_id": house.pk, "title": title, "specialty": specialty,
            }


def _house(office: str, institution: Institution, at: datetime) -> House:
    staff = {}
    for number, (desk, (name, role)) in enumerate(STAFF.items(), 1):
        username = f"{office}.hospital.{desk}"
        staff[desk] = Officer.objects.filter(username=username).first() or casework.appoint(
            username=username, name=f"{institution.name[-4:]}{name}", staff_no=f"{institution.code}{number}",
            region_code=CITY, roles=[role], password=PASSWORD, by=None, at=at, institution_code=institution.code,
        )
    return House(institution, staff["clerk"], staff["seal"], chief_of(institution))
