"""The highest level of a year, which the deductible goes by (CQ-13.2), in a ledger that adds numbers up."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from claims import services as claims
from claims.models import Accumulator, LedgerEntry, SettledBill
from claims.services import Stay
from enrollment import services as enrollment
from relief.services import recompute
from tests.claims.conftest import make_officer
from tests.claims.test_choices import CITY, installed, patient, window  # noqa: F401  (fixtures)
from tests.relief.test_recompute import run_jobs

pytestmark = pytest.mark.django_db

HYPERTENSION = "CQ-II-05"
DEDUCTIBLES = """
  inpatient.deductible:
    article: 第十三条
    versions: [{from: 2025-06-01, to: 2026-01-01, values: {employee: {level1: 200元, level2: 440元, level3: 880元}}}]
"""


@pytest.fixture
def own_deductibles(installed, settings):  # noqa: F811
    """The bureau's own deductibles beside its ratios."""
    [path] = settings.POLICY_OVERLAYS["chongqing"]
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(DEDUCTIBLES)


@pytest.fixture
def houses(installed, at):  # noqa: F811
    """A clinic of the first level and a hospital of the third."""
    manager = make_officer("主管", "M502", CITY)
    return [
        enrollment.register_institution(
            code=f"H5000000000{number}", name=name, region_code=CITY, hospital_level=level,
            starts_on=date(2020, 1, 1), by=manager, at=at,
        )
        for number, (name, level) in enumerate((("重庆某社区医院", "08"), ("重庆某医院", "02")), 1)
    ]


@pytest.fixture
def settle(patient, own_deductibles, certify, window, at):  # noqa: F811
    """Settles one outpatient bill of 1,000 yuan for hypertension."""
    certify(patient, HYPERTENSION, "2025-06-01", category="II")
    numbers = iter(range(1, 100))

    def run(institution, day: str):
        stay = Stay(institution_id=institution.pk, benefit="special", admitted_on=day, disease=HYPERTENSION,
                    total="1000", invoice_no=f"89{next(numbers):08d}")
        claim = claims.register(person_id=patient.pk, reason="03", stays=[stay], by=window, at=at)
        claims.enter_details(claim_id=claim.pk, stays=[stay], by=window, at=at)
        return claims.settle(claim_id=claim.pk, by=window, at=at)

    return run


def deductible(settlement) -> Decimal:
    return settlement.items.get().deductible


class TestTheHighestLevel:
    def test_of_the_year_is_carried_from_claim_to_claim(self, settle, houses):
        clinic, hospital = houses
        low, high, again = settle(clinic, "2025-07-01"), settle(hospital, "2025-08-01"), settle(clinic, "2025-09-01")

        assert [deductible(each) for each in (low, high, again)] == [
            Decimal("200.00"), Decimal("680.00"), Decimal("0.00")
        ]
        assert Accumulator.objects.get(name="employee.osd_level_max").amount == Decimal("3.00")

    def test_falls_again_with_a_reversal(self, settle, houses, at):
        clinic, hospital = houses
        settle(clinic, "2025-07-01")
        high = settle(hospital, "2025-08-01")
        checker = make_officer("初审", "C501", CITY)
        claims.send_back(claim_id=high.claim_id, to="entered", reason="级别有误", by=checker, at=at)

        assert Accumulator.objects.get(name="employee.osd_level_max").amount == Decimal("1.00")
        moved = LedgerEntry.objects.filter(name="employee.osd_level_max").order_by("pk").values_list("delta", flat=True)
        assert list(moved) == [Decimal("1.00"), Decimal("2.00"), Decimal("-2.00")]

    def test_is_replayed_without_a_difference(self, settle, houses, at):
        clinic, hospital = houses
        settle(clinic, "2025-07-01")
        settle(hospital, "2025-08-01")
        manager = make_officer("主管", "M501", CITY)

        run = recompute.start_recompute(year=2025, by=manager, at=at, region_code=CITY)
        run_jobs()
        run.refresh_from_db()

        assert SettledBill.objects.filter(live=True).count() == 2
        assert (run.bills, run.differences) == (2, 0)
