"""The screens of manual reimbursement. Thin: each translates, calls one service, translates back."""
from claims.admin import adjustments, claims, instructions, payments, person_tab, reference

__all__ = ["adjustments", "claims", "instructions", "payments", "person_tab", "reference"]
