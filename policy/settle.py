"""`settle`: a person's bills of a year, in settlement order, paid layer by layer and explained (contract §1).

Strings in, strings out; whole fen inside. The same facts under the same pack give the same bytes in any process.
Between two bills nothing is carried but the printed accumulators (and the courses of treatment of the request).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from policy import money
from policy.accumulators import Ledger
from policy.engine import explain
from policy.engine.facts import PAYERS, Bill, Refused
from policy.engine.prepare import Preparer
from policy.engine.program import Program
from policy.errors import PolicyError
from policy.pack import Pack, pack_for
from policy.request import parse
from policy.settle_request import SettleRequest

_ZERO = (0, 0, 0, 0, *(0 for _ in PAYERS))


def settle(request: Mapping[str, Any], pack: Pack | None = None, *, explained: bool = True) -> dict[str, Any]:
    """Settle a person's bills in the order given, with every step explained (or, `explained` false, without steps).

    `pack` replaces the published pack of the request's pool (an overlaid or an older one). A bill that the
    rules do not pay is `refused` with its reason and changes nothing; a request that is wrong raises PolicyError.
    A bill with `paid_elsewhere` gets relief alone, on what those payments left: `total`, `eligible` and the payers
    then speak of that rest, the payments stand beside them, and no accumulator of the layers that made them moves.
    """
    asked = parse(SettleRequest, request)
    opened = pack_for(asked.pool) if pack is None else pack
    if opened.pool != asked.pool:
        raise PolicyError("other_pool", "pool", f"请求的统筹区是 {asked.pool}，政策包是 {opened.pool}")
    if not opened.section("settle"):
        raise PolicyError("not_in_pool", "pool", f"{opened.title}没有待遇结算的规定")
    ledger = Ledger(opened, asked.opening)
    preparer = Preparer(opened, asked, explained=explained)
    run = _Run(opened, ledger)
    bills = [run.bill(preparer, number) for number in range(len(asked.bills))]
    return {"case": asked.case, "pool": asked.pool, "bills": bills, "accumulators": ledger.printed()}


@dataclass
class _Run:
    """One request on its way through the plans."""

    pack: Pack
    ledger: Ledger
    courses: dict[str, tuple[int, int]] = field(default_factory=dict)

    def bill(self, preparer: Preparer, number: int) -> dict[str, Any]:
        bill, plan, program = preparer.bill(number)
        if isinstance(plan, Refused):
            return _printed(bill, plan, _ZERO, [])
        try:
            outcome = plan.compiled.call(bill, self.ledger.year(bill.year), self.courses)
        except KeyError as missing:
            raise _not_in_table(bill, missing, program).below(f"bills[{number}]") from None
        if isinstance(outcome, Refused):
            return _printed(bill, outcome, _ZERO, [])
        amounts, trace = outcome if preparer.explained else (outcome, ())
        steps = explain.render(self.pack, plan.compiled, bill, trace)
        return _printed(bill, None, amounts, steps) | {"plan": plan.label}


def _not_in_table(bill: Bill, missing: KeyError, program: Program) -> PolicyError:
    """A fact of the bill that a table has no row for: not given, or not of this benefit."""
    keys = missing.args[0] if isinstance(missing.args[0], tuple) else (missing.args[0],)
    if bill.level is None and None in keys:
        return PolicyError("missing_field", "level", "本项待遇须提供医疗机构级别")
    if bill.level in keys:
        return PolicyError("bad_value", "level", f"本项待遇没有这一机构级别：{bill.level}")
    raise missing


def _printed(bill: Bill, refused: Refused | None, amounts: tuple[int, ...], steps: list[Any]) -> dict[str, Any]:
    own, first, eligible, deductible, *paid = amounts
    if refused is not None:
        own, first = bill.own, bill.first
    given = sum(bill.elsewhere or ())
    total, eligible = bill.total - given, max(0, eligible - given)
    fund = sum(paid)
    text: Callable[[int], str] = money.text
    reason = None if refused is None else {"code": refused.code, "rule": refused.rule, "message": refused.message}
    return {
        "id": bill.id, "refused": reason,
        "total": text(total), "own_expense": text(own), "first_self_pay": text(first), "eligible": text(eligible),
        "deductible": text(deductible), **{name: text(amount) for name, amount in zip(PAYERS, paid, strict=True)},
        "fund_total": text(fund), "personal": text(total - fund), "steps": steps,
        **_elsewhere(bill),
    }  # fmt: skip


def _elsewhere(bill: Bill) -> dict[str, Any]:
    """What other layers paid elsewhere, which the amounts of the bill leave out; nothing for the usual bill."""
    if bill.elsewhere is None:
        return {}
    return {"paid_elsewhere": {name: money.text(amount) for name, amount in zip(PAYERS, bill.elsewhere, strict=False)}}
