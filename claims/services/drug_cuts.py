"""A drug's certification that is ended from a past day on: its bills from that day are settled again as nobody's cost.

As with a disease's certificate (`cuts`) nothing that was decided is overwritten. The engine's rules know no
certification of a drug (a claim is checked for it when it is entered), so a bill without one is asked again as wholly
at the patient's own expense.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from casework.models import Officer
from chronic import services as chronic
from claims.models import Adjustment, Settlement, SettlementItem
from claims.services.reconsidering import reconsider
from claims.services.replaying import Revise, live_in_order, lock_person
from enrollment.models import Person

Json = dict[str, Any]

RULE = "BZ-DRG-3.1"


@transaction.atomic
def propose_after_drug_end(
    *, person_id: int, drug: str, from_day: date, reason: str, by: Officer, at: datetime
) -> list[Adjustment]:
    """Propose the recovery of what was paid for a drug on days from `from_day` on that no certification covers any
    more: without one nothing is reimbursed (BZ-DRG-3.1).

    The years are locked first. A decided claim that comes out differently gets a proposal for its own two officers, an
    undecided one goes back to its first check. Bills before that day stay. Twice is once.
    """
    person = Person.objects.select_related("merged_into").get(pk=person_id)
    person = person.merged_into or person
    lock_person(person.pk, range(from_day.year, at.year + 1))
    bills = _bills_of(person, drug, from_day)
    years = {day.year for found in bills.values() for day in found.values()}
    why = f"药品{drug}的特药认定自{from_day}终止：{reason}"
    revise = _without(bills)
    return [
        adjustment for year in sorted(years)
        for adjustment in reconsider(person.pk, year, revise, reason=why, rule=RULE, by=by, at=at)
    ]


def _bills_of(person: Person, drug: str, from_day: date) -> dict[int, dict[str, date]]:
    """By settlement the bills of the drug that are covered no more, with their days."""
    live = [settlement.pk for settlement in live_in_order(person.pk)]
    rows = SettlementItem.objects.filter(
        settlement__in=live, visit__drug=drug, visit__discharged_on__gte=from_day
    ).select_related("visit")
    covered = chronic.drug_days(person, drug)
    found: dict[int, dict[str, date]] = {}
    for row in rows:
        day = row.visit.discharged_on
        if not any(period.contains(day) for period in covered):
            found.setdefault(row.settlement_id, {})[f"{row.number}"] = day
    return found


def _without(bills: dict[int, dict[str, date]]) -> Revise:
    def revise(settlement: Settlement) -> Json:
        uncovered = bills.get(settlement.pk, {})
        asked = [_own_expense(bill) if bill["id"] in uncovered else bill for bill in settlement.request["bills"]]
        return settlement.request | {"bills": asked}

    return revise


def _own_expense(bill: Json) -> Json:
    """The bill with all of it at the patient's own expense."""
    if "lines" in bill:
        return bill | {"lines": [{"class": "C", "amount": line["amount"]} for line in bill["lines"]]}
    return bill | {"own_expense": bill["total"], "first_self_pay": "0.00"}
