"""From a fresh case to a paid reimbursement, as an officer would tell it."""

from decimal import Decimal

import pytest

from casework.errors import Refused
from casework.models import AuditEntry, Notice, Task
from claims import services as claims
from claims.models import Accumulator, Adjustment, Claim, LedgerEntry, Payment, Settlement, SettlementItem
from tests.claims.conftest import TOWNSHIP, accumulators, bank_answer, violations

pytestmark = pytest.mark.django_db


def test_the_printed_example_is_paid(
    resident, stay, window_officer, reviewer, approver, cashier, second_cashier, at
):
    costs = stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total="4500.00", own_expense="300.00")

    # 登记, 一次性告知, 补正
    claim = claims.register(person_id=resident.pk, reason="02", stays=[costs], by=window_officer, at=at)
    claims.receive_material(claim_id=claim.pk, kind="1", by=window_officer, at=at)
    notice = claims.ask_supplement(claim_id=claim.pk, by=window_officer, at=at)
    assert [row["name"] for row in notice.body["missing"]] == [
        "医院收费票据", "费用清单", "出院证明（出院诊断证明）"
    ]
    for kind in ("2", "3", "5"):
        claims.receive_material(claim_id=claim.pk, kind=kind, by=window_officer, at=at)
    claims.receive_supplement(claim_id=claim.pk, by=window_officer, at=at)

    # 明细录入, 结算
    claims.enter_details(claim_id=claim.pk, stays=[costs], by=window_officer, at=at)
    claims.settle(claim_id=claim.pk, by=window_officer, at=at)
    item = SettlementItem.objects.get()
    assert (item.fund_total, item.personal - item.own_expense, item.own_expense) == (
        Decimal("3690.00"), Decimal("510.00"), Decimal("300.00")
    )

    # The same officer tries to review his own work: refused, and nothing changes.
    acts, before = AuditEntry.objects.count(), Claim.objects.values().get()
    window_officer.groups.add(*reviewer.groups.all())
    own = type(window_officer).objects.get(pk=window_officer.pk)
    with pytest.raises(Refused, match="不得为同一人"):
        claims.review(claim_id=claim.pk, by=own, at=at)
    assert (AuditEntry.objects.count(), Claim.objects.values().get()) == (acts, before)

    # 初审, 复核, 拨付, 办结
    claims.review(claim_id=claim.pk, by=reviewer, at=at)
    claims.approve(claim_id=claim.pk, by=approver, at=at)
    payment = Payment.objects.get()
    assert payment.amount == Decimal("3690.00")
    batch = claims.batch_payments(payment_ids=[payment.pk], by=cashier, at=at)
    claims.confirm_batch(batch_id=batch.pk, by=second_cashier, at=at)
    claims.export_batch(batch_id=batch.pk, by=cashier, at=at)
    answer = bank_answer([(payment, "成功")])
    claims.record_bank_return(batch_id=batch.pk, content=answer, file_name="回盘.csv", by=cashier, at=at)

    claim.refresh_from_db()
    assert (claim.status, claim.closed_at) == ("closed", at)
    assert not Task.objects.filter(closed_at=None).exists()
    steps = claims.statement(claim)["stays"][0]["steps"]
    assert [(step["rule"], step["article"]) for step in steps] == [
        ("BZ-RES-11.1", "第三章第11问"), ("BZ-RES-23.1", "第三章第23问")
    ]
    assert Notice.objects.count() == 1
    labels = [row.label for row in AuditEntry.objects.filter(case_no=claim.case_no, matter="LX").order_by("pk")]
    assert labels == [
        "登记", "告知补正", "收到补正", "明细录入", "结算", "初审", "复核", "列入拨付批次", "拨付到账办结"
    ]
    assert violations() == []


def test_a_poor_residents_year_is_replayed(
    person, stay, take, window_officer, reviewer, approver, supervisor, at
):
    poor = person("李四", identity="minimum_allowance")
    first = take(poor, stay("2025-02-01", "2025-02-20", total="100000"), to="approved")
    item = SettlementItem.objects.get()
    assert (item.basic, item.catastrophic, item.relief, item.personal) == (
        Decimal("59580.00"), Decimal("21577.40"), Decimal("13189.82"), Decimal("5652.78")
    )

    # A second stay in the same year continues the bands.
    second = take(poor, stay("2025-04-01", "2025-04-20", total="60000"), to="approved")
    in_order = accumulators(poor)
    assert in_order["A_CII"] == Decimal("37450.40")

    # Reversing the first replays the second; settling it again gives the year in that order from scratch.
    claims.reverse(claim_id=first.pk, reason="诊断更正", by=supervisor, at=at)
    assert Adjustment.objects.get().claim == second
    claims.settle(claim_id=first.pk, by=window_officer, at=at)
    claims.review(claim_id=first.pk, by=reviewer, at=at)
    claims.approve(claim_id=first.pk, by=approver, at=at)

    other = person("王五", identity="minimum_allowance")
    take(other, stay("2025-04-01", "2025-04-20", total="60000"), to="approved")
    take(other, stay("2025-02-01", "2025-02-20", total="100000"), to="approved")
    assert accumulators(poor) == accumulators(other)
    assert all(proof.same for proof in claims.replay_all())
    for row in Accumulator.objects.all():
        assert row.amount == sum(
            entry.delta for entry in LedgerEntry.objects.filter(person=row.person, year=row.year, name=row.name)
        )
    assert Settlement.objects.filter(ended_at=None).count() == 4
    assert violations() == []
