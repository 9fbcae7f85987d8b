"""Fields that take only what they mean: DRF's own read `1_000`, `1e5` and `2025-W01-1` kindly, and drop strangers."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from casework.api.faults import Fault, Faults, Problem, shown, visible
from casework.clock import BUREAU_ZONE

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


class Strict(serializers.Serializer[Any]):
    """An object: its fields, no others, and all mistakes at once."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise Faults(Fault("OBJECT", "此项应为对象。", got=shown(data), wanted="{…}"))
        faults = [self._stranger(str(key)) for key in data if key not in self.fields]
        made: dict[str, Any] = {}
        for name, field in self.fields.items():
            try:
                if name in data:
                    made[name] = self._one(field, data[name])
                elif field.required:
                    faults.append(Fault("FIELD_MISSING", "缺少必填项。", f"/{name}", wanted=label_of(field)))
                elif field.default is not empty:
                    made[name] = field.get_default()
            except Faults as found:
                faults += [fault.below(name) for fault in found.faults]
        if faults:
            raise Faults(*faults)
        return made

    def run_validation(self, data: Any = empty) -> Any:
        return self.to_internal_value({} if data is empty else data)

    def _one(self, field: Any, value: Any) -> Any:
        if value is None:
            if field.allow_null:
                return None
            raise Faults(Fault("FIELD_NULL", "此项不能为null。", got="null", wanted=label_of(field)))
        if isinstance(field, serializers.BaseSerializer):
            return field.run_validation(value)
        return field.to_internal_value(value)

    def _stranger(self, key: str) -> Fault:
        near = get_close_matches(key[:80], self.fields, n=1)
        todo = f"是否为 {near[0]}？" if near else "请删除此项"
        return Fault("FIELD_UNKNOWN", "没有这个字段。", "", visible(key), "、".join(self.fields)[:200], todo).below(key)


def checked(serializer: type[Strict], data: Any, pointer: tuple[str, ...] = ()) -> dict[str, Any]:
    """The values of a request, or 422 with every mistake."""
    try:
        return serializer().to_internal_value(data)
    except Faults as found:
        raise Problem(422, *(fault.below(*pointer) for fault in found.faults)) from None


def label_of(field: Any) -> str:
    return str(field.label or field.help_text or "")


class Text(serializers.CharField):
    """Text as it came. `pattern` is for the whole of it; a secret one is never told back."""

    def __init__(
        self, *, length: int = 200, pattern: str = "", wanted: str = "", secret: bool = False, **more: Any
    ) -> None:
        super().__init__(max_length=length, trim_whitespace=False, **more)
        self.length, self.pattern, self.wanted, self.secret = length, pattern, wanted, secret

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise self._fault("TEXT_TYPE", "此项应为文本。", data, "text")
        if len(data) > self.length:
            raise self._fault("TEXT_LENGTH", f"超过{self.length}个字符。", data, f"≤ {self.length}")
        if not data.strip():
            if self.required:
                raise self._fault("FIELD_BLANK", "此项不能为空。", data, label_of(self))
            return ""
        if self.pattern and re.fullmatch(self.pattern, data, re.ASCII) is None:
            raise self._fault("TEXT_FORMAT", "格式不符。", data, self.wanted or self.pattern)
        return data

    def _fault(self, code: str, message: str, data: Any, wanted: str) -> Faults:
        return Faults(Fault(code, message, got=shown(data, secret=self.secret), wanted=wanted))


@extend_schema_field(OpenApiTypes.DATE)
class Day(serializers.DateField):
    """A day, written YYYY-MM-DD and no other way; an optional one may be empty text."""

    def to_internal_value(self, data: Any) -> Any:
        if data == "" and not self.required:
            return None
        try:
            if not isinstance(data, str) or _DAY.fullmatch(data) is None:
                raise ValueError
            return date.fromisoformat(data)
        except ValueError:
            fault = Fault("DATE_FORMAT", "日期格式不符或没有这一天。", got=shown(data), wanted="YYYY-MM-DD")
            raise Faults(fault) from None


class Moment(Text):
    """A time of China without a zone, as the platform writes it: `yyyy-MM-dd HH:mm:ss`."""

    def __init__(self, **more: Any) -> None:
        super().__init__(length=19, pattern=_MOMENT.pattern, wanted="yyyy-MM-dd HH:mm:ss", **more)

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            return text and datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BUREAU_ZONE)
        except ValueError:
            raise self._fault("DATE_FORMAT", "没有这个时间。", data, self.wanted) from None


class Word(serializers.ChoiceField):
    """One of a few words."""

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, str) and (data in self.choices or (data == "" and not self.required)):
            return data
        words = "、".join(str(word) for word in self.choices)[:200]
        raise Faults(Fault("CODE_UNKNOWN", "取值不在代码表内。", got=shown(data), wanted=words))


class Flag(serializers.BooleanField):
    """true or false, not a word for it."""

    def to_internal_value(self, data: Any) -> bool:
        if isinstance(data, bool):
            return data
        raise Faults(Fault("BOOLEAN", "此项应为true或false。", got=shown(data), wanted="true, false"))


class Rows(serializers.ListField):
    """A list of one kind of thing."""

    def __init__(self, *, most: int, least: int = 0, **more: Any) -> None:
        super().__init__(min_length=least, max_length=most, **more)
        self.most, self.least = most, least

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            raise Faults(Fault("LIST", "此项应为列表。", got=shown(data), wanted="[…]"))
        if len(data) < self.least:
            raise Faults(Fault("LINES_EMPTY", "至少应有一项。", got=shown(data), wanted=f"≥ {self.least}"))
        if len(data) > self.most:
            raise Faults(Fault("LINES_LIMIT", f"超过{self.most}项。", got=shown(data), wanted=f"≤ {self.most}"))
        made, faults = [], []
        for place, one in enumerate(data):
            try:
                made.append(self._child(one))
            except Faults as found:
                faults += [fault.below(place) for fault in found.faults]
        if faults:
            raise Faults(*faults[:1000])
        return made

    def _child(self, one: Any) -> Any:
        if one is None:
            raise Faults(Fault("FIELD_NULL", "此项不能为null。", got="null"))
        child: Any = self.child
        if isinstance(child, serializers.BaseSerializer):
            return child.run_validation(one)
        return child.to_internal_value(one)
