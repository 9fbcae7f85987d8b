"""Money: `Decimal` yuan with two places at every edge, whole fen inside the calculators.

No float ever holds money. What cannot be read exactly is refused, never rounded and never 0.
"""

from __future__ import annotations

import re
from decimal import Decimal

from policy.errors import PolicyError

CENT = Decimal("0.01")
MAX_FEN = 10**14 - 1
"""Largest amount in fen: 14 digits, as the database stores."""

_CENTS = tuple(f".{number:02d}" for number in range(100))
_WRITTEN = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,2}))?")


def fen(value: str | int | Decimal, *, signed: bool = False) -> int:
    """Return `value` yuan as whole fen.

    Takes digits with at most two decimals (`"3690"`, `"3690.5"`), an int or a Decimal. Refuses floats
    (`money_is_float`) and, as `bad_money`, booleans, NaN, exponents, separators, full-width digits,
    fractions of a fen, amounts over twelve digits and, unless `signed`, negative amounts.
    """
    if isinstance(value, bool) or value is None:
        raise _bad(value)
    if isinstance(value, float):
        raise PolicyError("money_is_float", "", "金额不得为浮点数，请写成字符串，如 \"3690.00\"")
    amount = _fen_of(value)
    if abs(amount) > MAX_FEN:
        raise PolicyError("bad_money", "", "金额超过十二位整数")
    if amount < 0 and not signed:
        raise PolicyError("bad_money", "", "金额不得为负数")
    return amount


def yuan(value: str | int | Decimal, *, signed: bool = False) -> Decimal:
    """Return `value` as Decimal yuan with exactly two places; refuses what `fen` refuses."""
    return to_yuan(fen(value, signed=signed))


def to_yuan(amount: int) -> Decimal:
    """Return whole fen as Decimal yuan with exactly two places."""
    return Decimal(amount).scaleb(-2)


def text(amount: int) -> str:
    """Return whole fen as text in yuan: `369000` → `"3690.00"`."""
    if amount < 0:
        return "-" + text(-amount)
    return f"{amount // 100}{_CENTS[amount % 100]}"


def share(amount: int, numerator: int, denominator: int) -> int:
    """Return `amount × numerator ÷ denominator`, half up to the whole fen: the only rounding rule (P29).

    A negative amount (a reversal) rounds as its opposite does, so that it cancels exactly.
    """
    if amount * numerator < 0:
        return -share(-amount, numerator, denominator)
    return (2 * amount * numerator + denominator) // (2 * denominator)


def _fen_of(value: object) -> int:
    if isinstance(value, int):
        return value * 100
    if isinstance(value, Decimal):
        return _fen_of_decimal(value)
    if not isinstance(value, str):
        raise _bad(value)
    written = _WRITTEN.fullmatch(value)
    if written is None:
        raise _bad(value)
    sign, whole, decimals = written.groups()
    amount = int(whole) * 100 + int((decimals or "").ljust(2, "0"))
    return -amount if sign else amount


def _fen_of_decimal(value: Decimal) -> int:
    if not value.is_finite() or value.adjusted() > 12 or int(value.as_tuple().exponent) < -40:
        raise _bad(value)
    numerator, denominator = value.as_integer_ratio()
    if numerator * 100 % denominator:
        raise _bad(value)
    return numerator * 100 // denominator


def _bad(value: object) -> PolicyError:
    shown = str(value)[:20] if isinstance(value, (str, int, Decimal)) else type(value).__name__
    return PolicyError("bad_money", "", f"金额无法识别：{shown!r}，应为不超过两位小数的数字，如 \"3690.00\"")
