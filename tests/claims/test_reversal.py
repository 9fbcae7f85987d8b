"""Reversing and replaying a year: exact opposites, the later claims in order, differences under their own review."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

import policy
from casework.errors import Refused
from claims import services as claims
from claims.models import Adjustment, Claim, LedgerEntry, Payment, Reversal, Settlement, SettlementItem
from claims.services import rules
from policy import Pack
from tests.claims.conftest import TOWNSHIP, accumulators, violations

pytestmark = pytest.mark.django_db


def live(claim: Claim) -> Settlement:
    return Settlement.objects.live().get(claim=claim)


def amounts(claim: Claim) -> tuple[Decimal, ...]:
    item = SettlementItem.objects.get(settlement=live(claim))
    return item.basic, item.catastrophic, item.relief, item.relief_tilt, item.personal


@pytest.fixture
def poor(person):
    return person("李四", identity="minimum_allowance")


@pytest.fixture
def year(take, poor, stay):
    """Two claims of one poor resident, both decided; the second continues the bands of the first."""
    first = take(poor, stay("2025-02-01", "2025-02-20", total="100000"), to="approved")
    second = take(poor, stay("2025-04-01", "2025-04-20", total="60000"), to="approved")
    return first, second


@pytest.fixture
def redo(window_officer, reviewer, approver, at):
    """Settles a reversed claim again and has it decided."""

    def run(claim: Claim) -> Claim:
        claims.settle(claim_id=claim.pk, by=window_officer, at=at)
        claims.review(claim_id=claim.pk, by=reviewer, at=at)
        claims.approve(claim_id=claim.pk, by=approver, at=at)
        return Claim.objects.get(pk=claim.pk)

    return run


class TestReverse:
    def test_appends_the_exact_opposite_once(self, year, poor, supervisor, at):
        first, _ = year
        gone = live(first)
        claims.reverse(claim_id=first.pk, reason="出院诊断有误", by=supervisor, at=at)

        own = list(LedgerEntry.objects.filter(settlement=gone))
        assert sum(entry.delta for entry in own) == 0
        assert all(entry.reverses.delta == -entry.delta for entry in own if entry.reverses_id)
        assert Settlement.objects.get(pk=gone.pk).ended == "reversed"
        first.refresh_from_db()
        assert (first.status, first.returned, first.approved_by) == ("entered", True, None)
        assert violations() == []

    def test_settles_the_later_claim_as_if_it_had_come_first(self, year, poor, person, take, stay, supervisor, at):
        first, second = year
        before = amounts(second)
        claims.reverse(claim_id=first.pk, reason="出院诊断有误", by=supervisor, at=at)

        alone = person("王五", identity="minimum_allowance")
        lonely = take(alone, stay("2025-04-01", "2025-04-20", total="60000"))
        assert amounts(second) == amounts(lonely) != before
        assert accumulators(poor) == accumulators(alone)
        assert live(second).supersedes.ended == "superseded"
        assert live(second).place == live(second).supersedes.pk

    def test_then_settling_again_gives_the_year_in_the_new_order(
        self, year, poor, person, take, stay, redo, supervisor, at
    ):
        first, second = year
        claims.reverse(claim_id=first.pk, reason="出院诊断有误", by=supervisor, at=at)
        redo(first)

        other = person("王五", identity="minimum_allowance")
        b = take(other, stay("2025-04-01", "2025-04-20", total="60000"))
        a = take(other, stay("2025-02-01", "2025-02-20", total="100000"))
        assert accumulators(poor) == accumulators(other)
        assert (amounts(first), amounts(second)) == (amounts(a), amounts(b))
        assert violations() == []

    def test_proposes_the_difference_of_a_decided_claim(self, year, supervisor, at):
        first, second = year
        before = live(second).fund_total
        claims.reverse(claim_id=first.pk, reason="出院诊断有误", by=supervisor, at=at)

        adjustment = Adjustment.objects.get()
        assert adjustment.claim == second
        assert adjustment.signed_amount == live(second).fund_total - before
        assert (adjustment.status, adjustment.registered_by) == ("proposed", supervisor)
        second.refresh_from_db()
        assert second.status == "approved"

    def test_sends_a_claim_under_review_back_to_its_first_check(self, take, poor, stay, supervisor, at):
        first = take(poor, stay("2025-02-01", "2025-02-20", total="100000"), to="approved")
        second = take(poor, stay("2025-04-01", "2025-04-20", total="60000"), to="reviewed")
        claims.reverse(claim_id=first.pk, reason="出院诊断有误", by=supervisor, at=at)

        second.refresh_from_db()
        assert (second.status, second.reviewed_by, second.returned) == ("settled", None, True)
        assert not Adjustment.objects.exists()

    def test_leaves_claims_alone_that_come_out_the_same(self, take, resident, stay, supervisor, at):
        first = take(resident, stay("2025-02-01", "2025-02-20", total="3000"), to="approved")
        second = take(resident, stay("2025-04-01", "2025-04-20", total="4000"), to="approved")
        claims.reverse(claim_id=first.pk, reason="出院诊断有误", by=supervisor, at=at)

        assert Settlement.objects.filter(claim=second).count() == 1
        assert not Adjustment.objects.exists()
        assert violations() == []

    def test_leaves_earlier_claims_alone(self, year, supervisor, at):
        first, second = year
        before = live(first).pk
        claims.reverse(claim_id=second.pk, reason="出院诊断有误", by=supervisor, at=at)
        assert live(first).pk == before

    def test_cancels_a_payment_not_yet_made(self, year, supervisor, at):
        first, _ = year
        claims.reverse(claim_id=first.pk, reason="出院诊断有误", by=supervisor, at=at)
        assert first.payments.get().state == "cancelled"

    def test_waits_for_the_bank(self, year, supervisor, cashier, at):
        first, _ = year
        claims.batch_payments(payment_ids=[first.payments.get().pk], by=cashier, at=at)
        with pytest.raises(Refused):
            claims.reverse(claim_id=first.pk, reason="出院诊断有误", by=supervisor, at=at)
        assert not Reversal.objects.exists()

    def test_is_the_supervisors(self, year, approver, at):
        with pytest.raises(Refused) as refusal:
            claims.reverse(claim_id=year[0].pk, reason="试", by=approver, at=at)
        assert refusal.value.code == "no_permission"
        assert not Reversal.objects.exists()

    def test_is_for_decided_claims(self, take, resident, stay, supervisor, at):
        claim = take(resident, stay("2025-02-01", "2025-02-20", total="3000"))
        with pytest.raises(Refused) as refusal:
            claims.reverse(claim_id=claim.pk, reason="试", by=supervisor, at=at)
        assert refusal.value.code == "step_not_open"


class TestSetOff:
    """A paid claim that is settled again pays or recovers the difference only."""

    @pytest.fixture
    def paid(self, take, resident, stay, pay):
        claim = take(
            resident, stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total="4500", own_expense="300"),
            to="approved",
        )
        return pay(claim)

    def again(self, claim, stay, total, supervisor, window_officer, redo, at):
        claims.reverse(claim_id=claim.pk, reason="费用录入有误", by=supervisor, at=at)
        costs = stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total=total, own_expense="300")
        claims.enter_details(claim_id=claim.pk, stays=[costs], by=window_officer, at=at)
        return redo(claim)

    def test_more_is_due(self, paid, stay, supervisor, window_officer, redo, at):
        claim = self.again(paid, stay, "5500", supervisor, window_officer, redo, at)
        assert claim.status == "approved"
        assert claim.payments.get(state="pending").amount == Decimal("900.00")

    def test_less_is_due(self, paid, stay, supervisor, window_officer, redo, at):
        claim = self.again(paid, stay, "3500", supervisor, window_officer, redo, at)
        adjustment = Adjustment.objects.get()
        assert claim.status == "closed"
        assert (adjustment.kind, adjustment.amount) == ("recovery", Decimal("900.00"))

    def test_the_same_is_due(self, paid, stay, supervisor, window_officer, redo, at):
        claim = self.again(paid, stay, "4500", supervisor, window_officer, redo, at)
        assert claim.status == "closed"
        assert not Adjustment.objects.exists()
        assert not claim.payments.filter(state="pending").exists()

    def test_nothing_is_due_after_all(self, paid, supervisor, reviewer, at):
        claims.reverse(claim_id=paid.pk, reason="交通事故", by=supervisor, at=at)
        claims.refuse(claim_id=paid.pk, ground="2", reason="对方全责", by=reviewer, at=at)
        assert Adjustment.objects.get().signed_amount == Decimal("-3690.00")

    def test_a_paid_claim_is_not_withdrawn(self, paid, supervisor, window_officer, at):
        claims.reverse(claim_id=paid.pk, reason="交通事故", by=supervisor, at=at)
        with pytest.raises(Refused) as refusal:
            claims.withdraw(claim_id=paid.pk, reason="试", by=window_officer, at=at)
        assert refusal.value.code == "ALREADY_PAID"


class TestAdjustments:
    @pytest.fixture
    def proposed(self, year, supervisor, at) -> Adjustment:
        claims.reverse(claim_id=year[0].pk, reason="出院诊断有误", by=supervisor, at=at)
        return Adjustment.objects.get()

    def test_are_decided_by_two_others(self, proposed, reviewer, approver, supervisor, at):
        with pytest.raises(Refused) as refusal:
            claims.review_adjustment(adjustment_id=proposed.pk, by=supervisor, at=at)
        assert refusal.value.code == "same_officer"
        claims.review_adjustment(adjustment_id=proposed.pk, by=reviewer, at=at)
        decided = claims.approve_adjustment(adjustment_id=proposed.pk, by=approver, at=at)

        assert decided.status == ("paying" if decided.kind == "supplement" else "recovering")

    def test_are_not_decided_by_one(self, proposed, all_roles, at):
        claims.review_adjustment(adjustment_id=proposed.pk, by=all_roles, at=at)
        with pytest.raises(Refused) as refusal:
            claims.approve_adjustment(adjustment_id=proposed.pk, by=all_roles, at=at)
        assert refusal.value.code == "same_officer"

    def test_in_the_database_neither(self, proposed, supervisor):
        with pytest.raises(IntegrityError), transaction.atomic():
            Adjustment.objects.filter(pk=proposed.pk).update(reviewed_by=supervisor)

    def test_of_a_recovery_end_with_the_money(self, proposed, reviewer, approver, cashier, at):
        claims.review_adjustment(adjustment_id=proposed.pk, by=reviewer, at=at)
        claims.approve_adjustment(adjustment_id=proposed.pk, by=approver, at=at)
        assert proposed.kind == "recovery"
        done = claims.receive_recovery(adjustment_id=proposed.pk, note="回单0001", by=cashier, at=at)
        assert done.status == "closed"

    def test_may_be_dropped_with_a_reason(self, proposed, approver, at):
        dropped = claims.drop_adjustment(adjustment_id=proposed.pk, reason="本人死亡，无法追回", by=approver, at=at)
        assert dropped.status == "dropped"
        assert claims.paid_out(proposed.claim) == proposed.claim.payments.get().amount

    def test_count_as_paid_out(self, proposed):
        claim = proposed.claim
        assert claims.paid_out(claim) == live(claim).fund_total


class TestSupplement:
    def test_is_paid_through_a_batch_of_its_own(
        self, take, person, stay, supervisor, reviewer, approver, cashier, second_cashier, pay, at
    ):
        """The cap was used up by the first claim; once that is gone the second is owed more."""
        rich = person("钱七")
        first = take(rich, stay("2025-02-01", "2025-02-20", total="150000"), to="approved")
        second = pay(take(rich, stay("2025-04-01", "2025-04-20", total="150000"), to="approved"))
        claims.reverse(claim_id=first.pk, reason="出院诊断有误", by=supervisor, at=at)
        adjustment = Adjustment.objects.get()
        assert (adjustment.claim, adjustment.kind) == (second, "supplement")

        claims.review_adjustment(adjustment_id=adjustment.pk, by=reviewer, at=at)
        claims.approve_adjustment(adjustment_id=adjustment.pk, by=approver, at=at)
        pay(second)

        adjustment.refresh_from_db()
        assert adjustment.status == "closed"
        assert Claim.objects.get(pk=second.pk).status == "closed"
        assert claims.paid_out(second) == live(second).fund_total
        assert Payment.objects.filter(state="paid").count() == 2


class TestReplay:
    def test_of_every_stored_settlement_is_byte_equal(self, year, redo, supervisor, at, capsys):
        claims.reverse(claim_id=year[0].pk, reason="出院诊断有误", by=supervisor, at=at)
        redo(year[0])

        assert [proof.problem for proof in claims.replay_all() if not proof.same] == []
        call_command("replay_claims")
        assert "4次结算，全部与存档一致" in capsys.readouterr().out

    def test_does_not_heed_a_figure_that_changes_later(self, year, monkeypatch):
        """A pack with other figures from 2026 on, in force today, changes nothing that was decided."""
        published = policy.pack_for("bazhong")
        text = published.text()
        old = "value: 14448元"
        assert old in text
        changed = _edited(text, old, "value: 99999元")
        monkeypatch.setattr(rules, "pack_of", lambda region: changed)

        assert all(claims.replay(row).same for row in Settlement.objects.select_related("release"))

    def test_names_a_result_that_was_tampered_with(self, year):
        settlement = live(year[0])
        settlement.result_text = settlement.result_text.replace("59580.00", "69580.00")
        assert claims.replay(settlement).problem == "存档摘要不符"

    def test_uses_the_pack_that_decided_for_later_claims_too(self, year, supervisor, monkeypatch, at):
        second = year[1]
        before = live(second).release
        changed = _edited(policy.pack_for("bazhong").text(), "value: 14448元", "value: 99999元")
        monkeypatch.setattr(rules, "pack_of", lambda region: changed)
        claims.reverse(claim_id=year[0].pk, reason="出院诊断有误", by=supervisor, at=at)
        assert live(second).release == before
        assert claims.replay(live(second)).same


def _edited(text: str, old: str, new: str) -> Pack:
    """The same pack with one figure changed: the canonical text carries each file's length."""
    import re

    files = re.split(r"(==== [\w./-]+ \d+\n)", text)
    made = []
    for head, body in zip(files[1::2], files[2::2], strict=True):
        body = body.replace(old, new)
        name = head.split()[1]
        made.append(f"==== {name} {len(body.encode())}\n{body}")
    return Pack.from_text("".join(made))


class TestCrossYear:
    def test_replays_a_claim_that_touches_both_years(self, take, person, stay, supervisor, at):
        worker = person("赵六", scheme="employee")
        moment = at.replace(month=3)
        first = take(worker, stay("2025-01-10", "2025-01-20", total="160000"), to="approved", moment=moment)
        take(
            worker, stay("2024-12-20", "2024-12-31", total="20000"), stay("2025-02-02", "2025-02-09", total="60000"),
            to="approved", moment=moment,
        )
        before_2024 = accumulators(worker, 2024)
        claims.reverse(claim_id=first.pk, reason="出院诊断有误", by=supervisor, at=moment)

        assert accumulators(worker, 2024) == before_2024
        assert accumulators(worker, 2025)["A_EB"] == Decimal("47440.00")
        assert violations() == []
        assert date(2025, 2, 9) in {item.visit.discharged_on for item in SettlementItem.objects.all()}
