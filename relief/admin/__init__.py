"""Relief's screens. Thin: each translates, calls one service, translates back."""

from relief.admin import (
    applications,
    exchange,
    exchange_lists,
    exchange_rows,
    exchange_rules,
    recompute,
    reconsiderations,
    years,
)

__all__ = [
    "applications", "exchange", "exchange_lists", "exchange_rows", "exchange_rules", "recompute", "reconsiderations",
    "years",
]
