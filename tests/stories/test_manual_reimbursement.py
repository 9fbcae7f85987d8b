"""手工报销 from the window to the bank, as its officers would tell it.

Figures: the printed example BZ-GEN-43.5 (GOLD-01) and the derived BZ-DER-07 of the rulebook.
"""
from datetime import timedelta
from decimal import Decimal

import pytest

from casework.errors import Refused
from casework.models import AuditEntry, Notice
from claims import services as claims
from claims.models import Accumulator, Claim, LedgerEntry, Payment, Settlement
from claims.services import Line, Stay


def yuan(text: str) -> Decimal:
    return Decimal(text)


def year_of(person) -> dict[str, Decimal]:
    rows = Accumulator.objects.filter(person=person, year=2025, amount__gt=0)
    return dict(rows.values_list("name", "amount"))


def printed_example(hospital) -> Stay:
    """Total 4,500, of it 300 outside the catalogue, in a township hospital."""
    return Stay(
        institution_id=hospital.pk, admitted_on="2025-03-02", discharged_on="2025-03-08", invoice_no="0000001",
        diagnosis="肺炎", total="4500.00",
        lines=(
            Line(line_class="A", name="西药费", amount="2600.00"),
            Line(line_class="A", name="床位费", amount="600.00"),
            Line(line_class="A", name="检查费", amount="1000.00"),
            Line(line_class="C", name="目录外药品", amount="300.00"),
        ),
    )


def stay_of_100_000(hospital, month: int) -> Stay:
    return Stay(
        institution_id=hospital.pk, admitted_on=f"2025-{month:02d}-04", discharged_on=f"2025-{month:02d}-10",
        invoice_no=f"00000{month:02d}", diagnosis="脑梗死", total="100000.00", own_expense="0.00",
        first_self_pay="0.00", deducted="0.00",
    )


@pytest.fixture
def officers(window, reviewer, approver, cashier, manager):
    return {"window": window, "reviewer": reviewer, "approver": approver, "cashier": cashier, "manager": manager}


def bring(person, stay, by, at) -> Claim:
    """Registered with all its papers."""
    claim = claims.register(person_id=person.pk, reason="01", stays=[stay], by=by, at=at)
    for material in claims.checklist(claim):
        claims.receive_material(claim_id=claim.pk, kind=material.kind, by=by, at=at)
    return claim


def settled(person, stay, officers, at) -> Claim:
    claim = bring(person, stay, officers["window"], at)
    claims.enter_details(claim_id=claim.pk, stays=[stay], by=officers["window"], at=at)
    claims.settle(claim_id=claim.pk, by=officers["window"], at=at)
    return claim


def decided(person, stay, officers, at) -> Claim:
    claim = settled(person, stay, officers, at)
    claims.review(claim_id=claim.pk, by=officers["reviewer"], at=at)
    claims.approve(claim_id=claim.pk, by=officers["approver"], at=at)
    return claim


def amounts(claim: Claim) -> dict[str, Decimal]:
    item = claim.settlements.live().get().items.get()
    return {name: getattr(item, name) for name in ("basic", "catastrophic", "relief", "relief_tilt", "personal")}


class TestAPersonIsPaidBack:
    def test_from_the_window_to_the_bank(self, resident, township_hospital, officers, at):
        window, cashier, manager = officers["window"], officers["cashier"], officers["manager"]
        example = printed_example(township_hospital)

        # 登记: the person brings the bills; the list of costs is missing, and is asked for once.
        claim = claims.register(person_id=resident.pk, reason="01", stays=[example], by=window, at=at)
        notice = claims.ask_supplement(claim_id=claim.pk, by=window, at=at)
        missing = {row["kind"] for row in notice.body["missing"]}
        assert missing == {row.kind for row in claims.checklist(claim) if row.required}
        assert Notice.objects.filter(case_no=claim.case_no).count() == 1

        # 补正: ten days later everything is there; the clock has stood still meanwhile.
        later = at + timedelta(days=10)
        due_before = Claim.objects.get().due_on
        for kind in missing:
            claims.receive_material(claim_id=claim.pk, kind=kind, by=window, at=later)
        claims.receive_supplement(claim_id=claim.pk, by=window, at=later)
        assert Claim.objects.get().due_on > due_before

        # 明细录入 and 结算: fund 3,690.00, self-pay 510.00, own expense 300.00.
        claims.enter_details(claim_id=claim.pk, stays=[example], by=window, at=later)
        settlement = claims.settle(claim_id=claim.pk, by=window, at=later)
        item = settlement.items.get()
        assert (item.total, item.fund_total) == (yuan("4500.00"), yuan("3690.00"))
        assert (item.personal - item.own_expense, item.own_expense) == (yuan("510.00"), yuan("300.00"))
        assert year_of(resident)["A_RB"] == yuan("3690.00")

        # 初审, 复核, 拨付, 办结: other hands each time.
        claims.review(claim_id=claim.pk, by=officers["reviewer"], at=later)
        claims.approve(claim_id=claim.pk, by=officers["approver"], at=later)
        payment = Payment.objects.get()
        batch = claims.batch_payments(payment_ids=[payment.pk], by=cashier, at=later)
        claims.confirm_batch(batch_id=batch.pk, by=manager, at=later)
        claims.export_batch(batch_id=batch.pk, by=cashier, at=later)
        payment.refresh_from_db()
        answer = f"拨付单号,金额,结果\n{payment.number},3690.00,成功\n".encode()
        claims.record_bank_return(batch_id=batch.pk, content=answer, file_name="回盘.csv", by=cashier, at=later)

        claim.refresh_from_db()
        payment.refresh_from_db()
        assert (claim.status, payment.state, payment.amount) == ("closed", Payment.State.PAID, yuan("3690.00"))

        # The statement explains every figure by rule and article.
        steps = claims.statement(claim)["stays"][0]["steps"]
        assert all(step["rule"] and step["article"] for step in steps)
        assert any(step["rule"] == "BZ-RES-11.1" and step["amount"] == "3690.00" for step in steps)
        hands = set(AuditEntry.objects.filter(case_no=claim.case_no).values_list("officer_name", flat=True))
        assert hands == {officers[role].name for role in ("window", "reviewer", "approver", "cashier")}

    def test_nobody_reviews_what_he_settled(self, resident, township_hospital, officers, at):
        from django.contrib.auth.models import Group

        claim = settled(resident, printed_example(township_hospital), officers, at)
        officers["window"].groups.add(Group.objects.get(name="初审"))
        officers["window"].refresh_from_db()
        before = (Claim.objects.values().get(), AuditEntry.objects.count(), LedgerEntry.objects.count())

        with pytest.raises(Refused, match="不得为同一人"):
            claims.review(claim_id=claim.pk, by=officers["window"], at=at)

        assert (Claim.objects.values().get(), AuditEntry.objects.count(), LedgerEntry.objects.count()) == before


class TestAYearOfAPoorResident:
    def test_a_level_3_stay_is_paid_by_three_funds(self, poor_resident, city_hospital, officers, at):
        claim = decided(poor_resident, stay_of_100_000(city_hospital, 3), officers, at)

        assert amounts(claim) == {
            "basic": yuan("59580.00"), "catastrophic": yuan("21577.40"), "relief": yuan("13189.82"),
            "relief_tilt": yuan("0.00"), "personal": yuan("5652.78"),
        }

    def test_a_second_stay_continues_bands_and_caps(self, poor_resident, city_hospital, officers, at):
        """Basic has 50,420 of 110,000 left. 大病: base 90,000 after the first 40,420, band of 65% goes on to 107,224:
        49,580 × 65% = 32,227.00. Relief: of 17,353.00 × 70% = 12,147.10 only 6,810.18 of 20,000 is left.
        Tilt: 5,652.78 + 10,542.82 − 8,500 = 7,695.60 × 50% = 3,847.80."""
        decided(poor_resident, stay_of_100_000(city_hospital, 3), officers, at)
        second = decided(poor_resident, stay_of_100_000(city_hospital, 5), officers, at)

        assert amounts(second) == {
            "basic": yuan("50420.00"), "catastrophic": yuan("32227.00"), "relief": yuan("6810.18"),
            "relief_tilt": yuan("3847.80"), "personal": yuan("6695.02"),
        }

    def test_reversing_the_first_and_settling_it_again_is_the_year_in_that_order(
        self, poor_resident, city_hospital, officers, at
    ):
        march, may = stay_of_100_000(city_hospital, 3), stay_of_100_000(city_hospital, 5)
        first = decided(poor_resident, march, officers, at)
        second = decided(poor_resident, may, officers, at)

        claims.reverse(claim_id=first.pk, reason="票据有误，须重新结算", by=officers["manager"], at=at)
        claims.settle(claim_id=first.pk, by=officers["window"], at=at)

        again = {claim.pk: amounts(claim) for claim in (first, second)}
        year = year_of(poor_resident)
        assert again[second.pk] == {
            "basic": yuan("59580.00"), "catastrophic": yuan("21577.40"), "relief": yuan("13189.82"),
            "relief_tilt": yuan("0.00"), "personal": yuan("5652.78"),
        }
        assert again[first.pk]["basic"] == yuan("50420.00")
        assert year["A_RB"] == yuan("110000.00")
        assert year["A_RR"] == yuan("20000.00")
        ledger = LedgerEntry.objects.filter(person=poor_resident)
        assert {name: sum(row.delta for row in ledger.filter(name=name)) for name in year} == year
        assert Settlement.objects.filter(ended="reversed").count() == 1
