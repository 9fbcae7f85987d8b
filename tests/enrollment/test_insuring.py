import threading
from datetime import date

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from casework.errors import Refused
from casework.models import AuditEntry
from enrollment import services as enrollment
from enrollment.models import HardshipIdentity, InsurancePeriod, PersonTag

pytestmark = pytest.mark.django_db


def insure(person, by, at, **changes):
    terms = {"scheme": "resident", "person_type": "1501", "starts_on": date(2026, 1, 1), "ends_on": None, **changes}
    return enrollment.open_insurance(person_id=person.pk, by=by, at=at, **terms)


class TestInsuring:
    def test_writes_the_period_and_the_act(self, man, window_officer, at):
        period = insure(man, window_officer, at)

        assert (period.region_code, period.last_day) == ("511902", None)
        assert AuditEntry.objects.latest("id").action == "enrollment.open_insurance"

    def test_reads_the_year_9999_as_open(self, man, window_officer, at):
        assert insure(man, window_officer, at, ends_on=date(9999, 12, 31)).ends_on is None

    def test_takes_the_day_after_the_last_inclusive_day(self, resident, window_officer, at):
        insure(resident, window_officer, at, starts_on=date(2026, 1, 1))

        assert resident.insurance_periods.count() == 2

    def test_refuses_the_last_inclusive_day_naming_the_other_period(self, resident, window_officer, at):
        with pytest.raises(Refused, match="2025-01-01 至 2025-12-31") as refusal:
            insure(resident, window_officer, at, scheme="employee", person_type="1101", starts_on=date(2025, 12, 31))

        assert refusal.value.code == "PERIOD_OVERLAP"
        assert resident.insurance_periods.count() == 1

    @pytest.mark.parametrize(("changes", "code"), [
        ({"ends_on": date(2026, 1, 1)}, "PERIOD_REVERSED"),
        ({"ends_on": date(2025, 12, 31)}, "PERIOD_REVERSED"),
        ({"starts_on": date(1989, 12, 31)}, "PERIOD_BEFORE_BIRTH"),
        ({"person_type": "1101"}, "PERSON_TYPE"),
        ({"scheme": "commercial"}, "PERSON_TYPE"),
    ])
    def test_refuses_terms_that_cannot_be(self, changes, code, man, window_officer, at):
        with pytest.raises(Refused) as refusal:
            insure(man, window_officer, at, **changes)

        assert refusal.value.code == code
        assert not InsurancePeriod.objects.exists()

    def test_refuses_another_county(self, man, neighbour_officer, at):
        with pytest.raises(Refused):
            insure(man, neighbour_officer, at)
        assert not InsurancePeriod.objects.exists()


class TestClosing:
    def test_makes_room_from_the_day_of_the_end_on(self, resident, window_officer, at):
        period = resident.insurance_periods.get()
        enrollment.close_insurance(
            period_id=period.pk, ends_on=date(2025, 7, 1), reason="就业转职工医保", by=window_officer, at=at,
        )

        insure(resident, window_officer, at, scheme="employee", person_type="1101", starts_on=date(2025, 7, 1))

        assert enrollment.coverage_on(resident, date(2025, 6, 30)).scheme == "resident"
        assert enrollment.coverage_on(resident, date(2025, 7, 1)).scheme == "employee"

    @pytest.mark.parametrize(("ends_on", "code"), [
        (date(2025, 1, 1), "PERIOD_REVERSED"),
        (date(2026, 1, 1), "PERIOD_LENGTHENED"),
        (date(2026, 1, 2), "PERIOD_LENGTHENED"),
    ])
    def test_refuses_an_end_outside_the_period(self, ends_on, code, resident, window_officer, at):
        period = resident.insurance_periods.get()
        with pytest.raises(Refused) as refusal:
            enrollment.close_insurance(
                period_id=period.pk, ends_on=ends_on, reason="停保", by=window_officer, at=at,
            )

        assert refusal.value.code == code
        period.refresh_from_db()
        assert period.ends_on == date(2026, 1, 1)

    def test_wants_a_reason(self, resident, window_officer, at):
        period = resident.insurance_periods.get()
        with pytest.raises(Refused, match="请填写终止原因"):
            enrollment.close_insurance(
                period_id=period.pk, ends_on=date(2025, 7, 1), reason=" ", by=window_officer, at=at,
            )
        assert period.last_day == date(2025, 12, 31)


class TestVoiding:
    def test_takes_the_period_out_of_effect_and_keeps_it_on_record(self, resident, window_officer, at):
        period = resident.insurance_periods.get()
        enrollment.void_insurance(period_id=period.pk, reason="登记有误", by=window_officer, at=at)

        assert not enrollment.coverage_on(resident, date(2025, 6, 1)).covered
        assert insure(resident, window_officer, at, starts_on=date(2025, 1, 1)).pk != period.pk
        assert resident.insurance_periods.count() == 2

    def test_is_done_once(self, resident, window_officer, at):
        period = resident.insurance_periods.get()
        enrollment.void_insurance(period_id=period.pk, reason="登记有误", by=window_officer, at=at)

        for act in (
            lambda: enrollment.void_insurance(period_id=period.pk, reason="再次", by=window_officer, at=at),
            lambda: enrollment.close_insurance(
                period_id=period.pk, ends_on=date(2025, 7, 1), reason="停保", by=window_officer, at=at,
            ),
        ):
            with pytest.raises(Refused, match="已作废"):
                act()


class TestIdentities:
    def grant(self, person, by, at, **changes):
        terms = {"category": "minimum_allowance", "starts_on": date(2025, 3, 1), **changes}
        return enrollment.grant_identity(person_id=person.pk, by=by, at=at, **terms)

    def test_may_be_several_at_once(self, man, window_officer, at):
        self.grant(man, window_officer, at)
        self.grant(man, window_officer, at, category="monitored")

        assert {row.category for row in enrollment.identities_on(man, on=date(2025, 3, 1))} == {
            "minimum_allowance", "monitored",
        }

    def test_hold_from_the_first_to_the_last_inclusive_day(self, man, window_officer, at):
        self.grant(man, window_officer, at, ends_on=date(2025, 10, 1))

        held = {day: bool(enrollment.identities_on(man, on=day)) for day in (
            date(2025, 2, 28), date(2025, 3, 1), date(2025, 9, 30), date(2025, 10, 1),
        )}
        assert list(held.values()) == [False, True, True, False]

    def test_never_overlap_themselves(self, man, window_officer, at):
        self.grant(man, window_officer, at)

        with pytest.raises(Refused) as refusal:
            self.grant(man, window_officer, at, starts_on=date(2025, 6, 1))

        assert refusal.value.code == "PERIOD_OVERLAP"
        assert HardshipIdentity.objects.count() == 1

    def test_name_their_authority(self, man, window_officer, at):
        assert self.grant(man, window_officer, at, category="monitored").authority == "agriculture"

        with pytest.raises(Refused, match="民政"):
            self.grant(man, window_officer, at, authority="agriculture")
        assert HardshipIdentity.objects.count() == 1

    def test_are_refused_without_the_permission(self, man, city_manager, auditor, at):
        with pytest.raises(Refused, match="权限"):
            self.grant(man, auditor, at)
        assert not HardshipIdentity.objects.exists()

    def test_end_and_begin_again(self, man, window_officer, at):
        identity = self.grant(man, window_officer, at)
        enrollment.end_identity(
            identity_id=identity.pk, ends_on=date(2025, 6, 1), reason="收入超标", by=window_officer, at=at,
        )

        self.grant(man, window_officer, at, starts_on=date(2025, 6, 1))

        assert HardshipIdentity.objects.count() == 2


class TestTags:
    def test_are_held_once_a_day(self, man, window_officer, at):
        enrollment.tag_person(
            person_id=man.pk, tag="large_amount", starts_on=date(2025, 1, 1), ends_on=date(2026, 1, 1),
            by=window_officer, at=at,
        )
        with pytest.raises(Refused, match="重叠"):
            enrollment.tag_person(
                person_id=man.pk, tag="large_amount", starts_on=date(2025, 12, 31), by=window_officer, at=at,
            )
        enrollment.tag_person(
            person_id=man.pk, tag="large_amount", starts_on=date(2026, 1, 1), by=window_officer, at=at,
        )

        assert PersonTag.objects.count() == 2

    def test_are_no_place_for_hardship(self, man, window_officer, at):
        with pytest.raises(Refused, match="困难身份"):
            enrollment.tag_person(
                person_id=man.pk, tag="orphan", starts_on=date(2025, 1, 1), by=window_officer, at=at,
            )
        assert not PersonTag.objects.exists()


class TestDeath:
    def test_ends_everything_the_day_after_and_voids_what_was_to_come(self, resident, window_officer, at):
        later = insure(resident, window_officer, at, starts_on=date(2026, 1, 1))
        enrollment.grant_identity(
            person_id=resident.pk, category="orphan", starts_on=date(2025, 3, 1), by=window_officer, at=at,
        )

        enrollment.record_death(person_id=resident.pk, died_on=date(2025, 10, 20), by=window_officer, at=at)

        resident.refresh_from_db()
        assert enrollment.coverage_on(resident, date(2025, 10, 20)).covered
        assert "死亡" in enrollment.coverage_on(resident, date(2025, 10, 21)).reason
        assert resident.identities.get().last_day == date(2025, 10, 20)
        later.refresh_from_db()
        assert later.voided

    def test_leaves_alone_what_had_ended_before(self, man, window_officer, at):
        period = insure(man, window_officer, at, starts_on=date(2025, 1, 1), ends_on=date(2025, 6, 1))

        enrollment.record_death(person_id=man.pk, died_on=date(2025, 10, 20), by=window_officer, at=at)

        period.refresh_from_db()
        assert period.ends_on == date(2025, 6, 1)

    @pytest.mark.parametrize(("died_on", "code"), [
        (date(2025, 11, 4), "DATE_FUTURE"), (date(1989, 12, 31), "DATE_ORDER"),
    ])
    def test_refuses_a_day_that_cannot_be(self, died_on, code, resident, window_officer, at):
        with pytest.raises(Refused) as refusal:
            enrollment.record_death(person_id=resident.pk, died_on=died_on, by=window_officer, at=at)

        assert refusal.value.code == code
        resident.refresh_from_db()
        assert resident.died_on is None
        assert resident.insurance_periods.get().last_day == date(2025, 12, 31)

    def test_is_recorded_today_and_once(self, resident, window_officer, at):
        enrollment.record_death(person_id=resident.pk, died_on=date(2025, 11, 3), by=window_officer, at=at)

        with pytest.raises(Refused, match="不能重复登记"):
            enrollment.record_death(person_id=resident.pk, died_on=date(2025, 11, 2), by=window_officer, at=at)

    def test_allows_no_insurance_beyond_it(self, man, window_officer, at):
        enrollment.record_death(person_id=man.pk, died_on=date(2025, 10, 20), by=window_officer, at=at)

        for ends_on in (None, date(2025, 10, 22)):
            with pytest.raises(Refused, match="死亡当日"):
                insure(man, window_officer, at, starts_on=date(2025, 1, 1), ends_on=ends_on)
        assert insure(man, window_officer, at, starts_on=date(2025, 1, 1), ends_on=date(2025, 10, 21))


class TestTheDatabase:
    """Makes overlaps and rewriting impossible for whoever writes."""

    def test_refuses_two_schemes_on_one_day(self, resident):
        with pytest.raises(IntegrityError, match="insurance_one_scheme_at_a_time"), transaction.atomic():
            insert_period(resident, "employee", "1101", "2025-12-31", None)
        insert_period(resident, "employee", "1101", "2026-01-01", None)

    def test_allows_a_voided_row_to_overlap(self, resident):
        insert_period(resident, "employee", "1101", "2025-06-01", None, voided=True)

    @pytest.mark.parametrize("ends_on", ["2026-01-01", "2025-12-31"])
    def test_refuses_an_empty_or_reversed_period(self, man, ends_on):
        with pytest.raises(IntegrityError, match="ends_after_start"), transaction.atomic():
            insert_period(man, "resident", "1501", "2026-01-01", ends_on)

    def test_refuses_the_same_tag_or_identity_twice_on_a_day_and_allows_another(self, man):
        first = {"person": man, "starts_on": date(2025, 1, 1), "ends_on": date(2026, 1, 1)}
        again = {"person": man, "starts_on": date(2025, 12, 31)}
        for model, same, other in (
            (PersonTag, {"tag": "retired"}, {"tag": "civil_servant"}),
            (HardshipIdentity, {"category": "orphan", "authority": "civil_affairs"},
             {"category": "monitored", "authority": "agriculture"}),
        ):
            model.objects.create(**first, **same)
            model.objects.create(**again, **other)
            with pytest.raises(IntegrityError, match="once_a_day"), transaction.atomic():
                model.objects.create(**again, **same)

    @pytest.mark.parametrize("change", [
        "starts_on = '2025-02-01'", "scheme = 'employee'", "ends_on = NULL", "ends_on = '2026-01-02'",
    ])
    def test_refuses_to_edit_or_lengthen(self, resident, change):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE enrollment_insuranceperiod SET {change} WHERE person_id = %s", [resident.pk])

    def test_refuses_to_unvoid_and_to_delete(self, resident):
        InsurancePeriod.objects.update(voided=True)
        table = "enrollment_insuranceperiod"
        for statement in (f"UPDATE {table} SET voided = false", f"DELETE FROM {table}"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        assert InsurancePeriod.objects.filter(voided=True).count() == 1


def insert_period(person, scheme, person_type, starts_on, ends_on, *, voided=False):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO enrollment_insuranceperiod (person_id, scheme, person_type_id, starts_on, ends_on, voided,"
            " region_code, reason, end_reason) VALUES (%s, %s, %s, %s, %s, %s, '511902', '', '')",
            [person.pk, scheme, person_type, starts_on, ends_on, voided],
        )


@pytest.mark.django_db(transaction=True)
class TestTwoConnections:
    """Race to insure one person; exactly one wins."""

    def race(self, act):
        barrier, outcomes = threading.Barrier(2), []

        def run(scheme, person_type):
            try:
                barrier.wait()
                act(scheme, person_type)
                outcomes.append("won")
            except Refused:
                outcomes.append("refused by the service")
            except (IntegrityError, OperationalError):  # two inserts that wait for each other are told so as a deadlock
                outcomes.append("refused by the database")
            finally:
                connection.close()

        racers = [
            threading.Thread(target=run, args=args) for args in (("employee", "1101"), ("resident", "1501"))
        ]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join(timeout=30)
        return sorted(outcomes)

    def test_through_the_service_one_is_refused(self, man, window_officer, at):
        outcomes = self.race(
            lambda scheme, kind: insure(man, window_officer, at, scheme=scheme, person_type=kind),
        )

        assert outcomes == ["refused by the service", "won"]
        assert InsurancePeriod.objects.count() == 1

    def test_through_raw_sql_the_constraint_refuses_one(self, man):
        outcomes = self.race(lambda scheme, kind: insert_period(man, scheme, kind, "2026-01-01", None))

        assert outcomes == ["refused by the database", "won"]
        assert InsurancePeriod.objects.count() == 1

    def test_the_control_without_the_constraint_lets_both_in(self, man):
        constraint = next(c for c in InsurancePeriod._meta.constraints if c.name == "insurance_one_scheme_at_a_time")
        with connection.schema_editor() as editor:
            editor.remove_constraint(InsurancePeriod, constraint)
        try:
            outcomes = self.race(lambda scheme, kind: insert_period(man, scheme, kind, "2026-01-01", None))
            assert outcomes == ["won", "won"]
        finally:
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE enrollment_insuranceperiod")
            with connection.schema_editor() as editor:
                editor.add_constraint(InsurancePeriod, constraint)
