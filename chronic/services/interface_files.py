"""Papers that a hospital sends ahead: kept under a handle, attached to the case that names them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO

from django.db import transaction

from casework import audit
from casework import services as casework
from casework.errors import Refused
from casework.models import Document
from casework.services.documents import blob_path
from chronic.models import ApiClient, ApiFile, Certification

KEPT = timedelta(days=30)


@transaction.atomic
def keep_file(*, client: ApiClient, content: bytes, filename: str, at: datetime) -> ApiFile:
    """Store a paper for a case to come. Refuses what is neither PDF, PNG nor JPEG by its content."""
    row = ApiFile(institution_id=client.institution_id, filename=filename, kept_until=at + KEPT)
    row.document = casework.attach_document(
        case_no=row.handle, kind="api_upload", file=BytesIO(content), by=client.officer, at=at,
        region_code=client.institution.region_id, name=filename,
    )
    row.save(force_insert=True)
    return row


def file_of(client: ApiClient, handle: str, at: datetime) -> ApiFile:
    """The institution's own file, while it is kept for download."""
    row = ApiFile.objects.filter(institution=client.institution_id, handle=handle).select_related("document").first()
    if row is None or row.document.voided:
        raise Refused("not_found", "未找到该文件，请核对文件查询号。")
    if row.kept_until < at:
        raise Refused("not_found", "该文件已过下载截止时间。")
    return row


@transaction.atomic
def read_file(*, client: ApiClient, handle: str, at: datetime) -> tuple[ApiFile, bytes]:
    """The bytes of the institution's own file; reading it is written to the audit trail."""
    row = file_of(client, handle, at)
    audit.record(
        action="read_document", label="查看材料", by=client.officer, at=at, case_no=row.handle,
        region_code=row.document.region_code, detail={"document": row.document_id, "sha256": row.document.sha256},
    )
    return row, _bytes(row.document)


def attach_files(
    case: Certification, files: Sequence[tuple[str, str]], *, client: ApiClient, at: datetime
) -> None:
    """Attach files to a case: each by its handle and the kind of paper that it is."""
    for handle, kind in files:
        row = file_of(client, handle, at)
        casework.attach_document(
            case_no=case.case_no, kind=kind, file=BytesIO(_bytes(row.document)), by=client.officer, at=at,
            region_code=case.region_code, name=row.filename,
        )


def _bytes(document: Document) -> bytes:
    try:
        return blob_path(document.sha256).read_bytes()
    except OSError:
        raise Refused("document_damaged", "该材料的存档文件缺失，请重新上传。") from None
