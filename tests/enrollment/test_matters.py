"""Handling matters: kinds, steps, four eyes; the groups with rules of their own; suspension, termination, changes."""
from datetime import date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from casework.errors import Refused
from casework.models import AuditEntry, Notice, OutboxMessage, Task, TimeLimit
from enrollment import services as enrollment
from enrollment.models import Contribution, EnrollmentCase, Person, ServiceItem, WaitingExemption
from enrollment.workflow import MATTER
from tests.conftest import BUREAU
from tests.enrollment.conftest import make_officer
from tests.enrollment.people import EMPLOYER_CODE, SCHOOL_CODE, number, somebody

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(db):
    return make_officer("复核", "511902", "R001")


@pytest.fixture
def employer(window_officer, at):
    return enrollment.register_employer(
        credit_code=EMPLOYER_CODE, region_code="511902", insured_from=date(2020, 1, 1), name="样例公司",
        kind="enterprise", by=window_officer, at=at,
    )


@pytest.fixture
def school(window_officer, at):
    return enrollment.register_employer(
        credit_code=SCHOOL_CODE, region_code="511902", insured_from=date(2020, 1, 1), name="样例学院",
        kind="institution", school=True, by=window_officer, at=at,
    )


@pytest.fixture
def flexible(window_officer, at):
    return handle(
        "flexible_new", {
            **somebody(), "region_code": "511902", "category": "other_flexible", "starts_on": "2025-03-01",
            "large_amount": True,
        }, ["id", "employee_form"], window_officer, at,
    ).person


def handle(kind, facts, materials, by, at, **about):
    return enrollment.handle_matter(kind=kind, facts=facts, materials=materials, by=by, at=at, **about)


def periods(person):
    return [
        (row.scheme, row.starts_on, row.ends_on)
        for row in person.insurance_periods.filter(voided=False).order_by("starts_on")
    ]


class TestTheListOfItems:
    def test_has_every_kind_and_no_other(self):
        assert set(ServiceItem.objects.values_list("kind", flat=True)) == set(enrollment.KINDS)

    def test_has_the_reviewed_kinds_with_their_working_days(self):
        reviewed = set(ServiceItem.objects.filter(reviewed=True).values_list("kind", flat=True))
        limits = dict(TimeLimit.objects.filter(matter__startswith="CB:").values_list("matter", "working_days"))

        assert reviewed == {
            "transfer_out", "transfer_in", "premium_refund", "account_payout", "retirement", "merge", "merge_undo",
        }
        assert limits == {**{f"CB:{kind}": 10 for kind in reviewed}, "CB:transfer_in": 5, "CB:care_filing": 2}

    def test_is_loaded_once(self):
        assert enrollment.load_service_items() == 0

    def test_takes_the_row_in_force_on_the_day(self):
        ServiceItem.objects.create(
            kind="suspend", valid_from=date(2026, 1, 1), name="暂停参保（新）", channels=["counter"], article="样例",
        )

        assert enrollment.item_on("suspend", date(2025, 12, 31)).name == "暂停参保"
        assert enrollment.item_on("suspend", date(2026, 1, 1)).name == "暂停参保（新）"

    def test_refuses_an_unknown_kind(self, window_officer, at):
        with pytest.raises(Refused) as refusal:
            handle("parking", {}, [], window_officer, at)

        assert refusal.value.code == "MATTER_UNKNOWN"

    def test_opens_no_channel_that_the_township_or_village_does_not_have(self, resident, window_officer, at):
        """BZ-GEN-42.2, BZ-GEN-42.3."""
        with pytest.raises(Refused) as refusal:
            handle("foreigner", {}, [], window_officer, at, channel="village")

        assert refusal.value.code == "CHANNEL"


class TestTheSteps:
    OPEN = {
        "finish_at_once": {""}, "register": {""}, "ask_supplement": {"registered"},
        "receive_supplement": {"supplement"}, "approve": {"registered"}, "refuse": {"registered", "supplement"},
        "withdraw": {"registered", "supplement"},
    }

    def test_are_open_exactly_from_these_statuses(self):
        assert {name: set(step.sources) for name, step in MATTER.steps.items()} == self.OPEN

    def test_may_not_be_jumped_in_the_database(self, resident, window_officer, at):
        case = apply(resident, window_officer, at)

        with pytest.raises(IntegrityError, match="no step of CB"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE enrollment_enrollmentcase SET status = '' WHERE id = %s", [case.pk])
        with pytest.raises(IntegrityError), transaction.atomic():
            EnrollmentCase.objects.filter(pk=case.pk).delete()


def apply(person, by, at, **more):
    terms = {"materials": ["id", "contact_letter"], **more}
    return enrollment.handle_matter(
        kind="transfer_out", person_id=person.pk, by=by, at=at,
        facts={"to_region": "510100", "scheme": "resident", "last_day": "2025-11-30", "contact_no": "LX1"}, **terms,
    )


class TestAReviewedMatter:
    def test_waits_for_a_second_officer_within_its_working_days(self, resident, window_officer, at):
        case = apply(resident, window_officer, at)

        assert (case.status, case.due_on) == ("registered", date(2025, 11, 17))
        assert Task.objects.get().title == "待审核通过"
        assert resident.insurance_periods.get().ends_on == date(2026, 1, 1)

    def test_is_not_approved_by_who_registered_it(self, resident, city_manager, at):
        case = apply(resident, city_manager, at)

        with pytest.raises(Refused, match="不得为同一人"):
            enrollment.approve_matter(case_id=case.pk, by=city_manager, at=at)
        with pytest.raises(IntegrityError, match="not_decided_by"), transaction.atomic():
            EnrollmentCase.objects.filter(pk=case.pk).update(decided_by=city_manager)

        assert EnrollmentCase.objects.get().status == "registered"
        assert resident.insurance_periods.get().ends_on == date(2026, 1, 1)

    def test_is_not_approved_from_elsewhere_or_without_the_right(self, resident, window_officer, at):
        case = apply(resident, window_officer, at)

        for officer, code in (
            (make_officer("复核", "511903", "R002"), "not_found"),
            (make_officer("窗口经办", "511902", "W009"), "no_permission"),
        ):
            with pytest.raises(Refused) as refusal:
                enrollment.approve_matter(case_id=case.pk, by=officer, at=at)
            assert refusal.value.code == code
        assert EnrollmentCase.objects.get().status == "registered"

    def test_with_missing_papers_asks_once_and_its_clock_stands(self, resident, window_officer, reviewer, at):
        case = apply(resident, window_officer, at, materials=["id"])
        case.refresh_from_db()
        assert (case.status, case.stopped_on) == ("supplement", date(2025, 11, 3))
        assert Notice.objects.get().body["missing"] == ["转移接续联系函"]

        with pytest.raises(Refused) as refusal:
            enrollment.receive_supplement(case_id=case.pk, materials=["id"], by=window_officer, at=at)
        assert refusal.value.code == "MATERIALS_MISSING"

        later = datetime(2025, 11, 6, 9, 0, tzinfo=BUREAU)
        enrollment.receive_supplement(case_id=case.pk, materials=["contact_letter"], by=window_officer, at=later)
        case.refresh_from_db()
        assert (case.status, case.stopped_on, case.due_on) == ("registered", None, date(2025, 11, 20))

    def test_is_refused_with_a_reason_and_a_notice(self, resident, window_officer, reviewer, at):
        case = apply(resident, window_officer, at)
        with pytest.raises(Refused) as refusal:
            enrollment.refuse_matter(case_id=case.pk, note=" ", by=reviewer, at=at)
        assert refusal.value.code == "note_required"

        enrollment.refuse_matter(case_id=case.pk, note="联系函有误", by=reviewer, at=at)

        case.refresh_from_db()
        assert (case.status, case.decided_by) == ("refused", reviewer)
        assert Notice.objects.get().body["reason"] == "联系函有误"
        assert resident.insurance_periods.get().ends_on == date(2026, 1, 1)

    def test_is_withdrawn_without_a_trace_in_the_register(self, resident, window_officer, at):
        case = apply(resident, window_officer, at)

        enrollment.withdraw_matter(case_id=case.pk, note="本人不再办理", by=window_officer, at=at)

        case.refresh_from_db()
        assert case.status == "withdrawn"
        assert not Task.objects.filter(closed_at=None).exists()
        assert resident.insurance_periods.get().ends_on == date(2026, 1, 1)

    def test_that_can_no_longer_take_effect_stays_as_it_was(self, resident, window_officer, reviewer, at):
        case = apply(resident, window_officer, at)
        enrollment.close_insurance(
            period_id=resident.insurance_periods.get().pk, ends_on=date(2025, 11, 1), reason="停保", by=window_officer,
            at=at,
        )

        with pytest.raises(Refused):
            enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)

        assert EnrollmentCase.objects.get().status == "registered"
        assert not AuditEntry.objects.filter(action="approve").exists()


class TestFlexibleWorkers:
    FACTS = {**somebody(), "region_code": "511902", "category": "part_time", "starts_on": "2025-01-01"}

    def register(self, by, at, **more):
        return handle("flexible_new", {**self.FACTS, **more}, ["id", "employee_form"], by, at)

    def test_pay_for_themselves_as_employees(self, window_officer, at):
        """BZ-EMP-2.1, BZ-EMP-3.2."""
        person = self.register(window_officer, at).person

        assert person.insurance_periods.get().person_type_id == "1103"
        assert not person.tags.exists()

    @pytest.mark.parametrize(("day", "fine"), [("2025-01-01", True), ("2024-12-31", False)])
    def test_may_join_maternity_insurance_from_2025(self, day, fine, window_officer, at):
        """BZ-EMP-13.1."""
        if fine:
            assert self.register(window_officer, at, starts_on=day, maternity=True).outcome["maternity"]
            return
        with pytest.raises(Refused) as refusal:
            self.register(window_officer, at, starts_on=day, maternity=True)
        assert refusal.value.code == "MATERNITY_EARLY"
        assert not Person.objects.exists()

    def test_on_unemployment_benefit_have_it_without_asking(self, window_officer, at):
        """BZ-EMP-4.3, BZ-EMP-13.3."""
        case = self.register(window_officer, at, category="unemployed")

        assert case.outcome["maternity"]
        assert case.person.tags.get().tag == "unemployed"

    def test_belong_to_the_closed_list(self, window_officer, at):
        with pytest.raises(Refused) as refusal:
            self.register(window_officer, at, category="artist")

        assert refusal.value.code == "CHOICE"
        assert not Person.objects.exists()


class TestSoldiersAndReleasedPrisoners:
    FACTS = {
        **somebody(), "region_code": "511902", "left_on": "2025-09-01", "starts_on": "2025-11-03",
        "person_type": "1501",
    }

    @pytest.mark.parametrize(("kind", "papers", "status"), [
        ("ex_soldier", "discharge_papers", "ex_soldier"), ("released", "release_papers", "released"),
    ])
    def test_out_of_work_are_residents_without_a_wait(self, kind, papers, status, window_officer, at):
        """BZ-GEN-19.2: benefits from the payment."""
        person = handle(kind, self.FACTS, ["id", papers], window_officer, at).person

        assert periods(person) == [("resident", date(2025, 11, 3), None)]
        exempt = WaitingExemption.objects.get()
        assert (exempt.kind, exempt.starts_on) == (status, date(2025, 9, 1))

    def test_in_work_are_employees_from_their_first_day(self, employer, window_officer, at):
        """BZ-GEN-19.1, BZ-EMP-22.1: months of service count."""
        facts = {**self.FACTS, "employer_code": EMPLOYER_CODE, "person_type": "1101", "service_months": 24}

        person = handle("ex_soldier", facts, ["id", "discharge_papers"], window_officer, at).person

        assert person.employments.get().employer == employer
        service = Contribution.objects.get()
        assert (service.kind, service.for_year, service.for_month, service.months) == ("military", 2023, 9, 24)
        assert enrollment.contribution_years(person).local == 2

    @pytest.mark.parametrize(("change", "code"), [
        ({"starts_on": "2025-08-31"}, "DATE_ORDER"), ({"service_months": 24}, "SERVICE_MONTHS"),
        ({"person_type": "1101"}, "PERSON_TYPE"), ({"employer_code": EMPLOYER_CODE}, "not_found"),
    ])
    def test_are_refused_when_it_does_not_fit(self, change, code, window_officer, at):
        with pytest.raises(Refused) as refusal:
            handle("ex_soldier", {**self.FACTS, **change}, ["id", "discharge_papers"], window_officer, at)

        assert refusal.value.code == code
        assert not any(model.objects.exists() for model in (Person, EnrollmentCase))


class TestPersonsFromOutside:
    HMT = {
        "id_type": "04", "id_no": "H12345678", "name": "陈大文", "birth_date": "1990-01-01", "sex": "male",
        "region_code": "511902", "starts_on": "2025-11-03",
    }
    PERMIT = {**HMT, "id_type": "17", "id_no": number(date(1990, 1, 1), 11, "810000")}
    CARD = {**HMT, "id_type": "07", "id_no": "USA511990010112"}

    def register(self, facts, by, at, kind="hmt_resident", papers="travel_permit"):
        return handle(kind, facts, [papers], by, at)

    @pytest.mark.parametrize(("facts", "expected"), [
        ({**HMT, "standing": "trader"}, ("employee", "1103")),
        ({**PERMIT, "standing": "employed", "unit_code": EMPLOYER_CODE}, ("employee", "1101")),
        ({**PERMIT, "standing": "not_employed", "person_type": "1501"}, ("resident", "1501")),
        ({**HMT, "standing": "student", "unit_code": SCHOOL_CODE}, ("resident", "1404")),
    ])
    def test_from_hong_kong_macao_and_taiwan_join_by_their_standing(
        self, facts, expected, employer, school, window_officer, at,
    ):
        """BZ-GEN-20.1, BZ-GEN-20.2, BZ-GEN-20.3."""
        person = self.register(facts, window_officer, at).person

        period = person.insurance_periods.get()
        assert (period.scheme, period.person_type_id) == expected

    @pytest.mark.parametrize(("facts", "code"), [
        ({**HMT, "standing": "employed", "unit_code": EMPLOYER_CODE}, "RESIDENCE_PERMIT"),
        ({**HMT, "standing": "not_employed", "person_type": "1501"}, "RESIDENCE_PERMIT"),
        ({**HMT, "id_type": "08", "standing": "trader"}, "ID_TYPE"),
        ({**PERMIT, "standing": "employed"}, "FIELD_MISSING"),
    ])
    def test_are_refused_without_the_paper_it_takes(self, facts, code, employer, window_officer, at):
        with pytest.raises(Refused) as refusal:
            self.register(facts, window_officer, at)

        assert refusal.value.code == code
        assert not Person.objects.exists()

    @pytest.mark.parametrize("kind", ["07", "08"])
    def test_foreign_students_are_refused_whatever_their_paper(self, kind, school, window_officer, at):
        """BZ-GEN-21.1: they buy commercial insurance."""
        facts = {**self.CARD, "id_type": kind, "standing": "student", "unit_code": SCHOOL_CODE}

        with pytest.raises(Refused, match="商业医疗保险") as refusal:
            self.register(facts, window_officer, at, "foreigner", "permanent_residence")

        assert refusal.value.code == "FOREIGN_STUDENT"
        assert not any(model.objects.exists() for model in (Person, EnrollmentCase))

    def test_foreigners_join_with_the_permanent_residence_card_only(self, employer, window_officer, at):
        """BZ-GEN-22.1."""
        resident = {**self.CARD, "standing": "not_employed", "person_type": "1501"}
        with pytest.raises(Refused) as refusal:
            self.register({**resident, "id_type": "08"}, window_officer, at, "foreigner", "permanent_residence")
        assert refusal.value.code == "PERMANENT_RESIDENCE"

        person = self.register(resident, window_officer, at, "foreigner", "permanent_residence").person

        assert periods(person) == [("resident", date(2025, 11, 3), None)]


class TestEndings:
    def test_suspension_ends_the_period_and_what_hangs_on_it(self, flexible, window_officer, at):
        handle("suspend", {"last_day": "2025-11-30", "reason": "unpaid"}, ["id"], window_officer, at,
               person_id=flexible.pk)

        assert periods(flexible) == [("employee", date(2025, 3, 1), date(2025, 12, 1))]
        assert flexible.tags.get().ends_on == date(2025, 12, 1)

    @pytest.mark.parametrize(("last_day", "fine"), [("2025-12-31", True), ("2026-01-01", False)])
    def test_are_taken_up_to_the_end_of_next_month(self, last_day, fine, flexible, window_officer, at):
        act = {"last_day": last_day, "reason": "unpaid"}
        if fine:
            assert handle("suspend", act, ["id"], window_officer, at, person_id=flexible.pk).status == "done"
            return
        with pytest.raises(Refused) as refusal:
            handle("suspend", act, ["id"], window_officer, at, person_id=flexible.pk)
        assert refusal.value.code == "DATE_FUTURE"
        assert periods(flexible) == [("employee", date(2025, 3, 1), None)]

    def test_of_ones_own_will_make_the_account_payable(self, flexible, window_officer, at):
        """BZ-EMP-26.1."""
        act = {"last_day": "2025-11-30", "reason": "voluntary"}

        case = handle("terminate", act, ["id"], window_officer, at, person_id=flexible.pk)

        assert case.outcome["account_payable"] is True

    def test_of_ones_own_will_are_for_employees(self, resident, window_officer, at):
        with pytest.raises(Refused) as refusal:
            handle("terminate", {"last_day": "2025-11-30", "reason": "voluntary"}, ["id"], window_officer, at,
                   person_id=resident.pk)

        assert refusal.value.code == "SCHEME"
        assert resident.insurance_periods.get().ends_on == date(2026, 1, 1)

    def test_by_death_end_everything_the_day_after(self, employer, window_officer, at):
        case = handle("employee_new", {**somebody(), "person_type": "1101", "starts_on": "2025-03-01"}, ["staff_form"],
                      window_officer, at, employer_id=employer.pk)

        handle("death", {"died_on": "2025-10-31"}, ["death_certificate"], window_officer, at,
               person_id=case.person.pk)

        assert periods(case.person) == [("employee", date(2025, 3, 1), date(2025, 11, 1))]
        assert case.person.employments.get().ends_on == date(2025, 11, 1)

    def test_by_a_death_to_come_are_refused(self, flexible, window_officer, at):
        with pytest.raises(Refused) as refusal:
            handle("death", {"died_on": "2025-11-04"}, ["death_certificate"], window_officer, at,
                   person_id=flexible.pk)

        assert refusal.value.code == "DATE_FUTURE"
        assert not EnrollmentCase.objects.filter(kind="death").exists()


class TestChanges:
    def test_of_scheme_leave_no_day_in_both(self, flexible, window_officer, at):
        """BZ-GEN-24.1, BZ-GEN-26.1."""
        handle("scheme_change", {"person_type": "1501", "starts_on": "2025-11-03"}, ["id"], window_officer, at,
               person_id=flexible.pk)

        assert periods(flexible) == [
            ("employee", date(2025, 3, 1), date(2025, 11, 3)), ("resident", date(2025, 11, 3), None),
        ]
        assert OutboxMessage.objects.filter(topic="enrollment.relation_suspended").count() == 1

    @pytest.mark.parametrize("person_type", ["1103", "1101", "9999"])
    def test_of_scheme_need_a_type_of_the_other(self, person_type, flexible, window_officer, at):
        with pytest.raises(Refused) as refusal:
            handle("scheme_change", {"person_type": person_type, "starts_on": "2025-11-03"}, ["id"], window_officer, at,
                   person_id=flexible.pk)

        assert refusal.value.code == "PERSON_TYPE"
        assert periods(flexible) == [("employee", date(2025, 3, 1), None)]

    def test_of_place_within_the_city_leave_no_gap(self, flexible, city_manager, neighbour_officer, at):
        handle("area_change", {"region_code": "511903", "starts_on": "2025-11-03"}, ["household_book"], city_manager,
               at, person_id=flexible.pk)

        flexible.refresh_from_db()
        assert flexible.region_code == "511903"
        assert [row.region_code for row in flexible.insurance_periods.order_by("starts_on")] == ["511902", "511903"]
        assert Person.objects.visible_to(neighbour_officer).get() == flexible

    def test_of_place_are_for_who_sees_both(self, flexible, window_officer, at):
        with pytest.raises(Refused) as refusal:
            handle("area_change", {"region_code": "511903", "starts_on": "2025-11-03"}, ["household_book"],
                   window_officer, at, person_id=flexible.pk)

        assert refusal.value.code == "jurisdiction"
        assert periods(flexible) == [("employee", date(2025, 3, 1), None)]

    def test_of_name_telephone_and_type_are_one_matter(self, resident, window_officer, at):
        handle("resident_change", {"name": "单大明", "person_type": "1404", "starts_on": "2025-09-01"}, ["id"],
               window_officer, at, person_id=resident.pk)

        resident.refresh_from_db()
        assert resident.name == "单大明"
        assert [row.person_type_id for row in resident.insurance_periods.order_by("starts_on")] == ["1501", "1404"]

    @pytest.mark.parametrize("facts", [{}, {"name": "单小明"}])
    def test_of_nothing_are_refused(self, facts, resident, window_officer, at):
        with pytest.raises(Refused) as refusal:
            handle("resident_change", facts, ["id"], window_officer, at, person_id=resident.pk)

        assert refusal.value.code == "NOTHING_CHANGED"
        assert not EnrollmentCase.objects.exists()


def test_every_item_names_its_rules_and_its_article():
    assert all(item.rules and item.article for item in ServiceItem.objects.all())
