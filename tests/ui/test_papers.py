"""Statement, notices and payment list: read, printed, filed as PDF, each look on the record."""
from io import BytesIO

import pytest
from django.urls import reverse
from pypdf import PdfReader

from casework import papers as views
from casework.models import AuditEntry
from claims import services as claims
from claims.models import Claim
from tests.claims.conftest import TOWNSHIP, bank_answer
from tests.ui.reading import read

pytestmark = pytest.mark.django_db


def statement(claim: Claim, form: str = "html") -> str:
    return reverse("admin:claims_claim_statement", args=[claim.pk, form])


def words_of(answer) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)


@pytest.fixture
def example(take, resident, stay):
    """The printed example: a resident, a township hospital, 4,500 of which 300 are the person's own."""
    return take(
        resident, stay("2025-03-01", "2025-03-08", hospital=TOWNSHIP, total="4500", own_expense="300"), to="approved"
    )


class TestTheStatement:
    def test_shows_each_step_with_its_rule_and_article(self, as_officer, window_officer, example):
        text = read(as_officer(window_officer).get(statement(example))).text

        amounts = ("3,690.00", "510.00", "300.00", "100.00", "90%", "叁仟陆佰玖拾元整")
        for wanted in (*amounts, "BZ-RES-11.1", "第三章第11问"):
            assert wanted in text
        assert example.person.masked_id in text
        assert example.person.id_no not in text

    def test_is_the_same_paper_as_pdf_on_one_page(self, as_officer, window_officer, example):
        answer = as_officer(window_officer).get(statement(example, "pdf"))

        assert answer["Content-Type"] == "application/pdf"
        assert len(PdfReader(BytesIO(answer.content)).pages) == 1
        for wanted in ("医疗费用手工报销结算单", "3,690.00", "叁仟陆佰玖拾元整", "BZ-RES-11.1"):
            assert wanted in words_of(answer)

    def test_is_recorded_each_time(self, as_officer, window_officer, example):
        client = as_officer(window_officer)
        client.get(statement(example))
        client.get(statement(example, "pdf"))

        entries = AuditEntry.objects.filter(action="print", officer=window_officer, case_no=example.case_no)
        assert entries.count() == 2

    def test_does_not_clutter_the_timeline_with_reads(self, as_officer, window_officer, example):
        client = as_officer(window_officer)
        client.get(statement(example))

        assert "打印结算单" not in read(client.get(reverse("admin:claims_claim_change", args=[example.pk]))).text

    def test_says_that_it_is_no_basis_for_payment_before_the_decision(
        self, as_officer, window_officer, take, resident, stay,
    ):
        claim = take(resident, stay("2025-03-01", "2025-03-08", total="4500"), to="settled")

        assert "不作为支付依据" in read(as_officer(window_officer).get(statement(claim))).text

    def test_of_an_unsettled_claim_does_not_exist(self, as_officer, window_officer, take, resident, stay):
        claim = take(resident, stay("2025-03-01", "2025-03-08"), to="registered")

        assert as_officer(window_officer).get(statement(claim)).status_code == 404

    def test_needs_the_permission_to_print(self, as_officer, auditor, example):
        assert as_officer(auditor).get(statement(example)).status_code == 403
        assert not AuditEntry.objects.filter(action="print").exists()

    def test_masks_the_name_for_those_who_may_not_see_names(self, as_officer, window_officer, example):
        for group in window_officer.groups.all():
            group.permissions.remove(*group.permissions.filter(codename="see_names"))
        text = read(as_officer(window_officer).get(statement(example))).text

        assert example.person.name not in text
        assert example.person.masked_name in text

    def test_without_the_typesetting_library_leads_to_the_print_view(
        self, as_officer, window_officer, example, monkeypatch,
    ):
        def no_pango(html):
            raise OSError("cannot load library 'libpango-1.0-0'")

        monkeypatch.setattr(views, "pdf", no_pango)
        answer = as_officer(window_officer).get(statement(example, "pdf"))

        assert answer.status_code == 503
        assert "暂时不能生成 PDF" in read(answer).text
        assert statement(example) in read(answer).links


class TestTheOneTimeNotice:
    def test_lists_everything_that_is_missing_with_its_article(
        self, as_officer, window_officer, take, resident, stay, at,
    ):
        claim = take(resident, stay("2025-03-01", "2025-03-08"), to="registered")
        notice = claims.ask_supplement(claim_id=claim.pk, by=window_officer, at=at, note="可邮寄")
        url = reverse("admin:claims_claim_notice", args=[claim.pk, notice.pk, "html"])
        text = read(as_officer(window_officer).get(url)).text

        for wanted in (notice.number, "医院收费票据", "费用清单", "依据：", "不计入办理时限", "可邮寄"):
            assert wanted in text

    def test_belongs_to_its_own_claim_only(self, as_officer, window_officer, take, person, stay, at):
        first, second = (take(person(name), stay("2025-03-01", "2025-03-08"), to="registered") for name in ("甲", "乙"))
        notice = claims.ask_supplement(claim_id=first.pk, by=window_officer, at=at)
        url = reverse("admin:claims_claim_notice", args=[second.pk, notice.pk, "html"])

        assert as_officer(window_officer).get(url).status_code == 404


class TestTheRefusal:
    def test_names_ground_reason_and_remedy(self, as_officer, reviewer, take, resident, stay, at):
        claim = take(resident, stay("2025-03-01", "2025-03-08", total="4500"))
        claims.refuse(claim_id=claim.pk, ground="2", reason="由第三人负担。", by=reviewer, at=at)
        page = as_officer(reviewer).get(reverse("admin:claims_claim_change", args=[claim.pk]))
        url = next(link for link in read(page).links if "/notice/" in link and link.endswith(".html"))
        text = read(as_officer(reviewer).get(url)).text

        for wanted in ("不予支付决定书", "由第三人负担。", "行政复议", "依据："):
            assert wanted in text


class TestABatch:
    def test_goes_from_a_list_to_the_bank_and_back(self, as_officer, cashier, second_cashier, example):
        client = as_officer(cashier)
        client.post(reverse("admin:claims_paymentbatch_add"), {"payment": [example.payments.get().pk]})
        batch = example.payments.get().batch
        page = reverse("admin:claims_paymentbatch_change", args=[batch.pk])

        assert "不得为同一人" in read(client.get(page)).text
        assert client.post(deed("confirm", batch), {"version": batch.version}).status_code in {403, 409}
        client.force_login(second_cashier)
        client.post(deed("confirm", batch), {"version": batch.version})
        file = client.post(reverse("admin:claims_paymentbatch_export", args=[batch.pk]), {"form": "csv"})
        assert example.payee_account in file.content.decode("utf-8-sig")
        assert example.payee_account not in client.get(page).content.decode()
        batch.refresh_from_db()
        answer = BytesIO(bank_answer([(example.payments.get(), "失败")]))
        answer.name = "回盘.csv"
        client.post(deed("record_return", batch), {"version": batch.version, "file": answer})

        assert "户名不符" in read(client.get(page)).text
        assert Claim.objects.get(pk=example.pk).status == "payment_failed"

    def test_shows_the_faults_of_a_return_by_row_and_writes_nothing(
        self, as_officer, cashier, second_cashier, example, at,
    ):
        batch = claims.batch_payments(payment_ids=[example.payments.get().pk], by=cashier, at=at)
        claims.confirm_batch(batch_id=batch.pk, by=second_cashier, at=at)
        claims.export_batch(batch_id=batch.pk, by=cashier, at=at)
        batch.refresh_from_db()
        file = BytesIO("拨付单号,金额,结果,失败原因\nX-1,9,成功,\n".encode())
        file.name = "回盘.csv"
        answer = as_officer(cashier).post(
            deed("record_return", batch), {"version": batch.version, "file": file}, headers={"HX-Request": "true"}
        )

        assert answer.status_code == 409
        assert "第2行" in answer.content.decode()
        assert not batch.returns.exists()

    def test_failed_payment_gets_a_right_account_and_is_paid_again_by_another(
        self, as_officer, cashier, second_cashier, example, pay,
    ):
        failed = pay(example, result="失败")
        client = as_officer(cashier)
        url = reverse("admin:claims_claim_change", args=[failed.pk])
        client.post(reverse("admin:claims_claim_correct_account", args=[failed.pk]), {
            "payee_name": "张三丰", "payee_bank": "工商银行", "payee_account": "6222000000000001234",
            "version": failed.version,
        })
        assert "不得为同一人" in read(client.get(url)).text
        client.force_login(second_cashier)
        version = Claim.objects.get(pk=failed.pk).version
        dialog = client.get(reverse("admin:claims_claim_pay_again", args=[failed.pk]))
        client.post(reverse("admin:claims_claim_pay_again", args=[failed.pk]), {"version": version})

        assert "工商银行" in read(dialog).text
        assert Claim.objects.get(pk=failed.pk).status == "approved"
        assert failed.payments.filter(state="pending").get().payee_account == "6222000000000001234"

    def test_prints_its_list_with_masked_accounts(self, as_officer, cashier, example, at):
        batch = claims.batch_payments(payment_ids=[example.payments.get().pk], by=cashier, at=at)
        text = read(as_officer(cashier).get(reverse("admin:claims_paymentbatch_list", args=[batch.pk, "html"]))).text

        assert "拨付清单" in text
        assert "叁仟陆佰玖拾元整" in text
        assert example.payee_account not in text

    def test_file_is_not_given_out_by_a_link(self, as_officer, cashier, second_cashier, example, at):
        batch = claims.batch_payments(payment_ids=[example.payments.get().pk], by=cashier, at=at)
        claims.confirm_batch(batch_id=batch.pk, by=second_cashier, at=at)
        answer = as_officer(cashier).get(reverse("admin:claims_paymentbatch_export", args=[batch.pk]))

        assert answer.status_code == 302
        assert not AuditEntry.objects.filter(action="export").exists()


def deed(name: str, batch) -> str:
    return reverse(f"admin:claims_paymentbatch_{name}", args=[batch.pk])
