"""Documents: judged by content, stored once, opened as a recorded act."""
from io import BytesIO
from pathlib import Path

import pytest
from django.urls import reverse

from casework.errors import Refused
from casework.models import AuditEntry, Document
from casework.services import attach_document, read_document, void_document
from casework.services.documents import SIZE_LIMIT, blob_path

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\nsynthetic\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\nsynthetic"
JPEG = b"\xff\xd8\xff\xe0synthetic"


@pytest.fixture
def attach(clerk, at):
    def upload(content: bytes = PDF, name: str = "发票.pdf", **extra) -> Document:
        values = {"case_no": "ZZ1", "kind": "2", "by": clerk, "at": at, "region_code": "511902"}
        return attach_document(file=BytesIO(content), name=name, **(values | extra))

    return upload


def blobs(settings) -> list[Path]:
    return [path for path in Path(settings.DOCUMENT_ROOT).rglob("*") if path.is_file()]


class TestAttaching:
    @pytest.mark.parametrize(
        ("content", "content_type", "suffix"),
        [(PDF, "application/pdf", ".pdf"), (PNG, "image/png", ".png"), (JPEG, "image/jpeg", ".jpg")],
    )
    def test_judges_by_the_content(self, content, content_type, suffix, attach):
        made = attach(content, name="随便.exe")
        assert (made.content_type, made.name, made.size) == (content_type, f"随便{suffix}", len(content))

    @pytest.mark.parametrize(
        "content",
        [b"MZ\x90\x00", b"<html><script>", b"PK\x03\x04", b"GIF89a", b"<svg xmlns=", b" %PDF-1.7", b"\x00" * 20],
    )
    def test_refuses_anything_else_whatever_it_is_called(self, content, attach, settings):
        with pytest.raises(Refused, match="只接受PDF、PNG、JPEG"):
            attach(content, name="发票.pdf")
        assert not Document.objects.exists()
        assert blobs(settings) == []

    def test_refuses_an_empty_file(self, attach):
        with pytest.raises(Refused, match="空的"):
            attach(b"")

    def test_takes_twenty_megabytes_and_not_a_byte_more(self, attach, settings):
        attach(PDF.ljust(SIZE_LIMIT, b"\0"))
        with pytest.raises(Refused, match="超过20MB"):
            attach(PDF.ljust(SIZE_LIMIT + 1, b"\0"))
        assert len(blobs(settings)) == Document.objects.count() == 1

    def test_refuses_a_case_of_another_county(self, attach, stranger, settings):
        with pytest.raises(Refused, match="不在您的经办区划"):
            attach(by=stranger)
        assert blobs(settings) == []
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("../../etc/passwd", "passwd.pdf"),
            ("..\\..\\win.ini", "win.pdf"),
            ("/", "材料.pdf"),
            ("..", "材料.pdf"),
            ("", "材料.pdf"),
            (".pdf", "材料.pdf"),
            ("a\x00b\r\nc.pdf", "abc.pdf"),
            ("发票\u202egpj.pdf", "发票gpj.pdf"),
            ('x";<b>.pdf', "xb.pdf"),
            ("长" * 300 + ".pdf", "长" * 96 + ".pdf"),
        ],
    )
    def test_keeps_only_a_harmless_name(self, given, kept, attach):
        assert attach(name=given).name == kept

    def test_stores_the_same_bytes_once(self, attach, settings):
        first, second = attach(name="发票.pdf"), attach(name="发票副本.pdf", case_no="ZZ2")
        assert first.sha256 == second.sha256
        assert len(blobs(settings)) == 1

    def test_stores_by_digest_for_the_owner_only(self, attach):
        path = blob_path(attach().sha256)
        assert path.read_bytes() == PDF
        assert path.stat().st_mode & 0o077 == 0

    def test_is_recorded_without_the_name_of_the_file(self, attach):
        attach(name="张三身份证.pdf")
        assert AuditEntry.objects.get().action == "attach_document"
        assert "张三" not in str(AuditEntry.objects.values().get())


class TestReading:
    def test_gives_the_bytes_and_is_recorded(self, attach, clerk, at):
        made = attach()
        assert read_document(made.pk, by=clerk, at=at).read() == PDF
        entry = AuditEntry.objects.first()
        assert (entry.action, entry.case_no, entry.officer) == ("read_document", "ZZ1", clerk)

    def test_answers_another_countys_officer_as_if_there_were_none(self, attach, stranger, at):
        made = attach()
        with pytest.raises(Refused) as refusal:
            read_document(made.pk, by=stranger, at=at)
        assert refusal.value.code == "not_found"
        assert AuditEntry.objects.count() == 1

    @pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(PDF + b"x")])
    def test_refuses_bytes_that_are_no_longer_what_was_stored(self, damage, attach, clerk, at):
        made = attach()
        damage(blob_path(made.sha256))
        with pytest.raises(Refused, match="缺失或已损坏"):
            read_document(made.pk, by=clerk, at=at)

    @pytest.mark.parametrize("digest", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 64 + "/..", "/" * 64])
    def test_makes_no_path_from_anything_but_a_digest(self, digest):
        with pytest.raises(ValueError, match="digest"):
            blob_path(digest)


class TestVoiding:
    def test_marks_it_and_keeps_it(self, attach, clerk, at, settings):
        made = attach()
        void_document(document_id=made.pk, reason="传错了件", by=clerk, at=at)
        assert Document.objects.get().void_reason == "传错了件"
        assert len(blobs(settings)) == 1

    def test_refuses_without_a_reason_the_right_or_a_second_time(self, attach, clerk, reviewer, at):
        made = attach()
        with pytest.raises(Refused, match="作废原因"):
            void_document(document_id=made.pk, reason=" ", by=clerk, at=at)
        with pytest.raises(Refused, match="不能作废"):
            void_document(document_id=made.pk, reason="传错了件", by=reviewer, at=at)
        assert not Document.objects.get().voided

        void_document(document_id=made.pk, reason="传错了件", by=clerk, at=at)
        with pytest.raises(Refused, match="已经作废"):
            void_document(document_id=made.pk, reason="传错了件", by=clerk, at=at)


class TestTheDownloadPage:
    def url(self, document: Document) -> str:
        return reverse("casework:document", args=[document.pk])

    def test_gives_the_file_out_privately(self, attach, clerk, client):
        made = attach()
        client.force_login(clerk)
        answer = client.get(self.url(made))
        assert b"".join(answer) == PDF
        assert answer["Content-Type"] == "application/pdf"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
        assert "%E5%8F%91%E7%A5%A8.pdf" in answer["Content-Disposition"]

    def test_is_not_found_for_another_county_and_for_no_document(self, attach, stranger, client):
        made = attach()
        client.force_login(stranger)
        assert client.get(self.url(made)).status_code == 404
        assert client.get(reverse("casework:document", args=[made.pk + 1])).status_code == 404

    def test_sends_visitors_to_the_login(self, attach, client):
        answer = client.get(self.url(attach()))
        assert answer.status_code == 302
        assert "login" in answer["Location"]

    def test_takes_only_get(self, attach, clerk, client):
        client.force_login(clerk)
        assert client.post(self.url(attach())).status_code == 405
