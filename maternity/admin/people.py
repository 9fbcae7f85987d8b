"""Choosing the person that a registration or a trial is about, and how persons are named on these screens."""

from casework.errors import Refused
from casework.models import get_visible
from enrollment import services as enrollment
from enrollment.models import Person, Region

SHOWN = 20


def choose(request, name: str = "q") -> dict:
    """What was searched and found; only within the officer's territory."""
    query = request.GET.get(name, "").strip()
    context = {"query": query, "person": None}
    if query:
        found = list(enrollment.find_persons(query, request.user)[: SHOWN + 1])
        names = dict(Region.objects.filter(code__in={row.region_code[:6] for row in found}).values_list("code", "name"))
        for row in found:
            row.shown_name = shown_name(row, request.user)
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


def spouse_of(text: str, officer) -> int | None:
    """The husband by his whole identity number; None for no number. He may be insured in another county of the city,
    so that he is found only by the number that the couple themselves bring."""
    number = "".join(text.split()).upper()
    if not number:
        return None
    found = Person.objects.filter(id_no=number, merged_into=None).first()
    if found is None:
        raise Refused("not_found", "未找到该证件号码的配偶，请核对；须先参加本市职工医保。")
    return found.pk


def panel(person: Person, today, request) -> dict:
    return {
        "person": person,
        "person_name": shown_name(person, request.user),
        "person_age": person.age_on(today),
        "person_region": enrollment.region_name(person.region_code),
    }


def shown_name(person: Person, officer) -> str:
    return person.name if officer.may("enrollment.see_names") else person.masked_name
