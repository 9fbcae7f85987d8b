"""What an institution has to review, and by when."""

from datetime import date, datetime
from typing import Any

from casework.clock import bureau_day
from chronic.models import Acquaintance, ApiClient, ReviewDue

MOST = 500


def due(client: ApiClient, until: date, *, at: datetime) -> list[dict[str, Any]]:
    """The reviews of entitlements that this institution certified, due by a day and not done, soonest first."""
    today = bureau_day(at)
    rows = ReviewDue.objects.visible_to(client.officer).filter(
        settled_on=None, entitlement__institution=client.institution_id, due_on__lte=until
    )
    chosen = list(rows.select_related("entitlement__person").order_by("due_on", "pk")[:MOST])
    numbers = _numbers(client, {row.entitlement.person_id for row in chosen}, at)
    return [_told(row, numbers[row.entitlement.person_id], today) for row in chosen]


def _told(row: ReviewDue, psn_no: str, today: date) -> dict[str, Any]:
    made = row.entitlement
    return {
        "psn_no": psn_no, "psn_name": made.person.masked_name, "opsp_dise_code": made.unit,
        "opsp_dise_name": made.unit_name, "review_due_on": row.due_on.isoformat(),
        "suspends_on": row.suspends_on.isoformat(), "suspended": row.suspends_on <= today,
    }


def _numbers(client: ApiClient, persons: set[int], at: datetime) -> dict[int, str]:
    """The numbers under which the institution knows these persons, whom it certified itself."""
    Acquaintance.objects.bulk_create(
        [Acquaintance(institution_id=client.institution_id, person_id=pk, named_at=at) for pk in sorted(persons)],
        ignore_conflicts=True,
    )
    rows = Acquaintance.objects.filter(institution=client.institution_id, person__in=persons)
    return dict(rows.values_list("person_id", "psn_no"))
