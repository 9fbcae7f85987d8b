"""Deciding: two persons, sending back, withdrawing, refusing; what each undoes and what it leaves."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from casework.errors import Refused
from casework.models import AuditEntry, Notice, Officer
from claims import services as claims
from claims.models import Claim, LedgerEntry, Payment, Reversal, Settlement
from tests.claims.conftest import TOWNSHIP, accumulators, violations

pytestmark = pytest.mark.django_db


@pytest.fixture
def example(take, resident, stay):
    """The printed example, taken to a status."""

    def make(to: str = "settled", **terms) -> Claim:
        costs = stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total="4500", own_expense="300")
        return take(resident, costs, to=to, **terms)

    return make


def refused(claim: Claim, function, **named) -> str:
    """The code of the refusal; the claim, its ledger and its payments are as before."""
    def state():
        found = Claim.objects.filter(pk=claim.pk).values().get()
        return found, LedgerEntry.objects.count(), Payment.objects.count(), AuditEntry.objects.count()

    before = state()
    with pytest.raises(Refused) as refusal:
        function(claim_id=claim.pk, **named)
    assert state() == before
    return refusal.value.code


def sql(text: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(text, list(values))


class TestTwoPersons:
    def test_whoever_made_the_claim_does_not_review_it(self, example, window_officer, all_roles, at):
        claim = example()
        window_officer.groups.set(all_roles.groups.all())
        maker = Officer.objects.get(pk=window_officer.pk)
        assert refused(claim, claims.review, by=maker, at=at) == "same_officer"

    def test_whoever_reviewed_does_not_approve(self, example, all_roles, at):
        claim = example()
        claims.review(claim_id=claim.pk, by=all_roles, at=at)
        assert refused(claim, claims.approve, by=all_roles, at=at) == "same_officer"

    def test_one_officer_with_every_role_gets_no_further_than_his_first_step(self, stay, resident, all_roles, at):
        costs = stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total="4500", own_expense="300")
        claim = claims.register(person_id=resident.pk, reason="03", stays=[costs], by=all_roles, at=at)
        claims.enter_details(claim_id=claim.pk, stays=[costs], by=all_roles, at=at)
        claims.settle(claim_id=claim.pk, by=all_roles, at=at)
        assert refused(claim, claims.review, by=all_roles, at=at) == "same_officer"
        assert refused(claim, claims.refuse, ground="6", reason="试", by=all_roles, at=at) == "same_officer"

    def test_an_earlier_editor_stays_a_maker(self, example, second_window_officer, stay, all_roles, at, reviewer):
        claim = example("entered")
        again = stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total="4500", own_expense="300")
        claims.enter_details(claim_id=claim.pk, stays=[again], by=second_window_officer, at=at)
        claims.settle(claim_id=claim.pk, by=second_window_officer, at=at)
        first = Claim.objects.get(pk=claim.pk).registered_by
        first.groups.set(all_roles.groups.all())
        assert refused(claim, claims.review, by=Officer.objects.get(pk=first.pk), at=at) == "same_officer"

    def test_a_superuser_has_no_shortcut(self, example, db, at):
        claim = example()
        root = Officer.objects.create_superuser("root", password="x", name="根", staff_no="R1", region_code="511900")
        assert refused(claim, claims.review, by=root, at=at) == "no_permission"

    def test_the_database_refuses_it_too(self, example, reviewer, window_officer):
        claim = example("reviewed")
        for column, officer in (
            ("reviewed_by_id", window_officer), ("approved_by_id", window_officer), ("approved_by_id", reviewer),
            ("refused_by_id", window_officer),
        ):
            with pytest.raises(IntegrityError):
                sql(f"UPDATE claims_claim SET {column} = %s WHERE id = %s", officer.pk, claim.pk)
        with pytest.raises(IntegrityError):
            sql("UPDATE claims_claim SET maker_ids = '{}' WHERE id = %s", claim.pk)
        with pytest.raises(IntegrityError):
            sql("UPDATE claims_claim SET reviewed_by_id = NULL WHERE id = %s", claim.pk)


class TestReview:
    def test_keeps_what_was_seen(self, example, reviewer):
        claim = example("reviewed")
        assert claim.reviewed_by == reviewer
        assert claim.reviewed_digest == Settlement.objects.get().digest

    def test_that_is_out_of_date_is_void(self, example, approver, at):
        claim = example("reviewed")
        sql("UPDATE claims_claim SET reviewed_digest = %s WHERE id = %s", "0" * 64, claim.pk)
        assert refused(claim, claims.approve, by=approver, at=at) == "CHECK_VOID"

    def test_and_decision_are_of_one_settlement_in_the_database(self, example):
        claim = example("approved")
        with pytest.raises(IntegrityError, match="claim_checked_is_decided"):
            sql("UPDATE claims_claim SET reviewed_digest = %s WHERE id = %s", "0" * 64, claim.pk)

    def test_refuses_a_page_that_is_out_of_date(self, example, reviewer, at):
        claim = example()
        code = refused(claim, claims.review, by=reviewer, at=at, expected_version=claim.version - 1)
        assert code == "changed_since_opened"

    def test_is_not_open_before_settlement(self, example, reviewer, at):
        claim = example("entered")
        assert refused(claim, claims.review, by=reviewer, at=at) in {"NOT_SETTLED", "step_not_open"}


class TestApprove:
    def test_makes_the_payment_instruction(self, example, approver):
        claim = example("approved")
        payment = Payment.objects.get()
        assert (claim.status, payment.amount, payment.state) == ("approved", Decimal("3690.00"), "pending")
        assert (payment.approved_by, payment.payee_account) == (approver, claim.payee_account)
        assert payment.number == f"{claim.case_no}-1"

    def test_closes_a_claim_of_which_nothing_is_paid(self, take, resident, stay):
        claim = take(resident, stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total="90"), to="approved")
        assert (claim.status, Payment.objects.count()) == ("closed", 0)
        assert claims.statement(claim)["totals"]["fund_total"] == "0.00"

    def test_needs_an_account(self, example, approver, at, resident):
        type(resident).objects.update(bank_account="", bank_name="")
        claim = example("reviewed")
        assert refused(claim, claims.approve, by=approver, at=at) == "ACCOUNT_MISSING"


class TestSendBack:
    @pytest.mark.parametrize("to", ["registered", "entered"])
    def test_before_settlement_voids_it(self, to, example, reviewer, resident, at):
        claim = example()
        claims.send_back(claim_id=claim.pk, to=to, reason="票据金额有误", by=reviewer, at=at)

        claim.refresh_from_db()
        assert (claim.status, claim.returned) == (to, True)
        assert accumulators(resident) == {}
        assert Settlement.objects.get().ended == "voided"
        assert Reversal.objects.get().reason == "票据金额有误"
        assert sum(entry.delta for entry in LedgerEntry.objects.all()) == 0
        assert violations() == []

    def test_to_the_first_check_leaves_the_settlement(self, example, approver, resident, at):
        claim = example("reviewed")
        claims.send_back(claim_id=claim.pk, to="settled", reason="请核对转诊", by=approver, at=at)

        claim.refresh_from_db()
        assert (claim.status, claim.reviewed_by, claim.reviewed_digest) == ("settled", None, "")
        assert Settlement.objects.get().ended_at is None

    def test_of_an_approved_claim_cancels_its_payment(self, example, cashier, resident, at):
        claim = example("approved")
        claims.send_back(claim_id=claim.pk, to="entered", reason="户名不符", by=cashier, at=at)

        claim.refresh_from_db()
        assert (claim.status, claim.approved_by) == ("entered", None)
        assert Payment.objects.get().state == "cancelled"
        assert accumulators(resident) == {}

    def test_can_be_settled_and_decided_again(self, example, reviewer, approver, window_officer, resident, at):
        claim = example()
        claims.send_back(claim_id=claim.pk, to="entered", reason="请核对", by=reviewer, at=at)
        claims.settle(claim_id=claim.pk, by=window_officer, at=at)
        claims.review(claim_id=claim.pk, by=reviewer, at=at)
        claims.approve(claim_id=claim.pk, by=approver, at=at)

        assert Settlement.objects.live().count() == 1
        assert accumulators(resident)["A_RB"] == Decimal("3690.00")
        assert violations() == []

    @pytest.mark.parametrize(
        ("to", "target"),
        [("settled", "settled"), ("settled", "approved"), ("entered", "settled"), ("settled", "nowhere")],
    )
    def test_goes_backwards_only(self, to, target, example, reviewer, at):
        claim = example(to)
        assert refused(claim, claims.send_back, to=target, reason="试", by=reviewer, at=at) == "step_not_open"

    def test_wants_a_reason(self, example, reviewer, at):
        claim = example()
        assert refused(claim, claims.send_back, to="entered", reason=" ", by=reviewer, at=at) == "note_required"

    def test_is_done_by_the_officer_at_whose_desk_it_lies(self, example, window_officer, at):
        claim = example()
        assert refused(claim, claims.send_back, to="entered", reason="试", by=window_officer, at=at) == "no_permission"


class TestWithdraw:
    @pytest.mark.parametrize("to", ["registered", "entered", "settled", "reviewed", "approved"])
    def test_is_open_until_payment(self, to, example, window_officer, resident, at):
        claim = example(to)
        claims.withdraw(claim_id=claim.pk, reason="申请人撤回", by=window_officer, at=at)

        claim.refresh_from_db()
        assert claim.status == "withdrawn"
        assert accumulators(resident) == {}
        assert not claim.visits.live().exists()
        assert not Payment.objects.filter(state="pending").exists()
        assert violations() == []

    def test_is_closed_once_paid(self, example, pay, window_officer, at):
        claim = pay(example("approved"))
        code = refused(claim, claims.withdraw, reason="试", by=window_officer, at=at)
        assert code == "ALREADY_PAID"


class TestRefuse:
    def test_names_the_ground_and_issues_a_notice(self, example, reviewer, resident, at):
        """BZ-GEN-6.1."""
        claim = example()
        claims.refuse(claim_id=claim.pk, ground="2", reason="交通事故，对方全责", by=reviewer, at=at)

        claim.refresh_from_db()
        assert (claim.status, claim.refusal_ground.name) == ("refused", "应当由第三人负担")
        notice = Notice.objects.get()
        assert notice.body["ground"]["article"].startswith("巴中市医保政策第一章")
        assert notice.body["reason"] == "交通事故，对方全责"
        assert accumulators(resident) == {}
        assert violations() == []

    @pytest.mark.parametrize(("ground", "reason", "code"), [("9", "试", "GROUND_UNKNOWN"), ("1", " ", "note_required")])
    def test_wants_a_ground_and_a_reason(self, ground, reason, code, example, reviewer, at):
        claim = example()
        assert refused(claim, claims.refuse, ground=ground, reason=reason, by=reviewer, at=at) == code

    def test_is_not_for_the_window(self, example, second_window_officer, at):
        claim = example()
        code = refused(claim, claims.refuse, ground="1", reason="试", by=second_window_officer, at=at)
        assert code == "no_permission"


class TestJurisdiction:
    def test_hides_the_claim_from_every_service(self, example, neighbour, stay, at, cashier):
        claim = example("approved")
        payment = Payment.objects.get()
        acts = {
            "enter_details": {"stays": [stay("2025-03-02", "2025-03-08", total="1")]}, "settle": {}, "review": {},
            "approve": {}, "send_back": {"to": "entered", "reason": "试"}, "withdraw": {"reason": "试"},
            "refuse": {"ground": "1", "reason": "试"}, "reverse": {"reason": "试"}, "precheck": {}, "accept": {},
            "ask_supplement": {}, "receive_supplement": {}, "receive_material": {"kind": "1"},
        }
        for name, given in acts.items():
            assert refused(claim, getattr(claims, name), by=neighbour, at=at, **given) == "not_found", name
        with pytest.raises(Refused, match="未找到"):
            claims.batch_payments(payment_ids=[payment.pk], by=neighbour, at=at)
        with pytest.raises(Refused, match="未找到"):
            claims.trial_of_claim(claim_id=claim.pk, by=neighbour)
        batch = claims.batch_payments(payment_ids=[payment.pk], by=cashier, at=at)
        for name, given in {
            "confirm_batch": {}, "cancel_batch": {"reason": "试"}, "export_batch": {},
            "record_bank_return": {"content": b"1", "file_name": "1"},
        }.items():
            with pytest.raises(Refused, match="未找到"):
                getattr(claims, name)(batch_id=batch.pk, by=neighbour, at=at, **given)

    def test_leaves_no_row_of_another_county_visible(self, example, neighbour, pay):
        from django.apps import apps

        pay(example("approved"))
        for model in apps.get_app_config("claims").get_models():
            manager = model._default_manager
            if hasattr(manager.all(), "visible_to"):
                assert not manager.visible_to(neighbour).exists(), model
