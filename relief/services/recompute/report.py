"""What a recompute found: totals by county and cause, and a bill's steps before and after."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from casework.errors import Refused
from casework.models import Officer
from claims import services as claims
from claims.services import rules
from claims.services.replaying import as_stored
from policy.packed import RESULT
from relief.models.recompute import Recompute, RecomputeDifference
from relief.services.lookback import by_register


@dataclass(frozen=True, slots=True)
class Line:
    """How many persons and bills of a county differ for one cause."""

    region_code: str
    cause: str
    persons: int
    differences: int


def recompute_report(run: Recompute) -> list[Line]:
    """The differences of a run by county and cause. One query."""
    found = RecomputeDifference.objects.filter(chunk__run=run).values_list("person__region_code", "cause")
    counted = found.annotate(Count("person", distinct=True), Count("pk")).order_by("person__region_code", "cause")
    return [Line(*row) for row in counted]


def difference_by_payer(difference: RecomputeDifference) -> dict[str, tuple[int, int]]:
    """A bill's stored and replayed amounts that differ, in fen. Empty for accumulators and for refusals."""
    before, after = difference.before.split(","), difference.after.split(",")
    if difference.settlement_id is None or not len(before) == len(after) == len(RESULT):
        return {}
    pairs = zip(RESULT, map(int, before), map(int, after), strict=True)
    return {name: (old, new) for name, old, new in pairs if old != new}


def steps_before_and_after(*, difference_id: int, by: Officer) -> tuple[dict[str, Any], dict[str, Any]]:
    """The bill as it was settled with its steps, and as it is by what the difference's cause asks today.

    Refuses a difference of accumulators, which has no steps, and one outside the officer's territory."""
    rows = RecomputeDifference.objects.select_related("settlement__release", "person", "chunk__run")
    row = rows.filter(pk=difference_id).first()
    if row is None or not by.sees(row.person.region_code):
        raise Refused("not_found", "没有找到该差异，或不在您的管辖范围内。")
    if row.settlement is None:
        raise Refused("NO_STEPS", "该差异是年度累计，没有计算步骤。")
    if row.cause == RecomputeDifference.Cause.FAULT:
        again = rules.compute(row.settlement.request, rules.pack_of_release(row.settlement.release))
        place = max(row.number, 1) - 1
        return row.settlement.result["bills"][place], again["bills"][place]
    year = row.chunk.run.year
    if row.cause == RecomputeDifference.Cause.FACT:
        bills = claims.preview(row.person_id, year, by_register(row.person))
    else:
        today = rules.pack_of(row.person.region_code)
        bills = claims.preview(row.person_id, year, as_stored, lambda _: today)
    bill = next((each for each in bills if (each.settlement.pk, each.number) == (row.settlement_id, row.number)), None)
    if bill is None:
        raise Refused("CHANGED_SINCE", "该结算在重算之后已变动，请重新发起重算。")
    return bill.before, bill.after
