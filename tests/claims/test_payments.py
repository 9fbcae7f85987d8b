"""Paying out: the batch of two officers, the bank's file and its answers, an account that was wrong."""

import csv
import io
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from openpyxl import Workbook, load_workbook

from casework.errors import Refused
from casework.models import AuditEntry
from claims import services as claims
from claims.models import BankReturn, Claim, Payment, PaymentBatch
from tests.claims.conftest import ACCOUNT, TOWNSHIP, bank_answer, violations

pytestmark = pytest.mark.django_db


@pytest.fixture
def approved(take, person, stay):
    """Approved claims of two persons."""
    made = []
    for name in ("张三", "李四"):
        costs = stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total="4500", own_expense="300")
        made.append(take(person(name), costs, to="approved"))
    return made


@pytest.fixture
def payments(approved):
    return list(Payment.objects.order_by("pk"))


@pytest.fixture
def batch(payments, cashier, at):
    return claims.batch_payments(payment_ids=[row.pk for row in payments], by=cashier, at=at)


@pytest.fixture
def sent(batch, second_cashier, cashier, at):
    claims.confirm_batch(batch_id=batch.pk, by=second_cashier, at=at)
    claims.export_batch(batch_id=batch.pk, by=cashier, at=at)
    batch.refresh_from_db()
    return batch


@pytest.fixture
def answer(sent, cashier, at):
    """Records a return of the bank for the sent batch."""
    def run(content: bytes, name: str = "回盘.csv") -> BankReturn:
        return claims.record_bank_return(batch_id=sent.pk, content=content, file_name=name, by=cashier, at=at)

    return run


def code_of(function, **named) -> str:
    def state():
        return (
            list(Payment.objects.order_by("pk").values()), list(Claim.objects.order_by("pk").values()),
            list(PaymentBatch.objects.values()), BankReturn.objects.count(), AuditEntry.objects.count(),
        )

    before = state()
    with pytest.raises(Refused) as refusal:
        function(**named)
    assert state() == before
    return refusal.value.code


def run(text: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(text)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class TestBatch:
    def test_is_the_sum_of_its_payments(self, batch, payments, approved):
        assert (batch.total, batch.count, batch.status) == (Decimal("7380.00"), 2, "made")
        assert {row.state for row in Payment.objects.all()} == {"batched"}
        assert {row.status for row in Claim.objects.all()} == {"paying"}
        assert violations() == []

    def test_is_not_made_by_the_approver(self, payments, approver, all_roles, at):
        approver.groups.set(all_roles.groups.all())
        officer = type(approver).objects.get(pk=approver.pk)
        ids = [row.pk for row in payments]
        assert code_of(claims.batch_payments, payment_ids=ids, by=officer, at=at) == "same_officer"

    def test_is_confirmed_by_another(self, batch, cashier, second_cashier, at):
        assert code_of(claims.confirm_batch, batch_id=batch.pk, by=cashier, at=at) == "same_officer"
        assert claims.confirm_batch(batch_id=batch.pk, by=second_cashier, at=at).status == "confirmed"

    def test_goes_to_the_bank_only_when_confirmed(self, batch, cashier, at):
        assert code_of(claims.export_batch, batch_id=batch.pk, by=cashier, at=at) == "step_not_open"

    def test_takes_a_payment_once(self, batch, payments, second_cashier, at):
        ids = [payments[0].pk]
        assert code_of(claims.batch_payments, payment_ids=ids, by=second_cashier, at=at) == "NOT_PENDING"

    def test_takes_known_payments_only(self, payments, cashier, at):
        assert code_of(claims.batch_payments, payment_ids=[payments[0].pk, 999], by=cashier, at=at) == "not_found"
        assert code_of(claims.batch_payments, payment_ids=[], by=cashier, at=at) == "not_found"

    def test_may_be_given_up_before_it_is_sent(self, batch, cashier, approved, at):
        claims.cancel_batch(batch_id=batch.pk, reason="漏列一笔", by=cashier, at=at)
        assert {row.state for row in Payment.objects.all()} == {"pending"}
        assert {row.status for row in Claim.objects.all()} == {"approved"}
        assert violations() == []

    def test_is_not_given_up_at_the_bank(self, sent, cashier, at):
        assert code_of(claims.cancel_batch, batch_id=sent.pk, reason="试", by=cashier, at=at) == "step_not_open"

    @pytest.mark.parametrize(
        "text",
        [
            "UPDATE claims_payment SET amount = 1",
            "UPDATE claims_payment SET payee_account = '62170000'",
            "UPDATE claims_paymentbatch SET total = total + 1",
            "UPDATE claims_payment SET batch_id = NULL, state = 'pending', batched_by_id = NULL WHERE id ="
            " (SELECT min(id) FROM claims_payment)",
            "UPDATE claims_payment SET batched_by_id = approved_by_id",
            "UPDATE claims_paymentbatch SET confirmed_by_id = registered_by_id",
            "DELETE FROM claims_payment",
            "INSERT INTO claims_payment (number, region_code, claim_id, settlement_id, amount, payee_name, payee_bank,"
            " payee_account, state, approved_by_id, failure, made_at) SELECT number || 'x', region_code, claim_id,"
            " settlement_id, amount, payee_name, payee_bank, payee_account, 'pending', approved_by_id, '', made_at"
            " FROM claims_payment",
        ],
    )
    def test_is_held_by_the_database(self, text, batch):
        with pytest.raises(IntegrityError):
            run(text)


class TestBankFile:
    def test_has_full_accounts_and_the_same_bytes_each_time(self, sent, cashier, at, payments):
        file = claims.export_batch(batch_id=sent.pk, by=cashier, at=at)
        again = claims.export_batch(batch_id=sent.pk, by=cashier, at=at)

        rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
        assert [row["收款账号"] for row in rows] == [ACCOUNT, ACCOUNT]
        assert [row["金额"] for row in rows] == ["3690.00", "3690.00"]
        assert file.content == again.content
        assert AuditEntry.objects.filter(action="export").count() == 3

    def test_is_not_for_everybody(self, sent, reviewer, at):
        assert code_of(claims.export_batch, batch_id=sent.pk, by=reviewer, at=at) == "no_permission"

    def test_comes_as_a_workbook_with_text_cells(self, sent, cashier, at):
        file = claims.export_batch(batch_id=sent.pk, by=cashier, at=at, form="xlsx")
        sheet = load_workbook(io.BytesIO(file.content)).active
        assert sheet["D2"].value == ACCOUNT

    def test_holds_no_formula(self, take, person, stay, cashier, second_cashier, at):
        sly = person("=HYPERLINK(1)")
        costs = stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total="4500")
        claim = take(sly, costs, to="approved")
        batch = claims.batch_payments(payment_ids=[claim.payments.get().pk], by=cashier, at=at)
        claims.confirm_batch(batch_id=batch.pk, by=second_cashier, at=at)
        text = claims.export_batch(batch_id=batch.pk, by=cashier, at=at).content.decode("utf-8-sig")
        assert ",'=HYPERLINK(1)," in text


class TestReturn:
    def test_closes_what_arrived(self, answer, payments, sent):
        taken = answer(bank_answer([(row, "成功") for row in payments]))

        assert (taken.rows_read, taken.paid, taken.failed) == (2, 2, 0)
        assert {row.status for row in Claim.objects.all()} == {"closed"}
        assert {row.state for row in Payment.objects.all()} == {"paid"}
        sent.refresh_from_db()
        assert sent.status == "closed"

    def test_may_come_in_parts(self, answer, payments, sent):
        answer(bank_answer([(payments[0], "成功")]))
        sent.refresh_from_db()
        assert sent.status == "sent"
        answer(bank_answer([(payments[1], "失败")]))
        sent.refresh_from_db()
        assert sent.status == "closed"

    def test_twice_changes_nothing(self, answer, payments):
        content = bank_answer([(payments[0], "成功")])
        first = answer(content)
        acts = AuditEntry.objects.count()
        assert answer(content) == first
        assert AuditEntry.objects.count() == acts

    def test_in_gb18030_or_a_workbook_is_the_same(self, answer, payments):
        answer(bank_answer([(payments[0], "成功")]).decode("utf-8-sig").encode("gb18030"))
        book = Workbook()
        book.active.append(["结果", "金额", "拨付单号"])
        book.active.append(["成功", 3690, payments[1].number])
        out = io.BytesIO()
        book.save(out)
        answer(out.getvalue(), "回盘.xlsx")
        assert {row.state for row in Payment.objects.all()} == {"paid"}

    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            ([("X-1", "3690.00", "成功", "")], "第2行：拨付单号“X-1”不在本批次内"),
            ([("0", "3690.01", "成功", "")], "第2行：金额3690.01元与拨付单3690.00元不符"),
            ([("0", "3690.00", "成功", ""), ("0", "3690.00", "失败", "户名不符")], "第3行：拨付单号"),
            ([("0", "3690.00", "可能", "")], "第2行：结果“可能”应为"),
            ([("0", "3690.00", "失败", "")], "第2行：失败的须写明原因"),
            ([("0", "3,690.00", "成功", "")], "第2行：金额“3,690.00”无法识别"),
        ],
    )
    def test_with_a_wrong_row_is_refused_whole(self, rows, said, sent, payments, cashier, at):
        lines = ["拨付单号,金额,结果,失败原因"]
        for number, *rest in rows:
            named = payments[int(number)].number if number.isdigit() else number
            lines.append(",".join(f'"{cell}"' for cell in (named, *rest)))
        lines.append(f"{payments[1].number},3690.00,成功,")
        content = "\n".join(lines).encode()
        with pytest.raises(Refused, match=said):
            claims.record_bank_return(batch_id=sent.pk, content=content, file_name="1.csv", by=cashier, at=at)
        assert {row.state for row in Payment.objects.all()} == {"batched"}
        assert not BankReturn.objects.exists()

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "FILE_EMPTY"), (b"\n\n", "FILE_EMPTY"), ("拨付单号,金额,结果".encode(), "NO_ROWS"),
            ("拨付单号,结果\n1,成功".encode(), "COLUMN_MISSING"),
            ("拨付单号,金额,金额,结果\n1".encode(), "COLUMN_DUPLICATE"),
            (b"PK\x03\x04 no zip", "TYPE_MISMATCH"), (b"\xff\xfe\x00\x01\x80", "ENCODING"),
            (b"x" * 2_000_001, "FILE_TOO_LARGE"),
        ],
    )
    def test_that_cannot_be_read_is_refused(self, content, code, sent, cashier, at):
        assert code_of(
            claims.record_bank_return, batch_id=sent.pk, content=content, file_name="1.csv", by=cashier, at=at
        ) == code

    def test_answered_before_is_refused(self, answer, payments, sent, cashier, at):
        answer(bank_answer([(payments[0], "成功")]))
        again = bank_answer([(payments[0], "失败")])
        assert code_of(
            claims.record_bank_return, batch_id=sent.pk, content=again, file_name="2.csv", by=cashier, at=at
        ) == "RETURN_ROWS"


class TestFailedPayment:
    @pytest.fixture
    def failed(self, answer, payments) -> Payment:
        answer(bank_answer([(payments[0], "失败"), (payments[1], "成功")]))
        return Payment.objects.get(pk=payments[0].pk)

    @pytest.fixture
    def correct(self, failed, window_officer, at):
        return claims.correct_account(
            payment_id=failed.pk, payee_name="张三", payee_bank="中国银行巴中分行",
            payee_account="6217 8500 0000 1234", by=window_officer, at=at,
        )

    def test_shows_on_its_claim(self, failed):
        claim = failed.claim
        assert (failed.state, failed.failure, claim.status, claim.returned) == (
            "failed", "户名不符", "payment_failed", True
        )

    def test_is_paid_again_to_the_right_account(self, failed, correct, cashier, second_cashier, pay, at):
        again = claims.pay_again(payment_id=failed.pk, by=cashier, at=at)

        assert (again.number, again.replaces, again.amount) == (f"{failed.claim.case_no}-2", failed, failed.amount)
        assert again.payee_account == "6217850000001234"
        claim = pay(Claim.objects.get(pk=failed.claim_id))
        assert claim.status == "closed"
        assert claims.paid_out(claim) == Decimal("3690.00")
        assert violations() == []

    def test_is_confirmed_by_another(self, failed, cashier, at):
        claims.correct_account(
            payment_id=failed.pk, payee_name="张三", payee_bank="中国银行", payee_account="6217850000001234",
            by=cashier, at=at,
        )
        assert code_of(claims.pay_again, payment_id=failed.pk, by=cashier, at=at) == "same_officer"

    def test_needs_a_corrected_account(self, failed, cashier, at):
        assert code_of(claims.pay_again, payment_id=failed.pk, by=cashier, at=at) == "ACCOUNT_MISSING"

    def test_is_paid_again_once(self, failed, correct, cashier, at):
        claims.pay_again(payment_id=failed.pk, by=cashier, at=at)
        assert code_of(claims.pay_again, payment_id=failed.pk, by=cashier, at=at) == "step_not_open"

    def test_takes_a_readable_account_only(self, failed, window_officer, at):
        code = code_of(
            claims.correct_account,
            payment_id=failed.pk, payee_name="张三", payee_bank="中国银行", payee_account="62-1",
            by=window_officer, at=at,
        )
        assert code == "ACCOUNT_FORMAT"
