"""The screens of maternity. Thin: each translates, calls one service, translates back."""
from maternity.admin import cases, events, reference

__all__ = ["cases", "events", "reference"]
