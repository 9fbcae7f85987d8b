"""JSON read strictly: what other readers let pass silently is refused with its code, before anything looks at it."""

import json
import re
from decimal import Decimal
from typing import Any

from casework.api.faults import Fault, Problem, escaped, shown, visible

DEPTH = 20
NUMBER_LENGTH = 40
_STRUCTURE = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def read(body: bytes) -> Any:
    """The value of a body; numbers with a point are Decimal. Raises Problem: 400 for what is no such JSON, 422 for
    text and numbers that nobody can mean."""
    text = _decoded(body)
    _check_depth(body)
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole, parse_float=_decimal
        )
    except json.JSONDecodeError as error:
        raise _bad(
            "JSON_SYNTAX", f"报文不是合法的JSON（第{error.lineno}行第{error.colno}列）。", wanted="JSON (RFC 8259)"
        ) from None
    _check(value, "")
    return value


def read_object(body: bytes) -> dict[str, Any]:
    """The same for a body that must be an object."""
    value = read(body)
    if not isinstance(value, dict):
        raise _bad("BODY_SHAPE", "报文最外层应为对象。", got=shown(value), wanted="{…}")
    return value


def _decoded(body: bytes) -> str:
    if body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise _bad("BODY_BOM", "报文开头带有BOM标记，请去掉后重新发送。", wanted="UTF-8, no BOM")
    if not body.strip():
        raise _bad("BODY_EMPTY", "报文是空的。", wanted="{…}")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _bad("ENCODING", f"报文不是UTF-8编码（第{error.start}字节）。", wanted="UTF-8") from None


def _check_depth(body: bytes) -> None:
    depth = 0
    for found in _STRUCTURE.finditer(body):
        mark = found.group()
        if mark in (b"[", b"{"):
            depth += 1
            if depth > DEPTH:
                raise _bad("DEPTH", f"报文嵌套超过{DEPTH}层。", wanted=f"≤ {DEPTH}")
        elif mark in (b"]", b"}"):
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise _bad("KEY_DUPLICATE", f"同一对象中字段“{visible(key)}”出现了两次。", got=visible(key))
        made[key] = value
    return made


def _constant(name: str) -> Any:
    raise Problem(422, Fault("AMOUNT_FORMAT", f"{name}不是数值。", got=name, wanted="例如 7.20"))


def _whole(text: str) -> int:
    return int(_short(text))


def _decimal(text: str) -> Decimal:
    _short(text)
    if "e" in text or "E" in text:
        raise Problem(422, Fault("AMOUNT_FORMAT", "数值不得使用指数写法。", got=visible(text), wanted="例如 7.20"))
    return Decimal(text)


def _short(text: str) -> str:
    if len(text) > NUMBER_LENGTH:
        got = f"（{len(text)}位）"
        raise _bad("NUMBER_LENGTH", f"数值超过{NUMBER_LENGTH}位。", got=got, wanted=f"≤ {NUMBER_LENGTH}")
    return text


def _check(value: Any, pointer: str) -> None:
    if isinstance(value, str):
        check_text(value, pointer)
    elif isinstance(value, list):
        for place, one in enumerate(value):
            _check(one, f"{pointer}/{place}")
    elif isinstance(value, dict):
        for key, one in value.items():
            below = f"{pointer}/{escaped(key)}"
            check_text(key, below)
            _check(one, below)


def check_text(text: str, pointer: str = "") -> None:
    """Refuse characters that can't be stored or can't be seen."""
    if _SURROGATE.search(text):
        raise _bad("TEXT_SURROGATE", "文本含有不成对的代理字符。", pointer, shown(text))
    if _CONTROL.search(text):
        raise _bad("CONTROL_CHAR", "文本含有控制字符。", pointer, shown(text), todo="删除控制字符后重新发送")
    if _INVISIBLE.search(text):
        fault = Fault("TEXT_INVISIBLE", "文本含有不可见或改变方向的字符。", pointer, shown(text), "", "删除后重新发送")
        raise Problem(422, fault)


def _bad(code: str, message: str, pointer: str = "", got: str = "", wanted: str = "", todo: str = "") -> Problem:
    return Problem(400, Fault(code, message, pointer, got, wanted, todo or "请改正报文后重新发送"))
