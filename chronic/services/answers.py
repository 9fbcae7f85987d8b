"""What claims, screens and the interface ask of a person's entitlements. Nothing here writes."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q

from chronic.models import EntitlementPeriod, SettlementChoice
from enrollment.models import Person
from enrollment.services.packs import pack_of
from enrollment.services.spans import merged_numbers

Json = dict[str, Any]


def policy_facts(person: Person, on: date | Iterable[date]) -> Json:
    """What the engine's request says of a person besides his insurance: `certificates` and `choices`.

    `on` is the service day, or all days that are settled together: certificates are those that touch the time from
    the first to the last (BZ-CHR-15.1), choices those of its years (CQ-17.10). What the pool's list of diseases does
    not name (a drug's certification, a grandfathered disease: CQ-31.1) is none of the engine's certificates.
    Those of numbers merged into his count (参保信息合并). Two queries, whatever his history."""
    days = sorted({on} if isinstance(on, date) else set(on))
    known = pack_of(person.region_code).section("diseases")
    numbers = merged_numbers(person)
    return {
        "certificates": [row for row in _certificates(numbers, days) if row["disease"] in known],
        "choices": _choices(numbers, sorted({day.year for day in days})),
    }


def certificates(person_id: int, days: Iterable[date]) -> list[dict[str, str | None]]:
    """The certificates that touch the time from the first of `days` to the last (without days: all), as the engine's
    request writes them: the code, and both ends inclusive. One query."""
    return _certificates([person_id], sorted(days))


def _certificates(numbers: list[int], wanted: list[date]) -> list[dict[str, str | None]]:
    rows = EntitlementPeriod.objects.filter(person_id__in=numbers, voided=False)
    if wanted:
        rows = rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=wanted[0]), starts_on__lte=wanted[-1])
    return [
        {"disease": row.unit, "from": row.starts_on.isoformat(),
         "to": None if row.last_day is None else row.last_day.isoformat()}
        for row in rows.order_by("unit", "starts_on")
    ]


def choices(person_id: int, years: Iterable[int] = ()) -> list[Json]:
    """How the person chose to have diseases settled in these years (without years: all), as the engine's request
    writes it (CQ-17.10). One query."""
    return _choices([person_id], list(years))


def _choices(numbers: list[int], years: list[int]) -> list[Json]:
    rows = SettlementChoice.objects.filter(person_id__in=numbers, replaced_on=None)
    if years:
        rows = rows.filter(year__in=years)
    return [{"disease": row.unit, "mode": row.mode, "year": row.year} for row in rows.order_by("year", "unit", "pk")]


def entitlements_on(person: Person | int, day: date) -> list[EntitlementPeriod]:
    """The periods in force on a day, with their entitlements; given the person himself, also those of numbers merged
    into his. One query. What is left of a limit in the year is known to claims."""
    numbers = [person] if isinstance(person, int) else merged_numbers(person)
    rows = EntitlementPeriod.objects.in_force(day).filter(person_id__in=numbers)
    return list(rows.select_related("entitlement", "entitlement__institution").order_by("category", "unit"))
