"""The screens of chronic and special diseases. Thin: each translates, calls one service, translates back."""
from chronic.admin import certifications, entitlements, person_tab, registers

__all__ = ["certifications", "entitlements", "person_tab", "registers"]
