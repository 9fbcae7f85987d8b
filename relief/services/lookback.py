"""Looking back (依申请救助追溯, BZ-REL-5.5): what the year's bills are, now that an identity is known.

Of a recognition, the year's bills discharged from 1 January up to its day are asked again for relief alone
(BZ-AMB-41); the layers before relief see no more than they saw. Bills after that day, settled before the bureau knew,
have the identity that the person held (BZ-REL-5.10). An identity that ended or was entered in error is taken out.
"""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from casework.errors import Refused
from casework.models import Officer, get_visible
from claims import services as claims
from claims.models import PAYERS, LedgerEntry, Settlement
from claims.services import BillDifference, facts
from enrollment.models import HardshipIdentity, Person

Json = dict[str, Any]
SHOWN = (*PAYERS, "fund_total", "personal")
TOLD = {"birth_date", "scheme", "tags", "certificates", "choices", "catastrophic_cap"}
"""What the registers say of a person."""


def looking_back(category: str, recognised_on: date) -> Callable[[Settlement], Json]:
    """How a settlement's stored request is asked again for relief after a recognition on this day."""
    spell = _spell(category, recognised_on)

    def revise(settlement: Settlement) -> Json:
        asked = _stored(settlement)
        person = asked["person"]
        earlier = [each for each in person.get("relief_tags", ()) if each != spell]
        return asked | {"person": person | {"relief_tags": [*earlier, spell]}}

    return revise


def by_identity(identity: HardshipIdentity) -> Callable[[Settlement], Json]:
    """How a settlement's stored request is asked again by what the register says of this identity today.

    Given its own outcome again, it asks the same."""
    held = list(HardshipIdentity.objects.filter(person=identity.person_id, category=identity.category, voided=False))
    back = _spell(identity.category, identity.starts_on)

    def revise(settlement: Settlement) -> Json:
        asked = _stored(settlement)
        person = dict(asked["person"])
        relief = [each for each in person.pop("relief_tags", ()) if each != back]
        if not identity.voided:
            relief.append(back)
        others = [each for each in person["tags"] if each["tag"] != identity.category]
        own = [each for each in person["tags"] if each["tag"] == identity.category]
        person["tags"] = [*others, *(span for one in held if (span := _held(one, own)))]
        return asked | {"person": person | ({"relief_tags": relief} if relief else {})}

    return revise


def differences(*, identity_id: int, by: Officer) -> list[BillDifference]:
    """Every bill of the year of recognition with what it would be, in settlement order; later ones too, for they
    share the year's deductible, limits and base.

    Refuses an identity that was voided or lies outside the officer's territory."""
    identity = HardshipIdentity.objects.filter(pk=identity_id, voided=False).first()
    if identity is None:
        raise Refused("not_found", "未找到该困难身份，或已作废。")
    person: Person = get_visible(Person, by, pk=identity.person_id)
    return claims.preview(person.pk, identity.starts_on.year, by_identity(identity))


def different_years(identity: HardshipIdentity) -> dict[int, list[BillDifference]]:
    """The years from the identity's first on in which a bill comes out differently."""
    touched = LedgerEntry.objects.filter(person=identity.person_id, year__gte=identity.starts_on.year)
    revise, found = by_identity(identity), {}
    for year in touched.order_by("year").values_list("year", flat=True).distinct():
        bills = claims.preview(identity.person_id, year, revise)
        if any(differs(bill) for bill in bills):
            found[year] = bills
    return found


def differs(bill: BillDifference) -> bool:
    """Whether any payer's part comes out differently, or the rules pay the bill no more."""
    return any(bill.before[name] != bill.after[name] for name in SHOWN) or newly_refused(bill)


def newly_refused(bill: BillDifference) -> bool:
    """Whether the rules refuse a bill that they paid."""
    return bool(bill.after["refused"]) and not bill.before["refused"]


def as_seen(bills: list[BillDifference]) -> list[Json]:
    """The bills before and after in amounts, as a case keeps them."""
    return [
        {
            "settlement": bill.settlement.pk, "claim": bill.settlement.claim.case_no, "bill": bill.bill,
            "day": bill.day.isoformat(), "total": bill.after["total"],
            "before": {name: bill.before[name] for name in SHOWN},
            "after": {name: bill.after[name] for name in SHOWN},
        }
        for bill in bills
    ]


def by_register(person: Person) -> Callable[[Settlement], Json]:
    """How a settlement's stored request is asked again with the person as the register tells today.

    Identities that relief looks back with stay as they were settled."""

    def revise(settlement: Settlement) -> Json:
        asked = _stored(settlement)
        stored = asked["person"]
        days = [date.fromisoformat(bill[name]) for bill in asked["bills"] for name in ("admitted", "date")
                if name in bill]
        told = facts.person(person, days)
        told["tags"] = [_first_day_kept(tag, stored) for tag in told["tags"]]
        return asked | {"person": {key: value for key, value in stored.items() if key not in TOLD} | told}

    return revise


def _first_day_kept(tag: Json, stored: Json) -> Json:
    """An identity whose first day was looked back at keeps that day to relief alone, as `by_identity` settled it."""
    looked_back = any(each["tag"] == tag["tag"] and each["to"] == tag["from"] for each in stored.get("relief_tags", ()))
    if not looked_back or tag in stored["tags"]:
        return tag
    after = date.fromisoformat(tag["from"]) + timedelta(days=1)
    return tag | {"from": after.isoformat()}


def _stored(settlement: Settlement) -> Json:
    """The facts that were settled; whoever replays a year carries the `opening` himself."""
    asked: Json = json.loads(settlement.request_text)
    asked.pop("opening", None)
    return asked


def _spell(category: str, recognised_on: date) -> Json:
    return {"tag": category, "from": f"{recognised_on.year}-01-01", "to": recognised_on.isoformat()}


def _held(identity: HardshipIdentity, known: list[Json]) -> Json | None:
    """An identity's days as the engine reads them. On its first day a bill that was settled without it keeps to
    relief alone (BZ-AMB-41); None if no day is left."""
    start = identity.starts_on
    if not any(each["from"] <= start.isoformat() and (each["to"] or "9999") >= start.isoformat() for each in known):
        start += timedelta(days=1)
    if identity.ends_on is not None and identity.ends_on <= start:
        return None
    last = None if identity.ends_on is None else (identity.ends_on - timedelta(days=1)).isoformat()
    return {"tag": identity.category, "from": start.isoformat(), "to": last}
