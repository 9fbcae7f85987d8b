"""A list arrives: from an officer's hand, over HTTPS or in the drop folder. It is stored, and read by a job."""

from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.db import IntegrityError, transaction

from casework import audit, jobs
from casework.errors import Refused
from casework.models import Officer
from enrollment.models import HardshipIdentity
from enrollment.services.bulk import store
from enrollment.services.bulk.sources import MAX_FILE, judge
from relief.models import Receiver, ReturnList
from relief.services.exchange.terms import authorise, first_day

READ = "relief.read_list"
DEAD = (ReturnList.State.REJECTED, ReturnList.State.REFUSED)


@dataclass(frozen=True, slots=True)
class Covering:
    """What comes with a list: its number and month, whether it names all who hold, how many rows it should have."""

    number: int
    month: str
    complete: bool = False
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """The list of a file; `known` if it had come before, in which case nothing changed."""

    list: ReturnList
    known: bool


def take_list(
    *, receiver_id: int, file: IO[bytes], name: str, covering: Covering, by: Officer | None, at: datetime,
    way: str = ReturnList.Way.UPLOAD,
) -> Taken:
    """Take in a list of an authority (接收返回名单); `by` is None where it came by itself.

    The same file is the same list, whoever brings it again, until it was rejected. Refuses an authority that
    recognises no identities, a month that is none, and from an officer a file that is no .csv or .xlsx by its bytes.
    What speaks against the list as a whole (an old month, a gap, a wrong total, too many changes) only holds it.
    """
    receiver = Receiver.objects.get(pk=receiver_id)
    if by is not None:
        authorise(by, "take_list", receiver.region_code)
    if receiver.code not in HardshipIdentity.Authority.values:
        raise Refused("SENDER_UNKNOWN", f"{receiver.name}不认定困难身份，不报送名单。")
    first_day(covering.month)
    if not 0 < covering.number < 2**31:
        raise Refused("NUMBER_FORMAT", "名单序号应为正整数。")
    stored = store.keep(file, limit=MAX_FILE)
    if (known := _known(receiver, stored.sha256)) is not None:
        return Taken(known, True)
    if by is not None:
        judge(stored.path)
    try:
        with transaction.atomic():
            return Taken(_open(receiver, stored, name, covering, by, at, way), False)
    except IntegrityError:
        # Two at once: the second is answered with the first.
        if (known := _known(receiver, stored.sha256)) is not None:
            return Taken(known, True)
        raise


def _known(receiver: Receiver, digest: str) -> ReturnList | None:
    return ReturnList.objects.filter(receiver=receiver, file_sha256=digest).exclude(state__in=DEAD).first()


def _open(
    receiver: Receiver, stored: store.Stored, name: str, covering: Covering, by: Officer | None, at: datetime, way: str,
) -> ReturnList:
    found = ReturnList.objects.create(
        receiver=receiver, region_code=receiver.region_code, number=covering.number, month=covering.month,
        complete=covering.complete, rows_said=covering.rows, way=way, taken_by=by, taken_at=at,
        file_name=name.replace("\\", "/").rpartition("/")[2][:200], file_sha256=stored.sha256, file_size=stored.size,
    )
    note(found, "list_taken", "接收返回名单", by, at, sha256=stored.sha256, way=way, number=covering.number)
    jobs.enqueue(READ, key=found.list_no, payload={"list": found.pk})
    return found


def note(
    found: ReturnList, action: str, label: str, by: Officer | None, at: datetime, *, note: str = "", **detail: Any
) -> None:
    """Put an act on the list's record."""
    audit.record(
        action=f"relief.{action}", label=label, by=by, at=at, subject=found.subject, region_code=found.region_code,
        note=note, detail=detail,
    )
