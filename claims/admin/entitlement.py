"""The live entitlement panel: cover on the stays' days, this stay's deductible, what is left under the year's caps."""
from datetime import date
from decimal import Decimal

from casework.clock import bureau_day, now
from casework.errors import Refused
from claims import services
from claims.models import Claim, Visit
from claims.services import facts, rules
from enrollment import services as enrollment
from enrollment.models import Person

NOMINAL = "100000.00"


def panel(claim: Claim, person: Person, visits: list[Visit], *, settled: bool) -> dict:
    """What the case page shows of the person's entitlement in the year of the last stay; ``person`` has his history.

    A settled stay has used its deductible: what another stay would meet is then not shown as this one's.
    """
    last = visits[-1] if visits else None
    on = last.discharged_on if last else claim.applied_on
    try:
        found = services.entitlements(person, on)
    except Refused as refusal:
        return {"year": on.year, "days": [], "note": refusal.message}
    own = {limit.accumulator for limit in found.limits if not limit.shared}
    return {
        "year": found.year,
        "days": [cover_on(person, visit.discharged_on) for visit in visits] or [cover_on(person, bureau_day(now()))],
        "person_type": found.person_type,
        "identities": [row.get_category_display() for row in found.identities],
        "filings": [f"{row.get_kind_display()}（{row.place_region_code}）" for row in found.filings],
        "deductible": _deductible(person, last, found) if last and found.covered and not settled else None,
        "limits": found.limits,
        "caps": sorted((row for row in found.rooms if row.name not in own), key=lambda row: row.cap is None),
        "note": "" if found.caps_known or not found.covered else "本年度有的标准尚未公布，限额暂不能显示。",
    }


def cover_on(person: Person, day: date) -> dict:
    cover = enrollment.coverage_on(person, day)
    scheme = cover.period.get_scheme_display() if cover.covered and cover.period else ""
    return {"day": day, "covered": cover.covered, "scheme": scheme, "reason": cover.reason}


def _deductible(person: Person, visit: Visit, found: services.Entitlements) -> Decimal | None:
    """What the rules would take off a large bill of this visit now; nothing where they refuse. Two queries."""
    day = visit.discharged_on.isoformat()
    bill = facts.heading(visit) | {"total": NOMINAL}
    try:
        pack = rules.pack_of(person.region_code)
        known = facts.person(person, [visit.admitted_on, visit.discharged_on])
        opening = {row.name: f"{row.used:.2f}" for row in found.rooms if row.used}
        request = {"pool": pack.pool, "person": known, "bills": [bill]}
        if opening:
            request["opening"] = {day[:4]: opening}
        answer = rules.compute(request, pack)["bills"][0]
    except Refused:
        return None
    return None if answer["refused"] else Decimal(answer["deductible"])
