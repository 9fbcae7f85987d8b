"""What is wrong in a file, and the refusal that carries all of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from casework.errors import Refused

MAX_FAULTS = 1_000


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file: where (as Excel numbers rows), in which column, and what to do."""

    code: str
    message: str
    row: int = 0
    column: str = ""

    def __str__(self) -> str:
        place = f"第{self.row}行 " if self.row else ""
        heading = f"{self.column}：" if self.column else ""
        return f"{place}{heading}{self.message}（{self.code}）"


class FileRefused(Refused):
    """A file that is not taken, with all its faults (the first thousand). Nothing has been written."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults[:MAX_FAULTS])
        super().__init__(self.faults[0].code, "；".join(str(fault) for fault in self.faults[:3]))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.faults,)


def refusal(code: str, message: str) -> FileRefused:
    return FileRefused([Fault(code, message)])
