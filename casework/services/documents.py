"""Documents: what the bytes are decides, not what the file is called; stored once by digest, outside every URL."""

import os
import re
import tempfile
import unicodedata
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction

from casework import audit
from casework.errors import Refused
from casework.models import Document, Officer, get_visible

SIZE_LIMIT = 20 * 1024 * 1024
TYPES = (
    (b"%PDF-", "application/pdf", ".pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
)
NAME_LENGTH = 100
_DIGEST = re.compile(r"[0-9a-f]{64}")


@transaction.atomic
def attach_document(
    *, case_no: str, kind: str, file: IO[bytes], by: Officer, at: datetime, region_code: str, name: str = ""
) -> Document:
    """Attach a file to a case (上传材料). `name` defaults to the file's own.

    Refuses what is neither PDF, PNG nor JPEG by its content, an empty file, more than 20 MB, and a case
    outside the officer's territory. The same bytes twice are one file in the store and two rows here.
    """
    if not by.sees(region_code):
        raise Refused("out_of_jurisdiction", "该件不在您的经办区划内，不能上传材料。")
    content = _read(file)
    content_type, suffix = _judge(content)
    document = Document.objects.create(
        case_no=case_no,
        kind=kind,
        name=_clean_name(name or str(getattr(file, "name", "") or ""), suffix),
        sha256=_store(content),
        size=len(content),
        content_type=content_type,
        region_code=region_code,
        uploaded_by=by,
        uploaded_at=at,
    )
    _record("attach_document", "上传材料", document, by, at)
    return document


@transaction.atomic
def read_document(document_id: int, *, by: Officer, at: datetime, of_case: str = "") -> IO[bytes]:
    """Open a document for reading (查看材料), which is written to the audit trail.

    Refuses outside the territory, as if it did not exist, and a file whose bytes are no longer what was stored.
    `of_case` is the number of a case that the caller found visible to the officer: staff of a hospital read the
    documents of their own cases by it, and no others.
    """
    document = _of_case(document_id, of_case, by) if of_case else get_visible(Document, by, pk=document_id)
    try:
        content = blob_path(document.sha256).read_bytes()
    except OSError:
        content = b""
    if sha256(content).hexdigest() != document.sha256:
        raise Refused("document_damaged", "该材料的存档文件缺失或已损坏，请联系系统管理员从备份恢复。")
    _record("read_document", "查看材料", document, by, at)
    return BytesIO(content)


def _of_case(document_id: int, case_no: str, by: Officer) -> Document:
    """The document of a case that the officer may see, or the answer that a missing one gets."""
    document: Document | None = Document.objects.filter(pk=document_id, case_no=case_no).first()
    if document is None or not by.sees(document.region_code):
        raise Refused("not_found", "未找到该材料，或不在您的经办区划内。请核对编号。")
    return document


@transaction.atomic
def void_document(*, document_id: int, reason: str, by: Officer, at: datetime) -> Document:
    """Mark a document as void (作废): it stays stored and listed, but no longer counts as material."""
    document: Document = get_visible(Document, by, pk=document_id, lock=True)
    if not by.may("casework.void_document"):
        raise Refused("no_permission", "您的岗位不能作废材料。")
    if not reason.strip():
        raise Refused("note_required", "请写明作废原因。")
    if document.voided:
        raise Refused("already_voided", "该材料已经作废。")
    document.voided, document.void_reason = True, reason.strip()[:200]
    document.save(update_fields=["voided", "void_reason"])
    _record("void_document", "作废材料", document, by, at, note=document.void_reason)
    return document


def blob_path(digest: str) -> Path:
    """Where the bytes of this digest lie. Only a digest is ever made into a path, never a name from outside."""
    if not _DIGEST.fullmatch(digest):
        raise ValueError("not a SHA-256 digest")
    return Path(settings.DOCUMENT_ROOT) / digest[:2] / digest[2:4] / digest


def _read(file: IO[bytes]) -> bytes:
    content = file.read(SIZE_LIMIT + 1)
    if not content:
        raise Refused("file_empty", "文件是空的，请重新选择。")
    if len(content) > SIZE_LIMIT:
        raise Refused("file_too_large", "文件超过20MB，请压缩或分次扫描后再上传。")
    return content


def _judge(content: bytes) -> tuple[str, str]:
    for magic, content_type, suffix in TYPES:
        if content.startswith(magic):
            return content_type, suffix
    raise Refused("file_type", "只接受PDF、PNG、JPEG文件（按文件内容判断），请转换后再上传。")


def _clean_name(name: str, suffix: str) -> str:
    """The last part of the name without control, direction or path characters, with the suffix of its real type."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(char for char in last if unicodedata.category(char)[0] != "C" and char not in '<>:"|?*;')
    stem = kept.rsplit(".", 1)[0].strip(" .") or "材料"
    return stem[: NAME_LENGTH - len(suffix)] + suffix


def _store(content: bytes) -> str:
    """Put the bytes at their digest, whole or not at all; bytes that are there already stay."""
    digest = sha256(content).hexdigest()
    path = blob_path(digest)
    if path.exists() and path.stat().st_size == len(content):
        return digest
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return digest


def _record(action: str, label: str, document: Document, by: Officer, at: datetime, *, note: str = "") -> None:
    audit.record(
        action=action,
        label=label,
        by=by,
        at=at,
        case_no=document.case_no,
        region_code=document.region_code,
        note=note,
        detail={"document": document.pk, "kind": document.kind, "sha256": document.sha256},
    )
