"""The screens of the register. Thin: each translates, calls one service, translates back."""
from enrollment.admin import institutions, persons, registers

__all__ = ["institutions", "persons", "registers"]
