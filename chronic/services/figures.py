"""Figures for managers (统计): granted and refused by disease and county, and by institution. One query each."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Left

from casework.clock import BUREAU_ZONE
from casework.models import Officer
from chronic.models import CertificationItem, SpotCheck

State = CertificationItem.State


@dataclass(frozen=True, slots=True)
class Figure:
    """How often a disease was granted and refused in a county."""

    unit: str
    unit_name: str
    county: str
    granted: int
    refused: int


@dataclass(frozen=True, slots=True)
class InstitutionFigure:
    """What an institution's files came to, and what spot checks found in them."""

    institution_id: int
    name: str
    granted: int
    refused: int
    checked: int
    faulty: int


def by_disease_and_county(by: Officer, *, first: date, last: date) -> list[Figure]:
    """Applications closed from `first` to `last`, reviews left out, by disease and county of the insured."""
    rows = _closed(by, first, last).values(
        "unit", "unit_name", county=Left("certification__region_code", 6)
    ).annotate(**COUNTS).order_by("unit", "county")
    return [Figure(**row) for row in rows]


def by_institution(by: Officer, *, first: date, last: date) -> list[InstitutionFigure]:
    """The same by certifying institution, with its spot checks of that time."""
    checks = SpotCheck.objects.visible_to(by).filter(
        institution=OuterRef("certification__institution"), checked_on__gte=first, checked_on__lte=last
    ).order_by().values("institution")
    rows = _closed(by, first, last).values(
        institution_id=F("certification__institution"), name=F("certification__institution__name")
    ).annotate(
        **COUNTS,
        checked=Coalesce(Subquery(checks.annotate(n=Count("pk")).values("n")), Value(0)),
        faulty=Coalesce(Subquery(checks.filter(status="cancelled").annotate(n=Count("pk")).values("n")), Value(0)),
    ).order_by("name")
    return [InstitutionFigure(**row) for row in rows]


COUNTS = {
    "granted": Count("pk", filter=Q(state=State.GRANTED)), "refused": Count("pk", filter=Q(state=State.REFUSED)),
}


def _closed(by: Officer, first: date, last: date) -> QuerySet[CertificationItem]:
    since = datetime.combine(first, time.min, BUREAU_ZONE)
    until = datetime.combine(last + timedelta(days=1), time.min, BUREAU_ZONE)
    return CertificationItem.objects.visible_to(by).filter(
        certification__closed_at__gte=since, certification__closed_at__lt=until, reviewed=None
    ).order_by()
