"""Questions that only the screens ask. They write nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Substr

from casework.models import Officer
from chronic.models import CertificationItem, Doctor, Entitlement, Qualification, SpotCheck
from chronic.services.judging import evaluate
from chronic.services.registers import DRUG_CATEGORIES
from enrollment.models import Institution, Person
from policy import idnumber
from policy.catalogue import Catalogue, Unit

State = CertificationItem.State


def wanting_facts() -> Exists:
    """Whether a certification waits for facts (待补事实): one of its diseases can't be judged yet."""
    return Exists(CertificationItem.objects.filter(
        certification=OuterRef("pk"), certification__status="submitted", state=State.PENDING, verdict__met=None
    ))


def person_by_number(text: str, by: Officer) -> Person | None:
    """The person of a full identity number, for staff of a hospital, who see no register of persons."""
    word = idnumber.normalise(text).upper()
    found = Person.objects.filter(id_no=word).select_related("merged_into").first() if word else None
    person = found.merged_into or found if found else None
    return person if person is not None and by.sees(person.region_code[:6]) else None


def houses_for(district: str, by: Officer, day: date) -> list[Institution]:
    """The institutions whose published qualification holds for a district; for staff of one of them, theirs alone."""
    rows = Qualification.objects.in_force(day).filter(district=district, published_on__lte=day)
    houses = Institution.objects.filter(pk__in=rows.values("institution"))
    if by.institution_code:
        houses = houses.filter(code=by.institution_code)
    return list(houses.order_by("name"))


def units_at(house: Institution, known: Catalogue, district: str, scheme: str, day: date) -> list[Unit]:
    """The diseases that an institution may certify for a district, as far as the scheme has them. One query."""
    rows = Qualification.objects.in_force(day).filter(institution=house, district=district, published_on__lte=day)
    scopes: dict[str, set[str]] = {}
    for row in rows:
        scopes.setdefault(row.category, set()).add(row.scope)
    return [
        unit for unit in known.units.values()
        if unit.category in scopes and unit.criteria is not None and not unit.closed
        and (not unit.schemes or not scheme or scheme in unit.schemes)
        and (Qualification.Scope.ALL in scopes[unit.category] or known.psychiatric(unit))
    ]


def reviewable(person: Person, units: Iterable[Unit]) -> list[Unit]:
    """Of these diseases those for which the person has an entitlement that is reviewed. One query."""
    live = Entitlement.objects.filter(person=person, ended_on=None, review_months__isnull=False)
    codes = set(live.values_list("unit", flat=True))
    return [unit for unit in units if unit.code in codes]


def doctors_for(
    house: Institution, known: Catalogue, wanted: Mapping[int, tuple[Unit, CertificationItem]], day: date
) -> dict[int, list[Doctor]]:
    """By item the doctors whose title is high enough for its facts (BZ-CHR-10.1), those of the speciality first."""
    doctors = list(Doctor.objects.in_force(day).filter(institution=house).order_by("code"))
    titles = {doctor.title for doctor in doctors}
    found: dict[int, list[Doctor]] = {}
    for pk, (unit, item) in wanted.items():
        allowed = {
            title for title in titles
            if evaluate(known, unit, item.facts, materials=item.materials, doctor_title=title).answer["doctor_ok"]
        }
        words = [one.specialty for one in unit.doctors if one.specialty]
        able = [doctor for doctor in doctors if doctor.title in allowed]
        found[pk] = sorted(able, key=lambda doctor: not _of_speciality(doctor, words))
    return found


def _of_speciality(doctor: Doctor, words: Sequence[str]) -> bool:
    return bool(doctor.specialty) and any(doctor.specialty in word or word in doctor.specialty for word in words)


def drug_houses(district: str, day: date) -> dict[str, list[Institution]]:
    """Of drugs under special control who certifies, treats and supplies in the city of a district. One query."""
    rows = Qualification.objects.in_force(day).filter(
        district__startswith=district[:4], category__in=DRUG_CATEGORIES, published_on__lte=day
    ).select_related("institution").order_by("institution__name")
    found: dict[str, dict[int, Institution]] = {category: {} for category in DRUG_CATEGORIES}
    for row in rows:
        found[row.category][row.institution_id] = row.institution
    return {category: list(houses.values()) for category, houses in found.items()}


def doctors_at(institution_id: int, day: date) -> list[Doctor]:
    """The registered doctors of an institution on a day. One query."""
    return list(Doctor.objects.in_force(day).filter(institution=institution_id).order_by("code"))


SCHEMES = {"employee": "职工", "resident": "居民"}


@dataclass(frozen=True)
class Limit:
    """One figure of a pack that speaks of a disease."""

    label: str
    scheme: str
    text: str
    rule: str
    article: str
    status: str


def limits_of(known: Catalogue, code: str, day: date) -> list[Limit]:
    """What the pool's pack prints for one disease on a day, whatever table it stands in: limits by scheme and such."""
    found = []
    for table in known.pack.tables.values():
        if not any(dimension.partition(".")[0] == "disease" for dimension in table.by):
            continue
        for keys in table.cells:
            figure = table.at(keys, day) if code in keys else None
            if figure is not None:
                scheme = table.named(keys).get("scheme", "")
                found.append(Limit(
                    table.label, SCHEMES.get(scheme, scheme), figure.text, figure.rule, figure.article, figure.status
                ))
    return found


@dataclass(frozen=True)
class Figures:
    """What became of the diseases that were applied for."""

    granted: int = 0
    refused: int = 0
    waiting: int = 0

    @property
    def decided(self) -> int:
        return self.granted + self.refused


COUNTS = {
    "granted": Count("pk", filter=Q(state=State.GRANTED)),
    "refused": Count("pk", filter=Q(state=State.REFUSED)),
    "waiting": Count("pk", filter=Q(state__in=[State.PENDING, State.MET, State.NOT_MET])),
}


def figures_of(house: Institution, by: Officer, year: int) -> dict[str, Figures]:
    """By name of the disease what an institution's applications of a year came to, reviews left out. One query."""
    rows = CertificationItem.objects.visible_to(by).filter(
        certification__institution=house, certification__applied_on__year=year, reviewed=None
    )
    found = rows.order_by("unit_name").values("unit_name").annotate(**COUNTS)
    return {row.pop("unit_name"): Figures(**row) for row in found}


def checks_of(house: Institution, by: Officer, year: int) -> dict[str, int]:
    """Spot checks of an institution's certificates in a year, and how many cancelled one. One query."""
    rows = SpotCheck.objects.visible_to(by).filter(institution=house, registered_at__year=year)
    return rows.aggregate(total=Count("pk"), cancelled=Count("pk", filter=Q(status="cancelled")))


def statistics(by: Officer, year: int) -> dict[str, list[dict[str, Any]]]:
    """Applications of a year by disease and by county, reviews left out, with the entitlements that stand today."""
    rows = CertificationItem.objects.visible_to(by).filter(
        certification__applied_on__year=year, reviewed=None
    ).order_by()
    standing = Entitlement.objects.visible_to(by).filter(ended_on=None).order_by()
    disease, live = ("unit", "unit_name", "category"), {"live": Count("pk")}
    diseases = _joined(rows.values(*disease).annotate(**COUNTS), standing.values(*disease).annotate(**live), disease)
    counties = _joined(
        rows.values(region=F("certification__region_code")).annotate(**COUNTS),
        standing.values(region=Substr("person__region_code", 1, 6)).annotate(**live), ("region",),
    )
    diseases.sort(key=lambda row: (-row["granted"] - row["refused"] - row["waiting"], -row["live"], row["unit"]))
    return {"diseases": diseases, "counties": sorted(counties, key=lambda row: row["region"])}


def _joined(asked: Iterable[dict[str, Any]], held: Iterable[dict[str, Any]], keys: tuple[str, ...]) -> list[dict]:
    """Two counts over the same keys in one row each; what one of them does not have is none."""
    blank = {**dict.fromkeys(COUNTS, 0), "live": 0}
    made: dict[tuple, dict[str, Any]] = {}
    for row in (*asked, *held):
        made.setdefault(tuple(row[key] for key in keys), {**blank}).update(row)
    return list(made.values())


def published_everywhere(day: date) -> list[Qualification]:
    """All published qualifications of a day, in the order of the public page (BZ-CHR-8.1). One query."""
    rows = Qualification.objects.in_force(day).filter(published_on__lte=day).select_related("institution")
    return list(rows.order_by("district", "category", "institution__name"))
