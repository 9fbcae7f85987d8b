"""Resident payments by the tax bureau's file: from upload to the ledger."""
import random
from datetime import date
from decimal import Decimal

import pytest

from casework.errors import Refused
from casework.models import AuditEntry, Job
from enrollment import services as enrollment
from enrollment.models import BulkBatch, Contribution, StagedRow
from tests.enrollment import bulk
from tests.enrollment.bulk import PAYMENT_HEAD, csv_file, payment_row, xlsx_file
from tests.enrollment.conftest import wide

pytestmark = pytest.mark.django_db
KIND = "resident_payment"


def ledger():
    names = ("person__id_no", "for_year", "personal_amount", "paid_on", "source_no")
    return sorted(Contribution.objects.values_list(*names))


@pytest.fixture
def persons(db, at):
    return bulk.register(20, at)


class TestPaymentFiles:
    def test_are_read_checked_confirmed_and_entered_once(self, persons, window_officer, city_manager, at):
        rows = [payment_row(serial) for serial in range(10)]

        batch = bulk.read(KIND, csv_file(PAYMENT_HEAD, *rows), window_officer, at)
        assert (batch.state, batch.rows_pending) == ("checked", 10)
        assert not Contribution.objects.exists()
        batch = bulk.merge(batch, city_manager, at)

        assert (batch.state, *bulk.counts(batch)) == ("done", 10, 10, 0, 0)
        first = Contribution.objects.get(source_no="SP00000000")
        assert (first.person, first.for_year, first.personal_amount, first.paid_on) == (
            persons[0], 2026, Decimal("400.00"), date(2025, 11, 2),
        )
        assert not StagedRow.objects.exists()

    @pytest.mark.parametrize(("change", "code", "column"), [
        ({"证件号码": "511902199001010011"}, "ID_CHECKSUM", "证件号码"),
        ({"证件号码": "511902199002300013"}, "ID_BIRTHDATE", "证件号码"),
        ({"证件号码": "511902900101001"}, "ID_15_DIGITS", "证件号码"),
        ({"证件号码": "4.40524E+17"}, "ID_AS_NUMBER", "证件号码"),
        ({"证件号码": ""}, "FIELD_MISSING", "证件号码"),
        ({"证件号码": bulk.number(500)}, "PERSON_NOT_FOUND", "证件号码"),
        ({"姓名": "李四"}, "NAME_MISMATCH", "姓名"),
        ({"姓名": "赵\x00小明"}, "CONTROL_CHAR", "姓名"),
        ({"姓名": "赵\u202e小明"}, "TEXT_INVISIBLE", "姓名"),
        ({"姓名": "赵" * 51}, "TEXT_LENGTH", "姓名"),
        ({"缴费年度": "26"}, "YEAR_RANGE", "缴费年度"),
        ({"缴费年度": "2027"}, "YEAR_RANGE", "缴费年度"),
        ({"个人缴费金额": "1,234.50"}, "AMOUNT_FORMAT", "个人缴费金额"),
        ({"个人缴费金额": wide("400")}, "AMOUNT_FORMAT", "个人缴费金额"),
        ({"个人缴费金额": "1e5"}, "AMOUNT_FORMAT", "个人缴费金额"),
        ({"个人缴费金额": "NaN"}, "AMOUNT_FORMAT", "个人缴费金额"),
        ({"个人缴费金额": "12.345"}, "AMOUNT_PRECISION", "个人缴费金额"),
        ({"个人缴费金额": "-1"}, "AMOUNT_SIGN", "个人缴费金额"),
        ({"个人缴费金额": "100000000.01"}, "AMOUNT_LIMIT", "个人缴费金额"),
        ({"个人缴费金额": ""}, "FIELD_MISSING", "个人缴费金额"),
        ({"缴费日期": "2025-1-1"}, "DATE_FORMAT", "缴费日期"),
        ({"缴费日期": "20250101"}, "DATE_FORMAT", "缴费日期"),
        ({"缴费日期": "2025-02-30"}, "DATE_FORMAT", "缴费日期"),
        ({"缴费日期": "2025-11-04"}, "DATE_FUTURE", "缴费日期"),
        ({"缴费日期": "2024-11-02"}, "DATE_RANGE", "缴费日期"),
        ({"税票号码": ""}, "FIELD_MISSING", "税票号码"),
    ])
    def test_name_a_bad_row_and_enter_the_good_ones(
        self, change, code, column, persons, window_officer, city_manager, at,
    ):
        data = csv_file(PAYMENT_HEAD, payment_row(1), payment_row(0, **change), payment_row(2))

        batch = bulk.read(KIND, data, window_officer, at)
        batch = bulk.merge(batch, city_manager, at)

        assert bulk.told(batch) == [(3, code, column)]
        assert bulk.counts(batch) == (3, 2, 1, 0)
        assert Contribution.objects.count() == 2

    def test_tell_every_fault_of_a_row_and_show_no_number(self, persons, window_officer, at):
        bad = payment_row(0, 证件号码="511902199001010011", 个人缴费金额="1,0", 姓名="王五六" * 20)

        batch = bulk.read(KIND, csv_file(PAYMENT_HEAD, bad), window_officer, at)

        assert [code for _, code, _ in bulk.told(batch)] == ["AMOUNT_FORMAT", "ID_CHECKSUM", "TEXT_LENGTH"]
        shown = str(list(batch.faults.values()))
        assert "511902199001010011" not in shown
        assert "王五" not in shown

    def test_take_equal_rows_once_and_refuse_contradicting_ones_on_both_lines(
        self, persons, window_officer, city_manager, at,
    ):
        rows = [payment_row(0), payment_row(0), payment_row(1), payment_row(1, 个人缴费金额="410.00")]

        batch = bulk.merge(bulk.read(KIND, csv_file(PAYMENT_HEAD, *rows), window_officer, at), city_manager, at)

        assert bulk.told(batch) == [(3, "DUP_IGNORED", ""), (4, "DUP_CONFLICT", ""), (5, "DUP_CONFLICT", "")]
        assert bulk.counts(batch) == (4, 1, 2, 1)

    def test_leave_what_is_recorded_and_refuse_what_contradicts_it(self, persons, window_officer, city_manager, at):
        first = csv_file(PAYMENT_HEAD, payment_row(0), payment_row(1))
        bulk.merge(bulk.read(KIND, first, window_officer, at), city_manager, at)

        second = csv_file(PAYMENT_HEAD, payment_row(0), payment_row(1, 个人缴费金额="380.00"), payment_row(2))
        batch = bulk.merge(bulk.read(KIND, second, window_officer, at), city_manager, at)

        assert bulk.told(batch) == [(3, "RECORD_CONFLICT", "税票号码")]
        assert bulk.counts(batch) == (3, 1, 1, 1)
        assert Contribution.objects.get(source_no="SP00000001").personal_amount == 400

    def test_do_not_reach_into_another_county(self, at, persons, neighbour_officer):
        batch = bulk.read(KIND, csv_file(PAYMENT_HEAD, payment_row(0)), neighbour_officer, at)

        assert bulk.told(batch) == [(2, "PERSON_NOT_FOUND", "证件号码")]

    def test_end_the_same_however_the_rows_are_ordered(self, persons, window_officer, city_manager, at):
        rows = [payment_row(serial) for serial in range(20)] + [payment_row(3), payment_row(4, 姓名="李四")]
        random.Random(7).shuffle(rows)

        batch = bulk.merge(bulk.read(KIND, csv_file(PAYMENT_HEAD, *rows), window_officer, at), city_manager, at)

        assert bulk.counts(batch) == (22, 19, 2, 1)
        assert [line[-1] for line in ledger()] == sorted(f"SP{serial:08d}" for serial in range(20) if serial != 4)

    def test_ask_for_the_windows_of_those_whom_they_touch(self, persons, window_officer, city_manager, at):
        batch = bulk.read(KIND, csv_file(PAYMENT_HEAD, payment_row(0), payment_row(1)), window_officer, at)

        batch = bulk.merge(batch, city_manager, at)

        job = Job.objects.get(kind="enrollment.recompute_windows")
        assert job.payload["person_ids"] == [persons[0].pk, persons[1].pk]

    def test_leave_one_audit_entry_for_each_act_and_chunk_without_numbers(
        self, persons, window_officer, city_manager, at,
    ):
        batch = bulk.merge(
            bulk.read(KIND, csv_file(PAYMENT_HEAD, payment_row(0)), window_officer, at), city_manager, at,
        )

        entries = AuditEntry.objects.filter(subject=batch.subject).order_by("pk")
        assert [entry.action.removeprefix("enrollment.") for entry in entries] == [
            "bulk_uploaded", "bulk_checked", "bulk_confirmed", "bulk_chunk", "bulk_done",
        ]
        assert bulk.number(0) not in str(list(entries.values("detail", "note")))

    def test_compare_the_trailer_with_the_rows(self, persons, window_officer, at):
        right = ["合计", "2", "", "800.00", "", ""]
        wrong = ["合计", "2", "", "800.01", "", ""]
        short = ["合计", "3", "", "800.00", "", ""]
        rows = [payment_row(0), payment_row(1)]

        good = bulk.read(KIND, csv_file(PAYMENT_HEAD, *rows, right), window_officer, at)
        bad = [bulk.read(KIND, csv_file(PAYMENT_HEAD, *rows, last), window_officer, at) for last in (wrong, short)]

        assert (good.state, good.rows_read) == ("checked", 2)
        for batch in bad:
            assert (batch.state, bulk.told(batch)) == ("refused", [(4, "TRAILER_MISMATCH", "")])


class TestTheSameFile:
    def test_answers_with_the_first_batch_and_changes_nothing(self, persons, window_officer, city_manager, at):
        data = csv_file(PAYMENT_HEAD, payment_row(0))
        batch = bulk.merge(bulk.read(KIND, data, window_officer, at), city_manager, at)
        entries = AuditEntry.objects.count()

        again = bulk.upload(KIND, data, window_officer, at, name="另一个名字.csv")

        assert again.pk == batch.pk
        assert (BulkBatch.objects.count(), Contribution.objects.count(), AuditEntry.objects.count()) == (1, 1, entries)

    def test_is_known_but_not_shown_to_another_county(self, persons, window_officer, neighbour_officer, at):
        data = csv_file(PAYMENT_HEAD, payment_row(0))
        bulk.upload(KIND, data, window_officer, at)

        with pytest.raises(Refused) as refusal:
            bulk.upload(KIND, data, neighbour_officer, at)

        assert refusal.value.code == "ALREADY_IMPORTED"

    def test_may_come_again_after_a_withdrawal(self, persons, window_officer, at):
        data = csv_file(PAYMENT_HEAD, payment_row(0))
        batch = bulk.read(KIND, data, window_officer, at)
        enrollment.withdraw_bulk(batch_id=batch.pk, reason="报送有误", by=window_officer, at=at)

        assert bulk.upload(KIND, data, window_officer, at).pk != batch.pk
        batch.refresh_from_db()
        assert (batch.state, *bulk.counts(batch)) == ("withdrawn", 1, 0, 1, 0)
        assert not StagedRow.objects.exists()


class TestConfirming:
    @pytest.fixture
    def checked(self, persons, window_officer, at):
        return bulk.read(KIND, csv_file(PAYMENT_HEAD, payment_row(0)), window_officer, at)

    def refused(self, batch, by, at):
        with pytest.raises(Refused) as refusal:
            enrollment.confirm_bulk(batch_id=batch.pk, by=by, at=at)
        batch.refresh_from_db()
        assert batch.state != "confirmed"
        assert not Contribution.objects.exists()
        return refusal.value.code

    def test_is_refused_without_its_permission(self, checked, window_officer, at):
        assert self.refused(checked, window_officer, at) == "forbidden"

    def test_is_refused_to_who_uploaded_the_file(self, persons, city_manager, at):
        batch = bulk.read(KIND, csv_file(PAYMENT_HEAD, payment_row(0)), city_manager, at)

        assert self.refused(batch, city_manager, at) == "four_eyes"

    def test_is_refused_outside_the_territory(self, checked, city_manager, at):
        city_manager.region_code = "511903"

        assert self.refused(checked, city_manager, at) == "not_found"

    def test_is_refused_twice_over(self, checked, city_manager, at):
        enrollment.confirm_bulk(batch_id=checked.pk, by=city_manager, at=at)

        with pytest.raises(Refused, match="不能确认"):
            enrollment.confirm_bulk(batch_id=checked.pk, by=city_manager, at=at)

    def test_is_refused_where_nothing_could_be_written(self, persons, window_officer, city_manager, at):
        batch = bulk.read(KIND, csv_file(PAYMENT_HEAD, payment_row(500)), window_officer, at)

        assert self.refused(batch, city_manager, at) == "NOTHING_TO_WRITE"

    def test_does_not_write_for_a_person_who_has_moved_away_since(self, checked, persons, city_manager, at):
        persons[0].region_code = "511903"
        persons[0].save()
        city_manager.region_code = "511900"

        batch = bulk.merge(checked, city_manager, at)

        assert bulk.told(batch) == [(2, "CHANGED_SINCE_CHECK", "证件号码")]
        assert bulk.counts(batch) == (1, 0, 1, 0)


class TestWorkbooks:
    def test_are_read_like_text_files(self, persons, window_officer, city_manager, at):
        rows = [[*payment_row(0)[:2], 2026, 400, date(2025, 11, 2), "SP00000000"], payment_row(1)]

        batch = bulk.merge(bulk.read(KIND, xlsx_file(PAYMENT_HEAD, *rows), window_officer, at), city_manager, at)

        assert bulk.counts(batch) == (2, 2, 0, 0)
        assert len({line[1:4] for line in ledger()}) == 1

    def test_name_cells_that_are_numbers_or_formulas(self, persons, window_officer, at):
        rows = [
            [511902195001011003, *payment_row(0)[1:]], [*payment_row(1)[:3], "=200+200", *payment_row(1)[4:]],
            [*payment_row(2)[:3], 400.005, *payment_row(2)[4:]], [*payment_row(3)[:3], 0.1 + 0.2, *payment_row(3)[4:]],
        ]

        batch = bulk.read(KIND, xlsx_file(PAYMENT_HEAD, *rows), window_officer, at)

        assert bulk.told(batch) == [
            (2, "ID_AS_NUMBER", "证件号码"), (3, "FORMULA_REFUSED", "个人缴费金额"),
            (4, "AMOUNT_PRECISION", "个人缴费金额"),
        ]
        assert StagedRow.objects.get(row_no=5).facts["personal"] == "0.30"
