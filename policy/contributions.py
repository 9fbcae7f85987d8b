"""What is paid for an employee's month: base, the share of each payer and fund, and the personal account's credit.

BZ-EMP-5.1, BZ-EMP-7.1, BZ-EMP-7.2, BZ-EMP-7.4, BZ-EMP-11.1, BZ-EMP-12.1, BZ-EMP-13.1, BZ-EMP-13.3, BZ-EMP-32.1,
BZ-EMP-35.1, BZ-EMP-35.2; flexible workers' account by BZ-AMB-36.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from policy import money
from policy.calculator import Spec, open_pack, spec
from policy.errors import PolicyError
from policy.pack import Pack
from policy.pack_figures import Figure
from policy.pack_values import Value
from policy.request import CalculatorRequest, Money, parse
from policy.result import MoneyText, RatioText
from policy.vocabulary import Year

Payer = Literal["employer", "flexible", "unemployed", "retired"]
Fund = Literal["basic", "maternity", "civil_servant", "large_amount"]
Basis = Literal["base", "minimum", "pension"]


class ContributionsRequest(CalculatorRequest):
    """Request of `contributions`: one person's month."""

    year: Year
    payer: Payer
    wage: Money | None = None
    joined: list[Literal["maternity", "civil_servant", "large_amount"]] = Field(default_factory=list)
    pension: Literal["public", "enterprise"] | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)


class LineSpec(Spec):
    """One fund's share: who pays it, at which rate, of what; `joined` if only members pay it."""

    fund: Fund
    by: Literal["employer", "person", "agency"]
    rate: str
    of: Basis
    joined: str = ""


class AccountSpec(Spec):
    """The credit to the personal account."""

    rate: str
    of: Basis


class PayerSpec(Spec):
    """How a kind of payer contributes; `base` is his wage within the limits, the minimum, or none."""

    base: Literal["wage", "minimum", "none"]
    base_rule: str = ""
    lines: list[LineSpec]
    account: AccountSpec


class ContributionsSpec(Spec):
    """The section `contributions` of a pack."""

    minimum: str
    ceiling: str
    pension: str
    late_fee: str
    payers: dict[Payer, PayerSpec]

    def figures(self) -> set[str]:
        lines = [line.rate for payer in self.payers.values() for line in payer.lines]
        accounts = [payer.account.rate for payer in self.payers.values()]
        return {self.minimum, self.ceiling, self.pension, self.late_fee, *lines, *accounts}


class ContributionLine(TypedDict):
    """One fund's share of the month, in yuan."""

    fund: Fund
    payer: Literal["employer", "person", "agency"]
    base: MoneyText
    rate: RatioText
    amount: MoneyText
    rule: str


class ContributionsResult(TypedDict):
    """Result of `contributions`, in yuan; `base` is null for who pays none of his own."""

    case: str | None
    base: MoneyText | None
    base_rule: str
    lines: list[ContributionLine]
    employer: MoneyText
    personal: MoneyText
    agency: MoneyText
    account_credit: MoneyText
    account_rule: str


def contributions(request: Mapping[str, Any], pack: Pack | None = None) -> ContributionsResult:
    """Compute one person's contribution of a month of `year`, in yuan.

    An employee's base is his wage, at least the minimum base and at most its multiple (BZ-EMP-7.2); who pays alone
    pays by the minimum (BZ-EMP-7.4). Each share is rounded to the fen by itself. Raises PolicyError:
    `parameter_missing` for a minimum base or pension that is not printed, `missing_field` for a wage or group of
    pensioners not given, `not_in_pool`, or a mistake of the request.
    """
    asked = parse(ContributionsRequest, request)
    opened = open_pack("contributions", asked.pool, pack)
    known = spec(opened, "contributions", ContributionsSpec)
    month = _Month(asked, opened, known, opened.read_parameters(asked.parameters))
    payer = known.payers.get(asked.payer)
    if payer is None:
        raise PolicyError("bad_value", "payer", f"{opened.title}没有此类人员的缴费规定")
    base, rule = month.base(payer)
    lines = [month.line(line, base) for line in payer.lines if not line.joined or line.joined in asked.joined]
    rate = month.figure(payer.account.rate)
    return {
        "case": asked.case,
        "base": None if base is None else money.text(base),
        "base_rule": rule,
        "lines": lines,
        "employer": _total(lines, "employer"),
        "personal": _total(lines, "person"),
        "agency": _total(lines, "agency"),
        "account_credit": money.text(_part(month.basis(payer.account.of, base), rate)),
        "account_rule": rate.rule,
    }


@dataclass(frozen=True, slots=True)
class _Month:
    asked: ContributionsRequest
    pack: Pack
    known: ContributionsSpec
    supplied: Mapping[str, Value]

    def figure(self, name: str, **keys: str) -> Figure:
        return self.pack.figure(name, on=date(self.asked.year, 1, 1), supplied=self.supplied, **keys)

    def base(self, payer: PayerSpec) -> tuple[int | None, str]:
        """The person's own base in fen with the rule that set it."""
        if payer.base == "none":
            return None, ""
        least = self.figure(self.known.minimum)
        if payer.base == "minimum":
            return least.fen, payer.base_rule or least.rule
        if self.asked.wage is None:
            raise PolicyError("missing_field", "wage", "须填写本人上年度月平均工资")
        factor = self.figure(self.known.ceiling)
        share = Fraction(factor.value)
        most = money.share(least.fen, share.numerator, share.denominator)
        return min(max(self.asked.wage, least.fen), most), factor.rule

    def basis(self, of: Basis, base: int | None) -> int:
        if of == "minimum":
            return self.figure(self.known.minimum).fen
        if of == "pension":
            if self.asked.pension is None:
                raise PolicyError("missing_field", "pension", "须说明退休前的单位类别")
            return self.figure(self.known.pension, pension=self.asked.pension).fen
        assert base is not None
        return base

    def line(self, line: LineSpec, base: int | None) -> ContributionLine:
        rate, basis = self.figure(line.rate), self.basis(line.of, base)
        return {
            "fund": line.fund,
            "payer": line.by,
            "base": money.text(basis),
            "rate": str(rate.value),
            "amount": money.text(_part(basis, rate)),
            "rule": rate.rule,
        }


def _part(basis: int, rate: Figure) -> int:
    return money.share(basis, rate.share.numerator, rate.share.denominator)


def _total(lines: list[ContributionLine], payer: str) -> MoneyText:
    return money.text(sum(money.fen(line["amount"]) for line in lines if line["payer"] == payer))
