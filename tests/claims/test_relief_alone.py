"""Relief on bills settled elsewhere without it (手工救助, BZ-REL-8.1, 8.2): entered, settled, decided, paid."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from casework.errors import Refused
from claims import services as claims
from claims.models import (
    Claim,
    ClaimPublication,
    ClaimReason,
    LedgerEntry,
    Payment,
    SettledBill,
    Settlement,
    SettlementItem,
)
from enrollment import services as enrollment
from tests.claims.conftest import CAPITAL, accumulators, violations
from tests.conftest import BUREAU

pytestmark = pytest.mark.django_db

RELIEF = "06"
PAID = {"settlement_no": "JS2025030001", "paid_basic": "35580", "paid_catastrophic": "11177.40"}


@pytest.fixture
def poor(person):
    """A resident with 低保 since 2024."""
    return person(identity="minimum_allowance")


@pytest.fixture
def paid_stay(stay):
    def make(**facts):
        return stay("2025-03-01", "2025-03-10", **{"total": "60000", **PAID, **facts})

    return make


@pytest.fixture
def five_days(db):
    return ClaimPublication.objects.create(
        reason=ClaimReason.objects.get(code=RELIEF), region_code="511900", working_days=5,
        valid_from=date(2025, 1, 1), article="市级公示规定（示例）",
    )


def refused(verb, **given) -> str:
    with pytest.raises(Refused) as refusal:
        verb(**given)
    return refusal.value.code


class TestEntering:
    def test_keeps_what_was_paid_with_the_document(self, take, poor, paid_stay):
        visit = take(poor, paid_stay(), to="entered", reason=RELIEF).visits.live().get()

        assert visit.settlement_no == "JS2025030001"
        assert visit.paid_elsewhere == {
            "basic": Decimal("35580.00"), "civil_servant": Decimal(0), "large_amount": Decimal(0),
            "catastrophic": Decimal("11177.40")}

    def test_is_possible_for_this_reason_only(self, take, poor, paid_stay):
        with pytest.raises(Refused, match="医疗救助补报销"):
            take(poor, paid_stay(), to="registered", reason="03")

        assert not Claim.objects.exists()

    def test_needs_the_document_of_every_bill(self, take, poor, paid_stay, stay, window_officer, at):
        claim = take(poor, paid_stay(), to="entered", reason=RELIEF)
        bare = stay("2025-03-01", "2025-03-10", total="60000")

        assert refused(claims.enter_details, claim_id=claim.pk, stays=[bare], by=window_officer, at=at) == (
            "DOCUMENT_MISSING")
        assert claim.visits.live().get().settlement_no == "JS2025030001"

    def test_needs_the_document_with_an_amount(self, take, poor, paid_stay):
        with pytest.raises(Refused, match="医保结算单号"):
            take(poor, paid_stay(settlement_no=""), to="registered", reason=RELIEF)

        assert not Claim.objects.exists()

    @pytest.mark.parametrize(("basic", "fits"), [("48322.60", True), ("48322.61", False)])
    def test_takes_no_more_than_the_catalogue_lets_count(self, take, poor, paid_stay, basic, fits):
        # 60 000 − 500 deducted − 0 own; 59 500 − 11 177.40 = 48 322.60
        bill = paid_stay(paid_basic=basic, deducted="500", deduction_reason="超限用药")
        if fits:
            assert take(poor, bill, to="entered", reason=RELIEF).status == "entered"
            return
        with pytest.raises(Refused, match="超过政策范围内费用"):
            take(poor, bill, to="entered", reason=RELIEF)

    @pytest.mark.parametrize("basic", ["-0.01", "0.001", "1,000", "NaN"])
    def test_reads_amounts_strictly(self, take, poor, paid_stay, basic):
        with pytest.raises(Refused, match="基本医保已支付"):
            take(poor, paid_stay(paid_basic=basic), to="registered", reason=RELIEF)

        assert not Claim.objects.exists()

    def test_of_a_stay_that_was_claimed_here_is_refused(self, take, poor, stay, paid_stay):
        """What this bureau settled itself gains relief by looking back (BZ-REL-5.5), not by a second claim."""
        take(poor, stay("2025-03-01", "2025-03-10", total="60000", invoice_no="5100000777"), to="settled")
        with pytest.raises(Refused) as refusal:
            take(poor, paid_stay(invoice_no="5100000777"), to="registered", reason=RELIEF)

        assert refusal.value.code == "DUPLICATE_INVOICE"
        assert Claim.objects.count() == 1

    @pytest.mark.parametrize(("change", "constraint"), [
        ({"paid_basic": Decimal("-0.01")}, "visit_paid_elsewhere_not_negative"),
        ({"settlement_no": ""}, "visit_paid_elsewhere_by_a_document"),
        ({"paid_basic": Decimal("48822.61")}, "visit_paid_elsewhere_within_total"),
    ])
    def test_is_held_by_the_database(self, take, poor, paid_stay, change, constraint):
        visit = take(poor, paid_stay(), to="entered", reason=RELIEF).visits.live().get()
        visit.pk, visit.invoice_no, visit.admitted_on = None, "5199999999", visit.discharged_on
        for name, value in change.items():
            setattr(visit, name, value)
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            visit.save(force_insert=True)


class TestMaterials:
    @pytest.mark.parametrize(("benefit", "rule", "needed"), [
        ("inpatient", "BZ-REL-8.2", {"1", "2", "5", "21", "22", "23"}),
        ("chronic", "BZ-REL-8.1", {"1", "2", "21", "22", "23"}),
        ("special", "BZ-REL-8.1", {"1", "2", "21", "22", "23"}),
    ])
    def test_are_those_of_relief(self, db, benefit, rule, needed):
        reason = ClaimReason.objects.get(code=RELIEF).pk
        rows = claims.materials_for(applied_on=date(2025, 11, 3), reason=reason, benefits=[benefit])

        assert {row.kind for row in rows if row.required} == needed
        assert {row.rule for row in rows if row.kind in {"21", "22", "23"}} == {rule}

    def test_may_be_copies_with_the_seal(self, db):
        """BZ-REL-8.3: of another reason the invoice is an original."""
        wanted = {"applied_on": date(2025, 11, 3), "benefits": ["inpatient"]}
        relief, plain = (
            {row.kind: row for row in claims.materials_for(reason=ClaimReason.objects.get(code=code).pk, **wanted)}
            for code in (RELIEF, "03"))

        assert (relief["2"].original, relief["2"].rule, plain["2"].original) == (False, "BZ-REL-8.3", True)
        assert relief["5"].original is False


class TestSettling:
    def test_pays_relief_alone(self, take, poor, paid_stay):
        # 60 000 − 35 580.00 − 11 177.40 = 13 242.60 × 70 %
        claim = take(poor, paid_stay(), reason=RELIEF)
        item = SettlementItem.objects.get(settlement__claim=claim)

        assert (item.total, item.relief, item.fund_total, item.personal) == (
            Decimal("13242.60"), Decimal("9269.82"), Decimal("9269.82"), Decimal("3972.78"))
        assert (item.basic, item.catastrophic) == (Decimal(0), Decimal(0))
        assert violations() == []

    def test_moves_only_what_relief_counts(self, take, poor, paid_stay):
        take(poor, paid_stay(), reason=RELIEF)

        assert accumulators(poor) == {
            "A_RR": Decimal("9269.82"), "A_TB": Decimal("3972.78"), "A_SP": Decimal("3972.78")}

    def test_goes_on_from_the_relief_of_other_claims(self, take, poor, stay, paid_stay):
        # the stay here: 60 000 − 46 757.40 = 13 242.60, relief 9 269.82; of 20 000 there are 10 730.18 left
        take(poor, stay("2025-02-01", "2025-02-10", total="60000"))
        claim = take(poor, paid_stay(paid_basic="20000", paid_catastrophic=""), reason=RELIEF)
        item = SettlementItem.objects.get(settlement__claim=claim)

        # 40 000 × 70 % = 28 000; tilt: (3 972.78 + 29 269.82 − 8 500) × 50 % = 12 371.30, at most 10 000
        assert (item.relief, item.relief_tilt) == (Decimal("10730.18"), Decimal("10000.00"))

    def test_pays_a_chronic_bill(self, take, poor, visit, certify):
        certify(poor, "M03911", "2025-01-01")
        bill = visit("chronic", "2025-03-10", disease="M03911", total="1000", settlement_no="MZ1", paid_basic="800")
        claim = take(poor, bill, reason=RELIEF)

        assert Settlement.objects.get(claim=claim).fund_total == Decimal("140.00")

    def test_refuses_a_person_without_identity_on_the_day_of_discharge(self, take, resident, paid_stay):
        """BZ-REL-5.10: there is nothing to pay, and the refusal says so."""
        with pytest.raises(Refused, match="没有医疗救助对象身份，没有可以支付的救助"):
            take(resident, paid_stay(), reason=RELIEF)

        assert Claim.objects.get().status == "entered"
        assert Claim.objects.get().findings.get(cleared=False).rule == "BZ-REL-5.10"
        assert not Settlement.objects.exists()
        assert not LedgerEntry.objects.exists()

    @pytest.mark.parametrize(("ends_on", "status"), [("2025-03-10", "entered"), ("2025-03-11", "settled")])
    def test_judges_the_identity_on_that_day(self, take, person, paid_stay, window_officer, at, ends_on, status):
        """The stay ended on 10 March; an identity ends before its `ends_on`."""
        poor = person()
        enrollment.grant_identity(person_id=poor.pk, category="margin", starts_on=date(2024, 1, 1),
                                  ends_on=date.fromisoformat(ends_on), by=window_officer, at=at)
        claim = take(poor, paid_stay(), to="entered", reason=RELIEF)
        if status == "settled":
            claims.settle(claim_id=claim.pk, by=window_officer, at=at)
        else:
            assert refused(claims.settle, claim_id=claim.pk, by=window_officer, at=at) == "NO_RELIEF_IDENTITY"

        assert Claim.objects.get().status == status

    def test_of_a_benefit_without_relief_is_refused(self, take, poor, visit):
        """R-5.5: outpatient pooling is not relieved (BZ-REL-5.1)."""
        bill = visit("outpatient", "2025-03-10", total="300", settlement_no="MZ2", paid_basic="100")
        with pytest.raises(Refused, match="这项待遇没有医疗救助"):
            take(poor, bill, reason=RELIEF)

        assert not Settlement.objects.exists()

    def test_says_nothing_of_the_terms_of_layers_that_are_not_computed(self, take, poor, paid_stay):
        claim = take(poor, paid_stay(hospital=CAPITAL), to="entered", reason=RELIEF)

        assert "起付线" not in claim.findings.get(code="NOT_FILED").message

    def test_can_be_replayed_from_its_facts(self, take, poor, paid_stay):
        claim = take(poor, paid_stay(), reason=RELIEF)

        assert claims.replay(Settlement.objects.get(claim=claim)).same
        assert '"plan":' not in SettledBill.objects.get(settlement__claim=claim).facts.text

    def test_is_taken_back_to_the_fen(self, take, poor, paid_stay, reviewer, at):
        claim = take(poor, paid_stay(), reason=RELIEF)
        claims.send_back(claim_id=claim.pk, to="entered", reason="结算单号有误", by=reviewer, at=at)

        assert accumulators(poor) == {}
        assert violations() == []


class TestDeciding:
    def test_takes_two_officers_and_pays_by_the_list(self, take, pay, poor, paid_stay):
        claim = pay(take(poor, paid_stay(), to="approved", reason=RELIEF))

        assert claim.status == "closed"
        assert Payment.objects.get().amount == Decimal("9269.82")
        assert len({claim.registered_by_id, claim.reviewed_by_id, claim.approved_by_id}) == 3

    def test_is_refused_to_the_reviewer(self, take, poor, paid_stay, all_roles, at):
        claim = take(poor, paid_stay(), reason=RELIEF)
        claims.review(claim_id=claim.pk, by=all_roles, at=at)

        assert refused(claims.approve, claim_id=claim.pk, by=all_roles, at=at) == "same_officer"
        assert not Payment.objects.exists()

    def test_says_on_the_statement_who_has_paid_what(self, take, poor, paid_stay):
        (shown,) = claims.statement(take(poor, paid_stay(), reason=RELIEF))["stays"]

        assert shown["settlement_no"] == "JS2025030001"
        assert shown["paid_elsewhere"] == [
            {"label": "已由基本医保支付", "amount": "35580.00"}, {"label": "已由大病保险支付", "amount": "11177.40"}]
        assert (shown["invoice_total"], shown["amounts"]["total"]) == ("60000.00", "13242.60")


class TestPublication:
    def test_is_not_asked_for_in_bazhong(self, take, poor, paid_stay, reviewer, at):
        claim = take(poor, paid_stay(), to="approved", reason=RELIEF)

        assert claim.published_on is None
        assert refused(claims.publish, claim_id=claim.pk, by=reviewer, at=at) == "step_not_open"

    def test_without_a_rule_is_refused(self, take, poor, paid_stay, reviewer, at):
        claim = take(poor, paid_stay(), to="reviewed", reason=RELIEF)

        assert refused(claims.publish, claim_id=claim.pk, by=reviewer, at=at) == "PUBLICATION_NOT_ASKED"
        assert Claim.objects.get().published_on is None

    def test_is_needed_where_a_rule_asks_for_it(self, five_days, take, poor, paid_stay, approver, at):
        claim = take(poor, paid_stay(), to="reviewed", reason=RELIEF)

        assert refused(claims.approve, claim_id=claim.pk, by=approver, at=at) == "PUBLICATION_NEEDED"
        assert Claim.objects.get().status == "reviewed"
        assert not Payment.objects.exists()

    @pytest.mark.parametrize(("day", "over"), [(10, False), (11, True)])
    def test_ends_after_its_working_days(self, five_days, take, poor, paid_stay, reviewer, approver, at, day, over):
        claim = take(poor, paid_stay(), to="reviewed", reason=RELIEF)
        published = claims.publish(claim_id=claim.pk, by=reviewer, at=at)
        assert (published.published_on, published.publication_last_day) == (date(2025, 11, 3), date(2025, 11, 10))
        then = datetime(2025, 11, day, 9, tzinfo=BUREAU)

        if over:
            assert claims.approve(claim_id=claim.pk, by=approver, at=then).status == "approved"
        else:
            assert refused(claims.approve, claim_id=claim.pk, by=approver, at=then) == "PUBLICATION_RUNNING"
            assert not Payment.objects.exists()

    def test_of_a_claim_settled_again_begins_again(
        self, five_days, take, poor, paid_stay, reviewer, approver, window_officer, at
    ):
        claim = take(poor, paid_stay(), to="reviewed", reason=RELIEF)
        claims.publish(claim_id=claim.pk, by=reviewer, at=at)
        claims.send_back(claim_id=claim.pk, to="entered", reason="金额有误", by=approver, at=at)
        again = paid_stay(paid_basic="35580.01")
        claims.enter_details(claim_id=claim.pk, stays=[again], by=window_officer, at=at)
        claims.settle(claim_id=claim.pk, by=window_officer, at=at)
        claims.review(claim_id=claim.pk, by=reviewer, at=at)
        later = datetime(2025, 11, 20, 9, tzinfo=BUREAU)

        assert refused(claims.approve, claim_id=claim.pk, by=approver, at=later) == "PUBLICATION_VOID"

    def test_does_not_concern_other_reasons(self, five_days, take, poor, stay):
        claim = take(poor, stay("2025-03-01", "2025-03-10", total="60000"), to="approved")

        assert claim.status == "approved"

    def test_is_refused_to_who_may_not_review(self, five_days, take, poor, paid_stay, window_officer, at):
        claim = take(poor, paid_stay(), to="reviewed", reason=RELIEF)

        assert refused(claims.publish, claim_id=claim.pk, by=window_officer, at=at) == "no_permission"
        assert Claim.objects.get().published_on is None
