"""The bank's file and its return (银行文件、回盘)."""

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from casework.errors import Refused
from casework.models import Officer
from claims.models import BankReturn, Payment
from claims.services.entries import amount, words
from claims.services.payments import hold_cases, locked_batch, tell_case
from claims.workflow import BATCH

OUT = ("拨付单号", "收款户名", "收款银行", "收款账号", "金额", "用途")
BACK = ("拨付单号", "金额", "结果", "失败原因")
RESULTS = {"成功": Payment.State.PAID, "失败": Payment.State.FAILED}

SIZE_LIMIT = 2_000_000
UNPACKED_LIMIT = 50_000_000
ROWS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class BankFile:
    """A file for the bank: its name, type and bytes."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ReturnRow:
    number: str
    amount: str
    result: str
    failure: str


@transaction.atomic
def export_batch(
    *, batch_id: int, by: Officer, at: datetime, form: str = "csv", expected_version: int | None = None
) -> BankFile:
    """The list for the bank with full account numbers (导出银行文件), as csv (UTF-8) or xlsx; every export is audited.

    Refuses a batch that nobody else has confirmed. The csv of a batch has the same bytes every time.
    """
    batch = locked_batch(batch_id, by)
    payments = list(batch.payments.order_by("pk"))
    plain = _csv(_rows(payments))
    digest = sha256(plain).hexdigest()
    BATCH.move(
        batch, "export", by=by, at=at, expected_version=expected_version,
        detail={"form": form, "sha256": digest, "count": len(payments)},
    )
    if not batch.file_sha256:
        batch.file_sha256, batch.exported_at = digest, at
        batch.save(update_fields=["file_sha256", "exported_at"])
    elif batch.file_sha256 != digest:
        raise Refused("FILE_CHANGED", "批次内容与首次导出时不一致，请联系系统管理员。")
    if form == "xlsx":
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return BankFile(f"{batch.case_no}.xlsx", kind, _xlsx(_rows(payments)))
    return BankFile(f"{batch.case_no}.csv", "text/csv; charset=utf-8", plain)


@transaction.atomic
def record_bank_return(
    *, batch_id: int, content: bytes, file_name: str, by: Officer, at: datetime, expected_version: int | None = None
) -> BankReturn:
    """Take in the bank's return (登记银行回盘): what arrived closes its case, what failed waits for a right account.

    All rows or none: refuses unknown and repeated numbers, numbers answered before, other amounts and results,
    naming each row. The same file again changes nothing and answers with the first import. A return may answer a
    part of the batch; the batch is closed when all is answered.
    """
    batch = locked_batch(batch_id, by)
    digest = sha256(content).hexdigest()
    known = BankReturn.objects.filter(sha256=digest).first()
    if known is not None:
        if known.batch_id != batch.pk:
            raise Refused("ALREADY_IMPORTED", "该回盘文件已登记在另一批次下，请核对。")
        return known
    rows = read_return(content)
    claims = hold_cases(batch.payments.all())
    listed = batch.payments.select_for_update(of=("self",)).select_related("adjustment").order_by("pk")
    payments = {row.number: row for row in listed}
    answers = _match(rows, payments)
    done = {state: sum(1 for _, answer, _ in answers if answer == state) for state in RESULTS.values()}
    BATCH.move(
        batch, "record_return", by=by, at=at, expected_version=expected_version,
        detail={"sha256": digest, "paid": done[Payment.State.PAID], "failed": done[Payment.State.FAILED]},
    )
    for payment, state, failure in answers:
        payment.state, payment.failure, payment.done_at = state, failure, at
        tell_case(payment, claims, by=by, at=at)
    Payment.objects.bulk_update([payment for payment, _, _ in answers], ["state", "failure", "done_at"])
    if all(payment.state != Payment.State.BATCHED for payment in payments.values()):
        BATCH.move(batch, "finish", by=by, at=at)
    return BankReturn.objects.create(
        batch=batch, file_name=words(file_name, "文件名", 120), sha256=digest, rows_read=len(answers),
        paid=done[Payment.State.PAID], failed=done[Payment.State.FAILED],
        payment_numbers=[payment.number for payment, _, _ in answers], recorded_by=by, recorded_at=at,
    )


def read_return(content: bytes) -> list[tuple[int, ReturnRow]]:
    """The rows of a return, csv or xlsx, with the row numbers that Excel shows.

    Refuses an empty, oversized or unreadable file and missing or doubled columns; columns are found by name.
    """
    if not content:
        raise Refused("FILE_EMPTY", "文件是空的，请重新选择。")
    if len(content) > SIZE_LIMIT:
        raise Refused("FILE_TOO_LARGE", "文件超过2MB，请核对是否为银行回盘文件。")
    table = _read_xlsx(content) if content[:2] == b"PK" else _read_csv(content)
    table = [(number, cells) for number, cells in table if any(cells)]
    if not table:
        raise Refused("FILE_EMPTY", "文件没有内容。")
    heads = table[0][1]
    places = {}
    for name in BACK:
        if heads.count(name) != 1 and not (name == "失败原因" and name not in heads):
            code = "COLUMN_DUPLICATE" if name in heads else "COLUMN_MISSING"
            raise Refused(code, f"首行应有且只有一列“{name}”，请使用银行回盘模板。")
        places[name] = heads.index(name) if name in heads else None
    if len(table) == 1:
        raise Refused("NO_ROWS", "文件只有标题行，没有回盘记录。")
    return [
        (number, ReturnRow(*("" if (at := places[name]) is None or at >= len(cells) else cells[at] for name in BACK)))
        for number, cells in table[1:]
    ]


def _match(
    rows: list[tuple[int, ReturnRow]], payments: dict[str, Payment]
) -> list[tuple[Payment, str, str]]:
    """Each row with its payment; all faults of the file are told at once, by row."""
    faults, seen, answers = [], set(), []
    for place, row in rows:
        payment = payments.get(row.number)
        problem = _fault(row, payment, seen)
        seen.add(row.number)
        if problem or payment is None:
            faults.append(f"第{place}行：{problem}")
        else:
            answers.append((payment, RESULTS[row.result], row.failure[:200] if row.result == "失败" else ""))
    if faults:
        shown = "；".join(faults[:ROWS_SHOWN])
        more = f"；另有{len(faults) - ROWS_SHOWN}行" if len(faults) > ROWS_SHOWN else ""
        raise Refused("RETURN_ROWS", f"回盘文件有误，未作任何登记。{shown}{more}。")
    return answers


def _fault(row: ReturnRow, payment: Payment | None, seen: set[str]) -> str:
    if payment is None:
        return f"拨付单号“{row.number[:32]}”不在本批次内"
    if row.number in seen:
        return f"拨付单号{row.number}重复"
    if payment.state != Payment.State.BATCHED:
        return f"拨付单{row.number}此前已回盘"
    try:
        paid = amount(row.amount, "金额")
    except Refused as refusal:
        return str(refusal).rstrip("。")
    if paid != payment.amount:
        return f"金额{paid}元与拨付单{payment.amount}元不符"
    if row.result not in RESULTS:
        return f"结果“{row.result[:10]}”应为“成功”或“失败”"
    return "失败的须写明原因" if row.result == "失败" and not row.failure else ""


def _rows(payments: list[Payment]) -> list[tuple[str, ...]]:
    return [
        (
            row.number, row.payee_name, row.payee_bank, row.payee_account, f"{row.amount:.2f}",
            "生育待遇" if row.maternity_case_id else "医疗费用手工报销",
        )
        for row in payments
    ]


def _csv(rows: list[tuple[str, ...]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(OUT)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return "\ufeff".encode() + out.getvalue().encode("utf-8")


def _xlsx(rows: list[tuple[str, ...]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("拨付清单")
    sheet.append(list(OUT))
    for row in rows:
        sheet.append([_plain(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" else cell


def _read_csv(content: bytes) -> list[tuple[int, list[str]]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refused("ENCODING", "文件编码无法识别，请另存为UTF-8或GB18030编码的CSV文件。")
    if "\x00" in text:
        raise Refused("CONTROL_CHAR", "文件中含有控制字符，请核对是否为CSV文件。")
    return [(number, [cell.strip() for cell in row]) for number, row in enumerate(csv.reader(io.StringIO(text)), 1)]


def _read_xlsx(content: bytes) -> list[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(one.file_size for one in archive.infolist()) > UNPACKED_LIMIT:
                raise Refused("ARCHIVE_RATIO", "文件解压后过大，请核对。")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        rows = book.worksheets[0].iter_rows(values_only=True)
        return [(number, [_cell(value) for value in row]) for number, row in enumerate(rows, 1)]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, ValueError) as error:
        raise Refused("TYPE_MISMATCH", "文件不是可以读取的.xlsx或.csv文件，请重新选择。") from error


def _cell(value: object) -> str:
    """A cell as text. A formula is left as it stands and fails the checks of its column, as a part of a fen does."""
    return "" if value is None else str(value).strip()
