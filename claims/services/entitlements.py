"""What a person may still draw in a year: scheme, identities, filings, certificates, what is used and what is left."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from claims.models import Accumulator
from claims.services import facts, rules
from claims.services.limits import Limit, limits
from enrollment import services as enrollment
from enrollment.models import CareFiling, HardshipIdentity, Person
from policy import Pack


@dataclass(frozen=True, slots=True)
class Room:
    """One running total of the year: what is used, its cap on this day (None: no cap), what is left."""

    name: str
    label: str
    used: Decimal
    cap: Decimal | None
    left: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Entitlements:
    """The live entitlement panel: everything as of `on`."""

    on: date
    covered: bool
    scheme: str
    scheme_label: str
    person_type: str
    why_not: str
    caps_known: bool
    identities: list[HardshipIdentity] = field(default_factory=list)
    filings: list[CareFiling] = field(default_factory=list)
    rooms: list[Room] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)

    @property
    def year(self) -> int:
        return self.on.year


def entitlements(person: Person, on: date) -> Entitlements:
    """What the person may draw on a day, from the register, the ledger and the pack in force: every running total of
    the year, and what is left of the limit of each chronic, special, two-disease and outpatient benefit.

    The number of queries does not depend on his history.
    """
    person = enrollment.with_history(Person.objects.filter(pk=person.pk)).get()
    cover = enrollment.coverage_on(person, on)
    used = {row.name: row for row in Accumulator.objects.filter(person=person, year=on.year)}
    pack = rules.pack_of(person.region_code)
    known = facts.person(person, [on])
    caps = rules.caps_on(pack, known, on) if cover.covered else {}
    paid = {name: row.amount for name, row in used.items()}
    left = limits(known, paid, on, pack, of_stays=caps) if cover.covered else []
    return Entitlements(
        on=on,
        covered=cover.covered,
        scheme=cover.scheme,
        scheme_label=cover.period.get_scheme_display() if cover.period else "未参保",
        person_type=cover.period.person_type.name if cover.period else "",
        why_not=cover.reason,
        caps_known=bool(caps),
        identities=enrollment.identities_on(person, on),
        filings=[row for row in person.care_filings.all() if row.holds_on(on) and row.state == CareFiling.State.DONE],
        limits=left,
        rooms=[_room(pack, name, used.get(name), caps) for name in sorted({*used, *caps})],
    )


def _room(pack: Pack, name: str, row: Accumulator | None, caps: dict[str, Decimal | None]) -> Room:
    amount = row.amount if row else Decimal("0.00")
    cap = caps.get(name, row.cap if row else None)
    left = None if cap is None else max(cap - amount, Decimal("0.00"))
    return Room(name=name, label=rules.accumulator_label(pack, name), used=amount, cap=cap, left=left)
