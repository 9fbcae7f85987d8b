"""The few functions that generated code calls: exact arithmetic on whole fen and ratios over a denominator."""

from __future__ import annotations

from typing import Any

from policy.engine.facts import Refused

Segments = tuple[tuple[int, int, int], ...]


def marginal(segments: Segments, old: int, new: int, change: int = 0, scale: int = 1) -> int:
    """What the bands pay on the part from `old` to `new`, over the ratios' denominator.

    `old` and `new` in fen times `scale`; `change` is added to each ratio, which never falls below 0.
    """
    total = 0
    for low, high, ratio in segments:
        start, end = max(old, low * scale), min(new, high * scale)
        if end > start:
            total += (end - start) * max(0, ratio + change)
    return total


def fill(rest: int, den: int, ratio: int, ratio_den: int, room: int) -> tuple[int, int, int, int]:
    """Pay a cost `rest / den` at a ratio into a room: (paid, its den, cost left, its den), all exact."""
    if rest * ratio <= room * den * ratio_den:
        return rest * ratio, den * ratio_den, 0, 1
    return room, 1, rest * ratio - room * ratio_den * den, den * ratio


def two_tier(base: int, line: int, first: int, second_line: int, second: int, den: int) -> tuple[int, int]:
    """The two tiers of f(x) over `den * den`: (x − line) × first, and (x − that − second line) × second."""
    one = max(0, base - line) * first
    two = max(0, base * den - one - second_line * den) * second
    return one * den, two


def highest(limits: dict[str, Any], certs: frozenset[str]) -> Any:
    """The highest limit of the certified diseases; the first missing one, in the pack's order, if any is."""
    found = [limits[disease] for disease in certs if disease in limits]
    if any(limit.__class__ is Refused for limit in found):
        return next(limit for disease, limit in limits.items() if disease in certs and limit.__class__ is Refused)
    return max(found, default=0)
