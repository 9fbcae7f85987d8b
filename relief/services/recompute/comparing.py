"""Beyond the replay of what is stored: what today's register and today's pack would give (cause: fact, pack).

A changed pack is asked in bulk over the compact record; changed facts are looked for person by person, and only
persons whose facts differ are settled again. Nothing is written here.
"""

from collections.abc import Iterator
from datetime import date

from casework.models import PackRelease
from claims import services as claims
from claims.models import SettledBill, Settlement
from claims.services import rules
from enrollment import services as enrollment
from enrollment.models import Person
from policy import Pack, packed
from policy.engine.facts import Refused
from policy.errors import PolicyError
from relief.services.lookback import by_register, differs
from relief.services.recompute.functions import Functions
from relief.services.recompute.replaying import Different, replay_stretch, text_of

BATCH = 500
NOT_IN_PACK = "not_in_pack"


class Lenient(Functions):
    """Functions of another pack than decided: a bill whose plan it does not have is refused, not an error."""

    def made(self, pack: Pack, facts: str, day: date) -> packed.Function | None:
        try:
            return super().made(pack, facts, day)
        except (KeyError, PolicyError):
            refusal = Refused(NOT_IN_PACK, "", "")
            return lambda *_: refusal


def by_todays_pack(
    year: int, first: int, last: int, region: str, releases: dict[int, PackRelease], today: Pack
) -> list[Different]:
    """The bills that the pack in force today gives differently from their stored facts."""
    packs = {
        number: today if release.pool == today.pool else rules.pack_of_release(release)
        for number, release in releases.items()
    }
    found = replay_stretch(year, first, last, region, {}, Lenient(packs.__getitem__))
    return [each for each in found.different if each.settlement is not None]


def by_todays_register(year: int, first: int, last: int, region: str) -> list[Different]:
    """The bills that come out differently with the person as the register tells today."""
    found: list[Different] = []
    for persons in _batches(year, first, last, region):
        known = {person.pk: person for person in enrollment.with_history(Person.objects.filter(pk__in=persons))}
        rows = Settlement.objects.live().filter(person__in=persons, bills__year=year).distinct()
        suspects = {row.person_id for row in rows.only("person_id", "request_text") if _changed(row, known)}
        for person in sorted(suspects):
            found += _different(known[person], year)
    return found


def _batches(year: int, first: int, last: int, region: str) -> Iterator[list[int]]:
    bills = SettledBill.objects.filter(live=True, year=year, person__gte=first, person__lte=last)
    if region:
        bills = bills.filter(person__region_code__startswith=region)
    persons = list(bills.order_by("person").values_list("person", flat=True).distinct())
    for start in range(0, len(persons), BATCH):
        yield persons[start : start + BATCH]


def _changed(row: Settlement, known: dict[int, Person]) -> bool:
    asked = by_register(known[row.person_id])(row)
    return rules.canonical(asked["person"]) != rules.canonical(row.request["person"])


def _different(person: Person, year: int) -> list[Different]:
    return [
        Different(
            person.pk, bill.settlement.pk, bill.number, text_of(packed.pack_result(bill.before)),
            bill.after["refused"]["code"] if bill.after["refused"] else text_of(packed.pack_result(bill.after)),
        )
        for bill in claims.preview(person.pk, year, by_register(person)) if differs(bill)
    ]
