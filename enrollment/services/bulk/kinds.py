"""What a kind of file must be able to say; each kind is a module of its own beside this one."""
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from casework.models import Officer
from casework.workbooks import Columns
from enrollment.models import BulkBatch, StagedRow
from enrollment.services.bulk.rows import Record, Row, Wrong


@dataclass
class Merged:
    """What became of the rows of one chunk, and whose facts changed."""

    accepted: int = 0
    unchanged: int = 0
    faults: list[Wrong] = field(default_factory=list)
    touched: list[int] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def rejected(self) -> int:
        return len({fault.row_no for fault in self.faults})


@dataclass(frozen=True, slots=True)
class Merging:
    """One chunk in the hands of the officer who confirmed the batch. The rows are locked persons' or new."""

    batch: BulkBatch
    rows: Sequence[StagedRow]
    by: Officer
    at: datetime


@dataclass(frozen=True)
class FileKind:
    """A kind of file: the permission to enter its rows one by one, its columns, how a row is read, what sets of rows
    are checked for, how a chunk is written.

    `faults_sql` are SELECTs of (row_no, code, column, shown, message) over `staged`, the read rows of the batch with
    `person_id`, `region_prefix` and the person's facts joined; `unchanged_sql` is a condition on the same rows.
    """

    code: str
    permission: str
    columns: Columns
    read: Callable[[Row, BulkBatch], Record | None]
    faults_sql: tuple[str, ...]
    unchanged_sql: str
    merge: Callable[[Merging], Merged]
    needs_person: bool = True
    monthly: bool = False
    chunk: int = 2_000
    known: Callable[[], frozenset[str]] = frozenset
    joins: str = ""
    same: str = "NULL"
    sum_column: str = ""
    hold: Callable[[BulkBatch], str] | None = None
    close: Callable[[Merging], dict[str, int]] | None = None
