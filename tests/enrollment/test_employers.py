"""Units, their rosters, schools: BZ-EMP-1.1, BZ-EMP-3.1, BZ-GEN-18."""
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from casework.errors import Refused
from enrollment import services as enrollment
from enrollment.models import Employer, Employment, EnrollmentCase, InsurancePeriod, Person, Schooling
from tests.enrollment.people import EMPLOYER_CODE, SCHOOL_CODE, number, somebody

pytestmark = pytest.mark.django_db

UNIT_PAPERS = ["credit_certificate", "unit_form", "legal_representative_id", "handler_id", "staff_roster"]
UNIT = {
    "credit_code": EMPLOYER_CODE, "region_code": "511902", "insured_from": "2025-01-01", "name": "巴州区样例局",
    "kind": "public_body", "treasury_paid": True,
}


def held(person, on=date(2025, 11, 1)):
    return sorted(person.tags.in_force(on).values_list("tag", flat=True))


class TestRegisteringAUnit:
    def test_is_done_at_once_with_the_five_papers(self, window_officer, at):
        """BZ-EMP-3.1: decided on the spot."""
        case = enrollment.handle_matter(
            kind="employer_new", facts=UNIT, materials=UNIT_PAPERS, by=window_officer, at=at,
        )

        employer = Employer.objects.get()
        assert (case.status, case.employer, case.case_no[:8]) == ("done", employer, "CB511902")
        assert (employer.credit_code, employer.treasury_paid, employer.state) == (EMPLOYER_CODE, True, "active")

    @pytest.mark.parametrize(("change", "code"), [
        ({"credit_code": "11511900MB00000241"}, "CREDIT_CODE_CHECKSUM"),
        ({"credit_code": "1"}, "CREDIT_CODE_FORMAT"),
        ({"kind": "guild"}, "CHOICE"),
        ({"insured_from": "2025-1-1"}, "DATE_FORMAT"),
        ({"treasury_paid": "yes"}, "BOOLEAN"),
        ({"region_code": "511903"}, "out_of_jurisdiction"),
        ({"adress": "某街1号"}, "FIELD_UNKNOWN"),
        ({"name": ""}, "FIELD_MISSING"),
    ])
    def test_refuses_what_is_wrong(self, change, code, window_officer, at):
        with pytest.raises(Refused) as refusal:
            enrollment.handle_matter(
                kind="employer_new", facts={**UNIT, **change}, materials=UNIT_PAPERS, by=window_officer, at=at,
            )

        assert refusal.value.code == code
        assert not Employer.objects.exists()
        assert not EnrollmentCase.objects.exists()

    def test_says_all_missing_papers_at_once(self, window_officer, at):
        with pytest.raises(Refused, match=r"单位参保信息登记表.*统一社会信用代码证书或批准成立文件") as refusal:
            enrollment.handle_matter(
                kind="employer_new", facts=UNIT, materials=UNIT_PAPERS[2:], by=window_officer, at=at,
            )

        assert refusal.value.code == "MATERIALS_MISSING"
        assert not Employer.objects.exists()

    def test_refuses_the_same_code_twice(self, employer, window_officer, at):
        with pytest.raises(Refused) as refusal:
            enrollment.handle_matter(
                kind="employer_new", facts=UNIT, materials=UNIT_PAPERS, by=window_officer, at=at,
            )

        assert refusal.value.code == "EMPLOYER_KNOWN"
        assert Employer.objects.count() == 1


class TestAUnit:
    def act(self, kind, facts, employer, by, at, materials=("application",)):
        return enrollment.handle_matter(
            kind=kind, facts=facts, employer_id=employer.pk, materials=materials, by=by, at=at,
        )

    def test_changes_what_is_given_and_nothing_else(self, employer, window_officer, at):
        self.act("employer_change", {"contact": "某经办"}, employer, window_officer, at, ["change_form"])

        employer.refresh_from_db()
        assert (employer.contact, employer.name, employer.treasury_paid) == ("某经办", "巴州区样例局", True)

    def test_refuses_a_change_that_changes_nothing(self, employer, window_officer, at):
        with pytest.raises(Refused) as refusal:
            self.act("employer_change", {"name": "巴州区样例局"}, employer, window_officer, at, ["change_form"])

        assert refusal.value.code == "NOTHING_CHANGED"
        assert not EnrollmentCase.objects.exists()

    def test_adds_nobody_while_suspended(self, employer, window_officer, at):
        self.act("employer_suspend", {"reason": "停业整顿"}, employer, window_officer, at)

        with pytest.raises(Refused) as refusal:
            hire(employer, window_officer, at)
        assert refusal.value.code == "EMPLOYER_STATE"
        assert not Person.objects.exists()

        self.act("employer_resume", {}, employer, window_officer, at)
        hire(employer, window_officer, at)
        assert Employment.objects.count() == 1

    def test_does_not_end_with_staff_on_the_roster(self, employer, window_officer, at):
        case = hire(employer, window_officer, at)
        end = {"ended_on": "2025-11-30", "reason": "撤销"}
        with pytest.raises(Refused) as refusal:
            self.act("employer_end", end, employer, window_officer, at, ["deregistration"])
        assert refusal.value.code == "EMPLOYER_HAS_STAFF"

        leave(case.person, "2025-11-30", window_officer, at)
        self.act("employer_end", end, employer, window_officer, at, ["deregistration"])

        employer.refresh_from_db()
        assert (employer.state, employer.ended_on) == ("ended", date(2025, 11, 30))

    def test_is_hidden_from_the_neighbour(self, employer, neighbour_officer, at):
        with pytest.raises(Refused) as refusal:
            self.act("employer_suspend", {"reason": "停业整顿"}, employer, neighbour_officer, at)

        assert refusal.value.code == "not_found"


def hire(employer, by, at, facts=None):
    return enrollment.handle_matter(
        kind="employee_new", employer_id=employer.pk, materials=["staff_form"], by=by, at=at,
        facts={**somebody(), "person_type": "1101", "starts_on": "2025-11-01", **(facts or {})},
    )


def leave(person, last_day, by, at):
    return enrollment.handle_matter(
        kind="employee_leave", person_id=person.pk, materials=["leave_form"], by=by, at=at,
        facts={"last_day": last_day, "reason": "resigned"},
    )


class TestAnEmployee:
    def test_is_insured_on_the_roster_with_both_supplements(self, employer, window_officer, at):
        """BZ-EMP-1.1, BZ-GEN-3.1, BZ-EMP-35.1; BZ-GEN-9.2: the treasury budgets this unit's supplement."""
        case = hire(employer, window_officer, at)

        period = case.person.insurance_periods.get()
        assert (period.scheme, period.person_type_id, period.starts_on) == ("employee", "1101", date(2025, 11, 1))
        assert case.person.employments.get().employer == employer
        assert held(case.person) == ["civil_servant", "large_amount"]

    def test_keeps_no_plain_number_in_the_case(self, employer, window_officer, at):
        case = hire(employer, window_officer, at, {"phone": "13800001234"})

        assert case.person.id_no not in str(case.facts)
        assert case.facts["phone"] == "138****1234"

    def test_leaves_resident_insurance_for_it(self, employer, resident, window_officer, at):
        """BZ-GEN-18.5, BZ-GEN-24.1: never both on a day."""
        hire(employer, window_officer, at, {"id_no": resident.id_no, "name": resident.name})

        periods = [(row.scheme, row.starts_on, row.ends_on) for row in resident.insurance_periods.order_by("pk")]
        assert periods == [
            ("resident", date(2025, 1, 1), date(2025, 11, 1)), ("employee", date(2025, 11, 1), None),
        ]

    @pytest.mark.parametrize(("facts", "code"), [
        ({"person_type": "1501"}, "PERSON_TYPE"),
        ({"person_type": "1103"}, "PERSON_TYPE"),
        ({"starts_on": "2024-12-31"}, "DATE_ORDER"),
        ({"id_no": "511902199001010011"}, "ID_CHECKSUM"),
        ({"name": "李​四"}, "TEXT_INVISIBLE"),
    ])
    def test_is_refused_when_something_is_wrong(self, facts, code, employer, window_officer, at):
        with pytest.raises(Refused) as refusal:
            hire(employer, window_officer, at, facts)

        assert refusal.value.code == code
        assert not any(model.objects.exists() for model in (Person, InsurancePeriod, EnrollmentCase))

    def test_has_one_unit_a_day(self, employer, school, window_officer, at):
        case = hire(employer, window_officer, at)

        with pytest.raises(Refused) as refusal:
            hire(school, window_officer, at, {"starts_on": "2025-12-01"})
        with pytest.raises(IntegrityError, match="employment_one_at_a_time"), transaction.atomic():
            Employment.objects.create(person=case.person, employer=school, starts_on=date(2025, 12, 1))

        assert refusal.value.code == "PERIOD_OVERLAP"
        assert Employment.objects.count() == 1

    def test_leaves_roster_insurance_and_supplements_together(self, employer, window_officer, at):
        case = hire(employer, window_officer, at)

        leave(case.person, "2025-11-30", window_officer, at)

        assert case.person.insurance_periods.get().last_day == date(2025, 11, 30)
        assert case.person.employments.get().last_day == date(2025, 11, 30)
        assert held(case.person, date(2025, 11, 30)) == ["civil_servant", "large_amount"]
        assert held(case.person, date(2025, 12, 1)) == []

    def test_who_is_on_no_roster_does_not_leave_one(self, resident, window_officer, at):
        with pytest.raises(Refused) as refusal:
            leave(resident, "2025-11-30", window_officer, at)

        assert refusal.value.code == "NOT_EMPLOYED"
        assert resident.insurance_periods.get().ends_on == date(2026, 1, 1)

    def test_must_lie_in_the_officers_territory(self, employer, neighbour_officer, at):
        with pytest.raises(Refused) as refusal:
            hire(employer, neighbour_officer, at)

        assert refusal.value.code == "not_found"
        assert not Person.objects.exists()


def enrol(school, students, by, at):
    return enrollment.handle_matter(
        kind="students", employer_id=school.pk, materials=["student_roster"], by=by, at=at,
        facts={"starts_on": "2025-09-01", "students": students},
    )


def student(serial=21, **more):
    return {**somebody(date(2006, 3, 4), serial, "路学文"), "person_type": "1404", **more}


class TestStudents:
    def test_are_insured_as_residents_at_the_school(self, school, window_officer, at):
        """BZ-GEN-18.1, BZ-GEN-18.2, BZ-RES-1.3."""
        case = enrol(school, [student(), student(23, programme_years=4, prepaid=True)], window_officer, at)

        assert case.employer == school
        assert Schooling.objects.filter(prepaid=True, programme_years=4).count() == 1
        assert set(InsurancePeriod.objects.values_list("scheme", "person_type_id", "region_code")) == {
            ("resident", "1404", "511902"),
        }

    def test_are_registered_all_or_none(self, school, window_officer, at):
        wrong = number(date(2006, 3, 4), 25)[:-1] + number(date(2006, 3, 4), 23)[-1]
        with pytest.raises(Refused, match="第2人：身份证号校验码不符") as refusal:
            enrol(school, [student(), student(23, id_no=wrong)], window_officer, at)

        assert refusal.value.code == "ID_CHECKSUM"
        assert not Person.objects.exists()

    @pytest.mark.parametrize(("second", "code"), [
        (student(), "DUP_CONFLICT"),
        (student(23, prepaid=True), "FIELD_MISSING"),
        (student(23, name=""), "FIELD_MISSING"),
    ])
    def test_are_refused_with_the_place_of_the_fault(self, second, code, school, window_officer, at):
        with pytest.raises(Refused, match="第2人") as refusal:
            enrol(school, [student(), second], window_officer, at)

        assert refusal.value.code == code
        assert not Person.objects.exists()

    def test_leave_an_older_resident_relation(self, school, resident, window_officer, at):
        """BZ-GEN-18.4: the former relation is terminated and its place told."""
        enrol(school, [student(id_no=resident.id_no, name=resident.name)], window_officer, at)

        before, after = resident.insurance_periods.order_by("starts_on")
        assert (before.ends_on, before.end_reason) == (date(2025, 9, 1), "入学，在学籍地参保")
        assert after.person_type_id == "1404"

    def test_with_a_hardship_identity_may_stay_insured_at_its_place(self, school, resident, window_officer, at):
        """BZ-GEN-18.3."""
        staying = student(id_no=resident.id_no, name=resident.name, at_identity_place=True)
        with pytest.raises(Refused) as refusal:
            enrol(school, [staying], window_officer, at)
        assert refusal.value.code == "IDENTITY_MISSING"

        enrollment.grant_identity(
            person_id=resident.pk, category="orphan", starts_on=date(2025, 1, 1), by=window_officer, at=at,
        )
        enrol(school, [staying], window_officer, at)

        assert resident.insurance_periods.get().person_type_id == "1501"
        assert resident.schoolings.get().school == school

    def test_are_enrolled_by_schools_only(self, employer, window_officer, at):
        with pytest.raises(Refused) as refusal:
            enrol(employer, [student()], window_officer, at)

        assert refusal.value.code == "NOT_A_SCHOOL"
        assert not Person.objects.exists()

    def test_who_take_a_job_leave_the_schools_roll(self, school, employer, window_officer, at):
        """BZ-GEN-18.5."""
        enrol(school, [student()], window_officer, at)
        person = Person.objects.get()

        hire(employer, window_officer, at, {"id_no": person.id_no, "name": person.name})

        assert person.schoolings.get().ends_on == date(2025, 11, 1)
        assert person.insurance_periods.get(scheme="resident").ends_on == date(2025, 11, 1)


@pytest.fixture
def employer(window_officer, at):
    return enrollment.register_employer(
        credit_code=EMPLOYER_CODE, region_code="511902", insured_from=date(2025, 1, 1), name="巴州区样例局",
        kind="public_body", treasury_paid=True, by=window_officer, at=at,
    )


@pytest.fixture
def school(window_officer, at):
    return enrollment.register_employer(
        credit_code=SCHOOL_CODE, region_code="511902", insured_from=date(2025, 1, 1), name="样例职业学院",
        kind="institution", school=True, by=window_officer, at=at,
    )
