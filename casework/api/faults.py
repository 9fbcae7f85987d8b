"""What is wrong with a request, so that the sender can mend it: code, place, what came (masked), what is wanted."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

SHOWN = 40
_DIGITS = re.compile(r"[0-9\uff10-\uff19]{6,}[Xx]?")


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake. `pointer` is a JSON pointer (RFC 6901) into the request, empty for the whole of it."""

    code: str
    message: str
    pointer: str = ""
    got: str = ""
    wanted: str = ""
    todo: str = ""

    def below(self, *steps: object) -> "Fault":
        """The same mistake seen from further out."""
        place = "".join(f"/{escaped(str(step))}" for step in steps)
        return Fault(self.code, self.message, place + self.pointer, self.got, self.wanted, self.todo)

    def as_dict(self) -> dict[str, str]:
        return {
            "code": self.code, "message": self.message, "pointer": self.pointer, "got": self.got,
            "wanted": self.wanted, "todo": self.todo,
        }


class Problem(Exception):
    """A request that is answered with mistakes and an HTTP status. Nothing has been written."""

    def __init__(self, status: int, *faults: Fault, headers: dict[str, str] | None = None) -> None:
        super().__init__(faults[0].code)
        self.status = status
        self.faults = faults
        self.headers = headers or {}

    @property
    def first(self) -> Fault:
        return self.faults[0]


class Faults(Exception):
    """Mistakes found by a field; the serializer around it says where."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(faults[0].code)
        self.faults = faults


def escaped(step: str) -> str:
    """A key as a step of a JSON pointer, visible and short."""
    return visible(step).replace("~", "~0").replace("/", "~1")


def visible(text: str) -> str:
    """The text shortened, with long numbers hidden and what can't be seen written as its code point."""
    short = _DIGITS.sub(lambda found: "*" * len(found.group()), text)[:SHOWN]
    return "".join(
        f"<U+{ord(char):04X}>" if unicodedata.category(char)[0] == "C" or char in "\u2028\u2029" else char
        for char in short
    )


def shown(value: Any, *, secret: bool = False) -> str:
    """What came, as it may be told: never a whole number of a person, never a secret field's text."""
    if isinstance(value, str):
        return f"（{len(value)}个字符）" if secret else visible(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list):
        return f"（{len(value)}项的列表）"
    if isinstance(value, dict):
        return "（对象）"
    return "（数值）" if secret else visible(str(value)[:400])
