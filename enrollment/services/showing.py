"""How the screens of the apps above name places and persons, and find the person that a case is about."""
from datetime import date

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Substr

from casework.models import Officer, get_visible
from enrollment.models import Person, Region
from enrollment.services.questions import find_persons, with_history
from enrollment.services.regions import region_name
from policy import regions

SHORT = 20


def county_name(path: str = "region_code") -> Subquery:
    """The county's name of each row, in the row's own query."""
    return Subquery(Region.objects.filter(code=Substr(OuterRef(path), 1, 6)).values("name")[:1])


def counties_within(officer: Officer) -> list[tuple[str, str]]:
    """The counties within the officer's own territory, as code and name."""
    rows = Region.objects.filter(level=Region.Level.COUNTY).order_by("code").values_list("code", "name")
    area = officer.region_code
    return [(code, name) for code, name in rows if area and regions.contains(area, code)]


def office_of(region_code: str) -> str:
    """The agency of the county, as papers name it."""
    return f"{region_name(region_code[:6])}医疗保障事务中心"


def shown_name(person: Person, officer: Officer) -> str:
    """The name, masked for whoever may not see names."""
    return person.name if officer.may("enrollment.see_names") else person.masked_name


def with_words(rows: list[Person], officer: Officer) -> list[Person]:
    """Give each person the name and the county that this officer is shown. One query."""
    names = dict(Region.objects.filter(code__in={row.region_code[:6] for row in rows}).values_list("code", "name"))
    for row in rows:
        row.shown_name = shown_name(row, officer)
        row.shown_region = names.get(row.region_code[:6], row.region_code)
    return rows


def shortlist(text: str, officer: Officer) -> dict[str, object]:
    """What was searched, and the first persons found in the officer's territory, in words."""
    query = text.strip()
    if not query:
        return {"query": ""}
    found = list(find_persons(query, officer)[: SHORT + 1])
    return {"query": query, "found": with_words(found, officer)[:SHORT], "too_many": len(found) > SHORT}


def chosen_person(number: str, officer: Officer) -> Person | None:
    """The person of a page's number with the history, or None for no number; elsewhere's is refused like a missing
    one."""
    if not number.isdecimal():
        return None
    get_visible(Person, officer, pk=int(number))
    return with_history(Person.objects.filter(pk=int(number))).get()


def person_words(person: Person, officer: Officer, *, on: date) -> dict[str, object]:
    """What stands beside a form or a case about the person."""
    return {
        "person": person,
        "person_name": shown_name(person, officer),
        "person_age": person.age_on(on),
        "person_region": region_name(person.region_code),
    }
