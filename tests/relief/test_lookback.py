"""Looking back: what the year's bills would be for relief, shown bill by bill, before anybody decides."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest

from casework.errors import Refused
from claims import services as claims
from claims.models import LedgerEntry, Settlement
from claims.services import Stay
from enrollment import services as enrollment
from relief import services as relief
from tests.conftest import BUREAU
from tests.people import make_officer

HOSPITAL = "H51190200001"


@pytest.fixture
def settled(resident, window_officer) -> Callable[..., None]:
    """Settles a stay of 60 000 yuan in scope at the third-level hospital."""
    manager, numbers = make_officer("主管", "Z009", "511900"), iter(range(1, 100))
    start = datetime(2025, 1, 2, 9, 0, tzinfo=BUREAU)
    hospital = enrollment.register_institution(
        code=HOSPITAL, name="巴中市中心医院", region_code="511902", hospital_level="02", primary_care=False,
        starts_on=date(2020, 1, 1), by=manager, at=start,
    )

    def make(first: str, last: str) -> None:
        moment = datetime(2025, 12, 20, 9, 0, tzinfo=BUREAU)
        stays = [Stay(
            institution_id=hospital.pk, admitted_on=first, discharged_on=last, invoice_no=f"51{next(numbers):08d}",
            diagnosis="肺炎", total="60000.00", own_expense="0.00", first_self_pay="0.00",
        )]
        claim = claims.register(person_id=resident.pk, reason="03", stays=stays, by=window_officer, at=moment)
        claims.enter_details(claim_id=claim.pk, stays=stays, by=window_officer, at=moment)
        claims.settle(claim_id=claim.pk, by=window_officer, at=moment)

    return make


@pytest.fixture
def recognised(resident, window_officer, at) -> Callable[..., int]:
    """Recognised after the bills were settled."""

    def make(category: str, day: date) -> int:
        return enrollment.grant_identity(
            person_id=resident.pk, category=category, starts_on=day, by=window_officer, at=at
        ).pk

    return make


def shown(found: list[relief.BillDifference]) -> list[tuple[str, Decimal]]:
    return [(each.day.isoformat(), each.difference) for each in found]


class TestTheDifferences:
    def test_are_shown_bill_by_bill(self, settled, recognised, window_officer):
        settled("2025-03-01", "2025-03-10")
        settled("2025-06-01", "2025-06-10")

        found = relief.differences(
            identity_id=recognised("minimum_allowance", date(2025, 9, 15)), by=window_officer
        )

        # 18 436.80 × 70 % = 12 905.76; then 9 768.00 × 70 % = 6 837.60, of which the limit leaves it whole (20 000)
        assert [(each.after["relief"], each.before["relief"]) for each in found] == [
            ("12905.76", "0.00"), ("6837.60", "0.00"),
        ]

    def test_after_the_day_of_recognition_are_of_the_whole_chain(self, settled, recognised, window_officer):
        """Up to that day relief alone is asked again (BZ-AMB-41); from then on the identity is held (BZ-REL-5.10)."""
        settled("2025-03-01", "2025-03-10")
        settled("2025-06-01", "2025-06-10")

        found = relief.differences(
            identity_id=recognised("minimum_allowance", date(2025, 6, 9)), by=window_officer
        )

        # 24 420 × 65 % = 15 873.00 instead of 14 652.00; (24 420 − 15 873) × 70 % = 5 982.90
        assert shown(found) == [("2025-03-10", Decimal("12905.76")), ("2025-06-10", Decimal("7203.90"))]

    def test_leave_out_another_year(self, settled, recognised, window_officer):
        settled("2025-03-01", "2025-03-10")

        found = relief.differences(identity_id=recognised("margin", date(2024, 12, 31)), by=window_officer)

        assert found == []

    def test_write_nothing(self, settled, recognised, window_officer):
        settled("2025-03-01", "2025-03-10")
        identity = recognised("margin", date(2025, 9, 15))
        before = Settlement.objects.count(), LedgerEntry.objects.count()

        relief.differences(identity_id=identity, by=window_officer)

        assert (Settlement.objects.count(), LedgerEntry.objects.count()) == before
        assert claims.broken_invariants() == []

    def test_are_not_shown_to_another_county(self, recognised, neighbour):
        identity = recognised("margin", date(2025, 9, 15))

        with pytest.raises(Refused):
            relief.differences(identity_id=identity, by=neighbour)
