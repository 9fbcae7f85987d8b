"""Compute a file of cases under two packs: who gains, who loses, and how much in all."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policy import jsonlines, money
from policy.__main__ import CALCULATORS, calculator
from policy.errors import PolicyError
from policy.pack import Pack
from policy.tools.packs import Result, open_pack

_AMOUNTS = {"maternity": ("antenatal", "medical", "allowance"), "catastrophic_cap": ("cap",), "premium": ("subsidy",)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case's result: the benefit in fen where it is an amount, and all of it for comparison."""

    benefit: int | None
    whole: Any


def run(asked: Namespace) -> Result:
    """Print each case whose result changes, and the sums; found if any does."""
    old, new = open_pack(asked.old), open_pack(asked.new)
    lines: list[str] = []
    gains: list[int] = []
    losses: list[int] = []
    other = same = 0
    for name, request in read_cases(asked.cases, old.pool):
        before, after = outcome(name, request, old), outcome(name, request, new)
        label = str(request.get("case") or name)
        if before == after:
            same += 1
        elif before.benefit is None or after.benefit is None or before.benefit == after.benefit:
            other += 1
            lines.append(f"{label}：结果改变{_errors(before, after)}")
        else:
            change = after.benefit - before.benefit
            (gains if change > 0 else losses).append(change)
            word = "多得" if change > 0 else "少得"
            amounts = f"{money.text(before.benefit)} → {money.text(after.benefit)}"
            lines.append(f"{label}：待遇 {amounts}，{word} {money.text(abs(change))}")
    lines.append(
        f"共 {same + other + len(gains) + len(losses)} 件：{len(gains)} 件多得 {money.text(sum(gains))}，"
        f"{len(losses)} 件少得 {money.text(-sum(losses))}，{other} 件其他改变，{same} 件不变"
    )
    return lines, same == 0 or len(lines) > 1


def read_cases(path: Path, pool: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield calculator and request of each line that is about the pool; a bare request is one of `settle`."""
    with path.open("rb") as stream:
        for number, line in enumerate(jsonlines.lines(stream), 1):
            try:
                case = jsonlines.decode(line)
            except PolicyError as error:
                raise error.below(f"第{number}行") from None
            name, request = case.get("calculator", "settle"), case.get("request", case)
            if name not in CALCULATORS or not isinstance(request, dict):
                raise PolicyError("bad_value", f"第{number}行", f"没有计算器“{name}”，或请求不是对象")
            if request.get("pool") == pool:
                yield name, request


def outcome(name: str, request: dict[str, Any], pack: Pack) -> Outcome:
    """Return what a request brings under a pack; an error of the request is an outcome too."""
    try:
        result = calculator(name)(request, pack)
    except PolicyError as error:
        return Outcome(None, error.code)
    return Outcome(_benefit(name, result), result)


def _benefit(name: str, result: dict[str, Any]) -> int | None:
    if name == "settle":
        return sum(money.fen(bill["fund_total"]) for bill in result["bills"])
    amounts = [result[key] for key in _AMOUNTS.get(name, ())]
    return sum(money.fen(amount) for amount in amounts) if amounts and None not in amounts else None


def _errors(before: Outcome, after: Outcome) -> str:
    shown = [one.whole if isinstance(one.whole, str) else "可计算" for one in (before, after)]
    return f"（{shown[0]} → {shown[1]}）" if shown[0] != shown[1] else ""
