"""The screens of the register: masked, scoped, a fixed number of queries, deeds as dialogs."""
import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from casework.models import AuditEntry
from enrollment import services as enrollment
from enrollment.models import ImportBatch, Institution, Person
from tests.enrollment.conftest import MAN, make_officer
from tests.enrollment.test_files import HEADINGS, ROW, SECOND, workbook

pytestmark = pytest.mark.django_db

LIST = "admin:enrollment_person_changelist"
SECRETS = (MAN, "13800001234", "6212260000000000018")


@pytest.fixture
def at_window(client, window_officer):
    client.force_login(window_officer)
    return client


@pytest.fixture
def at_city(client, city_manager):
    client.force_login(city_manager)
    return client


@pytest.fixture
def full(resident, window_officer, at):
    """A person of whom all is known."""
    enrollment.set_bank_account(
        person_id=resident.pk, bank_name="巴中农商行", account="6212260000000000018", account_name="单小明",
        by=window_officer, at=at,
    )
    enrollment.grant_identity(
        person_id=resident.pk, category="orphan", starts_on=date(2025, 1, 1), by=window_officer, at=at,
    )
    enrollment.tag_person(person_id=resident.pk, tag="student", starts_on=date(2025, 1, 1), by=window_officer, at=at)
    enrollment.file_care_elsewhere(
        person_id=resident.pk, kind="referred", place_region_code="510100", starts_on=date(2025, 1, 1),
        by=window_officer, at=at,
    )
    resident.refresh_from_db()
    return resident


def page(client, name, *args, **query):
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def deed(client, person, name, **given):
    return client.post(reverse(f"admin:enrollment_person_{name}", args=[person.pk]), given)


class TestTheListOfPersons:
    def test_masks_every_number(self, at_window, full):
        shown = page(at_window, LIST)

        assert "511902********0010" in shown
        assert "单小明" in shown
        assert not [secret for secret in SECRETS if secret in shown]

    def test_masks_names_for_the_auditor(self, client, auditor, full):
        client.force_login(auditor)

        shown = page(client, LIST)

        assert "单**" in shown
        assert "单小明" not in shown

    @pytest.mark.parametrize("word", [MAN, "单小", "sxm", "1234"])
    def test_finds_within_the_territory_only(self, word, client, window_officer, neighbour_officer, full):
        found = {}
        for officer in (window_officer, neighbour_officer):
            client.force_login(officer)
            found[officer.region_code] = "511902********0010" in page(client, LIST, q=word)

        assert found == {"511902": True, "511903": False}

    def test_costs_the_same_for_one_person_and_for_fifty(
        self, at_window, full, window_officer, at, django_assert_max_num_queries,
    ):
        page(at_window, LIST)
        with django_assert_max_num_queries(12) as one:
            page(at_window, LIST)
        for serial in range(49):
            enrollment.register_person(
                id_type="08", id_no=f"E{serial:07}", name="同名人", region_code="511902", sex="male",
                birth_date=date(1990, 1, 1), by=window_officer, at=at,
            )
        with django_assert_max_num_queries(12) as fifty:
            page(at_window, LIST)

        assert len(one.captured_queries) == len(fifty.captured_queries)
        assert not [query for query in fifty.captured_queries if 'COUNT(*) FROM "enrollment_person"' in query["sql"]]


class TestThePageOfAPerson:
    def test_shows_all_tabs_and_no_number(self, at_window, full):
        shown = page(at_window, "admin:enrollment_person_change", full.pk)

        words = ("城乡居民医保", "2025年12月31日", "孤儿", "学生", "异地转诊人员", "成都市", "巴中农商行", "巴州区")
        for word in words:
            assert word in shown, word
        assert not [secret for secret in SECRETS if secret in shown]

    def test_costs_the_same_for_one_fact_and_for_many(
        self, at_window, full, window_officer, at, django_assert_max_num_queries,
    ):
        page(at_window, "admin:enrollment_person_change", full.pk)
        with django_assert_max_num_queries(40) as few:
            page(at_window, "admin:enrollment_person_change", full.pk)
        for year in range(2010, 2025):
            enrollment.open_insurance(
                person_id=full.pk, scheme="resident", person_type="1501", starts_on=date(year, 1, 1),
                ends_on=date(year + 1, 1, 1), by=window_officer, at=at,
            )
        with django_assert_max_num_queries(40) as many:
            page(at_window, "admin:enrollment_person_change", full.pk)

        assert len(few.captured_queries) == len(many.captured_queries)

    def test_of_another_county_does_not_exist(self, client, neighbour_officer, full):
        client.force_login(neighbour_officer)

        response = client.get(reverse("admin:enrollment_person_change", args=[full.pk]))

        assert response.status_code in {302, 404}
        assert "单小明" not in response.content.decode()

    def test_has_no_form_and_no_delete(self, at_window, full):
        at_window.post(reverse("admin:enrollment_person_change", args=[full.pk]), {"name": "改名"})
        deleted = at_window.post(reverse("admin:enrollment_person_delete", args=[full.pk]), {"post": "yes"})

        assert deleted.status_code == 403
        assert Person.objects.get().name == "单小明"


class TestDeeds:
    def test_reveal_shows_the_number_once_and_writes_it_nowhere(self, at_window, full):
        answer = deed(at_window, full, "reveal", field="id_no", purpose="核对身份证原件")

        assert MAN in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]
        entry = AuditEntry.objects.latest("id")
        assert (entry.action, entry.subject, entry.note) == ("reveal", full.subject, "核对身份证原件")
        assert MAN not in str(at_window.session.items()) + str(at_window.cookies)
        assert MAN not in page(at_window, LIST)

    def test_reveal_wants_a_purpose_and_the_permission(self, at_window, full, auditor):
        assert deed(at_window, full, "reveal", field="id_no", purpose="").status_code == 422
        at_window.force_login(auditor)
        assert deed(at_window, full, "reveal", field="id_no", purpose="看看").status_code == 403
        assert not AuditEntry.objects.filter(action="reveal").exists()

    def test_do_nothing_when_opened(self, at_window, full):
        acts = AuditEntry.objects.count()
        for name in ("reveal", "insure", "end_insurance", "grant", "end_identity", "file_elsewhere", "end_filing",
                     "tag", "set_account", "amend", "record_death"):
            page(at_window, f"admin:enrollment_person_{name}", full.pk)
        assert AuditEntry.objects.count() == acts

    def test_set_the_account_with_a_warning(self, at_window, full):
        answer = at_window.post(
            reverse("admin:enrollment_person_set_account", args=[full.pk]),
            {"bank_name": "邮储银行", "account": "6212260000000000019", "account_name": "单小明"}, follow=True,
        )

        assert "校验位" in answer.content.decode()
        assert Person.objects.get().bank_account == "6212260000000000019"

    def test_record_a_death_and_tell_a_refusal_in_the_dialog(self, at_window, full):
        refused = deed(at_window, full, "record_death", died_on="1989-12-31")
        assert refused.status_code == 409
        assert "早于出生日期" in refused.content.decode()

        assert deed(at_window, full, "record_death", died_on="2025-10-20").status_code == 302
        assert Person.objects.get().insurance_periods.get().last_day == date(2025, 10, 20)

    def test_insure_end_and_file_with_inclusive_days(self, at_window, full):
        period = full.insurance_periods.get()
        terms = {"scheme": "employee", "person_type": "1101", "starts_on": "2026-01-01", "last_day": "2030-12-31"}
        deed(at_window, full, "insure", **terms)
        later = full.insurance_periods.exclude(pk=period.pk).get()
        deed(at_window, full, "end_insurance", row=later.pk, last_day="2028-06-30", reason="离职")

        later.refresh_from_db()
        assert (later.last_day, later.end_reason) == (date(2028, 6, 30), "离职")

    def test_amend_leaves_alone_what_is_left_empty(self, at_window, full):
        deed(at_window, full, "amend", phone="", address="恩阳区登科街道2号")

        full.refresh_from_db()
        assert (full.phone, full.address) == ("13800001234", "恩阳区登科街道2号")

    def test_register_a_person_from_the_list(self, at_window):
        url = reverse("admin:enrollment_person_register")
        given = {"id_type": "01", "id_no": MAN, "name": "单小明", "region_code": "511902"}

        elsewhere = at_window.post(url, {**given, "region_code": "511903"})
        done = at_window.post(url, given)

        assert elsewhere.status_code == 422
        assert done.status_code == 302
        assert Person.objects.get().registered_at

    def test_are_not_for_another_county(self, client, neighbour_officer, full):
        client.force_login(neighbour_officer)

        assert deed(client, full, "record_death", died_on="2025-10-20").status_code == 404
        assert Person.objects.get().died_on is None


class TestFilesOnTheScreens:
    URL = "admin:enrollment_person_import"

    def upload(self, client, data, name="参保人.xlsx"):
        given = {"import_file": SimpleUploadedFile(name, data), "format": "0", "resource": ""}
        return client.post(reverse(self.URL), given)

    def test_are_previewed_confirmed_and_taken_once(self, at_window):
        preview = self.upload(at_window, workbook(HEADINGS, ROW, SECOND))
        shown = preview.content.decode()
        assert "511902********0010" in shown
        assert MAN not in shown
        assert not Person.objects.exists()

        confirm = preview.context["confirm_form"].initial
        done = at_window.post(reverse("admin:enrollment_person_process_import"), confirm, follow=True)
        assert "新增2行" in done.content.decode()
        assert (Person.objects.count(), ImportBatch.objects.count()) == (2, 1)

        twice = at_window.post(reverse("admin:enrollment_person_process_import"), confirm, follow=True)
        assert "已导入或已过期" in twice.content.decode()
        assert (Person.objects.count(), ImportBatch.objects.count()) == (2, 1)

        again = self.upload(at_window, workbook(HEADINGS, SECOND, ROW))
        assert "confirm_form" in again.context

    def test_tell_the_errors_by_row_without_numbers(self, at_window):
        shown = self.upload(at_window, workbook(HEADINGS, ROW, ["511902199001010011", *ROW[1:]])).content.decode()

        assert "校验码不符" in shown
        assert "ID_CHECKSUM" in shown
        assert 'download="错误清单.xlsx"' in shown
        assert "511902199001010011" not in shown
        assert "Traceback" not in shown
        assert not Person.objects.exists()

    @pytest.mark.parametrize(("name", "data", "code"), [
        ("a.xlsx", b"", "FILE_EMPTY"),
        ("a.xlsx", b"id,name", "TYPE_MISMATCH"),
        ("a.xls", b"x", "TYPE_MISMATCH"),
        ("a.xlsm", b"x", "MACRO_REFUSED"),
        ("a.xlsx", workbook(HEADINGS), "NO_ROWS"),
        ("a.xlsx", workbook(["姓名"], ["张三"]), "COLUMN_MISSING"),
        ("a.xlsx", b"0" * (5 * 1024 * 1024 + 1), "FILE_TOO_LARGE"),
    ])
    def test_refuse_a_bad_upload_with_its_code(self, name, data, code, at_window):
        assert code in self.upload(at_window, data, name).content.decode()
        assert not Person.objects.exists()

    def test_confirm_nothing_when_the_register_changed_since(self, at_window, window_officer, at):
        confirm = self.upload(at_window, workbook(HEADINGS, ROW)).context["confirm_form"].initial
        enrollment.register_person(id_no=MAN, name="曾小明", region_code="511902", by=window_officer, at=at)

        answer = at_window.post(reverse("admin:enrollment_person_process_import"), confirm, follow=True)

        assert "REGISTER_CONFLICT" in answer.content.decode()
        assert not ImportBatch.objects.exists()

    def test_are_only_for_those_who_may(self, client, auditor, window_officer):
        client.force_login(auditor)
        assert self.upload(client, workbook(HEADINGS, ROW)).status_code == 403
        client.force_login(window_officer)
        assert client.post(reverse("admin:enrollment_person_export"), {"format": "0"}).status_code == 403

    def export(self, client, **given):
        answer = client.post(reverse("admin:enrollment_person_export"), {"format": "0", "resource": "", **given})
        assert answer.status_code == 200
        return list(load_workbook(io.BytesIO(answer.content)).active.values)

    def test_leave_the_house_masked_and_on_record(self, at_city, full):
        rows = self.export(at_city)

        assert rows[1][1] == "511902********0010"
        assert AuditEntry.objects.latest("id").detail == {"rows": 1, "plain": False}

    def test_leave_the_house_in_full_only_when_asked(self, at_city, full):
        assert self.export(at_city, plain="on")[1][1] == MAN
        assert AuditEntry.objects.latest("id").detail == {"rows": 1, "plain": True}

    def test_hold_only_the_officers_territory(self, client, full):
        manager = make_officer("主管", "511903", "M002")
        client.force_login(manager)

        assert self.export(client) == [
            ("证件类型", "证件号码", "姓名", "性别", "出生日期", "联系电话", "参保地", "联系地址"),
        ]


class TestOtherRegisters:
    @pytest.mark.parametrize("name", [
        "institution", "region", "carefiling", "hardshipidentity", "importbatch", "hospitallevel", "persontype",
    ])
    def test_have_a_list_that_masks_numbers(self, name, at_city, full, hospital):
        shown = page(at_city, f"admin:enrollment_{name}_changelist")

        assert not [secret for secret in SECRETS if secret in shown]

    @pytest.mark.parametrize("name", ["carefiling", "hardshipidentity"])
    def test_of_persons_are_found_and_scoped(self, name, client, full, window_officer, neighbour_officer):
        for officer, seen in ((window_officer, True), (neighbour_officer, False)):
            client.force_login(officer)
            assert ("511902********0010" in page(client, f"admin:enrollment_{name}_changelist", q="sxm")) is seen

    def test_void_an_identity_with_a_reason(self, at_window, full):
        identity = full.identities.get()
        url = reverse("admin:enrollment_hardshipidentity_void", args=[identity.pk])

        assert at_window.post(url, {"reason": ""}).status_code == 422
        assert at_window.post(url, {"reason": "登记有误"}).status_code == 302
        identity.refresh_from_db()
        assert identity.voided

    def test_add_and_change_an_institution_through_the_service(self, at_city):
        facts = {
            "code": "H51190200009", "name": "测试医院", "credit_code": "", "region": "511902", "kind": "1",
            "hospital_level": "05", "price_cap_level": "", "deductible_level": "", "in_network": "on",
            "starts_on": "2020-01-01", "last_day": "2029-12-31",
        }
        added = at_city.post(reverse("admin:enrollment_institution_add"), facts)
        institution = Institution.objects.get()
        assert added.status_code == 302
        assert (institution.benefit_level, institution.ends_on) == ("level2", date(2030, 1, 1))

        at_city.post(
            reverse("admin:enrollment_institution_change", args=[institution.pk]),
            {**facts, "price_cap_level": "05", "deductible_level": "08"},
        )
        institution.refresh_from_db()
        assert institution.benefit_level == "level1"

    def test_show_a_refusal_on_the_form(self, at_city):
        answer = at_city.post(reverse("admin:enrollment_institution_add"), {
            "code": "H51190200009", "name": "测试医院", "region": "511902", "kind": "1", "starts_on": "2020-01-01",
        })

        assert "01至11" in answer.content.decode()
        assert not Institution.objects.exists()
