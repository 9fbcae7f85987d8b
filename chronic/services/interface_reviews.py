"""What an institution has to review, and by when."""

from datetime import date, datetime
from typing import Any

from django.db.models import Q

from chronic.models import Acquaintance, ApiClient, Entitlement

MOST = 500


def due(client: ApiClient, until: date, *, at: datetime) -> list[dict[str, Any]]:
    """The live entitlements that this institution certified and whose review is due by a day, soonest first."""
    rows = Entitlement.objects.visible_to(client.officer).filter(
        Q(ended_on__isnull=True), institution=client.institution_id, review_due_on__lte=until
    ).select_related("person").order_by("review_due_on", "pk")[:MOST]
    chosen = list(rows)
    numbers = _numbers(client, {row.person_id for row in chosen}, at)
    return [
        {"psn_no": numbers[row.person_id], "psn_name": row.person.masked_name, "opsp_dise_code": row.unit,
         "opsp_dise_name": row.unit_name, "review_due_on": row.review_due_on.isoformat()}
        for row in chosen
    ]


def _numbers(client: ApiClient, persons: set[int], at: datetime) -> dict[int, str]:
    """The numbers under which the institution knows these persons, whom it certified itself."""
    Acquaintance.objects.bulk_create(
        [Acquaintance(institution_id=client.institution_id, person_id=pk, named_at=at) for pk in sorted(persons)],
        ignore_conflicts=True,
    )
    rows = Acquaintance.objects.filter(institution=client.institution_id, person__in=persons)
    return dict(rows.values_list("person_id", "psn_no"))
