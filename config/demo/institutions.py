"""The institutions: names as the rulebook prints them (BZ-CHR-7.2, BZ-DRG-5.3), hospitals in other cities, and
some small ones. Codes, credit codes and levels are synthetic."""
import csv
from datetime import date, datetime
from pathlib import Path

from casework.models import Officer
from config.demo.numbers import credit_code
from enrollment import services as enrollment
from enrollment.models import Institution

DATA = Path(__file__).parent / "data" / "institutions.csv"
AGREEMENT_FROM = date(2018, 1, 1)


def register_all(by: Officer, at: datetime) -> dict[str, Institution]:
    """Register those not known yet; returns all by name."""
    known = {institution.name: institution for institution in Institution.objects.all()}
    with DATA.open(encoding="utf-8", newline="") as file:
        for serial, row in enumerate(csv.DictReader(file), 1):
            if row["name"] not in known:
                known[row["name"]] = _register(serial, row, by, at)
    return known


def _register(serial: int, row: dict[str, str], by: Officer, at: datetime) -> Institution:
    levels = {} if row["kind"] == "P" else {"hospital_level": row["level"]}
    if row["deductible_level"]:
        levels["deductible_level"] = row["deductible_level"]
    return enrollment.register_institution(
        code=f"{row['kind']}{row['region']}{serial:05d}", name=row["name"], region_code=row["region"],
        kind=Institution.Kind.PHARMACY if row["kind"] == "P" else Institution.Kind.HOSPITAL,
        credit_code=credit_code(row["region"], serial), primary_care=bool(row["primary_care"]),
        in_network=True, starts_on=AGREEMENT_FROM, by=by, at=at, **levels,
    )
