"""Screens that follow the benefit: outpatient bills with their disease, births, what is left of each limit."""
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from casework import outbox
from casework.models import OutboxMessage
from chronic import services as chronic
from claims.models import Adjustment, Claim, SettlementItem
from tests.claims.conftest import LEVEL3, certify, pharmacy, visit  # noqa: F401  (fixtures)
from tests.claims.test_benefits import birth, mother  # noqa: F401  (fixtures)
from tests.ui.reading import read
from tests.ui.test_entry import ADD, CHECK, TRIAL, formset

pytestmark = pytest.mark.django_db

DISEASE = "M03911"


def bill(number: int = 0, **given) -> dict:
    """What the browser sends of one outpatient's bill."""
    row = {
        "benefit": "chronic", "institution": LEVEL3, "admitted_on": "2025-03-10", "disease": DISEASE,
        "invoice_no": f"88{number}", "referred": "on", **given,
    }
    return {f"stay-{number}-{name}": value for name, value in row.items()}


@pytest.fixture
def sent(resident, hospitals, certify):  # noqa: F811
    """A registration of one chronic bill of a certified resident."""
    certify(resident, DISEASE, "2025-01-01")

    def make(**given) -> dict:
        return {
            "person": resident.pk, "reason": "03", "applied_on": "2025-11-03", **formset("stay", 1), **bill(), **given
        }

    return make


class TestRegistration:
    def test_of_an_outpatients_bill_needs_one_day_and_the_disease(self, as_officer, window_officer, sent):
        as_officer(window_officer).post(reverse(ADD), sent())

        stored = Claim.objects.get().visits.get()
        assert (stored.outpatient, stored.admitted_on, stored.discharged_on) == (
            True, date(2025, 3, 10), date(2025, 3, 10)
        )
        assert stored.disease == DISEASE

    def test_offers_the_person_s_certified_diseases_alone(self, as_officer, window_officer, sent):
        page = as_officer(window_officer).get(reverse(ADD), {"person": sent()["person"]})
        choices = page.context["stays"].forms[0].fields["disease"].choices

        assert [group for group, _ in choices if group] == ["门诊慢性病"]

    @pytest.mark.parametrize(
        ("given", "field"),
        [({"disease": ""}, "disease"), ({"benefit": "inpatient", "disease": ""}, "discharged_on"),
         ({"benefit": "single_line_drug"}, "drug"), ({"benefit": "maternity_medical"}, "discharged_on")],
    )
    def test_marks_what_the_benefit_asks_for(self, given, field, as_officer, window_officer, sent):
        page = as_officer(window_officer).post(reverse(ADD), sent(**bill(**given)))

        assert field in page.context["stays"].forms[0].errors
        assert not Claim.objects.exists()

    def test_forgets_what_another_benefit_had_asked_for(self, as_officer, window_officer, sent):
        as_officer(window_officer).post(
            reverse(ADD), sent(**bill(benefit="outpatient", discharged_on="2025-03-18", drug="奥希替尼"))
        )

        stored = Claim.objects.get().visits.get()
        assert (stored.discharged_on, stored.disease, stored.drug) == (date(2025, 3, 10), "", "")

    def test_says_at_once_what_stands_against_it_and_which_papers_it_needs(self, as_officer, window_officer, sent):
        text = read(as_officer(window_officer).post(reverse(CHECK), sent(**bill(admitted_on="2024-12-31")))).text

        assert "不在高血压" in text
        assert "处方或费用清单" in text
        assert "出院证明" not in text

    def test_suggests_pharmacies_too(self, as_officer, window_officer, pharmacy):  # noqa: F811
        found = as_officer(window_officer).get(reverse("admin:claims_claim_institutions"), {"q": "便民"}).json()
        assert found["names"] == [f"{pharmacy.code} 便民大药房"]


class TestTheCase:
    def test_shows_the_disease_and_what_is_left(self, as_officer, reviewer, take, resident, visit, certify):  # noqa: F811
        certify(resident, DISEASE, "2025-01-01")
        claim = take(resident, visit("chronic", "2025-03-10", disease=DISEASE, total="500"))
        page = read(as_officer(reviewer).get(reverse("admin:claims_claim_change", args=[claim.pk])))

        for word in ("门诊慢性病", "高血压2级及以上", "还有 150.00", "2025-03-10"):
            assert word in page.text
        assert "2025-03-10 至" not in page.text
        assert page.english() == []

    def test_prints_an_outpatients_statement(self, as_officer, reviewer, take, resident, visit, certify):  # noqa: F811
        certify(resident, DISEASE, "2025-01-01")
        claim = take(resident, visit("chronic", "2025-03-10", disease=DISEASE, total="500"))
        text = read(as_officer(reviewer).get(reverse("admin:claims_claim_statement", args=[claim.pk, "html"]))).text

        assert "门诊慢性病，票据" in text
        assert "450.00" in text
        assert "住院日期" not in text


class TestATrial:
    def test_of_a_birth_pays_up_to_the_limit(self, as_officer, window_officer, mother, birth, hospitals):  # noqa: F811
        given = bill(
            benefit="maternity_medical", birth_event=birth.pk, discharged_on="2025-03-14", total="4000", disease=""
        )
        asked = {"person": mother.pk, **formset("stay", 1), **formset("stay-0-lines", 0), **given}
        text = read(as_officer(window_officer).post(reverse(TRIAL), asked)).text

        assert "生育医疗费" in text
        assert "3,500.00" in text
        assert not SettlementItem.objects.exists()


    def test_supposes_a_certificate_that_the_person_has_not(self, as_officer, window_officer, resident, hospitals):
        asked = {
            "person": resident.pk, **formset("stay", 1), **formset("stay-0-lines", 0), **bill(total="500"),
        }
        client = as_officer(window_officer)

        assert "就诊当日未取得该病种的待遇资格" in read(client.post(reverse(TRIAL), asked)).text
        assert "450.00" in read(client.post(reverse(TRIAL), {**asked, "certified": "on"})).text
        assert not resident.entitlements.exists()


class TestACut:
    def test_is_shown_bill_by_bill(
        self, as_officer, reviewer, take, resident, visit, certify, supervisor, at,  # noqa: F811
    ):
        held = certify(resident, DISEASE, "2025-01-01")
        bills = [visit("chronic", day, disease=DISEASE, total="300") for day in ("2025-04-10", "2025-05-10")]
        take(resident, *bills, to="approved")
        chronic.cut(entitlement_id=held.pk, from_day=date(2025, 5, 1), reason="病情缓解", by=supervisor, at=at)
        outbox.deliver(OutboxMessage.objects.get(topic="chronic.entitlement_cut").pk)
        proposed = Adjustment.objects.get()

        page = as_officer(reviewer).get(reverse("admin:claims_adjustment_change", args=[proposed.pk]))

        assert [row["difference"] for row in page.context["differences"]] == [Decimal(0), Decimal("-270.00")]
        assert "-270.00" in read(page).text
        assert read(page).english() == []


class TestThePersonsPage:
    def test_has_a_tab_of_what_is_left(self, as_officer, window_officer, take, resident, visit, certify):  # noqa: F811
        certify(resident, DISEASE, "2025-01-01")
        take(resident, visit("chronic", "2025-03-10", disease=DISEASE, total="500"))
        text = read(as_officer(window_officer).get(reverse("admin:enrollment_person_change", args=[resident.pk]))).text

        assert "本年待遇" in text
        assert "150.00" in text
