"""The audit trail: appended, chained, anchored; what is done to it behind its back shows."""
import json
import threading
from datetime import datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from casework import audit, services, tasks
from casework.errors import Refused
from casework.models import AuditEntry, AuditLink, Job
from tests.casework.conftest import TABLE  # noqa: F401  (the example's table must stand)

ZONE = ZoneInfo("Asia/Shanghai")


def write(case_no: str, at: datetime, note: str = "", by=None) -> AuditEntry:
    return audit.record(action="look", label="查看", by=by, at=at, case_no=case_no, note=note)


def link_now() -> None:
    """What happens at each commit."""
    connection.check_constraints()


def behind_its_back(sql: str, *values: object) -> None:
    link_now()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, list(values))
        cursor.execute("SET LOCAL session_replication_role = origin")


def found() -> list[tuple[int, int, str]]:
    """Chain, number and fault of all that is wrong."""
    return [(fault.chain, fault.seq, fault.fault) for fault in services.verify_audit()]


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
    def test_is_given_its_place_in_the_chain_at_the_commit(self, at):
        first, second = write("ZZ1", at), write("ZZ1", at)
        assert not AuditLink.objects.exists()

        link_now()

        assert (first.link.seq, second.link.seq) == (1, 2)
        assert (first.link.prev_hash, second.link.prev_hash) == ("", first.link.hash)
        assert first.chain == second.chain == first.link.chain
        assert 0 <= first.chain < audit.CHAINS
        assert len(first.link.hash) == 64
        assert first.recorded_at is not None

    def test_gets_its_place_from_nobody_else(self, at):
        entry = write("ZZ1", at)
        with pytest.raises(IntegrityError, match="by the database alone"), transaction.atomic():
            AuditLink.objects.create(entry=entry, chain=entry.chain, seq=7, prev_hash="", hash="0" * 64)
        link_now()
        with pytest.raises(IntegrityError, match="is refused"), transaction.atomic():
            AuditLink.objects.update(seq=7)

    def test_does_not_choose_its_chain(self, at):
        forged = AuditEntry.objects.create(
            action="look", label="查看", officer_name="某", at=at, case_no="ZZ1", chain=99
        )
        assert forged.chain == write("ZZ1", at).chain

    def test_costs_one_query(self, at, django_assert_num_queries):
        with django_assert_num_queries(1):
            write("ZZ1", at)

    def test_by_nobody_is_the_systems(self, at):
        assert write("ZZ1", at).officer_name == "系统"

    def test_lies_in_the_officers_region_unless_it_says_otherwise(self, at, clerk):
        assert write("", at, by=clerk).region_code == "511902"

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
        assert found() == [(entry.chain, entry.link.seq, "content")]

    def test_finds_an_edit_whose_hash_was_made_to_fit(self, trail):
        link_now()
        link = AuditLink.objects.filter(seq=2).first()
        behind_its_back("UPDATE casework_auditentry SET note = '改过' WHERE id = %s", link.entry_id)
        behind_its_back(
            "UPDATE casework_auditlink l SET hash = casework_audit_hash(e, l.seq, l.prev_hash)"
            " FROM casework_auditentry e WHERE e.id = l.entry_id AND e.id = %s", link.entry_id,
        )
        assert found() == [(link.chain, 3, "link")]

    def test_finds_an_entry_taken_out(self, trail):
        link_now()
        link = AuditLink.objects.filter(seq=5).first()
        behind_its_back("DELETE FROM casework_auditentry WHERE id = %s", link.entry_id)
        assert found() == [(link.chain, 5, "missing")]

    def test_finds_an_entry_taken_out_with_its_link(self, trail):
        link_now()
        link = AuditLink.objects.filter(seq=5).first()
        behind_its_back("DELETE FROM casework_auditlink WHERE entry_id = %s", link.entry_id)
        behind_its_back("DELETE FROM casework_auditentry WHERE id = %s", link.entry_id)
        assert found() == [(link.chain, 6, "gap")]

    def test_finds_an_entry_slipped_in_with_the_triggers_off(self, trail, at):
        behind_its_back(
            "INSERT INTO casework_auditentry (case_no, subject, matter, region_code, action, label, status_before,"
            " status_after, officer_name, at, note, detail, chain)"
            " VALUES ('ZZ1', '', '', '', 'look', '查看', '', '', '某', %s, '', '{}', 3)", at,
        )
        assert found() == [(3, 0, "unlinked")]

    def test_needs_the_anchor_to_see_that_the_tail_was_cut(self, trail, anchor, at):
        services.anchor_audit(at=at)
        last = AuditLink.objects.order_by("-seq").first()
        self.cut(last)

        assert services.verify_audit(anchor=anchor.with_name("none")) == []
        assert found() == [(last.chain, last.seq, "cut")]

    def test_sees_a_cut_tail_that_was_written_again(self, trail, anchor, at):
        services.anchor_audit(at=at)
        last = AuditLink.objects.order_by("-seq").first()
        case_no = last.entry.case_no
        self.cut(last)
        write(case_no, at, note="换上的")
        services.anchor_audit(at=at)
        assert (last.chain, last.seq, "cut") in found()

    def test_sees_a_replaced_table(self, trail, anchor, at):
        services.anchor_audit(at=at)
        behind_its_back("DELETE FROM casework_auditlink")
        behind_its_back("DELETE FROM casework_auditentry")
        for number in range(60):
            write(f"ZZ{number % 3}", at)
        assert {fault for *_, fault in found()} == {"cut"}

    def test_sees_a_forged_anchor_line(self, trail, anchor, at, settings):
        settings.AUDIT_ANCHOR_KEY = "只有审计员持有"
        services.anchor_audit(at=at)
        line = json.loads(anchor.read_text(encoding="utf-8"))
        line["heads"] = {}
        anchor.write_text(json.dumps(line, ensure_ascii=False) + "\n", encoding="utf-8")
        assert found() == [(-1, 1, "anchor")]

    def test_sees_an_anchor_line_taken_out(self, trail, anchor, at):
        for _ in range(3):
            services.anchor_audit(at=at)
        lines = anchor.read_text(encoding="utf-8").splitlines(keepends=True)
        anchor.write_text(lines[0] + lines[2], encoding="utf-8")
        assert found() == [(-1, 2, "anchor")]

    def cut(self, last: AuditLink) -> None:
        behind_its_back("DELETE FROM casework_auditlink WHERE entry_id = %s", last.entry_id)
        behind_its_back("DELETE FROM casework_auditentry WHERE id = %s", last.entry_id)

    def test_by_command_says_so_and_fails(self, trail, anchor):
        out = StringIO()
        call_command("anchor_audit", stdout=out)
        call_command("verify_audit", stdout=out)
        assert "审计记录完整" in out.getvalue()

        behind_its_back("UPDATE casework_auditentry SET note = '改过' WHERE note = '第1条'")
        with pytest.raises(CommandError, match="不完整"):
            call_command("verify_audit", stdout=out, stderr=out)

    def test_nightly_leaves_a_job_that_a_person_sees(self, trail, django_capture_on_commit_callbacks):
        behind_its_back("UPDATE casework_auditentry SET note = '改过' WHERE note = '第1条'")
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
        assert list(AuditLink.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 41))
        assert services.verify_audit() == []

    def test_a_rolled_back_append_leaves_no_gap(self, at, at_once, anchor):
        def broken():
            with transaction.atomic():
                write("ZZ1", at)
                transaction.set_rollback(True)

        at_once(broken, lambda: write("ZZ1", at) and None, broken, lambda: write("ZZ1", at) and None)
        assert list(AuditLink.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2]

    def test_transactions_that_walk_the_chains_in_opposite_orders_do_not_wait_for_each_other(
        self, at, at_once, anchor
    ):
        cases = [f"ZZ{number}" for number in range(40)]

        def batch(order: list[str]):
            for _ in range(3):
                with transaction.atomic():
                    for case_no in order:
                        write(case_no, at)

        assert at_once(lambda: batch(cases), lambda: batch(cases[::-1])) == [None, None]
        assert AuditLink.objects.count() == 240
        assert services.verify_audit() == []

    def test_a_long_transaction_does_not_hold_up_the_others(self, at, at_once, anchor):
        written, others_done = threading.Event(), threading.Event()

        def long():
            with transaction.atomic():
                write("ZZ1", at)
                written.set()
                assert others_done.wait(3)

        def short():
            written.wait(3)
            write("ZZ1", at)
            others_done.set()

        assert at_once(long, short) == [None, None]
        assert services.verify_audit() == []

    def test_an_entry_of_a_savepoint_that_was_undone_leaves_nothing(self, at, anchor):
        with transaction.atomic():
            write("ZZ1", at)
            with transaction.atomic():
                write("ZZ2", at)
                transaction.set_rollback(True)
            write("ZZ3", at)
        assert AuditLink.objects.count() == AuditEntry.objects.count() == 2
        assert services.verify_audit() == []


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
