"""The table of steps, typed out: which step is open from which status."""

import pytest
from django.db import IntegrityError, connection, transaction

from casework.errors import Refused
from claims.models import Claim
from claims.workflow import ADJUSTMENT, BATCH, CLAIM, ClaimStatus

pytestmark = pytest.mark.django_db

OPEN = {
    "precheck": {"township"},
    "accept": {"prechecked"},
    "ask_supplement": {"registered", "entered"},
    "receive_supplement": {"supplement"},
    "enter_details": {"registered", "entered"},
    "settle": {"entered"},
    "review": {"settled"},
    "approve": {"reviewed"},
    "approve_unpaid": {"reviewed"},
    "batch": {"approved"},
    "unbatch": {"paying"},
    "close": {"paying"},
    "fail": {"paying"},
    "correct_account": {"payment_failed"},
    "pay_again": {"payment_failed"},
    "withdraw": {
        "township", "prechecked", "registered", "supplement", "entered", "settled", "reviewed", "approved",
    },
    "refuse": {"registered", "supplement", "entered", "settled", "reviewed"},
    "reverse": {"approved", "payment_failed", "closed"},
    "recalculate": {"settled", "reviewed"},
    "return_prechecked_to_township": {"prechecked"},
    "return_entered_to_registered": {"entered"},
    "return_settled_to_registered": {"settled"},
    "return_settled_to_entered": {"settled"},
    "return_reviewed_to_registered": {"reviewed"},
    "return_reviewed_to_entered": {"reviewed"},
    "return_reviewed_to_settled": {"reviewed"},
    "return_approved_to_registered": {"approved"},
    "return_approved_to_entered": {"approved"},
    "return_approved_to_settled": {"approved"},
    "return_approved_to_reviewed": {"approved"},
}
MAKING = {"register", "register_township", "enter_details", "settle"}


@pytest.fixture
def claim_in(take, resident, stay, reviewer, approver):
    """A registered claim put into a status past the guards, to try every step from there."""

    def put(status: str) -> Claim:
        claim = take(resident, stay("2025-03-02", "2025-03-08"), to="registered")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(
                "UPDATE claims_claim SET status = %s, reviewed_by_id = %s, approved_by_id = %s, refused_by_id = %s,"
                " refusal_ground_id = (SELECT min(id) FROM claims_refusalground) WHERE id = %s",
                [status, reviewer.pk, approver.pk, approver.pk, claim.pk],
            )
            cursor.execute("SET LOCAL session_replication_role = origin")
        return Claim.objects.get(pk=claim.pk)

    return put


class TestTheTable:
    def test_names_every_step(self):
        assert set(CLAIM.steps) == {*OPEN, "register", "register_township"}

    @pytest.mark.parametrize("status", ClaimStatus.values)
    def test_opens_each_step_only_where_it_is_named(self, status, claim_in, all_roles, at):
        claim = claim_in(status)
        for step, open_from in OPEN.items():
            try:
                with transaction.atomic():
                    CLAIM.move(claim_in_same(claim), step, by=all_roles, at=at, note="试办")
                    outcome = "taken"
                    transaction.set_rollback(True)
            except Refused as refusal:
                outcome = refusal.code
            expected = "taken" if status in open_from else "step_not_open"
            assert outcome == expected, f"{step} from {status}: {outcome}"

    def test_keeps_the_makers_from_deciding(self):
        assert set(CLAIM.steps["review"].not_after) == MAKING
        assert set(CLAIM.steps["approve"].not_after) == {*MAKING, "review"}
        assert set(CLAIM.steps["approve_unpaid"].not_after) == {*MAKING, "review"}
        assert set(CLAIM.steps["refuse"].not_after) == MAKING
        assert set(CLAIM.steps["batch"].not_after) == {"approve"}
        assert set(CLAIM.steps["pay_again"].not_after) == {"correct_account"}
        assert set(BATCH.steps["confirm"].not_after) == {"register"}
        assert set(ADJUSTMENT.steps["review"].not_after) == {"propose"}
        assert set(ADJUSTMENT.steps["approve_payment"].not_after) == {"propose", "review"}
        assert set(ADJUSTMENT.steps["approve_recovery"].not_after) == {"propose", "review"}

    def test_asks_for_a_reason_where_something_is_undone(self):
        undoing = {name for name, step in CLAIM.steps.items() if step.needs_note}
        assert undoing == {"withdraw", "refuse", "reverse"} | {name for name in OPEN if name.startswith("return_")}


def claim_in_same(claim: Claim) -> Claim:
    return Claim.objects.get(pk=claim.pk)


class TestTheDatabase:
    def test_refuses_a_jump_over_the_review(self, take, resident, stay):
        claim = take(resident, stay("2025-03-02", "2025-03-08"), to="registered")

        with pytest.raises(IntegrityError, match="no step of LX"), transaction.atomic():
            Claim.objects.filter(pk=claim.pk).update(status="settled")

        assert Claim.objects.get().status == "registered"

    def test_refuses_to_delete_a_claim(self, take, resident, stay):
        claim = take(resident, stay("2025-03-02", "2025-03-08"), to="registered")

        with pytest.raises(IntegrityError), transaction.atomic():
            Claim.objects.filter(pk=claim.pk).delete()

        assert Claim.objects.exists()
