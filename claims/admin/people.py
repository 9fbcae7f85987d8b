"""Choosing the person that a registration or a trial is about."""

from casework.models import get_visible
from enrollment import services as enrollment
from enrollment.models import Person, Region

SHOWN = 20


def choose(request) -> dict:
    """What was searched and found, and the person chosen; only within the officer's territory."""
    query = request.GET.get("q", "").strip()
    context = {"query": query, "person": None}
    if query:
        found = list(enrollment.find_persons(query, request.user)[: SHOWN + 1])
        names = dict(Region.objects.filter(code__in={row.region_code[:6] for row in found}).values_list("code", "name"))
        plain = request.user.may("enrollment.see_names")
        for row in found:
            row.shown_name = row.name if plain else row.masked_name
            row.shown_region = names.get(row.region_code[:6], row.region_code)
        context |= {"found": found[:SHOWN], "too_many": len(found) > SHOWN}
    return context


def chosen(request) -> Person | None:
    """The person named in the request with his history, or None; elsewhere's person is refused like a missing one."""
    number = request.POST.get("person") or request.GET.get("person") or ""
    if not number.isdecimal():
        return None
    get_visible(Person, request.user, pk=int(number))
    return enrollment.with_history(Person.objects.filter(pk=int(number))).get()


def panel(person: Person, today, request) -> dict:
    return {
        "person": person,
        "person_name": person.name if request.user.may("enrollment.see_names") else person.masked_name,
        "person_age": person.age_on(today),
        "person_region": enrollment.region_name(person.region_code),
    }
