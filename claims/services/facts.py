"""From a claim's rows to the engine's request. The same facts always give the same bytes."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from chronic import services as chronic
from claims.models import BillLine, Visit
from enrollment import services as enrollment
from enrollment.models import Person
from maternity import services as maternity

Json = dict[str, Any]


def request(case: str, pool: str, person: Json, visits: Iterable[Visit], opening: Json) -> Json:
    """The request for these bills in the order of settlement: by discharge, then admission, then as entered.

    `person` are the facts of register and certificates, `opening` the accumulators of the years as they stand. Each
    visit carries its lines in `visit.entered`.
    """
    bills = [bill(visit, number) for number, visit in enumerate(ordered(visits), 1)]
    asked: Json = {"case": case, "pool": pool, "person": person, "bills": bills}
    if opening:
        asked["opening"] = opening
    return asked


def ordered(visits: Iterable[Visit]) -> list[Visit]:
    """Bills in the order in which they are settled."""
    return sorted(visits, key=lambda visit: (visit.discharged_on, visit.admitted_on, visit.pk or 0))


def bill(visit: Visit, number: int) -> Json:
    """One bill. What the officer deducted (扣减) is taken off before: it is nobody's cost in the rules."""
    facts = heading(visit, number)
    if visit.mode == Visit.Mode.LINES:
        facts["lines"] = [line(row) for row in visit.entered if row.amount > row.deducted]
    else:
        facts |= {
            "total": yuan(visit.total - visit.deducted),
            "own_expense": yuan(visit.own_expense),
            "first_self_pay": yuan(visit.first_self_pay),
        }
    if visit.settlement_no:
        facts["paid_elsewhere"] = {name: yuan(amount) for name, amount in visit.paid_elsewhere.items()}
    return facts


def heading(visit: Visit, number: int = 1) -> Json:
    """A bill without its amounts. Only a stay has an admission; an outpatient's day is the day of the cost."""
    facts: Json = {
        "id": str(number),
        "benefit": visit.benefit,
        "date": visit.discharged_on.isoformat(),
        "level": visit.level,
        "place": visit.place,
        "filing": visit.filing,
        "referred": visit.referred,
    }
    if not visit.outpatient:
        facts["admitted"] = visit.admitted_on.isoformat()
    if visit.course:
        facts["course"] = visit.course
    if visit.disease:
        facts["disease"] = visit.disease
    if visit.birth_event_id is not None:
        facts["maternity"] = maternity.event_facts(visit.birth_event)
    return facts


def line(row: BillLine) -> Json:
    """One line with what is recognised of it."""
    found = {"class": row.line_class, "amount": yuan(row.amount - row.deducted)}
    if row.rate is not None:
        found["rate"] = f"{row.rate:f}"
    return found


def person(one: Person, days: Iterable[date]) -> Json:
    """The engine's person on these days: what the register knows, with certificates and choices."""
    wanted = sorted(days)
    return enrollment.policy_person(one, wanted) | chronic.policy_facts(one, wanted)


def days(visits: Iterable[Visit]) -> list:
    """The days on which the person's facts matter."""
    return [day for visit in visits for day in (visit.admitted_on, visit.discharged_on)]


def yuan(amount: Decimal) -> str:
    """Two places, as the contract writes money."""
    return f"{amount:.2f}"
