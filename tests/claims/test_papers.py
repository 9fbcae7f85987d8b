"""What officers and applicants read: statement, trial, entitlement panel."""

from datetime import date
from decimal import Decimal

import pytest

from casework.errors import Refused
from casework.models import AuditEntry
from claims import services as claims
from claims.models import Accumulator, Claim, Settlement
from enrollment import services as enrollment
from tests.claims.conftest import CAPITAL, TOWNSHIP

pytestmark = pytest.mark.django_db


class TestStatement:
    @pytest.fixture
    def shown(self, take, resident, stay):
        claim = take(resident, stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total="4500", own_expense="300"))
        return claims.statement(claim)

    def test_names_rule_and_article_of_each_step(self, shown):
        steps = shown["stays"][0]["steps"]
        assert (steps[0]["rule"], steps[0]["article"]) == ("BZ-RES-11.1", "第三章第11问")
        assert all(step["rule"] and step["article"] for step in steps)

    def test_divides_the_total(self, shown):
        totals = shown["totals"]
        assert (totals["fund_total"], totals["self_pay"], totals["own_expense"]) == ("3690.00", "510.00", "300.00")
        assert totals["fund_total_words"] == "叁仟陆佰玖拾元整"

    def test_shows_the_year_before_and_after(self, shown):
        rows = {row["name"]: (row["before"], row["after"]) for row in shown["accumulators"]}
        assert rows == {"A_CB": ("0.00", "510.00"), "A_RB": ("0.00", "3690.00"), "A_SP": ("0.00", "510.00")}

    def test_masks_account_and_number(self, shown):
        assert shown["masked_id"] == "511902********0038"
        assert shown["payee_account"].endswith("5678")
        assert "6217001180012345678" not in str(shown)

    @pytest.mark.parametrize(
        ("amount", "words"),
        [("0.00", "零元整"), ("0.05", "伍分"), ("107.30", "壹佰零柒元叁角"), ("100000.00", "壹拾万元整")],
    )
    def test_writes_amounts_in_words(self, amount, words):
        assert claims.in_words(Decimal(amount)) == words

    def test_costs_a_fixed_number_of_queries(self, take, person, stay, django_assert_max_num_queries):
        counts = []
        for name, months in (("甲", [2]), ("乙", [2, 3, 4, 5])):
            claim = take(person(name), *(stay(f"2025-0{m}-01", f"2025-0{m}-05", total="4500") for m in months))
            claim = Claim.objects.select_related("person", "reason").get(pk=claim.pk)
            with django_assert_max_num_queries(6) as captured:
                claims.statement(claim)
            counts.append(len(captured))
        assert counts[0] == counts[1]


class TestTrial:
    def test_answers_like_the_settlement_and_stores_nothing(self, take, resident, stay, window_officer, at):
        take(resident, stay("2025-02-01", "2025-02-20", total="60000"))
        second = stay("2025-04-01", "2025-04-20", total="60000")
        before = Settlement.objects.count(), list(Accumulator.objects.values()), AuditEntry.objects.count()

        tried = claims.trial(person_id=resident.pk, stays=[second], by=window_officer, at=at)

        assert before == (Settlement.objects.count(), list(Accumulator.objects.values()), AuditEntry.objects.count())
        take(resident, second)
        assert tried["bills"] == Settlement.objects.order_by("pk").last().result["bills"]

    def test_answers_what_another_identity_would_bring(self, resident, stay, window_officer, at):
        one = stay("2025-02-01", "2025-02-20", total="100000")
        tags = [{"tag": "minimum_allowance", "from": "2025-01-01", "to": None}]

        tried = claims.trial(
            person_id=resident.pk, stays=[one], by=window_officer, at=at, facts_instead={"tags": tags}
        )

        assert tried["bills"][0]["relief"] == "13189.82"

    def test_takes_figures_that_are_not_published_yet(self, resident, stay, window_officer, at):
        one = stay("2026-01-02", "2026-01-20", total="100000")
        refused = claims.trial(person_id=resident.pk, stays=[one], by=window_officer, at=at)
        answered = claims.trial(
            person_id=resident.pk, stays=[one], by=window_officer, at=at, parameters={"cii.deductible.2026": "15000"}
        )
        assert refused["bills"][0]["refused"]["code"] == "parameter_missing"
        assert answered["bills"][0]["refused"] is None

    def test_of_a_claim_shows_what_settling_would_give(self, take, resident, stay, window_officer, at):
        claim = take(resident, stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total="4500"), to="entered")
        tried = claims.trial_of_claim(claim_id=claim.pk, by=window_officer)
        claims.settle(claim_id=claim.pk, by=window_officer, at=at)
        assert tried["bills"] == Settlement.objects.get().result["bills"]

    def test_is_not_for_another_county(self, resident, stay, neighbour, at):
        one = stay("2025-03-02", "2025-03-08", total="1")
        with pytest.raises(Refused) as refusal:
            claims.trial(person_id=resident.pk, stays=[one], by=neighbour, at=at)
        assert refusal.value.code == "not_found"


class TestEntitlements:
    def rooms(self, shown) -> dict:
        return {room.name: (room.used, room.cap, room.left) for room in shown.rooms}

    def test_show_scheme_identity_filing_and_room(self, person, window_officer, at):
        poor = person("李四", identity="minimum_allowance")
        enrollment.file_care_elsewhere(
            person_id=poor.pk, kind="referred", place_region_code="510100", starts_on=date(2025, 1, 1),
            by=window_officer, at=at,
        )
        shown = claims.entitlements(poor, date(2025, 6, 1))

        assert (shown.covered, shown.scheme_label) == (True, "城乡居民医保")
        assert [row.category for row in shown.identities] == ["minimum_allowance"]
        assert [row.kind for row in shown.filings] == ["referred"]
        rooms = self.rooms(shown)
        assert rooms["A_RB"] == (Decimal("0.00"), Decimal("110000.00"), Decimal("110000.00"))
        assert rooms["A_RR"][1] == Decimal("20000.00")
        assert rooms["A_CII"][1] is None

    def test_show_what_was_used(self, take, resident, stay):
        take(resident, stay("2025-02-01", "2025-02-20", total="60000"))
        rooms = self.rooms(claims.entitlements(resident, date(2025, 6, 1)))
        assert rooms["A_RB"] == (Decimal("35580.00"), Decimal("110000.00"), Decimal("74420.00"))
        assert rooms["A_CII"][1] == Decimal("300000.00")

    def test_begin_anew_with_the_year(self, take, resident, stay):
        take(resident, stay("2025-02-01", "2025-02-20", total="60000"))
        shown = claims.entitlements(resident, date(2026, 1, 1))
        assert shown.caps_known is False
        assert all(room.used == 0 for room in shown.rooms)

    def test_say_why_there_are_none(self, resident):
        shown = claims.entitlements(resident, date(2023, 12, 31))
        assert (shown.covered, shown.scheme_label) == (False, "未参保")
        assert "2024-01-01" in shown.why_not

    def test_cost_a_fixed_number_of_queries(self, take, person, stay, django_assert_max_num_queries):
        busy = person("忙人")
        for month in (2, 3, 4):
            take(busy, stay(f"2025-0{month}-01", f"2025-0{month}-05", hospital=CAPITAL, total="4500"))
        counts = []
        for one in (person("闲人"), busy):
            with django_assert_max_num_queries(12) as captured:  # one for certificates and one for choices among them
                claims.entitlements(one, date(2025, 6, 1))
            counts.append(len(captured))
        assert counts[0] == counts[1]
