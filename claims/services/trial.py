"""Trial calculations (待遇试算): the same facts, the same engine, nothing stored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from casework.errors import Refused
from casework.models import Officer, get_visible
from claims.models import Claim
from claims.services import facts, ledger, rules
from claims.services.entries import Stay
from claims.services.registration import read_stays
from claims.services.settling import entered_visits
from enrollment import services as enrollment
from enrollment.models import Person

Json = dict[str, Any]


def trial(
    *, person_id: int, stays: Sequence[Stay], by: Officer, at: datetime, parameters: Json | None = None,
    facts_instead: Json | None = None,
) -> Json:
    """What these stays would bring this person on top of what was settled this year. Stores nothing.

    Returns the engine's result (`bills` with `steps`, `accumulators`) with the `request` that was asked and the
    `pack`. A refused bill is part of the answer. `facts_instead` replaces the person's scheme or tags ("and if he
    had 低保?"), `parameters` supplies figures that the source leaves out; both for this question only.
    """
    person = _person(person_id, by)
    visits = read_stays(stays, person, by=by, at=at, costs=True)
    visits = facts.ordered(visits)
    return _ask("试算", person, visits, parameters=parameters, facts_instead=facts_instead)


def trial_of_claim(*, claim_id: int, by: Officer) -> Json:
    """What settling this claim would bring now. Stores nothing; refuses a claim whose costs are not entered."""
    claim = get_visible(Claim, by, pk=claim_id)
    live = claim.settlements.live().first()
    if live is not None:
        raise Refused("ALREADY_SETTLED", "该件已结算，请查看结算结果。")
    person = enrollment.with_history(Person.objects.filter(pk=claim.person_id)).get()
    return _ask(claim.case_no, person, entered_visits(claim))


def _ask(
    case: str, person: Person, visits: list, *, parameters: Json | None = None, facts_instead: Json | None = None
) -> Json:
    pack = rules.pack_of(person.region_code)
    known = facts.person(person, facts.days(visits)) | (facts_instead or {})
    opening = ledger.opening(person.pk, {visit.discharged_on.year for visit in visits})
    request = facts.request(case, pack.pool, known, visits, opening)
    if parameters:
        request["parameters"] = parameters
    result = rules.compute(request, pack)
    return {**result, "request": request, "pack": {"version": pack.ref.version, "sha256": pack.ref.sha256}}


def _person(person_id: int, by: Officer) -> Person:
    get_visible(Person, by, pk=person_id)
    if not by.may("claims.try_claim"):
        raise Refused("no_permission", "您的岗位不能办理待遇试算。")
    return enrollment.with_history(Person.objects.filter(pk=person_id)).get()
