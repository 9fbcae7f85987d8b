"""A certificate that is cut from a past day on: what was settled on it is settled again, and the difference proposed.

Nothing that was decided is overwritten: the year is settled again from the stored facts, with the days of this one
certificate as the register has them now.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from casework.errors import Refused
from casework.models import AuditEntry, Officer
from chronic import services as chronic
from claims.models import Adjustment, Settlement
from claims.services.reconsidering import reconsider
from claims.services.replaying import Revise, live_in_order, lock_person
from enrollment.models import Person

Json = dict[str, Any]

RULE = "BZ-CHR-15.1"
UNPAID = frozenset({"not_certified"})
"""A bill without its certificate is paid nothing, and stays in its claim."""


@transaction.atomic
def propose_after_cut(
    *, person_id: int, unit: str, from_day: date, reason: str, by: Officer, at: datetime
) -> list[Adjustment]:
    """Propose the recovery of what was paid on a certificate for days from `from_day` on (BZ-CHR-15.1).

    The years are locked first, so a claim that is being settled on the certificate is waited for. Every bill of a
    year that was settled on it is asked again, also those of other diseases, whose common limit may fall
    (BZ-CHR-3.4); a decided claim that comes out differently gets a proposal for its own two officers. Bills before
    that day stay. Twice is once.
    """
    person = Person.objects.select_related("merged_into").get(pk=person_id)
    person = person.merged_into or person
    lock_person(person.pk, range(from_day.year, at.year + 1))
    years = {
        int(bill["date"][:4]) for row in live_in_order(person.pk) if rests_on(row, unit)
        for bill in row.request["bills"] if bill["date"] >= from_day.isoformat()
    }
    why = f"门诊慢特病待遇自{from_day}终止：{reason}"
    revise = without_cut_days(person, unit)
    return [
        adjustment for year in sorted(years)
        for adjustment in reconsider(person.pk, year, revise, reason=why, rule=RULE, by=by, at=at, unpaid=UNPAID)
    ]


def without_cut_days(person: Person, unit: str) -> Revise:
    """How a stored request is asked again: the certificate of this unit holds on the days that the register has."""
    now = [row for row in chronic.policy_facts(person, [])["certificates"] if row["disease"] == unit]

    def revise(settlement: Settlement) -> Json:
        if not rests_on(settlement, unit):
            return settlement.request
        person = settlement.request["person"]
        others = [row for row in person["certificates"] if row["disease"] != unit]
        return settlement.request | {"person": person | {"certificates": [*others, *now]}}

    return revise


def who_cut(entitlement_id: int) -> Officer:
    """The officer who ended the entitlement: he proposes, so he decides nothing about it."""
    entries = AuditEntry.objects.filter(subject=f"entitlement:{entitlement_id}", action="cut_entitlement")
    found = entries.exclude(officer=None).select_related("officer").order_by("pk").last()
    if found is None:
        raise Refused("NO_OFFICER", "未找到终止待遇的经办人员，请由主管人工提出追回。")
    return found.officer


def rests_on(settlement: Settlement, unit: str) -> bool:
    """Whether a certificate of this unit is among the facts that were settled."""
    return any(row["disease"] == unit for row in settlement.request["person"].get("certificates", ()))
