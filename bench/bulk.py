"""Large files: 200,000 resident payments with 1 % faulty rows, from the upload to the ledger, and out again.

Each stage runs as its job does in a worker: in a child process, whose greatest memory is measured. A scratch database
is made beside the configured one and dropped at the end; so is the folder of files.

    python -m bench bulk            (ROWS=1000000 python -m bench bulk for another size; FORM=xlsx for a workbook)
"""

import os
import resource
import shutil
import tempfile
import time
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.scratch import id_number, officers, persons_by_copy, quiet_bell, scratch_database

AT = datetime(2025, 11, 3, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
HEADINGS = ("证件号码", "姓名", "缴费年度", "个人缴费金额", "缴费日期", "税票号码")
FAULTY_EVERY = 100
SPOILT = ((0, "511902195001010000"), (1, "另一人"), (3, "4,00.00"), (4, "2025-13-01"), (0, "11010519491231002X"))


def run(rows: int = 200_000, form: str = "csv") -> dict[str, object]:
    """Import `rows` payments and export them; returns the seconds and megabytes of each stage, and the counts."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    from django.conf import settings

    quiet_bell()

    folder = tempfile.mkdtemp(prefix="bench-bulk-")
    settings.DOCUMENT_ROOT = Path(folder) / "documents"
    try:
        with scratch_database():
            return _measure(rows, form, Path(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(rows: int, form: str, folder: Path) -> dict[str, object]:
    from enrollment import services
    from enrollment.models import BulkBatch

    clerk, chief = officers(AT)
    found: dict[str, object] = {"rows": rows, "form": form, "idle_process_mb": f"{_memory() / 1024:.0f}"}
    persons_by_copy(rows)
    path = _payment_file(folder, rows, form)
    found["file_mb"] = f"{path.stat().st_size / 1e6:.0f}"
    before = time.perf_counter()
    with path.open("rb") as file:
        batch = services.upload_bulk(kind="resident_payment", file=file, name=path.name, by=clerk, at=AT).batch
    found["upload_s"] = f"{time.perf_counter() - before:.1f}"
    read = _stage(found, "read_and_check", "enrollment.bulk_read", batch.batch_no)
    before = time.perf_counter()
    services.fault_workbook(batch.pk, by=clerk, at=AT).close()
    found["fault_workbook_s"] = f"{time.perf_counter() - before:.1f}"
    services.confirm_bulk(batch_id=batch.pk, by=chief, at=AT, note="测速")
    merged = _stage(found, "merge", "enrollment.bulk_merge", batch.batch_no)
    batch = BulkBatch.objects.get(pk=batch.pk)
    assert batch.state == "done", batch.state
    found["import_s"] = f"{read + merged:.1f}"
    found["counts"] = f"{batch.rows_accepted} + {batch.rows_rejected} rejected + {batch.rows_unchanged} unchanged"
    found["fault_rows_listed"] = batch.faults.exclude(code="DUP_IGNORED").values("row_no").distinct().count()
    found["windows_persons_per_s"] = _recompute(3)
    for form_out in ("csv", "xlsx"):
        export = services.request_export(
            services.Wanted("payment", form_out), purpose="测速", by=chief, at=AT,
        )
        _stage(found, f"export_{form_out}", "enrollment.bulk_export", str(export))
    return found


def _recompute(chunks: int) -> int:
    """How many persons a second get their benefit windows decided, over the first chunks' jobs."""
    from casework import jobs
    from casework.models import Job

    persons, before = 0, time.perf_counter()
    for job in Job.objects.filter(kind="enrollment.recompute_windows").order_by("pk")[:chunks]:
        assert jobs.run(job.pk), job.key
        persons += len(job.payload["person_ids"])
    return int(persons / (time.perf_counter() - before))


def _stage(found: dict[str, object], name: str, kind: str, key: str) -> float:
    """Run one job in a child process; notes its seconds and its greatest resident memory."""
    from django.db import connection

    from casework.models import Job

    job = Job.objects.get(kind=kind, key=key)
    connection.close()
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_in_child, args=(job.pk, sender))
    before = time.perf_counter()
    child.start()
    memory, cpu = receiver.recv()
    child.join()
    spent = time.perf_counter() - before
    found[name] = f"{spent:.1f} s ({cpu:.1f} s of this process's CPU), {memory / 1024:.0f} MB"
    return spent


def _in_child(job_id: int, sender) -> None:
    from casework import jobs
    from casework.models import Job

    jobs.run(job_id)
    job = Job.objects.get(pk=job_id)
    assert job.state == "done", job.message
    used = resource.getrusage(resource.RUSAGE_SELF)
    sender.send((_memory(), used.ru_utime + used.ru_stime))


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _payment_file(folder: Path, rows: int, form: str) -> Path:
    """Every hundredth row is wrong, in five ways in turn."""
    from enrollment.services.bulk.writers import open_writer

    path = folder / f"payments.{form}"
    with open_writer(path, form, "缴费", HEADINGS) as writer:
        for serial in range(rows):
            row = [id_number(serial), "测速者", "2026", "400.00", "2025-11-02", f"SP{serial:012d}"]
            if serial % FAULTY_EVERY == 0:
                _spoil(row, serial // FAULTY_EVERY % 5)
            writer.row(row)
    return path


def _spoil(row: list[str], way: int) -> None:
    column, value = SPOILT[way]
    row[column] = value


def main() -> None:
    """Print what `run` measured."""
    found = run(int(os.environ.get("ROWS", "200000")), os.environ.get("FORM", "csv"))
    print("large file of resident payments, 1 % faulty; each job in a process of its own")
    for name, value in found.items():
        print(f"  {name:24} {value}")


if __name__ == "__main__":
    main()
