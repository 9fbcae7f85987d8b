"""Loading the matter's reference data; the rows are the bureau's to edit afterwards."""

import tomllib
from datetime import date
from pathlib import Path

from django.db import transaction

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
