"""Looking back (依申请救助追溯, BZ-REL-5.5): what the year's bills would have been, had relief known the identity.

Of a recognition in a year, its bills discharged from 1 January up to the day of recognition are asked again for
relief alone (BZ-AMB-41); the layers before relief see no more than they saw. Nothing is written here.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from casework.errors import Refused
from casework.models import Officer, get_visible
from claims.models import Settlement
from claims.services import ledger, rules
from enrollment.models import HardshipIdentity, Person

Json = dict[str, Any]
RELIEF = ("relief", "relief_tilt")


@dataclass(frozen=True, slots=True)
class BillDifference:
    """One bill before and after: relief and tilted relief, and what the person's own share becomes."""

    settlement: Settlement
    bill: str
    day: date
    before: Json
    after: Json

    @property
    def difference(self) -> Decimal:
        """Positive: to be paid to the person."""
        return sum((Decimal(self.after[name]) - Decimal(self.before[name]) for name in RELIEF), Decimal("0.00"))


def looking_back(category: str, recognised_on: date) -> Callable[[Settlement], Json]:
    """How a settlement's stored request is asked again after a recognition.

    `opening` is left out: who replays a year carries it."""
    spell = {"tag": category, "from": f"{recognised_on.year}-01-01", "to": recognised_on.isoformat()}

    def revise(settlement: Settlement) -> Json:
        asked: Json = json.loads(settlement.request_text)
        asked.pop("opening", None)
        person = asked["person"]
        earlier = [each for each in person.get("relief_tags", ()) if each != spell]
        return asked | {"person": person | {"relief_tags": [*earlier, spell]}}

    return revise


def differences(*, identity_id: int, by: Officer) -> list[BillDifference]:
    """Every bill of the year of recognition with what it would be, in settlement order; later ones too, for they
    share the year's deductible, limits and base.

    Refuses an identity that was voided or lies outside the officer's territory."""
    identity = HardshipIdentity.objects.filter(pk=identity_id, voided=False).first()
    if identity is None:
        raise Refused("not_found", "未找到该困难身份，或已作废。")
    person: Person = get_visible(Person, by, pk=identity.person_id)
    year = identity.starts_on.year
    live = Settlement.objects.live().filter(person=person).select_related("claim", "release").in_order()
    rows = [row for row in live if any(bill["date"].startswith(str(year)) for bill in row.request["bills"])]
    return _replay(rows, looking_back(identity.category, identity.starts_on), year)


def _replay(rows: list[Settlement], revise: Callable[[Settlement], Json], year: int) -> list[BillDifference]:
    """Settle these again in order under their own packs, carrying the accumulators from one to the next."""
    if not rows:
        return []
    standing = _standing_before(rows)
    found = []
    for row in rows:
        request = revise(row)
        wanted = {int(bill["date"][:4]) for bill in request["bills"]}
        opening: Json = {}
        for (when, name), amount in sorted(standing.items()):
            if when in wanted and amount:
                opening.setdefault(str(when), {})[name] = f"{amount:.2f}"
        result = rules.compute(request | ({"opening": opening} if opening else {}), rules.pack_of_release(row.release))
        for key, delta in rules.deltas(opening, result).items():
            standing[key] = standing.get(key, Decimal(0)) + delta
        found += [
            BillDifference(row, after["id"], date.fromisoformat(asked["date"]), before, after)
            for asked, before, after in zip(request["bills"], row.result["bills"], result["bills"], strict=True)
            if asked["date"].startswith(str(year))
        ]
    return found


def _standing_before(rows: list[Settlement]) -> ledger.Moved:
    """The accumulators as they were before the first of these settlements."""
    years = {int(bill["date"][:4]) for row in rows for bill in row.request["bills"]}
    standing = {
        (int(year), name): Decimal(amount)
        for year, names in ledger.opening(rows[0].person_id, years).items() for name, amount in names.items()
    }
    for key, delta in ledger.sums(ledger.entries_of(rows)).items():
        standing[key] = standing.get(key, Decimal(0)) - delta
    return standing
