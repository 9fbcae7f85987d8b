"""What the tests of large files share: making files, and taking one from upload to its last row."""
import csv
import io
from datetime import datetime

from openpyxl import Workbook

from casework import jobs
from casework.models import Job
from enrollment import services as enrollment
from enrollment.models import BulkBatch, Person
from policy import idnumber
from policy.errors import PolicyError

PERSON_HEAD = ["证件号码", "姓名", "参保地", "联系电话", "联系地址"]
PAYMENT_HEAD = ["证件号码", "姓名", "缴费年度", "个人缴费金额", "缴费日期", "税票号码"]
SURNAMES = "赵钱孙李周吴郑王冯陈"


def number(serial: int) -> str:
    """A citizen's number with a good check digit that belongs to nobody."""
    body = f"51190219{50 + serial // 900 % 50}0101{100 + serial % 900:03d}"
    for last in "0123456789X":
        try:
            return idnumber.check(body + last)
        except PolicyError:
            continue
    raise AssertionError(body)


def name(serial: int) -> str:
    return f"{SURNAMES[serial % 10]}小明"


def person_row(serial: int, **changes: str) -> list[str]:
    row = dict(zip(PERSON_HEAD, [number(serial), name(serial), "511902", f"1540000{serial:04d}", ""], strict=True))
    return list({**row, **changes}.values())


def payment_row(serial: int, **changes: str) -> list[str]:
    row = dict(zip(PAYMENT_HEAD, [number(serial), name(serial), "2026", "400.00", "2025-11-02", f"SP{serial:08d}"],
                   strict=True))
    return list({**row, **changes}.values())


def csv_file(*rows: list[str], encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def xlsx_file(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def register(count: int, at: datetime, region_code: str = "511902") -> list[Person]:
    """Persons 0 to count - 1, entered at once."""
    return Person.objects.bulk_create([
        Person(
            id_no=number(serial), name=name(serial), birth_date=idnumber.birth_date(number(serial)),
            sex=idnumber.sex(number(serial)), region_code=region_code, registered_at=at,
        ) for serial in range(count)
    ])


def run_job(kind: str, key: str) -> Job:
    job = Job.objects.get(kind=kind, key=key)
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def upload(kind, data, by, at, *, name="文件.csv", **covering) -> BulkBatch:
    return enrollment.upload_bulk(
        kind=kind, file=io.BytesIO(data), name=name, by=by, at=at, covering=enrollment.Covering(**covering),
    ).batch


def read(kind, data, by, at, **covering) -> BulkBatch:
    """Upload a file and have it read and checked."""
    batch = upload(kind, data, by, at, **covering)
    job = run_job("enrollment.bulk_read", batch.batch_no)
    assert job.state == Job.State.DONE, job.message
    batch.refresh_from_db()
    return batch


def merge(batch, by, at, note="") -> BulkBatch:
    enrollment.confirm_bulk(batch_id=batch.pk, by=by, at=at, note=note)
    job = run_job("enrollment.bulk_merge", batch.batch_no)
    assert job.state == Job.State.DONE, job.message
    batch.refresh_from_db()
    return batch


def told(batch) -> list[tuple[int, str, str]]:
    return sorted(batch.faults.values_list("row_no", "code", "column"))


def counts(batch) -> tuple[int, int, int, int]:
    return batch.rows_read, batch.rows_accepted, batch.rows_rejected, batch.rows_unchanged
