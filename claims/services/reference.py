"""Loading the matter's reference data; the rows are the bureau's to edit afterwards."""

import tomllib
from datetime import date
from pathlib import Path

from django.db import transaction

from claims.models import ClaimBenefit, ClaimDeadline, ClaimReason, MaterialRequirement, RefusalGround

DATA = Path(__file__).parents[1] / "data" / "reference.toml"
FROM = date(2020, 1, 1)
"""First day of rows whose source names none."""


@transaction.atomic
def load_reference() -> int:
    """Put the data file's reasons, benefits, materials, deadlines and refusal grounds into their tables.

    Rows already there are left as they are, so the command may run at every upgrade. Returns the rows added.
    """
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    added = sum(_add(ClaimReason, {"code": row.pop("code")}, row) for row in data["reason"])
    reasons = {reason.code: reason for reason in ClaimReason.objects.all()}
    added += sum(_add(ClaimBenefit, {"code": row.pop("code"), "valid_from": FROM}, row) for row in data["benefit"])
    for row in data["material"]:
        key = {
            "kind": row.pop("kind"), "reason": reasons.get(row.pop("reason", "")), "benefit": row.pop("benefit", ""),
            "condition": row.pop("condition", ""), "valid_from": FROM,
        }
        added += _add(MaterialRequirement, key, row)
    for row in data["deadline"]:
        key = {"scheme": row.pop("scheme"), "benefit": row.pop("benefit"), "valid_from": FROM}
        added += _add(ClaimDeadline, key, {"month": None, "day": None, **row})
    added += sum(_add(RefusalGround, {"code": row.pop("code")}, row) for row in data["ground"])
    return added


def _add(model, key: dict, rest: dict) -> bool:
    if "valid_from" not in key:
        rest = {"valid_from": FROM, **rest}
    return model.objects.get_or_create(defaults=rest, **key)[1]
