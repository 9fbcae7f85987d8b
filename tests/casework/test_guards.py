"""What the database refuses although no service was asked."""
import pytest
from django.db import IntegrityError, connection, transaction

from casework import audit, guards
from casework.models import AuditEntry, Document, Task
from tests.casework.conftest import TABLE
from tests.casework.examples import EXAMPLE, ExampleCase, Status

pytestmark = pytest.mark.django_db

LEGAL = {
    ("registered", "waiting"), ("registered", "settled"), ("registered", "withdrawn"),
    ("waiting", "registered"), ("waiting", "withdrawn"),
    ("settled", "reviewed"), ("settled", "registered"),
    ("reviewed", "closed"), ("reviewed", "registered"),
}


def run(sql: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, list(values))


class TestStatusJumps:
    @pytest.mark.parametrize("before", Status.values)
    @pytest.mark.parametrize("after", Status.values)
    def test_are_refused_unless_a_step_allows_them(self, before, after, registered):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f"UPDATE {TABLE} SET status = %s", [before])
            cursor.execute("SET LOCAL session_replication_role = origin")

        if before == after or (before, after) in LEGAL:
            run(f"UPDATE {TABLE} SET status = %s", after)
            assert ExampleCase.objects.get().status == after
        else:
            with pytest.raises(IntegrityError, match="no step of ZZ"):
                run(f"UPDATE {TABLE} SET status = %s", after)
            assert ExampleCase.objects.get().status == before

    def test_a_case_begins_only_where_a_step_makes_it(self, registered, clerk, at):
        with pytest.raises(IntegrityError, match="no step of ZZ"), transaction.atomic():
            ExampleCase.objects.create(
                case_no="ZZ1", region_code="511902", status="closed", registered_by=clerk, registered_at=at
            )

    def test_a_case_is_not_deleted(self, registered):
        with pytest.raises(IntegrityError, match="is refused"):
            run(f"DELETE FROM {TABLE}")
        assert ExampleCase.objects.exists()


class TestTwoPersons:
    def test_an_entry_by_the_same_officer_is_refused(self, registered, reviewer, take, at):
        take(registered, "settle", reviewer)
        with pytest.raises(IntegrityError, match="same officer"), transaction.atomic():
            audit.record(
                action="review", label="初审", by=reviewer, at=at, case_no=registered.case_no, matter="ZZ",
                status_before="settled", status_after="reviewed",
            )
        assert AuditEntry.objects.count() == 2

    def test_an_entry_for_a_step_that_does_not_exist_is_refused(self, registered, reviewer, at):
        with pytest.raises(IntegrityError, match="has no step"), transaction.atomic():
            audit.record(
                action="pay", label="付", by=reviewer, at=at, case_no=registered.case_no, matter="ZZ",
                status_before="registered", status_after="closed",
            )

    def test_the_constraint_refuses_two_columns_with_one_officer(self, registered, clerk):
        run(f"UPDATE {TABLE} SET settled_by_id = %s", clerk.pk)
        with pytest.raises(IntegrityError, match="settled_by_not_reviewed_by"):
            run(f"UPDATE {TABLE} SET reviewed_by_id = %s", clerk.pk)

    def test_the_constraint_lets_two_officers_and_nobody_pass(self, registered, clerk, reviewer):
        run(f"UPDATE {TABLE} SET settled_by_id = %s, reviewed_by_id = NULL", clerk.pk)
        run(f"UPDATE {TABLE} SET reviewed_by_id = %s", reviewer.pk)
        assert ExampleCase.objects.get().reviewed_by == reviewer


class TestAppendOnly:
    @pytest.mark.parametrize("table", ["casework_auditentry", "casework_notice", "casework_packrelease"])
    def test_tables_are_not_emptied(self, table):
        with pytest.raises(IntegrityError, match="TRUNCATE on"):
            run(f"TRUNCATE {table} CASCADE")

    @pytest.mark.parametrize("deed", ["UPDATE casework_auditentry SET note = '改'", "DELETE FROM casework_auditentry"])
    def test_the_trail_is_neither_edited_nor_cut(self, deed, registered):
        with pytest.raises(IntegrityError, match="is refused"):
            run(deed)
        assert AuditEntry.objects.get().note == ""

    def test_the_orm_is_refused_as_well(self, registered):
        with pytest.raises(IntegrityError), transaction.atomic():
            AuditEntry.objects.all().delete()
        with pytest.raises(IntegrityError), transaction.atomic():
            AuditEntry.objects.update(note="改")

    def test_rows_that_may_change_still_do_not_vanish(self, registered):
        with pytest.raises(IntegrityError, match="DELETE"), transaction.atomic():
            Task.objects.all().delete()
        assert Task.objects.exists()
        assert not Document.objects.exists()


class TestTheSql:
    @pytest.mark.parametrize("table", ["x; DROP TABLE y", "X", "", "a" * 60, 'a"b'])
    def test_takes_only_table_names(self, table):
        with pytest.raises(ValueError, match="not a table"):
            guards.append_only_sql(table)

    def test_takes_only_matter_codes(self):
        with pytest.raises(ValueError, match="not a matter"):
            guards.transition_guard_sql("x'); --", "claims_claim")

    def test_is_undone_by_its_counterpart(self):
        run("CREATE TABLE scratch (status text)")
        run(guards.transition_guard_sql(EXAMPLE, "scratch"))
        run(guards.drop_transition_guard_sql("scratch"))
        run(guards.append_only_sql("scratch"))
        run(guards.drop_append_only_sql("scratch"))
        run("INSERT INTO scratch VALUES ('any')")
        run("TRUNCATE scratch")
