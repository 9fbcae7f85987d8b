"""Persons as a hospital may know them: by the full number of a document before it, each time on the record."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from casework import audit
from casework.errors import Refused
from casework.models import Officer
from chronic.models import Acquaintance, ApiClient, EntitlementPeriod
from chronic.services.answers import entitlements_on
from enrollment.models import Person
from policy import idnumber

UNKNOWN = "未找到该参保人：证件号码未登记，或姓名不符，或不在本统筹区参保。请核对。"


@transaction.atomic
def name_person(
    *, client: ApiClient, id_type: str, id_no: str, name: str, purpose: str, at: datetime
) -> Acquaintance:
    """The person of a document, made known to the institution and written to the audit trail.

    The same refusal for a number that is not registered, another name and another city: nobody learns which."""
    rows = Person.objects.filter(id_type=id_type, id_no=idnumber.normalise(id_no)).select_related("merged_into")
    found = rows.first()
    person = found.merged_into or found if found else None
    if person is None or not _same(person.name, name) or not _reaches(client.officer, person):
        raise Refused("PERSON_UNKNOWN", UNKNOWN)
    known, _ = Acquaintance.objects.get_or_create(
        institution_id=client.institution_id, person=person, defaults={"named_at": at}
    )
    record(client, person, purpose, at)
    return known


def person_of(client: ApiClient, psn_no: str) -> Person:
    """The person whom the institution knows under a number that it was given."""
    known = Acquaintance.objects.filter(institution=client.institution_id, psn_no=psn_no).first()
    if known is None:
        raise Refused("PERSON_UNKNOWN", "未找到该人员编号，请先按证件号码查询（1101）。")
    person = known.person.merged_into or known.person
    if not _reaches(client.officer, person):
        raise Refused("PERSON_UNKNOWN", UNKNOWN)
    return person


def record(client: ApiClient, person: Person, purpose: str, at: datetime) -> None:
    """Every question about a person leaves its trace: who asked, for what."""
    audit.record(
        action="api_query", label="医院接口查询", by=client.officer, at=at, subject=f"person:{person.pk}",
        region_code=person.region_code, detail={"institution": client.institution.code, "purpose": purpose},
    )


def entitlements_of(person: Person, day: date) -> list[EntitlementPeriod]:
    """The entitlements in force on a day."""
    return entitlements_on(person.pk, day)


def shown_entitlement(period: EntitlementPeriod) -> dict[str, Any]:
    """An entitlement as both doors write it."""
    return {
        "opsp_dise_code": period.unit, "opsp_dise_name": period.entitlement.unit_name,
        "begndate": period.starts_on.isoformat(),
        "enddate": period.last_day.isoformat() if period.last_day else "",
    }


def _same(known: str, given: str) -> bool:
    """Whether the name is the person's; none given is none compared."""
    return not given or "".join(known.split()) == "".join(given.split())


def _reaches(officer: Officer, person: Person) -> bool:
    return officer.sees(person.region_code[:6])
