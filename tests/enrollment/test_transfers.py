"""Moving between areas and retiring: BZ-EMP-18 to 21."""
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from casework.errors import Refused
from casework.models import Notice
from enrollment import services as enrollment
from enrollment.models import Contribution, EnrollmentCase, TransferRecord, YearRecord
from tests.enrollment.conftest import make_officer

pytestmark = pytest.mark.django_db

IN = {
    "from_region": "510100", "certificate_no": "PZ001", "scheme": "employee", "insured_from": "2020-01-01",
    "paid_until": "2025-09-30", "months": 69, "account_amount": "1234.50", "person_type": "1103",
    "starts_on": "2025-11-03",
}


@pytest.fixture
def reviewer(db):
    return make_officer("复核", "511902", "R001")


def bring(person, by, at, **change):
    facts = {name: value for name, value in {**IN, **change}.items() if value is not None}
    return enrollment.handle_matter(
        kind="transfer_in", person_id=person.pk, facts=facts, materials=["id", "certificate"], by=by, at=at,
    )


class TestComingIn:
    def test_adds_up_the_years_and_moves_the_account(self, man, window_officer, reviewer, at):
        """BZ-EMP-21.1."""
        case = bring(man, window_officer, at)
        assert not Contribution.objects.exists()

        enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)

        paid = Contribution.objects.get()
        assert (paid.for_year, paid.for_month, paid.months, paid.area_code) == (2020, 1, 69, "510100")
        assert enrollment.contribution_years(man).total == 5
        assert enrollment.contribution_years(man).local == 0
        assert enrollment.balance_of(man) == Decimal("1234.50")
        assert man.insurance_periods.get().starts_on == date(2025, 11, 3)

    @pytest.mark.parametrize(("paid_on", "starts_on"), [
        (date(2025, 11, 3), date(2025, 11, 1)),
        (date(2025, 11, 3), date(2026, 5, 3)),
    ], ids=["gap of one month", "gap of four months"])
    def test_opens_benefits_by_the_gap(self, paid_on, starts_on, man, window_officer, reviewer, at):
        """BZ-EMP-21.2: in the payment month; BZ-EMP-21.3: after six months."""
        short = starts_on.year == 2025
        change = {} if short else {"paid_until": "2025-06-30", "months": 66}
        case = bring(man, window_officer, at, starts_on="2025-11-01", **change)
        enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)
        enrollment.record_contribution(
            person_id=man.pk, kind="flexible_month", for_year=2025, for_month=11, months=12, paid_on=paid_on,
            source="counter", source_no="C1", personal_amount=Decimal("300.00"), by=window_officer, at=at,
        )

        window = man.benefit_windows.get(voided=False, entitled=True)
        assert window.starts_on == starts_on

    def test_tells_of_resident_years_elsewhere(self, man, window_officer, reviewer, at):
        case = bring(
            man, window_officer, at, scheme="resident", insured_from="2023-01-01", paid_until="2024-12-31", months=24,
            account_amount=None, person_type=None, starts_on=None,
        )

        enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)

        years = YearRecord.objects.filter(source="elsewhere").order_by("year").values_list("year", "scheme")
        assert list(years) == [(2023, "resident"), (2024, "resident")]

    @pytest.mark.parametrize(("change", "code"), [
        ({"months": 70}, "MONTHS"), ({"paid_until": "2025-12-01"}, "DATE_FUTURE"),
        ({"from_region": "511921"}, "SAME_AREA"),
        ({"from_region": "999999"}, "REGION_UNKNOWN"), ({"starts_on": None}, "FIELD_MISSING"),
        ({"scheme": "resident"}, "SCHEME"), ({"account_amount": "1,234.50"}, "AMOUNT_FORMAT"),
        ({"account_amount": "12.345"}, "AMOUNT_FORMAT"), ({"months": "69"}, "NUMBER"), ({"months": True}, "NUMBER"),
    ])
    def test_is_refused_when_the_certificate_does_not_fit(self, change, code, man, window_officer, at):
        with pytest.raises(Refused) as refusal:
            bring(man, window_officer, at, **change)

        assert refusal.value.code == code
        assert not any(model.objects.exists() for model in (EnrollmentCase, TransferRecord))

    def test_takes_a_certificate_once(self, man, window_officer, reviewer, at):
        case = bring(man, window_officer, at)
        enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)

        with pytest.raises(Refused) as refusal:
            bring(man, window_officer, at, person_type=None, starts_on=None)
        with pytest.raises(IntegrityError), transaction.atomic():
            TransferRecord.objects.update(months=1)

        assert refusal.value.code == "CERTIFICATE_USED"
        assert TransferRecord.objects.get().months == 69


class TestGoingOut:
    def go(self, person, by, at, **change):
        facts = {
            "to_region": "510100", "scheme": "employee", "last_day": "2025-11-30", "contact_no": "LX001", **change,
        }
        return enrollment.handle_matter(
            kind="transfer_out", person_id=person.pk, facts=facts, materials=["id", "contact_letter"], by=by, at=at,
        )

    def test_ends_the_relation_and_sends_the_account_along(self, man, window_officer, reviewer, at):
        """BZ-EMP-21.1."""
        came = bring(man, window_officer, at)
        enrollment.approve_matter(case_id=came.pk, by=reviewer, at=at)

        case = self.go(man, window_officer, at)
        enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)

        record = TransferRecord.objects.get(direction="out")
        assert (record.account_amount, record.months) == (Decimal("1234.50"), 60)
        assert enrollment.balance_of(man) == 0
        assert man.insurance_periods.get().last_day == date(2025, 11, 30)

    @pytest.mark.parametrize(("change", "code"), [
        ({}, "NOT_INSURED"), ({"scheme": "resident", "to_region": "511903"}, "SAME_AREA"),
        ({"scheme": "resident", "last_day": "2026-01-01"}, "NOT_INSURED"),
    ])
    def test_is_refused(self, change, code, resident, window_officer, at):
        with pytest.raises(Refused) as refusal:
            self.go(resident, window_officer, at, **change)

        assert refusal.value.code == code
        assert not EnrollmentCase.objects.exists()


class TestTheCertificate:
    def issue(self, person, by, at):
        return enrollment.handle_matter(
            kind="certificate", person_id=person.pk, facts={}, materials=["id"], by=by, at=at,
        )

    def test_says_what_the_register_holds_and_changes_nothing(self, resident, window_officer, at):
        case = self.issue(resident, window_officer, at)

        notice = Notice.objects.get()
        assert (notice.kind, notice.case_no, notice.number) == ("certificate", case.case_no, case.outcome["notice"])
        assert notice.body["periods"] == [{"scheme": "城乡居民医保", "from": "2025-01-01", "to": "2025-12-31"}]
        assert resident.id_no not in str(notice.body)

    def test_is_not_issued_to_who_was_never_insured(self, man, window_officer, at):
        with pytest.raises(Refused) as refusal:
            self.issue(man, window_officer, at)

        assert refusal.value.code == "NOT_INSURED"
        assert not Notice.objects.exists()


class TestRetiring:
    FACTS = {"retired_on": "2025-11-01", "person_type": "1203"}

    @pytest.fixture
    def worker(self, man, window_officer, reviewer, at):
        """Twenty years, ten of them elsewhere."""
        enrollment.open_insurance(
            person_id=man.pk, scheme="employee", person_type="1103", starts_on=date(2025, 1, 1), by=window_officer,
            at=at,
        )
        return man

    def years(self, person, local, by, at):
        enrollment.record_contribution(
            person_id=person.pk, kind="flexible_month", for_year=2025 - local, for_month=11, months=12 * local,
            paid_on=date(2025, 10, 31), source="counter", source_no="J1", by=by, at=at,
        )

    def retire(self, person, by, reviewer, at, **more):
        case = enrollment.handle_matter(
            kind="retirement", person_id=person.pk, facts={**self.FACTS, **more},
            materials=["id", "retirement_approval"], by=by, at=at,
        )
        return enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)

    def test_with_enough_years_ends_contributions(self, worker, window_officer, reviewer, at):
        """BZ-EMP-18.1, BZ-EMP-19.1: 20 years in all, 10 here."""
        self.years(worker, 20, window_officer, at)

        self.retire(worker, window_officer, reviewer, at)

        types = [row.person_type_id for row in worker.insurance_periods.order_by("starts_on")]
        assert types == ["1103", "1203"]

    def test_with_a_year_short_is_refused_unless_made_up(self, worker, window_officer, reviewer, at):
        """BZ-EMP-20.2 to 20.4; the minimum base is not printed, and refused by its name."""
        self.years(worker, 19, window_officer, at)

        with pytest.raises(Refused, match="还差1年") as refusal:
            self.retire(worker, window_officer, reviewer, at)
        assert refusal.value.code == "YEARS_SHORT"
        with pytest.raises(Refused) as refusal:
            self.retire(worker, window_officer, reviewer, at, make_up=True)
        assert refusal.value.code == "PARAMETER_MISSING"

        assert worker.insurance_periods.get().person_type_id == "1103"

    @pytest.mark.parametrize(("change", "code"), [
        ({"person_type": "1103"}, "PERSON_TYPE"), ({"retired_on": "2025-11-04"}, "DATE_FUTURE"),
        ({"retired_on": "2024-12-31"}, "NOT_INSURED"),
    ])
    def test_is_refused_at_the_window(self, change, code, worker, window_officer, reviewer, at):
        with pytest.raises(Refused) as refusal:
            self.retire(worker, window_officer, reviewer, at, **change)

        assert refusal.value.code == code
        assert not EnrollmentCase.objects.exists()
