"""Loading the matter's reference data; the rows are the bureau's to edit afterwards."""

import tomllib
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from casework import audit
from casework.errors import Refused
from casework.models import Officer
from maternity.models import ClaimPeriod, MaternityGround, MaternityMaterial

DATA = Path(__file__).parents[1] / "data" / "reference.toml"
FROM = date(2020, 1, 1)
"""First day of rows whose source names none."""
TABLES = (
    ("material", MaternityMaterial, ("benefit", "code")),
    ("period", ClaimPeriod, ("benefit", "worker")),
    ("ground", MaternityGround, ("code",)),
)


@transaction.atomic
def load_reference() -> int:
    """Put the data file's materials, time limits and grounds into their tables. Returns the rows added.

    A row that stands there, changed or ended by the bureau, is left as it is: this may run at every upgrade."""
    data, added = tomllib.loads(DATA.read_text(encoding="utf-8")), 0
    for name, model, key in TABLES:
        for row in data[name]:
            known = {column: row.pop(column, "") for column in key}
            if not model.objects.filter(**known).exists():
                model.objects.create(valid_from=FROM, **known, **row)
                added += 1
    return added


@transaction.atomic
def keep_reference(
    *, row: MaternityMaterial | ClaimPeriod | MaternityGround, changed: Iterable[str], by: Officer, at: datetime
) -> None:
    """Add or change a row of the reference data; who did it, and which columns, stands in the trail."""
    verb, model = "add" if row.pk is None else "change", row._meta.model_name
    if not by.may(f"maternity.{verb}_{model}"):
        raise Refused("no_permission", "您的岗位不能维护生育待遇的材料、期限和情形。")
    row.save()
    audit.record(
        action="keep_reference", label=f"维护{row._meta.verbose_name}", by=by, at=at, subject=f"{model}:{row.pk}",
        detail={"row": str(row), "changed": sorted(changed), "new": verb == "add"},
    )
