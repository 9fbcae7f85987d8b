"""The screens of chronic and special diseases. Thin: each translates, calls one service, translates back."""
from chronic.admin import (
    certifications,
    endings,
    entitlements,
    objections,
    person_tab,
    recognitions,
    registers,
    reviews,
)

__all__ = [
    "certifications", "endings", "entitlements", "objections", "person_tab", "recognitions", "registers", "reviews",
]
