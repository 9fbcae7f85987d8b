"""From what a door took to what the services are told: the person, the units, the facts of each."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from casework.api.faults import Fault, Faults, Problem
from casework.clock import bureau_day, now
from casework.errors import Refused
from chronic.api import facts
from chronic.api.fields import checked_number
from chronic.models import ApiClient, Certification
from chronic.services import interface_people as people
from chronic.services import judging
from chronic.services.applying import Claimed
from chronic.services.interface_diagnoses import Diagnosed, Supplied
from enrollment.models import Person
from policy.catalogue import Catalogue, Unit

Json = Mapping[str, Any]


class Place:
    """Collects mistakes with their places, to tell them all at once."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def tried(self, act: Callable[[], Any], *steps: object) -> Any:
        """What `act` gives; None, with its mistakes noted below `steps`, if it finds any."""
        try:
            return act()
        except Faults as found:
            self.faults += [fault.below(*steps) for fault in found.faults]
        except Refused as refusal:
            if refusal.code != "UNKNOWN_DISEASE":
                raise
            self.faults.append(Fault("CODE_NOT_IN_CATALOGUE", refusal.message, wanted="目录中的病种编码").below(*steps))
        return None

    def close(self) -> None:
        if self.faults:
            raise Problem(422, *self.faults)


def person_of(client: ApiClient, given: Json, purpose: str, pointer: str = "/person") -> Any:
    """The person whom a document names, as the institution knows him. 422 for a number that can't be one."""
    try:
        number = checked_number(given["psn_cert_type"], given["certno"], f"{pointer}/certno")
    except Faults as found:
        raise Problem(422, *found.faults) from None
    return people.name_person(
        client=client, id_type=given["psn_cert_type"], id_no=number, name=given["psn_name"], purpose=purpose, at=now()
    )


def diagnosis(client: ApiClient, body: Json) -> Diagnosed:
    """A diagnosis of the REST door."""
    return _diagnosed(person_of(client, body["person"], "diagnosis").person, body, Certification.Kind.INITIAL)


def review(client: ApiClient, body: Json) -> Diagnosed:
    """A review of the REST door: of a person whom the institution knows."""
    return _diagnosed(people.person_of(client, body["psn_no"]), body, Certification.Kind.REVIEW)


def _diagnosed(person: Person, body: Json, kind: str) -> Diagnosed:
    today, known, place = bureau_day(now()), judging.catalogue_of(person.region_code), Place()
    claimed, doctors = [], {}
    for number, one in enumerate(body["diseases"]):
        made = place.tried(lambda one=one: claim(known, one, today), "diseases", number)
        if made is not None:
            claimed.append(made)
            doctors[made.unit] = one["diag_dr_codg"]
    place.faults += unknown(body.get("documents", ()), known.rules.documents, "/documents")
    place.close()
    return Diagnosed(
        person=person, claimed=claimed, doctors=doctors, documents=body.get("documents", ()),
        phone=body.get("tel", ""), kind=kind, files=files_of(known, body.get("attachments", ())),
    )


def claim(known: Catalogue, one: Json, today: date) -> Claimed:
    """One disease with its facts. Raises Faults with places below it."""
    place = Place()
    unit: Unit | None = place.tried(lambda: judging.unit_of(known, one["opsp_dise_code"]), "opsp_dise_code")
    if one["hosp_ide_date"] > today:
        place.faults.append(Fault("DATE_FUTURE", "鉴定日期晚于今日。", "/hosp_ide_date", str(one["hosp_ide_date"])))
    read = place.tried(lambda: facts.read(unit, one["facts"], today), "facts") if unit else None
    if unit:
        place.faults += unknown(one.get("materials", ()), {paper.type for paper in unit.materials}, "/materials")
    if place.faults:
        raise Faults(*place.faults)
    assert unit is not None
    return Claimed(unit=unit.code, diagnosed_on=one["hosp_ide_date"], facts=read, materials=one.get("materials", ()))


def supplied(case: Certification, body: Json) -> Supplied:
    """What is supplied to an open case."""
    today, known, place = bureau_day(now()), judging.catalogue_of(case.person.region_code), Place()
    read: dict[str, Any] = {}
    doctors, materials = {}, {}
    for number, one in enumerate(body["diseases"]):
        below = ("diseases", number)
        unit = place.tried(lambda one=one: judging.unit_of(known, one["opsp_dise_code"]), *below, "opsp_dise_code")
        if unit is None:
            continue
        read[unit.code] = place.tried(lambda one=one, unit=unit: facts.read(unit, one["facts"], today), *below, "facts")
        given = one.get("materials", ())
        papers = {paper.type for paper in unit.materials}
        place.faults += [fault.below(*below) for fault in unknown(given, papers, "/materials")]
        materials[unit.code] = given
        if one.get("diag_dr_codg"):
            doctors[unit.code] = one["diag_dr_codg"]
    place.close()
    files = files_of(known, body.get("attachments", ()))
    return Supplied(facts=read, doctors=doctors, materials=materials, files=files)


def files_of(known: Catalogue, given: Any) -> list[tuple[str, str]]:
    """The files that came with a diagnosis, each of a kind that the catalogue knows."""
    kinds = {*known.rules.documents, *known.rules.materials}
    found = [one["kind"] for one in given]
    if faults := unknown(found, kinds, "/attachments"):
        raise Problem(422, *faults)
    return [(one["file"], one["kind"]) for one in given]


def unknown(given: Any, kinds: Any, pointer: str) -> list[Fault]:
    """A mistake for each kind of paper that is not among those asked for."""
    wanted = "、".join(sorted(kinds))[:200]
    return [
        Fault("MATERIAL_UNKNOWN", "所报材料种类不在认定材料清单中。", f"{pointer}/{place}", kind, wanted)
        for place, kind in enumerate(given) if kind not in kinds
    ]


def shown_person(known: Any) -> dict[str, Any]:
    """A person as he is told to an institution: masked."""
    person: Person = known.person
    return {"psn_no": known.psn_no, "psn_name": person.masked_name, "certno": person.masked_id}
