"""Deeds as dialogs: they name their consequence, need POST and the token, and refuse in words with nothing written."""
import pytest
from django.test import Client
from django.urls import reverse

from casework.models import AuditEntry, Task
from claims import services as claims
from claims.models import Claim, Settlement
from tests.ui.reading import read

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def deed(name: str, claim: Claim) -> str:
    return reverse(f"admin:claims_claim_{name}", args=[claim.pk])


def written() -> tuple:
    return (
        list(Claim.objects.order_by("pk").values_list("status", "version")), AuditEntry.objects.count(),
        Settlement.objects.count(),
    )


@pytest.fixture
def entered(take, resident, stay):
    return take(resident, stay("2025-03-01", "2025-03-08", total="4500", own_expense="300"), to="entered")


@pytest.fixture
def settled(take, resident, stay):
    return take(resident, stay("2025-03-01", "2025-03-08", total="4500", own_expense="300"), to="settled")


class TestADialog:
    def test_names_the_consequence_and_changes_nothing_by_opening(self, as_officer, reviewer, settled):
        before = written()
        answer = as_officer(reviewer).get(deed("review", settled), headers=HTMX)

        assert answer.status_code == 200
        assert "确认基金支付 2,100.00 元、个人负担 2,400.00 元，案件转复核" in answer.content.decode()
        assert written() == before

    def test_does_the_deed_by_post_and_sends_the_browser_back(self, as_officer, reviewer, settled):
        answer = as_officer(reviewer).post(
            deed("review", settled), {"note": "相符", "version": settled.version, "next": "/claims/claim/?tab=settled"},
            headers=HTMX,
        )

        assert answer.status_code == 200
        assert answer["HX-Redirect"] == "/claims/claim/?tab=settled"
        assert Claim.objects.get().status == "reviewed"
        assert AuditEntry.objects.filter(action="review", officer=reviewer, note="相符").exists()

    def test_works_as_a_whole_page_without_scripts(self, as_officer, reviewer, settled):
        client = as_officer(reviewer)
        page = client.get(deed("review", settled))
        answer = client.post(deed("review", settled), {"version": settled.version})

        assert "初审通过" in read(page).text
        assert read(page).english() == []
        assert answer.status_code == 302
        assert answer.url == reverse("admin:claims_claim_change", args=[settled.pk])

    @pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com/", "javascript:alert(1)"])
    def test_never_sends_the_browser_elsewhere(self, elsewhere, as_officer, reviewer, settled):
        answer = as_officer(reviewer).post(
            deed("review", settled), {"version": settled.version, "next": elsewhere}, headers=HTMX
        )

        assert answer["HX-Redirect"] == reverse("admin:claims_claim_change", args=[settled.pk])

    def test_refuses_a_post_without_the_token(self, reviewer, settled):
        before = written()
        client = Client(enforce_csrf_checks=True)
        client.force_login(reviewer)
        answer = client.post(deed("review", settled), {"version": settled.version})

        assert answer.status_code == 403
        assert "没有执行" in answer.content.decode()
        assert written() == before


class TestARefusal:
    def test_keeps_the_dialog_open_with_the_reason(self, as_officer, window_officer, settled):
        before = written()
        answer = as_officer(window_officer).post(deed("review", settled), {"version": settled.version}, headers=HTMX)

        assert answer.status_code == 403
        assert 'id="dialog"' in answer.content.decode()
        assert written() == before

    def test_stops_the_officer_who_made_the_claim_whatever_his_roles(
        self, as_officer, all_roles, resident, stay, at,
    ):
        given = stay("2025-03-01", "2025-03-08", total="4500", own_expense="300")
        claim = claims.register(person_id=resident.pk, reason="01", stays=[given], by=all_roles, at=at)
        claims.enter_details(claim_id=claim.pk, stays=[given], by=all_roles, at=at)
        claims.settle(claim_id=claim.pk, by=all_roles, at=at)
        client, before = as_officer(all_roles), written()
        page = client.get(reverse("admin:claims_claim_change", args=[claim.pk]))
        answer = client.post(deed("review", claim), {"version": Claim.objects.get().version}, headers=HTMX)

        assert "不得为同一人" in read(page).text
        assert 'data-deed="review" disabled' in page.content.decode()
        assert answer.status_code == 403
        assert "不得为同一人" in answer.content.decode()
        assert written() == before

    def test_asks_for_the_reason_that_the_workflow_wants(self, as_officer, reviewer, settled):
        before = written()
        answer = as_officer(reviewer).post(
            deed("send_back", settled), {"version": settled.version, "to": "registered", "note": " "}, headers=HTMX
        )

        assert answer.status_code == 422
        assert "请填写理由。" in answer.content.decode()
        assert written() == before

    def test_sends_back_with_a_reason_that_the_next_officer_reads(self, as_officer, reviewer, window_officer, settled):
        client = as_officer(reviewer)
        client.post(
            deed("send_back", settled), {"version": settled.version, "to": "registered", "note": "清单第3行不符"},
            headers=HTMX,
        )
        client.force_login(window_officer)
        text = read(client.get(reverse("admin:claims_claim_change", args=[settled.pk]))).text

        assert "清单第3行不符" in text
        assert "被退回" in text


class TestAStaleForm:
    def test_is_refused_and_told_what_changed(self, as_officer, reviewer, window_officer, settled, at):
        client, opened = as_officer(reviewer), settled.version
        claims.send_back(claim_id=settled.pk, to="entered", reason="重算", by=reviewer, at=at)
        claims.settle(claim_id=settled.pk, by=window_officer, at=at)
        before = written()
        answer = client.post(deed("review", settled), {"version": opened}, headers=HTMX)

        assert answer.status_code == 409
        text = answer.content.decode()
        assert "您打开页面之后案件已有变动" in text
        assert window_officer.name in text
        assert "待初审" in text
        assert written() == before

    def test_is_the_second_click_of_a_double_click(self, as_officer, reviewer, settled):
        client = as_officer(reviewer)
        first = client.post(deed("review", settled), {"version": settled.version}, headers=HTMX)
        second = client.post(deed("review", settled), {"version": settled.version}, headers=HTMX)

        assert first.status_code == 200
        assert second.status_code == 409
        assert AuditEntry.objects.filter(action="review").count() == 1

    def test_of_the_page_counts_not_of_the_dialog(self, as_officer, reviewer, settled):
        """The dialog may be opened long after its page: it carries the version that the page showed."""
        answer = as_officer(reviewer).get(deed("review", settled), {"version": 1}, headers=HTMX)

        assert 'name="version" value="1"' in answer.content.decode()


class TestTheButtons:
    def test_show_what_is_not_allowed_disabled_with_the_reason(self, as_officer, window_officer, settled):
        page = as_officer(window_officer).get(reverse("admin:claims_claim_change", args=[settled.pk]))
        html = page.content.decode()

        assert 'data-deed="review" disabled' in html
        assert "您的岗位不能办理“初审”" in html
        assert 'data-deed="withdraw" hx-get' in html

    def test_take_a_case_and_give_it_back(self, as_officer, reviewer, settled):
        client = as_officer(reviewer)
        client.post(deed("take", settled), {"version": settled.version}, headers=HTMX)
        assert Task.objects.get(closed_at=None).assignee == reviewer

        client.post(deed("release", settled), {"version": settled.version}, headers=HTMX)
        assert Task.objects.get(closed_at=None).assignee is None


class TestShowingAFullNumber:
    def test_needs_a_purpose_and_is_recorded(self, as_officer, window_officer, settled):
        client = as_officer(window_officer)
        refused = client.post(deed("reveal", settled), {"field": "id_no", "purpose": ""}, headers=HTMX)
        shown = client.post(deed("reveal", settled), {"field": "id_no", "purpose": "与票据核对"}, headers=HTMX)

        assert settled.person.id_no not in refused.content.decode()
        assert settled.person.id_no in shown.content.decode()
        assert "no-store" in shown["Cache-Control"]
        entry = AuditEntry.objects.get(action="reveal")
        assert (entry.officer, entry.note, entry.case_no) == (window_officer, "与票据核对", settled.case_no)
        assert settled.person.id_no not in str(entry.detail)

    def test_is_not_offered_without_the_permission(self, as_officer, auditor, settled):
        page = as_officer(auditor).get(reverse("admin:claims_claim_change", args=[settled.pk]))

        assert "查看完整号码" not in read(page).text
        assert as_officer(auditor).post(deed("reveal", settled), {"field": "id_no"}).status_code == 403


class TestTheSupervisor:
    def test_lets_a_late_claim_go_on_with_his_reason(self, as_officer, supervisor, window_officer, resident, stay, at):
        late = stay("2024-03-01", "2024-03-08")
        claim = claims.register(
            person_id=resident.pk, reason="01", stays=[late], late_reason="外出务工", by=window_officer, at=at
        )
        finding = claim.findings.get(code="PAST_DEADLINE")
        client = as_officer(supervisor)
        page = client.get(reverse("admin:claims_claim_change", args=[claim.pk]))
        client.post(
            deed("approve_finding", claim), {"finding": finding.pk, "note": "情况属实", "version": claim.version},
            headers=HTMX,
        )
        after = read(client.get(reverse("admin:claims_claim_change", args=[claim.pk]))).text

        assert "已逾期" in read(page).text
        assert "须主管审批" in read(page).text
        assert f"{supervisor.name}同意：情况属实" in after


class TestNamesThatAreAttacks:
    SCRIPT, FORMULA = "<script>alert(1)</script>", "=HYPERLINK(1)"

    def test_are_plain_text_on_every_page(self, as_officer, supervisor, window_officer, person, stay, take):
        for name in (self.SCRIPT, self.FORMULA):
            claim = take(person(name), stay("2025-03-01", "2025-03-08", total="900", own_expense="1"), to="approved",
                         agent_name=name, agent_relation="1")
            client = as_officer(window_officer)
            pages = ["", f"{claim.pk}/change/", f"{claim.pk}/statement.html", f"add/?person={claim.person_id}",
                     f"trial/?person={claim.person_id}"]
            for page in pages:
                answer = client.get(f"/claims/claim/{page}", follow=True)
                assert answer.status_code == 200, page
                assert self.SCRIPT not in answer.content.decode(), page

    def test_are_no_formula_in_the_bank_s_file(
        self, as_officer, cashier, second_cashier, person, stay, take, at,
    ):
        claim = take(person(self.FORMULA), stay("2025-03-01", "2025-03-08", total="900"), to="approved")
        batch = claims.batch_payments(payment_ids=[claim.payments.get().pk], by=cashier, at=at)
        claims.confirm_batch(batch_id=batch.pk, by=second_cashier, at=at)
        answer = as_officer(cashier).post(reverse("admin:claims_paymentbatch_export", args=[batch.pk]), {"form": "csv"})

        assert f"'{self.FORMULA}" in answer.content.decode("utf-8-sig")
