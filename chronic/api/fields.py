"""Fields of both doors: identity numbers, codes, handles, facts."""

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from casework.api.faults import Fault, Faults, shown
from casework.api.fields import Text
from casework.clock import bureau_day, now
from enrollment.models import Person
from policy import idnumber
from policy.errors import PolicyError

HANDLE = "[0-9a-f]{30}"
NUMBER = "[A-Za-z0-9_-]{1,40}"
UNIT = "[A-Za-z0-9.]{1,30}"
KIND = "[a-z0-9_]{1,40}"
OTHER_NUMBER = re.compile(r"[0-9A-Z()/-]{4,30}")
ID_CODES = {"id_15_digits": "ID_15_DIGITS", "id_checksum": "ID_CHECKSUM", "id_birth_date": "ID_BIRTHDATE"}
MOST_FACTS, MOST_OBSERVATIONS = 200, 100
VALUE = {"oneOf": [{"type": "boolean"}, {"type": "number"}, {"type": "null"}]}
OBSERVATION = {
    "type": "object", "additionalProperties": False, "required": ["value"],
    "properties": {"value": {"type": "number"}, "on": {"type": "string", "format": "date"}},
}


class Handle(Text):
    """An opaque number that this interface gave."""

    def __init__(self, **more: Any) -> None:
        super().__init__(length=30, pattern=HANDLE, wanted="本接口给出的30位编号", **more)


class Number(Text):
    """A submission number of the sender."""

    def __init__(self, **more: Any) -> None:
        super().__init__(length=40, pattern=NUMBER, wanted="1至40位字母、数字、_或-", **more)


class UnitCode(Text):
    """A code of the catalogue of diseases."""

    def __init__(self, **more: Any) -> None:
        super().__init__(length=30, pattern=UNIT, wanted="病种编码", **more)


class Kind(Text):
    """A kind of paper, by its key in the catalogue."""

    def __init__(self, **more: Any) -> None:
        super().__init__(length=40, pattern=KIND, wanted="目录中的材料种类", **more)


@extend_schema_field({
    "type": "object", "maxProperties": MOST_FACTS, "propertyNames": {"maxLength": 40},
    "additionalProperties": {"oneOf": [
        {"type": "boolean"}, {"type": "number"}, {"type": "null"},
        {"type": "array", "maxItems": MOST_OBSERVATIONS, "items": {"oneOf": [{"type": "number"}, OBSERVATION]}},
    ]},
})
class Facts(serializers.Field[Any, Any, Any, Any]):
    """Facts by their ID. What each means and may be is judged with the disease (`facts.read`)."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise Faults(Fault("OBJECT", "此项应为对象。", got=shown(data), wanted="{事实编号: 值}"))
        if len(data) > MOST_FACTS:
            raise Faults(Fault("LINES_LIMIT", f"超过{MOST_FACTS}项。", wanted=f"≤ {MOST_FACTS}"))
        return data

    def to_representation(self, value: Any) -> Any:
        return value


def checked_number(id_type: str, number: str, pointer: str) -> str:
    """The normalised number of a document; a citizen's by GB 11643. The number is never told back."""
    if id_type == Person.IdType.CITIZEN:
        try:
            return idnumber.check(number, today=bureau_day(now()))
        except PolicyError as error:
            code = ID_CODES.get(error.code, "ID_FORMAT")
            raise Faults(Fault(code, f"{error.message}。", pointer, "（已隐去）", "18位公民身份号码")) from None
    normal = idnumber.normalise(number).upper()
    if OTHER_NUMBER.fullmatch(normal) is None:
        raise Faults(Fault("ID_FORMAT", "证件号码应为4至30位字母、数字。", pointer, "（已隐去）"))
    return normal
