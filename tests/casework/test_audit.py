"""The audit trail: appended, chained, anchored; what is done to it behind its back shows."""
import json
from datetime import datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from casework import audit, services, tasks
from casework.errors import Refused
from casework.models import AuditEntry, Job
from tests.casework.conftest import TABLE  # noqa: F401  (the example's table must stand)

ZONE = ZoneInfo("Asia/Shanghai")


def write(case_no: str, at: datetime, note: str = "", by=None) -> AuditEntry:
    return audit.record(action="look", label="查看", by=by, at=at, case_no=case_no, note=note)


def behind_its_back(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, list(values))
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def anchor(tmp_path, settings):
    settings.AUDIT_ANCHOR_FILE = tmp_path / "heads.jsonl"
    return settings.AUDIT_ANCHOR_FILE


@pytest.fixture
def trail(db, at, anchor):
    """Ten entries on each of a few cases."""
    for number in range(30):
        write(f"ZZ{number % 3}", at, note=f"第{number}条")


@pytest.mark.django_db
class TestAnEntry:
    def test_is_given_its_place_in_the_chain_by_the_database(self, at):
        first, second = write("ZZ1", at), write("ZZ1", at)
        assert first.chain == second.chain
        assert 0 <= first.chain < audit.CHAINS
        assert (first.seq, second.seq) == (1, 2)
        assert (first.prev_hash, second.prev_hash) == ("", first.hash)
        assert len(first.hash) == 64
        assert first.recorded_at is not None

    def test_does_not_choose_its_own_place(self, at):
        forged = AuditEntry.objects.create(
            action="look", label="查看", officer_name="某", at=at, case_no="ZZ1",
            seq=99, hash="0" * 64, prev_hash="1" * 64,
        )
        assert (forged.seq, forged.prev_hash) == (1, "")
        assert services.verify_audit() == []

    def test_costs_one_query(self, at, django_assert_num_queries):
        with django_assert_num_queries(1):
            write("ZZ1", at)

    def test_by_nobody_is_the_systems(self, at):
        assert write("ZZ1", at).officer_name == "系统"

    def test_spreads_over_all_chains(self, at):
        used = {write(f"ZZ51190220251100{number:04d}", at).chain for number in range(200)}
        assert used == set(range(16))


@pytest.mark.django_db
class TestVerifying:
    def test_finds_nothing_wrong_with_a_whole_trail(self, trail, anchor, at):
        services.anchor_audit(at=at)
        assert services.verify_audit() == []

    @pytest.mark.parametrize(
        "edit",
        ["note = '改过'", "officer_name = '别人'", "at = at - interval '1 day'", "detail = '{\"a\": 1}'",
         "status_after = 'paid'", "case_no = 'ZZ99'", "recorded_at = recorded_at + interval '1 microsecond'"],
    )
    def test_finds_an_edit_made_with_the_triggers_off(self, edit, trail):
        entry = AuditEntry.objects.order_by("id")[10]
        behind_its_back(f"UPDATE casework_auditentry SET {edit} WHERE id = %s", entry.pk)
        assert (entry.chain, entry.seq, "content") in {(f.chain, f.seq, f.fault) for f in services.verify_audit()}

    def test_finds_an_edit_whose_hash_was_made_to_fit(self, trail):
        entry = AuditEntry.objects.filter(seq=2).first()
        behind_its_back("UPDATE casework_auditentry SET note = '改过' WHERE id = %s", entry.pk)
        behind_its_back(
            "UPDATE casework_auditentry e SET hash = casework_audit_hash(e, prev_hash) WHERE id = %s", entry.pk
        )
        assert [(f.chain, f.seq, f.fault) for f in services.verify_audit()] == [(entry.chain, 3, "link")]

    def test_finds_an_entry_taken_out_of_the_middle(self, trail):
        entry = AuditEntry.objects.filter(seq=5).first()
        behind_its_back("DELETE FROM casework_auditentry WHERE id = %s", entry.pk)
        assert (entry.chain, 6, "gap") in {(f.chain, f.seq, f.fault) for f in services.verify_audit()}

    def test_needs_the_anchor_to_see_that_the_tail_was_cut(self, trail, anchor, at):
        services.anchor_audit(at=at)
        last = AuditEntry.objects.order_by("-seq").first()
        behind_its_back("DELETE FROM casework_auditentry WHERE id = %s", last.pk)

        assert services.verify_audit(anchor=anchor.with_name("none")) == []
        assert [(f.chain, f.seq, f.fault) for f in services.verify_audit()] == [(last.chain, last.seq, "cut")]

    def test_sees_a_cut_tail_that_was_written_again(self, trail, anchor, at):
        services.anchor_audit(at=at)
        last = AuditEntry.objects.order_by("-seq").first()
        behind_its_back("DELETE FROM casework_auditentry WHERE id = %s", last.pk)
        write(last.case_no, at, note="换上的")
        services.anchor_audit(at=at)
        assert (last.chain, last.seq, "cut") in {(f.chain, f.seq, f.fault) for f in services.verify_audit()}

    def test_sees_a_replaced_table(self, trail, anchor, at):
        services.anchor_audit(at=at)
        behind_its_back("DELETE FROM casework_auditentry")
        for number in range(60):
            write(f"ZZ{number % 3}", at)
        assert services.verify_audit()

    def test_sees_a_forged_anchor_line(self, trail, anchor, at, settings):
        settings.AUDIT_ANCHOR_KEY = "只有审计员持有"
        services.anchor_audit(at=at)
        line = json.loads(anchor.read_text(encoding="utf-8"))
        line["heads"] = {}
        anchor.write_text(json.dumps(line, ensure_ascii=False) + "\n", encoding="utf-8")
        assert [f.fault for f in services.verify_audit()] == ["anchor"]

    def test_sees_an_anchor_line_taken_out(self, trail, anchor, at):
        for _ in range(3):
            services.anchor_audit(at=at)
        lines = anchor.read_text(encoding="utf-8").splitlines(keepends=True)
        anchor.write_text(lines[0] + lines[2], encoding="utf-8")
        assert "anchor" in {f.fault for f in services.verify_audit()}

    def test_by_command_says_so_and_fails(self, trail, anchor):
        out = StringIO()
        call_command("anchor_audit", stdout=out)
        call_command("verify_audit", stdout=out)
        assert "审计记录完整" in out.getvalue()

        behind_its_back("UPDATE casework_auditentry SET note = '改过' WHERE seq = 1")
        with pytest.raises(CommandError, match="不完整"):
            call_command("verify_audit", stdout=out, stderr=out)

    def test_nightly_leaves_a_job_that_a_person_sees(self, trail, django_capture_on_commit_callbacks):
        behind_its_back("UPDATE casework_auditentry SET note = '改过' WHERE seq = 1")
        with django_capture_on_commit_callbacks(execute=True):
            tasks.verify_audit()
        assert Job.objects.get().state == Job.State.DEAD
        assert "不完整" in Job.objects.get().message


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_appends_to_one_chain_leave_no_gap(self, at, at_once, anchor):
        def append():
            for _ in range(10):
                write("ZZ1", at)

        assert at_once(*[append] * 4) == [None] * 4
        assert list(AuditEntry.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 41))
        assert services.verify_audit() == []

    def test_a_rolled_back_append_leaves_no_gap(self, at, at_once, anchor):
        def broken():
            with transaction.atomic():
                write("ZZ1", at)
                transaction.set_rollback(True)

        at_once(broken, lambda: write("ZZ1", at) and None, broken, lambda: write("ZZ1", at) and None)
        assert list(AuditEntry.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2]

    def test_batches_that_reserve_their_chains_do_not_wait_for_each_other(self, at, at_once, anchor):
        cases = [f"ZZ{number}" for number in range(40)]

        def batch(order: list[str]):
            with transaction.atomic():
                audit.reserve(order)
                for case_no in order:
                    write(case_no, at)

        assert at_once(lambda: batch(cases), lambda: batch(cases[::-1])) == [None, None]
        assert AuditEntry.objects.count() == 80


@pytest.mark.django_db
class TestRevealing:
    def reveal(self, by, at, **extra):
        values = {"subject": "person:1", "field": "id_no", "purpose": "核对发票姓名", "region_code": "511902"}
        return audit.reveal(by=by, at=at, **(values | extra))

    def test_is_recorded_with_its_purpose(self, clerk, at):
        entry = self.reveal(clerk, at, case_no="ZZ1")
        assert (entry.subject, entry.note, entry.detail) == ("person:1", "核对发票姓名", {"field": "id_no"})

    @pytest.mark.parametrize("purpose", ["", " ", "看"])
    def test_needs_a_purpose(self, purpose, clerk, at):
        with pytest.raises(Refused, match="用途"):
            self.reveal(clerk, at, purpose=purpose)
        assert not AuditEntry.objects.exists()

    def test_is_refused_outside_the_territory(self, stranger, at):
        with pytest.raises(Refused) as refusal:
            self.reveal(stranger, at)
        assert refusal.value.code == "not_found"
        assert not AuditEntry.objects.exists()

    def test_is_refused_the_thirty_first_time_on_one_day(self, clerk, at):
        for _ in range(30):
            self.reveal(clerk, at)
        with pytest.raises(Refused, match="已满30次"):
            self.reveal(clerk, at)
        assert AuditEntry.objects.count() == 30

    def test_begins_anew_on_the_next_bureau_day(self, clerk, reviewer):
        late = datetime(2025, 11, 3, 23, 59, tzinfo=ZONE)
        for _ in range(30):
            self.reveal(clerk, late)
        self.reveal(reviewer, late)
        self.reveal(clerk, late + timedelta(minutes=1))
        assert AuditEntry.objects.count() == 32


@pytest.mark.django_db(transaction=True)
class TestRevealingAtTheSameMoment:
    def test_does_not_slip_past_the_quota(self, clerk, at, at_once, anchor):
        def reveal():
            return audit.reveal(
                subject="person:1", field="id_no", purpose="核对发票姓名", by=clerk, at=at, region_code="511902"
            )

        for _ in range(28):
            reveal()
        results = at_once(*[reveal] * 6)
        assert sum(isinstance(result, Refused) for result in results) == 4
        assert AuditEntry.objects.count() == 30
