"""The page of a large file: uploaded, watched, its faults read, confirmed by another officer."""
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from casework.models import AuditEntry
from enrollment.models import BulkBatch, Contribution
from tests.enrollment import bulk
from tests.enrollment.bulk import PAYMENT_HEAD, csv_file, payment_row
from tests.ui.reading import read

pytestmark = pytest.mark.django_db

KIND = "resident_payment"
READ, MERGE = "enrollment.bulk_read", "enrollment.bulk_merge"


def url(name: str, *args) -> str:
    return reverse(f"admin:enrollment_bulkbatch_{name}", args=args)


@pytest.fixture
def store(settings, tmp_path):
    settings.DOCUMENT_ROOT = tmp_path


@pytest.fixture
def persons(store, db, at):
    return bulk.register(20, at)


def upload(client, *rows, name: str = "缴费.csv", **given):
    file = SimpleUploadedFile(name, csv_file(PAYMENT_HEAD, *rows), content_type="text/csv")
    return client.post(url("upload"), {"kind": KIND, "file": file, **given})


def good_and_bad(count: int = 10):
    return [payment_row(serial) for serial in range(count - 1)] + [payment_row(count - 1, 个人缴费金额="1,234.50")]


@pytest.fixture
def batch(as_officer, window_officer, persons) -> BulkBatch:
    assert upload(as_officer(window_officer), *good_and_bad()).status_code == 302
    return BulkBatch.objects.get()


@pytest.fixture
def checked(batch) -> BulkBatch:
    bulk.run_job(READ, batch.batch_no)
    batch.refresh_from_db()
    assert batch.state == "checked"
    return batch


class TestUploading:
    def test_opens_a_batch_and_goes_to_its_page(self, as_officer, window_officer, persons):
        answer = upload(as_officer(window_officer), *good_and_bad())

        batch = BulkBatch.objects.get()
        assert answer["Location"] == url("change", batch.pk)
        assert (batch.state, batch.uploaded_by) == ("received", window_officer)

    def test_the_same_file_twice_shows_the_first_batch(self, as_officer, window_officer, batch):
        answer = upload(as_officer(window_officer), *good_and_bad())

        assert answer["Location"] == url("change", batch.pk)
        assert BulkBatch.objects.count() == 1

    def test_refuses_what_is_no_table_in_words(self, as_officer, window_officer, store):
        file = SimpleUploadedFile("缴费.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
        answer = as_officer(window_officer).post(url("upload"), {"kind": KIND, "file": file})

        assert answer.status_code == 409
        assert not BulkBatch.objects.exists()

    def test_is_shut_to_those_who_may_not(self, as_officer, auditor, persons):
        assert upload(as_officer(auditor), *good_and_bad()).status_code == 403
        assert not BulkBatch.objects.exists()


class TestThePageOfABatch:
    def test_asks_for_the_progress_while_the_job_runs_and_no_longer(self, as_officer, window_officer, batch):
        client = as_officer(window_officer)
        assert 'hx-trigger="every 2s"' in client.get(url("change", batch.pk)).content.decode()
        assert "读取核对中" in read(client.get(url("progress", batch.pk))).text
        bulk.run_job(READ, batch.batch_no)

        assert client.get(url("progress", batch.pk))["HX-Refresh"] == "true"
        assert 'hx-trigger="every 2s"' not in client.get(url("change", batch.pk)).content.decode()

    def test_shows_the_counts_and_each_faulty_row_masked(self, as_officer, window_officer, checked):
        page = as_officer(window_officer).get(url("change", checked.pk))
        text = read(page).text

        assert "个人缴费金额" in text
        assert "11" in text
        assert "待确认" in text
        assert bulk.number(3) not in page.content.decode()

    def test_gives_the_faults_as_a_workbook_on_record(self, as_officer, window_officer, checked):
        answer = as_officer(window_officer).get(url("faults", checked.pk))

        rows = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)
        assert rows[0][0] == "行"
        assert rows[1][0] == "11" or rows[1][0] == 11
        assert AuditEntry.objects.filter(action="enrollment.bulk_faults_read").exists()

    def test_costs_the_same_for_one_fault_and_for_many(self, as_officer, window_officer, persons, checked):
        client, costs = as_officer(window_officer), []
        upload(client, *[payment_row(serial, 个人缴费金额="x") for serial in range(10)], payment_row(11))
        other = BulkBatch.objects.exclude(pk=checked.pk).get()
        bulk.run_job(READ, other.batch_no)
        for one in (checked, other):
            client.get(url("change", one.pk))
            with CaptureQueriesContext(connection) as queries:
                client.get(url("change", one.pk))
            costs.append(len(queries))

        assert costs[0] == costs[1] <= 20

    def test_is_not_for_another_county(self, client, neighbour, checked):
        client.cookies.clear()
        client.force_login(neighbour)

        assert client.get(url("faults", checked.pk)).status_code == 404
        assert client.get(url("progress", checked.pk)).status_code == 404
        assert checked.batch_no not in read(client.get(url("change", checked.pk), follow=True)).text


class TestConfirming:
    def test_is_for_another_officer_and_writes_the_good_rows(self, as_officer, supervisor, checked):
        client = as_officer(supervisor)
        assert "写入 9 行" in client.get(url("confirm", checked.pk)).content.decode()
        assert client.post(url("confirm", checked.pk), {"note": ""}).status_code == 302
        assert not Contribution.objects.exists()
        bulk.run_job(MERGE, checked.batch_no)

        assert Contribution.objects.count() == 9
        page = read(client.get(url("change", checked.pk)))
        assert "已完成" in page.text
        assert "主管" in page.text

    def test_is_refused_to_the_uploader_with_the_reason(self, client, supervisor, persons):
        client.force_login(supervisor)
        upload(client, *good_and_bad())
        batch = BulkBatch.objects.get()
        bulk.run_job(READ, batch.batch_no)

        assert "上传人与确认人不得为同一人" in read(client.get(url("change", batch.pk))).text
        assert client.post(url("confirm", batch.pk), {"note": ""}).status_code == 409
        assert BulkBatch.objects.get().state == "checked"

    def test_a_withdrawal_wants_a_reason_and_writes_nothing(self, as_officer, window_officer, checked):
        client = as_officer(window_officer)
        assert client.post(url("withdraw", checked.pk), {"reason": ""}).status_code == 422
        assert client.post(url("withdraw", checked.pk), {"reason": "传错文件"}).status_code == 302

        assert BulkBatch.objects.get().state == "withdrawn"
        assert not Contribution.objects.exists()


class TestTheList:
    def test_shows_batches_of_the_territory_in_chinese(self, client, window_officer, neighbour, checked):
        for officer, seen in ((window_officer, True), (neighbour, False)):
            client.cookies.clear()
            client.force_login(officer)
            page = read(client.get(url("changelist")))
            assert (checked.batch_no in page.text) is seen
            assert set(page.english()) <= {"csv"}
