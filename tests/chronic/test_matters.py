"""What may happen to an entitlement: ended, recognised, spot-checked; and the choice of settlement."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from casework.models import Notice, OutboxMessage
from chronic import services as chronic
from chronic.models import Ending, Entitlement, EntitlementPeriod, Recognition, SettlementChoice, SpotCheck
from chronic.services import Former
from enrollment import services as enrollment
from tests.chronic import examples
from tests.chronic.conftest import CQ, HYPERTENSION, NSCLC, TUBERCULOSIS, refused
from tests.people import make_officer

pytestmark = pytest.mark.django_db
PROSTATE = "M07900"


def days(**more):
    return list(EntitlementPeriod.objects.filter(voided=False, **more).values_list("starts_on", "ends_on"))


class TestEnding:
    def test_by_the_holders_wish_holds_from_the_day_it_is_accepted(self, held, cq_patient, cq_window, at):
        """CQ-11.2."""
        made = held(cq_patient, NSCLC)
        case = chronic.end_voluntarily(entitlement_id=made.pk, reason="本人申请", by=cq_window, at=at)

        assert (case.status, case.rule) == ("ended", "CQ-11.2")
        assert days() == [(date(2025, 7, 1), date(2025, 11, 3))]

    def test_a_stop_is_confirmed_by_another_and_ends_the_day_after_it_came_true(
        self, held, patient, window_officer, supervisor, at
    ):
        """BZ-CHR-4.3: prostate surgery on 20 October."""
        made = held(patient, PROSTATE)
        case = chronic.report_stop(
            entitlement_id=made.pk, happened_on=date(2025, 10, 20), reason="前列腺手术", by=window_officer, at=at
        )
        assert days() == [(date(2025, 7, 1), None)]

        chronic.confirm_stop(ending_id=case.pk, by=supervisor, at=at)

        assert days() == [(date(2025, 7, 1), date(2025, 10, 21))]
        told = OutboxMessage.objects.get(topic="chronic.entitlement_cut").payload
        assert (told["person_id"], told["unit"], told["from"]) == (patient.pk, PROSTATE, "2025-10-21")

    def test_not_by_who_reported_it(self, held, patient, supervisor, at):
        supervisor.groups.add(*make_officer("窗口经办", "W008").groups.all())
        made = held(patient, PROSTATE)
        case = chronic.report_stop(
            entitlement_id=made.pk, happened_on=date(2025, 10, 20), reason="手术", by=supervisor, at=at
        )
        refused("same_officer", lambda: chronic.confirm_stop(ending_id=case.pk, by=supervisor, at=at))
        assert days() == [(date(2025, 7, 1), None)]
        with pytest.raises(IntegrityError, match="ending_confirmed_by_another"), transaction.atomic():
            Ending.objects.filter(pk=case.pk).update(decided_by=supervisor)

    def test_rejected_it_leaves_the_entitlement(self, held, patient, window_officer, supervisor, at):
        made = held(patient, PROSTATE)
        case = chronic.report_stop(
            entitlement_id=made.pk, happened_on=date(2025, 10, 20), reason="手术", by=window_officer, at=at
        )
        chronic.reject_stop(ending_id=case.pk, reason="病历显示未手术", by=supervisor, at=at)
        assert days() == [(date(2025, 7, 1), None)]

    @pytest.mark.parametrize(("unit", "day", "code"), [
        (HYPERTENSION, date(2025, 10, 20), "NO_STOP"), (PROSTATE, date(2025, 11, 4), "DATE_FUTURE"),
    ])
    def test_a_stop_is_refused(self, held, patient, window_officer, at, unit, day, code):
        made = held(patient, unit)
        refused(code, lambda: chronic.report_stop(
            entitlement_id=made.pk, happened_on=day, reason="手术", by=window_officer, at=at
        ))
        assert not Ending.objects.exists()

    def test_a_second_report_is_refused(self, held, patient, window_officer, at):
        terms = {"happened_on": date(2025, 10, 20), "reason": "手术", "by": window_officer, "at": at}
        made = held(patient, PROSTATE)
        chronic.report_stop(entitlement_id=made.pk, **terms)
        refused("STOP_OPEN", lambda: chronic.report_stop(entitlement_id=made.pk, **terms))
        assert Ending.objects.count() == 1


def former(kind, unit=HYPERTENSION, **more):
    terms = {"certified_on": date(2024, 5, 1), "former_place": "成都市", "former_no": "CD-0001"}
    return Former(kind=kind, unit=unit, **terms | more)


class TestRecognition:
    @pytest.fixture
    def claim(self, patient, window_officer, at):
        return lambda what, person=None: chronic.claim_recognition(
            person_id=(person or patient).pk, former=what, by=window_officer, at=at
        )

    def test_from_within_the_province_it_stands_without_a_new_certification(self, claim, confirmer, at):
        """BZ-CHR-16.2."""
        case = claim(former("province"))
        chronic.recognise(recognition_id=case.pk, by=confirmer, at=at)

        made = Entitlement.objects.get()
        assert (made.origin, made.certified_on, case.rule) == ("recognition", date(2024, 5, 1), "BZ-CHR-16.2")
        assert days() == [(date(2024, 5, 1), None)]

    def test_it_does_not_reach_back_before_the_present_insurance(self, claim, confirmer, at):
        case = claim(former("province", certified_on=date(2020, 5, 1)))
        chronic.recognise(recognition_id=case.pk, by=confirmer, at=at)
        assert days() == [(date(2024, 1, 1), None)]

    def test_from_outside_the_criteria_must_be_met_as_well(self, claim, confirmer, at):
        """BZ-CHR-16.1."""
        unit = chronic.catalogue_of("511902").find(HYPERTENSION)
        case = claim(former("country", facts=examples.meeting(unit)))
        chronic.recognise(recognition_id=case.pk, by=confirmer, at=at)
        assert Entitlement.objects.get().unit == HYPERTENSION

    @pytest.mark.parametrize("facts", [{}, None])
    def test_from_outside_open_or_failing_facts_are_not_enough(self, claim, confirmer, at, facts):
        unit = chronic.catalogue_of("511902").find(HYPERTENSION)
        case = claim(former("country", facts=examples.failing(unit) if facts is None else facts))
        refused("NOT_MET", lambda: chronic.recognise(recognition_id=case.pk, by=confirmer, at=at))
        assert not Entitlement.objects.exists()
        assert Recognition.objects.get().status == "submitted"

    def test_one_whose_review_is_overdue_is_certified_anew(self, claim, confirmer, at):
        """BZ-CHR-4.2: twelve months from 2 November 2024 are over on 3 November 2025, from the 3rd not yet."""
        what = former("province", TUBERCULOSIS, certified_on=date(2024, 11, 2))
        refused("REVIEW_OVERDUE", lambda: claim(what))

        case = claim(former("province", TUBERCULOSIS, certified_on=date(2024, 11, 3)))
        chronic.recognise(recognition_id=case.pk, by=confirmer, at=at)
        assert days() == [(date(2024, 11, 3), date(2025, 11, 4))]

    def test_not_by_who_registered_it(self, patient, confirmer, at):
        confirmer.groups.add(*make_officer("窗口经办", "W008").groups.all())
        case = chronic.claim_recognition(person_id=patient.pk, former=former("province"), by=confirmer, at=at)
        refused("same_officer", lambda: chronic.recognise(recognition_id=case.pk, by=confirmer, at=at))
        assert not Entitlement.objects.exists()

    @pytest.mark.parametrize(("what", "code"), [
        (former("province", "M99999"), "UNKNOWN_DISEASE"), (former("province", former_no=""), "FIELD_MISSING"),
        (former("province", certified_on=date(2025, 11, 4)), "DATE_FUTURE"), (former("abroad"), "CHOICE"),
        (former("grandfather", "OLD-1", unit_name="原病种", parameters={"limit": "500.00"}), "NO_GRANDFATHER"),
    ])
    def test_is_refused(self, claim, what, code):
        refused(code, lambda: claim(what))
        assert not Recognition.objects.exists()

    def test_twice_at_a_time_is_refused(self, claim):
        claim(former("province"))
        refused("RECOGNITION_OPEN", lambda: claim(former("province")))


class TestGrandfathering:
    """CQ-31.1: locked person, locked disease, locked standard."""

    def kept(self, **more):
        return former("grandfather", "OLD-1", **{"unit_name": "原病种", "parameters": {"limit": "500.00"}} | more)

    def test_keeps_the_disease_with_its_own_standard(self, cq_patient, cq_window, at):
        confirmer = make_officer("复核", "F501", CQ)
        case = chronic.claim_recognition(person_id=cq_patient.pk, former=self.kept(), by=cq_window, at=at)
        chronic.recognise(recognition_id=case.pk, by=confirmer, at=at)

        made = Entitlement.objects.get()
        assert (made.origin, made.unit, made.parameters) == ("grandfather", "OLD-1", {"limit": "500.00"})
        assert chronic.policy_facts(cq_patient, date(2025, 12, 1))["certificates"] == []

    @pytest.mark.parametrize(("more", "code"), [
        ({"certified_on": date(2025, 6, 1)}, "GRANDFATHER_CLOSED"), ({"parameters": {}}, "FIELD_MISSING"),
        ({"unit": NSCLC}, "LISTED_ALREADY"),
    ])
    def test_takes_no_new_entrants(self, cq_patient, cq_window, at, more, code):
        what = Former(**vars(self.kept()) | more)
        refused(code, lambda: chronic.claim_recognition(person_id=cq_patient.pk, former=what, by=cq_window, at=at))

    def test_the_day_before_the_present_rules_still_counts(self, cq_patient, cq_window, at):
        what = self.kept(certified_on=date(2025, 5, 31))
        case = chronic.claim_recognition(person_id=cq_patient.pk, former=what, by=cq_window, at=at)
        assert case.rule == "CQ-31.1"


class TestSpotChecks:
    @pytest.fixture
    def faulty(self, checker, at):
        def make(made):
            case = chronic.open_check(entitlement_id=made.pk, by=checker, at=at)
            return chronic.record_fault(spot_check_id=case.pk, finding="病历缺失", by=checker, at=at)

        return make

    def test_a_file_in_order_changes_nothing(self, held, patient, hospital, checker, at):
        made = held(patient, HYPERTENSION, house=hospital)
        case = chronic.open_check(entitlement_id=made.pk, by=checker, at=at)
        chronic.record_pass(spot_check_id=case.pk, by=checker, at=at)
        assert days() == [(date(2025, 7, 1), None)]

    def test_a_fault_cancels_from_a_past_day_and_proposes_recovery(
        self, held, faulty, patient, hospital, supervisor, at
    ):
        """CQ-10.1, CQ-10.2: the loss is the institution's."""
        made = held(patient, HYPERTENSION, house=hospital)
        case = faulty(made)

        chronic.cancel(spot_check_id=case.pk, from_day=date(2025, 9, 1), by=supervisor, at=at)

        assert days() == [(date(2025, 7, 1), date(2025, 9, 1))]
        cut = OutboxMessage.objects.get(topic="chronic.entitlement_cut").payload
        recovery = OutboxMessage.objects.get(topic="chronic.recovery_proposed").payload
        assert cut["from"] == "2025-09-01"
        assert (recovery["institution_id"], recovery["from"]) == (hospital.pk, "2025-07-01")
        assert Notice.objects.get().body["reason"] == "病历缺失"

    def test_it_may_cost_the_institution_its_qualification(self, held, faulty, patient, hospital, city_manager, at):
        """CQ-10.3."""
        case = faulty(held(patient, HYPERTENSION, house=hospital))
        chronic.cancel(spot_check_id=case.pk, withdraws=True, by=city_manager, at=at)

        ends = dict(hospital.qualifications.values_list("category", "ends_on"))
        assert ends == {"chronic": date(2025, 11, 3), "special": None}

    def test_where_the_pool_says_so_it_holds_from_the_decision_and_no_other_day(
        self, held, cq_patient, cq_manager, at
    ):
        """CQ-10.1, CQ-A17."""
        checker = make_officer("初审", "C501", CQ)
        made = held(cq_patient, NSCLC)
        case = chronic.open_check(entitlement_id=made.pk, by=checker, at=at)
        chronic.record_fault(spot_check_id=case.pk, finding="档案不合格", by=checker, at=at)
        terms = {"spot_check_id": case.pk, "recovers": False, "by": cq_manager, "at": at}

        refused("CANCEL_DAY", lambda: chronic.cancel(from_day=date(2025, 11, 2), **terms))
        assert days() == [(date(2025, 7, 1), None)]
        chronic.cancel(**terms)
        assert days() == [(date(2025, 7, 1), date(2025, 11, 3))]

    def test_not_by_who_found_it(self, held, faulty, patient, checker, hospital, at):
        checker.groups.add(*make_officer("主管", "Z008").groups.all())
        case = faulty(held(patient, HYPERTENSION, house=hospital))
        refused("same_officer", lambda: chronic.cancel(spot_check_id=case.pk, by=checker, at=at))
        assert days() == [(date(2025, 7, 1), None)]
        assert SpotCheck.objects.get().status == "found"

    def test_what_does_not_hold_is_dismissed_with_the_reason(self, held, faulty, patient, supervisor, at):
        case = faulty(held(patient, HYPERTENSION))
        refused("note_required", lambda: chronic.dismiss(spot_check_id=case.pk, reason=" ", by=supervisor, at=at))
        assert chronic.dismiss(spot_check_id=case.pk, reason="已补交", by=supervisor, at=at).status == "passed"

    def test_one_check_at_a_time(self, held, patient, checker, at):
        made = held(patient, HYPERTENSION)
        chronic.open_check(entitlement_id=made.pk, by=checker, at=at)
        refused("CHECK_OPEN", lambda: chronic.open_check(entitlement_id=made.pk, by=checker, at=at))

    def test_another_county_finds_nothing(self, held, patient, at):
        made, stranger = held(patient, HYPERTENSION), make_officer("初审", "C009", "511921")
        refused("not_found", lambda: chronic.open_check(entitlement_id=made.pk, by=stranger, at=at))


class TestTheChoiceOfSettlement:
    """CQ-17.10."""

    @pytest.fixture
    def choose(self, cq_patient, cq_window, at):
        return lambda mode="single_disease", **more: chronic.choose_settlement(
            **{"person_id": cq_patient.pk, "unit": NSCLC, "year": 2025, "mode": mode, "by": cq_window, "at": at} | more
        )

    def test_is_what_the_engine_is_told(self, held, cq_patient, choose):
        held(cq_patient, NSCLC)
        choose()
        assert chronic.policy_facts(cq_patient, date(2025, 11, 3))["choices"] == [
            {"disease": NSCLC, "mode": "single_disease", "year": 2025}
        ]
        assert chronic.policy_facts(cq_patient, date(2026, 1, 1))["choices"] == []

    def test_may_be_changed_until_the_first_cost(self, held, cq_patient, choose):
        held(cq_patient, NSCLC)
        choose()
        choose("ordinary")
        assert [row["mode"] for row in chronic.choices(cq_patient.pk)] == ["ordinary"]
        assert SettlementChoice.objects.count() == 2

    def test_is_locked_for_the_year_by_the_first_cost(self, held, cq_patient, choose):
        held(cq_patient, NSCLC)
        choose()
        assert chronic.lock_choices(person_id=cq_patient.pk, units=[NSCLC], on=date(2025, 11, 5)) == 1

        refused("CHOICE_LOCKED", lambda: choose("ordinary"))
        assert choose().mode == "single_disease"
        assert choose("ordinary", year=2026).year == 2026
        with pytest.raises(IntegrityError, match="stays for the year"), transaction.atomic():
            SettlementChoice.objects.filter(year=2025).update(locked_on=None)

    def test_of_a_number_merged_into_his_is_locked_and_changed_as_his(self, held, cq_patient, cq_window, choose, at):
        """CQ-17.10 binds the person, whichever of his numbers the choice was made under (参保信息合并)."""
        held(cq_patient, NSCLC)
        choose()
        kept = enrollment.register_person(
            id_no="500101199001010026", name="渝小明", region_code="500000", phone="", by=cq_window, at=at,
        )
        type(kept).objects.filter(pk=cq_patient.pk).update(merged_into=kept)
        type(kept).objects.filter(pk=kept.pk).update(absorbs=True)

        assert chronic.lock_choices(person_id=kept.pk, units=[NSCLC], on=date(2025, 11, 5)) == 1
        refused("CHOICE_LOCKED", lambda: choose("ordinary", person_id=kept.pk))
        assert choose(person_id=kept.pk).person_id == cq_patient.pk
        assert SettlementChoice.objects.get().locked_on == date(2025, 11, 5)

    @pytest.mark.parametrize(("more", "code"), [
        ({"unit": "CQ-I-01"}, "NO_CHOICE"), ({"year": 2024}, "YEAR_OVER"), ({"mode": "free"}, "CHOICE"),
        ({}, "NOT_ENTITLED"),
    ])
    def test_is_refused(self, choose, more, code):
        refused(code, lambda: choose(**more))
        assert not SettlementChoice.objects.exists()

    def test_a_pool_without_it_has_none_to_make(self, patient, window_officer, at):
        refused("NO_CHOICE", lambda: chronic.choose_settlement(
            person_id=patient.pk, unit=HYPERTENSION, year=2025, mode="ordinary", by=window_officer, at=at
        ))


