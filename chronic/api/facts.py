"""Facts of a disease as they are sent: each against what the criteria ask, all mistakes at once, with their places."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from casework.api.faults import Fault, Faults, shown, visible
from casework.api.fields import Day
from chronic.api.fields import MOST_OBSERVATIONS
from policy.catalogue import Unit
from policy.criteria import Leaf, Node, Repeat
from policy.criteria_reader import FactSpec, repeated_facts

LIMIT = 10**8
PLACES = 6
DIGITS = 15
WORDS = {"true", "false", "yes", "no", "y", "n", "是", "否", "有", "无"}


def read(unit: Unit, given: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The facts as the criteria read them; a null is a fact that is not given. Raises Faults."""
    if unit.criteria is None:
        return dict(given)
    repeated, signed = repeated_facts(unit.criteria), _signed(unit.criteria)
    made: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, value in given.items():
        try:
            if name not in unit.facts:
                raise Faults(_stranger(name, unit))
            if value is not None:
                made[name] = _one(unit.facts[name], value, name in repeated, name in signed, today)
        except Faults as found:
            faults += [fault.below(name) for fault in found.faults]
    if faults:
        raise Faults(*faults)
    return made


def _one(fact: FactSpec, value: Any, repeated: bool, signed: bool, today: date) -> Any:
    if repeated:
        return _observations(value, signed, today)
    if fact.points:
        allowed = sorted({0, *fact.points.values()})
        if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
            said = "、".join(str(one) for one in allowed)
            raise Faults(Fault("CODE_UNKNOWN", "此项得分不在评分表内。", got=shown(value), wanted=said))
        return value
    if fact.unit:
        return _number(value, signed)
    if not isinstance(value, bool):
        raise Faults(Fault("BOOLEAN", "此项应为true或false。", got=shown(value), wanted="true, false"))
    return value


def _observations(value: Any, signed: bool, today: date) -> list[Any]:
    if not isinstance(value, list):
        wanted = '[{"value": 1, "on": "YYYY-MM-DD"}]'
        raise Faults(Fault("LIST", "此项应为多次观察值的列表。", got=shown(value), wanted=wanted))
    if len(value) > MOST_OBSERVATIONS:
        most = f"≤ {MOST_OBSERVATIONS}"
        raise Faults(Fault("LINES_LIMIT", f"超过{MOST_OBSERVATIONS}项。", got=shown(value), wanted=most))
    made, faults = [], []
    for place, one in enumerate(value):
        try:
            made.append(_observation(one, signed, today))
        except Faults as found:
            faults += [fault.below(place) for fault in found.faults]
    if faults:
        raise Faults(*faults)
    return made


def _observation(one: Any, signed: bool, today: date) -> Any:
    if not isinstance(one, dict):
        return _number(one, signed)
    if strangers := set(one) - {"value", "on"}:
        raise Faults(Fault("FIELD_UNKNOWN", "没有这个字段。", got=visible(min(strangers)), wanted="value、on"))
    if "value" not in one:
        raise Faults(Fault("FIELD_MISSING", "缺少必填项。", "/value"))
    made = {"value": _below("value", lambda: _number(one["value"], signed))}
    if one.get("on") is not None:
        made["on"] = _below("on", lambda: _day(one["on"], today)).isoformat()
    return made


def _below(name: str, act: Any) -> Any:
    try:
        return act()
    except Faults as found:
        raise Faults(*(fault.below(name) for fault in found.faults)) from None


def _day(value: Any, today: date) -> date:
    day: date = Day().to_internal_value(value)
    if day > today:
        raise Faults(Fault("DATE_FUTURE", "日期晚于今日。", got=day.isoformat(), wanted=f"≤ {today}"))
    return day


def _number(value: Any, signed: bool) -> int | float:
    """A measured number, as JSON keeps it; text that looks like one is none."""
    if isinstance(value, str | bool) or not isinstance(value, int | Decimal):
        code = "BOOLEAN" if isinstance(value, str) and value.strip().lower() in WORDS else "AMOUNT_FORMAT"
        raise Faults(Fault(code, "此项应为数值，不加引号、千分位和单位。", got=shown(value), wanted="例如 7.2"))
    exact = Decimal(value)
    if abs(exact) > LIMIT:
        raise Faults(Fault("AMOUNT_LIMIT", "数值过大。", got=shown(value), wanted=f"≤ {LIMIT}"))
    if exact < 0 and not signed:
        raise Faults(Fault("AMOUNT_SIGN", "此项不能为负数。", got=shown(value), wanted="≥ 0"))
    if -int(exact.as_tuple().exponent) > PLACES or len(exact.as_tuple().digits) > DIGITS:
        raise Faults(Fault("AMOUNT_PRECISION", f"小数最多{PLACES}位。", got=shown(value), wanted=f"≤ {PLACES}位小数"))
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _signed(tree: Node) -> set[str]:
    """The measures that may be negative: those that the criteria compare with a negative number."""
    leaves = [node for node in tree.walk() if isinstance(node, Leaf)]
    leaves += [leaf for node in tree.walk() if isinstance(node, Repeat) for leaf in node.of]
    return {leaf.fact for leaf in leaves if leaf.test is not None and leaf.test.limit < 0}


def _stranger(name: str, unit: Unit) -> Fault:
    near = get_close_matches(name[:80], unit.facts, n=1)
    todo = f"是否为 {near[0]}？" if near else "请按目录中的事实编号填写"
    return Fault("FIELD_UNKNOWN", f"“{unit.label}”的认定标准中没有这项事实。", "", visible(name), "", todo)
