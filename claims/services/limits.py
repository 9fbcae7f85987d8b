"""What is left of each outpatient limit of the year: the rules are asked for the next bill of each benefit."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from casework.errors import Refused
from claims.models import ClaimBenefit
from claims.services import rules
from claims.services.benefits import benefits_on, disease_name
from policy import Pack

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limit:
    """One benefit as its next bill would meet it: the certified diseases, the deductible still due, what was paid of
    the limit and what is left (None: no limit). `shared`: the limit is that of stays (BZ-CHR-5.4)."""

    benefit: str
    label: str
    diseases: list[str]
    accumulator: str
    deductible: Decimal
    used: Decimal
    cap: Decimal | None
    left: Decimal | None
    shared: bool = False


def limits(
    person: Json, used: dict[str, Decimal], on: date, pack: Pack, *, of_stays: Collection[str] = ()
) -> list[Limit]:
    """The limits of all outpatient benefits that these facts give a right to on a day. One query.

    `person` are the engine's facts, `used` the year's accumulators, `of_stays` those that stays have a limit for. A
    benefit that the rules refuse, or whose figures are not known yet, is left out.
    """
    found = []
    for benefit in benefits_on(on).values():
        held = _held(person, benefit, on, pack)
        if benefit.outpatient and not benefit.drug and (held or not benefit.category):
            limit = _limit(benefit, held, person, used, on, pack)
            if limit is not None:
                found.append(replace(limit, shared=limit.accumulator in of_stays))
    return found


def _held(person: Json, benefit: ClaimBenefit, on: date, pack: Pack) -> list[str]:
    """The diseases of a benefit that the person is certified for on a day."""
    day, known = on.isoformat(), pack.section("diseases")
    return [
        row["disease"] for row in person.get("certificates", ())
        if known.get(row["disease"], {}).get("class") in benefit.categories
        and row["from"] <= day and (row["to"] is None or day <= row["to"])
    ]


def _limit(
    benefit: ClaimBenefit, held: list[str], person: Json, used: dict[str, Decimal], on: date, pack: Pack
) -> Limit | None:
    bill = {"id": "1", "benefit": benefit.code, "date": on.isoformat(), "level": rules.HIGHEST, "total": rules.NOMINAL}
    if held:
        bill["disease"] = held[0]
    request: Json = {"pool": pack.pool, "person": person, "bills": [bill]}
    opening = {name: f"{amount:.2f}" for name, amount in used.items() if amount}
    if opening:
        request["opening"] = {str(on.year): opening}
    try:
        (answer,) = rules.compute(request, pack)["bills"]
    except Refused:
        return None
    step = next((row for row in answer["steps"] if row["layer"] == "basic" and row["accumulators"]), None)
    if answer["refused"] or step is None:
        return None
    moved, left = step["accumulators"][0], step["cap_left"]
    before = Decimal(moved["before"])
    return Limit(
        benefit=benefit.code, label=benefit.name, diseases=[disease_name(code, pack) for code in held],
        accumulator=moved["name"], deductible=Decimal(answer["deductible"]), used=before,
        cap=None if left is None else Decimal(left) + before, left=None if left is None else Decimal(left),
    )
