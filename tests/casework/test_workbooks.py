"""Hostile and clumsy uploads, each with its code."""
import io
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook, load_workbook

from casework import workbooks
from casework.workbooks import Columns, FileRefused

COLUMNS = Columns(
    required=("证件号码", "姓名"), optional=("日期", "电话"), aliases={"身份证号": "证件号码"}, text_only=("证件号码",),
)
HEADINGS = ["证件号码", "姓名"]
ROW = ["511902199001010010", "张三丰"]


def book(*rows, edit=None):
    made = Workbook()
    for row in rows:
        made.active.append(row)
    if edit:
        edit(made.active)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def repacked(data, *, add=None, replace=None, symlink=None):
    """The archive with parts added, replaced by a function of their bytes, or turned into a link."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            body = old.read(part)
            new.writestr(part.filename, (replace or {}).get(part.filename, lambda same: same)(body))
        for name, body in (add or {}).items():
            new.writestr(name, body)
        if symlink:
            link = zipfile.ZipInfo(symlink)
            link.external_attr = 0o120777 << 16
            new.writestr(link, "/etc/passwd")
    return out.getvalue()


def sheet(data, **limits):
    return workbooks.read(data, COLUMNS, **{"max_rows": 2_000, **limits})


def codes(data, **limits):
    with pytest.raises(FileRefused) as refusal:
        sheet(data, **limits)
    return [fault.code for fault in refusal.value.faults]


class TestReading:
    def test_returns_text_under_the_known_headings_with_excels_row_numbers(self):
        read = sheet(book(HEADINGS, ROW, [], ["511903198506150029", "李秀英"]))

        assert read.headings == HEADINGS
        assert read.rows == [(2, ROW), (4, ["511903198506150029", "李秀英"])]

    def test_takes_columns_in_any_order_and_by_another_spelling(self):
        assert sheet(book(["姓名", "身份证号"], ROW[::-1])).headings == ["姓名", "证件号码"]

    def test_strips_a_byte_order_mark_before_the_first_heading(self):
        assert sheet(book(["\ufeff身份证号", "姓名"], ROW)).headings == HEADINGS

    def test_writes_dates_and_whole_numbers_as_text(self):
        read = sheet(book(
            [*HEADINGS, "日期", "电话"], [*ROW, datetime(2025, 3, 1), 13800001234], [*ROW, date(2025, 3, 2), 5.0],
        ))

        assert [row[2:] for _, row in read.rows] == [["2025-03-01", "13800001234"], ["2025-03-02", "5"]]

    def test_reads_back_what_the_export_neutralised(self):
        data = workbooks.write("导出", HEADINGS, [["A1", "=HYPERLINK(1)"], ["A2", "@x"], ["A3", "'quoted"]])

        assert [row[1] for _, row in sheet(data).rows] == ["=HYPERLINK(1)", "@x", "'quoted"]

    def test_tells_of_hidden_rows_and_further_sheets(self):
        def hide(page):
            page.row_dimensions[2].hidden = True

        assert [fault.code for fault in sheet(book(HEADINGS, ROW, edit=hide)).warnings] == ["HIDDEN_ROWS"]
        assert sheet(book(HEADINGS, ROW)).warnings == []


class TestHeadings:
    @pytest.mark.parametrize(("headings", "code"), [
        (["姓名"], "COLUMN_MISSING"),
        (["证件号码", "姓名", "姓名"], "COLUMN_DUPLICATE"),
        (["证件号码", "身份证号", "姓名"], "COLUMN_DUPLICATE"),
        (["证件号码", "姓名", "电活"], "COLUMN_UNKNOWN"),
    ])
    def test_are_refused_by_name(self, headings, code):
        assert codes(book(headings, ROW)) == [code]

    def test_are_refused_all_at_once_with_the_near_name(self):
        with pytest.raises(FileRefused) as refusal:
            sheet(book(["电活"], ["1"]))

        assert [fault.code for fault in refusal.value.faults] == ["COLUMN_MISSING", "COLUMN_MISSING", "COLUMN_UNKNOWN"]
        assert "是否为“电话”" in str(refusal.value.faults[-1])

    def test_without_rows_or_nothing_at_all(self):
        assert codes(book(HEADINGS)) == ["NO_ROWS"]
        assert codes(book(HEADINGS, [None, ""])) == ["NO_ROWS"]
        assert codes(book()) == ["FILE_EMPTY"]
        assert codes(b"") == ["FILE_EMPTY"]


class TestCells:
    @pytest.mark.parametrize(("cell", "code"), [
        (440524188001010014, "ID_AS_NUMBER"),
        (4.40524e17, "ID_AS_NUMBER"),
        ("51190219900101\u200b0010", "TEXT_INVISIBLE"),
        ("51190219900101\u202e0010", "TEXT_INVISIBLE"),
        ("51190_x0000_", "CONTROL_CHAR"),
    ])
    def test_are_refused_where_their_text_is_in_doubt(self, cell, code):
        with pytest.raises(FileRefused) as refusal:
            sheet(book(HEADINGS, ROW, [cell, "张三丰"]))

        fault = refusal.value.faults[0]
        assert (fault.code, fault.row, fault.column) == (code, 3, "证件号码")
        assert "4405241" not in str(fault)

    def test_are_refused_all_at_once(self):
        assert codes(book(HEADINGS, *([[1, "张三丰"]] * 3))) == ["ID_AS_NUMBER"] * 3

    def test_are_no_formulas(self):
        with pytest.raises(FileRefused) as refusal:
            sheet(book(HEADINGS, ROW, ["=A2", "张三丰"]))

        assert [(fault.code, fault.row) for fault in refusal.value.faults] == [("FORMULA_REFUSED", 3)]

    def test_are_not_merged(self):
        assert codes(book(HEADINGS, ROW, ROW, edit=lambda page: page.merge_cells("A2:A3"))) == ["MERGED_CELLS"]

    def test_may_begin_like_a_formula_as_text(self):
        def as_text(page):
            for number, text in enumerate(["=1+1", "+1", "-1", "@x", "\t=1"], 2):
                page.cell(number, 1, "A").data_type = "s"
                page.cell(number, 2, text).data_type = "s"

        assert [row[1] for _, row in sheet(book(HEADINGS, edit=as_text)).rows] == ["=1+1", "+1", "-1", "@x", "=1"]


class TestSize:
    def test_is_limited_in_rows_to_the_row(self):
        assert len(sheet(book(HEADINGS, *([ROW] * 3)), max_rows=3).rows) == 3
        assert codes(book(HEADINGS, *([ROW] * 4)), max_rows=3) == ["TOO_MANY_ROWS"]

    def test_is_limited_in_columns(self):
        assert codes(book([*HEADINGS, *(f"列{n}" for n in range(99))], ROW)) == ["TOO_MANY_COLUMNS"]

    def test_of_a_bomb_is_told_from_the_directory(self):
        bomb = repacked(book(HEADINGS, ROW), add={"xl/media/zeros.bin": b"0" * 20_000_000})

        assert codes(bomb) == ["ARCHIVE_RATIO"]
        assert codes(book(HEADINGS, ROW), max_unpacked=1_000) == ["ARCHIVE_RATIO"]


class TestFiles:
    def test_that_are_no_workbook_are_refused_by_their_content(self):
        other_zip = io.BytesIO()
        with zipfile.ZipFile(other_zip, "w") as archive:
            archive.writestr("a.txt", "x")
        for data in ("证件号码,姓名\n1,张三".encode(), b"\xff\xfe\x00", b"PK\x03\x04", other_zip.getvalue()):
            assert codes(data) == ["TYPE_MISMATCH"]

    def test_of_the_old_format_and_with_a_password_are_told_apart(self):
        ole = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 512
        assert codes(ole) == ["TYPE_MISMATCH"]
        assert codes(ole + "EncryptedPackage".encode("utf-16-le")) == ["ENCRYPTED"]

    def test_with_macros_archives_or_links_are_refused(self):
        plain = book(HEADINGS, ROW)
        assert codes(repacked(plain, add={"xl/vbaProject.bin": b"x"})) == ["MACRO_REFUSED"]
        assert codes(repacked(plain, add={"xl/inner.zip": b"PK"})) == ["ARCHIVE_CONTENT"]
        assert codes(repacked(plain, add={"../evil.xml": b"<a/>"})) == ["ARCHIVE_CONTENT"]
        assert codes(repacked(plain, symlink="xl/link.xml")) == ["ARCHIVE_CONTENT"]

    @pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "[Content_Types].xml"])
    def test_with_entities_are_refused_wherever_they_stand(self, part):
        bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]>'
        data = repacked(book(HEADINGS, ROW), replace={part: lambda body: bomb + body.partition(b"?>")[2]})

        assert codes(data) == ["XML_ENTITY"]

    def test_that_are_cut_or_broken_are_refused_without_quoting_them(self):
        plain = book(HEADINGS, ROW)
        broken = repacked(plain, replace={"xl/worksheets/sheet1.xml": lambda body: body[: len(body) // 2]})
        for data in (plain[: len(plain) // 2], broken):
            with pytest.raises(FileRefused) as refusal:
                sheet(data)
            assert refusal.value.code == "TYPE_MISMATCH"
            assert ROW[0] not in str(refusal.value)


class TestWriting:
    def test_neutralises_every_cell_that_could_run(self):
        rows = [["=1+1"], ["+1"], ["-1"], ["@SUM(A1)"], ["\t=1"], ["普通"], [None], ["511902199001010010"]]
        page = load_workbook(io.BytesIO(workbooks.write("导出", ["列"], rows))).active

        cells = [row[0] for row in page.iter_rows(min_row=2)]
        assert [cell.value for cell in cells][:6] == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "普通"]
        assert not any(cell.data_type == "f" or isinstance(cell.value, int | float) for cell in cells)
        assert cells[7].value == "511902199001010010"
