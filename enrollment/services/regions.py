"""Divisions and national code lists: loading them from the data files, and where an institution lies."""
import csv
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db import transaction

from casework.errors import Refused
from enrollment.models import HospitalLevel, Institution, PersonType, Region
from policy import regions

DATA = Path(__file__).resolve().parents[1] / "data"
Place = Literal["local", "in_province", "out_of_province"]


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@transaction.atomic
def load_regions() -> int:
    """Add or rename the divisions of the data file; returns how many it holds. Safe to repeat; removes none."""
    rows = [
        Region(code=row["code"], name=row["name"], parent_id=row["parent"] or None, level=row["level"])
        for row in _rows("regions.csv")
    ]
    Region.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["code"], update_fields=["name", "parent", "level"],
    )
    return len(rows)


@transaction.atomic
def load_code_lists() -> None:
    """Add the national lists of hospital levels and person types; what the bureau changed since stays."""
    HospitalLevel.objects.bulk_create(
        [HospitalLevel(**row) for row in _rows("hospital_levels.csv")], ignore_conflicts=True,
    )
    PersonType.objects.bulk_create(
        [PersonType(**{**row, "tags": row["tags"].split()}) for row in _rows("person_types.csv")],
        ignore_conflicts=True,
    )


def known_region(code: str) -> str:
    """Return the code of a known division, without blanks; else refuse it (`REGION_UNKNOWN`)."""
    code = code.strip()
    if not Region.objects.filter(pk=code).exists():
        raise Refused("REGION_UNKNOWN", f"行政区划代码“{code[:12]}”不在区划表中，请核对。")
    return code


def region_name(code: str) -> str:
    """Return the division's name, or its code where the table does not know it."""
    return Region.objects.filter(pk=code).values_list("name", flat=True).first() or code


def place_of(institution: Institution) -> Place:
    """Say where care at `institution` takes place, seen from the home pool, in the contract's words."""
    code = institution.region_id
    if regions.contains(settings.HOME_AREA, code):
        return "local"
    return "in_province" if regions.same_province(settings.HOME_AREA, code) else "out_of_province"
