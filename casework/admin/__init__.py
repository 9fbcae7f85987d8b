"""The screens of casework itself: officers, calendar, records, machinery. Cases have their own, in their apps."""

from casework.admin import machinery, officers, records, registers

__all__ = ["machinery", "officers", "records", "registers"]
