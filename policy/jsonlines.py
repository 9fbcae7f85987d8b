"""JSON Lines read strictly: one object a line, nothing guessed, nothing silently dropped.

Refused, each with its own code: bytes that are no UTF-8, a byte-order mark, a key given twice, NaN and Infinity,
numbers too long to be meant, nesting without end, lone surrogates and control characters, over-long lines.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, BinaryIO

from policy.errors import PolicyError
from policy.request import BAD_TEXT

MAX_LINE = 32 * 1024 * 1024
MAX_DIGITS = 64
_BOM = b"\xef\xbb\xbf"


class Unreadable(PolicyError):
    """A line that is no request; `case` is what can still be told of it."""

    def __init__(self, code: str, message: str, case: object = None) -> None:
        super().__init__(code, "", message)
        self.case = case


def lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield each line without its end; None for one over `MAX_LINE` bytes. Holds one line at a time."""
    while line := stream.readline(MAX_LINE + 1):
        if len(line) <= MAX_LINE or line.endswith(b"\n"):
            yield line.rstrip(b"\r\n")
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE)
        yield None


def decode(line: bytes | None) -> dict[str, Any]:
    """Return the object that `line` holds, or raise Unreadable."""
    if line is None:
        raise Unreadable("line_too_long", f"一行超过 {MAX_LINE} 字节")
    if line.startswith(_BOM):
        raise Unreadable("bom", "行首有字节顺序标记（BOM），请存为不带 BOM 的 UTF-8")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("bad_encoding", f"第 {error.start + 1} 个字节起不是 UTF-8") from None
    return _Reader().read(text, escaped=b"\\u" in line)


class _Reader:
    """Reads one text. A fault that leaves the text readable is noted, so that its `case` can still be told."""

    def __init__(self) -> None:
        self.fault: tuple[str, str] | None = None

    def read(self, text: str, *, escaped: bool) -> dict[str, Any]:
        value = self._loads(text)
        if not isinstance(value, dict):
            raise Unreadable("not_json", "一行须是一个 JSON 对象")
        if escaped and _has_bad_text(value):
            self._note("bad_text", "文字中含有控制字符或残缺的字符")
        if self.fault:
            raise Unreadable(*self.fault, value.get("case"))
        return value

    def _loads(self, text: str) -> Any:
        try:
            return json.loads(
                text,
                object_pairs_hook=self._object,
                parse_int=self._int,
                parse_float=self._float,
                parse_constant=self._constant,
            )
        except RecursionError:
            raise Unreadable("too_deep", "嵌套层数过多") from None
        except ValueError as error:
            place = f"（第 {error.colno} 个字符）" if isinstance(error, json.JSONDecodeError) else ""
            raise Unreadable("not_json", f"不是有效的 JSON{place}") from None

    def _note(self, code: str, message: str) -> None:
        self.fault = self.fault or (code, message)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in pairs:
            if key in made:
                self._note("duplicate_key", f"键重复：{key[:40]}")
            else:
                made[key] = value
        return made

    def _int(self, digits: str) -> int:
        if len(digits) > MAX_DIGITS:
            self._note("bad_number", f"数字超过 {MAX_DIGITS} 位")
            return 0
        return int(digits)

    def _float(self, digits: str) -> float:
        number = float(digits)
        if len(digits) > MAX_DIGITS or not math.isfinite(number):
            self._note("bad_number", f"数字过大或超过 {MAX_DIGITS} 位")
            return 0.0
        return number

    def _constant(self, name: str) -> None:
        self._note("bad_number", f"不接受 {name}")


def _has_bad_text(value: object) -> bool:
    """Say whether any text in the tree has a control character or half a surrogate pair."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += item.keys()
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, str) and BAD_TEXT.search(item):
            return True
    return False


def encode(value: object) -> bytes:
    """Return one line of output. Half a surrogate pair that is echoed stays an escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    return text.encode("utf-8", errors="backslashreplace") + b"\n"
