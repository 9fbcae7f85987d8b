"""Settling: the printed example, the bands of a year, what blocks, what is stored."""

from datetime import date
from decimal import Decimal

import pytest

from casework.errors import Refused
from claims import services as claims
from claims.models import Accumulator, Claim, LedgerEntry, Settlement, SettlementItem
from claims.services import Line
from enrollment import services as enrollment
from enrollment.models import InsurancePeriod
from tests.claims.conftest import CAPITAL, TOWNSHIP, accumulators, violations

pytestmark = pytest.mark.django_db


def lines(count: int, *, total: int = 8000) -> dict:
    """`count` lines of class A that add up to `total`."""
    each = Decimal(total) / count
    amounts = [each.quantize(Decimal("0.01"))] * (count - 1)
    rows = [Line(line_class="A", amount=amount, name=f"项目{number}") for number, amount in enumerate(amounts, 1)]
    rows.append(Line(line_class="A", amount=Decimal(total) - sum(amounts), name="尾项"))
    return {"total": str(total), "lines": rows}


class TestThePrintedExample:
    def test_is_settled_to_the_fen(self, take, resident, stay):
        claim = take(resident, stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total="4500", own_expense="300"))

        (item,) = SettlementItem.objects.all()
        assert (item.fund_total, item.own_expense, item.personal) == (Decimal("3690.00"), Decimal(300), Decimal(810))
        assert item.personal - item.own_expense == Decimal("510.00")
        assert claim.status == "settled"
        assert accumulators(resident) == {"A_RB": Decimal(3690), "A_CB": Decimal(510), "A_SP": Decimal(510)}

    def test_keeps_facts_result_pack_and_digest(self, take, resident, stay, at):
        take(resident, stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total="4500", own_expense="300"))

        settlement = Settlement.objects.select_related("release").get()
        assert settlement.request["bills"][0]["own_expense"] == "300.00"
        assert settlement.result["bills"][0]["steps"][0]["rule"] == "BZ-RES-11.1"
        assert settlement.release.pool == "bazhong"
        assert claims.replay(settlement).same
        assert violations() == []

    def test_is_the_same_by_lines(self, take, resident, stay):
        rows = [
            Line(line_class="A", amount="4000.00", name="西药费"), Line(line_class="item", amount="200", rate="0"),
            Line(line_class="C", amount="300.00", name="自费药"),
        ]
        take(resident, stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total="4500.00", lines=rows))

        item = SettlementItem.objects.get()
        assert (item.fund_total, item.personal) == (Decimal("3690.00"), Decimal("810.00"))


class TestTheYear:
    def test_pays_each_layer_of_a_poor_resident(self, take, person, stay):
        poor = person("李四", identity="minimum_allowance")
        take(poor, stay("2025-02-01", "2025-02-20", total="100000"))

        item = SettlementItem.objects.get()
        assert (item.basic, item.catastrophic, item.relief, item.relief_tilt, item.personal) == (
            Decimal("59580.00"), Decimal("21577.40"), Decimal("13189.82"), Decimal(0), Decimal("5652.78")
        )

    def test_continues_the_bands_with_a_second_claim(self, take, resident, stay):
        take(resident, stay("2025-02-01", "2025-02-20", total="60000"))
        take(resident, stay("2025-04-01", "2025-04-20", total="60000"))

        first, second = SettlementItem.objects.order_by("pk")
        assert (first.basic, first.catastrophic) == (Decimal("35580.00"), Decimal("5983.20"))
        assert (second.basic, second.catastrophic) == (Decimal("35580.00"), Decimal("14652.00"))
        assert accumulators(resident)["A_CII"] == Decimal("20635.20")

    def test_is_the_same_for_two_stays_of_one_claim(self, take, resident, stay):
        take(
            resident, stay("2025-04-01", "2025-04-20", total="60000"), stay("2025-02-01", "2025-02-20", total="60000")
        )

        first, second = SettlementItem.objects.order_by("number")
        assert first.visit.discharged_on == date(2025, 2, 20)
        assert (first.catastrophic, second.catastrophic) == (Decimal("5983.20"), Decimal("14652.00"))

    def test_stops_at_the_cap_and_keeps_it_with_the_accumulator(self, take, resident, stay):
        take(resident, stay("2025-02-01", "2025-02-20", total="300000"))

        basic = Accumulator.objects.get(name="A_RB")
        assert (basic.amount, basic.cap) == (Decimal("110000.00"), Decimal("110000.00"))
        assert Accumulator.objects.get(name="A_CII").cap == Decimal("300000.00")
        assert Accumulator.objects.get(name="A_CB").cap is None

    def test_begins_anew_on_new_years_day(self, take, person, stay, at):
        worker = person("赵六", scheme="employee")
        take(
            worker, stay("2024-12-20", "2024-12-31", total="20000"), stay("2025-01-02", "2025-01-09", total="20000"),
            moment=at.replace(month=3),
        )

        assert accumulators(worker, 2024)["A_EB"] == Decimal("15440.00")
        assert accumulators(worker, 2025)["A_EB"] == Decimal("15440.00")


class TestDeductedCost:
    def test_does_not_enter_the_calculation(self, take, resident, stay):
        take(
            resident,
            stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total="5000", own_expense="300", deducted="500",
                 deduction_reason="超标准收费，由医院承担"),
        )

        item = SettlementItem.objects.get()
        assert (item.total, item.fund_total) == (Decimal("4500.00"), Decimal("3690.00"))

    def test_is_taken_off_its_line(self, take, resident, stay):
        rows = [
            Line(line_class="A", amount="4700", deducted="500", deduction_reason="重复收费"),
            Line(line_class="C", amount="300"),
        ]
        take(resident, stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total="5000", lines=rows))

        assert SettlementItem.objects.get().fund_total == Decimal("3690.00")
        assert Settlement.objects.get().request["bills"][0]["lines"][0]["amount"] == "4200.00"


class TestWhatBlocks:
    def refused(self, claim, by, at) -> Refused:
        with pytest.raises(Refused) as refusal:
            claims.settle(claim_id=claim.pk, by=by, at=at)
        assert not Settlement.objects.exists()
        assert not LedgerEntry.objects.exists()
        assert not Accumulator.objects.exists()
        assert Claim.objects.get(pk=claim.pk).status == claim.status
        return refusal.value

    def test_a_figure_that_the_source_leaves_out(self, take, resident, stay, window_officer, at):
        later = at.replace(year=2026, month=3)
        claim = take(
            resident, stay("2026-01-05", "2026-01-20", total="60000"), to="entered", moment=later
        )
        refusal = self.refused(claim, window_officer, later)
        assert refusal.code == "PARAMETER_MISSING"
        assert "cii.deductible.2026" in str(refusal)

    def test_a_day_without_cover(self, take, resident, stay, window_officer, at):
        InsurancePeriod.objects.update(ends_on=date(2025, 3, 1))
        claim = take(resident, stay("2025-03-02", "2025-03-08", total="60000"), to="entered")
        assert self.refused(claim, window_officer, at).code == "NOT_COVERED"

    def test_an_admission_before_the_cover_begins(self, person, take, stay, window_officer, at):
        late = person("王五")
        InsurancePeriod.objects.filter(person=late).update(voided=True)
        enrollment.open_insurance(
            person_id=late.pk, scheme="resident", person_type="1501", starts_on=date(2025, 3, 4),
            by=window_officer, at=at,
        )
        claim = take(late, stay("2025-03-02", "2025-03-08", total="60000"), to="entered")
        assert self.refused(claim, window_officer, at).code == "COVERAGE_LATER"

    def test_cover_that_was_taken_back_after_entry(self, take, resident, stay, window_officer, at):
        claim = take(resident, stay("2025-03-02", "2025-03-08", total="60000"), to="entered")
        InsurancePeriod.objects.update(voided=True)
        assert self.refused(claim, window_officer, at).code == "NOT_COVERED"

    def test_a_death_that_was_reported_after_entry(self, take, resident, stay, window_officer, at):
        claim = take(resident, stay("2025-03-02", "2025-03-08", total="60000"), to="entered")
        enrollment.record_death(person_id=resident.pk, died_on=date(2025, 3, 1), by=window_officer, at=at)
        assert self.refused(claim, window_officer, at).code == "DIED_BEFORE"

    def test_costs_that_were_not_entered(self, take, resident, stay, window_officer, at):
        claim = take(resident, stay("2025-03-02", "2025-03-08"), to="registered")
        assert self.refused(claim, window_officer, at).code in {"NOT_ENTERED", "step_not_open"}

    def test_a_second_settlement(self, take, resident, stay, window_officer, at):
        claim = take(resident, stay("2025-03-02", "2025-03-08", total="60000"))
        with pytest.raises(Refused):
            claims.settle(claim_id=claim.pk, by=window_officer, at=at)
        assert Settlement.objects.count() == 1


class TestOutOfTheCity:
    @pytest.mark.parametrize(
        ("filing", "emergency", "basic"),
        [("", False, "9500.00"), ("", True, "10450.00"), ("long_term_resident", False, "11580.00")],
    )
    def test_is_paid_by_filing(self, filing, emergency, basic, take, resident, stay, window_officer, at):
        if filing:
            enrollment.file_care_elsewhere(
                person_id=resident.pk, kind=filing, place_region_code="510100", starts_on=date(2025, 1, 1),
                by=window_officer, at=at,
            )
        take(resident, stay("2025-03-02", "2025-03-08", hospital=CAPITAL, total="20000", emergency=emergency))
        assert SettlementItem.objects.get().basic == Decimal(basic)


class TestQueries:
    def count(self, django_assert_max_num_queries, claim, by, at) -> int:
        with django_assert_max_num_queries(40) as captured:
            claims.settle(claim_id=claim.pk, by=by, at=at)
        return len(captured)

    def test_do_not_depend_on_the_number_of_lines(
        self, django_assert_max_num_queries, take, person, stay, window_officer, at
    ):
        take(person("热身"), stay("2025-03-02", "2025-03-08", **lines(2)))
        first = take(person("甲一"), stay("2025-03-02", "2025-03-08", **lines(1)), to="entered")
        second = take(person("乙二"), stay("2025-03-02", "2025-03-08", **lines(20)), to="entered")

        one = self.count(django_assert_max_num_queries, first, window_officer, at)
        twenty = self.count(django_assert_max_num_queries, second, window_officer, at)

        # ten and the savepoint's two, as before certificates counted; one asks for these, one for a person's choices
        assert one == twenty <= 14

    def test_are_as_many_for_a_certified_disease(
        self, django_assert_max_num_queries, take, person, visit, certify, window_officer, at
    ):
        take(person("热身"), visit("outpatient", "2025-03-02", total="80"))
        ill = person("甲一")
        certify(ill, "M03911", "2025-01-01")
        bill = visit("chronic", "2025-03-02", disease="M03911", total="80")
        chronic = take(ill, bill, to="entered")

        assert self.count(django_assert_max_num_queries, chronic, window_officer, at) <= 14
