"""Bills of every benefit: what each asks for, what blocks it, what is paid once."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from casework.errors import Refused
from claims import services as claims
from claims.models import Claim, Settlement, SettlementItem, Visit
from enrollment import services as enrollment
from enrollment.models import Institution
from maternity import services as maternity
from maternity.services import Happened
from tests.claims.conftest import CAPITAL, LEVEL3, PHARMACY, accumulators, id_number

pytestmark = pytest.mark.django_db

HYPERTENSION, TUMOUR, DIABETES = "M03911", "M00500", "BZ-2D-DM"


def codes(claim: Claim) -> dict[str, str]:
    return dict(claim.findings.filter(cleared=False).values_list("code", "severity"))


@pytest.fixture
def mother(window_officer, at):
    """Insured as a resident since 2024."""
    found = enrollment.register_person(
        id_no=id_number("511902", date(1992, 8, 15), 22), name="周秀英", region_code="511902", phone="13800001234",
        by=window_officer, at=at,
    )
    enrollment.open_insurance(
        person_id=found.pk, scheme="resident", person_type="1501", starts_on=date(2024, 1, 1), by=window_officer, at=at
    )
    return found


@pytest.fixture
def birth(mother, window_officer, at):
    happened = Happened(event="birth", happened_on=date(2025, 3, 10), mode="caesarean")
    return maternity.record_event(mother_id=mother.pk, happened=happened, by=window_officer, at=at)


@pytest.fixture
def delivery(stay, birth):
    def make(first: str = "2025-03-08", last: str = "2025-03-14", **facts):
        given = {"benefit": "maternity_medical", "birth_event_id": birth.pk, "total": "4000", **facts}
        return stay(first, last, **given)

    return make


class TestACertifiedDisease:
    @pytest.mark.parametrize(
        ("day", "found"), [("2025-03-09", {"CHR-2": "refuse"}), ("2025-03-10", {}), ("2025-03-11", {})]
    )
    def test_counts_from_the_day_of_certification(self, day, found, take, resident, visit, certify):
        """BZ-CHR-12.1"""
        certify(resident, HYPERTENSION, "2025-03-10")
        claim = take(resident, visit("chronic", day, disease=HYPERTENSION, total="100"), to="entered")
        assert codes(claim) == found

    def test_that_was_never_certified_is_not_paid(self, take, resident, visit, window_officer, at):
        """BZ-CHR-15.1"""
        claim = take(resident, visit("chronic", "2025-03-10", disease=HYPERTENSION, total="100"), to="entered")
        assert codes(claim) == {"CHR-1": "refuse"}
        with pytest.raises(Refused, match="未经认定") as refusal:
            claims.settle(claim_id=claim.pk, by=window_officer, at=at)
        assert refusal.value.code == "CHR-1"
        assert not Settlement.objects.exists()

    def test_of_the_special_kind_pays_back_to_the_diagnosis(self, take, resident, visit, certify):
        """BZ-CHR-12.2: certified later, with effect from the day of the diagnosis; (1 000 - 400) x 60%."""
        bill = visit("special", "2025-03-10", disease=TUMOUR, total="1000")
        claim = take(resident, bill, to="entered")
        assert codes(claim) == {"CHR-1": "refuse"}
        certify(resident, TUMOUR, "2025-03-10", category="special")

        take(resident, visit("special", "2025-03-10", disease=TUMOUR, total="1000"))

        assert SettlementItem.objects.get().basic == Decimal("360.00")

    def test_is_treated_at_a_designated_institution(self, take, resident, visit, certify, city_manager, at):
        """BZ-CHR-15.1 (3)"""
        certify(resident, HYPERTENSION, "2025-01-01")
        enrollment.close_institution(code=CAPITAL, ends_on=date(2025, 3, 10), by=city_manager, at=at)
        bill = visit("chronic", "2025-03-10", disease=HYPERTENSION, hospital=CAPITAL, total="100")
        assert codes(take(resident, bill, to="entered")) == {"CHR-3": "refuse"}

    def test_has_a_claim_of_its_own(self, take, resident, visit, certify):
        """BZ-CHR-14.1"""
        certify(resident, HYPERTENSION, "2025-01-01")
        chronic = visit("chronic", "2025-03-10", disease=HYPERTENSION)
        for other in (visit("outpatient", "2025-03-10"), visit("chronic", "2025-03-10", disease="M05300")):
            with pytest.raises(Refused) as refusal:
                take(resident, chronic, other, to="registered")
            assert refusal.value.code == "CHR-6"
        assert not Claim.objects.exists()

    @pytest.mark.parametrize(
        ("benefit", "disease", "code"),
        [("chronic", "", "DISEASE_MISSING"), ("chronic", "M99999", "DISEASE_UNKNOWN"),
         ("special", HYPERTENSION, "DISEASE_UNKNOWN"), ("two_diseases", HYPERTENSION, "DISEASE_UNKNOWN")],
    )
    def test_is_named_as_the_catalogue_does(self, benefit, disease, code, take, resident, visit):
        with pytest.raises(Refused) as refusal:
            take(resident, visit(benefit, "2025-03-10", disease=disease), to="registered")
        assert refusal.value.code == code
        assert not Claim.objects.exists()

    def test_may_be_refused_on_its_own_grounds_only(self, take, resident, visit, stay, certify, reviewer, at):
        """BZ-CHR-15.1 (4)"""
        certify(resident, HYPERTENSION, "2025-01-01")
        ill = take(resident, visit("chronic", "2025-03-10", disease=HYPERTENSION, total="100"))
        other = take(resident, stay("2025-05-01", "2025-05-09", total="900"))

        claims.refuse(claim_id=ill.pk, ground="CHR-4", reason="超出处方用量", by=reviewer, at=at)
        with pytest.raises(Refused) as refusal:
            claims.refuse(claim_id=other.pk, ground="CHR-4", reason="超出处方用量", by=reviewer, at=at)

        assert refusal.value.code == "GROUND_UNKNOWN"
        assert list(Claim.objects.filter(status="refused")) == [ill]


class TestAScheme:
    @pytest.mark.parametrize(
        ("benefit", "rule"), [("rescue", "BZ-RES-15.1"), ("day_surgery", "BZ-EMP-31.1")]
    )
    def test_that_has_no_such_benefit_refuses_it_with_its_rule(self, benefit, rule, take, resident, stay):
        claim = take(resident, stay("2025-03-02", "2025-03-02", benefit=benefit, total="900"), to="entered")
        found = claim.findings.get()
        assert (found.code, found.severity, found.rule) == ("NOT_IN_SCHEME", "refuse", rule)

    def test_of_employees_pays_rescue_as_a_stay(self, take, person, stay):
        """BZ-EMP-31.1: (5 700 - 700) x 80%"""
        take(person("赵六", scheme="employee"), stay("2025-03-02", "2025-03-03", benefit="rescue", total="5700"))
        assert SettlementItem.objects.get().basic == Decimal("4000.00")


class TestOutpatientBills:
    def test_of_one_day_are_normal(self, take, resident, visit):
        take(resident, visit("outpatient", "2025-03-10", total="80"), visit("outpatient", "2025-03-10", total="60"))
        assert accumulators(resident)["A_OP"] == Decimal("70.00")

    def test_are_paid_once_by_invoice(self, take, resident, visit):
        take(resident, visit("outpatient", "2025-03-10", total="80", invoice_no="8801"))
        with pytest.raises(Refused) as refusal:
            take(resident, visit("outpatient", "2025-04-10", total="80", invoice_no="8801"), to="registered")
        assert refusal.value.code == "DUPLICATE_INVOICE"
        assert Visit.objects.count() == 2

    def test_within_a_stay_are_told_of(self, take, resident, visit, stay):
        take(resident, stay("2025-03-02", "2025-03-12", total="900"))
        claim = take(resident, visit("outpatient", "2025-03-10", total="80"))
        assert codes(claim) == {"DURING_STAY": "warn"}

    def test_have_one_day_in_the_database_too(self, take, resident, visit):
        found = take(resident, visit("outpatient", "2025-03-10"), to="registered").visits.get()
        found.pk, found.invoice_no, found.discharged_on = None, "other", date(2025, 3, 11)
        with pytest.raises(IntegrityError, match="visit_outpatient_has_one_day"), transaction.atomic():
            found.save(force_insert=True)

    def test_may_come_from_a_pharmacy_where_stays_may_not(self, take, resident, visit, stay, pharmacy):
        claim = take(resident, visit("outpatient", "2025-03-10", hospital=PHARMACY, total="80"))
        assert claim.visits.live().get().level == "pharmacy"
        found = Institution.objects.get(code=PHARMACY)
        with pytest.raises(Refused) as refusal:
            take(resident, visit("inpatient", "2025-04-10", hospital=PHARMACY, discharged_on="2025-04-12"))
        assert refusal.value.code == "INSTITUTION_UNKNOWN"
        assert found.kind == "2"

    def test_elsewhere_need_no_filing_where_it_changes_nothing(self, take, resident, visit):
        claim = take(resident, visit("outpatient", "2025-03-10", hospital=CAPITAL, total="80"))
        assert codes(claim) == {}


class TestABirth:
    def test_is_paid_up_to_its_limit_and_counts_in_the_years_cap(self, take, mother, delivery):
        """BZ-RES-14.2, BZ-RES-16.1, BZ-AMB-42: what is over 3 500 stays with the person."""
        take(mother, delivery())
        item = SettlementItem.objects.get()
        assert (item.basic, item.catastrophic, item.personal) == (Decimal("3500.00"), Decimal(0), Decimal("500.00"))
        assert accumulators(mother) == {"A_RB": Decimal("3500.00")}

    def test_is_paid_once(self, take, mother, delivery):
        """BZ-EMP-28.2"""
        take(mother, delivery())
        with pytest.raises(Refused) as refusal:
            take(mother, delivery("2025-03-15", "2025-03-16"), to="registered")
        assert refusal.value.code == "EVENT_PAID"
        assert Claim.objects.count() == 1

    def test_is_once_in_the_database_too(self, take, mother, delivery, birth):
        first = take(mother, delivery(), to="registered").visits.get()
        first.pk, first.invoice_no = None, "other"
        first.admitted_on = first.discharged_on
        with pytest.raises(IntegrityError, match="visit_birth_event_once"), transaction.atomic():
            first.save(force_insert=True)

    def test_is_free_again_once_its_claim_is_withdrawn(self, take, mother, delivery, window_officer, at):
        claim = take(mother, delivery())
        claims.withdraw(claim_id=claim.pk, reason="改由医院结算", by=window_officer, at=at)
        take(mother, delivery())
        assert accumulators(mother) == {"A_RB": Decimal("3500.00")}

    def test_of_another_mother_is_refused(self, take, resident, delivery):
        with pytest.raises(Refused) as refusal:
            take(resident, delivery(), to="registered")
        assert refusal.value.code == "EVENT_UNKNOWN"

    def test_must_be_named(self, take, mother, delivery):
        with pytest.raises(Refused) as refusal:
            take(mother, delivery(birth_event_id=None), to="registered")
        assert refusal.value.code == "EVENT_MISSING"

    @pytest.mark.parametrize(("last", "found"), [("2025-03-09", {"EVENT_OUTSIDE": "supervisor"}), ("2025-03-10", {})])
    def test_outside_the_stay_is_for_the_supervisor(self, last, found, take, mother, delivery):
        assert codes(take(mother, delivery(last=last), to="entered")) == found

    def test_has_its_complications_as_an_ordinary_stay(self, take, mother, delivery, stay):
        """BZ-AMB-42: (5 700 - 700) x 60% beside the delivery."""
        take(mother, delivery(), stay("2025-03-14", "2025-03-20", total="5700"))
        assert [item.basic for item in SettlementItem.objects.order_by("number")] == [
            Decimal("3500.00"), Decimal("3000.00")
        ]


class TestDeadlines:
    @pytest.mark.parametrize(("day", "late"), [(3, False), (4, True)])
    def test_of_special_drugs_is_three_months(self, day, late, take, resident, visit, at):
        """BZ-DRG-4.3: bought on 3 August, claimed until 3 November."""
        bill = visit("single_line_drug", "2025-08-03", drug="奥希替尼", total="10000")
        claim = take(resident, bill, to="registered", moment=at.replace(day=day), late_reason="住院未能办理")
        assert ("PAST_DEADLINE" in codes(claim)) is late

    @pytest.mark.parametrize(("month", "day", "late"), [(6, 30, False), (7, 1, True)])
    def test_of_special_diseases_is_the_middle_of_next_year(
        self, month, day, late, take, resident, visit, certify, at
    ):
        """BZ-AMB-23"""
        certify(resident, TUMOUR, "2024-01-01", category="special")
        bill = visit("special", "2024-05-10", disease=TUMOUR, total="1000")
        moment = at.replace(month=month, day=day)
        claim = take(resident, bill, to="registered", moment=moment, late_reason="资料不全")
        assert ("PAST_DEADLINE" in codes(claim)) is late


class TestMaterials:
    @pytest.mark.parametrize(
        ("benefit", "kinds"),
        [("inpatient", {"1", "2", "3", "5"}), ("rescue", {"1", "2", "3", "5"}), ("chronic", {"1", "2", "4"}),
         ("special", {"1", "2", "4"}), ("two_diseases", {"1", "2", "4"}), ("outpatient", {"1", "2", "4"}),
         ("single_line_drug", {"1", "2", "4"}), ("maternity_medical", {"1", "2", "3", "5"})],
    )
    def test_are_asked_for_by_benefit(self, benefit, kinds, db):
        """BZ-EMP-38.2, BZ-CHR-13.2, BZ-RES-19.1, BZ-DRG-4.3, BZ-EMP-17.3"""
        asked = claims.materials_for(applied_on=date(2025, 11, 3), reason=None, benefits=[benefit])
        assert {row.kind for row in asked if row.required} == kinds


class TestWhatIsLeft:
    def test_of_each_limit_is_said_by_the_rules(self, take, resident, visit, certify):
        certify(resident, HYPERTENSION, "2025-01-01")
        certify(resident, TUMOUR, "2025-01-01", category="special")
        certify(resident, DIABETES, "2025-01-01", category="two_diseases")
        take(resident, visit("chronic", "2025-03-10", disease=HYPERTENSION, total="500"))
        take(resident, visit("special", "2025-03-10", disease=TUMOUR, total="300"))

        found = {row.benefit: row for row in claims.entitlements(resident, date(2025, 6, 1)).limits}

        assert {name: (row.used, row.left) for name, row in found.items()} == {
            "chronic": (Decimal("450.00"), Decimal("150.00")), "special": (Decimal(0), Decimal("110000.00")),
            "two_diseases": (Decimal(0), Decimal("300.00")), "outpatient": (Decimal(0), Decimal("100.00")),
        }
        assert (found["special"].deductible, found["special"].shared) == (Decimal("100.00"), True)
        assert found["chronic"].diseases == ["高血压2级及以上（高血压性心脏病）"]

    def test_of_a_disease_is_gone_with_its_certificate(self, resident, certify):
        certify(resident, HYPERTENSION, "2025-07-01")
        limits = claims.entitlements(resident, date(2025, 6, 30)).limits
        assert [row.benefit for row in limits] == ["outpatient"]

    def test_on_an_outpatients_statement_stands_with_its_disease(self, take, resident, visit, certify):
        certify(resident, HYPERTENSION, "2025-01-01")
        claim = take(resident, visit("chronic", "2025-03-10", disease=HYPERTENSION, hospital=LEVEL3, total="500"))
        (bill,) = claims.statement(claim)["stays"]
        assert (bill["kind"], bill["outpatient"], bill["disease"]) == (
            "门诊慢性病", True, "高血压2级及以上（高血压性心脏病）"
        )
