"""Registers in and out of .xlsx, through the resources that the screens use."""
import io

import pytest
from openpyxl import Workbook, load_workbook

from casework.errors import Refused
from casework.models import AuditEntry
from casework.workbooks import FileRefused
from enrollment import services as enrollment
from enrollment.models import ImportBatch, Institution, Person
from enrollment.resources import InstitutionResource, InstitutionWorkbook, PersonResource, PersonWorkbook
from tests.enrollment.conftest import MAN, wide

pytestmark = pytest.mark.django_db

HEADINGS = ["证件号码", "姓名", "参保地", "联系电话", "联系地址"]
ROW = [MAN, "单小明", "511902", "13800001234", "巴州区东城街道1号"]
SECOND = ["511902198506150022", "李秀英", "511902", "", ""]


def workbook(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def take(data, by, at, *, dry_run=False, resource=PersonResource, form=PersonWorkbook):
    return resource().import_data(form().create_dataset(data), dry_run=dry_run, by=by, at=at, file_name="参保人.xlsx")


def told(result):
    """Errors as (row, code) and the texts, as the page shows them."""
    return [
        (row, error.error.message.rpartition("（")[2].rstrip("）"))
        for row, errors in result.row_errors() for error in errors
    ]


def assert_nothing_written(persons=0):
    assert Person.objects.count() == persons
    assert not ImportBatch.objects.exists()


class TestImportingPersons:
    def test_registers_new_persons_and_writes_down_the_batch(self, window_officer, at):
        result = take(workbook(HEADINGS, ROW, SECOND), window_officer, at)

        assert not result.has_errors()
        assert set(Person.objects.values_list("id_no", "name", "phone_tail")) == {
            (MAN, "单小明", "1234"), (SECOND[0], "李秀英", ""),
        }
        batch = ImportBatch.objects.get()
        assert (batch.rows_read, batch.rows_accepted, batch.rows_unchanged) == (2, 2, 0)
        assert AuditEntry.objects.filter(action="enrollment.register_person").count() == 2

    def test_shows_a_preview_that_writes_nothing_and_masks_numbers(self, window_officer, at):
        result = take(workbook(HEADINGS, ROW), window_officer, at, dry_run=True)

        assert result.totals["new"] == 1
        shown = str([row.diff for row in result.valid_rows()])
        assert "511902********0010" in shown
        assert MAN not in shown
        assert "13800001234" not in shown
        assert_nothing_written()

    def test_brings_a_known_person_up_to_date_and_counts_the_unchanged(self, man, window_officer, at):
        take(workbook(HEADINGS, [*ROW[:3], "13900005678", ""], SECOND), window_officer, at)
        again = take(workbook(HEADINGS, [*ROW[:3], "13900005678", ""], [*SECOND[:4], "恩阳区"]), window_officer, at)

        man.refresh_from_db()
        assert man.phone == "13900005678"
        assert (again.totals["update"], again.totals["skip"]) == (1, 1)

    def test_finds_a_known_person_however_the_number_was_typed(self, window_officer, at):
        take(workbook(HEADINGS, ["11010519491231002X", *ROW[1:]]), window_officer, at)
        result = take(workbook(HEADINGS, [wide("11010519491231002x"), *ROW[1:]]), window_officer, at)

        assert result.totals["skip"] == 1
        assert Person.objects.count() == 1

    def test_reads_other_documents_with_birth_date_and_sex(self, window_officer, at):
        headings = [*HEADINGS[:3], "证件类型", "出生日期", "性别"]
        row = ["E1234567", "JOHN SMITH", "511902", "外国人护照", "1988-03-04", "男"]
        take(workbook(headings, row), window_officer, at)

        assert Person.objects.get().id_type == "08"

    def test_takes_a_file_once(self, window_officer, at):
        data = workbook(HEADINGS, ROW)
        take(data, window_officer, at)

        result = take(data, window_officer, at)

        assert "批次DR" in result.base_errors[0].error.message
        assert result.base_errors[0].error.code == "ALREADY_IMPORTED"
        assert (Person.objects.count(), ImportBatch.objects.count()) == (1, 1)

    @pytest.mark.parametrize(("change", "code"), [
        ({"证件号码": "511902199001010011"}, "ID_CHECKSUM"),
        ({"证件号码": "511902199002300013"}, "ID_BIRTHDATE"),
        ({"证件号码": "511902900101001"}, "ID_15_DIGITS"),
        ({"证件号码": ""}, "ID_FORMAT"),
        ({"姓名": ""}, "FIELD_MISSING"),
        ({"姓名": "张" * 51}, "TEXT_LENGTH"),
        ({"参保地": "511902999"}, "REGION_UNKNOWN"),
        ({"参保地": "511903"}, "jurisdiction"),
        ({"联系电话": "12"}, "PHONE_FORMAT"),
        ({"性别": "女"}, "ID_DISAGREES"),
        ({"性别": "其他"}, "CODE_UNKNOWN"),
        ({"出生日期": "1990-1-1"}, "DATE_FORMAT"),
        ({"出生日期": "19900101"}, "DATE_FORMAT"),
        ({"出生日期": "1990-02-30"}, "DATE_FORMAT"),
        ({"出生日期": "2025-W01-1"}, "DATE_FORMAT"),
        ({"证件类型": "驾驶证"}, "CODE_UNKNOWN"),
    ])
    def test_refuses_a_bad_row_and_with_it_the_file(self, change, code, window_officer, at):
        facts = {**dict(zip(HEADINGS, ROW, strict=True)), **change}

        result = take(workbook([*facts], [*facts.values()]), window_officer, at)

        assert told(result) == [(2, code)]
        assert_nothing_written()

    def test_tells_all_errors_at_once_by_excels_row_and_without_numbers(self, window_officer, at):
        bad = ["511902199001010011", *ROW[1:]]

        result = take(workbook(HEADINGS, SECOND, bad, [], [*ROW[:3], "12", ""]), window_officer, at)

        assert told(result) == [(3, "ID_CHECKSUM"), (5, "PHONE_FORMAT")]
        texts = [error.error.message for _, errors in result.row_errors() for error in errors]
        assert [text.partition("：")[0] for text in texts] == ["证件号码", "联系电话"]
        assert bad[0] not in str(texts)
        assert_nothing_written()

    def test_offers_the_errors_as_a_workbook_without_numbers(self, window_officer, at):
        result = take(workbook(HEADINGS, ["511902199001010011", *ROW[1:]]), window_officer, at)

        lines = list(load_workbook(io.BytesIO(result.error_workbook())).active.values)
        assert lines[0] == ("行", "问题")
        assert lines[1][0] == "2"
        assert "ID_CHECKSUM" in lines[1][1]
        assert "511902199001010011" not in str(lines)

    def test_takes_equal_rows_for_one_and_refuses_contradicting_ones_on_both_lines(self, window_officer, at):
        equal = take(workbook(HEADINGS, ROW, ROW), window_officer, at)
        assert (equal.totals["new"], equal.totals["skip"]) == (1, 1)

        other = [*SECOND[:3], "13900005678", ""]
        result = take(workbook(HEADINGS, SECOND, ROW, other), window_officer, at)

        assert told(result) == [(2, "DUP_CONFLICT"), (4, "DUP_CONFLICT")]
        assert "第2、4行" in result.row_errors()[0][1][0].error.message
        assert (Person.objects.count(), ImportBatch.objects.count()) == (1, 1)

    def test_does_not_let_a_file_rename_or_move_a_person(self, man, window_officer, city_manager, at):
        renamed = take(workbook(HEADINGS, [MAN, "李四", *ROW[2:]]), window_officer, at)
        moved = take(workbook(HEADINGS, [*ROW[:2], "511903", *ROW[3:]]), city_manager, at)

        assert told(renamed) == told(moved) == [(2, "REGISTER_CONFLICT")]
        man.refresh_from_db()
        assert (man.name, man.region_code) == ("单小明", "511902")

    def test_does_not_touch_or_show_another_countys_person(self, man, neighbour_officer, at):
        result = take(workbook(HEADINGS, [*ROW[:2], "511903", "13900005678", ""]), neighbour_officer, at)

        assert told(result) == [(2, "PERSON_KNOWN")]
        man.refresh_from_db()
        assert man.phone == "13800001234"

    def test_is_refused_without_the_permission(self, auditor, at):
        result = take(workbook(HEADINGS, ROW), auditor, at)

        assert told(result) == [(2, "forbidden")]
        assert_nothing_written()

    @pytest.mark.parametrize(("rows", "code"), [
        ([HEADINGS], "NO_ROWS"),
        ([["姓名", "参保地"], ["单小明", "511902"]], "COLUMN_MISSING"),
        ([HEADINGS, [511902199001010010, *ROW[1:]]], "ID_AS_NUMBER"),
        ([HEADINGS, ["=1+1", *ROW[1:]]], "FORMULA_REFUSED"),
        ([HEADINGS, [MAN, "单\u202e小明", *ROW[2:]]], "TEXT_INVISIBLE"),
        ([HEADINGS, *([ROW] * 2_001)], "TOO_MANY_ROWS"),
    ])
    def test_refuses_a_bad_file_before_any_row(self, rows, code, window_officer, at):
        with pytest.raises(FileRefused) as refusal:
            take(workbook(*rows), window_officer, at)

        assert refusal.value.code == code
        assert_nothing_written()


class TestExportingPersons:
    def export(self, *, plain=False, persons=None):
        data = PersonResource(plain=plain).export(Person.objects.all() if persons is None else persons)
        return list(load_workbook(io.BytesIO(PersonWorkbook().export_data(data))).active.values)

    def test_masks_numbers_under_chinese_headings(self, man):
        headings, row = self.export()

        assert headings == ("证件类型", "证件号码", "姓名", "性别", "出生日期", "联系电话", "参保地", "联系地址")
        assert row[:3] == ("居民身份证（户口簿）", "511902********0010", "单**")
        assert row[3:7] == ("男", "1990-01-01", "138****1234", "511902")

    def test_gives_full_numbers_as_text_when_asked(self, man):
        _, row = self.export(plain=True)

        assert row[1] == MAN

    def test_cannot_run_in_a_spreadsheet(self, window_officer, at):
        enrollment.register_person(
            id_no=MAN, name="=HYPERLINK(1)", region_code="511902", address="@SUM(A1)", by=window_officer, at=at,
        )

        _, row = self.export(plain=True)

        assert (row[2], row[7]) == ("'=HYPERLINK(1)", "'@SUM(A1)")

    def test_comes_back_unchanged(self, man, window_officer, at):
        data = PersonWorkbook().export_data(PersonResource(plain=True).export(Person.objects.all()))

        assert take(data, window_officer, at).totals["skip"] == 1

    def test_is_an_act_on_record_and_needs_the_permission(self, city_manager, window_officer, at):
        enrollment.record_export(kind="person", rows=3, plain=True, by=city_manager, at=at)

        assert AuditEntry.objects.latest("id").detail == {"rows": 3, "plain": True}
        with pytest.raises(Refused, match="权限"):
            enrollment.record_export(kind="person", rows=3, plain=False, by=window_officer, at=at)


class TestInstitutionFiles:
    HEADINGS = (
        "机构编号", "机构名称", "所在地", "医院等级", "起付线等级", "基层医疗机构", "协议开始日期", "协议结束日期",
    )
    ROW = ("H51190200001", "巴中市中心医院", "511902", "02", "", "否", "2020-01-01", "9999-12-31")
    PHARMACY = ("P51190200001", "东城大药房", "511902", "", "", "", "2021-01-01", "2025-12-31")

    def take(self, *rows, by, at):
        return take(workbook(*rows), by, at, resource=InstitutionResource, form=InstitutionWorkbook)

    def test_register_and_amend(self, city_manager, at):
        headings, pharmacy = [*self.HEADINGS, "机构类别"], [*self.PHARMACY, "定点零售药店"]
        amended = [*self.ROW[:4], "05", *self.ROW[5:], "1"]
        first = self.take(headings, [*self.ROW, "定点医疗机构"], pharmacy, by=city_manager, at=at)
        second = self.take(headings, amended, pharmacy, by=city_manager, at=at)

        assert not first.has_errors()
        assert (second.totals["update"], second.totals["skip"]) == (1, 1)
        hospital, drugstore = Institution.objects.order_by("code")
        levels = (hospital.hospital_level_id, hospital.price_cap_level_id, hospital.benefit_level)
        assert levels == ("02", "02", "level2")
        assert (hospital.ends_on, str(drugstore.ends_on), drugstore.benefit_level) == (None, "2026-01-01", "pharmacy")

    @pytest.mark.parametrize(("change", "code"), [
        ({0: "H5119020001"}, "INSTITUTION_CODE"),
        ({2: "511998"}, "REGION_UNKNOWN"),
        ({3: "12"}, "LEVEL_UNKNOWN"),
        ({3: ""}, "LEVEL_UNKNOWN"),
        ({6: ""}, "FIELD_MISSING"),
        ({7: "2019-12-31"}, "PERIOD_REVERSED"),
        ({7: "2019/12/31"}, "DATE_FORMAT"),
    ])
    def test_refuse_a_bad_row(self, change, code, city_manager, at):
        row = [change.get(index, value) for index, value in enumerate(self.ROW)]

        result = self.take(self.HEADINGS, row, by=city_manager, at=at)

        assert told(result) == [(2, code)]
        assert not Institution.objects.exists()

    def test_write_the_last_day_inclusively(self, city_manager, at):
        self.take([*self.HEADINGS, "机构类别"], [*self.PHARMACY, "2"], by=city_manager, at=at)

        data = InstitutionResource().export(Institution.objects.all())

        assert dict(zip(data.headers, data[0], strict=True))["协议结束日期"] == "2025-12-31"
