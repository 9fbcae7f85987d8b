"""Bills of chronic patients: what their certificates are worth at the window, settled and waiting for review."""
from datetime import timedelta
from decimal import Decimal

from django.db import transaction

from casework.clock import bureau_day, now
from chronic.models import Entitlement
from claims.models import Visit
from claims.services import Line, Stay
from config.demo.cases import LAST_DAY
from config.demo.city import City
from config.demo.desk import Desk, working_day
from config.demo.officers import OFFICES

CHRONIC = "chronic"
EACH = 2
"""Claims in each county."""


@transaction.atomic
def open_all(city: City) -> int:
    """Open the claims if the database has none; returns how many."""
    if Visit.objects.filter(benefit=CHRONIC).exists():
        return 0
    opened = 0
    for region_code, _ in OFFICES.values():
        held = Entitlement.objects.filter(person__region_code=region_code, category=CHRONIC, ended_on=None)
        for entitlement in held.select_related("person", "institution").order_by("pk")[:EACH]:
            opened += 1
            _open(city, entitlement, opened)
    return opened


def _open(city: City, entitlement: Entitlement, serial: int) -> None:
    """One visit after the certification, registered a few days later."""
    today = working_day(min(bureau_day(now()) - timedelta(days=1), LAST_DAY))
    seen = entitlement.certified_on
    lines = [
        Line(line_class="A", name="西药费", amount=Decimal(21_600 + 4_300 * serial) / 100),
        Line(line_class="B", name="检查费", amount=Decimal(9_800) / 100, rate="0.10"),
    ]
    visit = Stay(
        institution_id=entitlement.institution_id, admitted_on=seen, discharged_on=seen, invoice_code="51060226",
        invoice_no=f"{serial:010d}", benefit=CHRONIC, disease=entitlement.unit, diagnosis=entitlement.unit_name,
        total=sum(line.amount for line in lines), lines=lines,
    )
    desk = Desk(city, entitlement.person, [visit], working_day(max(seen, today - timedelta(days=3))), today)
    desk.register("01")
    desk.collect()
    desk.enter()
    desk.settle()
