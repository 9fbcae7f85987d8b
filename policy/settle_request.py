"""The request of `settle` (contract §1, readings R-1): its form. What depends on the pool is checked in `settle`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from policy.errors import PolicyError
from policy.maternity_limit import Event
from policy.request import CalculatorRequest, Day, Money, Ratio, Request, Text
from policy.vocabulary import Scheme, Tag, Year

Benefit = Literal[
    "inpatient", "rescue", "day_surgery", "special", "chronic", "outpatient", "two_diseases", "single_line_drug",
    "special_drug", "accident", "maternity_medical", "care",
]  # fmt: skip
Filing = Literal["none", "long_term", "temporary", "referred", "emergency"]
LineClass = Literal["A", "B", "C", "item", "high_value", "single_line"]
_RATED = {"B", "item", "high_value"}


class Spell(Request):
    """Something that holds from a day to a day, both included; `to` null is open."""

    start: Annotated[Day, Field(alias="from")]
    end: Annotated[Day | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _in_order(self) -> Spell:
        if self.end is not None and self.end < self.start:
            raise PolicyError("bad_date", "to", f"结束日 {self.end} 早于开始日 {self.start}")
        return self

    def holds(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


class SchemeSpell(Spell):
    scheme: Scheme


class TagSpell(Spell):
    tag: Tag


class Certificate(Spell):
    disease: Text


class Choice(Request):
    """The mode in which a disease is settled in a year (CQ-17.10)."""

    disease: Text
    mode: Literal["single_disease", "ordinary"]
    year: Year


class Person(Request):
    """The person on all days; `relief_tags` are identities that only relief sees, looking back (BZ-REL-5.5)."""

    birth_date: Day
    scheme: Scheme | list[SchemeSpell]
    tags: list[TagSpell] = Field(default_factory=list)
    relief_tags: list[TagSpell] = Field(default_factory=list)
    certificates: list[Certificate] = Field(default_factory=list)
    catastrophic_cap: Money | None = None
    choices: list[Choice] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_at_a_time(self) -> Person:
        if isinstance(self.scheme, list):
            _refuse_overlap(self.scheme)
        modes: dict[tuple[str, int], str] = {}
        for number, choice in enumerate(self.choices):
            if modes.setdefault((choice.disease, choice.year), choice.mode) != choice.mode:
                raise PolicyError("bad_value", f"choices[{number}].mode", "同一病种同一年度只能选择一种结算方式")
        return self

    def scheme_on(self, day: date) -> str | None:
        """The scheme that covers a day; None without cover."""
        if isinstance(self.scheme, str):
            return self.scheme
        return next((spell.scheme for spell in self.scheme if spell.holds(day)), None)


def _refuse_overlap(spells: Sequence[SchemeSpell]) -> None:
    """One person, one scheme at a time (BZ-GEN-24.1)."""
    ordered = sorted(enumerate(spells), key=lambda each: each[1].start)
    for (_, one), (number, following) in pairwise(ordered):
        if one.end is None or following.start <= one.end:
            message = f"{following.start} 已在另一段参保期间内，同一天只能有一种参保"
            raise PolicyError("two_schemes", f"scheme[{number}]", message)


class BillLine(Request):
    kind: Annotated[LineClass, Field(alias="class")]
    amount: Money
    rate: Ratio | None = None

    @model_validator(mode="after")
    def _rate_allowed(self) -> BillLine:
        if self.rate is not None and self.kind not in _RATED:
            raise PolicyError("bad_value", "rate", "甲类、目录外和单行支付费用没有先行自付比例")
        return self


class PaidElsewhere(Request):
    """What the layers before relief paid of a bill at the hospital or in another system (手工救助, BZ-REL-8.1, 8.2).

    It is taken as given: nothing of it is computed, and no cap, deductible or running base of those layers moves
    (A_EB, A_CB …), because the ledger that holds them is another one. Relief alone is paid on what is left.
    """

    basic: Money = 0
    civil_servant: Money = 0
    large_amount: Money = 0
    catastrophic: Money = 0

    def amounts(self) -> tuple[int, int, int, int]:
        return self.basic, self.civil_servant, self.large_amount, self.catastrophic


class BillRequest(Request):
    id: Text
    benefit: Benefit
    date: Day
    admitted: Day | None = None
    level: Text | None = None
    place: Text = "local"
    filing: Filing = "none"
    direct: bool = False
    own_fault: bool = False
    course: Text | None = None
    referred: bool = True
    disease: Text | None = None
    maternity: Event | None = None
    days: Annotated[int, Field(ge=1, le=3660)] | None = None
    total: Money | None = None
    own_expense: Money | None = None
    first_self_pay: Money | None = None
    lines: Annotated[list[BillLine], Field(min_length=1)] | None = None
    paid_elsewhere: PaidElsewhere | None = None

    @model_validator(mode="after")
    def _amounts_fit(self) -> BillRequest:
        if self.admitted is not None and self.admitted > self.date:
            raise PolicyError("bad_date", "admitted", "入院日期晚于出院（服务）日期")
        if self.lines is not None:
            for name in ("total", "own_expense", "first_self_pay"):
                if getattr(self, name) is not None:
                    raise PolicyError("bad_value", name, "已列明细（lines），不能再填合计金额")
        elif self.total is None:
            raise PolicyError("missing_field", "total", "必须提供总费用（total）或明细（lines）")
        elif (self.own_expense or 0) + (self.first_self_pay or 0) > self.total:
            raise PolicyError("bad_value", "own_expense", "自费与先行自付之和大于总费用")
        return self


class SettleRequest(CalculatorRequest):
    person: Person
    parameters: dict[str, Any] = Field(default_factory=dict)
    opening: dict[str, dict[str, Any]] = Field(default_factory=dict)
    bills: list[BillRequest]

    @model_validator(mode="after")
    def _consistent(self) -> SettleRequest:
        seen: set[str] = set()
        for number, bill in enumerate(self.bills):
            if bill.id in seen:
                raise PolicyError("duplicate_id", f"bills[{number}].id", f"费用编号重复：{bill.id[:40]}")
            seen.add(bill.id)
            for name in ("date", "admitted"):
                day = getattr(bill, name)
                if day is not None and day < self.person.birth_date:
                    raise PolicyError("bad_date", f"bills[{number}].{name}", "日期早于出生日期")
        return self
