"""A claim for relief alone on its screens: what was paid elsewhere is asked for, shown and printed; else it is not."""
from datetime import date

import pytest
from django.urls import reverse

from claims import services as claims
from claims.models import Claim, ClaimPublication, ClaimReason
from tests.ui.reading import read
from tests.ui.test_entry import ADD, entry, formset, heading

pytestmark = pytest.mark.django_db

RELIEF = "06"
PAID = {"settlement_no": "JS2025030001", "paid_basic": "3000", "paid_catastrophic": "500.50"}


@pytest.fixture
def poor(person):
    return person(identity="minimum_allowance")


@pytest.fixture
def registered(take, poor, stay):
    bare = stay("2025-03-01", "2025-03-08", total="4500", settlement_no="JS2025030001")
    return take(poor, bare, to="registered", reason=RELIEF)


@pytest.fixture
def settled(take, poor, stay):
    return take(poor, stay("2025-03-01", "2025-03-08", total="4500", **PAID), to="settled", reason=RELIEF)


def page(name: str, claim: Claim, *more: object) -> str:
    return reverse(f"admin:claims_claim_{name}", args=[claim.pk, *more])


class TestRegistration:
    def test_takes_the_number_of_the_settlement_document(self, as_officer, window_officer, poor, hospitals):
        given = {"person": poor.pk, "reason": RELIEF, "applied_on": "2025-11-03", **formset("stay", 1),
                 **heading(settlement_no="JS2025030001")}
        as_officer(window_officer).post(reverse(ADD), given)

        assert Claim.objects.get().visits.get().settlement_no == "JS2025030001"


class TestEntry:
    def test_asks_what_was_paid_elsewhere(self, as_officer, window_officer, registered):
        html = as_officer(window_officer).get(page("entry", registered)).content.decode()

        assert "已在别处支付（按医保结算单填写）" in html
        assert 'value="JS2025030001"' in html

    def test_of_another_reason_does_not_ask(self, as_officer, window_officer, take, poor, stay):
        claim = take(poor, stay("2025-03-01", "2025-03-08"), to="registered")

        assert "已在别处支付" not in as_officer(window_officer).get(page("entry", claim)).content.decode()

    def test_keeps_what_was_typed(self, as_officer, window_officer, registered):
        given = entry(registered, **{f"stay_{name}": value for name, value in PAID.items()})
        answer = as_officer(window_officer).post(page("entry", registered), given)

        assert answer.status_code == 302
        assert str(registered.visits.live().get().paid_catastrophic) == "500.50"

    def test_says_what_is_wrong_and_writes_nothing(self, as_officer, window_officer, registered):
        given = entry(registered, stay_settlement_no="JS2025030001", stay_paid_basic="4500.01")
        text = read(as_officer(window_officer).post(page("entry", registered), given)).text

        assert "超过政策范围内费用4500.00元" in text
        assert Claim.objects.get().status == "registered"


class TestTheCase:
    def test_shows_who_has_paid_and_what_is_left(self, as_officer, reviewer, settled):
        answer = as_officer(reviewer).get(page("change", settled))
        text = read(answer).text

        assert "已由基本医保支付" in text
        assert "各层支付后余额" in text
        assert "本件只支付医疗救助" in text
        assert page("publish", settled) not in answer.content.decode()

    def test_prints_it_on_the_statement(self, as_officer, reviewer, settled):
        text = " ".join(read(as_officer(reviewer).get(page("statement", settled, "html"))).text.split())

        assert "医保结算单 JS2025030001：已由基本医保支付 3,000.00 元，已由大病保险支付 500.50 元" in text

    def test_is_made_public_where_a_rule_asks_for_it(self, as_officer, reviewer, settled):
        ClaimPublication.objects.create(
            reason=ClaimReason.objects.get(code=RELIEF), region_code="511902", working_days=5,
            valid_from=date(2025, 1, 1), article="县级公示规定（示例）",
        )
        client = as_officer(reviewer)
        assert page("publish", settled) in client.get(page("change", settled)).content.decode()
        client.post(page("publish", settled), {"version": settled.version})

        assert Claim.objects.get().publication_last_day is not None
        assert "公示" in read(client.get(page("change", settled))).text


class TestOtherClaims:
    def test_show_nothing_of_it(self, as_officer, reviewer, take, poor, stay):
        claim = take(poor, stay("2025-03-01", "2025-03-08", total="4500"), to="settled")
        text = read(as_officer(reviewer).get(page("change", claim))).text

        assert "医保结算单" not in text
        assert "费用总额" in text
        assert claims.statement(claim)["stays"][0]["paid_elsewhere"] == []
