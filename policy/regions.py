"""Division codes (GB/T 2260 of 6 digits; 9 and 12 digits for townships and villages): what lies within what."""

from __future__ import annotations

import re

_CODE = re.compile(r"[0-9]{6}(?:[0-9]{3}){0,2}")
_WIDTHS = (2, 4, 6, 9, 12)


def contains(area: str, code: str) -> bool:
    """Say whether the division `code` is `area` itself or lies within it.

    `511900` contains `511902` and `511902001`; `511902` contains itself and what is below, never the city.
    Fails closed: a code that is empty or not one contains nothing and lies in nothing.
    """
    if _CODE.fullmatch(area or "") is None or _CODE.fullmatch(code or "") is None:
        return False
    stem = _stem(area)
    return bool(stem) and code.startswith(stem)


def same_city(first: str, second: str) -> bool:
    """Say whether two codes lie in the same prefecture (first four digits); a province's code lies in none."""
    return _same(first, second, 4)


def same_province(first: str, second: str) -> bool:
    """Say whether two codes lie in the same province (first two digits)."""
    return _same(first, second, 2)


def _same(first: str, second: str, width: int) -> bool:
    if _CODE.fullmatch(first or "") is None or _CODE.fullmatch(second or "") is None:
        return False
    return first[:width] == second[:width] and first[width - 2 : width] != "00"


def _stem(area: str) -> str:
    """Return the digits that all codes within `area` begin with; empty for `000000`."""
    padded = area.ljust(12, "0")
    start = 0
    for end in _WIDTHS:
        if not padded[start:end].strip("0"):
            break
        start = end
    return padded[:start]
