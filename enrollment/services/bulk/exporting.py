"""Large exports: asked for with a purpose, written by a job in bounded memory, downloaded as a recorded act.

A killed export begins again from its first row; the cut (`last_id`) and the officer's territory were fixed when it
was asked for, and the same rows give the same bytes.
"""
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import IO, Any

from django.db import transaction
from django.db.models import Max, QuerySet

from casework import audit, jobs
from casework.errors import Refused
from casework.models import Officer, get_visible
from casework.models.jurisdiction import area_prefix
from casework.services.documents import blob_path
from enrollment.models import BulkExport, Contribution, Person
from enrollment.services.bulk import store
from enrollment.services.bulk.writers import open_writer
from enrollment.services.spans import authorise, require_reason
from policy import masking

EXPORT = "enrollment.bulk_export"
PAGE = 5_000
Values = Sequence[object]


@dataclass(frozen=True, slots=True)
class Content:
    """What a kind of export contains: its rows by key, its headings, and one row written plain or masked."""

    rows: Callable[[], QuerySet[Any]]
    territory: str
    headings: tuple[str, ...]
    values: Callable[[Any, bool], Values]
    filters: dict[str, str]


def _person(person: Person, plain: bool) -> Values:
    shown = (person.id_no, person.name, person.phone, person.address) if plain else (
        person.masked_id, person.masked_name, person.masked_phone, "*" * bool(person.address),
    )
    return (
        person.get_id_type_display(), shown[0], shown[1], person.get_sex_display(), person.birth_date, shown[2],
        person.region_code, shown[3],
    )


def _payment(row: Contribution, plain: bool) -> Values:
    person = row.person
    return (
        person.id_no if plain else person.masked_id, person.name if plain else person.masked_name,
        row.get_scheme_display(), row.get_kind_display(), row.for_year, row.for_month or "",
        row.employer_amount, row.personal_amount, row.subsidy_amount, row.fiscal_amount, row.paid_on,
        row.get_source_display(), row.source_no if plain else masking.mask_account(row.source_no),
    )


CONTENTS: dict[str, Content] = {
    BulkExport.Kind.PERSON: Content(
        Person.objects.order_by, "region_code",
        ("证件类型", "证件号码", "姓名", "性别", "出生日期", "联系电话", "参保地", "联系地址"), _person, {},
    ),
    BulkExport.Kind.PAYMENT: Content(
        lambda: Contribution.objects.select_related("person").order_by(), "person__region_code",
        ("证件号码", "姓名", "险种", "缴费种类", "年度", "月份", "单位缴费", "个人缴费", "参保资助", "财政补助",
         "缴费日期", "来源", "来源流水号"),
        _payment, {"year": "for_year", "scheme": "scheme"},
    ),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported: the kind and form, full numbers or masked, and for payments a year or scheme."""

    kind: str
    form: str = BulkExport.Form.XLSX
    plain: bool = False
    year: int | None = None
    scheme: str = ""


@transaction.atomic
def request_export(wanted: Wanted, *, purpose: str, by: Officer, at: datetime) -> BulkExport:
    """Ask for an export of what lies in the officer's territory (批量导出); a job writes it.

    Refuses without the permission, without another one where full numbers are asked for, and without a purpose.
    """
    if wanted.kind not in CONTENTS or wanted.form not in BulkExport.Form.values:
        raise Refused("KIND_UNKNOWN", "不支持此种导出，请选择列表中的内容和格式。")
    authorise(by, f"export_{wanted.kind}")
    if wanted.plain:
        authorise(by, f"export_plain_{wanted.kind}")
    purpose = require_reason(purpose, "用途")
    content = CONTENTS[wanted.kind]
    filters = {name: getattr(wanted, name) for name in content.filters if getattr(wanted, name)}
    export = BulkExport.objects.create(
        kind=wanted.kind, form=wanted.form, plain=wanted.plain, filters=filters, purpose=purpose[:200],
        region_code=by.region_code, requested_by=by, requested_at=at,
        last_id=content.rows().aggregate(last=Max("pk"))["last"] or 0,
    )
    _note(export, "bulk_export_requested", "申请批量导出", by, at, purpose=purpose, plain=wanted.plain, **filters)
    jobs.enqueue(EXPORT, key=str(export), payload={"export_id": export.pk})
    return export


def write_export(export_id: int, run: jobs.Run, *, at: datetime) -> None:
    """Write the file of an export. What a killed run left is removed, and the file begun again."""
    export = BulkExport.objects.select_related("requested_by").get(pk=export_id)
    if export.state != BulkExport.State.REQUESTED:
        return
    store.sweep(str(export))
    content = CONTENTS[export.kind]
    with store.temporary(str(export)) as path:
        rows = 0
        with open_writer(path, export.form, export.get_kind_display(), content.headings) as writer:
            for page in _pages(export, content):
                for record in page:
                    writer.row([_text(value) for value in content.values(record, export.plain)])
                rows += len(page)
                run.checkpoint(rows, max(rows, run.progress), "正在写入")
        stored = store.adopt(path)
    with transaction.atomic():
        export.rows, export.file_sha256, export.file_size = rows, stored.sha256, stored.size
        export.state, export.finished_at = BulkExport.State.READY, at
        export.save(update_fields=["rows", "file_sha256", "file_size", "state", "finished_at"])
        _note(export, "bulk_export_written", "生成批量导出", None, at, rows=rows, sha256=stored.sha256)
        run.checkpoint(rows, rows, f"共{rows}行")


def _pages(export: BulkExport, content: Content) -> Iterator[list[Any]]:
    """The rows up to the cut by their keys: short statements, no long transaction, nothing held."""
    last = 0
    within = {f"{content.territory}__startswith": area_prefix(export.region_code)}
    chosen = {content.filters[name]: value for name, value in export.filters.items()}
    while True:
        page = list(
            content.rows().filter(**within, **chosen, pk__gt=last, pk__lte=export.last_id).order_by("pk")[:PAGE]
        )
        if not page:
            return
        yield page
        last = page[-1].pk


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


@transaction.atomic
def download_export(export_id: int, *, by: Officer, at: datetime) -> IO[bytes]:
    """Open a finished export for download, which is written down. Only who asked for it, or may export the same."""
    export: BulkExport = get_visible(BulkExport, by, pk=export_id)
    authorise(by, f"export_{export.kind}")
    if export.plain:
        authorise(by, f"export_plain_{export.kind}")
    if export.state != BulkExport.State.READY:
        raise Refused("not_ready", f"导出文件状态为“{export.get_state_display()}”，请稍后再试。")
    file = _whole(export)
    _note(export, "bulk_export_downloaded", "下载批量导出", by, at, rows=export.rows, plain=export.plain)
    return file


def _whole(export: BulkExport) -> IO[bytes]:
    """The stored file, if its bytes are those that were written."""
    digest = sha256()
    try:
        file = blob_path(export.file_sha256).open("rb")
    except OSError as error:
        raise Refused("document_damaged", "导出文件已缺失，请重新导出。") from error
    for block in iter(lambda: file.read(store.BLOCK), b""):
        digest.update(block)
    if digest.hexdigest() != export.file_sha256:
        file.close()
        raise Refused("document_damaged", "导出文件已损坏，请重新导出。")
    file.seek(0)
    return file


def _note(
    export: BulkExport, action: str, label: str, by: Officer | None, at: datetime, **detail: object,
) -> None:
    audit.record(
        action=f"enrollment.{action}", label=label, by=by, at=at, subject=export.subject,
        region_code=export.region_code, detail={"kind": export.kind, "form": export.form, **detail},
    )
