"""Residents with high bills of the last months, settled and paid in their month: whom the monthly list names, and
some who hold an identity: what relief paid for by category and county."""
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from claims.models import Claim, Payment, Visit
from claims.services import Line, Stay
from config.demo.city import City, morning
from config.demo.desk import Desk, bank_answers, send_to_bank, working_day
from enrollment.models import HardshipIdentity, Person
from policy import periods
from relief.models import ReliefApplication

HOSPITAL = "巴中市中心医院"
INVOICES = "51060326"
COSTS = (
    (68_000, 21_000, 0), (61_000, 0, 0), (57_000, 0, 12_000), (66_000, 9_000, 18_000), (18_000, 54_000, 0),
    (0, 63_000, 7_000), (14_000, 51_000, 0), (11_000, 12_000, 9_000), (0, 16_000, 17_000),
)
"""What each of them costs in each of the last three months, the oldest first, in yuan."""
POOR_COST = 26_000
POOR = 6
"""How many holders of an identity have such a bill in the oldest of the months; no two of one county and category."""


def spend(city: City, months: list[str]) -> int:
    """Settle and pay the bills of these months if the database has none; returns how many."""
    if Visit.objects.filter(invoice_code=INVOICES).exists():
        return 0
    done = 0
    bills = [*zip(_residents(months[0]), COSTS, strict=False), *((one, (POOR_COST, 0, 0)) for one in _poor(months[0]))]
    for place, month in enumerate(months):
        first = date.fromisoformat(f"{month}-01")
        paid: dict[str, list[Claim]] = {}
        for person, costs in bills:
            if costs[place]:
                done += 1
                claim = _settle(city, person, Decimal(costs[place]), first, done)
                paid.setdefault(person.region_code, []).append(claim)
        last = morning(working_day(periods.add_days(periods.add_months(first, 1), -1)))
        for region_code, claims in paid.items():
            payments = list(Payment.objects.filter(claim__in=claims).order_by("pk"))
            batch = send_to_bank(city, region_code, payments, last - timedelta(days=1))
            bank_answers(city, region_code, batch, set(), last)
    return done


def _residents(month: str) -> list[Person]:
    """Without an identity, so that the list tells of somebody new."""
    found = _insured(month).filter(birth_date__lt=date(1990, 1, 1))
    return list(found.exclude(pk__in=HardshipIdentity.objects.values("person"))[:len(COSTS)])


def _poor(month: str) -> list[Person]:
    """Holders of an identity all year, one of a county and category."""
    seen, found = set(), []
    held = HardshipIdentity.objects.in_force(date.fromisoformat(f"{month}-01")).filter(
        person__in=_insured(month), starts_on__lt=date(int(month[:4]), 1, 1)
    )
    for one in held.select_related("person").order_by("person__id_no", "category"):
        place = one.person.region_code, one.category
        if place not in seen and one.person not in found and len(found) < POOR:
            seen.add(place)
            found.append(one.person)
    return found


def _insured(month: str) -> QuerySet[Person]:
    """Residents with an account, with whom the demo has nothing else in hand."""
    busy = [person for model in (Claim, ReliefApplication) for person in model.objects.values_list("person", flat=True)]
    return Person.objects.filter(
        died_on=None, insurance_periods__scheme="resident", insurance_periods__ends_on=None,
        insurance_periods__starts_on__lt=date(int(month[:4]), 1, 1), birth_date__lt=date(int(month[:4]), 1, 1),
    ).exclude(bank_account="").exclude(pk__in=busy).order_by("id_no").distinct()


def _settle(city: City, person: Person, cost: Decimal, first: date, serial: int) -> Claim:
    """A stay of the month before, registered at its beginning and approved by its middle."""
    line = Line(line_class="A", name="住院医疗费", amount=cost)
    stay = Stay(
        institution_id=city.institutions[HOSPITAL].pk, admitted_on=first - timedelta(days=9),
        discharged_on=first + timedelta(days=1), invoice_code=INVOICES, invoice_no=f"{serial:010d}",
        diagnosis_code="C34.900", diagnosis="肺恶性肿瘤", total=cost, lines=[line],
    )
    desk = Desk(city, person, [stay], working_day(first + timedelta(days=4)), first + timedelta(days=20))
    desk.register("01")
    desk.collect()
    desk.enter()
    desk.settle()
    desk.review()
    desk.approve()
    return desk.claim
