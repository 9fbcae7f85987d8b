"""Relief's screens. Thin: each translates, calls one service, translates back."""

from relief.admin import exchange, exchange_lists, exchange_rows, exchange_rules

__all__ = ["exchange", "exchange_lists", "exchange_rows", "exchange_rules"]
