"""The city entered through the services, so that its data obey the rules. What is there already stays as it is."""
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction

from casework.clock import BUREAU_ZONE
from casework.models import Officer
from config.demo import institutions, officers
from config.demo.people import TAKEN_OVER, Citizen, citizens
from enrollment import services as enrollment
from enrollment.models import Institution, Person

PERSONS = 2000
AT_ONCE = 100
"""Persons in one transaction: a person is entered whole or not at all, and not every act waits for the disk."""

OFFICE_OF = {region: key for key, (region, _) in officers.OFFICES.items()} | {"511999": "city"}


@dataclass(frozen=True)
class City:
    """Who and what is there."""

    officers: dict[str, Officer]
    institutions: dict[str, Institution]
    persons_added: int

    def officer(self, region_code: str, desk: str) -> Officer:
        """The officer at a desk of the office that is responsible for a region."""
        return self.officers[f"{OFFICE_OF[region_code]}.{desk}"]


def build(persons: int = PERSONS) -> City:
    """Enter what is missing of the city."""
    start = morning(TAKEN_OVER)
    staff = officers.appoint_all(start)
    houses = institutions.register_all(by=staff["city.lead"], at=start)
    clerk = Clerk(staff, houses)
    known = set(Person.objects.values_list("id_no", flat=True))
    missing = [citizen for citizen in citizens(persons) if citizen.id_no not in known]
    for some in _portions(missing):
        with transaction.atomic():
            for citizen in some:
                clerk.enter(citizen)
    return City(staff, houses, len(missing))


class Clerk:
    """The window officers of all offices at work: each enters the persons of his own office."""

    def __init__(self, staff: dict[str, Officer], houses: dict[str, Institution]) -> None:
        self.windows = {region: staff[f"{office}.window"] for region, office in OFFICE_OF.items()}
        self.hospitals: dict[str, str] = {}
        for house in houses.values():
            if house.kind == Institution.Kind.HOSPITAL:
                self.hospitals.setdefault(house.region_id, house.code)

    def enter(self, citizen: Citizen) -> Person:
        by = self.windows[citizen.region_code]
        at = morning(max(TAKEN_OVER, citizen.born + timedelta(days=20)))
        person = enrollment.register_person(
            id_no=citizen.id_no, name=citizen.name, region_code=citizen.region_code, phone=citizen.phone,
            address=citizen.address, by=by, at=at,
        )
        self._insure(person, citizen, by, at)
        self._note_circumstances(person, citizen, by, at)
        if citizen.bank_account:
            enrollment.set_bank_account(
                person_id=person.pk, bank_name=citizen.bank_name, account=citizen.bank_account,
                account_name=citizen.name, by=by, at=at,
            )
        if citizen.died_on:
            later = morning(citizen.died_on + timedelta(days=6))
            enrollment.record_death(person_id=person.pk, died_on=citizen.died_on, by=by, at=later)
        return person

    def _insure(self, person: Person, citizen: Citizen, by: Officer, at: datetime) -> None:
        for period in citizen.periods:
            enrollment.open_insurance(
                person_id=person.pk, scheme=period.scheme, person_type=period.person_type,
                starts_on=period.starts_on, ends_on=period.ends_on, by=by, at=_when(period.starts_on, at),
            )
        for tag in citizen.tags:
            enrollment.tag_person(
                person_id=person.pk, tag=tag.tag, starts_on=tag.starts_on, by=by, at=_when(tag.starts_on, at),
            )

    def _note_circumstances(self, person: Person, citizen: Citizen, by: Officer, at: datetime) -> None:
        for hardship in citizen.hardships:
            enrollment.grant_identity(
                person_id=person.pk, category=hardship.category, starts_on=hardship.starts_on,
                ends_on=hardship.ends_on, by=by, at=_when(hardship.starts_on, at),
            )
        for filing in citizen.filings:
            hospital = self.hospitals.get(filing.place, "") if filing.kind == "referred" else ""
            enrollment.file_care_elsewhere(
                person_id=person.pk, kind=filing.kind, place_region_code=filing.place, starts_on=filing.starts_on,
                ends_on=filing.ends_on, institution_code=hospital, by=by, at=_when(filing.starts_on, at),
            )


def morning(day: date) -> datetime:
    """Half past nine at the window."""
    return datetime.combine(day, time(9, 30), tzinfo=BUREAU_ZONE)


def _when(day: date, at: datetime) -> datetime:
    """When an act of `day` was entered: then, or with the data that were taken over."""
    return max(at, morning(day))


def _portions(persons: list[Citizen]) -> Iterator[list[Citizen]]:
    for first in range(0, len(persons), AT_ONCE):
        yield persons[first:first + AT_ONCE]
