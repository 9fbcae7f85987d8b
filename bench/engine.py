"""How fast the engine settles: single bills and a 30-bill person-year of each pool, with and without explanation.

`python -m bench.engine [SECONDS]` measures each figure for that many seconds (default 1) of processor time, in one
process. Three depths, so that nobody has to guess what a figure includes:

- `bill_plain`: the compiled plan, called on a prepared bill and an empty year; nothing else.
- `bill_explained`: the traced variant and the rendering of its trace to full Chinese steps with rules, articles,
  figures and accumulators.
- `year_…`: `policy.settle` from request to result for 30 bills: reading and checking the request, preparing the
  facts of every bill, settling, (explaining,) printing. Given as settlements (bills) a second.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import policy
from policy.engine import explain
from policy.engine.prepare import Preparer
from policy.engine.program import Plan
from policy.pack import pools
from policy.request import parse
from policy.settle_request import SettleRequest

BILLS = 30


def _person(scheme: str, *tags: str, **more: Any) -> dict[str, Any]:
    return {
        "birth_date": "1975-05-20", "scheme": scheme,
        "tags": [{"tag": tag, "from": "2015-01-01", "to": None} for tag in tags], "certificates": [],
    } | more  # fmt: skip


def _held(*diseases: str) -> dict[str, Any]:
    return {"certificates": [{"disease": disease, "from": "2015-01-01", "to": None} for disease in diseases]}


_CHONGQING = {f"inpatient.deductible.employee.level{n}": d for n, d in ((1, 200), (2, 440), (3, 880))} | {
    f"inpatient.ratio.employee.level{n}": r for n, r in ((1, "0.90"), (2, "0.87"), (3, "0.85"))
}
_NATIONAL = {"deductible": 500, "ratio": "0.7", "income": 28000, "relief.ratio": "0.7", "relief.limit": 30000}

SCENES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = {
    "bazhong resident stay": (
        _person("resident"), {"benefit": "inpatient", "level": "level3", "total": "60000.00"}, {}, "2025"),
    "bazhong resident stay, relief": (
        _person("resident", "minimum_allowance"),
        {"benefit": "inpatient", "level": "level3", "total": "60000.00"}, {}, "2025"),
    "bazhong employee stay, all supplements": (
        _person("employee", "civil_servant", "large_amount"),
        {"benefit": "inpatient", "level": "level2", "total": "20000.00"}, {}, "2025"),
    "bazhong chronic": (
        _person("resident", **_held("M05300")),
        {"benefit": "chronic", "disease": "M05300", "total": "120.00"}, {}, "2025"),
    "chongqing special disease": (
        _person("employee", **_held("CQ-I-01")),
        {"benefit": "special", "disease": "CQ-I-01", "level": "level3", "total": "3000.00"}, _CHONGQING, "2025"),
    "changchun stay": (
        _person("resident"), {"benefit": "inpatient", "level": "municipal", "total": "9000.00"}, {}, "2021"),
    "changzhi stay": (
        _person("resident"), {"benefit": "inpatient", "level": "fee2", "total": "9000.00"}, {}, "2024"),
    "national stay": (
        _person("resident"), {"benefit": "inpatient", "level": "level2", "total": "9000.00"}, _NATIONAL, "2019"),
}  # fmt: skip
"""Person, bill, parameters and year of what is measured; the pool is the first word of the name."""


def request(name: str, bills: int) -> dict[str, Any]:
    """A request of a scene: `bills` bills spread over the months from July (some measures start in June)."""
    who, bill, parameters, year = SCENES[name]
    dated = [
        {"id": f"b{number}", "date": f"{year}-{7 + number % 6:02d}-{1 + number // 6 % 28:02d}", **bill}
        for number in range(bills)
    ]
    return {"pool": name.split()[0], "person": who, "parameters": parameters, "bills": dated}


def per_second(act: Callable[[], object], seconds: float) -> int:
    """How often `act` runs in a second of processor time: the best of five, so that other work disturbs little."""
    act()
    count, best = 1, 0.0
    while True:
        started = time.process_time()
        for _ in range(count):
            act()
        spent = time.process_time() - started
        if spent > seconds / 10:
            break
        count *= 2
    for _ in range(5):
        started = time.process_time()
        for _ in range(count):
            act()
        best = max(best, count / (time.process_time() - started))
    return int(best)


def measure(name: str, seconds: float) -> dict[str, int]:
    """The four figures of a scene."""
    asked = request(name, 1)
    pack = policy.pack_for(asked["pool"])
    bill, plan, program = Preparer(pack, parse(SettleRequest, asked)).bill(0)
    assert isinstance(plan, Plan), "a scene that is refused measures nothing"
    plain = program.plan(plan.compiled.name, bill.scheme, traced=False).compiled.call
    year = request(name, BILLS)

    def explained() -> None:
        _, trace = plan.compiled.call(bill, {}, {})
        explain.render(pack, plan.compiled, bill, trace)

    return {
        "steps": len(explain.render(pack, plan.compiled, bill, plan.compiled.call(bill, {}, {})[1])),
        "bill_plain": per_second(lambda: plain(bill, {}, {}), seconds),
        "bill_explained": per_second(explained, seconds),
        "year_plain": BILLS * per_second(lambda: policy.settle(year, explained=False), seconds),
        "year_explained": BILLS * per_second(lambda: policy.settle(year), seconds),
    }


def run(seconds: float = 1.0) -> dict[str, dict[str, int]]:
    """All figures, by scene."""
    assert {name.split()[0] for name in SCENES} == set(pools())
    return {name: measure(name, seconds) for name in SCENES}


def main(arguments: Sequence[str] = ()) -> None:
    """Print the figures as a table."""
    columns = ("steps", "bill_plain", "bill_explained", "year_plain", "year_explained")
    sys.stdout.write(f"{'settlements a second':42}" + "".join(f"{column:>16}" for column in columns) + "\n")
    for name, figures in run(*map(float, arguments)).items():
        sys.stdout.write(f"{name:42}" + "".join(f"{figures[column]:>16,}" for column in columns) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:2])
