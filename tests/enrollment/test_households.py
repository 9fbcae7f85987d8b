"""Residents by household, alone, newborns; the window's check of a form: BZ-RES-1, BZ-RES-2.1, BZ-RES-7."""
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from casework.errors import Refused
from casework.models import AuditEntry
from enrollment import services as enrollment
from enrollment.models import EnrollmentCase, Household, HouseholdMember, InsurancePeriod, Person
from tests.enrollment.people import number, somebody

pytestmark = pytest.mark.django_db

HEAD = somebody(date(1985, 5, 1), 11, "白安宁", relation="head", person_type="1501")
SPOUSE = somebody(date(1987, 6, 2), 12, "曾小红", relation="spouse", person_type="1501")
CHILD = somebody(date(2015, 7, 3), 13, "白小乐", relation="child", person_type="1403")


def form(*members, **more):
    return {
        "region_code": "511902", "address": "某街1号", "starts_on": "2025-11-03",
        "members": list(members) or [HEAD, SPOUSE, CHILD], **more,
    }


def register(facts, by, at, **more):
    return enrollment.register_resident_household(
        facts=facts, by=by, at=at, **{"materials": ["household_book"], **more},
    )


class TestAHousehold:
    def test_is_registered_with_its_members_at_once(self, window_officer, at):
        """BZ-RES-2.1."""
        case = register(form(), window_officer, at)

        household = Household.objects.get()
        assert (case.status, case.household, case.person.name) == ("done", household, "白安宁")
        assert household.number == "H5119022025000001"
        assert [row.relation for row in household.members.order_by("pk")] == ["head", "spouse", "child"]
        assert set(InsurancePeriod.objects.values_list("scheme", "starts_on")) == {("resident", date(2025, 11, 3))}

    def test_takes_a_member_who_is_insured_as_an_employee_without_insuring_him(self, window_officer, at):
        head = {name: value for name, value in HEAD.items() if name != "person_type"}

        case = register(form(head, CHILD), window_officer, at)

        assert case.outcome["insured"] == 1
        assert not case.person.insurance_periods.exists()

    @pytest.mark.parametrize(("facts", "code"), [
        (form(SPOUSE), "HOUSEHOLD_HEAD"),
        (form(HEAD, {**SPOUSE, "relation": "head"}), "HOUSEHOLD_HEAD"),
        (form(HEAD, {**HEAD, "relation": "spouse"}), "DUP_CONFLICT"),
        (form(HEAD, {**CHILD, "person_type": "1101"}), "PERSON_TYPE"),
        (form(HEAD, {**CHILD, "id_no": number(date(2015, 7, 3), 13)[:-1] + "A"}), "ID_FORMAT"),
        (form({**HEAD, "name": ""}), "FIELD_MISSING"),
        (form(HEAD, region_code="511903"), "jurisdiction"),
        ({**form(), "members": []}, "LINES_EMPTY"),
        ({**form(), "members": "全家"}, "LINES_EMPTY"),
        ({**form(), "starts_on": "20251103"}, "DATE_FORMAT"),
    ])
    def test_is_refused_whole(self, facts, code, window_officer, at):
        with pytest.raises(Refused) as refusal:
            register(facts, window_officer, at)

        assert refusal.value.code == code
        written = (Household, HouseholdMember, Person, InsurancePeriod, EnrollmentCase)
        assert not any(model.objects.exists() for model in written)

    def test_is_refused_with_a_member_who_is_insured_already(self, resident, window_officer, at):
        member = {"id_no": resident.id_no, "name": resident.name, "relation": "child", "person_type": "1501"}

        with pytest.raises(Refused, match="第2人：该人员现为城乡居民医保参保"):
            register(form(HEAD, member), window_officer, at)

        assert not Household.objects.exists()

    def test_has_one_head_a_day_and_a_person_one_household(self, window_officer, at):
        household = register(form(), window_officer, at).household
        head, spouse, _ = household.members.order_by("pk")

        for broken in ({"household": household, "person": spouse.person}, {"household": household, "person": None}):
            person = broken["person"] or enrollment.register_person(
                id_no=number(date(1990, 2, 2), 31), name="某人", region_code="511902", by=window_officer, at=at,
            )
            with pytest.raises(IntegrityError, match="member_one"), transaction.atomic():
                HouseholdMember.objects.create(
                    household=household, person=person, relation="head", starts_on=date(2025, 12, 1),
                )
        assert HouseholdMember.objects.count() == 3
        assert head.relation == "head"

    def test_lets_a_member_go_and_join_another(self, window_officer, at):
        household = register(form(), window_officer, at).household
        child = household.members.get(relation="child")

        enrollment.leave_household(
            member_id=child.pk, ends_on=date(2025, 12, 1), reason="分户", by=window_officer, at=at,
        )
        other = enrollment.found_household(region_code="511902", by=window_officer, at=at)
        enrollment.join_household(
            household_id=other.pk, person_id=child.person_id, relation="head", starts_on=date(2025, 12, 1),
            by=window_officer, at=at,
        )

        assert [row.person.name for row in enrollment.members_on(household, date(2025, 12, 1))] == ["白安宁", "曾小红"]
        assert [row.person.name for row in enrollment.members_on(other, date(2025, 12, 1))] == ["白小乐"]

    def test_may_come_through_the_village(self, window_officer, at):
        """BZ-GEN-42.3."""
        assert register(form(), window_officer, at, channel="village").channel == "village"


class TestTheCheckOfAForm:
    def test_says_all_that_is_wrong_at_once_and_writes_nothing(self, window_officer, at, resident):
        known = {"id_no": resident.id_no, "name": "别的名字", "relation": "child", "person_type": "1501"}
        entries = AuditEntry.objects.count()

        faults = enrollment.check_registration(
            {**form({**HEAD, "id_no": "123", "name": ""}, known), "starts_on": "", "adress": "某街"},
            by=window_officer, at=at,
        )

        assert {(fault.field, fault.code) for fault in faults} == {
            ("adress", "FIELD_UNKNOWN"), ("starts_on", "FIELD_MISSING"), ("members.1.id_no", "ID_FORMAT"),
            ("members.1.name", "FIELD_MISSING"), ("members.2.name", "NAME_DISAGREES"),
        }
        assert not Household.objects.exists()
        assert AuditEntry.objects.count() == entries

    def test_finds_nothing_in_a_good_form(self, window_officer, at):
        assert enrollment.check_registration(form(), by=window_officer, at=at) == []

    def test_names_the_papers_too(self, window_officer, at):
        faults = enrollment.check_matter(kind="household_new", facts=form(), by=window_officer, at=at)

        assert [fault.message for fault in faults] == ["还缺少材料：户口簿或身份证或居住证。"]


class TestAResidentAlone:
    FACTS = {
        **somebody(), "region_code": "511902", "basis": "local", "person_type": "1501", "starts_on": "2025-11-03",
    }

    def register(self, facts, by, at):
        return enrollment.handle_matter(kind="resident_new", facts=facts, materials=["id"], by=by, at=at)

    def test_is_insured_from_the_day_of_registration(self, window_officer, at):
        """BZ-RES-1.1."""
        case = self.register(self.FACTS, window_officer, at)

        assert case.person.insurance_periods.get().starts_on == date(2025, 11, 3)

    def test_from_elsewhere_declares_not_to_be_insured_there(self, window_officer, at):
        """BZ-RES-1.2."""
        living = {**self.FACTS, "basis": "living_here"}
        with pytest.raises(Refused) as refusal:
            self.register(living, window_officer, at)
        assert refusal.value.code == "INSURED_ELSEWHERE"
        assert not Person.objects.exists()

        assert self.register({**living, "uninsured": True}, window_officer, at).status == "done"

    def test_who_lies_elsewhere_is_for_the_city(self, man, neighbour_officer, at):
        facts = {**self.FACTS, "region_code": "511903", "id_no": man.id_no, "name": man.name}

        with pytest.raises(Refused) as refusal:
            self.register(facts, neighbour_officer, at)

        assert refusal.value.code == "PERSON_ELSEWHERE"
        assert not InsurancePeriod.objects.exists()


class TestANewborn:
    def register(self, born, by, at, **more):
        facts = {**somebody(born, 15, "白初生"), "birth_date": born.isoformat(), "region_code": "511902", **more}
        return enrollment.handle_matter(
            kind="newborn", facts=facts, materials=["birth_certificate"], by=by, at=at,
        )

    def test_is_insured_from_birth_and_told_by_when_to_pay(self, window_officer, at):
        """BZ-RES-7.1: 90 days after birth."""
        case = self.register(date(2025, 10, 1), window_officer, at)

        assert case.person.insurance_periods.get().starts_on == date(2025, 10, 1)
        assert case.outcome["pay_by"] == "2025-12-30"

    def test_joins_the_parents_household(self, window_officer, at):
        household = register(form(), window_officer, at).household

        case = self.register(date(2025, 10, 1), window_officer, at, household_no=household.number, relation="child")

        assert household.members.get(person=case.person).starts_on == date(2025, 10, 1)

    def test_may_be_registered_with_the_birth_certificate_only(self, window_officer, at):
        """BZ-RES-7.3."""
        case = self.register(
            date(2025, 10, 1), window_officer, at, id_type="99", id_no="P510000001", sex="female",
        )

        assert (case.person.id_type, case.person.sex) == ("99", "female")

    @pytest.mark.parametrize(("born", "status"), [(date(2025, 1, 1), "done"), (date(2024, 12, 31), "NOT_NEWBORN")])
    def test_is_one_in_the_year_of_birth(self, born, status, window_officer, at):
        if status == "done":
            assert self.register(born, window_officer, at).status == status
            return
        with pytest.raises(Refused) as refusal:
            self.register(born, window_officer, at)
        assert refusal.value.code == status
        assert not Person.objects.exists()

    def test_of_tomorrow_is_refused(self, window_officer, at):
        with pytest.raises(Refused):
            self.register(date(2025, 11, 4), window_officer, at)

        assert not Person.objects.exists()
