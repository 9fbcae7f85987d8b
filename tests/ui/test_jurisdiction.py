"""An officer of one county can't reach another county's case: every address of the screens, by every way in."""
import pytest
from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from casework import services as casework
from casework.models import AuditEntry, Task
from claims import services as claims
from claims.models import Claim, Payment, PaymentBatch
from enrollment import services as enrollment
from tests.ui.reading import read

pytestmark = pytest.mark.django_db

GONE = {302, 403, 404, 405}


def addresses(patterns=None, namespace: str = "") -> list[tuple[str, list[str]]]:
    """Every named address of the URL table that takes an argument, with the names of its arguments."""
    found = []
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            inner = f"{entry.namespace}:" if entry.namespace else ""
            found += addresses(entry.url_patterns, namespace + inner)
        elif isinstance(entry, URLPattern) and entry.name and entry.pattern.converters:
            found.append((namespace + entry.name, list(entry.pattern.converters)))
    return found


@pytest.fixture
def foreign(take, resident, stay, window_officer, approver, cashier, at) -> dict:
    """One row of each kind in Bazhou: a claim with its papers, a payment in a batch, the person and his identity."""
    waiting = take(resident, stay("2025-02-01", "2025-02-08"), to="registered")
    notice = claims.ask_supplement(claim_id=waiting.pk, by=window_officer, at=at)
    document = casework.attach_document(
        case_no=waiting.case_no, kind="2", file=pdf(), by=window_officer, at=at, region_code="511902", name="票据.pdf"
    )
    claim = take(resident, stay("2025-03-01", "2025-03-08", total="4500", own_expense="300"), to="approved")
    batch = claims.batch_payments(payment_ids=[claim.payments.get().pk], by=cashier, at=at)
    enrollment.grant_identity(
        person_id=resident.pk, category="margin", starts_on=at.date(), by=window_officer, at=at
    )
    return {
        "claims_claim": claim.pk, "claims_paymentbatch": batch.pk, "claims_payment": claim.payments.get().pk,
        "enrollment_person": resident.pk, "casework_document": document.pk, "casework_notice": notice.pk,
        "enrollment_hardshipidentity": resident.identities.get().pk,
        "casework_auditentry": AuditEntry.objects.filter(case_no=claim.case_no).first().pk,
        "casework_task": Task.objects.filter(case_no=claim.case_no).first().pk,
        "secrets": [
            claim.case_no, waiting.case_no, batch.case_no, resident.name, resident.id_no, resident.masked_id,
            notice.number, claim.payee_bank,
        ],
        "notice": notice.pk,
    }


def pdf():
    from io import BytesIO

    return BytesIO(b"%PDF-1.7 scan")


def arguments(name: str, wanted: list[str], foreign: dict) -> dict | None:
    """The arguments that point this address at the foreign county's row; None where it takes no row of a county."""
    given = {}
    for argument in wanted:
        if argument in {"object_id", "claim_id", "batch_id"}:
            model = next((key for key in foreign if name.split(":")[-1].startswith(f"{key}_")), None)
            if model is None:
                return None
            given[argument] = foreign[model]
        elif argument == "document_id":
            given[argument] = foreign["casework_document"]
        elif argument == "notice_id":
            given[argument] = foreign["notice"]
        elif argument == "form":
            given[argument] = "pdf" if "statement" in name else "html"
        else:
            return None
    return given


class TestAForeignCase:
    def test_is_gone_by_every_address_of_the_url_table(self, as_officer, neighbour, foreign):
        client = as_officer(neighbour)
        tried = 0
        for name, wanted in addresses():
            given = arguments(name, wanted, foreign)
            if given is None:
                continue
            url = reverse(name, kwargs=given)
            for answer in (client.get(url), client.post(url, {"note": "试", "version": "1", "form": "csv"})):
                tried += 1
                assert answer.status_code in GONE, f"{name} {answer.status_code}"
                assert all(secret not in answer.content.decode(errors="replace") for secret in foreign["secrets"]), name
                if answer.status_code == 302:
                    assert answer.url in {"/", url} or answer.url.endswith("/change/"), f"{name} → {answer.url}"
        assert tried > 60, "the URL table was not walked"

    def test_moves_nothing_when_its_deeds_are_sent(self, as_officer, neighbour, foreign):
        client = as_officer(neighbour)
        before = (
            list(Claim.objects.order_by("pk").values_list("status", "version")), AuditEntry.objects.count(),
            list(PaymentBatch.objects.values_list("status")), Payment.objects.count(),
        )
        for deed in ("settle", "send_back", "withdraw", "refuse", "reverse", "take", "reveal", "receive_material"):
            url = reverse(f"admin:claims_claim_{deed}", args=[foreign["claims_claim"]])
            client.post(url, {"note": "试", "version": "1", "field": "id_no", "purpose": "试试", "kind": "2"})
        for deed in ("confirm", "cancel", "record_return"):
            client.post(reverse(f"admin:claims_paymentbatch_{deed}", args=[foreign["claims_paymentbatch"]]))

        assert before == (
            list(Claim.objects.order_by("pk").values_list("status", "version")), AuditEntry.objects.count(),
            list(PaymentBatch.objects.values_list("status")), Payment.objects.count(),
        )

    def test_is_in_no_list_nor_found_by_any_search(self, as_officer, neighbour, foreign):
        client = as_officer(neighbour)
        words = ["", *foreign["secrets"][:5], "1234", "zs", "511902"]
        for model in admin.site._registry:
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            whole = client.get(url)
            if whole.status_code != 200:
                continue
            for word in words:
                page = read(client.get(url, {"q": word}, follow=True) if word else whole)
                shown = [line for line in page.words if line != word]
                for secret in foreign["secrets"][:3] + foreign["secrets"][4:7]:
                    assert all(secret not in line for line in shown), f"{url} {word}"

    def test_is_not_reached_through_registration_or_trial(self, as_officer, neighbour, foreign):
        client = as_officer(neighbour)
        for page in ("claims_claim_add", "claims_claim_trial"):
            for query in ({"person": foreign["enrollment_person"]}, {"q": foreign["secrets"][4]}):
                answer = client.get(reverse(f"admin:{page}"), query, follow=True)
                assert "form" not in answer.context or answer.context.get("person") is None
                assert foreign["secrets"][3] not in answer.content.decode()
        answer = client.post(reverse("admin:claims_claim_check"), {"person": foreign["enrollment_person"]})
        assert answer.status_code == 404

    def test_does_not_show_on_the_start_page(self, as_officer, neighbour, foreign):
        text = read(as_officer(neighbour).get("/")).text

        assert all(secret not in text for secret in foreign["secrets"])

    def test_lends_no_payment_to_a_neighbour_s_batch(self, as_officer, neighbour, take, resident, stay):
        claim = take(resident, stay("2025-05-01", "2025-05-08", total="900"), to="approved")
        client = as_officer(neighbour)
        page = client.get(reverse("admin:claims_paymentbatch_add"))
        answer = client.post(
            reverse("admin:claims_paymentbatch_add"), {"payment": [claim.payments.get().pk]}, follow=True
        )

        assert claim.case_no not in page.content.decode()
        assert "不在您的经办区划内" in answer.content.decode()
        assert not PaymentBatch.objects.exists()


class TestTheCityOffice:
    def test_sees_every_county(self, as_officer, city_manager, foreign):
        client = as_officer(city_manager)
        page = client.get(reverse("admin:claims_claim_change", args=[foreign["claims_claim"]]))

        assert page.status_code == 200
        assert foreign["secrets"][0] in read(page).text


class TestAnOfficerWithoutRegion:
    def test_sees_nothing(self, as_officer, window_officer, foreign):
        window_officer.region_code = ""
        window_officer.save(update_fields=["region_code"])
        client = as_officer(window_officer)

        assert client.get(reverse("admin:claims_claim_change", args=[foreign["claims_claim"]])).status_code == 302
        assert foreign["secrets"][0] not in read(client.get(reverse("admin:claims_claim_changelist"))).text


