"""Two numbers of one person: which stays, what is refused, and the way back."""
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from casework.errors import Refused
from casework.models import OutboxMessage
from enrollment import services as enrollment
from enrollment.models import BenefitWindow, EnrollmentCase, Person, PersonMerge
from enrollment.services import merging
from tests.enrollment.conftest import make_officer
from tests.enrollment.people import number

pytestmark = pytest.mark.django_db

BORN = date(1990, 1, 1)


@pytest.fixture
def reviewer(db):
    return make_officer("复核", "511902", "R001")


@pytest.fixture
def twin(window_officer, at):
    """The same man under a second number of the same day, insured through 2024."""
    person = enrollment.register_person(
        id_no=number(BORN, 33), name="单小明", region_code="511902", by=window_officer, at=at,
    )
    enrollment.open_insurance(
        person_id=person.pk, scheme="resident", person_type="1501", starts_on=date(2024, 1, 1),
        ends_on=date(2025, 1, 1), by=window_officer, at=at,
    )
    enrollment.grant_identity(
        person_id=person.pk, category="minimum_allowance", starts_on=date(2025, 3, 1), by=window_officer, at=at,
    )
    return person


def apply(kept, by, at, **facts):
    return enrollment.handle_matter(
        kind="merge", person_id=kept.pk, materials=["id", "same_person_proof"], by=by, at=at,
        facts={"reason": "同一人两个号码", **facts},
    )


@pytest.fixture
def merged(resident, twin, window_officer, reviewer, at):
    case = apply(resident, window_officer, at, absorbed_id=twin.pk)
    enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)
    resident.refresh_from_db()
    twin.refresh_from_db()
    return resident


class TestMerging:
    def test_points_one_number_at_the_other_and_moves_nothing(self, merged, twin, reviewer, window_officer):
        record = PersonMerge.objects.get()
        assert (twin.merged_into, merged.absorbs) == (merged, True)
        assert (record.kept, record.absorbed) == (merged, twin)
        assert (record.proposed_by, record.merged_by) == (window_officer, reviewer)
        assert twin.insurance_periods.get().starts_on == date(2024, 1, 1)

    def test_answers_for_both_numbers(self, merged, twin):
        assert enrollment.coverage_on(merged, date(2024, 6, 1)).covered
        assert enrollment.coverage_on(merged, date(2025, 6, 1)).covered
        assert [row.category for row in enrollment.identities_on(merged, date(2025, 6, 1))] == ["minimum_allowance"]
        assert len(enrollment.policy_person(merged, [])["scheme"]) == 2

    def test_shows_one_person_in_lists_whichever_number_is_asked(self, merged, twin, window_officer):
        for word in (merged.id_no, twin.id_no, "dxm", "shan"):
            found = enrollment.find_persons(word, window_officer)
            assert [person.pk for person in found] in ([merged.pk], []), word
        assert enrollment.find_persons(twin.id_no, window_officer).get() == merged

    def test_refuses_new_facts_on_the_absorbed_number(self, merged, twin, window_officer, at):
        with pytest.raises(Refused) as refusal:
            enrollment.open_insurance(
                person_id=twin.pk, scheme="resident", person_type="1501", starts_on=date(2026, 1, 1), by=window_officer,
                at=at,
            )

        assert refusal.value.code == "PERSON_MERGED"
        assert twin.insurance_periods.count() == 1

    def test_keeps_the_absorbed_numbers_days_taken(self, merged, window_officer, at):
        with pytest.raises(Refused) as refusal:
            enrollment.open_insurance(
                person_id=merged.pk, scheme="resident", person_type="1501", starts_on=date(2024, 12, 31),
                ends_on=date(2025, 1, 1), by=window_officer, at=at,
            )

        assert refusal.value.code == "PERIOD_OVERLAP"

    def test_tells_the_apps_above(self, merged, twin):
        message = OutboxMessage.objects.get(topic="enrollment.persons_merged")

        assert (message.payload["kept_id"], message.payload["absorbed_id"]) == (merged.pk, twin.pk)

    def test_happens_once_to_a_number(self, merged, twin, window_officer, at):
        with pytest.raises(Refused) as refusal:
            apply(merged, window_officer, at, absorbed_id=twin.pk)
        with pytest.raises(IntegrityError, match="merge_absorbed_once"), transaction.atomic():
            PersonMerge.objects.create(
                kept=merged, absorbed=twin, case_no="CB1", reason="再并", proposed_by=window_officer,
                merged_by=PersonMerge.objects.get().merged_by, merged_at=at,
            )

        assert refusal.value.code == "MERGED_ALREADY"
        assert PersonMerge.objects.count() == 1


class TestAMergeIsRefused:
    def refused(self, kept, absorbed, by, at):
        with pytest.raises(Refused) as refusal:
            apply(kept, by, at, absorbed_id=absorbed.pk)
        assert not EnrollmentCase.objects.exists()
        assert not Person.objects.exclude(merged_into=None).exists()
        return refusal.value.code

    def test_when_periods_overlap(self, resident, twin, window_officer, at):
        enrollment.open_insurance(
            person_id=twin.pk, scheme="employee", person_type="1103", starts_on=date(2025, 6, 1), by=window_officer,
            at=at,
        )

        assert self.refused(resident, twin, window_officer, at) == "PERIOD_OVERLAP"

    def test_when_the_insured_number_would_be_absorbed(self, resident, twin, window_officer, at):
        assert self.refused(twin, resident, window_officer, at) == "MERGE_KEEP_INSURED"

    def test_when_birth_date_or_sex_disagree(self, resident, window_officer, at):
        other = enrollment.register_person(
            id_no=number(date(1990, 1, 2), 33), name="单小明", region_code="511902", by=window_officer, at=at,
        )

        assert self.refused(resident, other, window_officer, at) == "MERGE_DISAGREES"

    def test_into_itself(self, resident, window_officer, at):
        assert self.refused(resident, resident, window_officer, at) == "MERGE_SAME"

    def test_when_the_other_lies_elsewhere(self, resident, neighbour_officer, window_officer, at):
        other = enrollment.register_person(
            id_no=number(BORN, 35), name="单小明", region_code="511903", by=neighbour_officer, at=at,
        )

        assert self.refused(resident, other, window_officer, at) == "not_found"

    def test_when_an_app_above_objects_also_at_the_approval(
        self, resident, twin, window_officer, reviewer, at, monkeypatch,
    ):
        case = apply(resident, window_officer, at, absorbed_id=twin.pk)
        monkeypatch.setattr(merging, "VETOES", [])
        merging.register_veto(lambda kept, absorbed: "两个编号均有在办的手工报销件，请办结后再合并。")

        with pytest.raises(Refused, match="在办的手工报销件") as refusal:
            enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)

        assert refusal.value.code == "MERGE_VETO"
        assert EnrollmentCase.objects.get().status == "registered"
        assert not PersonMerge.objects.exists()

    def test_by_one_officer_alone(self, resident, twin, city_manager, at):
        case = apply(resident, city_manager, at, absorbed_id=twin.pk)

        with pytest.raises(Refused, match="不得为同一人"):
            enrollment.approve_matter(case_id=case.pk, by=city_manager, at=at)

        assert not PersonMerge.objects.exists()


class TestUndoing:
    def undo(self, kept, by, reviewer, at, merge_id=None):
        case = enrollment.handle_matter(
            kind="merge_undo", person_id=kept.pk, materials=["reason_proof"], by=by, at=at,
            facts={"merge_id": merge_id or PersonMerge.objects.get().pk, "reason": "经核实为两人"},
        )
        return enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)

    def test_restores_both_numbers_exactly(self, resident, twin, window_officer, reviewer, at):
        before = list(Person.objects.order_by("pk").values())
        case = apply(resident, window_officer, at, absorbed_id=twin.pk)
        enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)

        self.undo(resident, window_officer, reviewer, at)

        assert list(Person.objects.order_by("pk").values()) == before
        assert not enrollment.coverage_on(Person.objects.get(pk=resident.pk), date(2024, 6, 1)).covered
        assert enrollment.coverage_on(Person.objects.get(pk=twin.pk), date(2024, 6, 1)).covered
        assert enrollment.find_persons(twin.id_no, window_officer).get() == twin
        assert OutboxMessage.objects.filter(topic="enrollment.merge_undone").count() == 1

    def test_restores_the_benefit_windows(self, resident, twin, window_officer, reviewer, at):
        for person, year in ((twin, 2024), (resident, 2025)):
            enrollment.record_contribution(
                person_id=person.pk, kind="resident_year", for_year=year, paid_on=date(year - 1, 11, 1),
                source="tax_file", source_no=f"T{year}", personal_amount=400, by=window_officer, at=at,
            )
        shown = ["person_id", "for_year", "entitled", "starts_on", "ends_on", "wait_months", "rule"]
        windows = BenefitWindow.objects.filter(voided=False).order_by("person_id", "starts_on").values_list(*shown)
        before = list(windows)
        case = apply(resident, window_officer, at, absorbed_id=twin.pk)
        enrollment.approve_matter(case_id=case.pk, by=reviewer, at=at)
        assert {row[0] for row in windows.all()} == {resident.pk}

        self.undo(resident, window_officer, reviewer, at)

        assert list(windows.all()) == before

    def test_happens_once(self, merged, window_officer, reviewer, at):
        merge_id = PersonMerge.objects.get().pk
        self.undo(merged, window_officer, reviewer, at)

        with pytest.raises(Refused) as refusal:
            self.undo(merged, window_officer, reviewer, at, merge_id)

        assert refusal.value.code == "NOT_MERGED"
