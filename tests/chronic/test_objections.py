"""Objections: by the agency in Bazhong (BZ-CHR-11.2), by another institution and for good in Chongqing (CQ-9)."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from casework.models import Notice
from chronic import services as chronic
from chronic.models import Certification, CertificationItem, Entitlement, EntitlementPeriod, Objection
from chronic.services import Filed, Reexamined
from tests.chronic import examples
from tests.chronic.conftest import (
    CQ,
    DIALYSIS,
    DOCTOR,
    HYPERTENSION,
    NSCLC,
    TUBERCULOSIS,
    claimed,
    house,
    only_item,
    refused,
)
from tests.people import make_officer

pytestmark = pytest.mark.django_db


def unit_of(code):
    return chronic.catalogue_of("511902").find(code)


@pytest.fixture
def refusal(entered):
    """A disease that the hospital refused."""

    def make(code=HYPERTENSION):
        return only_item(entered(claimed(code, examples.failing(unit_of(code)), diagnosed_on=date(2025, 3, 1))))

    return make


@pytest.fixture
def objection(window_officer, at):
    def make(item, received_on=date(2025, 11, 3)):
        return chronic.object_to(
            item_id=item.pk, received_on=received_on, reason="复查结果不同", by=window_officer, at=at
        )

    return make


@pytest.fixture
def concluded(objection, confirmer, at):
    def make(item, facts):
        case = objection(item)
        chronic.arrange(objection_id=case.pk, by=confirmer, at=at)
        return chronic.conclude_objection(objection_id=case.pk, found=Reexamined(facts=facts), by=confirmer, at=at)

    return make


class TestByTheAgency:
    def test_overturned_it_gives_the_entitlement_from_the_second_conclusion(
        self, refusal, concluded, supervisor, at
    ):
        """BZ-CHR-11.2, BZ-CHR-12.1."""
        item = refusal()
        case = concluded(item, examples.meeting(unit_of(HYPERTENSION)))

        chronic.decide_objection(objection_id=case.pk, by=supervisor, at=at)

        period = EntitlementPeriod.objects.get()
        assert (period.unit, period.starts_on, period.case_no) == (HYPERTENSION, date(2025, 11, 3), case.case_no)
        assert Notice.objects.get(case_no=case.case_no).body["result"] == "改变原结论"
        item.refresh_from_db()
        assert item.state == "refused"

    def test_a_special_disease_reaches_back_to_the_diagnosis(self, refusal, concluded, supervisor, at):
        """BZ-CHR-12.2."""
        case = concluded(refusal(DIALYSIS), examples.meeting(unit_of(DIALYSIS)))
        chronic.decide_objection(objection_id=case.pk, by=supervisor, at=at)
        assert EntitlementPeriod.objects.get().starts_on == date(2025, 3, 1)

    def test_upheld_it_gives_nothing_but_the_notice(self, refusal, concluded, supervisor, at):
        case = concluded(refusal(), examples.failing(unit_of(HYPERTENSION)))
        case = chronic.decide_objection(objection_id=case.pk, by=supervisor, at=at)
        assert case.status == "upheld"
        assert not Entitlement.objects.exists()
        assert Notice.objects.get(case_no=case.case_no).body["result"] == "维持原结论"

    def test_open_facts_are_no_conclusion(self, refusal, objection, confirmer, at):
        case = objection(refusal())
        chronic.arrange(objection_id=case.pk, by=confirmer, at=at)
        refused("FACTS_OPEN", lambda: chronic.conclude_objection(
            objection_id=case.pk, found=Reexamined(facts={}), by=confirmer, at=at
        ))
        assert Objection.objects.get().status == "arranged"

    def test_not_decided_by_who_recorded_the_conclusion(self, refusal, concluded, confirmer, at):
        confirmer.groups.add(*make_officer("主管", "Z008").groups.all())
        case = concluded(refusal(), examples.meeting(unit_of(HYPERTENSION)))
        refused("same_officer", lambda: chronic.decide_objection(objection_id=case.pk, by=confirmer, at=at))
        assert not Entitlement.objects.exists()
        with pytest.raises(IntegrityError, match="objection_decided_by_another"), transaction.atomic():
            Objection.objects.filter(pk=case.pk).update(decided_by=confirmer)

    def test_nor_by_who_refused_first(self, entered, concluded, supervisor, at):
        first = entered(HYPERTENSION)
        chronic.refuse(certification_id=first.pk, reason="资料不实", by=supervisor, at=at)
        case = concluded(only_item(first), examples.meeting(unit_of(HYPERTENSION)))
        refused("same_officer", lambda: chronic.decide_objection(objection_id=case.pk, by=supervisor, at=at))
        assert not Entitlement.objects.exists()

    def test_one_at_a_time_and_again_after_it_was_decided(self, refusal, concluded, objection, supervisor, at):
        item = refusal()
        case = concluded(item, examples.failing(unit_of(HYPERTENSION)))
        refused("OBJECTION_OPEN", lambda: objection(item))
        chronic.decide_objection(objection_id=case.pk, by=supervisor, at=at)
        assert objection(item).status == "submitted"

    def test_of_a_review_it_gives_back_what_the_review_ended(
        self, granted, patient, hospital, system, confirmer, concluded, supervisor, at
    ):
        """Not met in the review, it ends on 4 November; met on looking again, it goes on from there."""
        granted(TUBERCULOSIS)
        filed = Filed(
            submission_no="R-1", person_id=patient.pk, institution_id=hospital.pk, kind="review",
            claimed=[claimed(TUBERCULOSIS, examples.failing(unit_of(TUBERCULOSIS)))], doctors={TUBERCULOSIS: DOCTOR},
        )
        review = chronic.file_diagnosis(filed, by=system, at=at)
        chronic.confirm(certification_id=review.pk, by=make_officer("复核", "F002"), at=at)
        case = concluded(only_item(review), examples.meeting(unit_of(TUBERCULOSIS)))

        chronic.decide_objection(objection_id=case.pk, by=supervisor, at=at)

        found = EntitlementPeriod.objects.order_by("starts_on").values_list("starts_on", "ends_on")
        assert list(found) == [(date(2025, 11, 3), date(2025, 11, 4)), (date(2025, 11, 4), date(2026, 11, 4))]

    def test_what_was_granted_is_not_objected_to(self, granted, objection):
        item = granted().item
        refused("NOT_REFUSED", lambda: objection(item))
        assert not Objection.objects.exists()

    def test_withdrawn_it_ends(self, refusal, objection, window_officer, at):
        case = objection(refusal())
        case = chronic.withdraw_objection(objection_id=case.pk, reason="本人撤回", by=window_officer, at=at)
        assert case.status == "withdrawn"


@pytest.fixture
def cq_house(cq_manager, at):
    return lambda code, name: house_of(code, name, cq_manager, at)


def house_of(code, name, by, at):
    made = house(code, name, make_officer("主管", f"Z{code[-3:]}", "511902"), at)
    chronic.qualify(
        institution_id=made.pk, category="I", district=CQ, starts_on=date(2025, 1, 1), published_on=date(2025, 1, 1),
        by=by, at=at,
    )
    return made


@pytest.fixture
def cq_refusal(cq_house, cq_patient, cq_window):
    """A disease that a Chongqing institution refused; the pool prints no criteria."""
    first = cq_house("H50010100001", "第一认定医院")
    case = Certification(
        person=cq_patient, scheme="resident", institution=first, channel="person", applied_on=date(2025, 11, 3),
        region_code=CQ, case_no="MT50000020251100001", status="refused", registered_by=cq_window,
        registered_at="2025-11-03T09:30:00+08:00",
    )
    with transaction.atomic():
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            case.save()
            cursor.execute("SET LOCAL session_replication_role = origin")
    return CertificationItem.objects.create(
        certification=case, unit=NSCLC, unit_name="非小细胞肺癌", category="I", diagnosed_on=date(2025, 10, 1),
        state="refused", refusal_reason="不符合诊断标准",
    )


class TestByAnotherInstitution:
    @pytest.fixture
    def object_to(self, cq_refusal, cq_window, at):
        return lambda received_on: chronic.object_to(
            item_id=cq_refusal.pk, received_on=received_on, reason="不服", by=cq_window, at=at
        )

    def test_the_sixtieth_day_still_counts(self, object_to):
        """CQ-9.1: 4 September to 3 November are sixty days."""
        refused("OBJECTION_LATE", lambda: object_to(date(2025, 9, 3)))
        assert not Objection.objects.exists()
        case = object_to(date(2025, 9, 4))
        assert (case.route, case.final, case.rule) == ("another_institution", True, "CQ-9.1")

    def test_it_is_another_one_and_qualified(self, object_to, cq_house, cq_refusal, at):
        """CQ-9.2."""
        by, case = make_officer("复核", "F501", CQ), object_to(date(2025, 10, 1))
        first = cq_refusal.certification.institution
        other = house("H50010100003", "无资格医院", make_officer("主管", "Z503", "511902"), at)

        refused("INSTITUTION_MISSING", lambda: chronic.arrange(objection_id=case.pk, by=by, at=at))
        for code, made in (("SAME_INSTITUTION", first), ("NOT_QUALIFIED", other)):
            refused(code, lambda made=made: chronic.arrange(
                objection_id=case.pk, institution_id=made.pk, by=by, at=at
            ))
        second = cq_house("H50010100002", "第二认定医院")
        assert chronic.arrange(objection_id=case.pk, institution_id=second.pk, by=by, at=at).institution == second

    def test_its_conclusion_is_final(self, object_to, cq_house, cq_manager, at):
        by, case = make_officer("复核", "F501", CQ), object_to(date(2025, 10, 1))
        second = cq_house("H50010100002", "第二认定医院")
        chronic.arrange(objection_id=case.pk, institution_id=second.pk, by=by, at=at)
        chronic.conclude_objection(objection_id=case.pk, found=Reexamined(met=False), by=by, at=at)
        chronic.decide_objection(objection_id=case.pk, by=cq_manager, at=at)

        refused("FINAL", lambda: object_to(date(2025, 10, 1)))
        assert Objection.objects.get().status == "upheld"

    def test_overturned_the_benefit_starts_with_the_recording(self, object_to, cq_house, cq_manager, at):
        """CQ-8.3."""
        by, case = make_officer("复核", "F501", CQ), object_to(date(2025, 10, 1))
        second = cq_house("H50010100002", "第二认定医院")
        chronic.arrange(objection_id=case.pk, institution_id=second.pk, by=by, at=at)
        chronic.conclude_objection(objection_id=case.pk, found=Reexamined(met=True), by=by, at=at)
        chronic.decide_objection(objection_id=case.pk, by=cq_manager, at=at)

        made = Entitlement.objects.get()
        assert (made.unit, made.institution, made.periods.get().starts_on) == (NSCLC, second, date(2025, 11, 3))
