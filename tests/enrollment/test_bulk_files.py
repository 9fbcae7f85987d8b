"""What a large file must be before its rows are looked at: type, encoding, headings, size."""
import io
import zipfile

import pytest
from openpyxl import Workbook

from casework.errors import Refused
from casework.models import Job
from casework.workbooks import FileRefused
from enrollment import services as enrollment
from enrollment.models import BulkBatch, RowFault, StagedRow
from enrollment.services.bulk import batches, reading
from tests.enrollment import bulk
from tests.enrollment.bulk import PAYMENT_HEAD, csv_file, payment_row, xlsx_file

pytestmark = pytest.mark.django_db
KIND = "resident_payment"


@pytest.fixture
def persons(db, at):
    return bulk.register(5, at)


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def refused_at_once(data, by, at, **covering):
    with pytest.raises(Refused) as refusal:
        bulk.upload(KIND, data, by, at, **covering)
    assert not BulkBatch.objects.exists()
    assert not Job.objects.exists()
    return refusal.value.code


def refused_by_job(data, by, at):
    batch = bulk.read(KIND, data, by, at)
    assert (batch.state, *bulk.counts(batch)) == ("refused", 0, 0, 0, 0)
    assert not StagedRow.objects.exists()
    return sorted({code for _, code, _ in bulk.told(batch)})


class TestTheEncoding:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_is_told_from_the_bytes(self, encoding, persons, window_officer, at):
        batch = bulk.read(KIND, csv_file(PAYMENT_HEAD, payment_row(0), encoding=encoding), window_officer, at)

        assert (batch.state, batch.rows_pending, bulk.told(batch)) == ("checked", 1, [])

    def test_of_rare_characters_is_gb18030_and_not_gbk(self, at, window_officer):
        row = ["11010519491231002X", "䶮㐀𠮷", "511902"]
        data = csv_file(["证件号码", "姓名", "参保地"], row, encoding="gb18030")
        batch = bulk.read("person", data, window_officer, at)

        assert StagedRow.objects.get(batch=batch).name == "䶮㐀𠮷"

    @pytest.mark.parametrize(("actual", "declared"), [("utf-8", "gb18030"), ("gb18030", "utf-8")])
    def test_may_not_contradict_what_is_declared(self, actual, declared, window_officer, at):
        data = csv_file(PAYMENT_HEAD, payment_row(0), encoding=actual)

        assert refused_at_once(data, window_officer, at, encoding=declared) == "ENCODING_MISMATCH"

    def test_that_was_broken_by_another_program_is_seen_in_the_headings(self, window_officer, at):
        broken = csv_file(PAYMENT_HEAD[:1] * 2, payment_row(0)).decode("gb18030", errors="replace").encode()

        assert refused_by_job(broken, window_officer, at) == ["ENCODING_MISMATCH"]

    def test_utf_16_and_broken_bytes_are_refused_with_their_offset(self, window_officer, at):
        assert refused_at_once("证件号码,姓名".encode("utf-16"), window_officer, at) == "ENCODING"
        with pytest.raises(FileRefused, match="第18字节"):
            bulk.upload(KIND, "证件号码,".encode() + b"ab,c\r\xff\xff\n", window_officer, at)

    def test_line_ends_and_quoted_line_breaks_count_as_excel_counts(self, persons, window_officer, at):
        head = ",".join(PAYMENT_HEAD)
        good, bad = ",".join(payment_row(0)), ",".join(payment_row(1, 个人缴费金额="x"))
        quoted = ",".join([payment_row(2)[0], '"钱\n小明"', *payment_row(2)[2:]])
        text = f"{head}\r{good}\n{quoted}\r\n\r\n{bad}"

        batch = bulk.read(KIND, text.encode(), window_officer, at)

        assert bulk.told(batch) == [(3, "CONTROL_CHAR", "姓名"), (5, "AMOUNT_FORMAT", "个人缴费金额")] or \
            bulk.told(batch) == [(3, "TEXT_INVISIBLE", "姓名"), (5, "AMOUNT_FORMAT", "个人缴费金额")]


class TestTheFile:
    @pytest.mark.parametrize(("data", "code"), [
        (b"", "FILE_EMPTY"),
        (b"PK\x03\x04broken", "TYPE_MISMATCH"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "TYPE_MISMATCH"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"), "ENCRYPTED"),
        (b"\x7fELF\0\0\0\0", "TYPE_MISMATCH"),
    ])
    def test_that_is_no_table_is_refused_at_once(self, data, code, window_officer, at):
        assert refused_at_once(data, window_officer, at) == code

    def test_that_unpacks_too_far_is_refused_unread(self, window_officer, at):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", "")
            archive.writestr("xl/workbook.xml", b" " * 3_000_000)

        assert refused_at_once(out.getvalue(), window_officer, at) == "ARCHIVE_RATIO"

    @pytest.mark.parametrize(("name", "code"), [
        ("xl/vbaProject.bin", "MACRO_REFUSED"), ("inner.zip", "ARCHIVE_CONTENT"), ("../evil.xml", "ARCHIVE_CONTENT"),
    ])
    def test_with_foreign_parts_is_refused(self, name, code, window_officer, at):
        out = io.BytesIO(xlsx_file(PAYMENT_HEAD, payment_row(0)))
        with zipfile.ZipFile(out, "a") as archive:
            archive.writestr(name, "x")

        assert refused_at_once(out.getvalue(), window_officer, at) == code

    def test_with_an_entity_bomb_is_refused(self, window_officer, at):
        plain, out = xlsx_file(PAYMENT_HEAD, payment_row(0)), io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(plain)) as source, zipfile.ZipFile(out, "w") as archive:
            for part in source.namelist():
                text = source.read(part)
                if part == "xl/worksheets/sheet1.xml":
                    text = text.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1)
                archive.writestr(part, text)

        assert refused_by_job(out.getvalue(), window_officer, at) == ["XML_ENTITY"]

    def test_larger_than_allowed_leaves_nothing(self, window_officer, at, monkeypatch, settings):
        monkeypatch.setattr(batches, "MAX_FILE", 100)

        assert refused_at_once(csv_file(PAYMENT_HEAD, payment_row(0)), window_officer, at) == "FILE_TOO_LARGE"
        assert not [path for path in settings.DOCUMENT_ROOT.rglob("*") if path.is_file()]

    @pytest.mark.parametrize(("rows", "codes"), [
        ([PAYMENT_HEAD], ["NO_ROWS"]),
        ([payment_row(0), payment_row(1)], ["COLUMN_MISSING"]),
        ([PAYMENT_HEAD[1:], payment_row(0)[1:]], ["COLUMN_MISSING"]),
        ([[*PAYMENT_HEAD, "姓名"], payment_row(0)], ["COLUMN_DUPLICATE"]),
        ([[*PAYMENT_HEAD, "备注"], payment_row(0)], ["COLUMN_UNKNOWN"]),
    ])
    @pytest.mark.parametrize("form", [csv_file, xlsx_file])
    def test_with_wrong_headings_is_refused(self, rows, codes, form, window_officer, at):
        assert refused_by_job(form(*rows), window_officer, at) == codes

    def test_without_headings_does_not_repeat_its_first_row(self, window_officer, at):
        refused_by_job(csv_file(payment_row(0), payment_row(1)), window_officer, at)

        assert bulk.number(0) not in RowFault.objects.get().message

    @pytest.mark.parametrize("form", [csv_file, xlsx_file])
    def test_may_have_its_columns_in_any_order(self, form, persons, window_officer, at):
        batch = bulk.read(KIND, form(PAYMENT_HEAD[::-1], payment_row(0)[::-1]), window_officer, at)

        assert (batch.state, batch.rows_pending) == ("checked", 1)

    def test_with_too_many_rows_is_refused_and_leaves_nothing_staged(self, persons, window_officer, at, monkeypatch):
        monkeypatch.setattr(reading, "MAX_ROWS", 3)
        monkeypatch.setattr(reading, "CHUNK", 2)
        data = csv_file(PAYMENT_HEAD, *[payment_row(serial) for serial in range(4)])

        assert refused_by_job(data, window_officer, at) == ["TOO_MANY_ROWS"]

    def test_with_an_unclosed_quote_is_refused(self, window_officer, at):
        data = csv_file(PAYMENT_HEAD, payment_row(0)) + b'"51190,\r\n'

        assert refused_by_job(data, window_officer, at) == ["CSV_FORMAT"]

    def test_with_more_cells_than_headings_is_refused(self, window_officer, at):
        assert refused_by_job(csv_file(PAYMENT_HEAD, [*payment_row(0), "x"]), window_officer, at) == ["COLUMN_COUNT"]


class TestTheWorkbook:
    def test_with_merged_cells_is_refused(self, window_officer, at):
        book = Workbook()
        book.active.append(PAYMENT_HEAD)
        book.active.append(payment_row(0))
        book.active.merge_cells("A3:B3")

        assert refused_by_job(saved(book), window_officer, at) == ["MERGED_CELLS"]

    def test_with_hidden_rows_and_other_sheets_is_read_with_a_warning(self, persons, window_officer, at):
        book = Workbook()
        book.active.append(PAYMENT_HEAD)
        book.active.append(payment_row(0))
        book.active.row_dimensions[2].hidden = True
        book.create_sheet("其他")

        batch = bulk.read(KIND, saved(book), window_officer, at)

        assert batch.rows_pending == 1
        assert any("HIDDEN_ROWS" in warning for warning in batch.report["warnings"])
        assert len(batch.report["warnings"]) == 2

    def test_without_visible_sheet_or_with_too_many_columns_is_refused(self, window_officer, at):
        wide = Workbook()
        wide.active.append([*PAYMENT_HEAD, *([""] * 100), "x"])

        assert refused_by_job(saved(wide), window_officer, at) == ["TOO_MANY_COLUMNS"]

    def test_writes_its_errors_as_a_workbook_without_numbers(self, persons, window_officer, at):
        from openpyxl import load_workbook

        rows = [payment_row(0, 证件号码="511902199001010011"), payment_row(1, 缴费日期="=HYPERLINK(1)")]
        batch = bulk.read(KIND, csv_file(PAYMENT_HEAD, *rows), window_officer, at)

        with enrollment.fault_workbook(batch.pk, by=window_officer, at=at) as file:
            lines = list(load_workbook(file, read_only=True).active.values)

        assert lines[0] == ("行", "列", "代码", "内容（脱敏）", "原因")
        assert [line[:4] for line in lines[1:]] == [
            ("2", "证件号码", "ID_CHECKSUM", "511902********0011"), ("3", "缴费日期", "DATE_FORMAT", "'=HYPERLINK(1)"),
        ]

    def test_shows_a_thousand_faults_and_writes_all(self, window_officer, at):
        rows = [payment_row(0, 个人缴费金额="x") for _ in range(1_005)]
        batch = bulk.read(KIND, csv_file(PAYMENT_HEAD, *rows), window_officer, at)

        progress = enrollment.batch_progress(batch.pk, by=window_officer)

        assert (len(progress.faults), progress.fault_rows, progress.running) == (1_000, 1_005, False)
        assert RowFault.objects.count() == 1_005


class TestUploading:
    def test_needs_its_permission(self, auditor, at):
        assert refused_at_once(csv_file(PAYMENT_HEAD, payment_row(0)), auditor, at) == "forbidden"

    def test_is_not_seen_from_another_county(self, persons, window_officer, neighbour_officer, at):
        batch = bulk.read(KIND, csv_file(PAYMENT_HEAD, payment_row(0)), window_officer, at)

        with pytest.raises(Refused) as refusal:
            enrollment.batch_progress(batch.pk, by=neighbour_officer)
        assert refusal.value.code == "not_found"

    def test_shows_how_far_it_is(self, persons, window_officer, at):
        batch = bulk.read(KIND, csv_file(PAYMENT_HEAD, payment_row(0)), window_officer, at)

        progress = enrollment.batch_progress(batch.pk, by=window_officer)

        assert (progress.done, progress.total, progress.percent, progress.label) == (1, 1, 100, "待确认")
