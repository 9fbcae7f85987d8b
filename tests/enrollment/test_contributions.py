"""The ledger of contributions: entered once, reversed exactly, never edited; months as the rules compute them."""
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from casework.errors import Refused
from casework.models import AuditEntry
from enrollment import services as enrollment
from enrollment.models import BenefitWindow, Contribution
from tests.enrollment.payments import LATE, clerk, insure, pay_months, pay_year, person_born

pytestmark = pytest.mark.django_db

OVERLAY = """overlay: {{pool: bazhong, title: 市级补充, authority: 市医保局, document: 测试文, version: "1"}}
figures:
{figures}
"""
MINIMUM = """  contributions.minimum_base:
    article: 第一条
    versions: [{from: 2025-01-01, to: 2028-01-01, value: 4000元}]
"""
LATE_FEE = """  contributions.late_fee:
    article: 第二条
    versions: [{from: 2025-01-01, value: 0.05%}]
"""


@pytest.fixture
def supply(tmp_path, settings):
    """Have the bureau supply figures that the source leaves out."""

    def write(*figures: str) -> None:
        file = tmp_path / f"own{len(figures)}.yaml"
        file.write_text(OVERLAY.format(figures="".join(figures)), encoding="utf-8")
        settings.POLICY_OVERLAYS = {"bazhong": [str(file)]}

    return write


@pytest.fixture
def act():
    return {"by": clerk("511900"), "at": LATE}


@pytest.fixture
def person(act):
    return person_born(date(1980, 6, 1), **act)


@pytest.fixture
def facts(person, act):
    return {
        "person_id": person.pk, "kind": "resident_year", "for_year": 2026, "paid_on": date(2025, 12, 10),
        "source": "tax_file", "source_no": "T-1", "personal_amount": Decimal("400.00"), **act,
    }


class TestSeveralMonths:
    @pytest.fixture
    def months(self, facts, person, act):
        insure(person, "employee", date(2025, 1, 1), **act)
        return {
            **{key: facts[key] for key in ("person_id", "by", "at", "source")}, "kind": "employee_month",
            "first": date(2025, 1, 1), "source_no": "M-1", "personal_amount": Decimal("300.00"),
        }

    def test_are_rows_of_their_own_each_paid_on_its_first_day(self, months):
        rows = enrollment.record_months(**months, months=3)

        assert [(row.for_month, row.paid_on, row.source_no) for row in rows] == [
            (month, date(2025, month, 1), f"M-1-2025-{month:02d}-01") for month in (1, 2, 3)
        ]

    def test_give_the_windows_that_they_give_one_by_one(self, months, person):
        enrollment.record_months(**months, months=8)
        standing = BenefitWindow.objects.filter(person=person, voided=False).order_by("starts_on")
        at_once = list(standing.values_list("starts_on", "ends_on", "entitled", "rule"))

        for row in Contribution.objects.filter(person=person).order_by("-pk"):
            enrollment.reverse_contribution(
                contribution_id=row.pk, reason="重录", by=months["by"], at=months["at"]
            )
        for month in range(1, 9):
            enrollment.record_contribution(
                person_id=person.pk, kind="employee_month", for_year=2025, for_month=month, source="tax_file",
                paid_on=date(2025, month, 1), source_no=f"N-{month}", personal_amount="300.00", by=months["by"],
                at=months["at"],
            )
        assert [days[:3] for days in at_once] == [(date(2025, 7, 1), date(2025, 12, 1), True)]
        assert list(standing.values_list("starts_on", "ends_on", "entitled", "rule")) == at_once

    def test_are_all_refused_with_one_of_them(self, months):
        with pytest.raises(Refused) as refused:
            enrollment.record_months(**{**months, "first": date(2044, 12, 1)}, months=3)
        assert refused.value.code == "DATE_FUTURE"
        assert not Contribution.objects.exists()


class TestAPayment:
    def test_is_entered_with_its_source_and_the_act_on_record(self, facts):
        row = enrollment.record_contribution(**facts)

        assert (row.scheme, row.personal_amount, row.area_code) == ("resident", Decimal("400.00"), "511902")
        assert AuditEntry.objects.filter(action="enrollment.record_contribution").count() == 1

    def test_entered_again_changes_nothing(self, facts):
        first, second = (enrollment.record_contribution(**facts) for _ in range(2))

        assert first == second
        assert Contribution.objects.count() == 1

    @pytest.mark.parametrize(("change", "code"), [
        ({"kind": "gift"}, "CONTRIBUTION_KIND"), ({"source": "rumour"}, "CONTRIBUTION_SOURCE"),
        ({"source_no": " "}, "FIELD_MISSING"), ({"paid_on": date(2045, 1, 6)}, "DATE_FUTURE"),
        ({"paid_on": date(1980, 5, 31)}, "DATE_ORDER"), ({"for_year": 1979}, "YEAR_RANGE"),
        ({"for_year": 2101}, "YEAR_RANGE"), ({"for_month": 3}, "MONTH_GIVEN"), ({"months": 2}, "MONTHS_RANGE"),
        ({"kind": "employee_month"}, "MONTH_GIVEN"), ({"kind": "employee_month", "for_month": 13}, "MONTH_GIVEN"),
        ({"personal_amount": 400.0}, "MONEY_IS_FLOAT"), ({"personal_amount": Decimal("-1")}, "BAD_MONEY"),
        ({"personal_amount": Decimal("0.001")}, "BAD_MONEY"), ({"area_code": "999999"}, "REGION_UNKNOWN"),
        ({"kind": "repair"}, "REPAIR_UNPAID"),
    ])
    def test_is_refused_when_a_fact_cannot_be(self, change, code, facts):
        with pytest.raises(Refused) as refusal:
            enrollment.record_contribution(**{**facts, **change})

        assert refusal.value.code == code
        assert not Contribution.objects.exists()

    def test_is_refused_under_a_known_number_with_other_contents(self, facts):
        enrollment.record_contribution(**facts)
        with pytest.raises(Refused) as refusal:
            enrollment.record_contribution(**{**facts, "personal_amount": Decimal("380.00")})

        assert refusal.value.code == "LINE_DIFFERS"
        assert Contribution.objects.count() == 1

    def test_of_the_same_year_is_refused_at_the_window_only(self, facts):
        enrollment.record_contribution(**facts)
        with pytest.raises(Refused, match="已缴纳"):
            enrollment.record_contribution(**{**facts, "source": "counter", "source_no": "C-1"})
        enrollment.record_contribution(**{**facts, "source_no": "T-2"})

        assert Contribution.objects.count() == 2

    def test_is_not_for_officers_elsewhere(self, facts):
        with pytest.raises(Refused):
            enrollment.record_contribution(**{**facts, "by": clerk("220100")})
        assert not Contribution.objects.exists()


class TestAReversal:
    def test_is_the_exact_opposite_and_leaves_nothing_standing(self, facts, person, act):
        row = enrollment.record_contribution(**facts)
        opposite = enrollment.reverse_contribution(contribution_id=row.pk, reason="税务退库", **act)

        assert (opposite.personal_amount, opposite.reverses) == (Decimal("-400.00"), row)
        assert not person.contributions.standing().exists()

    @pytest.mark.parametrize("which", ["row", "opposite"])
    def test_happens_once(self, which, facts, act):
        row = enrollment.record_contribution(**facts)
        opposite = enrollment.reverse_contribution(contribution_id=row.pk, reason="税务退库", **act)
        with pytest.raises(Refused):
            enrollment.reverse_contribution(
                contribution_id=(row if which == "row" else opposite).pk, reason="再冲", **act,
            )
        assert Contribution.objects.count() == 2


class TestTheDatabase:
    @pytest.mark.parametrize("statement", [
        "UPDATE enrollment_contribution SET personal_amount = 1", "DELETE FROM enrollment_contribution",
    ])
    def test_refuses_to_rewrite_the_ledger(self, statement, facts):
        enrollment.record_contribution(**facts)
        with pytest.raises(DatabaseError), transaction.atomic(), \
                connection.cursor() as cursor:
            cursor.execute(statement)

    def test_refuses_a_reversal_that_is_no_opposite(self, facts):
        row = enrollment.record_contribution(**facts)
        copy = Contribution.objects.get(pk=row.pk)
        copy.pk, copy.reverses, copy.source_no, copy.personal_amount = None, row, "X", Decimal("-399.00")
        with pytest.raises(IntegrityError), transaction.atomic():
            copy.save(force_insert=True)

    def test_refuses_the_same_line_twice(self, facts):
        row = enrollment.record_contribution(**facts)
        row.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)


class TestAnEmployeesMonth:
    """BZ-EMP-5.1, BZ-EMP-7.1, BZ-EMP-11.1."""

    def pay(self, person, act, **facts):
        return enrollment.pay_month(**{
            "person_id": person.pk, "month": date(2025, 3, 1), "payer": "employer", "wage": Decimal("6000.00"),
            "paid_on": date(2025, 3, 10), "source": "employer_roster", "source_no": "R-1", **act, **facts,
        })

    def test_is_refused_by_name_while_the_minimum_base_is_missing(self, person, act):
        with pytest.raises(Refused, match=r"contributions\.minimum_base\.2025") as refusal:
            self.pay(person, act)

        assert refusal.value.code == "PARAMETER_MISSING"
        assert not Contribution.objects.exists()

    def test_is_entered_fund_by_fund_with_the_bureaus_figure(self, person, act, supply):
        supply(MINIMUM)
        rows = {row.kind: row for row in self.pay(person, act, joined=("large_amount",))}

        basic = rows["employee_month"]
        assert (basic.base, basic.employer_amount, basic.personal_amount, basic.account_credit) == (
            Decimal("6000.00"), Decimal("420.00"), Decimal("120.00"), Decimal("120.00"),
        )
        assert rows["maternity"].employer_amount == Decimal("36.00")
        assert (rows["large_amount"].base, rows["large_amount"].employer_amount) == (Decimal(4000), Decimal(80))
        assert enrollment.balance_of(person) == Decimal("120.00")

    def test_of_a_flexible_worker_is_his_alone(self, person, act, supply):
        supply(MINIMUM)
        (basic,) = self.pay(person, act, payer="flexible", wage=None)

        assert (basic.kind, basic.personal_amount) == ("flexible_month", Decimal("360.00"))
        assert basic.employer_amount == 0


class TestArrears:
    """BZ-EMP-23.1 to 23.4: three bands, and the late fee that the source does not print."""

    @pytest.fixture
    def employee(self, person, act):
        insure(person, "employee", date(2024, 1, 1), **act)
        pay_months(person, date(2024, 1, 1), 13, **act)
        return person

    @pytest.mark.parametrize(("on", "months", "band", "late_fee"), [
        (date(2025, 2, 28), 0, "", False), (date(2025, 3, 1), 1, "tolerated", False),
        (date(2025, 5, 31), 3, "tolerated", False), (date(2025, 6, 1), 4, "covered_back", False),
        (date(2025, 8, 31), 6, "covered_back", False), (date(2025, 9, 1), 7, "from_clearing", True),
        (date(2026, 2, 28), 12, "from_clearing", True), (date(2026, 3, 1), 13, "wait", True),
    ])
    def test_are_whole_unpaid_months_in_their_band(self, on, months, band, late_fee, employee):
        found = enrollment.arrears_of(employee, on)
        assert (len(found.months), found.band, found.late_fee) == (months, band, late_fee)

    def clear(self, employee, act, on):
        return enrollment.clear_arrears(
            person_id=employee.pk, payer="flexible", paid_on=on, source="counter", source_no="Q-1", **act,
        )

    def test_up_to_six_months_cost_no_late_fee(self, employee, act, supply):
        supply(MINIMUM)
        rows = self.clear(employee, act, date(2025, 8, 15))

        assert [(row.for_month, row.personal_amount, row.late_fee) for row in rows] == [
            (month, Decimal("360.00"), Decimal("0.00")) for month in range(2, 8)
        ]
        assert enrollment.coverage_on(employee, date(2025, 5, 1)).covered

    def test_beyond_are_refused_by_the_name_of_the_rate(self, employee, act, supply):
        supply(MINIMUM)
        with pytest.raises(Refused, match=r"contributions\.late_fee"):
            self.clear(employee, act, date(2025, 9, 15))
        assert not Contribution.objects.filter(kind="arrears").exists()

    def test_beyond_bear_the_bureaus_rate_for_each_day_since_the_months_end(self, employee, act, supply):
        supply(MINIMUM, LATE_FEE)
        rows = self.clear(employee, act, date(2025, 9, 15))

        assert (rows[0].for_month, rows[0].late_fee) == (2, Decimal("35.64"))  # 360 × 0.05% × 198 days
        assert not enrollment.coverage_on(employee, date(2025, 9, 14)).covered
        assert enrollment.coverage_on(employee, date(2025, 9, 15)).covered


class TestARepair:
    """BZ-RES-10.4, BZ-AMB-16."""

    def test_costs_the_full_premium_and_is_refused_beyond_what_helps(self, person, act):
        insure(person, "resident", date(2026, 1, 1), **act)
        pay_year(person, 2026, date(2025, 12, 10), **act)
        with pytest.raises(Refused) as refusal:
            enrollment.repair_waiting(
                person_id=person.pk, year=2026, paid_on=date(2026, 1, 5), source="counter", source_no="X", **act,
            )
        assert refusal.value.code == "REPAIR_USELESS"

    def test_of_a_year_whose_premium_is_not_printed_is_refused_by_name(self, person, act):
        insure(person, "resident", date(2027, 1, 1), **act)
        pay_year(person, 2027, date(2026, 12, 10), **act)
        with pytest.raises(Refused, match="个人缴费") as refusal:
            enrollment.repair_waiting(
                person_id=person.pk, year=2027, paid_on=date(2027, 1, 5), source="counter", source_no="X", **act,
            )
        assert refusal.value.code == "PARAMETER_MISSING"

    def test_does_not_start_benefits_before_its_own_day(self, person, act):
        insure(person, "resident", date(2027, 1, 1), **act)
        pay_year(person, 2027, date(2026, 12, 10), **act)
        pay_year(person, 2027, date(2027, 4, 20), kind="repair", **act)

        row = person.benefit_windows.get(voided=False)
        assert row.starts_on == date(2027, 4, 20)
