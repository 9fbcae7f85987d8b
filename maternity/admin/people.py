"""Choosing the person that a registration or a trial is about, and her husband."""
from casework.errors import Refused
from enrollment import services as enrollment
from enrollment.models import Person


def choose(request) -> dict:
    """What was searched and found; only within the officer's territory."""
    return {"person": None, **enrollment.shortlist(request.GET.get("q", ""), request.user)}


def chosen(request) -> Person | None:
    """The person named in the request with his history, or None; elsewhere's person is refused like a missing one."""
    return enrollment.chosen_person(request.POST.get("person") or request.GET.get("person") or "", request.user)


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
