"""The screens of the register. Thin: each translates, calls one service, translates back."""
from enrollment.admin import bulk, institutions, matters, payments, persons, registers, units

__all__ = ["bulk", "institutions", "matters", "payments", "persons", "registers", "units"]
