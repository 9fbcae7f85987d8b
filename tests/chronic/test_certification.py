"""From application to entitlement: who does what, what is refused, and that nothing is left behind by a refusal."""

import threading
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from casework.errors import Refused
from casework.models import Notice, OutboxMessage, Task
from chronic import services as chronic
from chronic.models import Certification, CertificationItem, Entitlement, EntitlementPeriod
from chronic.services import Applicant, Claimed, Filed
from tests.chronic import examples
from tests.chronic.conftest import (
    DIALYSIS,
    DOCTOR,
    DOCUMENTS,
    HYPERTENSION,
    JUNIOR,
    TUBERCULOSIS,
    claimed,
    house,
    insured_person,
    only_item,
)
from tests.people import make_officer

pytestmark = pytest.mark.django_db


def failing(code):
    return claimed(code, examples.failing(chronic.catalogue_of("511902").find(code)))


def doctors_of(case, code=DOCTOR):
    return dict.fromkeys(case.items.values_list("pk", flat=True), code)


class TestTheWayOfAnApplication:
    def test_from_the_hospital_to_the_benefit(self, entered, confirmer, patient, at):
        case = entered(HYPERTENSION)
        assert case.status == "entered"
        assert not Entitlement.objects.exists()

        chronic.confirm(certification_id=case.pk, by=confirmer, at=at)

        period = EntitlementPeriod.objects.get()
        assert (period.person, period.unit, period.starts_on, period.ends_on) == (
            patient, HYPERTENSION, date(2025, 11, 3), None
        )
        assert only_item(case).state == "granted"
        assert chronic.certificates(patient.pk, [date(2025, 11, 3)]) == [
            {"disease": HYPERTENSION, "from": "2025-11-03", "to": None}
        ]

    def test_special_benefits_reach_back_to_the_diagnosis(self, entered, confirmer, at):
        """BZ-CHR-12.2."""
        case = entered(claimed(DIALYSIS, diagnosed_on=date(2025, 3, 1)))

        chronic.confirm(certification_id=case.pk, by=confirmer, at=at)

        assert EntitlementPeriod.objects.get().starts_on == date(2025, 3, 1)

    def test_a_unit_with_a_review_period_ends_on_its_due_day(self, granted):
        """BZ-CHR-4.2: twelve months from the certification; the due day itself is still in."""
        found = granted(TUBERCULOSIS)

        assert found.review_due_on == date(2026, 11, 3)
        assert found.periods.get().ends_on == date(2026, 11, 4)

    def test_several_diseases_may_be_granted_in_part(self, entered, confirmer, at):
        case = entered(HYPERTENSION, TUBERCULOSIS)
        refused = case.items.get(unit=TUBERCULOSIS)

        chronic.confirm(certification_id=case.pk, by=confirmer, at=at, refused={refused.pk: "痰检报告日期不符"})

        assert Entitlement.objects.get().unit == HYPERTENSION
        refused.refresh_from_db()
        assert (refused.state, refused.refusal_reason) == ("refused", "痰检报告日期不符")
        assert Notice.objects.get(case_no=case.case_no).body["diseases"][0]["reason"] == "痰检报告日期不符"

    def test_what_is_not_met_ends_at_the_hospital_with_its_reasons(self, entered):
        """BZ-CHR-11.1."""
        case = entered(failing(HYPERTENSION))

        assert case.status == "refused"
        item = only_item(case)
        assert item.state == "refused"
        assert item.refusal_reason.startswith("不符合：")
        assert "第四章" not in item.refusal_reason
        assert Notice.objects.get(case_no=case.case_no).kind == "certification_refused"
        assert not Entitlement.objects.exists()

    def test_each_step_is_the_next_ones_task(self, applied, clerk, at):
        case = applied()
        chronic.sign(certification_id=case.pk, doctors=doctors_of(case), by=clerk, at=at)

        assert Task.objects.get(case_no=case.case_no, closed_at=None).step == "seal"

    def test_a_change_is_told_once_for_each_version(self, entered):
        case = entered()

        told = OutboxMessage.objects.filter(topic="chronic.case_changed").count()
        assert told == 4 == case.version


class TestApplying:
    def refused(self, code, act):
        before = Certification.objects.count(), CertificationItem.objects.count()
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.code == code
        assert (Certification.objects.count(), CertificationItem.objects.count()) == before
        return refusal.value.message

    @pytest.fixture
    def apply(self, patient, hospital, clerk, at):
        def make(*asked, **more):
            terms = {"person_id": patient.pk, "institution_id": hospital.pk, "by": clerk, "at": at} | more
            return chronic.apply(claimed=asked, **terms)

        return make

    def test_an_unknown_disease(self, apply):
        self.refused("UNKNOWN_DISEASE", lambda: apply(Claimed(unit="M99999", diagnosed_on=date(2025, 1, 1))))

    def test_a_parent_disease_names_its_subtypes(self, apply):
        said = self.refused("UNKNOWN_DISEASE", lambda: apply(Claimed(unit="M01700", diagnosed_on=date(2025, 1, 1))))
        assert "M01701" in said

    def test_a_disease_whose_application_is_in_work(self, applied, apply):
        applied(HYPERTENSION)

        said = self.refused("APPLICATION_OPEN", lambda: apply(claimed(HYPERTENSION)))
        assert "请先办结或撤回" in said

    def test_nothing_when_the_earlier_application_was_withdrawn(self, applied, apply, clerk, at):
        chronic.withdraw(certification_id=applied(HYPERTENSION).pk, reason="患者要求", by=clerk, at=at)

        assert apply(claimed(HYPERTENSION)).status == "submitted"

    def test_the_same_disease_twice_even_under_its_alias(self, apply):
        self.refused("UNIT_TWICE", lambda: apply(claimed("M04500"), claimed("M03802")))

    def test_a_fact_the_disease_does_not_have(self, apply):
        self.refused("UNKNOWN_FIELD", lambda: apply(claimed(HYPERTENSION, {"M99999.1": True})))

    def test_a_diagnosis_of_tomorrow(self, apply):
        self.refused("DATE_FUTURE", lambda: apply(claimed(HYPERTENSION, diagnosed_on=date(2025, 11, 4))))

    def test_one_for_residents_alone_is_not_for_employees(self, apply, window_officer, at):
        """BZ-CHR-3.6."""
        employee = insured_person(window_officer, at, "511903198506150029", "职工甲", "employee")
        said = self.refused("SCHEME_EXCLUDED", lambda: apply(claimed("M02220"), person_id=employee.pk))
        assert "BZ-CHR-3.6" in said

    def test_someone_not_insured(self, apply, window_officer, at):
        from enrollment import services as enrollment

        stranger = enrollment.register_person(
            id_no="511921197503080035", name="未参保", region_code="511902", phone="", by=window_officer, at=at,
        )
        self.refused("NOT_INSURED", lambda: apply(claimed(HYPERTENSION), person_id=stranger.pk))

    def test_an_institution_without_published_qualification(self, apply, city_manager, at):
        """BZ-CHR-8.1."""
        other = house("H51190200002", "巴中市中医院", city_manager, at)
        somebody = make_officer("认定医院", "H009", "511900", other.code)
        self.refused("NOT_QUALIFIED", lambda: apply(claimed(HYPERTENSION), institution_id=other.pk, by=somebody))

    def test_another_institutions_staff(self, apply, hospital):
        somebody = make_officer("认定医院", "H008", "511900", "H51190200009")
        self.refused("not_found", lambda: apply(claimed(HYPERTENSION), by=somebody))

    def test_an_entitlement_that_is_there(self, apply, granted):
        granted(HYPERTENSION)
        self.refused("ENTITLED_ALREADY", lambda: apply(claimed(HYPERTENSION)))

    def test_a_proxy_without_name(self, apply):
        self.refused("AGENT_MISSING", lambda: apply(claimed(HYPERTENSION), applicant=Applicant(channel="proxy")))


class TestConcluding:
    def refused(self, case, code, act):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.code == code
        version = case.version
        case.refresh_from_db()
        assert case.version == version
        assert not Entitlement.objects.exists()
        return refusal.value.message

    def sign(self, case, clerk, at, code=DOCTOR):
        return lambda: chronic.sign(certification_id=case.pk, doctors=doctors_of(case, code), by=clerk, at=at)

    def test_open_facts_can_not_be_signed(self, applied, clerk, at):
        case = applied(claimed(HYPERTENSION, {}))
        assert "尚缺" in self.refused(case, "FACTS_OPEN", self.sign(case, clerk, at))

    def test_nor_without_the_units_papers(self, applied, clerk, at):
        case = applied(claimed(HYPERTENSION, materials=[]))
        self.refused(case, "MATERIALS_MISSING", self.sign(case, clerk, at))

    def test_nor_without_the_papers_of_every_application(self, patient, hospital, clerk, at):
        case = chronic.apply(
            person_id=patient.pk, institution_id=hospital.pk, claimed=[claimed(HYPERTENSION)],
            applicant=Applicant(documents=DOCUMENTS[:3]), by=clerk, at=at,
        )
        assert "病历" in self.refused(case, "MATERIALS_MISSING", self.sign(case, clerk, at))

        chronic.receive_documents(certification_id=case.pk, documents=DOCUMENTS[3:], by=clerk, at=at)
        assert self.sign(case, clerk, at)().status == "signed"

    def test_nor_by_a_resident_physician(self, applied, clerk, at):
        """BZ-CHR-10.1."""
        case = applied()
        self.refused(case, "DOCTOR_RANK", self.sign(case, clerk, at, JUNIOR))

    def test_nor_by_an_unregistered_doctor(self, applied, clerk, at):
        case = applied()
        self.refused(case, "DOCTOR_UNKNOWN", self.sign(case, clerk, at, "D000000000000"))

    def test_whoever_signed_does_not_seal(self, applied, clerk, at):
        """BZ-CHR-10.2."""
        case = self.sign(applied(), clerk, at)()
        self.refused(case, "same_officer", lambda: chronic.seal(certification_id=case.pk, by=clerk, at=at))

    def test_the_hospital_does_not_confirm(self, entered, clerk, at):
        case = entered()
        self.refused(case, "no_permission", lambda: chronic.confirm(certification_id=case.pk, by=clerk, at=at))

    def test_who_submitted_at_the_counter_does_not_confirm(self, patient, hospital, clerk, sealer, at):
        both = make_officer("窗口经办", "W009")
        both.groups.add(*make_officer("复核", "F009").groups.all())
        case = chronic.apply(
            person_id=patient.pk, institution_id=hospital.pk, claimed=[claimed(HYPERTENSION)],
            applicant=Applicant(channel="person", documents=DOCUMENTS), by=both, at=at,
        )
        self.sign(case, clerk, at)()
        chronic.seal(certification_id=case.pk, by=sealer, at=at)
        case = chronic.enter(certification_id=case.pk, by=clerk, at=at)
        self.refused(case, "same_officer", lambda: chronic.confirm(certification_id=case.pk, by=both, at=at))

    @pytest.mark.parametrize(("day", "late"), [(20, False), (21, True)])
    def test_an_entry_after_the_twentieth_is_late(self, applied, clerk, sealer, at, day, late):
        """BZ-CHR-10.3."""
        case = self.sign(applied(), clerk, at)()
        chronic.seal(certification_id=case.pk, by=sealer, at=at)

        found = chronic.enter(certification_id=case.pk, by=clerk, at=at + timedelta(days=day - 3))

        assert found.entered_late is late

    def test_sent_back_the_conclusion_is_made_again(self, entered, confirmer, clerk, sealer, at):
        case = entered()
        chronic.send_back(certification_id=case.pk, reason="病历不清", by=confirmer, at=at)
        assert only_item(case).state == "pending"

        self.sign(case, clerk, at)()
        chronic.seal(certification_id=case.pk, by=sealer, at=at)
        chronic.enter(certification_id=case.pk, by=clerk, at=at)
        chronic.confirm(certification_id=case.pk, by=confirmer, at=at)
        assert Entitlement.objects.count() == 1

    def test_sent_back_what_the_hospital_refused_stays_refused(self, entered, confirmer, clerk, sealer, at):
        case = entered(HYPERTENSION, failing(TUBERCULOSIS))
        chronic.send_back(certification_id=case.pk, reason="影像资料不清", by=confirmer, at=at)
        refused = case.items.get(unit=TUBERCULOSIS)

        with pytest.raises(Refused) as refusal:
            chronic.amend(item_id=refused.pk, facts={}, materials=[], by=clerk, at=at)
        chronic.sign(certification_id=case.pk, doctors=doctors_of(case), by=clerk, at=at)
        chronic.seal(certification_id=case.pk, by=sealer, at=at)
        chronic.enter(certification_id=case.pk, by=clerk, at=at)
        chronic.confirm(certification_id=case.pk, by=confirmer, at=at)

        assert refusal.value.code == "step_not_open"
        assert dict(case.items.values_list("unit", "state")) == {HYPERTENSION: "granted", TUBERCULOSIS: "refused"}
        assert [made.unit for made in Entitlement.objects.all()] == [HYPERTENSION]

    def test_withdrawn_it_grants_nothing(self, entered, clerk, at):
        case = entered()
        chronic.withdraw(certification_id=case.pk, reason="患者要求", by=clerk, at=at)
        assert only_item(case).state == "withdrawn"
        assert not Entitlement.objects.exists()


class TestWhatASystemFiles:
    def filed(self, patient, hospital, facts=None, no="S-0001", doctor=DOCTOR):
        return Filed(
            submission_no=no, person_id=patient.pk, institution_id=hospital.pk, claimed=[claimed(HYPERTENSION, facts)],
            doctors={HYPERTENSION: doctor}, applicant=Applicant(documents=DOCUMENTS),
        )

    def test_met_it_waits_for_the_bureau(self, patient, hospital, system, confirmer, at):
        case = chronic.file_diagnosis(self.filed(patient, hospital), by=system, at=at)
        assert case.status == "entered"

        chronic.confirm(certification_id=case.pk, by=confirmer, at=at)
        assert Entitlement.objects.count() == 1

    def test_not_met_it_is_refused_at_once(self, patient, hospital, system, at):
        facts = examples.failing(chronic.catalogue_of("511902").find(HYPERTENSION))
        case = chronic.file_diagnosis(self.filed(patient, hospital, facts), by=system, at=at)
        assert (case.status, only_item(case).state) == ("refused", "refused")

    def test_open_it_waits_for_the_facts(self, patient, hospital, system, at):
        case = chronic.file_diagnosis(self.filed(patient, hospital, {}), by=system, at=at)
        assert case.status == "submitted"

        unit = chronic.catalogue_of("511902").find(HYPERTENSION)
        case = chronic.complete(
            certification_id=case.pk, facts={HYPERTENSION: examples.meeting(unit)}, doctors={}, materials={},
            by=system, at=at,
        )
        assert (case.status, only_item(case).state) == ("entered", "met")

    def test_a_low_title_leaves_it_open_with_the_reason(self, patient, hospital, system, at):
        case = chronic.file_diagnosis(self.filed(patient, hospital, doctor=JUNIOR), by=system, at=at)
        assert case.status == "submitted"
        assert "认定医师职称未达到要求" in only_item(case).reasons

    def test_the_same_again_is_the_same_case(self, patient, hospital, system, at):
        first = chronic.file_diagnosis(self.filed(patient, hospital), by=system, at=at)
        again = chronic.file_diagnosis(self.filed(patient, hospital), by=system, at=at + timedelta(days=400))
        assert again == first
        assert Certification.objects.count() == 1

    def test_other_content_under_the_number_is_a_conflict(self, patient, hospital, system, at):
        chronic.file_diagnosis(self.filed(patient, hospital), by=system, at=at)
        with pytest.raises(Refused) as refusal:
            chronic.file_diagnosis(self.filed(patient, hospital, {}), by=system, at=at)
        assert refusal.value.code == "SUBMISSION_CONFLICT"
        assert Certification.objects.count() == 1


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_eight_equal_submissions_are_one_case(self, patient, hospital, system, at):
        filed = TestWhatASystemFiles().filed(patient, hospital)
        barrier, seen = threading.Barrier(8), []

        def run():
            try:
                barrier.wait(20)
                seen.append(chronic.file_diagnosis(filed, by=system, at=at).pk)
            except (Refused, OperationalError) as error:
                seen.append(type(error).__name__)
            finally:
                connection.close()

        racers = [threading.Thread(target=run) for _ in range(8)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join(60)

        case = Certification.objects.get()
        assert set(seen) <= {case.pk, "Refused", "OperationalError"}
        assert case.pk in seen


class TestTheDatabase:
    def test_holds_a_period_apart_from_another(self, granted):
        found = granted()
        with pytest.raises(IntegrityError, match="entitlement_one_period_at_a_time"), transaction.atomic():
            EntitlementPeriod.objects.create(
                entitlement=found, person=found.person, unit=found.unit, category="chronic", starts_on=date(2026, 1, 1)
            )

    def test_keeps_a_decided_item_as_it_is(self, granted):
        item = granted().item
        with pytest.raises(IntegrityError, match="stays as it is"), transaction.atomic():
            CertificationItem.objects.filter(pk=item.pk).update(reasons=["改"])

    def test_refuses_a_jump_of_the_status(self, applied):
        case = applied()
        with pytest.raises(IntegrityError), transaction.atomic():
            Certification.objects.filter(pk=case.pk).update(status="confirmed")


class TestCutting:
    def test_ends_the_benefit_from_a_day_and_tells(self, granted, supervisor, patient, at):
        found = granted()

        chronic.cut(entitlement_id=found.pk, from_day=date(2025, 12, 1), reason="抽查不符", by=supervisor, at=at)

        assert chronic.certificates(patient.pk, []) == [
            {"disease": HYPERTENSION, "from": "2025-11-03", "to": "2025-11-30"}
        ]
        told = OutboxMessage.objects.get(topic="chronic.entitlement_cut").payload
        assert (told["unit"], told["from"]) == (HYPERTENSION, "2025-12-01")

    def test_from_before_its_first_day_leaves_no_day(self, granted, supervisor, patient, at):
        found = granted()
        chronic.cut(entitlement_id=found.pk, from_day=date(2025, 1, 1), reason="虚假资料", by=supervisor, at=at)
        assert chronic.certificates(patient.pk, []) == []

    def test_twice_is_refused(self, granted, supervisor, at):
        found = granted()
        chronic.cut(entitlement_id=found.pk, from_day=date(2025, 12, 1), reason="抽查不符", by=supervisor, at=at)
        with pytest.raises(Refused) as refusal:
            chronic.cut(entitlement_id=found.pk, from_day=date(2025, 12, 1), reason="再次", by=supervisor, at=at)
        assert refusal.value.code == "ENDED_ALREADY"

    def test_by_the_window_is_refused(self, granted, window_officer, at):
        found = granted()
        with pytest.raises(Refused) as refusal:
            chronic.cut(entitlement_id=found.pk, from_day=date(2025, 12, 1), reason="抽查", by=window_officer, at=at)
        assert refusal.value.code == "no_permission"
        assert found.periods.get().ends_on is None

    def test_afterwards_it_may_be_certified_again(self, granted, supervisor, entered, confirmer, at):
        """CQ-11.3."""
        found = granted()
        chronic.cut(entitlement_id=found.pk, from_day=date(2025, 11, 3), reason="自愿", by=supervisor, at=at)

        case = entered(HYPERTENSION)
        chronic.confirm(certification_id=case.pk, by=confirmer, at=at)

        assert Entitlement.objects.filter(ended_on=None).count() == 1


class TestWhoSees:
    def test_another_hospital_sees_nothing(self, applied):
        applied()
        stranger = make_officer("认定医院", "H007", "511900", "H51190200002")
        assert not Certification.objects.visible_to(stranger).exists()
        assert not CertificationItem.objects.visible_to(stranger).exists()

    def test_hospital_staff_see_no_persons(self, patient, clerk):
        from enrollment.models import Person

        assert not Person.objects.visible_to(clerk).exists()
