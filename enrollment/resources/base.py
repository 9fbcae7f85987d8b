"""What the files of both registers share: judged workbooks, and an import that is whole or nothing."""
from base64 import b64encode
from collections import defaultdict
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from import_export import resources, results
from import_export.formats.base_formats import XLSX
from tablib import Dataset

from casework import workbooks
from casework.errors import Refused
from casework.models import Officer
from casework.workbooks import Columns, Fault
from enrollment import services
from policy import idnumber

MAX_ROWS = 2_000
MAX_UNPACKED = 20 * 1024 * 1024
"""For this door: two thousand rows need no more, and the parser holds a multiple of it."""


class Source(Dataset):
    """The rows of an accepted workbook, with its digest and the row numbers that Excel shows."""

    digest: str = ""
    numbers: tuple[int, ...] = ()
    warnings: tuple[Fault, ...] = ()


class RegisterWorkbook(XLSX):
    """An .xlsx with known headings: judged, read as text, written so that no cell can run."""

    columns: ClassVar[Columns]

    def create_dataset(self, in_stream: bytes, **_: Any) -> Source:
        sheet = workbooks.read(in_stream, self.columns, max_rows=MAX_ROWS, max_unpacked=MAX_UNPACKED)
        source = Source(*(row for _, row in sheet.rows), headers=sheet.headings)
        source.digest = sha256(in_stream).hexdigest()
        source.numbers = tuple(number for number, _ in sheet.rows)
        source.warnings = tuple(sheet.warnings)
        return source

    def export_data(self, dataset: Dataset, **_: Any) -> bytes:
        return workbooks.write("导出", dataset.headers, dataset)


class FileResult(results.Result):
    """The outcome of a file: errors of rows by the number that Excel shows, at most the first thousand."""

    numbers: tuple[int, ...] = ()
    warnings: tuple[Fault, ...] = ()

    def append_error_row(self, number: int, row: Any, errors: list[results.Error]) -> None:
        if len(self.error_rows) < workbooks.MAX_FAULTS:
            shown = self.numbers[number - 1] if number <= len(self.numbers) else number + 1
            self.error_rows.append(results.ErrorRow(shown, errors))

    def row_errors(self) -> list[tuple[int, list[results.Error]]]:
        return [(row.number, row.errors) for row in self.error_rows]

    def error_workbook(self) -> bytes:
        """All errors as an .xlsx to download: row and reason, no values."""
        lines = [("", str(error.error)) for error in self.base_errors]
        lines += [(number, str(error.error)) for number, errors in self.row_errors() for error in errors]
        return workbooks.write("错误清单", ["行", "问题"], lines)

    def error_file(self) -> str:
        """The same as a link that carries the file itself: nothing is stored for it."""
        return f"data:{RegisterWorkbook.CONTENT_TYPE};base64,{b64encode(self.error_workbook()).decode()}"


class MaskedDiff(resources.Diff):
    """Before and after of a row as an export would show it: masked."""

    def __init__(self, resource: Any, instance: Any, new: bool) -> None:
        self.left: list[str] = resource.export_resource(instance)
        self.right: list[str] = []
        self.new = new

    def compare_with(self, resource: Any, instance: Any) -> None:
        self.right = resource.export_resource(instance)


class RegisterResource(resources.ModelResource):
    """What both registers share: the officer and the time, whole or nothing, one service call a row."""

    kind: ClassVar[str]
    key: ClassVar[str]
    column_of: ClassVar[dict[str, str]] = {}

    def __init__(self, by: Officer | None = None, *, plain: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.by, self.plain = by, plain
        self.at: datetime | None = None
        self.numbers: tuple[int, ...] = ()
        self.warnings: tuple[Fault, ...] = ()
        self.conflicts: dict[str, str] = {}

    def get_result_class(self) -> type[FileResult]:
        """The result of this file, which knows how Excel numbers its rows."""
        return type("NumberedResult", (FileResult,), {"numbers": self.numbers, "warnings": self.warnings})

    @classmethod
    def get_diff_class(cls) -> type[MaskedDiff]:
        return MaskedDiff

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        """Refuse a file that was taken before; find persons who stand in it twice."""
        self.by, self.at = kwargs["by"], kwargs["at"]
        self.conflicts = self._twice(dataset)
        services.check_file_is_new(self.kind, getattr(dataset, "digest", ""))

    def import_data_inner(self, dataset: Dataset, *args: Any, **kwargs: Any) -> FileResult:
        self.numbers = getattr(dataset, "numbers", ())
        self.warnings = getattr(dataset, "warnings", ())
        return super().import_data_inner(dataset, *args, **kwargs)

    def import_row(self, row: dict[str, str], instance_loader: Any, **kwargs: Any) -> results.RowResult:
        """Import one row; whatever is wrong with it is an error in words, by column and code."""
        outcome = super().import_row(row, instance_loader, **kwargs)
        if outcome.validation_error is not None:
            outcome.errors = [results.Error(Refused("ROW", text)) for text in self._words(outcome.validation_error)]
            outcome.validation_error = None
            outcome.import_type = results.RowResult.IMPORT_TYPE_ERROR
        for error in outcome.errors:
            error.error = self._in_words(error.error)
            error.row = None
        return outcome

    def before_import_row(self, row: dict[str, str], **kwargs: Any) -> None:
        reason = self.conflicts.get(self._key_of(row))
        if reason:
            raise Refused("DUP_CONFLICT", reason)

    def after_import(self, dataset: Dataset, result: FileResult, **kwargs: Any) -> None:
        """Write down the batch, in the transaction of its rows; nothing for a preview or a file with errors."""
        if kwargs.get("dry_run") or result.has_errors():
            return
        new, changed = result.totals["new"], result.totals["update"]
        services.accept_file(
            kind=self.kind, file_name=kwargs.get("file_name") or "", file_sha256=getattr(dataset, "digest", ""),
            count=services.FileCount(new + changed, result.totals["skip"]), by=self.by, at=self.at,
        )

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        """The one write of a row: a service."""
        raise NotImplementedError

    def _key_of(self, row: dict[str, str]) -> str:
        return idnumber.normalise(row.get(self.key) or "").upper()

    def _twice(self, dataset: Dataset) -> dict[str, str]:
        """The keys that stand in the file with contradicting rows. Equal rows are the same row said twice."""
        said: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        lines: dict[str, list[str]] = defaultdict(list)
        for index, row in enumerate(dataset.dict):
            key = self._key_of(row)
            said[key].add(tuple("" if name == self.key else value for name, value in row.items()))
            lines[key].append(str(self.numbers[index] if index < len(self.numbers) else index + 2))
        return {
            key: f"{self.key}在第{'、'.join(lines[key])}行重复且内容不一致，请核对后保留一行"
            for key, rows in said.items() if key and len(rows) > 1
        }

    def _in_words(self, error: Exception) -> Refused:
        if isinstance(error, Refused):
            if error.code == "ROW":
                return error
            column = self.column_of.get(error.code, "")
            return Refused(error.code, str(Fault(error.code, error.message, column=column)))
        return Refused("ROW", "该行无法导入，请核对各列内容（ROW_INVALID）")

    def _words(self, error: ValidationError) -> list[str]:
        if not hasattr(error, "error_dict"):
            return list(error.messages)
        heading = {field.attribute: field.column_name for field in self.fields.values()}
        return [f"{heading.get(name, name)}：{text}" for name, texts in error.message_dict.items() for text in texts]
