"""Choosing the person that a registration or a trial is about."""
from enrollment import services as enrollment
from enrollment.models import Person


def choose(request) -> dict:
    """What was searched and found; only within the officer's territory."""
    return {"person": None, **enrollment.shortlist(request.GET.get("q", ""), request.user)}


def chosen(request) -> Person | None:
    """The person named in the request with his history, or None; elsewhere's person is refused like a missing one."""
    return enrollment.chosen_person(request.POST.get("person") or request.GET.get("person") or "", request.user)
