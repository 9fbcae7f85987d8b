"""Payments entered as the rules compute them: what a month or a repair costs is asked of the pack."""
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

import policy
from casework.models import Officer
from enrollment.models import Contribution, Person
from enrollment.services import windows
from enrollment.services.contributions import Kind, enter, record_contribution, row_of
from enrollment.services.packs import ask, pack_of
from enrollment.services.spans import authorise, locked_person
from policy import Pack


def month_of(
    person: Person, year: int, payer: str, *, wage: Decimal | None = None, joined: tuple[str, ...] = (),
    pension: str | None = None, pack: Pack | None = None,
) -> dict[str, Any]:
    """What one month of `year` costs and credits, share by share (BZ-EMP-5.1 to 7.4, 11.1, 12.1, 32.1, 35.1).

    Refuses, naming the parameter, where the minimum base or the average pension is not supplied.
    """
    request = {
        "year": year, "payer": payer, "wage": None if wage is None else str(wage), "joined": list(joined),
        "pension": pension,
    }
    return ask(policy.contributions, request, pack or pack_of(person.region_code))


@transaction.atomic
def pay_month(
    *, person_id: int, month: date, payer: str, paid_on: date, source: str, source_no: str, by: Officer, at: datetime,
    wage: Decimal | None = None, joined: tuple[str, ...] = (), pension: str | None = None,
) -> list[Contribution]:
    """Enter a month as the rules compute it: basic insurance with the account's credit, and a row for each further
    fund. The source's number carries the fund's name behind it."""
    authorise(by, "record_contribution")
    person = locked_person(person_id, by)
    known = month_of(person, month.year, payer, wage=wage, joined=joined, pension=pension)
    rows = []
    for fund, kind in FUNDS.items():
        lines = [line for line in known["lines"] if line["fund"] == fund]
        if not lines:
            continue
        basic = fund == "basic"
        row = row_of(
            person, _basic_kind(payer) if basic else kind, month.year, paid_on, source,
            source_no if basic else f"{source_no}-{fund}",
            {
                "for_month": month.month, "base": Decimal(lines[0]["base"]), "personal_amount": _sum(lines, "person"),
                "employer_amount": _sum(lines, "employer") + _sum(lines, "agency"),
                "account_credit": Decimal(known["account_credit"]) if basic else Decimal(0),
            },
        )
        rows.append(enter(person, row, by=by, at=at))
    windows.recompute_many([person.pk], by=by, at=at)
    return rows


@transaction.atomic
def repair_waiting(
    *, person_id: int, year: int, paid_on: date, source: str, source_no: str, by: Officer, at: datetime,
) -> Contribution:
    """Shorten the variable wait of `year` by one month, at the full personal premium of the year (BZ-RES-10.4,
    BZ-AMB-16: no subsidy). Refuses a month that would shorten nothing."""
    authorise(by, "record_contribution")
    person = locked_person(person_id, by)
    cost = ask(policy.premium, {"year": year, "category": "adult", "tags": []}, pack_of(person.region_code))
    return record_contribution(
        person_id=person.pk, kind=Kind.REPAIR, for_year=year, paid_on=paid_on, source=source, source_no=source_no,
        by=by, at=at, personal_amount=Decimal(cost["premium"]),
    )


FUNDS = {
    "basic": Kind.EMPLOYEE_MONTH, "maternity": Kind.MATERNITY, "civil_servant": Kind.CIVIL_SERVANT,
    "large_amount": Kind.LARGE_AMOUNT,
}


def _basic_kind(payer: str) -> str:
    return Kind.EMPLOYEE_MONTH if payer == "employer" else Kind.FLEXIBLE_MONTH


def _sum(lines: list[dict[str, str]], payer: str) -> Decimal:
    return sum((Decimal(line["amount"]) for line in lines if line["payer"] == payer), Decimal(0))
