"""Masks for personal data in lists, logs, exports and errors. A text too short to mask is hidden whole."""

from __future__ import annotations


def mask_name(name: str) -> str:
    """`张三丰` → `张**`; a single character is hidden."""
    name = name.strip()
    return name[0] + "*" * (len(name) - 1) if len(name) > 1 else "*" * len(name)


def mask_id(number: str) -> str:
    """Keep the first six (district) and the last four characters."""
    return _mask(number, 6, 4)


def mask_phone(number: str) -> str:
    """`13800001234` → `138****1234`."""
    return _mask(number, 3, 4)


def mask_account(number: str) -> str:
    """Keep the last four characters of a bank account."""
    return _mask(number, 0, 4)


def _mask(text: str, head: int, tail: int) -> str:
    text = text.strip()
    hidden = len(text) - head - tail
    if hidden < 1:
        return "*" * len(text)
    return text[:head] + "*" * hidden + text[-tail:]
