"""Persons and identity lists by large file, and exports."""
import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from casework.errors import Refused
from casework.models import AuditEntry
from enrollment import services as enrollment
from enrollment.models import BulkBatch, BulkExport, Contribution, HardshipIdentity, ImportBatch, Person
from tests.enrollment import bulk
from tests.enrollment.bulk import PERSON_HEAD, csv_file, name, number, person_row

pytestmark = pytest.mark.django_db
LIST_HEAD = ["证件号码", "姓名", "困难身份", "开始日期", "结束日期"]


def list_row(serial, category="低保对象", starts_on="2025-01-01", ends_on=""):
    return [number(serial), name(serial), category, starts_on, ends_on]


class TestPersonFiles:
    def take(self, by, chief, at, *rows):
        return bulk.merge(bulk.read("person", csv_file(PERSON_HEAD, *rows), by, at), chief, at)

    def test_register_the_unknown_with_pinyin(self, window_officer, city_manager, at):
        batch = self.take(window_officer, city_manager, at, person_row(0), person_row(1))

        assert bulk.counts(batch) == (2, 2, 0, 0)
        person = Person.objects.get(id_no=number(0))
        assert (person.name_pinyin, person.pinyin_initials, person.phone_tail, person.sex) == (
            "zhao xiao ming", "zxm", "0000", "female",
        )

    def test_bring_the_known_up_to_date_and_count_the_unchanged(self, window_officer, city_manager, at):
        self.take(window_officer, city_manager, at, person_row(0), person_row(1), person_row(2))

        batch = self.take(
            window_officer, city_manager, at,
            person_row(0, 联系电话="13900001111"), person_row(1), person_row(2, 联系电话="", 联系地址="东城街道"),
        )

        assert bulk.counts(batch) == (3, 2, 0, 1)
        assert list(Person.objects.order_by("id_no").values_list("phone", "address")) == [
            ("13900001111", ""), ("15400000001", ""), ("15400000002", "东城街道"),
        ]

    @pytest.mark.parametrize(("change", "code"), [
        ({"姓名": "李四"}, "REGISTER_CONFLICT"), ({"参保地": "511902999"}, "REGION_UNKNOWN"),
        ({"参保地": "511903"}, "JURISDICTION"), ({"联系电话": "12"}, "PHONE_FORMAT"),
        ({"证件号码": "511902199002300013"}, "ID_BIRTHDATE"), ({"姓名": ""}, "FIELD_MISSING"),
    ])
    def test_name_what_is_wrong(self, change, code, window_officer, at):
        bulk.register(1, at)

        batch = bulk.read("person", csv_file(PERSON_HEAD, person_row(0, **change)), window_officer, at)

        assert [fault[1] for fault in bulk.told(batch)] == [code]
        assert Person.objects.get().name == name(0)

    def test_do_not_show_or_touch_another_countys_person(self, window_officer, at):
        bulk.register(1, at, "511903")

        batch = bulk.read("person", csv_file(PERSON_HEAD, person_row(0)), window_officer, at)

        assert bulk.told(batch) == [(2, "PERSON_KNOWN", "证件号码")]
        assert "511903" not in batch.faults.get().message

    def test_count_for_the_small_door_too(self, window_officer, city_manager, at):
        data = csv_file(PERSON_HEAD, person_row(0))
        batch = bulk.merge(bulk.read("person", data, window_officer, at), city_manager, at)

        assert ImportBatch.objects.get().file_sha256 == batch.file_sha256


class TestIdentityLists:
    COVERING = {"sender": "civil_affairs", "period": "2025-11"}

    @pytest.fixture
    def persons(self, db, at):
        return bulk.register(12, at)

    def take(self, rows, by, chief, at, note="", **covering):
        data = csv_file(LIST_HEAD, *rows)
        batch = bulk.read("identity_list", data, by, at, **{**self.COVERING, **covering})
        return bulk.merge(batch, chief, at, note)

    def test_grant_shorten_and_leave(self, persons, window_officer, city_manager, at):
        self.take([list_row(0), list_row(1)], window_officer, city_manager, at)

        batch = self.take(
            [list_row(0), list_row(1, ends_on="2025-10-31"), list_row(2), list_row(3, ends_on="9999-12-31")],
            window_officer, city_manager, at, period="2025-12",
        )

        assert bulk.counts(batch) == (4, 3, 0, 1)
        assert (batch.report["new"], batch.report["ended"]) == (2, 1)
        assert list(HardshipIdentity.objects.order_by("person__id_no").values_list("ends_on", flat=True)) == [
            None, date(2025, 11, 1), None, None,
        ]

    @pytest.mark.parametrize(("row", "code"), [
        (list_row(0, starts_on="2025-02-01", ends_on="2025-01-31"), "PERIOD_REVERSED"),
        (list_row(0, starts_on="2025-02-30"), "DATE_FORMAT"),
        (list_row(0, category="防止返贫监测对象"), "IDENTITY_AUTHORITY"),
        (list_row(0, category="五保户"), "CODE_UNKNOWN"),
        (list_row(0, starts_on="1940-01-01"), "PERIOD_BEFORE_BIRTH"),
        (list_row(500), "PERSON_NOT_FOUND"),
    ])
    def test_name_what_is_wrong(self, row, code, persons, window_officer, at):
        batch = bulk.read("identity_list", csv_file(LIST_HEAD, row), window_officer, at, **self.COVERING)

        assert [fault[1] for fault in bulk.told(batch)] == [code]

    def test_refuse_a_line_that_overlaps_another_of_the_file(self, persons, window_officer, at):
        rows = [list_row(0, starts_on="2025-06-01"), list_row(0), list_row(0, "特困人员")]

        batch = bulk.read("identity_list", csv_file(LIST_HEAD, *rows), window_officer, at, **self.COVERING)

        assert bulk.told(batch) == [(2, "PERIOD_OVERLAP", "开始日期")]

    def test_come_month_by_month(self, persons, window_officer, city_manager, at):
        self.take([list_row(0)], window_officer, city_manager, at)
        codes = []
        for serial, period in enumerate(("2025-10", "2025-11", "2026-01"), 1):
            with pytest.raises(Refused) as refusal:
                bulk.upload("identity_list", csv_file(LIST_HEAD, list_row(serial)), window_officer, at,
                            sender="civil_affairs", period=period)
            codes.append(refusal.value.code)

        assert codes == ["PERIOD_CLOSED", "PERIOD_CLOSED", "SEQUENCE_GAP"]
        assert BulkBatch.objects.count() == 1

    def test_that_are_complete_end_what_they_no_longer_name(self, persons, window_officer, city_manager, at):
        self.take([list_row(serial) for serial in range(12)], window_officer, city_manager, at)
        rows = [list_row(serial) for serial in range(11)]

        batch = self.take(rows, window_officer, city_manager, at, period="2025-12", complete=True)

        assert batch.report["ended_unlisted"] == 1
        assert HardshipIdentity.objects.get(person__id_no=number(11)).ends_on == date(2025, 12, 1)
        assert HardshipIdentity.objects.filter(ends_on=None).count() == 11

    def test_end_nobody_while_a_row_could_not_be_read(self, persons, window_officer, city_manager, at):
        self.take([list_row(serial) for serial in range(12)], window_officer, city_manager, at)
        rows = [list_row(serial) for serial in range(11)] + [list_row(11, starts_on="x")]

        batch = self.take(rows, window_officer, city_manager, at, period="2025-12", complete=True)

        assert (batch.report["ended_unlisted"], batch.report["unread_rows"]) == (0, 1)
        assert HardshipIdentity.objects.filter(ends_on=None).count() == 12

    def test_that_name_far_fewer_are_held_until_somebody_says_why(self, persons, window_officer, city_manager, at):
        self.take([list_row(serial) for serial in range(12)], window_officer, city_manager, at)
        data = csv_file(LIST_HEAD, *[list_row(serial) for serial in range(5)])
        batch = bulk.read("identity_list", data, window_officer, at, sender="civil_affairs", period="2025-12",
                          complete=True)

        assert batch.held.startswith("DELTA_LIMIT")
        with pytest.raises(Refused, match="DELTA_LIMIT"):
            enrollment.confirm_bulk(batch_id=batch.pk, by=city_manager, at=at)
        batch = bulk.merge(batch, city_manager, at, note="民政已书面说明")
        assert batch.report["ended_unlisted"] == 7


class TestExports:
    @pytest.fixture
    def persons(self, db, at):
        bulk.register(2, at, "511903")
        return bulk.register(0, at)

    def export(self, by, at, form="csv", **options):
        export = enrollment.request_export(
            enrollment.Wanted("person", form, **options), purpose="核对台账", by=by, at=at,
        )
        bulk.run_job("enrollment.bulk_export", str(export))
        with enrollment.download_export(export.pk, by=by, at=at) as file:
            return file.read()

    def test_are_masked_under_chinese_headings(self, persons, city_manager, at):
        rows = list(csv.reader(io.StringIO(self.export(city_manager, at).decode("utf-8-sig"))))

        assert rows[0][:3] == ["证件类型", "证件号码", "姓名"]
        assert rows[1][1:3] == [f"511902********{number(0)[-4:]}", "赵**"]

    def test_give_full_numbers_to_who_may_have_them(self, persons, city_manager, at):
        book = load_workbook(io.BytesIO(self.export(city_manager, at, "xlsx", plain=True)), read_only=True)

        assert [row[1] for row in book.active.values][1:] == [number(0), number(1)]

    def test_hold_only_the_officers_territory(self, persons, city_manager, at):
        city_manager.region_code = "511902"

        assert len(self.export(city_manager, at, "csv_gb").decode("gb18030").splitlines()) == 1

    def test_cannot_run_in_a_spreadsheet(self, persons, city_manager, at):
        Person.objects.filter(id_no=number(0)).update(name="=HYPERLINK(1)")

        assert "'=HYPERLINK(1)" in self.export(city_manager, at, plain=True).decode("utf-8-sig")

    def test_need_permission_and_purpose(self, persons, window_officer, city_manager, at):
        wanted = enrollment.Wanted("person")
        with pytest.raises(Refused, match="权限"):
            enrollment.request_export(wanted, purpose="核对台账", by=window_officer, at=at)
        with pytest.raises(Refused, match="用途"):
            enrollment.request_export(wanted, purpose="", by=city_manager, at=at)
        assert not BulkExport.objects.exists()

    def test_are_acts_on_record(self, persons, city_manager, at):
        self.export(city_manager, at)

        subject = BulkExport.objects.get().subject
        assert list(AuditEntry.objects.filter(subject=subject).order_by("pk").values_list("action", flat=True)) == [
            "enrollment.bulk_export_requested", "enrollment.bulk_export_written", "enrollment.bulk_export_downloaded",
        ]

    def test_of_payments_may_be_of_one_year(self, at, window_officer, city_manager):
        bulk.register(3, at)
        rows = [bulk.payment_row(0), bulk.payment_row(1), bulk.payment_row(2, 缴费年度="2025", 缴费日期="2025-01-02")]
        batch = bulk.read("resident_payment", csv_file(bulk.PAYMENT_HEAD, *rows), window_officer, at)
        bulk.merge(batch, city_manager, at)

        export = enrollment.request_export(
            enrollment.Wanted("payment", "csv", year=2026), purpose="核对台账", by=city_manager, at=at,
        )
        bulk.run_job("enrollment.bulk_export", str(export))

        export.refresh_from_db()
        assert (export.state, export.rows) == ("ready", 2)


class TestRosters:
    HEAD = ("证件号码", "姓名", "统一社会信用代码", "所属月份", "月缴费工资", "缴费日期")

    @pytest.fixture
    def unit(self, at, city_manager):
        persons = bulk.register(3, at)
        unit = enrollment.register_employer(
            credit_code="12511902MB9000017R", name="巴州区第一小学", kind="institution", region_code="511902",
            insured_from=date(2024, 1, 1), by=city_manager, at=at,
        )
        for person in persons[:2]:
            enrollment.employ(
                person_id=person.pk, employer_id=unit.pk, starts_on=date(2025, 1, 1), by=city_manager, at=at,
            )
        return unit

    def row(self, serial, unit, **changes):
        cells = dict(zip(
            self.HEAD, [number(serial), name(serial), unit.credit_code, "2025-10", "6000.00", "2025-10-20"],
            strict=True,
        ))
        return list({**cells, **changes}.values())

    @pytest.fixture
    def minimum_base(self, tmp_path, settings):
        """The bureau supplies the figure that the source leaves out."""
        own = tmp_path / "own.yaml"
        own.write_text(
            "overlay: {pool: bazhong, title: 缴费基数, authority: 市医保局, document: 测试文, version: '1'}\n"
            "figures:\n  contributions.minimum_base:\n    article: 第一条\n"
            "    versions: [{from: 2025-01-01, to: 2026-01-01, value: 4000元}]\n", encoding="utf-8",
        )
        settings.POLICY_OVERLAYS = {"bazhong": [str(own)]}

    def test_leave_out_a_month_whose_figures_are_not_supplied_and_name_them(
        self, unit, window_officer, city_manager, at,
    ):
        data = csv_file(list(self.HEAD), self.row(0, unit))
        batch = bulk.merge(bulk.read("employer_roster", data, window_officer, at), city_manager, at)

        assert bulk.counts(batch) == (1, 0, 1, 0)
        assert "contributions.minimum_base" in batch.faults.get().message
        assert not Contribution.objects.exists()

    def test_enter_a_month_of_the_staff_as_the_rules_compute_it(
        self, unit, minimum_base, window_officer, city_manager, at,
    ):
        rows = [self.row(0, unit), self.row(1, unit)]
        batch = bulk.read("employer_roster", csv_file(list(self.HEAD), *rows), window_officer, at)

        batch = bulk.merge(batch, city_manager, at)

        assert (bulk.told(batch), bulk.counts(batch)) == ([], (2, 2, 0, 0))
        month = Contribution.objects.get(person__id_no=number(0), kind="employee_month")
        assert (month.base, month.for_year, month.for_month) == (Decimal("6000.00"), 2025, 10)

    @pytest.mark.parametrize(("serial", "change", "code"), [
        (2, {}, "NOT_ON_ROSTER"), (0, {"所属月份": "2024-12"}, "NOT_ON_ROSTER"),
        (0, {"统一社会信用代码": "11511902MB90000179"}, "CREDIT_CODE_CHECKSUM"),
        (0, {"所属月份": "2025-13"}, "MONTH_FORMAT"), (0, {"所属月份": "2025-12"}, "MONTH_FORMAT"),
        (0, {"月缴费工资": "六千"}, "AMOUNT_FORMAT"),
    ])
    def test_name_what_is_wrong(self, serial, change, code, unit, window_officer, at):
        data = csv_file(list(self.HEAD), self.row(serial, unit, **change))

        batch = bulk.read("employer_roster", data, window_officer, at)

        assert [fault[1] for fault in bulk.told(batch)] == [code]
