"""Bringing lists to the authorities: the same bytes everywhere, in sequence, once, and each row answered."""

import io
import json
import os
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.db import IntegrityError, transaction
from openpyxl import load_workbook

from casework import clock
from casework.errors import Refused
from casework.models import AuditEntry, Job
from casework.services.documents import blob_path
from relief import exchange_tasks
from relief.models import DeliveryAttempt, Push, PushDelivery, PushReply, ReturnList
from relief.services import exchange
from relief.services.exchange import files
from relief.services.exchange.channels import Https, NotDelivered, channel_to
from tests.claims.conftest import *  # noqa: F403  (officers, persons, stays and claims as claims' own tests make them)
from tests.relief.exchange import *  # noqa: F403
from tests.relief.exchange import DECEMBER, HIGH, KEY, NOVEMBER, addresses, receiver_of, run_jobs

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
CIVIL = "511900.civil_affairs"

ROWS = [
    (1, "01", "511902197505200011", "张三", date(1975, 5, 20), "巴州区", Decimal("18436.80"), None, []),
    (2, "01", "51190219750520003X", "𠮷㐀䶮", date(1975, 5, 20), "巴州区", Decimal("20000.00"), Decimal("18436.80"),
     ["margin", "minimum_allowance"]),
    (3, "99", "X1", "=HYPERLINK(1)", date(1975, 5, 20), "恩阳区", Decimal("14448.01"), None, []),
]
WRITE = """
import sys; from pathlib import Path; from decimal import Decimal; from datetime import date
import django; django.setup()
from tests.relief.test_exchange_sending import ROWS, files
for form in ("xlsx", "csv_gb", "csv_utf8"):
    files.write_file(Path(sys.argv[1]) / form, form, ROWS)
"""


def written(folder: Path) -> dict[str, str]:
    return {form: sha256((folder / form).read_bytes()).hexdigest() for form in ("xlsx", "csv_gb", "csv_utf8")}


class TestTheFiles:
    def test_are_the_same_bytes_under_another_clock_zone_locale_and_seed(self, tmp_path):
        for form in ("xlsx", "csv_gb", "csv_utf8"):
            files.write_file(tmp_path / form, form, ROWS)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        strange = {"TZ": "America/St_Johns", "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "7",
                   "SOURCE_DATE_EPOCH": "1", "PYTHONUTF8": "0"}
        subprocess.run(
            [sys.executable, "-c", WRITE, str(elsewhere)], check=True, cwd=ROOT, env={**os.environ, **strange}
        )
        assert written(elsewhere) == written(tmp_path)

    def test_are_those_of_the_generator_that_is_named(self, tmp_path):
        """A new library or compressor that writes other bytes for equal rows needs another generator version."""
        for form in ("xlsx", "csv_gb", "csv_utf8"):
            files.write_file(tmp_path / form, form, ROWS)
        assert (files.GENERATOR, {form: digest[:16] for form, digest in written(tmp_path).items()}) == (
            "push-1", {"xlsx": "0fc632607b4afea4", "csv_gb": "3b19fc5981a5f22d", "csv_utf8": "8d9a4a0d769ea032"},
        )

    def test_hold_rare_characters_and_nothing_that_runs(self, tmp_path):
        files.write_file(tmp_path / "gb", "csv_gb", ROWS)
        text = (tmp_path / "gb").read_bytes().decode("gb18030")
        assert "𠮷㐀䶮" in text
        assert "'=HYPERLINK(1)" in text
        files.write_file(tmp_path / "utf", "csv_utf8", ROWS)
        assert (tmp_path / "utf").read_bytes().startswith(b"\xef\xbb\xbf")

    def test_are_a_workbook_of_text(self, tmp_path):
        files.write_file(tmp_path / "x.xlsx", "xlsx", ROWS)
        page = load_workbook(tmp_path / "x.xlsx").active
        assert [cell.value for cell in page[3]][2:8] == [
            "51190219750520003X", "𠮷㐀䶮", "1975-05-20", "巴州区", "20000.00", "18436.80",
        ]
        assert {cell.data_type for cell in page[3]} == {"s"}
        with ZipFile(tmp_path / "x.xlsx") as parts:
            assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}

    def test_are_kept_under_their_digests_with_count_sum_and_sequence(self, person, spends, approved):
        spends(person(), HIGH)
        push = approved()
        for file in push.files.all():
            assert sha256(blob_path(file.sha256).read_bytes()).hexdigest() == file.sha256
        said = json.loads(push.deliveries.get(receiver__code="civil_affairs").manifest)
        assert (said["rows"], said["amount"], said["number"], said["month"]) == (1, "18436.80", 1, "2025-10")
        assert [file["form"] for file in said["files"]] == ["csv_gb", "xlsx"]

    def test_are_read_in_pages_not_at_once(self, person, spends, built, monkeypatch):
        """A list of any length is streamed: no more than a page of rows is held."""
        monkeypatch.setattr("relief.services.exchange.building.PAGE", 1)
        for name in ("张三", "李四", "王五"):
            spends(person(name), HIGH)
        push = built()
        book = load_workbook(io.BytesIO(blob_path(push.files.get(form="xlsx").sha256).read_bytes()), read_only=True)
        assert len(list(book.active.rows)) == 4

    def test_are_downloaded_on_record(self, person, spends, built, city_window, reviewer):
        spends(person(), HIGH)
        file = built().files.get(form="csv_utf8")
        _, body = exchange.download_push_file(file_id=file.pk, by=city_window, at=NOVEMBER)
        assert sha256(body.read()).hexdigest() == file.sha256
        assert AuditEntry.objects.get(action="relief.push_downloaded").officer == city_window
        with pytest.raises(Refused):
            exchange.download_push_file(file_id=file.pk, by=reviewer, at=NOVEMBER)
        assert AuditEntry.objects.filter(action="relief.push_downloaded").count() == 1


class TestSending:
    def test_brings_each_receiver_the_list_with_a_receipt(self, person, spends, approved, office):
        one = person()
        spends(one, HIGH)
        approved()
        run_jobs("relief.send_push")

        assert [(row.state, row.receipt[:8]) for row in PushDelivery.objects.all()] == [("sent", "RC000001")] * 3
        assert {key: [row[2] for row in one_office.pushes[next(iter(one_office.pushes))].rows]
                for key, one_office in office[0].offices.items()} == {
            f"511900.{code}": [one.id_no] for code in ("civil_affairs", "agriculture", "health")
        }

    def test_of_a_receiver_that_is_down_is_tried_again(self, person, spends, approved, office):
        spends(person(), HIGH)
        office[0].mode = "down"
        approved()
        run_jobs("relief.send_push")
        assert set(PushDelivery.objects.values_list("state", flat=True)) == {"waiting"}
        assert set(Job.objects.filter(kind="relief.send_push").values_list("state", "attempts")) == {("pending", 1)}
        assert "503 DOWN" in DeliveryAttempt.objects.first().message

        office[0].mode = "normal"
        run_jobs("relief.send_push")

        assert set(PushDelivery.objects.values_list("state", flat=True)) == {"sent"}
        assert DeliveryAttempt.objects.filter(arrived=True).count() == 3

    def test_that_arrived_unheard_is_known_again_by_the_receiver(self, person, spends, approved, office):
        spends(person(), HIGH)
        office[0].mode = "silent"
        approved()
        run_jobs("relief.send_push")
        office[0].mode = "normal"
        run_jobs("relief.send_push")

        desk = office[0].offices[CIVIL]
        assert (desk.taken, desk.repeats, len(desk.pushes)) == (1, 1, 1)
        assert PushDelivery.objects.get(receiver__code="civil_affairs").receipt == desk.pushes[
            "511900-civil_affairs-000001"].receipt

    def test_keeps_the_sequence(self, person, spends, approved, office):
        """The later list, rung first, takes the earlier one with it."""
        spends(person(), HIGH)
        approved()
        approved("2025-11", at=DECEMBER)
        later = PushDelivery.objects.get(receiver__code="civil_affairs", number=2)

        assert exchange.send_delivery(later.pk, at=DECEMBER) == 2
        assert exchange.send_delivery(later.pk, at=DECEMBER) == 0
        assert office[0].offices[CIVIL].taken == 2

    def test_stops_at_the_one_that_is_not_taken(self, person, spends, approved, office):
        spends(person(), HIGH)
        approved()
        approved("2025-11", at=DECEMBER)
        office[0].mode = "down"
        later = PushDelivery.objects.get(receiver__code="civil_affairs", number=2)
        with pytest.raises(Refused, match="拒收"):
            exchange.send_delivery(later.pk, at=DECEMBER)
        assert DeliveryAttempt.objects.get().delivery.number == 1

    def test_has_no_address_from_anywhere_but_the_settings(self, approved, settings):
        settings.EXCHANGE_KEY = KEY
        for address in ("http://example.org", "ftp://127.0.0.1", "file:relative", ""):
            settings.EXCHANGE_ADDRESSES = {CIVIL: address}
            with pytest.raises(Refused, match="交换地址"):
                channel_to(receiver_of("civil_affairs"))

    def test_needs_a_key(self, settings):
        settings.EXCHANGE_KEY, settings.EXCHANGE_ADDRESSES = "short", addresses("https://example.org")
        with pytest.raises(Refused, match="密钥"):
            channel_to(receiver_of("health"))

    def test_writes_one_arrival_however_it_is_raced(self, person, spends, approved, office):
        spends(person(), HIGH)
        approved()
        run_jobs("relief.send_push")
        delivery = PushDelivery.objects.first()
        with pytest.raises(IntegrityError), transaction.atomic():
            DeliveryAttempt.objects.create(delivery=delivery, at=NOVEMBER, arrived=True, message="again")


class TestASignedRequest:
    @pytest.fixture
    def channel(self, office) -> Https:
        return channel_to(receiver_of("civil_affairs"))

    def test_with_another_key_is_refused(self, office, channel, settings):
        settings.EXCHANGE_KEY = "x" * 40
        with pytest.raises(NotDelivered, match="SIGN_INVALID"):
            channel_to(receiver_of("civil_affairs")).conclude("a.json", "{}")

    def test_with_another_body_is_refused(self, office, channel, tmp_path):
        (tmp_path / "a.csv").write_bytes(b"swapped")
        with pytest.raises(NotDelivered, match="SIGN_INVALID"):
            channel.put("a.csv", tmp_path / "a.csv", sha256(b"meant").hexdigest())

    def test_of_ten_minutes_ago_is_refused(self, office, channel, monkeypatch):
        now = clock.now()
        monkeypatch.setattr("casework.clock.now", lambda: now - timedelta(minutes=10))
        with pytest.raises(NotDelivered, match="CLOCK_SKEW"):
            channel.conclude("a.json", "{}")

    def test_is_good_once(self, office, channel, monkeypatch):
        monkeypatch.setattr("secrets.token_hex", lambda size: "same")
        channel.lists(0)
        with pytest.raises(NotDelivered, match="NONCE_USED"):
            channel.lists(0)

    def test_with_a_new_key_version_leaves_other_receivers_alone(self, office):
        old = channel_to(receiver_of("civil_affairs")).signer.key
        other = channel_to(receiver_of("health")).signer.key
        receiver = receiver_of("civil_affairs")
        receiver.key_version = 2
        assert channel_to(receiver).signer.key != old
        assert channel_to(receiver_of("health")).signer.key == other

    def test_is_answered_with_a_signature_too(self, office, channel):
        office[0].sign = lambda name, text: "0" * 64
        channel.signer = type("Blind", (), {"sign": lambda self, text: "0" * 64, "verify": lambda *_: False})()
        with pytest.raises(NotDelivered, match="签名不符"):
            channel.lists(0)


class TestADropFolder:
    def test_gets_the_same_files_with_the_manifest_last(self, person, spends, approved, settings, tmp_path):
        settings.EXCHANGE_KEY, settings.EXCHANGE_ADDRESSES = KEY, addresses(f"file://{tmp_path}/drop")
        spends(person(), HIGH)
        push = approved()
        run_jobs("relief.send_push")

        folder = tmp_path / "drop" / "to"
        stem = "511900-civil_affairs-000001"
        manifest = json.loads((folder / f"{stem}.json").read_text())
        for file in manifest["files"]:
            assert sha256((folder / file["name"]).read_bytes()).hexdigest() == file["sha256"]
        assert not [path for path in folder.iterdir() if path.name.startswith(".")]
        assert push.deliveries.filter(state="sent").count() == 3

    def test_that_is_not_there_is_tried_again(self, approved, settings, tmp_path):
        (tmp_path / "file").write_text("no folder")
        settings.EXCHANGE_KEY, settings.EXCHANGE_ADDRESSES = KEY, addresses(f"file://{tmp_path}/file")
        approved()
        run_jobs("relief.send_push")
        assert set(PushDelivery.objects.values_list("state", flat=True)) == {"waiting"}

    def test_gives_answers_that_are_signed(self, person, spends, approved, settings, tmp_path):
        settings.EXCHANGE_KEY, settings.EXCHANGE_ADDRESSES = KEY, addresses(f"file://{tmp_path}")
        spends(person(), HIGH)
        approved()
        run_jobs("relief.send_push")
        receiver = receiver_of("civil_affairs")
        name = "511900-civil_affairs-000001.answer-1.json"
        body = json.dumps({"parts": [{"part": 1, "rows": [{"number": 1, "accepted": True}]}]})
        (tmp_path / "from").mkdir()
        (tmp_path / "from" / name).write_text(body)
        with pytest.raises(NotDelivered, match="签名"):
            exchange.collect(receiver.pk, at=NOVEMBER)
        signature = channel_to(receiver).signer.sign(f"{name}\n{sha256(body.encode()).hexdigest()}")
        (tmp_path / "from" / f"{name}.sig").write_text(signature)

        assert exchange.collect(receiver.pk, at=NOVEMBER) == (1, 0)


    def test_gives_lists_whose_bytes_are_those_of_their_signed_manifest(self, person, settings, tmp_path):
        settings.EXCHANGE_KEY, settings.EXCHANGE_ADDRESSES = KEY, addresses(f"file://{tmp_path}")
        receiver, one = receiver_of("civil_affairs"), person()
        content = f"证件号码,姓名,困难身份,开始日期\n{one.id_no},{one.name},低保对象,2025-10-01\n".encode()
        said = {"file": "list-000001.csv", "number": 1, "month": "2025-10", "rows": 1,
                "sha256": sha256(content).hexdigest()}
        body = json.dumps({"lists": [said]})
        folder = tmp_path / "from"
        folder.mkdir()
        (folder / "list-000001.csv").write_bytes(content[:-1])
        (folder / "list-000001.json").write_text(body)
        signature = channel_to(receiver).signer.sign(f"list-000001.json\n{sha256(body.encode()).hexdigest()}")
        (folder / "list-000001.json.sig").write_text(signature)
        with pytest.raises(NotDelivered, match="摘要不符"):
            exchange.collect(receiver.pk, at=NOVEMBER)
        (folder / "list-000001.csv").write_bytes(content)

        assert exchange.collect(receiver.pk, at=NOVEMBER) == (0, 1)
        assert exchange.collect(receiver.pk, at=NOVEMBER) == (0, 0)
        run_jobs("relief.read_list")
        assert ReturnList.objects.get().rows_ready == 1


class TestTheAnswers:
    @pytest.fixture
    def three(self, person, spends, approved, office) -> Push:
        for name in ("张三", "李四", "王五"):
            spends(person(name), HIGH)
        push = approved()
        run_jobs("relief.send_push")
        return push

    def counts(self, code: str = "civil_affairs") -> tuple[str, int, int, int]:
        row = PushDelivery.objects.get(receiver__code=code)
        return row.state, row.rows_accepted, row.rows_failed, row.rows_pending

    def test_are_taken_row_by_row(self, three, office):
        assert exchange_tasks.collect() == 9
        assert self.counts() == ("answered", 3, 0, 0)

    def test_that_come_twice_count_once(self, three, office):
        office[0].mode = "twice"
        assert exchange_tasks.collect() == 9
        assert exchange_tasks.collect() == 0
        assert PushReply.objects.count() == 9

    def test_that_come_late_are_waited_for(self, three, office):
        office[0].mode = "late"
        assert [exchange_tasks.collect() for _ in range(3)] == [0, 0, 9]

    def test_that_come_in_parts_leave_the_rest_pending(self, three, office):
        office[0].mode = "partial"
        exchange_tasks.collect()
        assert self.counts() == ("sent", 2, 0, 1)
        exchange_tasks.collect()
        assert self.counts() == ("answered", 2, 1, 0)
        assert PushReply.objects.filter(accepted=False, delivery__receiver__code="health").get().code == "NOT_FOUND"

    def test_that_contradict_an_earlier_part_are_refused(self, three, office):
        delivery = PushDelivery.objects.get(receiver__code="civil_affairs")
        part = {"part": 1, "rows": [{"number": 1, "accepted": True}]}
        exchange.take_answers(delivery.pk, [part, part], at=NOVEMBER)
        with pytest.raises(NotDelivered, match="内容不同"):
            exchange.take_answers(
                delivery.pk, [{"part": 1, "rows": [{"number": 1, "accepted": False}]}], at=NOVEMBER
            )
        assert self.counts() == ("sent", 1, 0, 2)

    @pytest.mark.parametrize("part", [{}, {"part": 1, "rows": [{}]}, {"part": "x", "rows": []}, {"part": 1, "rows": 5}])
    def test_that_can_not_be_read_change_nothing(self, part, three):
        delivery = PushDelivery.objects.get(receiver__code="civil_affairs")
        with pytest.raises(NotDelivered):
            exchange.take_answers(delivery.pk, [part], at=NOVEMBER)
        assert self.counts() == ("sent", 0, 0, 3)

    def test_of_one_receiver_do_not_wait_for_another(self, three, office, settings):
        settings.EXCHANGE_ADDRESSES = {**addresses(office[1]), CIVIL: "http://127.0.0.1:9"}
        assert exchange_tasks.collect() == 6

    def test_that_never_come_go_to_the_exceptions(self, three, city_window, reviewer):
        delivery = PushDelivery.objects.get(receiver__code="civil_affairs")
        exchange.give_up_waiting(delivery_id=delivery.pk, reason="对方系统停用", by=city_window, at=DECEMBER)
        assert self.counts() == ("answered", 0, 3, 0)
        reply = delivery.replies.first()
        with pytest.raises(Refused, match="处理情况"):
            exchange.settle_exception(reply_id=reply.pk, note=" ", by=city_window, at=DECEMBER)
        exchange.settle_exception(reply_id=reply.pk, note="已电话告知", by=city_window, at=DECEMBER)
        with pytest.raises(Refused, match="没有待处理"):
            exchange.settle_exception(reply_id=reply.pk, note="再次", by=city_window, at=DECEMBER)
        assert PushReply.objects.get(pk=reply.pk).note == "已电话告知"

